// vgpu/lanes/lane_op.h: finds the handlers of per-lane instructions for the instruction set of this machine. Floor 2.
// Files named *.lanes.cpp are compiled once for each instruction set, each time in namespace lanes::WARPSCOPE_LANES.
// They include only lean headers (this one, lane_loop.h, exec.h, <cstdint>, <cmath>, <bit>): an inline function of a
// standard container compiled for AVX-512 could otherwise be the one that the linker keeps for everybody.
#pragma once

#include <cstdint>
#include <string_view>

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
  ptx::Type type = ptx::Type::kNone;                 // the first type: of the result
  ptx::Type source = ptx::Type::kNone;               // the second, of cvt, set, slct, mixed precision, dp4a: ...
  ptx::Type third = ptx::Type::kNone;                // of video instructions
  ptx::Modifier rounding = ptx::Modifier::kUnknown;  // kRn, kRz, kRm, kRp, kRni, ...; kUnknown: none written
  ptx::Modifier compare = ptx::Modifier::kUnknown;   // kEq, kLtu, ...
  ptx::Modifier combine = ptx::Modifier::kUnknown;   // kAnd, kOr, kXor of setp and set
  ptx::Modifier detail = ptx::Modifier::kUnknown;    // kLo, kHi, kWide, kWrap, kClamp, kShiftamt, prmt's mode, ...
  ptx::Modifier mode = ptx::Modifier::kUnknown;      // a second such word: kWrap and kClamp of shf
  bool ftz = false, saturate = false, approximate = false, carry_in = false, carry_out = false, nan_propagates = false,
       relu = false;
  bool full_range = false;             // .full of div
  bool no_ftz = false;                 // .noftz
  bool saturate_to_finite = false;     // .satfinite
  bool xor_sign_abs = false;           // .xorsign.abs of min and max
  std::uint8_t sources = 0;            // how many
  std::uint8_t destination_bytes = 4;  // of the destination's row; 0: predicate
  std::uint8_t source_bytes[4] = {4, 4, 4, 4};
  bool second_destination = false;  // setp p|q: Inst::members is its row
};

// Null handlers: no such variant. Every family defines a finder for each instruction set: families.inc.
HandlerPair find_lane_handler(const LaneOp& op);

// "avx512", "avx2" or "baseline": the best this machine has, or the one that the environment variable WARPSCOPE_LANES
// names where the machine has it (tests run all of them).
std::string_view instruction_set();

}  // namespace warpscope::vgpu::lanes
