#include "app/scene/step_ribbon.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace warpscope::scene {
namespace {

constexpr std::uint32_t kNone = ~0U;

// Spreads neighbouring numbers over all bits (a step of SplitMix64).
std::uint64_t scatter(std::uint64_t value) {
  value += 0x9e37'79b9'7f4a'7c15ULL;
  value = (value ^ value >> 30) * 0xbf58'476d'1ce4'e5b9ULL;
  value = (value ^ value >> 27) * 0x94d0'49bb'1331'11ebULL;
  return value ^ value >> 31;
}

std::uint32_t lanes_of(const BlockRecords& block, std::uint32_t warp) {
  const std::uint32_t before = warp * 32;
  return block.threads > before ? std::min(block.threads - before, 32U) : 1;
}

// Of the steps in one column, by warp.
struct Count {
  std::uint32_t steps = 0, lanes = 0;
};

void count_column(const BlockRecords& block, ColumnSteps column, std::vector<Count>& counts, std::uint32_t& looked_at) {
  const auto look = [&](std::uint32_t step) {
    const trace::StepRecord& record = block.records[block.order[step]];
    Count& count = counts[record.warp % block.warps];
    ++count.steps;
    count.lanes += static_cast<std::uint32_t>(std::popcount(record.executed));
  };
  const std::uint32_t size = column.end - column.begin;
  looked_at = std::min(size, kSampledSteps);
  if (size <= kSampledSteps) {
    for (std::uint32_t step = column.begin; step < column.end; ++step) look(step);
    return;
  }
  // One of each of as many equal parts, anywhere in it.
  for (std::uint32_t i = 0; i < kSampledSteps; ++i) {
    const auto begin = static_cast<std::uint32_t>(std::uint64_t{size} * i / kSampledSteps);
    const auto end = static_cast<std::uint32_t>(std::uint64_t{size} * (i + 1) / kSampledSteps);
    look(column.begin + begin + static_cast<std::uint32_t>((scatter(column.begin + i) >> 32) * (end - begin) >> 32));
  }
}

// How many steps of the column the warp waits; `next` walks along its waits from column to column.
std::uint32_t waited(const WarpTimeline& warp, ColumnSteps column, std::size_t& next) {
  while (next < warp.waits.size() && warp.waits[next].end <= column.begin) ++next;
  std::uint32_t sum = 0;
  for (std::size_t i = next; i < warp.waits.size() && warp.waits[i].begin < column.end; ++i) {
    sum += std::min(warp.waits[i].end, column.end) - std::max(warp.waits[i].begin, column.begin);
  }
  return sum;
}

std::uint8_t share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<std::uint8_t>(std::min<std::uint64_t>(255, whole == 0 ? 255 : part * 255 / whole));
}

}  // namespace

BlockTimeline block_timeline(const BlockRecords& block, std::span<const std::uint32_t> releases) {
  BlockTimeline timeline;
  timeline.steps = static_cast<std::uint32_t>(block.order.size());
  timeline.warps.resize(block.warps);
  for (WarpTimeline& warp : timeline.warps) warp.first = kNone;
  std::vector<std::uint32_t> arrived(block.warps, kNone);
  const auto close_wait = [&](std::uint32_t w, std::uint32_t next_own) {
    const std::uint32_t from = std::exchange(arrived[w], kNone);
    const auto release = std::lower_bound(releases.begin(), releases.end(), from);
    const std::uint32_t until = release == releases.end() ? next_own : std::min(next_own, *release + 1);
    // Who comes last lets go at once and does not wait.
    if (until > from + 1) timeline.warps[w].waits.push_back({from + 1, until});
  };
  for (std::uint32_t step = 0; step < timeline.steps; ++step) {
    const trace::StepRecord& record = block.records[block.order[step]];
    const std::uint32_t w = record.warp % block.warps;
    WarpTimeline& warp = timeline.warps[w];
    if (arrived[w] != kNone) close_wait(w, step);
    if (warp.first == kNone) warp.first = step;
    warp.last = step;
    if ((record.flags & trace::kBarrier) != 0) arrived[w] = step;
  }
  for (std::uint32_t w = 0; w < block.warps; ++w) {
    if (arrived[w] == kNone) continue;
    close_wait(w, timeline.steps);
    // It never went on: it waits to the end of what was recorded.
    if (!timeline.warps[w].waits.empty()) {
      timeline.warps[w].last = std::max(timeline.warps[w].last, timeline.warps[w].waits.back().end - 1);
    }
  }
  return timeline;
}

