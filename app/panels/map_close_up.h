// panels/map_close_up.h: what one warp slot did, as columns of a picture. Floor 7. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/timing/timeline.h"

namespace warpscope::panels {

// The cycles that are seen: [first, first + cycles).
struct CloseUpWindow {
  std::int64_t first = 0;  // below 0 just after the beginning
  std::int64_t cycles = 1;

  std::int64_t end() const { return first + cycles; }
  std::int64_t cycle_of(float x, float width) const;  // x from the left edge of the picture
};
CloseUpWindow close_up_window(double now, std::int64_t cycles_shown);

// Columns that look the same: [from, to) of the picture.
struct CloseUpRun {
  int from = 0, to = 0;
  timing::Stall stall = timing::Stall::kIssued;  // where several share a column, the one most of it was spent on
  float issued = 0;                              // share of the column's cycles that issued; steps of an eighth
  bool operator==(const CloseUpRun&) const = default;
};
// Of a picture `columns` wide. Where a column has several cycles, each counts as much as it lasted.
std::vector<CloseUpRun> close_up_runs(std::span<const timing::Segment> segments, const CloseUpWindow& window,
                                      int columns);

// The segment that has this cycle; null: the slot is empty then.
const timing::Segment* segment_at(std::span<const timing::Segment> segments, std::int64_t cycle);
// Warp instructions that the sub-partition issued in the window.
std::int64_t close_up_issued(const timing::SmSchedule& schedule, int sub_partition, const CloseUpWindow& window);

}  // namespace warpscope::panels
