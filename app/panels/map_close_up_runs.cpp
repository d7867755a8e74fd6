// Segments of a warp slot as columns of a picture.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/map_close_up.h"

namespace warpscope::panels {
namespace {

using timing::Segment;
using timing::Stall;

constexpr float kIssuedSteps = 8;

std::int64_t begin_of(const Segment& segment) {
  return static_cast<std::int64_t>(segment.start);
}

std::int64_t end_of(const Segment& segment) {
  return static_cast<std::int64_t>(segment.start + segment.cycles);
}

// The first that ends after this cycle.
const Segment* first_after(std::span<const Segment> segments, std::int64_t cycle) {
  const auto found = std::partition_point(segments.begin(), segments.end(),
                                          [cycle](const Segment& segment) { return end_of(segment) <= cycle; });
  return segments.data() + (found - segments.begin());
}

void add(std::vector<CloseUpRun>& runs, const CloseUpRun& run) {
  if (run.from >= run.to) return;
  if (!runs.empty() && runs.back().to == run.from && runs.back().stall == run.stall &&
      runs.back().issued == run.issued) {
    runs.back().to = run.to;
  } else {
    runs.push_back(run);
  }
}

using Cycles = std::array<std::uint32_t, timing::kStalls>;

void add_column(std::vector<CloseUpRun>& runs, int column, const Cycles& cycles) {
  std::uint32_t all = 0;
  for (const std::uint32_t count : cycles) all += count;
  if (all == 0) return;
  const auto most = std::max_element(cycles.begin() + 1, cycles.end());
  const float issued = static_cast<float>(cycles[0]) / static_cast<float>(all);
  CloseUpRun run{column, column + 1, Stall::kIssued, 1};
  if (*most > 0) {
    run.stall = static_cast<Stall>(most - cycles.begin());
    run.issued = std::round(issued * kIssuedSteps) / kIssuedSteps;
  }
  add(runs, run);
}

// More cycles than columns.
std::vector<CloseUpRun> shared_columns(const Segment* segment, const Segment* end, const CloseUpWindow& window,
                                       int columns) {
  std::vector<CloseUpRun> runs;
  for (int column = 0; column < columns; ++column) {
    const std::int64_t from = window.first + std::int64_t{column} * window.cycles / columns;
    const std::int64_t to = window.first + std::int64_t{column + 1} * window.cycles / columns;
    Cycles cycles{};
    while (segment != end && begin_of(*segment) < to) {
      const std::int64_t in = std::min(end_of(*segment), to) - std::max(begin_of(*segment), from);
      if (in > 0) cycles[static_cast<std::size_t>(segment->stall)] += static_cast<std::uint32_t>(in);
      if (end_of(*segment) > to) break;
      ++segment;
    }
    add_column(runs, column, cycles);
  }
  return runs;
}

}  // namespace

std::int64_t CloseUpWindow::cycle_of(float x, float width) const {
  return first + static_cast<std::int64_t>(std::floor(x / std::max(1.0F, width) * static_cast<float>(cycles)));
}

CloseUpWindow close_up_window(double now, std::int64_t cycles_shown) {
  return {static_cast<std::int64_t>(std::floor(now)) - cycles_shown, cycles_shown};
}

std::vector<CloseUpRun> close_up_runs(std::span<const Segment> segments, const CloseUpWindow& window, int columns) {
  const Segment* segment = first_after(segments, window.first);
  const Segment* const end = segments.data() + segments.size();
  if (window.cycles > columns) return shared_columns(segment, end, window, columns);
  std::vector<CloseUpRun> runs;
  const auto column_of = [&](std::int64_t cycle) {
    const std::int64_t in = std::clamp<std::int64_t>(cycle - window.first, 0, window.cycles);
    return static_cast<int>((2 * in * columns + window.cycles) / (2 * window.cycles));
  };
  for (; segment != end && begin_of(*segment) < window.end(); ++segment) {
    add(runs, {column_of(begin_of(*segment)), column_of(end_of(*segment)), segment->stall,
               segment->stall == Stall::kIssued ? 1.0F : 0.0F});
  }
  return runs;
}

const Segment* segment_at(std::span<const Segment> segments, std::int64_t cycle) {
  const Segment* const found = first_after(segments, cycle);
  return found != segments.data() + segments.size() && begin_of(*found) <= cycle ? found : nullptr;
}

std::int64_t close_up_issued(const timing::SmSchedule& schedule, int sub_partition, const CloseUpWindow& window) {
  std::int64_t issued = 0;
  for (int slot = 0; slot < schedule.slots; ++slot) {
    const auto& segments = schedule.segments[static_cast<std::size_t>(sub_partition * schedule.slots + slot)];
    const Segment* const end = segments.data() + segments.size();
    for (const Segment* s = first_after(segments, window.first); s != end && begin_of(*s) < window.end(); ++s) {
      if (s->stall != Stall::kIssued) continue;
      issued += std::min(end_of(*s), window.end()) - std::max(begin_of(*s), window.first);
    }
  }
  return issued;
}

}  // namespace warpscope::panels
