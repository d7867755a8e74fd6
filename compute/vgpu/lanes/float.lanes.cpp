// vgpu/lanes/float.lanes.cpp: f32 arithmetic: .rn, min, max, neg, abs. And the way to the other floating-point
// families.
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_minmax.h"
#include "compute/vgpu/lanes/float_operations.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

template <bool kFtz>
struct NegFloat {
  static float run(float a) { return settle(-flush_if<kFtz>(a)); }
};
template <bool kFtz>
struct AbsFloat {
  static float run(float a) { return settle(bits_as<float>(bits(flush_if<kFtz>(a)) & ~kSign32)); }
};

template <class Pick, bool kFtz, bool kNan>
struct PickFloat {
  static float run(float a, float b) { return settle(pick<Pick, kNan>(flush_if<kFtz>(a), flush_if<kFtz>(b))); }
};
template <class Pick, bool kFtz, bool kNan>
struct PickXorSignFloat {
  static float run(float a, float b) { return settle(pick_xor_sign<Pick, kNan>(flush_if<kFtz>(a), flush_if<kFtz>(b))); }
};
// min{.abs} and max{.abs} of three.
template <class Pick, bool kFtz, bool kNan, bool kAbs>
struct PickOfThreeFloat {
  static float prepare(float value) {
    const float flushed = flush_if<kFtz>(value);
    return kAbs ? bits_as<float>(bits(flushed) & ~kSign32) : flushed;
  }
  static float run(float a, float b, float c) {
    return settle(pick<Pick, kNan>(pick<Pick, kNan>(prepare(a), prepare(b)), prepare(c)));
  }
};

template <class Pick, bool kFtz, bool kNan>
HandlerPair find_pick_variant(const LaneOp& op) {
  if (op.sources == 3) {
    return op.detail == ptx::Modifier::kAbs ? ternary_of<PickOfThreeFloat<Pick, kFtz, kNan, true>, float>()
                                            : ternary_of<PickOfThreeFloat<Pick, kFtz, kNan, false>, float>();
  }
  if (op.xor_sign_abs) return binary_of<PickXorSignFloat<Pick, kFtz, kNan>, float>();
  return binary_of<PickFloat<Pick, kFtz, kNan>, float>();
}

template <class Pick>
HandlerPair find_pick(const LaneOp& op) {
  if (op.ftz) {
    return op.nan_propagates ? find_pick_variant<Pick, true, true>(op) : find_pick_variant<Pick, true, false>(op);
  }
  return op.nan_propagates ? find_pick_variant<Pick, false, true>(op) : find_pick_variant<Pick, false, false>(op);
}

HandlerPair find_f32(const LaneOp& op) {
  switch (op.opcode) {
    case ptx::Opcode::kNeg:
      return op.ftz ? unary_of<NegFloat<true>, float>() : unary_of<NegFloat<false>, float>();
    case ptx::Opcode::kAbs:
      return op.ftz ? unary_of<AbsFloat<true>, float>() : unary_of<AbsFloat<false>, float>();
    case ptx::Opcode::kMin:
      return find_pick<Lesser>(op);
    case ptx::Opcode::kMax:
      return find_pick<Greater>(op);
    default:
      return find_rounded_float<Rounding::kNearest>(op);
  }
}

bool is_directed(ptx::Modifier rounding) {
  return rounding == ptx::Modifier::kRz || rounding == ptx::Modifier::kRm || rounding == ptx::Modifier::kRp;
}

bool is_half(ptx::Type type) {
  return type == ptx::Type::kF16 || type == ptx::Type::kF16x2 || type == ptx::Type::kBF16 || type == ptx::Type::kBF16x2;
}

// .sat of f32 arithmetic; .ftz not of f64. Halves and approximate functions look after themselves.
bool modifiers_exist(const LaneOp& op) {
  if (op.relu || (op.saturate && op.type != ptx::Type::kF32) || (op.ftz && op.type == ptx::Type::kF64)) return false;
  switch (op.opcode) {
    case ptx::Opcode::kAdd:
    case ptx::Opcode::kSub:
    case ptx::Opcode::kMul:
    case ptx::Opcode::kFma:
    case ptx::Opcode::kMad:
      return true;
    default:
      return !op.saturate;
  }
}

}  // namespace

HandlerPair find_float(const LaneOp& op) {
  if (op.approximate || op.full_range) return find_approx(op);
  if (is_half(op.type) || is_half(op.source)) return find_half(op);
  if (!modifiers_exist(op)) return {};
  if (op.type == ptx::Type::kF64) return is_directed(op.rounding) ? find_double_rounded(op) : find_double(op);
  if (op.type == ptx::Type::kF32x2) return find_float_pair(op);
  if (op.type != ptx::Type::kF32) return {};
  return is_directed(op.rounding) ? find_float_rounded(op) : find_f32(op);
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
