// vgpu/lanes/approx_math.h: 2^x, log2, sine, cosine and tanh as doubles, far closer than a float can tell. Floor 2.
// Polynomials of additions and multiplications in a fixed order, no fused ones and no call of a library: the same bits
// on every machine. Inlined always, for loops that call them are to be vector loops. Coefficients: Chebyshev
// interpolation in 200-bit arithmetic; the errors behind them are of the polynomial.
#pragma once

#include "compute/vgpu/lanes/float_bits.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

// Adding it leaves the nearest whole number in the low bits of the sum.
inline constexpr double kToWhole = 0x1.8p52;

// 2^x, |x| up to 1000. Relative error 2^-44.
[[gnu::always_inline]] inline double exp2_of(double x) {
  const double shifted = x + kToWhole;
  const double r = x - (shifted - kToWhole);  // in [-1/2, 1/2]
  double p = 0x1.b63880a30e9ffp-24;
  p = p * r + 0x1.63d136366db24p-20;
  p = p * r + 0x1.ffcb9515a8016p-17;
  p = p * r + 0x1.4308ac85aa947p-13;
  p = p * r + 0x1.5d87fe86fe88ep-10;
  p = p * r + 0x1.3b2ab7181b755p-7;
  p = p * r + 0x1.c6b08d7047e52p-5;
  p = p * r + 0x1.ebfbdff823cedp-3;
  p = p * r + 0x1.62e42fefa39efp-1;
  const double scale = bits_as<double>((bits(shifted) + 1023) << 52);
  return (1.0 + r * p) * scale;
}

// 2^x of any float: what is beyond the range of floats ends as infinity or zero when it is rounded to one.
[[gnu::always_inline]] inline float exp2_float(float x) {
  const float most = x > 200.0F ? 200.0F : x;
  return static_cast<float>(exp2_of(static_cast<double>(most < -200.0F ? -200.0F : most)));
}

