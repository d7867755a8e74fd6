#include "compute/trace/navigate.h"

#include <algorithm>

namespace warpscope::trace {
namespace {

// A warp's steps on one line, at one depth of calls, one behind the other.
struct Place {
  std::uint32_t line = 0;
  std::uint16_t depth = 0;
  bool operator==(const Place&) const = default;
};

Place place_of(const StepRecord& record, const vgpu::SourceMap& lines) {
  return {lines.number(record.pc), record.depth};
}

bool stops(LineStep step, const Place& here, const Place& there) {
  switch (step) {
    case LineStep::kInto:
      return there != here;
    case LineStep::kOver:
      return there.depth < here.depth || (there.depth == here.depth && there.line != here.line);
    case LineStep::kOut:
      return there.depth < here.depth;
  }
  return false;
}

}  // namespace

std::optional<Position> find_step(Records records, Position from, Direction direction,
                                  const std::function<bool(const StepRecord&)>& wanted) {
  if (direction == Direction::kForward) {
    for (Position at = from + 1; at < records.size(); ++at) {
      if (wanted(records[at])) return at;
    }
    return std::nullopt;
  }
  for (Position at = std::min<Position>(from, records.size()); at-- > 0;) {
    if (wanted(records[at])) return at;
  }
  return std::nullopt;
}

std::optional<Position> find_instruction(Records records, Position from, Direction direction, WarpIndex warp) {
  return find_step(records, from, direction, [warp](const StepRecord& record) { return record.warp == warp; });
}

std::optional<Position> find_line(Records records, Position from, Direction direction, WarpIndex warp, LineStep step,
                                  const vgpu::SourceMap& lines) {
  std::optional<Position> at = from;
  if (from >= records.size() || records[from].warp != warp) {
    // From the end, or where another warp is shown: to the nearest step of this one.
    return find_instruction(records, from, direction, warp);
  }
  const Place here = place_of(records[from], lines);
  const auto next = [&] { return find_instruction(records, *at, direction, warp); };
  do {
    at = next();
    if (!at) return std::nullopt;
  } while (!stops(step, here, place_of(records[*at], lines)));
  if (direction == Direction::kForward) return at;
  // At the last instruction of that line: back to where the warp came to it. What it called from there belongs to it.
  const Place there = place_of(records[*at], lines);
  Position first = *at;
  for (;;) {
    at = next();
    if (!at) return first;
    const Place place = place_of(records[*at], lines);
    if (step != LineStep::kInto && place.depth > there.depth) continue;
    if (place != there) return first;
    first = *at;
  }
}

std::optional<Position> find_round(Records records, Position from, Direction direction, std::uint64_t block,
                                   std::uint32_t warps_per_block) {
  const WarpIndex first = static_cast<WarpIndex>(block * warps_per_block);
  const auto is_of_block = [&](const StepRecord& r) { return r.warp - first < warps_per_block; };
  std::vector<bool> seen(warps_per_block, false);
  std::optional<Position> last;
  std::optional<Position> at = from;
  if (direction == Direction::kForward && from < records.size() && is_of_block(records[from])) {
    seen[records[from].warp - first] = true;
  }
  // A warp that comes a second time begins the next round: so those that wait or have ended are not waited for.
  for (;;) {
    at = find_step(records, *at, direction, is_of_block);
    if (!at) break;
    const std::size_t warp = records[*at].warp - first;
    if (seen[warp]) return direction == Direction::kForward ? at : last;
    seen[warp] = true;
    last = at;
  }
  if (direction == Direction::kForward) return std::nullopt;
  return last;
}

}  // namespace warpscope::trace
