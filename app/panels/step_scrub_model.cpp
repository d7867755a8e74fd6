#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "app/panels/step_panels.h"
#include "app/panels/step_scrub.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using Kind = ScrubMark::Kind;

std::uint32_t step_at(std::span<const std::uint32_t> order, trace::Position position) {
  return static_cast<std::uint32_t>(std::lower_bound(order.begin(), order.end(), position) - order.begin());
}

std::vector<ScrubMark> marks_of(const session::StepRun& run, std::uint64_t block,
                                std::span<const session::StepBreakpoint> breakpoints) {
  const auto order = steps_of_block(run, block);
  std::vector<ScrubMark> marks = breakpoint_hits(run, block, breakpoints);
  const auto add = [&](Kind kind, trace::Position at, std::size_t index) {
    marks.push_back({.kind = kind, .step = step_at(order, at), .position = at, .index = static_cast<int>(index)});
  };
  for (std::size_t i = 0; i < run.barriers.size(); ++i) {
    if (run.barriers[i].block == block) add(Kind::kBarrier, run.barriers[i].at, i);
  }
  for (std::size_t i = 0; i < run.findings.size(); ++i) {
    const trace::Position at = run.findings[i].at;
    const bool here = at < run.size() && (*run.records)[at].warp / run.warps_per_block == block;
    if (here) add(Kind::kFinding, at, i);
  }
  for (std::size_t i = 0; i < run.edits.size(); ++i) {
    const trace::Position at = run.edits[i].at;
    const bool here = !order.empty() && at >= order.front() && at <= order.back();
    if (here) add(Kind::kEdit, at, i);
  }
  std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  return marks;
}

// What the marks depend on.
std::string fingerprint(std::span<const session::StepBreakpoint> breakpoints) {
  std::string all;
  for (const session::StepBreakpoint& b : breakpoints) {
    if (b.enabled) all += fmt::format("{}/{}/{}/{} ", b.id, static_cast<int>(b.kind), b.line, b.pc);
  }
  return all;
}

// Hundreds of barriers under one pixel are one diamond.
std::vector<ScrubMark> thinned(const StepScrubState& state) {
  std::vector<ScrubMark> shown;
  std::array<double, 4> last{-1e9, -1e9, -1e9, -1e9};
  const double width = (state.view.to - state.view.from) / std::max(1, state.columns);
  for (const ScrubMark& mark : state.marks) {
    if (mark.step < state.view.from || mark.step > state.view.to) continue;
    double& before = last[static_cast<std::size_t>(mark.kind)];
    const double apart = mark.kind == Kind::kFinding ? 0.5 : 4;  // columns
    if (mark.step - before < apart * width) continue;
    before = mark.step;
    shown.push_back(mark);
  }
  return shown;
}

void find_block(const Frame& f, StepScrubState& state, std::uint64_t block, const std::string& breakpoints) {
  const session::StepRun& run = *f.step.run;
  const scene::BlockRecords records = block_records(run, block);
  state.marks = marks_of(run, block, f.step.breakpoints);
  state.breakpoints = breakpoints;
  state.columns = 0;
  if (state.run == run.id && state.block == block) return;
  std::vector<std::uint32_t> releases;
  for (const ScrubMark& mark : state.marks) {
    if (mark.kind == Kind::kBarrier) releases.push_back(mark.step);
  }
  const std::uint32_t steps_before = state.timeline.steps;
  const bool same_block = state.block == block;
  state.timeline = scene::block_timeline(records, releases);
  state.run = run.id;
  state.block = block;
  // The same part stays in view where the same kernel was recorded anew.
  if (!same_block || state.timeline.steps != steps_before) state.view = scene::whole_view(state.timeline.steps);
  state.drag = StepScrubState::Drag::kNone;
}

}  // namespace

std::span<const std::uint32_t> steps_of_block(const session::StepRun& run, std::uint64_t block) {
  const session::BlockSteps& by = run.by_block;
  const auto found = std::lower_bound(by.blocks.begin(), by.blocks.end(), block);
  if (found == by.blocks.end() || *found != block) return {};
  const auto i = static_cast<std::size_t>(found - by.blocks.begin());
  return std::span(by.order).subspan(by.offsets[i], by.offsets[i + 1] - by.offsets[i]);
}

