// vgpu/lanes/float_minmax.h: min and max of numbers that may be NaN or zeros of both signs. Floor 2.
#pragma once

#include "compute/vgpu/lanes/float_bits.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

// What is taken of two numbers; of equal ones either, but -0 < +0: the bits of both and'ed (max) or or'ed (min).
struct Lesser {
  template <class T>
  static T run(T a, T b) {
    return a == b ? bits_as<T>(bits(a) | bits(b)) : a < b ? a : b;
  }
};
struct Greater {
  template <class T>
  static T run(T a, T b) {
    return a == b ? bits_as<T>(bits(a) & bits(b)) : a > b ? a : b;
  }
};

// Of a number and a NaN the number, or (kNan) a NaN; of two NaNs a NaN: settle() says which.
template <class Pick, bool kNan, class T>
inline T pick(T a, T b) {
  const T number = Pick::run(a, b);
  if constexpr (kNan) {
    const T nan_of_b = b == b ? number : b;
    return a == a ? nan_of_b : a;
  }
  const T not_b = b == b ? number : a;
  return a == a ? not_b : b;
}

// .xorsign.abs: the magnitudes are compared, and the result gets the sign of the product, unless it is a NaN.
template <class Pick, bool kNan>
inline float pick_xor_sign(float a, float b) {
  const std::uint32_t sign = (bits(a) ^ bits(b)) & kSign32;
  const float magnitude = pick<Pick, kNan>(bits_as<float>(bits(a) & ~kSign32), bits_as<float>(bits(b) & ~kSign32));
  return magnitude == magnitude ? bits_as<float>((bits(magnitude) & ~kSign32) | sign) : magnitude;
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
