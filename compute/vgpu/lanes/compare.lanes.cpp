// vgpu/lanes/compare.lanes.cpp: setp, set and testp.
// decode_lane() has brought comparisons down to a few: gt and ge are lt and le with the sources exchanged, and the
// unordered ones are the opposite of ordered ones, with flags[1] bit kNegate set.
#include "compute/vgpu/lanes/compare.h"

#include "compute/vgpu/lanes/half.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

// ---- What is compared, as C++ numbers that compare as PTX says

template <class T>
struct Plain {
  using Row = T;
  static T number(T v) { return v; }
};
struct FlushedFloat {
  using Row = float;
  static float number(float v) {
    const std::uint32_t bits = bits_as<std::uint32_t>(v);
    return (bits & 0x7f80'0000U) == 0 ? 0.0F : v;
  }
};
template <bool kFlush>
struct Half {
  using Row = std::uint16_t;
  static float number(std::uint16_t v) {
    const float exact = half_to_float(v);
    return kFlush && (v & 0x7c00U) == 0 ? 0.0F : exact;
  }
};
struct Bfloat {
  using Row = std::uint16_t;
  static float number(std::uint16_t v) { return bfloat_to_float(v); }
};
// One of the two numbers in a 32-bit register.
template <class Element, int kShift>
struct Part {
  using Row = std::uint32_t;
  static float number(std::uint32_t v) { return Element::number(static_cast<std::uint16_t>(v >> kShift)); }
};

struct Equal {
  template <class T>
  static bool run(T a, T b) {
    return a == b;
  }
};
struct Less {
  template <class T>
  static bool run(T a, T b) {
    return a < b;
  }
};
struct LessEqual {
  template <class T>
  static bool run(T a, T b) {
    return a <= b;
  }
};
// For numbers with NaN only: neither is one; and the ordered "not equal".
struct Numbers {
  template <class T>
  static bool run(T a, T b) {
    return a == a && b == b;
  }
};
struct Different {
  template <class T>
  static bool run(T a, T b) {
    return a < b || b < a;
  }
};

template <class Op, class Element>
struct Of {
  static bool run(typename Element::Row a, typename Element::Row b) {
    return Op::run(Element::number(a), Element::number(b));
  }
};

template <class Op, class Element>
LaneMask compare(const Exec& exec, const Inst& inst) {
  using Row = typename Element::Row;
  return compare_rows<Of<Op, Element>>(exec.row<Row>(inst.s[0]), exec.row<Row>(inst.s[1]));
}

inline LaneMask negation(const Inst& inst) {
  return (inst.flags[1] & kCompareNegate) != 0 ? ~LaneMask{0} : 0;
}

// ---- Writing

LaneMask combine(const Exec& exec, const Inst& inst, LaneMask result) {
  switch (inst.flags[1] & kCompareCombine) {
    case kCompareAnd:
      return result & read_predicate(exec, inst, 2);
    case kCompareOr:
      return result | read_predicate(exec, inst, 2);
    case kCompareXor:
      return result ^ read_predicate(exec, inst, 2);
    default:
      return result;
  }
}

template <class T>
void write_numbers(Exec& exec, const Inst& inst, LaneMask result, T yes) {
  T* d = exec.row<T>(inst.d);
  const LaneMask mask = exec.mask;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const T value = (result & kLaneBit[l]) != 0 ? yes : T{0};
    d[l] = (mask & kLaneBit[l]) != 0 ? value : d[l];
  }
}

// Inst::imm is what true looks like, in a register of 16 or 32 bits.
void write_set(Exec& exec, const Inst& inst, LaneMask result) {
  if ((inst.flags[1] & kCompareNarrow) != 0) {
    write_numbers(exec, inst, result, static_cast<std::uint16_t>(inst.imm));
  } else {
    write_numbers(exec, inst, result, static_cast<std::uint32_t>(inst.imm));
  }
}

// setp p, a, b
template <class Op, class Element, bool kMasked>
void setp(Exec& exec, const Inst& inst) {
  const LaneMask result = compare<Op, Element>(exec, inst) ^ negation(inst);
  if constexpr (kMasked) {
    write_predicate(exec, inst.d, result);
  } else {
    exec.predicate(inst.d) = result;
  }
}

// setp.BoolOp p|q, a, b, c; set
template <class Op, class Element>
void setp_or_set(Exec& exec, const Inst& inst) {
  const LaneMask result = compare<Op, Element>(exec, inst) ^ negation(inst);
  const LaneMask first = combine(exec, inst, result);
  if ((inst.flags[1] & kCompareSet) != 0) {
    write_set(exec, inst, first);
    return;
  }
  const LaneMask second = combine(exec, inst, ~result);
  write_predicate(exec, inst.d, first);
  write_predicate(exec, inst.members, second);
}

// f16x2, bf16x2: each half by itself; setp p|q puts the lower into p and the upper into q.
template <class Op, class Element>
void compare_packed(Exec& exec, const Inst& inst) {
  const LaneMask low = combine(exec, inst, compare<Op, Part<Element, 0>>(exec, inst) ^ negation(inst));
  const LaneMask high = combine(exec, inst, compare<Op, Part<Element, 16>>(exec, inst) ^ negation(inst));
  if ((inst.flags[1] & kCompareSet) == 0) {
    write_predicate(exec, inst.d, low);
    write_predicate(exec, inst.members, high);
    return;
  }
  const auto yes = static_cast<std::uint32_t>(inst.imm);
  std::uint32_t* d = exec.row<std::uint32_t>(inst.d);
  const LaneMask mask = exec.mask;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const std::uint32_t value = ((low & kLaneBit[l]) != 0 ? yes : 0U) | ((high & kLaneBit[l]) != 0 ? yes << 16 : 0U);
    d[l] = (mask & kLaneBit[l]) != 0 ? value : d[l];
  }
}

