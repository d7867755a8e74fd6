// timing/register_estimate.h: how many registers a thread would take, where no ptxas is there to say. Floor 3. Pure.
#pragma once

#include "compute/ptx/module.h"

namespace warpscope::timing {

// From live ranges over the control flow: the most 32-bit registers that hold values at the same time (64-bit values
// take two, predicates none), with what ptxas adds for addresses and the ABI. An estimate: tests say how far it is from
// ptxas on our kernels.
int estimate_registers(const ptx::Function& function);

}  // namespace warpscope::timing
