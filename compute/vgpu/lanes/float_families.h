// vgpu/lanes/float_families.h: the finders of floating-point instructions, by file. Floor 2.
// find_float() of float.lanes.cpp asks the others.
#pragma once

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

HandlerPair find_float_rounded(const LaneOp& op);   // f32 with .rz, .rm, .rp
HandlerPair find_double(const LaneOp& op);          // f64
HandlerPair find_double_rounded(const LaneOp& op);  // f64 with .rz, .rm, .rp
HandlerPair find_approx(const LaneOp& op);          // .approx and .full, of all types
HandlerPair find_half(const LaneOp& op);            // f16, bf16, one or two of them
HandlerPair find_half_mixed(const LaneOp& op);      // f32 with f16 or bf16 sources
HandlerPair find_float_pair(const LaneOp& op);      // f32x2

}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
