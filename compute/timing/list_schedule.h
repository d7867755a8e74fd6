// timing/list_schedule.h: in which order a compiler puts the instructions of a region. Floor 3. Internal to lowering.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/timing/lowering.h"

namespace warpscope::timing {

// Where a memory instruction goes, as far as the text says.
struct MemoryUse {
  enum class Where : std::uint8_t { kNone, kShared, kGlobal, kLocal, kAny } where = Where::kNone;
  bool writes = false;
  bool read_only = false;  // what it reads no store of the kernel changes
  bool fence = false;      // nothing of memory passes it
  int base = -1;           // register or symbol; -1: not known
  std::int64_t offset = 0;
  std::uint32_t bytes = 0;
};

struct Node {
  Op op;
  std::vector<std::uint32_t> reads, writes;  // slots
  MemoryUse memory;
  bool last = false;  // ends the region: everything else comes before it
};

// The order, as indices into nodes. Whatever depends on something stays behind it; what others wait for longest comes
// first; nothing moves further than a compiler's supply of registers allows.
std::vector<std::uint32_t> list_schedule(const std::vector<Node>& nodes, std::uint32_t slots,
                                         const MachineModel& model);

}  // namespace warpscope::timing
