// vgpu/lanes/float64_rounded.lanes.cpp: f64 arithmetic with .rz, .rm and .rp, in integers.
// No wider type of the machine holds the exact results, the rounding mode of the machine must stay as it is, and
// compilers assume so: hence significands of 128 bits. Lane by lane, about as slow as a division; programs that use
// these are rare.
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_rounded.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int kMantissaBits = 52;
constexpr int kLeastExponent = -1074;  // of the last bit of a subnormal number
constexpr int kMostExponent = 971;     // of the last bit of the greatest numbers
constexpr std::uint64_t kMantissa = (std::uint64_t{1} << kMantissaBits) - 1;
constexpr std::uint64_t kInfinity = 0x7ff0'0000'0000'0000U;

// (-1)^negative * significand * 2^exponent; with `more`, a little more than that: less than one in the significand.
struct Exact {
  bool negative = false;
  int exponent = 0;
  Wide significand = 0;
  bool more = false;
};

int width(Wide value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const auto low = static_cast<std::uint64_t>(value);
  return high != 0 ? 128 - __builtin_clzll(high) : low != 0 ? 64 - __builtin_clzll(low) : 0;
}

bool is_finite(double value) {
  return (bits(value) & kInfinity) != kInfinity;
}

Exact unpack(double value) {
  const std::uint64_t b = bits(value);
  const int field = static_cast<int>(b >> kMantissaBits & 0x7ff);
  Exact exact;
  exact.negative = (b & kSign64) != 0;
  exact.exponent = field == 0 ? kLeastExponent : kLeastExponent + field - 1;
  exact.significand = (b & kMantissa) | (field == 0 ? 0 : std::uint64_t{1} << kMantissaBits);
  return exact;
}

// Whether a result that is not a number of the format goes to the next one away from zero.
template <Rounding kRounding>
bool goes_outwards(bool negative) {
  return (kRounding == Rounding::kUp && !negative) || (kRounding == Rounding::kDown && negative);
}

// Of a significand that is not zero, and that has more than 53 bits where there is `more`.
template <Rounding kRounding>
double pack(const Exact& exact) {
  const std::uint64_t sign = exact.negative ? kSign64 : 0;
  int exponent = exact.exponent + width(exact.significand) - (kMantissaBits + 1);
  if (exponent < kLeastExponent) exponent = kLeastExponent;
  const int shift = exponent - exact.exponent;
  std::uint64_t significand = 0;
  bool inexact = exact.more;
  if (shift <= 0) {
    significand = static_cast<std::uint64_t>(exact.significand << -shift);
  } else if (shift < 128) {
    significand = static_cast<std::uint64_t>(exact.significand >> shift);
    inexact = inexact || (exact.significand & ((Wide{1} << shift) - 1)) != 0;
  } else {
    inexact = true;
  }
  if (inexact && goes_outwards<kRounding>(exact.negative)) ++significand;
  if (significand >> (kMantissaBits + 1) != 0) {
    significand >>= 1;
    ++exponent;
  }
  if (exponent > kMostExponent) {
    return bits_as<double>(sign | (goes_outwards<kRounding>(exact.negative) ? kInfinity : kInfinity - 1));
  }
  // The hidden bit of a normal number adds the one that its exponent field lacks.
  return bits_as<double>(sign |
                         ((static_cast<std::uint64_t>(exponent - kLeastExponent) << kMantissaBits) + significand));
}

// `exact` in units of 2^exponent, what is cut off noted in `more`.
Exact aligned(Exact exact, int exponent) {
  const int shift = exponent - exact.exponent;
  if (shift <= 0) {
    exact.significand <<= -shift;
  } else if (shift < 128) {
    exact.more = (exact.significand & ((Wide{1} << shift) - 1)) != 0;
    exact.significand >>= shift;
  } else {
    exact.more = exact.significand != 0;
    exact.significand = 0;
  }
  exact.exponent = exponent;
  return exact;
}

// a + b, of at most 106 bits each and neither zero.
template <Rounding kRounding>
double sum_of(const Exact& a, const Exact& b) {
  // The greater one's first bit goes to bit 126: exactly, since it has fewer bits. Only the other may lose some, and
  // then it is so much smaller that the result has far more than 53 bits.
  const int top_a = a.exponent + width(a.significand);
  const int top_b = b.exponent + width(b.significand);
  const int exponent = (top_a > top_b ? top_a : top_b) - 126;
  Exact x = aligned(a, exponent);
  Exact y = aligned(b, exponent);
  if (x.significand < y.significand || (x.significand == y.significand && y.more)) {
    const Exact swap = x;
    x = y;
    y = swap;
  }
  Exact sum = x;
  if (x.negative == y.negative) {
    sum.significand = x.significand + y.significand;
    sum.more = x.more || y.more;
  } else {
    // x - (y and a little) is x - y - 1 and a little.
    sum.significand = x.significand - y.significand - (y.more ? 1 : 0);
    sum.more = y.more;
  }
  if (sum.significand == 0) return kRounding == Rounding::kDown ? -0.0 : 0.0;
  return pack<kRounding>(sum);
}

Exact product_of(double a, double b) {
  const Exact x = unpack(a);
  const Exact y = unpack(b);
  return {x.negative != y.negative, x.exponent + y.exponent, x.significand * y.significand, false};
}

