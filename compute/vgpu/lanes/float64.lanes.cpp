// vgpu/lanes/float64.lanes.cpp: f64 arithmetic: .rn, min, max, neg, abs.
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_minmax.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {
namespace {

struct AddDouble {
  static double run(double a, double b) { return settle(a + b, a, b); }
};
struct SubDouble {
  static double run(double a, double b) { return settle(a - b, a, b); }
};
struct MulDouble {
  static double run(double a, double b) { return settle(a * b, a, b); }
};
struct FmaDouble {
  static double run(double a, double b, double c) { return settle(__builtin_fma(a, b, c), a, b, c); }
};
struct DivDouble {
  static double run(double a, double b) { return settle(a / b, a, b); }
};
struct RcpDouble {
  static double run(double a) { return settle(1.0 / a, a); }
};
struct SqrtDouble {
  static double run(double a) { return settle(__builtin_sqrt(a), a); }
};
struct NegDouble {
  static double run(double a) { return a == a ? -a : a; }
};
struct AbsDouble {
  static double run(double a) { return a == a ? bits_as<double>(bits(a) & ~kSign64) : a; }
};
template <class Pick>
struct PickDouble {
  static double run(double a, double b) { return settle(pick<Pick, false>(a, b), a, b); }
};

}  // namespace

HandlerPair find_double(const LaneOp& op) {
  switch (op.opcode) {
    case ptx::Opcode::kAdd:
      return binary_of<AddDouble, double>();
    case ptx::Opcode::kSub:
      return binary_of<SubDouble, double>();
    case ptx::Opcode::kMul:
      return binary_of<MulDouble, double>();
    case ptx::Opcode::kFma:
    case ptx::Opcode::kMad:
      return ternary_of<FmaDouble, double>();
    case ptx::Opcode::kDiv:
      return binary_of<DivDouble, double>();
    case ptx::Opcode::kRcp:
      return unary_of<RcpDouble, double>();
    case ptx::Opcode::kSqrt:
      return unary_of<SqrtDouble, double>();
    case ptx::Opcode::kNeg:
      return unary_of<NegDouble, double>();
    case ptx::Opcode::kAbs:
      return unary_of<AbsDouble, double>();
    case ptx::Opcode::kMin:
      return binary_of<PickDouble<Lesser>, double>();
    case ptx::Opcode::kMax:
      return binary_of<PickDouble<Greater>, double>();
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
