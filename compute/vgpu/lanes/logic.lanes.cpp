// vgpu/lanes/logic.lanes.cpp: bitwise logic and shifts, lop3, shf, prmt, copysign; logic of predicates.
#include "compute/vgpu/lanes/integer_types.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

// ---- Bitwise

struct And {
  template <class T>
  static T run(T a, T b) {
    return a & b;
  }
};
struct Or {
  template <class T>
  static T run(T a, T b) {
    return a | b;
  }
};
struct Xor {
  template <class T>
  static T run(T a, T b) {
    return a ^ b;
  }
};
struct Not {
  template <class T>
  static T run(T a) {
    return static_cast<T>(~a);
  }
};
struct Cnot {
  template <class T>
  static T run(T a) {
    return a == 0 ? T{1} : T{0};
  }
};
// The sign of a, the size of b.
struct Copysign {
  template <class T>
  static T run(T a, T b) {
    constexpr T kSign = T{1} << (8 * sizeof(T) - 1);
    return (a & kSign) | (b & ~kSign);
  }
};

// ---- Shifts: amounts beyond the width count as the width

struct Shl {
  template <class T>
  static T run(T a, std::uint32_t b) {
    constexpr std::uint32_t kBits = 8 * sizeof(T);
    const T shifted = static_cast<T>(unsigned_of(a) << (b & (kBits - 1)));
    return b < kBits ? shifted : T{0};
  }
};
struct Shr {
  template <class T>
  static T run(T a, std::uint32_t b) {
    constexpr std::uint32_t kBits = 8 * sizeof(T);
    if constexpr (std::is_signed_v<T>) {
      return static_cast<T>(a >> (b < kBits ? b : kBits - 1));
    } else {
      const T shifted = static_cast<T>(a >> (b & (kBits - 1)));
      return b < kBits ? shifted : T{0};
    }
  }
};

// The 64-bit number b:a, shifted by 0 to 32; its high word for left shifts, its low one for right shifts.
template <bool kLeft, bool kWraps>
struct Shf {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    const std::uint64_t both = std::uint64_t{b} << 32 | a;
    const std::uint32_t amount = kWraps ? c & 31 : c < 32 ? c : 32;
    return static_cast<std::uint32_t>(kLeft ? both << amount >> 32 : both >> amount);
  }
};

// ---- prmt. Every mode is a selector of four 4-bit numbers: a byte of b:a, or with bit 3 the sign of that byte.

inline std::uint32_t permute(std::uint32_t a, std::uint32_t b, std::uint32_t selector) {
  const std::uint64_t both = std::uint64_t{b} << 32 | a;
  std::uint32_t result = 0;
  for (int i = 0; i < 4; ++i) {
    const std::uint32_t choice = selector >> (4 * i);
    const std::uint32_t byte = static_cast<std::uint32_t>(both >> (8 * (choice & 7))) & 0xff;
    const std::uint32_t sign = (0U - (byte >> 7)) & 0xff;
    result |= ((choice & 8) != 0 ? sign : byte) << (8 * i);
  }
  return result;
}
struct Prmt {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b, std::uint32_t c) { return permute(a, b, c); }
};
// The selectors for c & 3 = 0, 1, 2, 3, first in the lowest 16 bits.
template <std::uint64_t kSelectors>
struct PrmtMode {
  static std::uint32_t run(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return permute(a, b, static_cast<std::uint32_t>(kSelectors >> (16 * (c & 3))) & 0xffff);
  }
};

HandlerPair find_prmt(const LaneOp& op) {
  if (op.type != Type::kB32) return {};
  switch (op.detail) {
    case Modifier::kUnknown:
      return ternary_of<Prmt, std::uint32_t>();
    case Modifier::kF4e:
      return ternary_of<PrmtMode<0x6543'5432'4321'3210>, std::uint32_t>();
    case Modifier::kB4e:
      return ternary_of<PrmtMode<0x0123'7012'6701'5670>, std::uint32_t>();
    case Modifier::kRc8:
      return ternary_of<PrmtMode<0x3333'2222'1111'0000>, std::uint32_t>();
    case Modifier::kEcl:
      return ternary_of<PrmtMode<0x3333'3222'3211'3210>, std::uint32_t>();
    case Modifier::kEcr:
      return ternary_of<PrmtMode<0x3210'2210'1110'0000>, std::uint32_t>();
    case Modifier::kRc16:
      return ternary_of<PrmtMode<0x3232'1010'3232'1010>, std::uint32_t>();
    default:
      return {};
  }
}

// ---- lop3: the table is Inst::extra, bit 4a + 2b + c of it the result for bits a, b, c

struct Lop3Table {
  std::uint32_t all[8];  // the bits of the table, spread over words

