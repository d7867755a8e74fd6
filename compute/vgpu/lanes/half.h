// vgpu/lanes/half.h: f16 and bf16 to f32 and back, to the nearest; for *.lanes.cpp only. Floor 2.
// Selections instead of branches, so that loops over lanes become vector code without half-precision instructions.
#pragma once

#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

inline constexpr std::uint16_t kHalfNan = 0x7fff;  // what every conversion makes of a NaN, bf16 too
inline constexpr std::uint32_t kFloatNan = 0x7fff'ffff;

// Exact. A NaN becomes the canonical one.
inline float half_to_float(std::uint16_t half) {
  const std::uint32_t size = half & 0x7fffU;
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t normal = (size << 13) + (112U << 23);
  // Below 2^-14 the number is `size` steps of 2^-24.
  const std::uint32_t subnormal =
      bits_as<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(size)) * 0x1p-24F);
  const std::uint32_t finite = size < 0x400 ? subnormal : normal;
  const std::uint32_t number = sign | (size == 0x7c00 ? 0x7f80'0000U : finite);
  return bits_as<float>(size > 0x7c00 ? kFloatNan : number);
}

// Exact, bit for bit: a bf16 is the upper half of a float.
inline float bfloat_to_float(std::uint16_t value) {
  return bits_as<float>(static_cast<std::uint32_t>(value) << 16);
}

// To the nearest, ties to even; beyond the range infinity.
inline std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = bits_as<std::uint32_t>(value);
  const std::uint32_t size = bits & 0x7fff'ffffU;
  const std::uint32_t sign = bits >> 16 & 0x8000U;
  // A carry out of the rounded mantissa moves into the exponent by itself.
  const std::uint32_t normal = (size - (112U << 23) + 0xfff + (size >> 13 & 1)) >> 13;
  // Below 2^-14: adding 0.5, whose last place is 2^-24, rounds there.
  const std::uint32_t subnormal = bits_as<std::uint32_t>(bits_as<float>(size) + 0.5F) - (126U << 23);
  const std::uint32_t finite = size < (113U << 23) ? subnormal : normal;
  const std::uint32_t number = sign | (size >= (143U << 23) ? 0x7c00U : finite);
  return static_cast<std::uint16_t>(size > 0x7f80'0000U ? kHalfNan : number);
}

inline std::uint16_t float_to_bfloat(float value) {
  const std::uint32_t bits = bits_as<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return static_cast<std::uint16_t>((bits & 0x7fff'ffffU) > 0x7f80'0000U ? kHalfNan : rounded);
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
