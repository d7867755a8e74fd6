// ptx/opcodes.h: the opcodes and modifiers of PTX. Floor 1. Tables in opcodes.cpp.
// A modifier is any dotted word behind the opcode that is neither a type, a state space nor a vector size.
#pragma once

#include <cstdint>
#include <string_view>

namespace warpscope::ptx {

// One per first word, with two exceptions kept apart because nothing but the word is common: bar.warp.sync
// (kBarWarpSync) and cp.async.* (kCpAsync, bulk copies are kCpAsyncBulk).
enum class Opcode : std::uint8_t {
  kUnknown,
#define WARPSCOPE_OPCODE(id, text) id,
#include "compute/ptx/opcodes.inc"
#undef WARPSCOPE_OPCODE
};

enum class Modifier : std::uint16_t {
  kUnknown,
#define WARPSCOPE_MODIFIER(id, text) id,
#include "compute/ptx/modifiers.inc"
#undef WARPSCOPE_MODIFIER
};

std::string_view name_of(Opcode opcode);
Opcode find_opcode(std::string_view first_word);  // kUnknown where there is none
std::string_view name_of(Modifier modifier);
Modifier find_modifier(std::string_view word);  // without its dot

}  // namespace warpscope::ptx
