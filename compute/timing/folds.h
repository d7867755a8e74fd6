// timing/folds.h: instructions that become part of the ones that use their results. Floor 3. Internal to lowering.
#pragma once

#include <vector>

#include "compute/ptx/module.h"

namespace warpscope::timing {

struct Folds {
  std::vector<bool> free;          // by instruction: costs nothing, its users do its work
  std::vector<bool> multiply_add;  // by instruction: an addition that does a multiplication's work too
};

// What NVIDIA's compiler does to addresses, above all: a product or a shift and the addition behind it are one
// instruction, constants go into the offset of the access, and predicates are combined where they are made.
Folds find_folds(const ptx::Function& function);

}  // namespace warpscope::timing