std::uint64_t followed_block(const session::StepRun& run, const session::StepMoment& moment) {
  return moment.followed / std::max(1U, run.warps_per_block);
}

scene::BlockRecords block_records(const session::StepRun& run, std::uint64_t block) {
  return {.records = *run.records,
          .order = steps_of_block(run, block),
          .warps = std::max(1U, run.warps_per_block),
          .threads = static_cast<std::uint32_t>(run.launch.block.count())};
}

BlockPosition block_position(const session::StepRun& run, std::uint64_t block, trace::Position position) {
  const auto order = steps_of_block(run, block);
  return {step_at(order, position), order.size()};
}

std::vector<ScrubMark> breakpoint_hits(const session::StepRun& run, std::uint64_t block,
                                       std::span<const session::StepBreakpoint> breakpoints) {
  using session::StepBreakpoint;
  std::vector<int> id_at;  // by pc; 0: none
  std::vector<bool> every;
  const auto set = [&](vgpu::Pc pc, int id, bool each_time) {
    if (pc >= id_at.size()) id_at.resize(pc + 1, 0);
    if (pc >= every.size()) every.resize(pc + 1, false);
    id_at[pc] = id;
    every[pc] = each_time;
  };
  for (const StepBreakpoint& b : breakpoints) {
    if (!b.enabled) continue;
    if (b.kind == StepBreakpoint::Kind::kPc) set(b.pc, b.id, true);
    if (b.kind != StepBreakpoint::Kind::kLine) continue;
    for (const vgpu::Pc pc : session::pcs_of_line(run, b.line)) set(pc, b.id, false);
  }
  std::vector<ScrubMark> hits;
  if (id_at.empty()) return hits;
  const auto order = steps_of_block(run, block);
  const std::uint32_t warps = std::max(1U, run.warps_per_block);
  std::vector<int> inside(warps, 0);  // the breakpoint whose line the warp is in
  for (std::uint32_t step = 0; step < order.size(); ++step) {
    const trace::StepRecord& record = (*run.records)[order[step]];
    const int id = record.pc < id_at.size() ? id_at[record.pc] : 0;
    int& in = inside[record.warp % warps];
    if (id != 0 && (id != in || every[record.pc])) {
      hits.push_back({.kind = Kind::kBreakpoint, .step = step, .position = order[step], .index = id});
    }
    in = id;
  }
  return hits;
}

bool refresh_scrub(const Frame& f, int columns) {
  if (!f.step.run || !f.step.moment || columns <= 0) return false;
  StepScrubState& state = f.ui.step.scrub;
  const session::StepRun& run = *f.step.run;
  const std::uint64_t block = followed_block(run, *f.step.moment);
  const std::string breakpoints = fingerprint(f.step.breakpoints);
  if (state.run != run.id || state.block != block || state.breakpoints != breakpoints) {
    find_block(f, state, block, breakpoints);
  }
  if (state.timeline.steps == 0) return false;
  // The cursor stays in view, unless the person is looking elsewhere.
  const trace::Position position = f.step.moment->position;
  if (position != state.shown_at && state.drag == StepScrubState::Drag::kNone) {
    state.view = scene::showing(state.view, static_cast<double>(block_position(run, block, position).step),
                                state.timeline.steps);
  }
  state.shown_at = position;
  const bool fits =
      state.columns == columns && state.ribbon.from == state.view.from && state.ribbon.to == state.view.to;
  if (fits) return true;
  state.columns = columns;

  state.ribbon = scene::make_ribbon(block_records(run, block), state.timeline, state.view.from, state.view.to, columns);
  state.shown = thinned(state);
  ++state.picture;
  return true;
}

float x_of_step(const StepScrubState& state, scene::Rect where, double step) {
  const double size = std::max(1e-9, state.view.to - state.view.from);
  return where.x + static_cast<float>((step - state.view.from) / size * where.w);
}

