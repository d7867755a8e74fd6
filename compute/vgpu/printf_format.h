// vgpu/printf_format.h: what printf() in a kernel writes. Floor 2. Pure.
// Source: CUDA C++ Programming Guide, "Formatted Output": the specifiers, flags and sizes of C without %n, at most 32
// arguments. Any bytes may come as a format: the text is bounded, and nothing is read but through the two readers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace warpscope::vgpu {

inline constexpr int kMaxPrintfArguments = 32;

// The bits of the argument of `bytes` (4 or 8) at an offset of the argument buffer. nullopt: it cannot be read.
using ReadArgument = std::function<std::optional<std::uint64_t>(std::uint32_t offset, std::uint32_t bytes)>;
// The string at a generic address that is not 0.
using ReadText = std::function<std::optional<std::string>(std::uint64_t address)>;

struct Printed {
  std::string text;
  int arguments = 0;  // that were taken from the buffer: what printf() returns
};

// nullopt where a reader failed. Arguments lie one behind the other, each aligned to its size; a specifier that has no
// argument any more, or is none, is written as it stands.
std::optional<Printed> format_printf(std::string_view format, const ReadArgument& argument, const ReadText& text);

}  // namespace warpscope::vgpu
