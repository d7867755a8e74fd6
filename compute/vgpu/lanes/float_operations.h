// vgpu/lanes/float_operations.h: the f32 instructions that take a rounding mode, for one mode at a time. Floor 2.
// float.lanes.cpp makes the handlers of .rn, float_rounded.lanes.cpp those of the others.
#pragma once

#include "compute/vgpu/lanes/float_rounded.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

template <Rounding kRounding, bool kFtz, bool kSat>
struct AddFloat {
  [[gnu::always_inline]] static float run(float a, float b) {
    return finish<kFtz, kSat>(add<kRounding>(flush_if<kFtz>(a), flush_if<kFtz>(b)));
  }
};
template <Rounding kRounding, bool kFtz, bool kSat>
struct SubFloat {
  [[gnu::always_inline]] static float run(float a, float b) { return AddFloat<kRounding, kFtz, kSat>::run(a, -b); }
};
template <Rounding kRounding, bool kFtz, bool kSat>
struct MulFloat {
  [[gnu::always_inline]] static float run(float a, float b) {
    return finish<kFtz, kSat>(mul<kRounding>(flush_if<kFtz>(a), flush_if<kFtz>(b)));
  }
};
template <Rounding kRounding, bool kFtz, bool kSat>
struct FmaFloat {
  [[gnu::always_inline]] static float run(float a, float b, float c) {
    return finish<kFtz, kSat>(fma<kRounding>(flush_if<kFtz>(a), flush_if<kFtz>(b), flush_if<kFtz>(c)));
  }
};
template <Rounding kRounding, bool kFtz>
struct DivFloat {
  [[gnu::always_inline]] static float run(float a, float b) {
    return finish<kFtz, false>(div<kRounding>(flush_if<kFtz>(a), flush_if<kFtz>(b)));
  }
};
template <Rounding kRounding, bool kFtz>
struct RcpFloat {
  [[gnu::always_inline]] static float run(float a) { return DivFloat<kRounding, kFtz>::run(1.0F, a); }
};
template <Rounding kRounding, bool kFtz>
struct SqrtFloat {
  [[gnu::always_inline]] static float run(float a) { return finish<kFtz, false>(sqrt<kRounding>(flush_if<kFtz>(a))); }
};

// The variant with the .ftz and .sat of an instruction.
template <template <Rounding, bool, bool> class Op, Rounding kRounding>
HandlerPair binary_float(const LaneOp& op) {
  if (op.ftz) {
    return op.saturate ? binary_of<Op<kRounding, true, true>, float>() : binary_of<Op<kRounding, true, false>, float>();
  }
  return op.saturate ? binary_of<Op<kRounding, false, true>, float>() : binary_of<Op<kRounding, false, false>, float>();
}

template <Rounding kRounding>
HandlerPair fma_float(const LaneOp& op) {
  if (op.ftz) {
    return op.saturate ? ternary_of<FmaFloat<kRounding, true, true>, float>()
                       : ternary_of<FmaFloat<kRounding, true, false>, float>();
  }
  return op.saturate ? ternary_of<FmaFloat<kRounding, false, true>, float>()
                     : ternary_of<FmaFloat<kRounding, false, false>, float>();
}

// add, sub, mul, fma, mad, div, rcp and sqrt of f32, without .approx and .full.
template <Rounding kRounding>
HandlerPair find_rounded_float(const LaneOp& op) {
  switch (op.opcode) {
    case ptx::Opcode::kAdd:
      return binary_float<AddFloat, kRounding>(op);
    case ptx::Opcode::kSub:
      return binary_float<SubFloat, kRounding>(op);
    case ptx::Opcode::kMul:
      return binary_float<MulFloat, kRounding>(op);
    case ptx::Opcode::kFma:
    case ptx::Opcode::kMad:
      return fma_float<kRounding>(op);
    case ptx::Opcode::kDiv:
      return op.ftz ? binary_of<DivFloat<kRounding, true>, float>() : binary_of<DivFloat<kRounding, false>, float>();
    case ptx::Opcode::kRcp:
      return op.ftz ? unary_of<RcpFloat<kRounding, true>, float>() : unary_of<RcpFloat<kRounding, false>, float>();
    case ptx::Opcode::kSqrt:
      return op.ftz ? unary_of<SqrtFloat<kRounding, true>, float>() : unary_of<SqrtFloat<kRounding, false>, float>();
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
