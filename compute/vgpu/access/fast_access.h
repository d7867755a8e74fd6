// vgpu/access/fast_access.h: loads and stores for the common case, for the instruction set of this machine. Floor 2.
#pragma once

#include "compute/vgpu/access/memory_op.h"

namespace warpscope::vgpu::access {

// Replaces the handlers of a load or store by faster ones, where there are some for its space, width and vector.
void use_fast_handlers(const MemoryOp& op, bool is_store, Inst& inst);

}  // namespace warpscope::vgpu::access
