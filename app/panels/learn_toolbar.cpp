#include "app/panels/learn_toolbar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_backend.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::TrainingStatus;

constexpr float kGap = 8, kBetween = 16, kNameGap = 6, kFieldHeight = 28;

// What the first button does in each status. The name is for scripts, the label for people.
struct Primary {
  TrainingStatus status;
  const char *name, *label, *short_label, *key;
  Icon icon;
  bool enabled, primary;
};
constexpr Primary kPrimaries[] = {
    {TrainingStatus::kLoading, "Start", "Start training", "Start", "", Icon::kPlay, false, true},
    {TrainingStatus::kReady, "Start", "Start training", "Start", "", Icon::kPlay, true, true},
    {TrainingStatus::kTraining, "Pause", "Pause", "Pause", "Space", Icon::kPause, true, true},
    {TrainingStatus::kPaused, "Start", "Go on", "Go on", "Space", Icon::kPlay, true, true},
    {TrainingStatus::kStepping, "Start", "Go on", "Go on", "", Icon::kPlay, true, false},
    {TrainingStatus::kFinished, "Start", "Go on", "Go on", "Space", Icon::kPlay, true, true},
    {TrainingStatus::kDiverged, "Start", "Go on", "Go on", "Space", Icon::kPlay, true, false},
    {TrainingStatus::kFailed, "Start", "Try again", "Retry", "", Icon::kReset, true, false},
};

const Primary& primary_of(TrainingStatus status) {
  return *std::find_if(std::begin(kPrimaries), std::end(kPrimaries),
                       [status](const Primary& p) { return p.status == status; });
}

// What of the bar is shown, and how; the fitting takes away one thing after the other until it fits.
struct Bar {
  float gap_between = kBetween;
  bool key = true;           // "Space" in the first button, and its long label
  bool long_step = true;     // "One step, slowly", else "Step"
  bool combo_names = true;   // "Network", "Optimiser"
  bool compare = true;       // in the bar, else in More
  bool long_compare = true;  // "Compare runs", else "Compare"
  BackendLook backend = BackendLook::kFull;
  std::vector<SettingId> inline_settings{SettingId::kNetwork,  SettingId::kOptimiser, SettingId::kRate,
                                         SettingId::kBatch,    SettingId::kSeed,      SettingId::kAugment,
                                         SettingId::kSchedule, SettingId::kEpochs};
  std::vector<SettingId> in_more;

  bool has_more() const { return !in_more.empty() || !compare || backend == BackendLook::kInMore; }
  void move_to_more(SettingId id) {
    std::erase(inline_settings, id);
    in_more.insert(in_more.begin(), id);
  }
};

ButtonLook first_look(const Frame& f, const Bar& bar) {
  const Primary& primary = primary_of(f.view.training.status);
  return {.icon = primary.icon,
          .primary = primary.primary,
          .enabled = primary.enabled,
          .key = bar.key ? primary.key : "",
          .tip = f.view.training.status == TrainingStatus::kFinished ? "Trains as many epochs again (Space)" : "",
          .label = bar.key ? primary.label : primary.short_label};
}

bool can_make_steps(TrainingStatus status) {
  return status != TrainingStatus::kLoading && status != TrainingStatus::kFailed && status != TrainingStatus::kDiverged;
}

ButtonLook step_look(const Frame& f, const Bar& bar) {
  const TrainingStatus status = f.view.training.status;
  const bool can = can_make_steps(status);
  return {.icon = Icon::kStep,
          .selected = status == TrainingStatus::kStepping,
          .enabled = can,
          .tip = "One training step in four phases: forward, loss, backward, update (N)",
          .label = bar.long_step ? "One step, slowly" : "Step"};
}

ButtonLook compare_look(const Bar& bar) {
  return {.tip = "Stored runs: compare, name, delete (C)", .label = bar.long_compare ? "Compare runs" : "Compare"};
}

// As wide as its longest label: the bar must not move when training starts or pauses.
float first_width(const Frame& f, const Bar& bar) {
  float width = 0;
  for (const Primary& primary : kPrimaries) {
    const ButtonLook look{.icon = primary.icon,
                          .key = bar.key ? primary.key : "",
                          .label = bar.key ? primary.label : primary.short_label};
    width = std::max(width, button_width(f, primary.name, look));
  }
  return width;
}

