#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_panels.h"
#include "app/panels/step_scrub.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using Drag = StepScrubState::Drag;

constexpr double kQuick = 0.35;       // seconds between the two presses of a double click
constexpr float kFinePixels = 4;      // logical, for one step
constexpr double kZoomOfAStep = 0.8;  // of the wheel

void begin_drag(const Frame& f, const ScrubPlaces& places, scene::Vec2 mouse) {
  StepScrubState& state = f.ui.step.scrub;
  const bool twice = f.ui.now - state.pressed_at < kQuick;
  state.pressed_at = f.ui.now;
  state.drag_x = mouse.x;
  if (twice) {
    state.view = scene::whole_view(state.timeline.steps);
    return;
  }
  if (ImGui::GetIO().KeyShift) {
    state.drag = Drag::kFine;
    state.drag_step = block_position(*f.step.run, state.block, f.step.moment->position).step;
    state.sent_step = state.drag_step;
    return;
  }
  state.drag = Drag::kSeek;
  const ScrubMark* mark = mark_under(f, places, mouse);
  state.sent_step = mark != nullptr ? mark->step : step_under(f, places, mouse);
  seek_to_step(f, state.block, state.sent_step, true);
}

void go_on_dragging(const Frame& f, const ScrubPlaces& places, scene::Vec2 mouse) {
  StepScrubState& state = f.ui.step.scrub;
  if (mouse.x == state.drag_x) return;
  std::uint64_t step = 0;
  if (state.drag == Drag::kFine) {
    const double moved = std::round((mouse.x - state.drag_x) / f.px(kFinePixels));
    step = static_cast<std::uint64_t>(
        std::clamp(static_cast<double>(state.drag_step) + moved, 0.0, static_cast<double>(state.timeline.steps)));
  } else {
    state.drag_x = mouse.x;
    step = static_cast<std::uint64_t>(step_of_x(state, places.warps, mouse.x));
  }
  if (step == state.sent_step) return;
  state.sent_step = step;
  // The warp that is followed stays: with another one at every pixel nobody could read what changes.
  seek_to_step(f, state.block, step, false);
}

void pan_and_zoom(const Frame& f, const ScrubPlaces& places, const AreaState& pointer) {
  StepScrubState& state = f.ui.step.scrub;
  const ImGuiIO& io = ImGui::GetIO();
  const double per_pixel = (state.view.to - state.view.from) / std::max(1.0F, places.warps.w);
  const bool grabbed = io.MouseDown[1] || io.MouseDown[2];
  if (pointer.hovered && (io.MouseClicked[1] || io.MouseClicked[2])) {
    state.drag = Drag::kPan;
    state.drag_x = pointer.mouse.x;
  }
  if (state.drag == Drag::kPan) {
    if (!grabbed) state.drag = Drag::kNone;
    state.view = scene::panned(state.view, (state.drag_x - pointer.mouse.x) * per_pixel, state.timeline.steps);
    state.drag_x = pointer.mouse.x;
  }
  if (!pointer.hovered) return;
  const float sideways = io.MouseWheelH + (io.KeyShift ? io.MouseWheel : 0);
  if (sideways != 0) state.view = scene::panned(state.view, -sideways * f.px(60) * per_pixel, state.timeline.steps);
  if (io.KeyShift || io.MouseWheel == 0) return;
  const double at = step_of_x(state, places.warps, pointer.mouse.x);
  state.view = scene::zoomed(state.view, at, std::pow(kZoomOfAStep, io.MouseWheel), state.timeline.steps);
}

// While the bar has the keyboard: arrows move, + and - zoom around the cursor, 0 shows the whole.
void follow_keys(const Frame& f) {
  if (f.ui.widgets.focus != "Scrub bar") return;
  StepScrubState& state = f.ui.step.scrub;
  const BlockPosition at = block_position(*f.step.run, state.block, f.step.moment->position);
  if (raw_key(f, key::kLeft) && at.step > 0) seek_to_step(f, state.block, at.step - 1, true);
  if (raw_key(f, key::kRight) && at.step < at.size) seek_to_step(f, state.block, at.step + 1, true);
  const auto zoom = [&](double factor) {
    state.view = scene::zoomed(state.view, static_cast<double>(at.step), factor, state.timeline.steps);
  };
  if (raw_key(f, '+') || raw_key(f, '=')) zoom(0.5);
  if (raw_key(f, '-')) zoom(2);
  if (raw_key(f, '0')) state.view = scene::whole_view(state.timeline.steps);
}

void tell(const Frame& f, const ScrubPlaces& places, scene::Vec2 mouse) {
  const StepScrubState& state = f.ui.step.scrub;
  const session::StepRun& run = *f.step.run;
  const auto order = steps_of_block(run, state.block);
  const ScrubMark* mark = mark_under(f, places, mouse);
  const std::uint64_t step = mark != nullptr ? mark->step : step_under(f, places, mouse);
  if (step >= order.size()) {
    tip(f, step_text(run, state.block, step));
    return;
  }
  const int warp = static_cast<int>((*run.records)[order[step]].warp % std::max(1U, run.warps_per_block));
  f.ui.step.hovered = {.kind = StepFocus::Kind::kStep, .warp = warp, .path = {}, .position = order[step]};
  const std::string at = step_text(run, state.block, step);
  tip(f, mark != nullptr ? mark_text(f, *mark) + "\n" + at : at);
}

}  // namespace

void seek_to_step(const Frame& f, std::uint64_t block, std::uint64_t step, bool follow) {
  const auto order = steps_of_block(*f.step.run, block);
  if (order.empty()) return;
  const trace::Position position = step < order.size() ? order[step] : trace::Position{order.back()} + 1;
  f.ui.step.playing = false;
  f.send_step(session::SeekTo{.position = position, .follow = follow});
}

void follow_scrub_input(const Frame& f, const ScrubPlaces& places) {
  StepScrubState& state = f.ui.step.scrub;
  const scene::Rect reach = places.all();
  std::string wanted;
  register_widget(f, "Scrub bar", reach, true, &wanted);
  if (!wanted.empty()) {
    std::uint64_t step = 0;
    const auto read = std::from_chars(wanted.data(), wanted.data() + wanted.size(), step);
    if (read.ec == std::errc()) {
      seek_to_step(f, state.block, std::min<std::uint64_t>(step, state.timeline.steps), true);
    }
  }
  follow_keys(f);
  const AreaState pointer = area(f, "Scrub bar", reach);
  pan_and_zoom(f, places, pointer);
  if (pointer.pressed) begin_drag(f, places, pointer.mouse);
  const bool seeking = state.drag == Drag::kSeek || state.drag == Drag::kFine;
  if (seeking && pointer.held) go_on_dragging(f, places, pointer.mouse);
  if (seeking && !pointer.held) state.drag = Drag::kNone;
  if (pointer.hovered && state.drag != Drag::kPan) tell(f, places, pointer.mouse);
}

}  // namespace warpscope::panels
