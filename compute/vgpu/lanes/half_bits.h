// vgpu/lanes/half_bits.h: f16 and bf16 as floats and back, and their arithmetic with one rounding. Floor 2.
// Floats hold every f16 and bf16. Arithmetic is done on floats (24 bits of significand), then rounded to 11 or 8 bits:
//   add, sub   Rounding twice is harmless where the first format has at least 2p + 2 bits for p of the second (24 >= 24
//              and 24 >= 18; Figueroa, "When is double rounding innocuous?", 1995). Sums that are subnormal are exact.
//   mul        f16: a float holds the product exactly. bf16: a double does, since a float's exponents may not reach.
//   fma        f16: the product is exact in a float; the sum is rounded to odd. bf16: the same in doubles.
// Rounding to odd first leaves the second rounding as if it had been the only one (float_bits.h).
#pragma once

#include "compute/vgpu/lanes/float_bits.h"
#include "compute/vgpu/lanes/half.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

// a + b as a float rounded to odd; see sum_to_odd() of doubles.
[[gnu::always_inline]] inline float sum_to_odd(float a, float b) {
  const float sum = a + b;
  const float rest = sum - a;
  const float error = (a - (sum - rest)) + (b - rest);
  const std::uint32_t step = 1 - ((bits(error) ^ bits(sum)) >> 31 << 1);
  const std::uint32_t even = (bits(sum) & 1) - 1;  // all ones or nothing
  return bits_as<float>(__builtin_fabsf(error) > 0.0F ? bits(sum) + (step & even) : bits(sum));
}

// A double as a float rounded to odd.
[[gnu::always_inline]] inline float to_odd(double value) {
  const float nearest = static_cast<float>(value);
  const double error = value - static_cast<double>(nearest);
  const auto negative = static_cast<std::uint32_t>(bits(error) >> 63);
  const std::uint32_t step = 1 - ((negative ^ bits(nearest) >> 31) << 1);
  const std::uint32_t even = (bits(nearest) & 1) - 1;
  return bits_as<float>(__builtin_fabs(error) > 0.0 ? bits(nearest) + (step & even) : bits(nearest));
}

struct F16 {
  static constexpr std::uint32_t kExponent = 0x7c00;
  static constexpr bool kHasFtz = true;  // .ftz and .sat

  // A NaN keeps its sign, which .xorsign asks for.
  static float widen(std::uint16_t h) {
    return bits_as<float>(bits(half_to_float(h)) | static_cast<std::uint32_t>(h & 0x8000) << 16);
  }
  static std::uint16_t narrow(float value) { return float_to_half(value); }
  [[gnu::always_inline]] static float mul(float a, float b) { return a * b; }
  [[gnu::always_inline]] static float fma(float a, float b, float c) { return sum_to_odd(a * b, c); }
};

struct BF16 {
  static constexpr std::uint32_t kExponent = 0x7f80;
  static constexpr bool kHasFtz = false;

  static float widen(std::uint16_t h) { return bfloat_to_float(h); }
  static std::uint16_t narrow(float value) { return float_to_bfloat(value); }
  [[gnu::always_inline]] static float mul(float a, float b) {
    return to_odd(static_cast<double>(a) * static_cast<double>(b));
  }
  [[gnu::always_inline]] static float fma(float a, float b, float c) {
    return to_odd(sum_to_odd(static_cast<double>(a) * static_cast<double>(b), static_cast<double>(c)));
  }
};

// Subnormal numbers become zero and keep their sign.
template <class Format, bool kFtz>
inline std::uint16_t flush_half(std::uint16_t h) {
  if constexpr (kFtz) return static_cast<std::uint16_t>((h & Format::kExponent) == 0 ? h & 0x8000 : h);
  return h;
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
