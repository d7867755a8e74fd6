// trace/writers.h: who wrote these bytes, who read them, and when next? Floor 3. Owned by the thread of the timeline.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "compute/trace/timeline.h"

namespace warpscope::trace {

// Bytes of device memory: a global address; an offset in a block's shared memory; or one in a thread's local memory.
struct MemoryPlace {
  vgpu::AccessSpace space = vgpu::AccessSpace::kGlobal;  // kGlobal (constant memory lies there), kShared or kLocal
  std::uint64_t address = 0;
  std::uint64_t bytes = 4;
  std::uint64_t block = 0;   // of shared and local memory
  std::uint32_t thread = 0;  // of local memory: linear in the block
};

struct ThreadFilter {
  std::uint64_t block = 0;
  std::uint32_t thread = 0;  // linear in the block
};

struct AccessQuery {
  MemoryPlace place;
  bool reads = false, writes = true;  // atomics do both
  std::optional<ThreadFilter> by;     // nullopt: by whomever
};

struct FoundAccess {
  std::uint64_t step = 0;  // records()[step] did it
  LaneMask lanes = 0;      // those that touched any of the bytes
};
using Write = FoundAccess;

// The last such step before a position, and the first at or behind one; nullopt: there is none in the recording (the
// host may have), or `stop` was set. Loads, stores, atomics and asynchronous copies, as the virtual GPU tells them to
// observers; edits of the timeline are none. The timeline stays where it is.
std::optional<FoundAccess> find_last_access(Timeline& timeline, const AccessQuery& query, std::uint64_t before,
                                            const std::atomic<bool>* stop = nullptr);
std::optional<FoundAccess> find_next_access(Timeline& timeline, const AccessQuery& query, std::uint64_t from,
                                            const std::atomic<bool>* stop = nullptr);

// find_last_access() of writes by whomever.
std::optional<Write> find_last_write(Timeline& timeline, const MemoryPlace& place, std::uint64_t before);

}  // namespace warpscope::trace
