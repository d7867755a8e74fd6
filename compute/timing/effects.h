// timing/effects.h: which registers an instruction reads and writes. Floor 3. Pure.
#pragma once

#include <vector>

#include "compute/ptx/module.h"

namespace warpscope::timing {

struct Effects {
  std::vector<int> reads, writes;  // indices into ptx::Function::registers; the guard's too
};
Effects effects_of(const ptx::Instruction& instruction);

// The register an address is built on; -1 where it is none.
int address_register(const ptx::Instruction& instruction);
const ptx::Operand* address_of(const ptx::Instruction& instruction);

}  // namespace warpscope::timing
