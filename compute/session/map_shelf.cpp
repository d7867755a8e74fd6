#include "compute/session/map_shelf.h"

#include <algorithm>

namespace warpscope::session {

std::uint64_t bytes_of(const timing::Timeline& timeline) {
  std::uint64_t bytes =
      timeline.blocks.size() * sizeof(timing::BlockSpan) + timeline.warps.size() * sizeof(timing::WarpSpan) +
      timeline.block_at.size() * sizeof(std::uint32_t) + timeline.intervals.size() * sizeof(timing::Interval);
  for (const auto& [sm, schedule] : timeline.schedules) {
    for (const auto& slot : schedule->segments) bytes += slot.size() * sizeof(timing::Segment);
  }
  return bytes;
}

const KeptRun* MapShelf::find(const std::string& identity) {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [&](const KeptRun& each) { return each.identity == identity; });
  if (found == runs_.end()) return nullptr;
  runs_.splice(runs_.begin(), runs_, found);
  return &runs_.front();
}

void MapShelf::keep(KeptRun run) {
  std::erase_if(runs_, [&](const KeptRun& each) { return each.identity == run.identity; });
  runs_.push_front(std::move(run));
  std::uint64_t bytes = 0;
  std::size_t kept = 0;
  for (const KeptRun& each : runs_) {
    bytes += bytes_of(*each.run->timeline);
    if (kept > 0 && (bytes > kMostBytes || kept >= kMostRuns)) break;
    ++kept;
  }
  runs_.resize(kept);
}

}  // namespace warpscope::session
