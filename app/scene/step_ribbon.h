// scene/step_ribbon.h: what every warp of a block did over the block's steps: the picture of the scrub bar. Floor 6.
// Pure functions over the records of a run; a step is counted within its block here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/trace/step_record.h"

namespace warpscope::scene {

// The steps of one block: records[order[i]] is its i-th.
struct BlockRecords {
  std::span<const trace::StepRecord> records;
  std::span<const std::uint32_t> order;
  std::uint32_t warps = 1;    // of the block
  std::uint32_t threads = 1;  // of the block: its last warp may lack lanes
};

// When each warp is in the block, and when it waits; found once for a block.
struct WarpTimeline {
  struct Span {
    std::uint32_t begin = 0, end = 0;  // steps, the end is not of it
  };
  std::uint32_t first = 0, last = 0;  // its first step and its last; first > last where it has none
  std::vector<Span> waits;            // at a barrier of the block
};
struct BlockTimeline {
  std::vector<WarpTimeline> warps;
  std::uint32_t steps = 0;
};
// `releases`: steps that let a barrier's threads go, ascending.
BlockTimeline block_timeline(const BlockRecords& block, std::span<const std::uint32_t> releases);

// A warp in one column of the picture.
struct RibbonCell {
  enum class Kind : std::uint8_t {
    kNothing,  // not begun yet, or ended
    kReady,    // could go on; another warp went
    kIssues,   // made a step
    kWaits     // for others, at a barrier
  };
  Kind kind = Kind::kNothing;
  std::uint8_t active = 0;  // of kIssues: share of its lanes that took part, 255: all
  std::uint8_t busy = 0;    // of kIssues: share of the column's steps that were its, 255: its fair share or more
};

// The steps from..to (not of it) in `columns` columns; each column holds whole steps where there are enough.
struct Ribbon {
  double from = 0, to = 0;
  int columns = 0;
  std::uint32_t warps = 0;
  std::vector<RibbonCell> cells;  // row by row, a row a warp
  const RibbonCell& at(std::uint32_t warp, int column) const {
    return cells[static_cast<std::size_t>(warp) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)];
  }
};
// Where a column holds more than kSampledSteps steps, as many of them are looked at, evenly spread but not evenly
// spaced: a fixed distance would beat with warps that take turns.
inline constexpr std::uint32_t kSampledSteps = 64;
Ribbon make_ribbon(const BlockRecords& block, const BlockTimeline& timeline, double from, double to, int columns);

// The steps of a column.
struct ColumnSteps {
  std::uint32_t begin = 0, end = 0;
};
ColumnSteps steps_of_column(double from, double to, int columns, int column, std::uint32_t steps);

// ---- The view of the bar

// Part of the block's steps that is shown.
struct RibbonView {
  double from = 0, to = 0;
  bool operator==(const RibbonView&) const = default;
};
RibbonView whole_view(std::uint64_t steps);
// `factor` < 1 shows less; the step `at` stays where it is. Never more than all, never less than 8 steps.
RibbonView zoomed(RibbonView view, double at, double factor, std::uint64_t steps);
RibbonView panned(RibbonView view, double by, std::uint64_t steps);
// Moved so that `step` can be seen.
RibbonView showing(RibbonView view, double step, std::uint64_t steps);

// Distance between the numbers of an axis: 1, 2 or 5 times a power of ten, at least `least`.
std::uint64_t axis_step(double least);

}  // namespace warpscope::scene
