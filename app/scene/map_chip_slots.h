// scene/map_chip_slots.h: which block is in which slot of an SM at a time. Floor 6. Immutable once made.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compute/timing/timeline.h"

namespace warpscope::scene {

class MapSlots {
 public:
  MapSlots() = default;
  // Goes once over all blocks.
  explicit MapSlots(std::shared_ptr<const timing::Timeline> timeline);

  bool of(const timing::Timeline* timeline) const { return timeline != nullptr && timeline_.get() == timeline; }
  // Who is there; null: nobody. Takes as long as a binary search in the blocks of one slot.
  const timing::BlockSpan* at(std::uint32_t sm, int slot, double cycle) const;
  // Blocks on this SM.
  int resident(std::uint32_t sm, double cycle) const;
  int waves() const { return waves_; }
  // By timing::Stall: what any block waited for most.
  std::uint32_t longest() const { return longest_; }

 private:
  std::shared_ptr<const timing::Timeline> timeline_;
  std::vector<std::uint32_t> first_;   // by sm * slots + slot, and one more: into blocks_
  std::vector<std::uint32_t> blocks_;  // of the timeline, by start within a slot
  int waves_ = 0;
  std::uint32_t longest_ = 0;
};

}  // namespace warpscope::scene
