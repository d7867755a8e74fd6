#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "app/panels/keys.h"
#include "app/panels/step_panels.h"
#include "app/panels/step_scrub.h"
#include "app/panels/step_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using session::Go;
using session::StepGoal;
using trace::Direction;

constexpr std::array kGoals{
    StepGoalChoice{"to next barrier", StepGoal::kBarrier},
    StepGoalChoice{"to next divergence", StepGoal::kDivergence},
    StepGoalChoice{"to next memory access", StepGoal::kMemoryAccess},
    StepGoalChoice{"to next finding", StepGoal::kFinding},
    StepGoalChoice{"to next breakpoint", StepGoal::kBreakpoint},
    StepGoalChoice{"to the cursor's line", StepGoal::kAtLine},
    StepGoalChoice{"to the end", StepGoal::kEnd},
};

// So long in a row units moved nothing: the followed warp has no further step. At least so many.
constexpr double kStuckSeconds = 0.25;
constexpr int kStuckUnits = 3;

void stop_playing(const Frame& f) {
  f.ui.step.playing = false;
  f.ui.wake_in(0);
}

// The first breakpoint behind `from`, up to `to`; nullopt: none, or they lie outside the followed block.
std::optional<trace::Position> breakpoint_between(const Frame& f, trace::Position from, trace::Position to) {
  for (const ScrubMark& mark : f.ui.step.scrub.marks) {
    if (mark.kind == ScrubMark::Kind::kBreakpoint && mark.position > from && mark.position <= to) return mark.position;
  }
  return std::nullopt;
}

bool at_the_end(const Frame& f, Direction direction) {
  const session::StepMoment& moment = *f.step.moment;
  if (direction == Direction::kBackward) return moment.position == 0;
  return moment.position >= f.step.run->size();
}

// What playing has come to since its last unit; true: it ends here.
bool has_arrived(const Frame& f, Direction direction) {
  StepToolbarState& state = f.ui.step.toolbar;
  const trace::Position from = state.played_from, now = f.step.moment->position;
  const bool forward = direction == Direction::kForward;
  if (now == from) {
    if (f.step.job.kind != session::StepJob::Kind::kNone) return false;
    return ++state.stuck > kStuckUnits + kStuckSeconds * f.ui.step.units_per_second;
  }
  state.stuck = 0;
  state.played_from = now;
  // Somebody else went elsewhere.
  if ((now > from) != forward) return true;
  const auto hit = forward ? breakpoint_between(f, from, now) : std::nullopt;
  if (hit && *hit != now) seek(f, *hit);
  return hit.has_value();
}

}  // namespace

std::span<const StepGoalChoice> step_goals() {
  return kGoals;
}

session::Go step_goal(const StepPanels& state, Direction direction) {
  constexpr std::array kUnits{StepGoal::kLine, StepGoal::kInstruction, StepGoal::kRound};
  return {.goal = kUnits[static_cast<std::size_t>(state.unit)], .direction = direction};
}

session::Go over_goal(const StepPanels& state, Direction direction) {
  Go command = step_goal(state, direction);
  if (command.goal == StepGoal::kLine) command.goal = StepGoal::kOver;
  return command;
}

bool can_step(const Frame& f) {
  return f.step.run != nullptr && f.step.moment != nullptr;
}

void go(const Frame& f, Go command) {
  if (!can_step(f)) return;
  stop_playing(f);
  f.send_step(command);
}

void seek(const Frame& f, trace::Position position) {
  if (!can_step(f)) return;
  stop_playing(f);
  f.send_step(session::SeekTo{.position = position});
}

int line_of_interest(const Frame& f) {
  const StepPanels& state = f.ui.step;
  if (state.cursor_line > 0) return state.cursor_line;
  if (!can_step(f)) return 0;
  for (const session::WarpRow& row : state.reading.warps) {
    if (row.warp == f.step.moment->followed) return row.line;
  }
  return 0;
}

void go_to_cursor(const Frame& f, Direction direction) {
  if (const int line = f.ui.step.cursor_line; line > 0) {
    go(f, {.goal = StepGoal::kAtLine, .direction = direction, .line = line});
  }
}

void go_to_goal(const Frame& f, Direction direction) {
  const auto index = static_cast<std::size_t>(std::clamp(f.ui.step.goal, 0, static_cast<int>(kGoals.size()) - 1));
  const StepGoal goal = kGoals[index].goal;
  if (goal == StepGoal::kAtLine) {
    go_to_cursor(f, direction);
  } else {
    go(f, {.goal = goal, .direction = direction});
  }
}

void go_to_mark(const Frame& f, Direction direction) {
  if (!can_step(f)) return;
  const trace::Position now = f.step.moment->position;
  const session::StepRun& run = *f.step.run;
  const bool forward = direction == Direction::kForward;
  std::optional<trace::Position> best;
  const auto look = [&](trace::Position at) {
    if (forward ? at <= now : at >= now) return;
    if (!best || (forward ? at < *best : at > *best)) best = at;
  };
  for (const ScrubMark& mark : f.ui.step.scrub.marks) look(mark.position);
  // Findings and edits of other blocks too: they are few, and what one looks for.
  for (const session::StepFinding& finding : run.findings) look(finding.at);
  for (const session::StepEdit& edit : run.edits) look(edit.at);
  if (best) seek(f, *best);
}

void toggle_play(const Frame& f, Direction direction) {
  StepPanels& state = f.ui.step;
  if (state.playing) {
    stop_playing(f);
    return;
  }
  if (!can_step(f) || at_the_end(f, direction)) return;
  state.playing = true;
  state.playing_backwards = direction == Direction::kBackward;
  state.play_due = f.ui.now;
  state.toolbar.played_from = f.step.moment->position;
  state.toolbar.stuck = 0;
  f.ui.wake_in(0);
}

