// vgpu/observers/sync_state.h: what CheckSync remembers of the blocks that run. Floor 2.
#pragma once

#include <array>
#include <vector>

#include "compute/vgpu/observers/check_sync.h"

namespace warpscope::vgpu {

// Lanes of a warp that came to a barrier.
struct CheckSync::Arrival {
  std::uint32_t warp = 0;
  LaneMask lanes = 0;
  Pc pc = kNoPc;
  bool has_count = false, aligned = true, waits = true;
  std::uint64_t count = 0;
};

// Lanes at a warp operation that wait for others of their mask.
struct CheckSync::Waiting {
  LaneMask lanes = 0, named = 0;
  LaneMask gone = 0;  // lanes that had ended before
  Pc pc = kNoPc, told = kNoPc;
};

struct CheckSync::BlockState {
  std::uint64_t number = 0;
  std::array<std::vector<Arrival>, kBarriers> arrivals;
  int opened = -1;        // a barrier that let go while the last arrival's step was still to be told
  std::vector<Pc> exits;  // by warp: where its first lanes ended
  std::vector<std::vector<Waiting>> waiting;  // by warp
};

enum class CheckSync::Title : std::uint32_t {
  kDifferentBarriers,
  kExitedLanes,
  kExitedWarps,
  kCounts,
  kCountNotWarps,
  kCountTooLarge,
  kDeadlockBarrier,
  kDeadlockWarp,
  kNotInMask,
  kDifferentMasks,
  kMaskNamesExited,
  kMaskNamesNobody,
  kDifferentOperations,
  kShuffleInactive,
  kNeverCame,
};

inline LaneMask live(const Warp& warp) {
  return warp.threads & ~warp.exited;
}

}  // namespace warpscope::vgpu
