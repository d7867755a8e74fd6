// vgpu/runs.h: straight-line code that is executed in one go. Floor 2. Used by Program::load only.
#pragma once

#include "compute/vgpu/program.h"

namespace warpscope::vgpu {

// Finds the runs of a function: instructions one behind the other that nothing jumps into or out of, that no guard
// skips, that wait for nobody and read no clock. A whole warp that nobody watches executes a run without looking up
// after every instruction. Fills in Inst::run, in_run, shape and shape_known. Reconvergence points must be known.
void find_runs(Program& program, const FunctionCode& code);

}  // namespace warpscope::vgpu
