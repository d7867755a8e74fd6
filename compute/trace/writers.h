// trace/writers.h: who wrote these bytes? Floor 3. Owned by the thread of the timeline.
#pragma once

#include <cstdint>
#include <optional>

#include "compute/trace/timeline.h"

namespace warpscope::trace {

// Bytes of device memory: a global address; an offset in a block's shared memory; or one in a thread's local memory.
struct MemoryPlace {
  vgpu::AccessSpace space = vgpu::AccessSpace::kGlobal;  // kGlobal, kShared or kLocal
  std::uint64_t address = 0;
  std::uint64_t bytes = 4;
  std::uint64_t block = 0;   // of shared and local memory
  std::uint32_t thread = 0;  // of local memory: linear in the block
};

struct Write {
  std::uint64_t step = 0;  // records()[step] wrote
  LaneMask lanes = 0;      // those that wrote any of the bytes
};

// The last step before a position that wrote any of the bytes; nullopt: none did (the host may have). Stores, atomics
// and asynchronous copies write, as the virtual GPU tells them to observers. The timeline stays where it is.
std::optional<Write> find_last_write(Timeline& timeline, const MemoryPlace& place, std::uint64_t before);

}  // namespace warpscope::trace
