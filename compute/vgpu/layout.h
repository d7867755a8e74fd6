// vgpu/layout.h: where the variables of a module lie. Floor 2. Used by Program::load only.
#pragma once

#include "compute/vgpu/program.h"

namespace warpscope::vgpu {

// Rows of registers, offsets of parameters and local variables of one function.
void lay_out_function(const ptx::Function& source, FunctionCode& code);
// Offsets of .shared variables. Variables that no kernel needs together may overlap, as a linker does for each kernel.
void lay_out_shared(Program& program);
// Allocates and fills the .global and .const variables.
base::Result<void> lay_out_globals(Program& program, GlobalMemory& memory);

}  // namespace warpscope::vgpu
