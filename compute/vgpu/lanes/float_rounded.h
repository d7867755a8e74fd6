// vgpu/lanes/float_rounded.h: f32 arithmetic in the rounding modes .rn, .rz, .rm and .rp. Floor 2.
// The directed modes never touch the machine's rounding mode. They take the result to nearest, compare it with the
// exact one, which doubles can hold (or a double and its error), and go one float towards where the mode points.
#pragma once

#include "compute/vgpu/lanes/float_bits.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

enum class Rounding { kNearest, kZero, kDown, kUp };

// Whether the float nearest to an exact value lies above it, or below.
struct Side {
  bool above;
  bool below;
};

// The next float downwards of one that is not -inf or NaN, and upwards of one that is not inf or NaN.
inline float next_down(float value) {
  const std::uint32_t b = bits(value);
  const std::uint32_t next = (b & kSign32) != 0 ? b + 1 : b - 1;
  return bits_as<float>((b & ~kSign32) == 0 ? 0x8000'0001U : next);
}
inline float next_up(float value) {
  const std::uint32_t b = bits(value);
  const std::uint32_t next = (b & kSign32) != 0 ? b - 1 : b + 1;
  return bits_as<float>((b & ~kSign32) == 0 ? 1U : next);
}

template <Rounding kRounding>
[[gnu::always_inline]] inline float step(float nearest, Side side) {
  if constexpr (kRounding == Rounding::kDown) return side.above ? next_down(nearest) : nearest;
  if constexpr (kRounding == Rounding::kUp) return side.below ? next_up(nearest) : nearest;
  if constexpr (kRounding == Rounding::kZero) {
    // What is too far from zero is not zero itself: one less in the bits is one float inwards, of infinity as well.
    const std::uint32_t b = bits(nearest);
    const bool negative = (b & kSign32) != 0;
    const bool too_far = (side.above & !negative) | (side.below & negative);
    return bits_as<float>(too_far ? b - 1 : b);
  }
  return nearest;
}

// The exact value sum + error as a float.
template <Rounding kRounding>
[[gnu::always_inline]] inline float rounded(ExactSum exact) {
  const float nearest = static_cast<float>(exact.sum);
  const double back = static_cast<double>(nearest);
  const bool same = back == exact.sum;
  const bool above = (back > exact.sum) | (same & (exact.error < 0.0));
  const bool below = (back < exact.sum) | (same & (exact.error > 0.0));
  return step<kRounding>(nearest, {above, below});
}

// a + b of doubles that came from floats or from a product of two floats.
template <Rounding kRounding>
[[gnu::always_inline]] inline float rounded_sum(double a, double b) {
  const ExactSum exact = exact_sum(a, b);
  const float result = rounded<kRounding>(exact);
  if constexpr (kRounding == Rounding::kDown) {
    // An exact zero is -0 in this mode, but for +0 + +0.
    const std::uint32_t sign = static_cast<std::uint32_t>((bits(a) | bits(b)) >> 32) & kSign32;
    return exact.sum == 0.0 ? bits_as<float>(sign) : result;
  }
  return result;
}

template <Rounding kRounding>
[[gnu::always_inline]] inline float add(float a, float b) {
  if constexpr (kRounding == Rounding::kNearest) return a + b;
  return rounded_sum<kRounding>(static_cast<double>(a), static_cast<double>(b));
}

template <Rounding kRounding>
[[gnu::always_inline]] inline float mul(float a, float b) {
  if constexpr (kRounding == Rounding::kNearest) return a * b;
  return rounded<kRounding>({static_cast<double>(a) * static_cast<double>(b), 0.0});
}

template <Rounding kRounding>
[[gnu::always_inline]] inline float fma(float a, float b, float c) {
  if constexpr (kRounding == Rounding::kNearest) return fused(a, b, c);
  return rounded_sum<kRounding>(static_cast<double>(a) * static_cast<double>(b), static_cast<double>(c));
}

// The nearest quotient times b, exact as a double, lies beyond a where the quotient is too far from zero.
template <Rounding kRounding>
[[gnu::always_inline]] inline float div(float a, float b) {
  const float nearest = a / b;
  const double back = static_cast<double>(nearest) * static_cast<double>(b);
  const double wanted = static_cast<double>(a);
  const bool more = back > wanted;
  const bool less = back < wanted;
  const bool negative = b < 0.0F;
  const bool above = (more & !negative) | (less & negative);
  const bool below = (less & !negative) | (more & negative);
  return step<kRounding>(nearest, {above, below});
}

template <Rounding kRounding>
[[gnu::always_inline]] inline float sqrt(float a) {
  const float nearest = __builtin_sqrtf(a);
  const double back = static_cast<double>(nearest) * static_cast<double>(nearest);
  const double wanted = static_cast<double>(a);
  return step<kRounding>(nearest, {back > wanted, back < wanted});
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
