// vgpu/lanes/approx.lanes.cpp: instructions with .approx and .full, of f32 and f64.
// All are computed better than they need to be, and the same on every machine. What the PTX ISA 9.0 allows, and the
// greatest error here in units in the last place of the exact result: of f32 functions over every 61st of the 2^32
// inputs (35 to 70 million in the domain), of rsqrt.approx.f64 over 100,000 random ones.
// tests/vgpu/float_approx_test.cpp checks both columns.
//
//   instruction           the ISA allows                                                    here
//   rcp.approx.f32        1 ulp                                                             0.5 (correctly rounded)
//   sqrt.approx.f32       relative 2^-23                                                    0.5 (correctly rounded)
//   rsqrt.approx.f32      relative 2^-22.9                                                  0.5000000
//   div.approx.f32        2 ulp for |b| in [2^-126, 2^126]; beyond: 0, or NaN for infinite a  0.5 (correctly rounded)
//   div.full.f32          2 ulp                                                             0.5 (correctly rounded)
//   ex2.approx.f32        2 ulp                                                             0.5000001
//   lg2.approx.f32        absolute 2^-22 in (0.5, 2), else relative 2^-22                   0.5000000
//   sin, cos.approx.f32   absolute 2^-20.5 in [-2 pi, 2 pi], 2^-14.7 in [-100 pi, 100 pi],  0.5000000 up to |x| = 2^25,
//                         beyond no promise                                                 beyond: absolute 2^-22.8
//   tanh.approx.f32       relative 2^-11                                                    0.5000000
//   rsqrt.approx.f64      none given                                                        0.501
//   rcp, rsqrt.approx.ftz.f64  "gross"; the low 32 bits are 0                               relative 2^-20
#include "compute/vgpu/lanes/approx_math.h"
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_operations.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

// ---- f32

template <bool kFtz>
struct RsqrtFloat {
  static float run(float a) {
    const double root = __builtin_sqrt(static_cast<double>(flush_if<kFtz>(a)));
    return finish<kFtz, false>(static_cast<float>(1.0 / root));
  }
};
template <bool kFtz>
struct Ex2Float {
  static float run(float a) { return finish<kFtz, false>(exp2_float(flush_if<kFtz>(a))); }
};
template <bool kFtz>
struct Lg2Float {
  static float run(float a) { return finish<kFtz, false>(log2_float(flush_if<kFtz>(a))); }
};
struct TanhFloat {
  static float run(float a) { return tanh_float(a); }
};

// "Computed as a * (1 / b)": for 2^126 < |b| < 2^128 the reciprocal has been flushed to zero.
template <bool kFtz>
struct DivApproxFloat {
  static float run(float a, float b) {
    const float x = flush_if<kFtz>(a);
    const float y = flush_if<kFtz>(b);
    const float zero = bits_as<float>(bits(y) & kSign32);
    const bool vanishes = __builtin_fabsf(y) > 0x1p126F;
    return finish<kFtz, false>(vanishes ? x * zero * (y == y ? 1.0F : y) : x / y);
  }
};

