// vgpu/lanes/integer.lanes.cpp: integer arithmetic: add, sub, mul, mad, mul24, mad24, sad, div, rem, abs, neg, min,
// max. Signed overflow wraps, as PTX says: it is done in unsigned numbers.
#include "compute/vgpu/lanes/integer_types.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

// ---- Sums and products

struct Add {
  template <class T>
  static T run(T a, T b) {
    return static_cast<T>(a + b);
  }
};
struct Sub {
  template <class T>
  static T run(T a, T b) {
    return static_cast<T>(a - b);
  }
};
struct AddSaturated {
  static std::int32_t run(std::int32_t a, std::int32_t b) { return saturate_s32(std::int64_t{a} + b); }
};
struct SubSaturated {
  static std::int32_t run(std::int32_t a, std::int32_t b) { return saturate_s32(std::int64_t{a} - b); }
};

struct MulLow {
  template <class T>
  static T run(T a, T b) {
    return low_product(a, b);
  }
};
struct MulHigh {
  template <class T>
  static T run(T a, T b) {
    return high_product(a, b);
  }
};
struct MadLow {
  template <class T>
  static T run(T a, T b, T c) {
    return static_cast<T>(low_product(a, b) + c);
  }
};
struct MadHigh {
  template <class T>
  static T run(T a, T b, T c) {
    return static_cast<T>(unsigned_of(high_product(a, b)) + unsigned_of(c));
  }
};
struct MadHighSaturated {
  static std::int32_t run(std::int32_t a, std::int32_t b, std::int32_t c) {
    return saturate_s32(std::int64_t{high_product(a, b)} + c);
  }
};
struct MulWide {
  template <class T>
  static Wide<T> run(T a, T b) {
    return static_cast<Wide<T>>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b));
  }
};
struct MadWide {
  template <class T>
  static Wide<T> run(T a, T b, Wide<T> c) {
    return static_cast<Wide<T>>(unsigned_of(MulWide::run(a, b)) + unsigned_of(c));
  }
};

// ---- 24-bit products: the low or the high 32 of 48 bits

inline std::int64_t product_24(std::int32_t a, std::int32_t b) {
  const auto cut = [](std::int32_t v) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(v) << 8) >> 8; };
  return std::int64_t{cut(a)} * cut(b);
}
inline std::uint64_t product_24(std::uint32_t a, std::uint32_t b) {
  return std::uint64_t{a & 0xff'ffffU} * (b & 0xff'ffffU);
}
struct Mul24Low {
  template <class T>
  static T run(T a, T b) {
    return static_cast<T>(product_24(a, b));
  }
};
struct Mul24High {
  template <class T>
  static T run(T a, T b) {
    return static_cast<T>(product_24(a, b) >> 16);
  }
};
struct Mad24Low {
  template <class T>
  static T run(T a, T b, T c) {
    return static_cast<T>(unsigned_of(Mul24Low::run(a, b)) + unsigned_of(c));
  }
};
struct Mad24High {
  template <class T>
  static T run(T a, T b, T c) {
    return static_cast<T>(unsigned_of(Mul24High::run(a, b)) + unsigned_of(c));
  }
};
struct Mad24HighSaturated {
  static std::int32_t run(std::int32_t a, std::int32_t b, std::int32_t c) {
    return saturate_s32(std::int64_t{Mul24High::run(a, b)} + c);
  }
};

// ---- Differences, signs, extremes

struct Sad {
  template <class T>
  static T run(T a, T b, T c) {
    const auto ua = unsigned_of(a), ub = unsigned_of(b);
    return static_cast<T>((a < b ? ub - ua : ua - ub) + unsigned_of(c));
  }
};
struct Abs {
  template <class T>
  static T run(T a) {
    return a < 0 ? static_cast<T>(0 - unsigned_of(a)) : a;
  }
};
struct Neg {
  template <class T>
  static T run(T a) {
    return static_cast<T>(0 - unsigned_of(a));
  }
};
struct Min {
  template <class T>
  static T run(T a, T b) {
    return b < a ? b : a;
  }
};
struct Max {
  template <class T>
  static T run(T a, T b) {
    return a < b ? b : a;
  }
};
template <class Op>
struct Relu {
  template <class T>
  static T run(T a, T b) {
    const T result = Op::run(a, b);
    return result < 0 ? T{0} : result;
  }
};

