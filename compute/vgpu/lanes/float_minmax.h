// vgpu/lanes/float_minmax.h: min and max of numbers that may be NaN or zeros of both signs. Floor 2.
#pragma once

#include "compute/vgpu/lanes/float_bits.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

// Of two numbers that are equal either, but -0 < +0: the bits of both and'ed (max) or or'ed (min). Where one is a NaN:
// b.
struct Lesser {
  template <class T>
  static T run(T a, T b) {
    const T lesser = a < b ? a : b;
    return bits_as<T>(bits(lesser) | (a == b ? bits(a) : 0));
  }
};
struct Greater {
  template <class T>
  static T run(T a, T b) {
    const T greater = a > b ? a : b;
    return bits_as<T>(bits(greater) & (a == b ? bits(a) : ~decltype(bits(a)){0}));
  }
};

// Of a number and a NaN the number, or (kNan) a NaN; of two NaNs a NaN: settle() says which.
template <class Pick, bool kNan, class T>
inline T pick(T a, T b) {
  const T number = Pick::run(a, b);
  if constexpr (kNan) return a == a ? number : a;
  return b == b ? number : a;
}

// .xorsign.abs: the magnitudes are compared, and the result gets the sign of the product, unless it is a NaN.
template <class Pick, bool kNan>
inline float pick_xor_sign(float a, float b) {
  const std::uint32_t sign = (bits(a) ^ bits(b)) & kSign32;
  const float magnitude = pick<Pick, kNan>(bits_as<float>(bits(a) & ~kSign32), bits_as<float>(bits(b) & ~kSign32));
  return magnitude == magnitude ? bits_as<float>((bits(magnitude) & ~kSign32) | sign) : magnitude;
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