double step_of_x(const StepScrubState& state, scene::Rect where, float x) {
  const double part = std::clamp((x - where.x) / std::max(1.0F, where.w), 0.0F, 1.0F);
  return std::clamp(state.view.from + part * (state.view.to - state.view.from), 0.0,
                    static_cast<double>(state.timeline.steps));
}

std::uint64_t step_under(const Frame& f, const ScrubPlaces& places, scene::Vec2 point) {
  const StepScrubState& state = f.ui.step.scrub;
  const session::StepRun& run = *f.step.run;
  const auto order = steps_of_block(run, state.block);
  const auto at = static_cast<std::uint64_t>(step_of_x(state, places.warps, point.x));
  if (!places.warps.contains(point) || at >= order.size()) return at;
  const std::uint32_t warps = std::max(1U, run.warps_per_block);
  const auto row = static_cast<std::uint32_t>((point.y - places.warps.y) / places.warps.h * static_cast<float>(warps));
  const double per_pixel = (state.view.to - state.view.from) / std::max(1.0F, places.warps.w);
  const auto reach = static_cast<std::uint64_t>(std::clamp(16.0 * f.scale * per_pixel, 0.0, 4000.0));
  const auto is_row = [&](std::uint64_t step) { return (*run.records)[order[step]].warp % warps == row; };
  for (std::uint64_t away = 0; away <= reach; ++away) {
    if (at + away < order.size() && is_row(at + away)) return at + away;
    if (away <= at && is_row(at - away)) return at - away;
  }
  return at;
}

const ScrubMark* mark_under(const Frame& f, const ScrubPlaces& places, scene::Vec2 point) {
  const StepScrubState& state = f.ui.step.scrub;
  if (!places.marks.contains(point)) return nullptr;
  const ScrubMark* nearest = nullptr;
  float best = f.px(7);
  for (const ScrubMark& mark : state.shown) {
    const float away = std::abs(x_of_step(state, places.marks, mark.step + 0.5) - point.x);
    // A finding says more than a barrier at the same place.
    const bool better = away < best || (nearest != nullptr && away < f.px(4) && mark.kind == Kind::kFinding);
    if (!better) continue;
    best = away;
    nearest = &mark;
  }
  return nearest;
}

std::string step_text(const session::StepRun& run, std::uint64_t block, std::uint64_t step) {
  const auto order = steps_of_block(run, block);
  if (step >= order.size())
    return fmt::format("the end of the block: {} steps", with_thousands(static_cast<long long>(order.size())));
  const trace::StepRecord& record = (*run.records)[order[step]];
  const int line = session::line_at(run, record.pc);
  const std::uint32_t warp = record.warp % std::max(1U, run.warps_per_block);
  const auto threads = static_cast<std::uint32_t>(run.launch.block.count());
  const std::uint32_t lanes = std::min(32U, threads > warp * 32 ? threads - warp * 32 : 32U);
  return fmt::format("step {}: warp {}, {}, {} of {} lanes", with_thousands(static_cast<long long>(step)), warp,
                     line > 0 ? fmt::format("line {}", line) : fmt::format("pc {}", record.pc),
                     std::popcount(record.executed), lanes);
}

std::string mark_text(const Frame& f, const ScrubMark& mark) {
  const session::StepRun& run = *f.step.run;
  const auto i = static_cast<std::size_t>(mark.index);
  const std::string step = with_thousands(mark.step);
  switch (mark.kind) {
    case Kind::kBarrier:
      return fmt::format("barrier {} lets its threads go at step {}", i < run.barriers.size() ? run.barriers[i].id : 0,
                         step);
    case Kind::kFinding:
      return i < run.findings.size() ? fmt::format("{} at step {}", run.findings[i].finding.message, step) : "";
    case Kind::kBreakpoint:
      return fmt::format("a breakpoint is reached at step {}", step);
    case Kind::kEdit:
      return i < run.edits.size() ? fmt::format("changed by hand at step {}: {}", step, run.edits[i].text) : "";
  }
  return {};
}

}  // namespace warpscope::panels
