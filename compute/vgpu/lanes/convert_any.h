// vgpu/lanes/convert_any.h: cvt of everything to everything, lane by lane and exactly. Floor 2.
// convert.lanes.cpp has faster handlers for what programs use most; this one has no gaps.
#pragma once

#include "compute/vgpu/lanes/lane_op.h"

namespace warpscope::vgpu::lanes {

// What one conversion needs to know; fits into Inst::imm.
struct Conversion {
  ptx::Type to = ptx::Type::kNone, from = ptx::Type::kNone;
  ptx::Modifier rounding = ptx::Modifier::kUnknown;
  bool ftz : 1 = false, saturate : 1 = false, relu : 1 = false, saturate_to_finite : 1 = false;
  std::uint8_t to_bytes = 4, from_bytes = 4;  // of the registers' rows: at least those of the types
};
static_assert(sizeof(Conversion) <= sizeof(Inst::imm));

// The bits of `value`, converted, as they stand in the destination register. Two sources (f16x2.f32, e4m3x2.f32, ...):
// the first goes into the upper half.
std::uint64_t convert(const Conversion& conversion, std::uint64_t value, std::uint64_t second);

// Null handlers where PTX has no such conversion. The handlers read the Conversion from Inst::imm.
HandlerPair find_any_conversion(const LaneOp& op, std::int64_t& imm);

// cvt.pack: two s32, clamped to the type and put together, above what the third source shifts up. type: the 2 to 16 bit
// type.
HandlerPair find_pack_conversion(int bits, bool is_signed, bool saturate, bool third, std::int64_t& imm);

}  // namespace warpscope::vgpu::lanes