// ---- testp

// The classes of a float, from its bits.
template <class T, int kMantissa>
struct FloatClass {
  static constexpr T kSize = static_cast<T>(~T{0}) >> 1;
  static constexpr T kInfinity = static_cast<T>(kSize >> kMantissa << kMantissa);
  static constexpr T kSmallestNormal = T{1} << kMantissa;

  struct Finite {
    static bool run(T v) { return (v & kSize) < kInfinity; }
  };
  struct Infinite {
    static bool run(T v) { return (v & kSize) == kInfinity; }
  };
  struct Number {
    static bool run(T v) { return (v & kSize) <= kInfinity; }
  };
  struct NotANumber {
    static bool run(T v) { return (v & kSize) > kInfinity; }
  };
  struct Normal {
    static bool run(T v) { return (v & kSize) < kInfinity && (v & kSize) >= kSmallestNormal; }
  };
  struct Subnormal {
    static bool run(T v) { return (v & kSize) < kSmallestNormal && (v & kSize) != 0; }
  };
};

template <class Op, class T>
void testp(Exec& exec, const Inst& inst) {
  write_predicate(exec, inst.d, test_row<Op>(exec.row<T>(inst.s[0])));
}

template <class T, int kMantissa>
HandlerPair find_testp(Modifier which) {
  using Classes = FloatClass<T, kMantissa>;
  const auto both = [](Handler handler) { return HandlerPair{handler, handler}; };
  switch (which) {
    case Modifier::kFinite:
      return both(testp<typename Classes::Finite, T>);
    case Modifier::kInfinite:
      return both(testp<typename Classes::Infinite, T>);
    case Modifier::kNumber:
      return both(testp<typename Classes::Number, T>);
    case Modifier::kNotanumber:
      return both(testp<typename Classes::NotANumber, T>);
    case Modifier::kNormal:
      return both(testp<typename Classes::Normal, T>);
    case Modifier::kSubnormal:
      return both(testp<typename Classes::Subnormal, T>);
    default:
      return {};
  }
}

// ---- Finding

template <class Op, class Element>
HandlerPair one(const LaneOp& op) {
  const bool plain = op.opcode == Opcode::kSetp && op.combine == Modifier::kUnknown && !op.second_destination;
  if (plain) return {setp<Op, Element, false>, setp<Op, Element, true>};
  return {setp_or_set<Op, Element>, setp_or_set<Op, Element>};
}

template <class Op, class Element>
HandlerPair packed() {
  return {compare_packed<Op, Element>, compare_packed<Op, Element>};
}

template <class Op>
HandlerPair find_float(const LaneOp& op) {
  switch (op.source) {
    case Type::kF32:
      return op.ftz ? one<Op, FlushedFloat>(op) : one<Op, Plain<float>>(op);
    case Type::kF64:
      return one<Op, Plain<double>>(op);
    case Type::kF16:
      return op.ftz ? one<Op, Half<true>>(op) : one<Op, Half<false>>(op);
    case Type::kBF16:
      return one<Op, Bfloat>(op);
    case Type::kF16x2:
      return op.ftz ? packed<Op, Half<true>>() : packed<Op, Half<false>>();
    case Type::kBF16x2:
      return packed<Op, Bfloat>();
    default:
      return {};
  }
}

// Equality does not care about signs.
HandlerPair find_equal(const LaneOp& op) {
  switch (8 * op.source_bytes[0]) {
    case 16:
      return one<Equal, Plain<std::uint16_t>>(op);
    case 32:
      return one<Equal, Plain<std::uint32_t>>(op);
    case 64:
      return one<Equal, Plain<std::uint64_t>>(op);
    default:
      return {};
  }
}

template <class Op>
HandlerPair find_order(const LaneOp& op) {
  switch (op.source) {
    case Type::kU16:
      return one<Op, Plain<std::uint16_t>>(op);
    case Type::kS16:
      return one<Op, Plain<std::int16_t>>(op);
    case Type::kU32:
      return one<Op, Plain<std::uint32_t>>(op);
    case Type::kS32:
      return one<Op, Plain<std::int32_t>>(op);
    case Type::kU64:
      return one<Op, Plain<std::uint64_t>>(op);
    case Type::kS64:
      return one<Op, Plain<std::int64_t>>(op);
    default:
      return find_float<Op>(op);
  }
}

}  // namespace

// op.source is what is compared, op.type what set writes. op.compare is one of kEq, kLt, kLe; kNe: the ordered "not
// equal" of floats; kNum.
HandlerPair find_compare(const LaneOp& op) {
  if (op.opcode == Opcode::kTestp) {
    if (op.type == Type::kF32) return find_testp<std::uint32_t, 23>(op.detail);
    return op.type == Type::kF64 ? find_testp<std::uint64_t, 52>(op.detail) : HandlerPair{};
  }
  if (op.opcode != Opcode::kSetp && op.opcode != Opcode::kSet) return {};
  switch (op.compare) {
    case Modifier::kEq: {
      const HandlerPair floats = find_float<Equal>(op);
      return floats.full != nullptr ? floats : find_equal(op);
    }
    case Modifier::kLt:
      return find_order<Less>(op);
    case Modifier::kLe:
      return find_order<LessEqual>(op);
    case Modifier::kNe:
      return find_float<Different>(op);
    case Modifier::kNum:
      return find_float<Numbers>(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