void go_on_playing(const Frame& f) {
  StepPanels& state = f.ui.step;
  if (!state.playing) return;
  const Direction direction = state.playing_backwards ? Direction::kBackward : Direction::kForward;
  if (!can_step(f) || at_the_end(f, direction)) {
    stop_playing(f);
    return;
  }
  const double apart = 1 / std::max(0.1, state.units_per_second);
  if (f.ui.now + 1e-6 < state.play_due) {
    f.ui.wake_in(state.play_due - f.ui.now);
    return;
  }
  if (has_arrived(f, direction)) {
    stop_playing(f);
    return;
  }
  // Faster than the screen: several in one command, but never more than a tenth of a second's.
  const double late = std::min(f.ui.now - state.play_due, 0.1);
  const int count = 1 + static_cast<int>(late / apart);
  Go command = step_goal(state, direction);
  command.count = count;
  f.send_step(command);
  state.play_due = std::max(state.play_due + apart * command.count, f.ui.now);
  f.ui.wake_in(state.play_due - f.ui.now);
}

void run_kernel(const Frame& f) {
  if (!f.step.source) return;
  stop_playing(f);
  f.send_step(session::RunKernel{});
}

void stop_job(const Frame& f) {
  stop_playing(f);
  if (f.step.job.kind != session::StepJob::Kind::kNone) f.send_step(session::CancelJob{});
}

void follow_block(const Frame& f, std::uint64_t block) {
  if (!can_step(f)) return;
  stop_playing(f);
  const std::uint32_t warps = std::max(1U, f.step.run->warps_per_block);
  const trace::WarpIndex same = f.step.moment->followed % warps;
  f.send_step(session::FollowWarp{static_cast<trace::WarpIndex>(block * warps + same)});
  // A block that is not at work now would show nothing but absent lanes: there one begins at its beginning.
  const auto order = steps_of_block(*f.step.run, block);
  const trace::Position now = f.step.moment->position;
  const bool at_work = !order.empty() && now >= order.front() && now <= order.back();
  if (!order.empty() && !at_work) f.send_step(session::SeekTo{.position = order.front(), .follow = false});
}

void follow_next_block(const Frame& f, int by) {
  if (!can_step(f)) return;
  const vgpu::Launch& launch = f.step.run->launch;
  const std::uint64_t count = launch.block_count();
  const std::uint64_t now = followed_block(*f.step.run, *f.step.moment) - launch.first_block;
  follow_block(f,
               launch.first_block + (now + count + static_cast<std::uint64_t>(static_cast<std::int64_t>(by))) % count);
}

void follow_next_warp(const Frame& f, int by) {
  if (!can_step(f)) return;
  stop_playing(f);
  const auto warps = static_cast<int>(std::max(1U, f.step.run->warps_per_block));
  const auto followed = f.step.moment->followed;
  const auto warp = static_cast<int>(followed % static_cast<unsigned>(warps));
  const auto next = static_cast<trace::WarpIndex>((warp + by + warps) % warps);
  f.send_step(session::FollowWarp{followed - static_cast<trace::WarpIndex>(warp) + next});
}

base::Result<std::uint64_t> parse_block(const base::Dim3& grid, std::string_view text) {
  std::array<std::uint64_t, 3> at{0, 0, 0};
  std::size_t parts = 0;
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    if (std::string_view(" ,x()").find(*p) != std::string_view::npos) {
      ++p;
      continue;
    }
    if (parts == at.size()) return base::fail("a block has at most three numbers: x, y, z");
    const auto read = std::from_chars(p, end, at[parts]);
    if (read.ec != std::errc()) return base::fail(fmt::format("\"{}\" is no block: write its x, y, z", text));
    p = read.ptr;
    ++parts;
  }
  if (parts == 0) return base::fail("which block? write its x, y, z");
  if (at[0] >= grid.x || at[1] >= grid.y || at[2] >= grid.z) {
    return base::fail(fmt::format("the grid is {} x {} x {} blocks: the last one is {}, {}, {}", grid.x, grid.y, grid.z,
                                  grid.x - 1, grid.y - 1, grid.z - 1));
  }
  return grid.linear(
      {static_cast<std::uint32_t>(at[0]), static_cast<std::uint32_t>(at[1]), static_cast<std::uint32_t>(at[2])});
}

void open_file_dialog(const Frame& f) {
  const KeyBinding& open = binding(KeyId::kOpen);
  f.ui.next_keys.push_back({.code = open.code, .control = open.control, .shift = open.shift});
  f.ui.wake_in(0);
}

std::optional<std::string> committed_field(const Frame& f, std::string_view name, scene::Rect r, std::string_view shown,
                                           std::string_view hint) {
  FieldState& state = f.ui.widgets.fields[std::string(name)];
  if (!state.editing && state.problem.empty()) state.text = shown;
  const bool changed = text_field(f, name, r, state.text, hint);
  const bool active = ImGui::IsItemActive();
  const bool left = state.editing && !active;
  state.editing = active;
  if (!state.problem.empty()) {
    stroke(f, r, f.colors.error, f.px(scene::size::kRadiusControl), f.px(1));
    field_problem(f, name, r, state.problem);
  }
  if (!left && (!changed || active)) return std::nullopt;
  if (state.text == shown) {
    state.problem.clear();
    return std::nullopt;
  }
  return state.text;
}

}  // namespace warpscope::panels
