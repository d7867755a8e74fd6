#include <algorithm>
#include <optional>

#include "app/panels/keys.h"
#include "app/panels/step_panels.h"
#include "app/panels/step_toolbar.h"

namespace warpscope::panels {

namespace {

using session::StepGoal;
using trace::Direction;

constexpr Direction kForward = Direction::kForward, kBackward = Direction::kBackward;

void toggle_breakpoint(const Frame& f) {
  if (const int line = line_of_interest(f); line > 0) f.send_step(session::ToggleLineBreakpoint{line});
}

void edit(const Frame& f, bool on) {
  if (f.step.source) f.ui.step.editing = on;
  f.ui.wake_in(0);
}

void save(const Frame& f) {
  if (f.step.source) f.send_step(session::SaveKernelText{});
}

void choose_scheduler(const Frame& f) {
  if (!f.step.source) return;
  const auto& targets = f.ui.targets;
  const bool in_bar =
      std::any_of(targets.begin(), targets.end(), [](const Target& t) { return t.name == "Scheduler"; });
  if (!in_bar) f.ui.step.toolbar.open = StepToolbarState::Popover::kMore;
  f.ui.widgets.open_popup = "Scheduler";
  f.ui.widgets.popup_row = static_cast<int>(f.step.schedule.policy);
  f.ui.wake_in(0);
}

// The bytes that are pinned (or pointed at); nullopt: no value.
std::optional<session::WrittenPlace> place_in_focus(const Frame& f) {
  if (!can_step(f)) return std::nullopt;
  const StepFocus& pinned = f.ui.step.pinned;
  const StepFocus& focus = pinned.kind != StepFocus::Kind::kNone ? pinned : f.ui.step.before;
  session::WrittenPlace place;
  place.lane = std::max(0, focus.lane);
  if (focus.kind == StepFocus::Kind::kVariable) {
    place.variable = focus.path;
    return place;
  }
  if (focus.kind == StepFocus::Kind::kShared) {
    place.memory = {.space = vgpu::AccessSpace::kShared,
                    .address = focus.word * 4,
                    .block = f.step.moment->followed / std::max(1U, f.step.run->warps_per_block)};
    return place;
  }
  const auto& buffers = f.step.run->buffers;
  if (focus.kind != StepFocus::Kind::kGlobal || focus.buffer < 0) return std::nullopt;
  const auto index = static_cast<std::size_t>(focus.buffer);
  if (index >= buffers.size()) return std::nullopt;
  const auto bytes = static_cast<std::uint64_t>(kernels::bytes_of(buffers[index].element));
  place.memory = {.address = buffers[index].address + focus.word * bytes, .bytes = bytes};
  return place;
}

void ask_writer(const Frame& f) {
  if (const auto place = place_in_focus(f)) f.send_step(session::AskWriter{++f.ui.step.asked_writer, *place});
}

void go_to_writer(const Frame& f) {
  const auto place = place_in_focus(f);
  if (!place) return;
  f.ui.step.playing = false;
  f.send_step(session::GoToWriter{*place});
}

void next_memory(const Frame& f) {
  using Tab = StepPanels::MemoryTab;
  const auto tab = static_cast<int>(f.ui.step.memory_tab);
  f.ui.step.memory_tab = static_cast<Tab>((tab + 1) % 3);
}

// One thing at a time, what is nearest first.
void let_go(const Frame& f) {
  StepPanels& state = f.ui.step;
  if (state.toolbar.open != StepToolbarState::Popover::kNone) {
    if (!state.toolbar.list_was_open) state.toolbar.open = StepToolbarState::Popover::kNone;
  } else if (state.playing) {
    state.playing = false;
  } else if (state.selected_lanes != 0) {
    state.selected_lanes = 0;
  } else {
    state.pinned = {};
  }
  f.ui.wake_in(0);
}

void show_shared_cells(const Frame& f) {
  f.ui.step.memory_tab = StepPanels::MemoryTab::kShared;
  f.ui.widgets.focus = "Shared cells";
}

struct StepKey {
  KeyId id;
  void (*act)(const Frame& f);
};
// A held key steps on and on.
constexpr StepKey kRepeating[] = {
    {KeyId::kStepNextGoal, [](const Frame& f) { go_to_goal(f, kForward); }},
    {KeyId::kStepPreviousGoal, [](const Frame& f) { go_to_goal(f, kBackward); }},
    {KeyId::kStepGoal, [](const Frame& f) { go_to_goal(f, kForward); }},
    {KeyId::kStepGoalEnter, [](const Frame& f) { go_to_goal(f, kForward); }},
    {KeyId::kStepGoalBack, [](const Frame& f) { go_to_goal(f, kBackward); }},
    {KeyId::kStepOver, [](const Frame& f) { go(f, over_goal(f.ui.step, kForward)); }},
    {KeyId::kStepBackOver, [](const Frame& f) { go(f, over_goal(f.ui.step, kBackward)); }},
    {KeyId::kStepToCursor, [](const Frame& f) { go_to_cursor(f, kForward); }},
    {KeyId::kStepBackToCursor, [](const Frame& f) { go_to_cursor(f, kBackward); }},
    {KeyId::kStepInto, [](const Frame& f) { go(f, step_goal(f.ui.step, kForward)); }},
    {KeyId::kStepBackInto, [](const Frame& f) { go(f, step_goal(f.ui.step, kBackward)); }},
    {KeyId::kStepOut, [](const Frame& f) { go(f, {.goal = StepGoal::kOut, .direction = kForward}); }},
    {KeyId::kStepBackOut, [](const Frame& f) { go(f, {.goal = StepGoal::kOut, .direction = kBackward}); }},
    {KeyId::kStepForward, [](const Frame& f) { go(f, {.goal = StepGoal::kInstruction, .direction = kForward}); }},
    {KeyId::kStepBack, [](const Frame& f) { go(f, {.goal = StepGoal::kInstruction, .direction = kBackward}); }},
    {KeyId::kStepRoundForward, [](const Frame& f) { go(f, {.goal = StepGoal::kRound, .direction = kForward}); }},
    {KeyId::kStepRoundBack, [](const Frame& f) { go(f, {.goal = StepGoal::kRound, .direction = kBackward}); }},
    {KeyId::kStepPreviousMark, [](const Frame& f) { go_to_mark(f, kBackward); }},
    {KeyId::kStepNextMark, [](const Frame& f) { go_to_mark(f, kForward); }},
    {KeyId::kStepPreviousWarp, [](const Frame& f) { follow_next_warp(f, -1); }},
    {KeyId::kStepNextWarp, [](const Frame& f) { follow_next_warp(f, 1); }},
    {KeyId::kStepPreviousBlock, [](const Frame& f) { follow_next_block(f, -1); }},
    {KeyId::kStepNextBlock, [](const Frame& f) { follow_next_block(f, 1); }},
};
constexpr StepKey kOnce[] = {
    {KeyId::kStepPlay, [](const Frame& f) { toggle_play(f, kForward); }},
    {KeyId::kStepPlayBack, [](const Frame& f) { toggle_play(f, kBackward); }},
    {KeyId::kStepRun, run_kernel},
    {KeyId::kStepStop, stop_job},
    {KeyId::kStepBreakpoint, toggle_breakpoint},
    {KeyId::kStepBeginning, [](const Frame& f) { go(f, {.goal = StepGoal::kEnd, .direction = kBackward}); }},
    {KeyId::kStepEnd, [](const Frame& f) { go(f, {.goal = StepGoal::kEnd, .direction = kForward}); }},
    {KeyId::kStepByLine, [](const Frame& f) { f.ui.step.unit = StepUnit::kLine; }},
    {KeyId::kStepByInstruction, [](const Frame& f) { f.ui.step.unit = StepUnit::kInstruction; }},
    {KeyId::kStepByRound, [](const Frame& f) { f.ui.step.unit = StepUnit::kRound; }},
    {KeyId::kStepScheduler, choose_scheduler},
    {KeyId::kStepEdit, [](const Frame& f) { edit(f, true); }},
    {KeyId::kStepEditAnywhere, [](const Frame& f) { edit(f, !f.ui.step.editing); }},
    {KeyId::kStepSave, save},
    {KeyId::kStepWriter, ask_writer},
    {KeyId::kStepToWriter, go_to_writer},
    {KeyId::kStepMemory, next_memory},
    {KeyId::kStepBreakpoints, [](const Frame& f) { f.ui.step.breakpoints_open = f.step.source != nullptr; }},
    {KeyId::kStepVariables, [](const Frame& f) { f.ui.widgets.focus = "Variables"; }},
    {KeyId::kStepCells, show_shared_cells},
    {KeyId::kClose, let_go},
};

}  // namespace

void handle_step_keys(const Frame& f) {
  // An open list takes arrows, Enter and Escape.
  if (!f.ui.widgets.open_popup.empty()) return;
  for (const StepKey& entry : kRepeating) {
    if (key_pressed(f, entry.id)) entry.act(f);
  }
  for (const StepKey& entry : kOnce) {
    if (key_struck(f, entry.id)) entry.act(f);
  }
}

}  // namespace warpscope::panels
