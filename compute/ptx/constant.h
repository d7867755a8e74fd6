// ptx/constant.h: constant expressions (PTX ISA 9.0, section 4.5). Floor 1. Internal to the parser.
#pragma once

#include <cstdint>
#include <optional>

#include "compute/ptx/reader.h"

namespace warpscope::ptx {

struct Constant {
  enum class Kind : std::uint8_t { kSigned, kUnsigned, kFloat32, kFloat64 };
  Kind kind = Kind::kSigned;
  std::uint64_t bits = 0;  // of the 64-bit integer or of the floating-point number

  bool is_float() const { return kind >= Kind::kFloat32; }
  double as_double() const;  // the number, whatever its kind
};

// A whole expression; nullopt, with an error, where there is none.
std::optional<Constant> parse_constant(Reader& reader);
// The same where the operator + - ! or ~ in front was taken already.
std::optional<Constant> parse_constant_after(Reader& reader, const Token& unary_operator);
// True where a constant expression may begin here with anything but + - ! or a word.
bool at_constant(Reader& reader);

}  // namespace warpscope::ptx
