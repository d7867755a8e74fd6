// vgpu/lanes/float_bits.h: what PTX adds to IEEE arithmetic: which NaN, .ftz, .sat. For float*.lanes.cpp and
// neighbours. Floor 2. Every function is a few selections without branches, so that loops over lanes stay vector loops.
//
// NaNs. f32: "the result of a single-precision operation involving NaNs is the quiet NaN 0x7fffffff" (CUDA C++
// Programming Guide, floating-point standard; the PTX ISA says "unspecified"). f16 and bf16: 0x7fff. f64: "NaN payloads
// are supported" (PTX ISA 9.7.3): the first operand that is a NaN, made quiet; where an operation makes one of numbers
// (0 * inf, inf - inf, sqrt of -1), 0xfff8000000000000, which is what x86 makes as well. abs.f64 passes NaNs through
// unchanged, so says the ISA; neg.f64 does the same (the Programming Guide), and min and max follow the f64 rule where
// both are NaNs.
#pragma once

#include <cstdint>

#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

inline constexpr std::uint32_t kSign32 = 0x8000'0000U;
inline constexpr std::uint64_t kSign64 = 0x8000'0000'0000'0000U;
inline constexpr std::uint32_t kNan32 = 0x7fff'ffffU;
inline constexpr std::uint64_t kQuiet64 = 0x0008'0000'0000'0000U;
inline constexpr std::uint64_t kInvalid64 = 0xfff8'0000'0000'0000U;

inline std::uint32_t bits(float value) {
  return bits_as<std::uint32_t>(value);
}
inline std::uint64_t bits(double value) {
  return bits_as<std::uint64_t>(value);
}

// ---- f32

inline float settle(float result) {
  return result == result ? result : bits_as<float>(kNan32);
}

// Subnormal numbers become zero and keep their sign. Zeros do as well, which changes nothing.
inline float flush(float value) {
  const std::uint32_t b = bits(value);
  const std::uint32_t all_if_normal = static_cast<std::int32_t>(b & 0x7f80'0000U) > 0 ? ~0U : 0U;
  return bits_as<float>(b & (all_if_normal | kSign32));
}
template <bool kFtz>
inline float flush_if(float value) {
  if constexpr (kFtz) return flush(value);
  return value;
}

// [0, 1]; NaN and -0 become +0.
inline float saturate(float value) {
  const float positive = value > 0.0F ? value : 0.0F;
  return positive < 1.0F ? positive : 1.0F;
}

// A result's way into its register. .ftz flushes what IEEE arithmetic would have returned as a subnormal number: a
// result that rounds up to 2^-126 stays.
template <bool kFtz, bool kSat>
inline float finish(float result) {
  if constexpr (kSat) return saturate(flush_if<kFtz>(result));
  return settle(flush_if<kFtz>(result));
}

// ---- f64

inline double quieted(double nan) {
  return bits_as<double>(bits(nan) | kQuiet64);
}
inline double settle(double result, double a) {
  const double nan = a == a ? bits_as<double>(kInvalid64) : quieted(a);
  return result == result ? result : nan;
}
inline double settle(double result, double a, double b) {
  const double second = b == b ? bits_as<double>(kInvalid64) : quieted(b);
  const double nan = a == a ? second : quieted(a);
  return result == result ? result : nan;
}
inline double settle(double result, double a, double b, double c) {
  const double third = c == c ? bits_as<double>(kInvalid64) : quieted(c);
  const double second = b == b ? third : quieted(b);
  const double nan = a == a ? second : quieted(a);
  return result == result ? result : nan;
}

// ---- Exact sums

// a + b = sum + error, exactly, where nothing overflows (Knuth's two-sum).
struct ExactSum {
  double sum;
  double error;
};
inline ExactSum exact_sum(double a, double b) {
  const double sum = a + b;
  const double rest = sum - a;
  return {sum, (a - (sum - rest)) + (b - rest)};
}

// a + b rounded to odd: an exact sum as it is, else the one of its two neighbours whose last bit is 1. Rounding that
// once more to a format that is at least two bits shorter gives what rounding the exact sum would have given (Boldo and
// Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
[[gnu::always_inline]] inline double sum_to_odd(double a, double b) {
  const ExactSum s = exact_sum(a, b);
  const std::uint64_t sum = bits(s.sum);
  // One step in the bits: away from zero where the error has the sum's sign, else towards it.
  const std::uint64_t step = 1 - ((bits(s.error) ^ sum) >> 63 << 1);
  const std::uint64_t even = (sum & 1) - 1;  // all ones or nothing
  // Not where the error is the NaN that infinities leave.
  return bits_as<double>(__builtin_fabs(s.error) > 0.0 ? sum + (step & even) : sum);
}

// a * b + c, rounded once. The product of two floats is exact as a double.
inline float fused(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return static_cast<float>(sum_to_odd(static_cast<double>(a) * static_cast<double>(b), static_cast<double>(c)));
#endif
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