ColumnSteps steps_of_column(double from, double to, int columns, int column, std::uint32_t steps) {
  const double width = (to - from) / columns;
  const auto edge = [&](int i) {
    return static_cast<std::uint32_t>(std::clamp(std::floor(from + width * i + 1e-9), 0.0, static_cast<double>(steps)));
  };
  ColumnSteps of{edge(column), edge(column + 1)};
  // A step wider than a column is in all the columns it covers.
  if (of.end <= of.begin) of.end = std::min(of.begin + 1, steps);
  return of;
}

Ribbon make_ribbon(const BlockRecords& block, const BlockTimeline& timeline, double from, double to, int columns) {
  using Kind = RibbonCell::Kind;
  Ribbon ribbon{.from = from, .to = to, .columns = std::max(columns, 0), .warps = block.warps, .cells = {}};
  ribbon.cells.resize(static_cast<std::size_t>(ribbon.warps) * static_cast<std::size_t>(ribbon.columns));
  std::vector<Count> counts(block.warps);
  std::vector<std::size_t> next_wait(block.warps, 0);
  for (int column = 0; column < ribbon.columns; ++column) {
    const ColumnSteps of = steps_of_column(from, to, columns, column, timeline.steps);
    if (of.begin >= of.end) continue;
    std::fill(counts.begin(), counts.end(), Count{});
    std::uint32_t looked_at = 0;
    count_column(block, of, counts, looked_at);
    for (std::uint32_t w = 0; w < block.warps; ++w) {
      const WarpTimeline& warp = timeline.warps[w];
      RibbonCell& cell = ribbon.cells[static_cast<std::size_t>(w) * static_cast<std::size_t>(columns) +
                                      static_cast<std::size_t>(column)];
      const std::uint32_t waits = waited(warp, of, next_wait[w]);
      if (waits * 2 > of.end - of.begin) {
        cell.kind = Kind::kWaits;
      } else if (counts[w].steps > 0) {
        cell = {.kind = Kind::kIssues,
                .active = share(counts[w].lanes, std::uint64_t{counts[w].steps} * lanes_of(block, w)),
                .busy = share(std::uint64_t{counts[w].steps} * block.warps, looked_at)};
      } else if (waits > 0) {
        cell.kind = Kind::kWaits;
      } else if (warp.first != kNone && warp.first < of.end && warp.last >= of.begin) {
        cell.kind = Kind::kReady;
      }
    }
  }
  return ribbon;
}

RibbonView whole_view(std::uint64_t steps) {
  return {0, static_cast<double>(std::max<std::uint64_t>(steps, 1))};
}

RibbonView zoomed(RibbonView view, double at, double factor, std::uint64_t steps) {
  const RibbonView whole = whole_view(steps);
  const double size = view.to - view.from;
  const double wanted = std::clamp(size * factor, std::min(8.0, whole.to), whole.to);
  const double place = size > 0 ? std::clamp((at - view.from) / size, 0.0, 1.0) : 0.5;
  const double from = std::clamp(at - wanted * place, 0.0, whole.to - wanted);
  return {from, from + wanted};
}

RibbonView panned(RibbonView view, double by, std::uint64_t steps) {
  const double size = view.to - view.from;
  const double from = std::clamp(view.from + by, 0.0, std::max(0.0, whole_view(steps).to - size));
  return {from, from + size};
}

RibbonView showing(RibbonView view, double step, std::uint64_t steps) {
  if (step >= view.from && step <= view.to) return view;
  return panned(view, step - (view.from + view.to) / 2, steps);
}

std::uint64_t axis_step(double least) {
  std::uint64_t power = 1;
  while (true) {
    for (const std::uint64_t times : {1U, 2U, 5U}) {
      if (static_cast<double>(power * times) >= least) return power * times;
    }
    power *= 10;
  }
}

}  // namespace warpscope::scene
