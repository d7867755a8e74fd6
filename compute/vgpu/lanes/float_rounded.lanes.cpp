// vgpu/lanes/float_rounded.lanes.cpp: f32 arithmetic with .rz, .rm and .rp.
#include "compute/vgpu/lanes/float_families.h"
#include "compute/vgpu/lanes/float_operations.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

HandlerPair find_float_rounded(const LaneOp& op) {
  switch (op.rounding) {
    case ptx::Modifier::kRz:
      return find_rounded_float<Rounding::kZero>(op);
    case ptx::Modifier::kRm:
      return find_rounded_float<Rounding::kDown>(op);
    case ptx::Modifier::kRp:
      return find_rounded_float<Rounding::kUp>(op);
    default:
      return {};
  }
}

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