// The sine, kQuadrants further. Angles of 2^25 and more are rare: they are brought down one by one before the row is
// worked.
template <std::uint64_t kQuadrants, bool kFtz, bool kMasked>
void sine(Exec& exec, const Inst& inst) {
  const float* a = exec.row<float>(inst.s[0]);
  float* d = exec.row<float>(inst.d);
  const std::int32_t* on = exec.lane_on;
  alignas(64) float angle[kLanes];
  std::uint32_t any_large = 0;
  for (int l = 0; l < kLanes; ++l) {
    angle[l] = flush_if<kFtz>(a[l]);
    any_large |= (bits(angle[l]) & ~kSign32) >= 0x4c00'0000U ? 1U : 0U;
  }
  if (any_large != 0) {
    for (float& x : angle) {
      const std::uint32_t magnitude = bits(x) & ~kSign32;
      if (magnitude >= 0x4c00'0000U) x = magnitude < 0x7f80'0000U ? reduce_large(x) : bits_as<float>(kNan32);
    }
  }
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const float result = finish<kFtz, false>(sin_float(angle[l], kQuadrants));
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

template <std::uint64_t kQuadrants>
HandlerPair find_sine(const LaneOp& op) {
  if (op.ftz) return {sine<kQuadrants, true, false>, sine<kQuadrants, true, true>};
  return {sine<kQuadrants, false, false>, sine<kQuadrants, false, true>};
}

template <template <bool> class Op>
HandlerPair find_unary(const LaneOp& op) {
  return op.ftz ? unary_of<Op<true>, float>() : unary_of<Op<false>, float>();
}

HandlerPair find_approx_f32(const LaneOp& op) {
  switch (op.opcode) {
    case ptx::Opcode::kDiv:
      if (op.full_range) return find_rounded_float<Rounding::kNearest>(op);
      return op.ftz ? binary_of<DivApproxFloat<true>, float>() : binary_of<DivApproxFloat<false>, float>();
    case ptx::Opcode::kRcp:
    case ptx::Opcode::kSqrt:
      return find_rounded_float<Rounding::kNearest>(op);
    case ptx::Opcode::kRsqrt:
      return find_unary<RsqrtFloat>(op);
    case ptx::Opcode::kEx2:
      return find_unary<Ex2Float>(op);
    case ptx::Opcode::kLg2:
      return find_unary<Lg2Float>(op);
    case ptx::Opcode::kSin:
      return find_sine<0>(op);
    case ptx::Opcode::kCos:
      return find_sine<1>(op);
    case ptx::Opcode::kTanh:
      return unary_of<TanhFloat, float>();
    default:
      return {};
  }
}

// ---- f64

constexpr std::uint64_t kUpperWord = 0xffff'ffff'0000'0000U;

// What .approx.ftz reads: the upper word, subnormal numbers flushed.
double upper(double value) {
  const std::uint64_t b = bits(value) & kUpperWord;
  return bits_as<double>((b & 0x7ff0'0000'0000'0000U) == 0 ? b & kSign64 : b);
}

// And what it writes: the nearest number with an empty lower word. NaNs become one "with encoding 0x7fffffff00000000".
double only_upper(double value) {
  const std::uint64_t flushed = (bits(value) & 0x7ff0'0000'0000'0000U) == 0 ? bits(value) & kSign64 : bits(value);
  const std::uint64_t nearest = (flushed + 0x8000'0000U) & kUpperWord;
  return bits_as<double>(value == value ? nearest : 0x7fff'ffff'0000'0000U);
}

// The upper word of a NaN whose payload is all in the lower one reads as infinity, as it would in the instruction.
struct RcpGrossDouble {
  static double run(double a) { return only_upper(1.0 / upper(a)); }
};
struct RsqrtGrossDouble {
  static double run(double a) { return only_upper(1.0 / __builtin_sqrt(upper(a))); }
};

// a * b = value + error, exactly (Dekker; without a fused multiply-add, which not every machine has). Numbers near 1.
struct ExactProduct {
  double value;
  double error;
};
[[gnu::always_inline]] inline ExactProduct exact_product(double a, double b) {
  constexpr double kSplit = 0x1p27 + 1.0;
  const double a_high = a * kSplit - (a * kSplit - a);
  const double b_high = b * kSplit - (b * kSplit - b);
  const double a_low = a - a_high;
  const double b_low = b - b_high;
  const double value = a * b;
  return {value, ((a_high * b_high - value) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

// With a = m * 4^k, m in [1, 4): y = 1 / sqrt(m) to nearest twice, and one correction for what both roundings left.
struct RsqrtDouble {
  [[gnu::always_inline]] static double run(double a) {
    const bool tiny = a < 0x1p-1000;
    const std::uint64_t b = bits(tiny ? a * 0x1p100 : a);
    const std::uint64_t field = b >> 52;
    const std::uint64_t odd = ~field & 1;  // whether the exponent, the field less 1023, is
    const double m = bits_as<double>((b & 0x000f'ffff'ffff'ffffU) | (1023 + odd) << 52);
    const double scale = bits_as<double>((3 * 1023 + odd - field) >> 1 << 52);
    const double s = __builtin_sqrt(m);
    const double y = 1.0 / s;
    const ExactProduct square = exact_product(s, s);
    const ExactProduct one = exact_product(s, y);
    const double of_root = (m - square.value) - square.error;
    const double of_quotient = (1.0 - one.value) - one.error;
    const double corrected = (y + y * (of_quotient - 0.5 * of_root / m)) * scale;
    const double result = tiny ? corrected * 0x1p50 : corrected;
    const double infinity = bits_as<double>(0x7ff0'0000'0000'0000U);
    const bool usual = (a > 0.0) & (a < infinity);
    return settle(usual ? result : 1.0 / __builtin_sqrt(a), a);
  }
};

HandlerPair find_approx_f64(const LaneOp& op) {
  if (op.opcode == ptx::Opcode::kRcp && op.ftz) return unary_of<RcpGrossDouble, double>();
  if (op.opcode != ptx::Opcode::kRsqrt) return {};
  return op.ftz ? unary_of<RsqrtGrossDouble, double>() : unary_of<RsqrtDouble, double>();
}

}  // namespace

HandlerPair find_approx(const LaneOp& op) {
  if (op.type == ptx::Type::kF32) return find_approx_f32(op);
  if (op.type == ptx::Type::kF64) return find_approx_f64(op);
  return find_half(op);
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
