// kernels/inputs.h: arguments of a launch written as text, as warpscope-cli and the catalogue do.
// Floor 4. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "compute/base/error.h"
#include "compute/vgpu/texture.h"

namespace warpscope::kernels {

enum class ElementType : std::uint8_t {
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kF16,
  kF32,
  kF64
};

int bytes_of(ElementType type);
// The bits of an f16: to the nearest, halfway cases to even.
std::uint16_t half_bits(float value);
// "f32".
std::string_view name_of(ElementType type);
std::optional<ElementType> find_element_type(std::string_view name);

struct Argument {
  enum class Kind : std::uint8_t {
    kValue,    // by value: `bytes` are the parameter's
    kBuffer,   // a pointer to memory that starts with `bytes`
    kSame,     // the pointer of argument number `same_as`
    kNull,     // a null pointer
    kTexture,  // a handle to `texture`
    kSurface,  // likewise, to write into
  };
  Kind kind = Kind::kValue;
  ElementType type =
      ElementType::kU8;  // of one element; kU8 where nothing is said of it (bytes:, buf:@FILE)
  std::vector<std::uint8_t> bytes{};  // little-endian
  int same_as = -1;
  vgpu::Texture texture{};
};

inline constexpr std::uint64_t kMaxArgumentBytes = 1ULL << 31;

// Reads one of
//   TYPE:VALUE                                         i32:5, f32:-1e3, u64:0xff, f32:inf
//   bytes:HEX                                          a struct by value
//   buf:TYPE:COUNT:zero | ones | iota | fill:VALUE | list:a,b,c | rand:SEED[:BOUND]
//   buf:TYPE:COUNT:rand:SEED:LOWEST:BOUND              floats
//   buf:@FILE, buf:TYPE:@FILE                          raw little-endian bytes, elements of TYPE
//   buf:TYPE:picture:@FILE                             a picture's brightness (height, width):
//                                                      0 to 1 in floats, 0 to 255 in
//                                                      integers (0 to 127 in i8)
//   same:K | null
//   tex:W[xH[xD]]:TYPE[xCHANNELS]:@FILE | rand:SEED    then any of :point :linear :clamp :wrap
//   :mirror :border :normalized surf:...                                           likewise
// rand: draws of std::mt19937 seeded with SEED, one an element in their order. Integers take the
// low bits of a raw draw, the remainder of its division by BOUND where one is given; floats are
// std::uniform_real_distribution in [0, 1), [0, BOUND) or [LOWEST, BOUND). The error names the part
// that is wrong and what is accepted there.
base::Result<Argument> parse_argument(std::string_view spec);

}  // namespace warpscope::kernels
