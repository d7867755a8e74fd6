// vgpu/lanes/integer_carry.lanes.cpp: add.cc, addc, sub.cc, subc, mad.cc, madc: arithmetic longer than a register.
// CC.CF is a carry: sub.cc leaves 1 where it did not borrow, and subc borrows where it finds 0. Its row is s[3].
#include "compute/vgpu/lanes/integer_types.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

using ptx::Modifier;
using ptx::Opcode;

// a + b + carry.
template <class T>
struct Sum {
  T value;
  bool carry;
};
template <class T>
inline Sum<T> sum(T a, T b, T carry) {
  const T partial = a + b;
  const T value = partial + carry;
  return {value, partial < a || value < partial};
}

// The addend that the carry is added to, beside the first source.
struct AddSources {
  static constexpr bool kThree = false;
  template <class T>
  static Sum<T> run(T a, T b, T, T carry) {
    return sum(a, b, carry);
  }
};
// a - b - borrow is a + ~b + carry, where the carry is the inverted borrow.
struct SubSources {
  static constexpr bool kThree = false;
  template <class T>
  static Sum<T> run(T a, T b, T, T carry) {
    return sum(a, static_cast<T>(~b), carry);
  }
};
struct MadLowSources {
  static constexpr bool kThree = true;
  template <class T>
  static Sum<T> run(T a, T b, T c, T carry) {
    return sum(low_product(a, b), c, carry);
  }
};
template <class Product>
struct MadHighSources {
  static constexpr bool kThree = true;
  template <class T>
  static Sum<T> run(T a, T b, T c, T carry) {
    return sum(static_cast<T>(high_product(static_cast<Product>(a), static_cast<Product>(b))), c, carry);
  }
};

// Without a carry in, a difference starts with no borrow: carry 1.
template <class Op, class T, bool kCarryIn, bool kCarryOut, bool kMasked>
void carry_chain(Exec& exec, const Inst& inst) {
  T* d = exec.row<T>(inst.d);
  const T* a = exec.row<T>(inst.s[0]);
  const T* b = exec.row<T>(inst.s[1]);
  const T* c = Op::kThree ? exec.row<T>(inst.s[2]) : a;
  const std::int32_t* on = exec.lane_on;
  const LaneMask start = std::is_same_v<Op, SubSources> ? ~LaneMask{0} : 0;
  const LaneMask carries = kCarryIn ? exec.predicate(inst.s[3]) : start;
  using Yes = typename Signed<sizeof(T)>::Type;
  alignas(64) Yes yes[kLanes];
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) {
    const T carry = (carries & kLaneBit[l]) != 0 ? T{1} : T{0};
    const Sum<T> result = Op::run(a[l], b[l], c[l], carry);
    yes[l] = result.carry ? static_cast<Yes>(-1) : static_cast<Yes>(0);
    d[l] = !kMasked || on[l] ? result.value : d[l];
  }
  if constexpr (kCarryOut) write_predicate(exec, inst.s[3], mask_of(yes));
}

template <class Op, class T>
HandlerPair find_chain(const LaneOp& op) {
  if (op.carry_in && op.carry_out) return {carry_chain<Op, T, true, true, false>, carry_chain<Op, T, true, true, true>};
  if (op.carry_in) return {carry_chain<Op, T, true, false, false>, carry_chain<Op, T, true, false, true>};
  return {carry_chain<Op, T, false, true, false>, carry_chain<Op, T, false, true, true>};
}

template <class T>
HandlerPair find_by_opcode(const LaneOp& op) {
  const bool is_signed = op.type == ptx::Type::kS32 || op.type == ptx::Type::kS64;
  switch (op.opcode) {
    case Opcode::kAdd:
    case Opcode::kAddc:
      return find_chain<AddSources, T>(op);
    case Opcode::kSub:
    case Opcode::kSubc:
      return find_chain<SubSources, T>(op);
    case Opcode::kMad:
    case Opcode::kMadc:
      if (op.detail == Modifier::kLo) return find_chain<MadLowSources, T>(op);
      if (op.detail != Modifier::kHi) return {};
      return is_signed ? find_chain<MadHighSources<std::make_signed_t<T>>, T>(op)
                       : find_chain<MadHighSources<T>, T>(op);
    default:
      return {};
  }
}

}  // namespace

HandlerPair find_integer_carry(const LaneOp& op) {
  if ((!op.carry_in && !op.carry_out) || op.saturate) return {};
  switch (op.type) {
    case ptx::Type::kS32:
    case ptx::Type::kU32:
    case ptx::Type::kB32:
      return find_by_opcode<std::uint32_t>(op);
    case ptx::Type::kS64:
    case ptx::Type::kU64:
    case ptx::Type::kB64:
      return find_by_opcode<std::uint64_t>(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