// log2(x) of a positive normal double. With x = 2^k * m, m in [sqrt(1/2), sqrt(2)), and t = (m - 1) / (m + 1): k + t *
// P(t^2). Relative error of the second term 2^-43.
[[gnu::always_inline]] inline double log2_of(double x) {
  constexpr std::uint64_t kRootOfHalf = 0x3fe6'a09e'667f'3bcdU;
  constexpr std::uint64_t kOffset = 1024;  // keeps what is shifted positive
  const std::uint64_t above = (bits(x) - kRootOfHalf + (kOffset << 52)) >> 52;
  const double m = bits_as<double>(bits(x) - ((above - kOffset) << 52));
  const double k = bits_as<double>(above | 0x4330'0000'0000'0000U) - (0x1p52 + static_cast<double>(kOffset));
  const double t = (m - 1.0) / (m + 1.0);
  const double u = t * t;
  double p = 0x1.21ac9c9040d9ep-2;
  p = p * u + 0x1.4795a63079ddfp-2;
  p = p * u + 0x1.a61a2cc1ced3bp-2;
  p = p * u + 0x1.2776c295f01cfp-1;
  p = p * u + 0x1.ec709dc539e76p-1;
  p = p * u + 0x1.71547652b8253p+1;
  return k + t * p;
}

[[gnu::always_inline]] inline float log2_float(float x) {
  const float infinity = bits_as<float>(0x7f80'0000U);
  const float finite = static_cast<float>(log2_of(static_cast<double>(x)));
  const float positive = x == infinity ? infinity : finite;
  const float number = x == 0.0F ? -infinity : positive;
  return x >= 0.0F ? number : bits_as<float>(kNan32);
}

// An angle as r + quadrant * pi / 2, r in [-pi/4, pi/4]. Exact enough to |x| = 2^25: the first two parts of pi / 2 have
// 28 bits each, so that their products with the number of quadrants are exact.
struct Reduced {
  double r;
  std::uint64_t quadrant;  // its two low bits count
};
[[gnu::always_inline]] inline Reduced reduce(double x) {
  const double shifted = x * 0x1.45f306dc9c883p-1 + kToWhole;
  const double n = shifted - kToWhole;
  const double r = ((x - n * 0x1.921fb54p+0) - n * 0x1.10b461p-30) - n * 0x1.a62633145c06ep-58;
  return {r, bits(shifted)};
}

// Relative error 2^-45, absolute error 2^-51.
[[gnu::always_inline]] inline double sin_near_zero(double r) {
  const double u = r * r;
  double p = -0x1.aa285788aaa42p-26;
  p = p * u + 0x1.71d9a9f41c5a9p-19;
  p = p * u - 0x1.a019fd9b35ee5p-13;
  p = p * u + 0x1.1111110fd3d43p-7;
  p = p * u - 0x1.555555555516bp-3;
  return r * (1.0 + u * p);
}
[[gnu::always_inline]] inline double cos_near_zero(double r) {
  const double u = r * r;
  double p = 0x1.1c064801aa169p-29;
  p = p * u - 0x1.27e0f5789db4bp-22;
  p = p * u + 0x1.a019fc7b4b9f6p-16;
  p = p * u - 0x1.6c16c1691d8abp-10;
  p = p * u + 0x1.5555555554137p-5;
  p = p * u - 0x1.ffffffffffffap-2;
  return 1.0 + u * p;
}

// The sine of x + quadrants * pi / 2, |x| < 2^25.
[[gnu::always_inline]] inline float sin_float(float x, std::uint64_t quadrants) {
  const Reduced reduced = reduce(static_cast<double>(x));
  const std::uint64_t quadrant = reduced.quadrant + quadrants;
  const std::uint64_t odd = 0 - (quadrant & 1);  // all ones or nothing
  const std::uint64_t value = (bits(cos_near_zero(reduced.r)) & odd) | (bits(sin_near_zero(reduced.r)) & ~odd);
  return static_cast<float>(bits_as<double>(value ^ (quadrant & 2) << 62));
}

// The angle in [-pi, pi] that a finite x of 2^25 and more is, but for whole turns (Payne and Hanek): x / (2 pi) modulo
// 1 in units of 2^-64, of which all that matters is x's significand times 64 bits of 1 / (2 pi).
inline float reduce_large(float x) {
  constexpr std::uint64_t kTurnsPerRadian[4] = {0x28be'60db'9391'054aU, 0x7f09'd5f4'7d4d'3770U, 0x36d8'a566'4f10'e410U,
                                                0x7f94'58ea'f7ae'f158U};
  const std::uint32_t b = bits(x);
  const std::uint32_t exponent = (b >> 23 & 0xff) - 150;  // of the significand's last bit: 2 to 104
  const std::uint64_t significand = (b & 0x7f'ffffU) | 0x80'0000U;
  const std::uint32_t shift = exponent & 63;
  const std::uint64_t* word = kTurnsPerRadian + (exponent >> 6);
  const std::uint64_t window = shift == 0 ? word[0] : word[0] << shift | word[1] >> (64 - shift);
  const auto turns = static_cast<std::int64_t>(significand * window);
  const auto angle = static_cast<float>(static_cast<double>(turns) * 0x1.921fb54442d18p-62);
  return (b & kSign32) != 0 ? -angle : angle;
}

// tanh(x) = 1 - 2 / (e^2x + 1); near zero, where that cancels, x - x^3 / 3.
[[gnu::always_inline]] inline float tanh_float(float x) {
  const double size = static_cast<double>(bits_as<float>(bits(x) & ~kSign32));
  const double twice = size * 0x1.71547652b82fep+1;  // 2 log2(e) |x|
  const double large = 1.0 - 2.0 / (exp2_of(twice < 200.0 ? twice : 200.0) + 1.0);
  const double small = size - size * size * size * 0x1.5555555555555p-2;
  const float magnitude = static_cast<float>(size < 0x1p-10 ? small : large);
  const float result = bits_as<float>(bits(magnitude) | (bits(x) & kSign32));
  return x == x ? result : bits_as<float>(kNan32);
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
