// vgpu/lanes/lane_op.h: finds the handlers of per-lane instructions for the instruction set of this machine. Floor 2.
// Files named *.lanes.cpp are compiled once for each instruction set, each time in namespace lanes::WARPSCOPE_LANES.
// They include only lean headers (this one, exec.h, <cstdint>, <cmath>, <bit>): an inline function of a standard container
// compiled for AVX-512 could otherwise be the one that the linker keeps for everybody.
#pragma once

#include <cstdint>

#include "compute/ptx/opcodes.h"
#include "compute/ptx/types.h"
#include "compute/vgpu/exec.h"

namespace warpscope::vgpu::lanes {

struct HandlerPair {
  Handler full = nullptr;
  Handler masked = nullptr;
};

// Everything a handler is chosen by.
struct LaneOp {
  ptx::Opcode opcode = ptx::Opcode::kUnknown;
  ptx::Type type = ptx::Type::kNone;    // the first type: of the result
  ptx::Type source = ptx::Type::kNone;  // the second, of cvt, set, slct, mul.wide: ...
  ptx::Modifier rounding = ptx::Modifier::kUnknown;  // kRn, kRz, kRm, kRp, kRni, ...; kUnknown: none written
  ptx::Modifier compare = ptx::Modifier::kUnknown;   // kEq, kLtu, ...
  ptx::Modifier combine = ptx::Modifier::kUnknown;   // kAnd, kOr, kXor of setp and set
  ptx::Modifier detail = ptx::Modifier::kUnknown;    // kLo, kHi, kWide, kWrap, kClamp, kShiftamt, prmt's mode, ...
  bool ftz = false, saturate = false, approximate = false, carry_in = false, carry_out = false, nan_propagates = false,
       relu = false;
  std::uint8_t destination_bytes = 4;   // of the destination's row; 0: predicate
  std::uint8_t source_bytes[4] = {4, 4, 4, 4};
  bool second_destination = false;      // setp p|q
};

// Null handlers: no such variant. integer.lanes.cpp and its neighbours define one find_FAMILY for each family.
HandlerPair find_lane_handler(const LaneOp& op);

}  // namespace warpscope::vgpu::lanes