// Two 16-bit numbers in one 32-bit register.
template <class Op, class T>
struct Packed {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b) {
    const T low = Op::run(static_cast<T>(a), static_cast<T>(b));
    const T high = Op::run(static_cast<T>(a >> 16), static_cast<T>(b >> 16));
    return static_cast<std::uint16_t>(low) | std::uint32_t{static_cast<std::uint16_t>(high)} << 16;
  }
};

// ---- Division. PTX leaves open what a zero divisor gives: here, as in the code that NVIDIA's assembler makes of these
// instructions, quotients and remainders of all types are all ones. The most negative number divided by -1 wraps to
// itself.

// Quotients of 32-bit numbers are exact in double precision: the true quotient is further from the next whole number
// than half a unit in the last place.
struct Div32 {
  static std::int32_t run(std::int32_t a, std::int32_t b) {
    const bool trivial = b == 0 || b == -1;
    const auto quotient = static_cast<std::int32_t>(static_cast<double>(a) / static_cast<double>(trivial ? 1 : b));
    const std::int32_t other = b == 0 ? -1 : Neg::run(a);
    return trivial ? other : quotient;
  }
  static std::uint32_t run(std::uint32_t a, std::uint32_t b) {
    // Through signed numbers, which every instruction set converts.
    constexpr double kHalf = 2147483648.0;
    const auto number = [](std::uint32_t v) {
      return static_cast<double>(static_cast<std::int32_t>(v ^ 1U << 31)) + kHalf;
    };
    const double quotient = number(a) / number(b == 0 ? 1 : b);
    const bool high = quotient >= kHalf;
    const auto half = static_cast<std::uint32_t>(static_cast<std::int32_t>(high ? quotient - kHalf : quotient));
    return b == 0 ? ~0U : high ? half ^ 1U << 31 : half;
  }
};
struct Div {
  template <class T>
  static T run(T a, T b) {
    if constexpr (sizeof(T) == 4) {
      return Div32::run(a, b);
    } else if constexpr (sizeof(T) == 2) {
      return b == 0 ? static_cast<T>(-1) : static_cast<T>(Div32::run(std::int32_t{a}, std::int32_t{b}));
    } else {
      if (b == 0) return static_cast<T>(-1);
      if (std::is_signed_v<T> && b == static_cast<T>(-1)) return Neg::run(a);
      return static_cast<T>(a / b);
    }
  }
};
struct Rem {
  template <class T>
  static T run(T a, T b) {
    return b == 0 ? static_cast<T>(-1) : static_cast<T>(unsigned_of(a) - unsigned_of(low_product(Div::run(a, b), b)));
  }
};

// ---- Finding

HandlerPair find_add(const LaneOp& op) {
  const bool subtracts = op.opcode == Opcode::kSub;
  if (op.carry_in || op.carry_out) return {};
  if (op.saturate) {
    if (op.type != Type::kS32) return {};
    return subtracts ? binary_of<SubSaturated, std::int32_t>() : binary_of<AddSaturated, std::int32_t>();
  }
  if (op.type == Type::kU16x2 || op.type == Type::kS16x2) {
    if (subtracts) return {};
    return binary_of<Packed<Add, std::uint16_t>, std::uint32_t>();
  }
  return for_width(op.type, [&]<class T>() { return subtracts ? binary_of<Sub, T>() : binary_of<Add, T>(); });
}