bool has_name(const Bar& bar, SettingId id) {
  const bool speaks_for_itself = id == SettingId::kNetwork || id == SettingId::kOptimiser || id == SettingId::kSchedule;
  return bar.combo_names || !speaks_for_itself;
}

float width_with_name(const Frame& f, const Bar& bar, SettingId id) {
  const float name = has_name(bar, id) ? text_width(f, Type::kSmall, name_of(id)) + f.px(kNameGap) : 0;
  return name + setting_width(f, id);
}

float total_width(const Frame& f, const Bar& bar) {
  float width = first_width(f, bar) + f.px(kGap) + button_width(f, "One step, slowly", step_look(f, bar)) +
                2 * (f.px(kGap) + f.px(kFieldHeight)) + 2 * f.px(bar.gap_between) - f.px(4);
  for (const SettingId id : bar.inline_settings) width += width_with_name(f, bar, id) + f.px(bar.gap_between);
  if (bar.has_more()) width += f.px(kFieldHeight) + (bar.compare ? f.px(kGap) : 0);
  if (bar.compare) width += button_width(f, "Compare runs", compare_look(bar));
  if (bar.backend != BackendLook::kInMore) width += backend_width(f, bar.backend) + f.px(kGap);
  return width;
}

// In the order in which things may go: what is needed most often stays longest.
using Yield = void (*)(Bar& bar);
constexpr Yield kYields[] = {
    [](Bar& bar) { bar.move_to_more(SettingId::kEpochs); },
    [](Bar& bar) { bar.move_to_more(SettingId::kSchedule); },
    [](Bar& bar) { bar.gap_between = 12; },
    [](Bar& bar) { bar.long_compare = false; },
    [](Bar& bar) { bar.gap_between = 10; },
    [](Bar& bar) { bar.backend = BackendLook::kShort; },
    [](Bar& bar) { bar.key = false; },
    [](Bar& bar) { bar.long_step = false; },
    [](Bar& bar) { bar.combo_names = false; },
    [](Bar& bar) { bar.compare = false; },
    [](Bar& bar) { bar.move_to_more(SettingId::kSeed); },
    [](Bar& bar) { bar.move_to_more(SettingId::kAugment); },
    [](Bar& bar) { bar.backend = BackendLook::kMark; },
    [](Bar& bar) { bar.move_to_more(SettingId::kBatch); },
    [](Bar& bar) { bar.move_to_more(SettingId::kRate); },
    [](Bar& bar) { bar.move_to_more(SettingId::kOptimiser); },
    [](Bar& bar) { bar.move_to_more(SettingId::kNetwork); },
    [](Bar& bar) { bar.backend = BackendLook::kInMore; },
};

Bar fitted(const Frame& f, float room) {
  Bar bar;
  for (const Yield yield : kYields) {
    if (total_width(f, bar) <= room) break;
    yield(bar);
  }
  // What went last may have left more room than was missing.
  Bar named = bar;
  named.backend = BackendLook::kShort;
  return bar.backend == BackendLook::kMark && total_width(f, named) <= room ? named : bar;
}

void press_first(const Frame& f) {
  switch (f.view.training.status) {
    case TrainingStatus::kTraining:
      f.send(session::PauseTraining{});
      break;
    case TrainingStatus::kDiverged:
      if (f.view.training.divergence) f.send(session::RecoverTraining{f.view.training.divergence->suggested_rate});
      break;
    default:
      f.send(session::StartTraining{});
  }
}

void tell(const Frame& f, Rect r, const char* control) {
  if (hovered(f, r)) f.ui.hovered = {.kind = Focus::Kind::kControl, .name = control};
}

// Start or pause, one step, reset. Returns where they end.
float draw_actions(const Frame& f, const Bar& bar, float x, float y) {
  const Primary& primary = primary_of(f.view.training.status);
  const float height = f.px(kFieldHeight);
  const Rect first{x, y, first_width(f, bar), height};
  tell(f, first, primary.name);
  if (button(f, primary.name, first, first_look(f, bar))) press_first(f);
  const ButtonLook look = step_look(f, bar);
  const Rect step{first.right() + f.px(kGap), y, button_width(f, "One step, slowly", look), height};
  tell(f, step, "One step, slowly");
  if (button(f, "One step, slowly", step, look)) f.send(session::AdvanceStep{});
  const Rect microscope{step.right() + f.px(kGap), y, height, height};
  tell(f, microscope, "Microscope");
  const ButtonLook microscope_look{.icon = Icon::kSearch,
                                   .selected = f.view.microscope != nullptr,
                                   .enabled = can_make_steps(f.view.training.status),
                                   .tip = "The microscope: freezes this step and lists its kernels (M)",
                                   .label_hidden = true};
  if (button(f, "Microscope", microscope, microscope_look)) {
    f.view.microscope == nullptr ? f.send(session::FreezeStep{}) : f.send(session::LeaveMicroscope{});
  }
  const Rect reset{microscope.right() + f.px(kGap), y, height, height};
  tell(f, reset, "Reset");
  const ButtonLook reset_look{.icon = Icon::kReset,
                              .enabled = f.view.training.status != TrainingStatus::kLoading,
                              .tip = "Reset: fresh weights from the seed (Ctrl+R)",
                              .label_hidden = true};
  if (button(f, "Reset", reset, reset_look)) f.send(session::ResetTraining{});
  return reset.right();
}

