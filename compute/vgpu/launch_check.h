// vgpu/launch_check.h: sizes of a launch. Floor 2. Pure functions.
#pragma once

#include "compute/vgpu/machine.h"

namespace warpscope::vgpu {

// Where dynamic shared memory begins: behind what the kernel declares, aligned as its extern arrays ask.
std::uint32_t dynamic_shared_base(const Program& program, const FunctionCode& entry);
// Of a block, static and dynamic.
std::uint32_t shared_bytes(const Program& program, const Launch& launch);

}  // namespace warpscope::vgpu
