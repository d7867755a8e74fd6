// timing/merge_loads.h: neighbouring loads from shared memory that a compiler makes one of 64 or 128 bits. Floor 3.
// Internal to lowering.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/ptx/module.h"
#include "compute/timing/list_schedule.h"

namespace warpscope::timing {

// Whether `base` (as in MemoryUse) is known to be a multiple of 16 or 8 bytes is read off how the function computes it.
// The first of a group takes the time of all; the others become names of what it loads. All of them are told.
struct Joined {
  std::uint32_t node = 0, words = 0;  // of a lane; 0: part of another
};
std::vector<Joined> merge_shared_loads(const ptx::Function& function, std::vector<Node>& nodes);

}  // namespace warpscope::timing