  explicit Lop3Table(std::uint32_t table) {
    for (int i = 0; i < 8; ++i) all[i] = 0U - (table >> i & 1U);
  }
  static std::uint32_t choose(std::uint32_t which, std::uint32_t zero, std::uint32_t one) {
    return zero ^ (which & (zero ^ one));
  }
  std::uint32_t run(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    const std::uint32_t a0 = choose(b, choose(c, all[0], all[1]), choose(c, all[2], all[3]));
    const std::uint32_t a1 = choose(b, choose(c, all[4], all[5]), choose(c, all[6], all[7]));
    return choose(a, a0, a1);
  }
};

template <bool kMasked>
void lop3(Exec& exec, const Inst& inst) {
  std::uint32_t* d = exec.row<std::uint32_t>(inst.d);
  const std::uint32_t* a = exec.row<std::uint32_t>(inst.s[0]);
  const std::uint32_t* b = exec.row<std::uint32_t>(inst.s[1]);
  const std::uint32_t* c = exec.row<std::uint32_t>(inst.s[2]);
  const std::int32_t* on = exec.lane_on;
  const Lop3Table table(inst.extra);
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const std::uint32_t result = table.run(a[l], b[l], c[l]);
    d[l] = !kMasked || on[l] ? result : d[l];
  }
}

struct NotZero {
  static bool run(std::uint32_t a) { return a != 0; }
};

// d | p: p = (d != 0) and/or q. flags[1]: and.
template <bool kMasked>
void lop3_predicate(Exec& exec, const Inst& inst) {
  const LaneMask q = read_predicate(exec, inst, 3);
  lop3<kMasked>(exec, inst);
  const LaneMask any = test_row<NotZero>(exec.row<std::uint32_t>(inst.d));
  write_predicate(exec, inst.members, inst.flags[1] != 0 ? any & q : any | q);
}

// ---- Predicates

template <class Op>
void predicate_binary(Exec& exec, const Inst& inst) {
  write_predicate(exec, inst.d, Op::run(read_predicate(exec, inst, 0), read_predicate(exec, inst, 1)));
}
template <class Op>
HandlerPair predicate_binary_pair() {
  return {predicate_binary<Op>, predicate_binary<Op>};
}
void predicate_not(Exec& exec, const Inst& inst) {
  write_predicate(exec, inst.d, ~read_predicate(exec, inst, 0));
}

// ---- Finding

template <class Op>
HandlerPair find_binary(Type type) {
  if (type == Type::kPred) return predicate_binary_pair<Op>();
  return for_bits(type, []<class T>() { return binary_of<Op, T>(); });
}

HandlerPair find_shift_right(Type type) {
  if (type == Type::kS16) return binary_pair<Shr, std::int16_t, std::int16_t, std::uint32_t>();
  if (type == Type::kS32) return binary_pair<Shr, std::int32_t, std::int32_t, std::uint32_t>();
  if (type == Type::kS64) return binary_pair<Shr, std::int64_t, std::int64_t, std::uint32_t>();
  return for_bits(type, []<class T>() { return binary_pair<Shr, T, T, std::uint32_t>(); });
}

HandlerPair find_shf(const LaneOp& op) {
  const bool wraps = op.mode == Modifier::kWrap;
  if (op.type != Type::kB32 || (!wraps && op.mode != Modifier::kClamp)) return {};
  if (op.detail == Modifier::kL) {
    return wraps ? ternary_of<Shf<true, true>, std::uint32_t>() : ternary_of<Shf<true, false>, std::uint32_t>();
  }
  if (op.detail != Modifier::kR) return {};
  return wraps ? ternary_of<Shf<false, true>, std::uint32_t>() : ternary_of<Shf<false, false>, std::uint32_t>();
}

HandlerPair find_lop3(const LaneOp& op) {
  if (op.type != Type::kB32) return {};
  if (op.second_destination) return {lop3_predicate<false>, lop3_predicate<true>};
  return {lop3<false>, lop3<true>};
}

}  // namespace

HandlerPair find_logic(const LaneOp& op) {
  switch (op.opcode) {
    case Opcode::kAnd:
      return find_binary<And>(op.type);
    case Opcode::kOr:
      return find_binary<Or>(op.type);
    case Opcode::kXor:
      return find_binary<Xor>(op.type);
    case Opcode::kNot:
      if (op.type == Type::kPred) return {predicate_not, predicate_not};
      return for_bits(op.type, []<class T>() { return unary_of<Not, T>(); });
    case Opcode::kCnot:
      return for_bits(op.type, []<class T>() { return unary_of<Cnot, T>(); });
    case Opcode::kCopysign:
      if (op.type != Type::kF32 && op.type != Type::kF64) return {};
      return for_bits(op.type, []<class T>() { return binary_of<Copysign, T>(); });
    case Opcode::kShl:
      return for_bits(op.type, []<class T>() { return binary_pair<Shl, T, T, std::uint32_t>(); });
    case Opcode::kShr:
      return find_shift_right(op.type);
    case Opcode::kShf:
      return find_shf(op);
    case Opcode::kPrmt:
      return find_prmt(op);
    case Opcode::kLop3:
      return find_lop3(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