void draw_compare(const Frame& f, const Bar& bar, float right, float y) {
  const ButtonLook look = compare_look(bar);
  const float width = button_width(f, "Compare runs", look);
  const Rect r{right - width, y, width, f.px(kFieldHeight)};
  tell(f, r, "Compare runs");
  if (button(f, "Compare runs", r, look)) f.ui.runs_open = true;
}

void draw_more(const Frame& f, const Bar& bar, Rect r) {
  ToolbarState& state = f.ui.learn.toolbar;
  const bool open = state.open == ToolbarState::Popover::kMore;
  const bool waits = std::any_of(bar.in_more.begin(), bar.in_more.end(),
                                 [&](SettingId id) { return waits_for_reset(f.view.training, id); });
  const ButtonLook look{.selected = open, .tip = open ? "" : "More settings", .label = "…"};
  if (button(f, "More settings", r, look)) {
    state.open = open ? ToolbarState::Popover::kNone : ToolbarState::Popover::kMore;
    f.ui.wake_in(0);
  }
  if (waits) stroke(f, r, f.colors.warning, f.px(scene::size::kRadiusControl), f.px(1));
  draw_more_popover(f, r,
                    {.settings = bar.in_more, .backend = bar.backend == BackendLook::kInMore, .compare = !bar.compare});
}

// From the right: compare runs, more settings, where it trains.
void draw_right_group(const Frame& f, const Bar& bar, float right, float y) {
  float x = right;
  if (bar.compare) {
    draw_compare(f, bar, right, y);
    x -= button_width(f, "Compare runs", compare_look(bar)) + f.px(kGap);
  }
  Rect opener{right, y, 0, f.px(kFieldHeight)};
  if (bar.has_more()) {
    opener = {x - f.px(kFieldHeight), y, f.px(kFieldHeight), f.px(kFieldHeight)};
    draw_more(f, bar, opener);
    x = opener.x - f.px(kGap);
  }
  if (bar.backend != BackendLook::kInMore) {
    const float width = backend_width(f, bar.backend);
    opener = {x - width, y, width, f.px(kFieldHeight)};
    draw_backend_control(f, opener, bar.backend);
  }
  draw_backend_popover(f, opener);
}

}  // namespace

void draw_learn_toolbar(const Frame& f, Rect r) {
  const float padding = f.px(r.h < f.px(44) ? 12 : 16);
  const Bar bar = fitted(f, r.w - 2 * padding);
  if (!bar.has_more() && f.ui.learn.toolbar.open == ToolbarState::Popover::kMore) {
    f.ui.learn.toolbar.open = ToolbarState::Popover::kNone;
  }
  take_backend_settings(f);
  const Clip clip(r.inset(-f.px(3)));
  const float y = std::round(r.centre().y - f.px(kFieldHeight) / 2);
  float x = draw_actions(f, bar, r.x + padding, y) + f.px(bar.gap_between) - f.px(4);
  line(f, {std::round(x), y + f.px(2)}, {std::round(x), y + f.px(26)}, f.colors.strong, f.px(1));
  x += f.px(bar.gap_between);
  for (const SettingId id : bar.inline_settings) {
    if (has_name(bar, id)) {
      x += text(f, {x, y + f.px(14) - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, name_of(id)) +
           f.px(kNameGap);
    }
    const float width = setting_width(f, id);
    draw_setting(f, id, {std::round(x), y, width, f.px(kFieldHeight)});
    x += width + f.px(bar.gap_between);
  }
  draw_right_group(f, bar, r.right() - padding, y);
}

}  // namespace warpscope::panels
