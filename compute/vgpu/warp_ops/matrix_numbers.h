// vgpu/warp_ops/matrix_numbers.h: the numbers that matrices are made of. Floor 2.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace warpscope::vgpu::warp_ops {

enum class Number : std::uint8_t { kF16, kBF16, kTF32, kE4M3, kE5M2, kF32, kF64, kS8, kU8, kS4, kU4, kB1, kS32, kNone };

constexpr int bits_of(Number number) {
  switch (number) {
    case Number::kF16:
    case Number::kBF16:
      return 16;
    case Number::kE4M3:
    case Number::kE5M2:
    case Number::kS8:
    case Number::kU8:
      return 8;
    case Number::kS4:
    case Number::kU4:
      return 4;
    case Number::kB1:
      return 1;
    case Number::kF64:
      return 64;
    default:
      return 32;
  }
}

// How many stand in one 32-bit register (a 64-bit one of f64), as far as layouts are concerned: sub-byte numbers are
// handled as whole words.
constexpr int per_register(Number number) {
  return bits_of(number) == 16 ? 2 : bits_of(number) == 8 ? 4 : 1;
}

inline constexpr std::uint32_t kNanF32 = 0x7fff'ffffU;  // what NVIDIA's arithmetic makes of every NaN
inline constexpr std::uint16_t kNanF16 = 0x7fffU;

// ---- To double: always exact

// Without branches, so that loops over lanes become vector loops. A half's exponent and mantissa, moved to where a
// float's are, make a number that is 2^112 times too small, subnormal or not; the largest exponent becomes a float's
// largest.
inline double from_f16(std::uint32_t bits) {
  const float size = std::bit_cast<float>((bits & 0x7fffU) << 13) * 0x1p112F;
  const std::uint32_t infinite = (bits & 0x7c00U) == 0x7c00U ? 0x7f80'0000U : 0U;
  return static_cast<double>(
      std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | infinite | (bits & 0x8000U) << 16));
}
inline double from_bf16(std::uint32_t bits) {
  return static_cast<double>(std::bit_cast<float>(bits << 16));
}
inline double from_f32(std::uint32_t bits) {
  return static_cast<double>(std::bit_cast<float>(bits));
}

// e5m2 is the upper byte of a half.
inline double from_e5m2(std::uint32_t bits) {
  return from_f16((bits & 0xffU) << 8);
}

// e4m3 has no infinities: its largest exponent goes on counting, and only 0x7f and 0xff are NaNs. Moved into a half,
// whose exponent counts from 15 where e4m3's counts from 7, it is 2^8 times too small.
inline double from_e4m3(std::uint32_t bits) {
  const double value = from_f16((bits & 0x80U) << 8 | (bits & 0x7fU) << 7) * 256.0;
  return (bits & 0x7fU) == 0x7fU ? std::bit_cast<double>(std::uint64_t{0x7ff8'0000'0000'0000U}) : value;
}

// The low 13 bits of a tf32 register are not part of the number. A NaN that has only those stays one.
inline double from_tf32(std::uint32_t bits) {
  const float whole = std::bit_cast<float>(bits);
  return static_cast<double>(whole != whole ? whole : std::bit_cast<float>(bits & 0xffff'e000U));
}

// ---- From double: rounded to nearest, ties to even

inline std::uint32_t to_f32(double value) {
  return value != value ? kNanF32 : std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

inline std::uint32_t to_f16(double value) {
  if (value != value) return kNanF16;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
  const auto sign = static_cast<std::uint32_t>(bits >> 48 & 0x8000U);
  const double size = std::bit_cast<double>(bits & 0x7fff'ffff'ffff'ffffU);
  if (size >= 65520.0) return sign | 0x7c00U;  // half a unit above the largest
  // Adding 2^52 times the unit in the last place rounds to that unit; below 2^-14 the unit is that of subnormals.
  const int power = size < 0x1p-14 ? -14 : static_cast<int>(bits >> 52 & 0x7ffU) - 1023;
  const double shifter = std::bit_cast<double>(static_cast<std::uint64_t>(power - 10 + 52 + 1023) << 52);
  const std::uint64_t units = std::bit_cast<std::uint64_t>(size + shifter) & 0xf'ffff'ffff'ffffU;
  // `units` counts units in the last place with the hidden bit, whose carry moves into the exponent by itself.
  return sign | (static_cast<std::uint32_t>(power + 14) * 1024U + static_cast<std::uint32_t>(units));
}

}  // namespace warpscope::vgpu::warp_ops
