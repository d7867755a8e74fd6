// vgpu/reconvergence.h: where diverged lanes meet again: immediate post-dominators. Floor 2. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace warpscope::vgpu {

// How control leaves an instruction. Indices are of instructions of one function.
struct Flow {
  std::vector<std::uint32_t> targets;  // of branches
  bool falls_through = true;
  bool leaves = false;  // may return or exit
};

inline constexpr std::uint32_t kNoInstruction = 0xffff'ffffU;

// For each instruction with more than one way on: the first instruction that every way to the end passes;
// kNoInstruction where there is none before the function ends, and for all other instructions. Loops without an end
// count as ending.
std::vector<std::uint32_t> immediate_post_dominators(std::span<const Flow> flow);

}  // namespace warpscope::vgpu
