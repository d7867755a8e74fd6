#include "compute/session/step_navigation.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/session/step_breakpoints.h"

namespace warpscope::session {
namespace {

using trace::Direction;
using trace::Position;
using trace::StepRecord;
using Step = std::optional<Position>;

struct Walk {
  const StepRun& run;
  Position from = 0;
  trace::WarpIndex warp = 0;
  Direction direction = Direction::kForward;
  trace::Records records;
};

Step step_line(const Walk& walk, trace::LineStep step) {
  return trace::find_line(walk.records, walk.from, walk.direction, walk.warp, step, walk.run.lines);
}

Step step_flag(const Walk& walk, std::uint16_t flags) {
  return trace::find_step(walk.records, walk.from, walk.direction,
                          [&](const StepRecord& r) { return r.warp == walk.warp && (r.flags & flags) != 0; });
}

Step step_pcs(const Walk& walk, const std::vector<vgpu::Pc>& pcs) {
  return trace::find_step(walk.records, walk.from, walk.direction, [&](const StepRecord& r) {
    return r.warp == walk.warp && std::find(pcs.begin(), pcs.end(), r.pc) != pcs.end();
  });
}

Step step_round(const Walk& walk) {
  return trace::find_round(walk.records, walk.from, walk.direction, walk.warp / walk.run.warps_per_block,
                           walk.run.warps_per_block);
}

std::string warp_text(const Walk& walk) {
  return walk.run.launch.grid.count() == 1 ? fmt::format("warp {}", walk.warp % walk.run.warps_per_block)
                                           : fmt::format("warp {} of block {}", walk.warp % walk.run.warps_per_block,
                                                         walk.warp / walk.run.warps_per_block);
}

struct GoalRule {
  StepGoal goal;
  Step (*find)(const Walk& walk, const Go& go);
  const char* what;  // "There is no further ... of warp 3"
};
constexpr GoalRule kGoals[] = {
    {StepGoal::kInstruction,
     [](const Walk& w, const Go&) { return trace::find_instruction(w.records, w.from, w.direction, w.warp); },
     "instruction"},
    {StepGoal::kLine, [](const Walk& w, const Go&) { return step_line(w, trace::LineStep::kInto); }, "line"},
    {StepGoal::kOver, [](const Walk& w, const Go&) { return step_line(w, trace::LineStep::kOver); }, "line"},
    {StepGoal::kOut, [](const Walk& w, const Go&) { return step_line(w, trace::LineStep::kOut); }, "return"},
    {StepGoal::kRound, [](const Walk& w, const Go&) { return step_round(w); }, "round"},
    {StepGoal::kBarrier, [](const Walk& w, const Go&) { return step_flag(w, trace::kBarrier); }, "barrier"},
    {StepGoal::kDivergence, [](const Walk& w, const Go&) { return step_flag(w, trace::kDiverged); }, "divergence"},
    {StepGoal::kMemoryAccess, [](const Walk& w, const Go&) { return step_flag(w, trace::kMemory); }, "memory access"},
    {StepGoal::kAtLine, [](const Walk& w, const Go& go) { return step_pcs(w, entry_pcs(w.run, go.line)); },
     "step on this line"},
    {StepGoal::kAtPc, [](const Walk& w, const Go& go) { return step_pcs(w, {go.pc}); }, "step at this instruction"},
};

// Every finding has its step; whose it is, is followed.
std::optional<Found> find_finding(const StepRun& run, Position from, Direction direction) {
  std::optional<Position> best;
  for (const StepFinding& finding : run.findings) {
    const bool beyond = direction == Direction::kForward ? finding.at > from : finding.at < from;
    if (!beyond) continue;
    if (!best || (direction == Direction::kForward ? finding.at < *best : finding.at > *best)) best = finding.at;
  }
  if (!best) return std::nullopt;
  return Found{*best, *best < run.size() ? (*run.records)[*best].warp : 0, {}};
}

// Where a warp's last step was: there is nothing after it, and people want to see how it ended.
std::optional<Found> after_last(const Walk& walk) {
  if (walk.direction == Direction::kBackward) return std::nullopt;
  const Step last = trace::find_instruction(walk.records, walk.records.size(), Direction::kBackward, walk.warp);
  if (!last || *last + 1 <= walk.from) return std::nullopt;
  std::string text = warp_text(walk) + " has ended";
  text[0] = 'W';
  return Found{*last + 1, walk.warp, std::move(text)};
}

base::Result<Found> go_once(const Search& search, Position from, trace::WarpIndex followed, const Go& go) {
  const StepRun& run = *search.recording.run;
  const bool forward = go.direction == Direction::kForward;
  if (go.goal == StepGoal::kEnd) return Found{forward ? run.size() : 0, followed, {}};
  if (go.goal == StepGoal::kFinding) {
    if (auto found = find_finding(run, from, go.direction)) return *found;
    return base::fail(run.findings.empty() ? "Nothing was found in this run."
                                           : fmt::format("There is no {} finding.", forward ? "further" : "earlier"));
  }
  if (go.goal == StepGoal::kBreakpoint) return find_breakpoint(search, from, followed, go.direction);
  const Walk walk{run, from, followed, go.direction, *run.records};
  for (const GoalRule& rule : kGoals) {
    if (rule.goal != go.goal) continue;
    if (const Step step = rule.find(walk, go)) return Found{*step, followed, {}};
    const bool one_step = go.goal == StepGoal::kInstruction || go.goal == StepGoal::kLine ||
                          go.goal == StepGoal::kOver || go.goal == StepGoal::kRound;
    if (const auto end = after_last(walk); one_step && end) return *end;
    return base::fail(
        fmt::format("There is no {} {} of {}.", forward ? "further" : "earlier", rule.what, warp_text(walk)));
  }
  return base::fail("There is nothing to go to.");
}

}  // namespace

std::vector<vgpu::Pc> entry_pcs(const StepRun& run, int line) {
  std::vector<vgpu::Pc> entries;
  vgpu::Pc before = vgpu::kNoPc;
  for (const vgpu::Pc pc : pcs_of_line(run, line)) {
    if (before == vgpu::kNoPc || pc != before + 1) entries.push_back(pc);
    before = pc;
  }
  return entries;
}

base::Result<Found> go_to(const Search& search, const StepMoment& from, const Go& go) {
  Found found{from.position, from.followed, {}};
  for (int i = 0; i < std::max(1, go.count); ++i) {
    auto next = go_once(search, found.position, found.followed, go);
    if (!next) {
      // The last of many steps may be one too many.
      if (i > 0) return found;
      return next;
    }
    found = std::move(*next);
    if (!found.note.empty()) return found;
  }
  return found;
}

std::optional<Position> find_printed(const Recording& recording, std::uint64_t character) {
  trace::Timeline& timeline = *recording.timeline;
  const Position here = timeline.position();
  if (character >= recording.run->printed.size()) return std::nullopt;
  // The first position by which it has been printed; the step before it printed it.
  Position low = 0, high = recording.run->size();
  while (low < high) {
    const Position middle = low + (high - low) / 2;
    timeline.seek(middle);
    if (timeline.state().printed.size() > character) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  timeline.seek(here);
  return low == 0 ? 0 : low - 1;
}

}  // namespace warpscope::session
