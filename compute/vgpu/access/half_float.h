// vgpu/access/half_float.h: 16-bit floats for atomics and textures. Floor 2.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace warpscope::vgpu::access {

inline float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = half >> 10 & 31U;
  const std::uint32_t mantissa = half & 0x3ffU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f80'0000U | mantissa << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  const float tiny = static_cast<float>(mantissa) * 0x1p-24F;
  return sign != 0 ? -tiny : tiny;
}

// To nearest, ties to even; NaN becomes 0x7fff, as PTX's own NaN.
inline std::uint16_t half_of_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fff'ffffU;
  if (magnitude > 0x7f80'0000U) return 0x7fff;
  if (magnitude >= 0x477f'f000U) return static_cast<std::uint16_t>(sign | 0x7c00U);  // from 65520 on
  if (magnitude < 0x3880'0000U) {
    // Subnormal: in units of 2^-24, rounded as the host rounds.
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(std::nearbyint(std::fabs(value) * 0x1p24F)));
  }
  const std::uint32_t rounded = magnitude + 0xfffU + (magnitude >> 13 & 1U);
  return static_cast<std::uint16_t>(sign | ((rounded >> 13) - (112U << 10)));
}

inline float float_of_bfloat(std::uint16_t value) {
  return std::bit_cast<float>(std::uint32_t{value} << 16);
}

inline std::uint16_t bfloat_of_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fff'ffffU) > 0x7f80'0000U) return 0x7fff;
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

}  // namespace warpscope::vgpu::access