template <Rounding kRounding>
double fma_of(double a, double b, double c) {
  if (!is_finite(a) || !is_finite(b) || !is_finite(c)) return settle(__builtin_fma(a, b, c), a, b, c);
  const Exact product = product_of(a, b);
  const Exact addend = unpack(c);
  if (product.significand == 0) {
    if (addend.significand != 0) return c;
    if (product.negative == addend.negative) return c;
    return kRounding == Rounding::kDown ? -0.0 : 0.0;
  }
  return addend.significand == 0 ? pack<kRounding>(product) : sum_of<kRounding>(product, addend);
}

template <Rounding kRounding>
struct FmaDouble {
  static double run(double a, double b, double c) { return fma_of<kRounding>(a, b, c); }
};
template <Rounding kRounding>
struct AddDouble {
  static double run(double a, double b) {
    if (!is_finite(a) || !is_finite(b)) return settle(a + b, a, b);
    return fma_of<kRounding>(a, 1.0, b);
  }
};
template <Rounding kRounding>
struct SubDouble {
  static double run(double a, double b) {
    if (!is_finite(a) || !is_finite(b)) return settle(a - b, a, b);
    return fma_of<kRounding>(a, 1.0, -b);
  }
};
template <Rounding kRounding>
struct MulDouble {
  static double run(double a, double b) {
    if (!is_finite(a) || !is_finite(b) || a == 0.0 || b == 0.0) return settle(a * b, a, b);
    return pack<kRounding>(product_of(a, b));
  }
};

template <Rounding kRounding>
struct DivDouble {
  static double run(double a, double b) {
    if (!is_finite(a) || !is_finite(b) || a == 0.0 || b == 0.0) return settle(a / b, a, b);
    const Exact x = unpack(a);
    const Exact y = unpack(b);
    // First bit at bit 127: a quotient of 75 bits and more.
    const int shift = 128 - width(x.significand);
    const Wide dividend = x.significand << shift;
    Exact quotient;
    quotient.negative = x.negative != y.negative;
    quotient.exponent = x.exponent - shift - y.exponent;
    quotient.significand = dividend / y.significand;
    quotient.more = dividend % y.significand != 0;
    return pack<kRounding>(quotient);
  }
};
template <Rounding kRounding>
struct RcpDouble {
  static double run(double a) { return DivDouble<kRounding>::run(1.0, a); }
};

template <Rounding kRounding>
struct SqrtDouble {
  static double run(double a) {
    if (!is_finite(a) || !(a > 0.0)) return settle(__builtin_sqrt(a), a);
    const Exact x = unpack(a);
    // An even exponent, and 125 or 126 bits: a root of 63.
    int shift = 126 - width(x.significand);
    if (((x.exponent - shift) & 1) != 0) --shift;
    const Wide square = x.significand << shift;
    Wide root = 0;
    Wide rest = square;
    for (int bit = 62; bit >= 0; --bit) {
      const Wide trial = ((root << 1) + (Wide{1} << bit)) << bit;
      if (trial > rest) continue;
      rest -= trial;
      root += Wide{1} << bit;
    }
    return pack<kRounding>({false, (x.exponent - shift) / 2, root, rest != 0});
  }
};

// Lane by lane, only those that take part: nothing here fits vectors.
template <class Op, int kSources, bool kMasked>
void each(Exec& exec, const Inst& inst) {
  double* d = exec.row<double>(inst.d);
  const double* a = exec.row<double>(inst.s[0]);
  const double* b = kSources > 1 ? exec.row<double>(inst.s[1]) : a;
  const double* c = kSources > 2 ? exec.row<double>(inst.s[2]) : a;
  for (int l = 0; l < kLanes; ++l) {
    if (kMasked && !exec.lane_on[l]) continue;
    if constexpr (kSources == 1) d[l] = Op::run(a[l]);
    if constexpr (kSources == 2) d[l] = Op::run(a[l], b[l]);
    if constexpr (kSources == 3) d[l] = Op::run(a[l], b[l], c[l]);
  }
}
template <class Op, int kSources>
HandlerPair each_of() {
  return {each<Op, kSources, false>, each<Op, kSources, true>};
}

template <Rounding kRounding>
HandlerPair find_mode(const LaneOp& op) {
  switch (op.opcode) {
    case ptx::Opcode::kAdd:
      return each_of<AddDouble<kRounding>, 2>();
    case ptx::Opcode::kSub:
      return each_of<SubDouble<kRounding>, 2>();
    case ptx::Opcode::kMul:
      return each_of<MulDouble<kRounding>, 2>();
    case ptx::Opcode::kFma:
    case ptx::Opcode::kMad:
      return each_of<FmaDouble<kRounding>, 3>();
    case ptx::Opcode::kDiv:
      return each_of<DivDouble<kRounding>, 2>();
    case ptx::Opcode::kRcp:
      return each_of<RcpDouble<kRounding>, 1>();
    case ptx::Opcode::kSqrt:
      return each_of<SqrtDouble<kRounding>, 1>();
    default:
      return {};
  }
}

}  // namespace

HandlerPair find_double_rounded(const LaneOp& op) {
  switch (op.rounding) {
    case ptx::Modifier::kRz:
      return find_mode<Rounding::kZero>(op);
    case ptx::Modifier::kRm:
      return find_mode<Rounding::kDown>(op);
    case ptx::Modifier::kRp:
      return find_mode<Rounding::kUp>(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