HandlerPair find_mul(const LaneOp& op) {
  if (op.carry_in || op.carry_out || op.saturate) return {};
  switch (op.detail) {
    case Modifier::kLo:
      return for_width(op.type, []<class T>() { return binary_of<MulLow, T>(); });
    case Modifier::kHi:
      return for_integer(op.type, []<class T>() { return binary_of<MulHigh, T>(); });
    case Modifier::kWide:
      return for_narrow(op.type, []<class T>() { return binary_pair<MulWide, Wide<T>, T, T>(); });
    default:
      return {};
  }
}

HandlerPair find_mad(const LaneOp& op) {
  if (op.carry_in || op.carry_out) return {};
  if (op.saturate) {
    if (op.type != Type::kS32 || op.detail != Modifier::kHi) return {};
    return ternary_of<MadHighSaturated, std::int32_t>();
  }
  switch (op.detail) {
    case Modifier::kLo:
      return for_width(op.type, []<class T>() { return ternary_of<MadLow, T>(); });
    case Modifier::kHi:
      return for_integer(op.type, []<class T>() { return ternary_of<MadHigh, T>(); });
    case Modifier::kWide:
      return for_narrow(op.type, []<class T>() { return ternary_pair<MadWide, Wide<T>, T, T, Wide<T>>(); });
    default:
      return {};
  }
}

HandlerPair find_24(const LaneOp& op) {
  const bool high = op.detail == Modifier::kHi;
  if (!high && op.detail != Modifier::kLo) return {};
  if (op.saturate) {
    if (op.opcode != Opcode::kMad24 || !high || op.type != Type::kS32) return {};
    return ternary_of<Mad24HighSaturated, std::int32_t>();
  }
  if (op.type != Type::kS32 && op.type != Type::kU32) return {};
  return for_integer_32(op.type, [&]<class T>() {
    if (op.opcode == Opcode::kMul24) return high ? binary_of<Mul24High, T>() : binary_of<Mul24Low, T>();
    return high ? ternary_of<Mad24High, T>() : ternary_of<Mad24Low, T>();
  });
}

template <class Op>
HandlerPair find_extreme(const LaneOp& op) {
  if (op.sources != 2) return {};
  if (op.type == Type::kU16x2) return op.relu ? HandlerPair{} : binary_of<Packed<Op, std::uint16_t>, std::uint32_t>();
  if (op.type == Type::kS16x2) {
    return op.relu ? binary_of<Packed<Relu<Op>, std::int16_t>, std::uint32_t>()
                   : binary_of<Packed<Op, std::int16_t>, std::uint32_t>();
  }
  if (op.relu) return op.type == Type::kS32 ? binary_of<Relu<Op>, std::int32_t>() : HandlerPair{};
  return for_integer(op.type, []<class T>() { return binary_of<Op, T>(); });
}

}  // namespace

HandlerPair find_integer(const LaneOp& op) {
  switch (op.opcode) {
    case Opcode::kAdd:
    case Opcode::kSub:
      return find_add(op);
    case Opcode::kMul:
      return find_mul(op);
    case Opcode::kMad:
      return find_mad(op);
    case Opcode::kMul24:
    case Opcode::kMad24:
      return find_24(op);
    case Opcode::kSad:
      return for_integer(op.type, []<class T>() { return ternary_of<Sad, T>(); });
    case Opcode::kDiv:
      return for_integer(op.type, []<class T>() { return binary_of<Div, T>(); });
    case Opcode::kRem:
      return for_integer(op.type, []<class T>() { return binary_of<Rem, T>(); });
    case Opcode::kAbs:
      return for_signed(op.type, []<class T>() { return unary_of<Abs, T>(); });
    case Opcode::kNeg:
      return for_signed(op.type, []<class T>() { return unary_of<Neg, T>(); });
    case Opcode::kMin:
      return find_extreme<Min>(op);
    case Opcode::kMax:
      return find_extreme<Max>(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
