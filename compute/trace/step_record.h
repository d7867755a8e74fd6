// trace/step_record.h: what is kept of every step of a run. Floor 3. Plain data, 16 bytes a step.
#pragma once

#include <cstdint>

#include "compute/vgpu/program.h"

namespace warpscope::trace {

using vgpu::LaneMask;
using vgpu::Pc;

// Of the launch: number of the block x warps of a block + number in the block.
using WarpIndex = std::uint32_t;

// What a step was, for who looks for the next one of its kind.
enum StepFlag : std::uint16_t {
  kDiverged = 1U << 0,  // a branch whose lanes went different ways
  kBarrier = 1U << 1,   // of the block
  kWarpSync = 1U << 2,  // lanes of the warp exchanged values or waited for each other
  kGlobal = 1U << 3,    // touched this memory
  kShared = 1U << 4,
  kLocal = 1U << 5,
  kTexture = 1U << 6,
  kStore = 1U << 7,  // wrote memory, atomics too
  kAtomic = 1U << 8,
  kCall = 1U << 9,
  kReturn = 1U << 10,
  kExit = 1U << 11,     // threads ended
  kFinding = 1U << 12,  // a checker found something new
  kFault = 1U << 13,    // the launch ended here
};
inline constexpr std::uint16_t kMemory = kGlobal | kShared | kLocal | kTexture;

struct StepRecord {
  Pc pc = 0;
  LaneMask executed = 0;  // lanes that took part
  WarpIndex warp = 0;
  std::uint16_t depth = 0;  // calls in progress when the step began
  std::uint16_t flags = 0;  // StepFlag
};
static_assert(sizeof(StepRecord) == 16);

}  // namespace warpscope::trace
