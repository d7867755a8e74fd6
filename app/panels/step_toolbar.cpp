#include "app/panels/step_toolbar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::StepJob;
using trace::Direction;
using Popover = StepToolbarState::Popover;

constexpr float kHeight = 28, kGap = 6, kBetween = 14;
// A search is over before anybody could read what it says.
constexpr double kShowJobAfter = 0.25;

// What of the bar is shown, and how; the fitting takes away one thing after the other until it fits.
struct Bar {
  float between = kBetween;
  bool keys = true;       // inside Back, Play, Into, Over
  bool labels = true;     // of Back, Into and Over
  bool long_name = true;  // of the file
  bool launch = true;     // in the bar, else in More
  bool run_key = true;
  StepItemLook look;
  std::vector<StepItem> items{StepItem::kGoal,  StepItem::kUnit, StepItem::kSpeed,
                              StepItem::kBlock, StepItem::kWarp, StepItem::kScheduler};
  std::vector<StepItem> in_more;

  bool has_more() const { return !in_more.empty() || !launch; }
  void move_to_more(StepItem item) {
    std::erase(items, item);
    in_more.insert(in_more.begin(), item);
  }
};

// In the order in which things may go: what is needed most often stays longest.
using Yield = void (*)(Bar& bar);
constexpr Yield kYields[] = {
    [](Bar& bar) { bar.move_to_more(StepItem::kSpeed); },
    [](Bar& bar) { bar.between = 10; },
    [](Bar& bar) { bar.look.wide_goal = false; },
    [](Bar& bar) { bar.run_key = false; },
    [](Bar& bar) { bar.keys = false; },
    [](Bar& bar) { bar.look.arrows = false; },
    [](Bar& bar) { bar.labels = false; },
    [](Bar& bar) { bar.between = 8; },
    [](Bar& bar) { bar.move_to_more(StepItem::kScheduler); },
    [](Bar& bar) { bar.launch = false; },
    [](Bar& bar) { bar.look.goal_back = false; },
    [](Bar& bar) { bar.long_name = false; },
    [](Bar& bar) { bar.look.unit_row = false; },
    [](Bar& bar) { bar.move_to_more(StepItem::kWarp); },
    [](Bar& bar) { bar.move_to_more(StepItem::kBlock); },
    [](Bar& bar) { bar.move_to_more(StepItem::kUnit); },
    [](Bar& bar) { bar.move_to_more(StepItem::kGoal); },
};

// ---- The file

std::string file_name(const Frame& f) {
  return f.step.source ? f.step.source->name : std::string("Open a kernel");
}
float name_width(const Frame& f, const Bar& bar) {
  const float most = f.px(bar.long_name ? 240 : 104);
  return f.px(16) + f.px(8) + std::min(most, text_width(f, Type::kLabel, file_name(f))) + f.px(18) + 2 * f.px(6);
}
float badge_width(const Frame& f, std::string_view badge) {
  return std::ceil(text_width(f, Type::kCaption, badge) + 2 * f.px(7));
}
constexpr std::string_view kChanged = "history changed";
bool shows_edited(const Frame& f) {
  return f.step.source && f.step.source->edited;
}
bool shows_changed(const Frame& f) {
  return f.step.run && !f.step.run->edits.empty();
}

float file_width(const Frame& f, const Bar& bar) {
  float width = name_width(f, bar);
  if (shows_edited(f)) width += badge_width(f, "edited") + f.px(kGap);
  if (shows_changed(f)) width += badge_width(f, kChanged) + f.px(22) + f.px(kGap);
  return width;
}

void draw_badge(const Frame& f, Rect r, std::string_view text_of) {
  fill(f, r, f.colors.warning_tint, f.px(9));
  text(f, {r.x + f.px(7), r.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.warning,
       text_of);
}

void draw_file(const Frame& f, const Bar& bar, float x, float y) {
  StepToolbarState& state = f.ui.step.toolbar;
  const Rect r{x, y, name_width(f, bar), f.px(kHeight)};
  const bool open = state.open == Popover::kKernels;
  if (button(f, "Kernel file", r,
             {.selected = open,
              .tip = open ? "" : "Another kernel, or a file of your own (Ctrl+O)",
              .ghost = true,
              .label = " "})) {
    state.open = open ? Popover::kNone : Popover::kKernels;
    state.menu_scroll = 0;
    f.ui.wake_in(0);
  }
  icon(f, Icon::kFolder, {r.x + f.px(14), std::round(r.centre().y)}, f.px(16), f.colors.text2);
  text(f, {r.x + f.px(30), r.centre().y - line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.text, file_name(f),
       Align::kLeft, r.w - f.px(30) - f.px(20));
  icon(f, Icon::kChevronDown, {r.right() - f.px(12), std::round(r.centre().y)}, f.px(12), f.colors.text3);
  const float badge_y = std::round(r.centre().y - f.px(9));
  float at = r.right() + f.px(kGap);
  if (shows_edited(f)) {
    const Rect badge{at, badge_y, badge_width(f, "edited"), f.px(18)};
    draw_badge(f, badge, "edited");
    if (hovered(f, badge)) tip(f, "The text is not what the file on disk says. Ctrl+S saves it, F5 runs it.");
    at = badge.right() + f.px(kGap);
  }
  if (shows_changed(f)) {
    const Rect badge{at, badge_y, badge_width(f, kChanged), f.px(18)};
    draw_badge(f, badge, kChanged);
    if (hovered(f, badge)) tip(f, "A value was changed by hand: what follows is not what the launch does by itself.");
    const ButtonLook drop{
        .icon = Icon::kClose, .tip = "Back to the history as the launch has it", .label_hidden = true, .ghost = true};
    if (button(f, "Drop edits", {badge.right(), std::round(r.centre().y - f.px(11)), f.px(22), f.px(22)}, drop)) {
      f.ui.step.playing = false;
      f.send_step(session::DropEdits{});
    }
  }
  draw_kernel_menu(f, r);
}

// ---- Going

struct GoButton {
  std::string_view name, key, tip;
  Icon icon;
  Direction direction;
  bool over;
};
constexpr GoButton kBack{
    "Back", "⇧F10", "Back over, by lines, instructions or rounds (Shift+F10)", Icon::kBackOver, Direction::kBackward,
    true};
constexpr GoButton kInto{
    "Into", "F11", "Into: the next step, also inside functions (F11)", Icon::kInto, Direction::kForward, false};
constexpr GoButton kOver{
    "Over", "F10", "Over: calls and barriers count as one step (F10)", Icon::kOver, Direction::kForward, true};

ButtonLook look_of(const Frame& f, const Bar& bar, const GoButton& one) {
  return {.icon = one.icon,
          .enabled = can_step(f),
          .key = bar.keys && bar.labels ? one.key : "",
          .tip = one.tip,
          .label_hidden = !bar.labels};
}

ButtonLook play_look(const Frame& f, const Bar& bar, bool playing) {
  return {.icon = playing ? Icon::kPause : Icon::kPlay,
          .primary = can_step(f) && !f.step.stale && !shows_edited(f),
          .enabled = can_step(f),
          .key = bar.keys ? "Space" : "",
          .tip = playing ? "Pause (Space)" : "Play (Space); backwards with Shift+Space",
          .label = playing ? "Pause" : "Play"};
}
float play_width(const Frame& f, const Bar& bar) {
  return std::max(button_width(f, "Pause", play_look(f, bar, true)), button_width(f, "Play", play_look(f, bar, false)));
}

float going_width(const Frame& f, const Bar& bar) {
  float width = f.px(kHeight) + f.px(kGap) + play_width(f, bar);
  for (const GoButton* one : {&kBack, &kInto, &kOver}) {
    width += button_width(f, one->name, look_of(f, bar, *one)) + f.px(kGap);
  }
  return width;
}

float draw_go(const Frame& f, const Bar& bar, const GoButton& one, float x, float y) {
  const ButtonLook look = look_of(f, bar, one);
  const Rect r{x, y, button_width(f, one.name, look), f.px(kHeight)};
  if (button(f, one.name, r, look)) {
    go(f, one.over ? over_goal(f.ui.step, one.direction) : step_goal(f.ui.step, one.direction));
  }
  return r.right() + f.px(kGap);
}

void draw_going(const Frame& f, const Bar& bar, float x, float y) {
  const float side = f.px(kHeight);
  const ButtonLook beginning{
      .icon = Icon::kBeginning, .enabled = can_step(f), .tip = "To the beginning (Home)", .label_hidden = true};
  if (button(f, "To the beginning", {x, y, side, side}, beginning)) {
    go(f, {.goal = session::StepGoal::kEnd, .direction = Direction::kBackward});
  }
  x = draw_go(f, bar, kBack, x + side + f.px(kGap), y);
  const bool playing = f.ui.step.playing;
  const float width = play_width(f, bar);
  if (button(f, playing ? "Pause" : "Play", {x, y, width, side}, play_look(f, bar, playing))) {
    toggle_play(f, Direction::kForward);
  }
  x = draw_go(f, bar, kInto, x + width + f.px(kGap), y);
  draw_go(f, bar, kOver, x, y);
}

// ---- The right end: run, launch, or what a job does

ButtonLook run_look(const Frame& f, const Bar& bar) {
  return {.icon = Icon::kReset,
          .primary = f.step.stale || shows_edited(f) || (f.step.source && !f.step.run),
          .enabled = f.step.source != nullptr,
          .key = bar.run_key ? "F5" : "",
          .tip = f.step.stale ? "What is shown is older than the text: compile and record anew (F5)"
                              : "Compile what changed and record anew (F5)"};
}
constexpr ButtonLook kLaunchLook{.icon = Icon::kLaunch, .tip = "Grid, block, arguments, checkers"};

float right_width(const Frame& f, const Bar& bar) {
  float width = button_width(f, "Run", run_look(f, bar));
  if (bar.launch) width += button_width(f, "Launch", kLaunchLook) + f.px(kGap);
  if (bar.has_more()) width += f.px(kHeight) + f.px(kGap);
  return width;
}

bool shows_job(const Frame& f) {
  StepToolbarState& state = f.ui.step.toolbar;
  if (f.step.job.kind == StepJob::Kind::kNone) {
    state.job_since = -1;
    return false;
  }
  if (state.job_since < 0) state.job_since = f.ui.now;
  const double shown_at = state.job_since + kShowJobAfter;
  if (f.ui.now < shown_at) f.ui.wake_in(shown_at - f.ui.now);
  return f.ui.now >= shown_at;
}

void draw_job(const Frame& f, Rect r) {
  const ButtonLook look{.icon = Icon::kStop, .tip = "Stop; what is recorded so far stays (Shift+F5)"};
  const float width = button_width(f, "Stop", look);
  if (button(f, "Stop", {r.right() - width, r.y, width, r.h}, look)) stop_job(f);
  const StepJob& job = f.step.job;
  std::string says = job.text;
  if (job.steps > 0) says += fmt::format(", {} steps", with_thousands(static_cast<long long>(job.steps)));
  const Rect room{r.x, r.y, r.w - width - f.px(kGap), r.h};
  if (hovered(f, room)) tip(f, says);
  text(f, {room.right(), r.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, says,
       Align::kRight, room.w);
}

void draw_more(const Frame& f, const Bar& bar, Rect r) {
  StepToolbarState& state = f.ui.step.toolbar;
  const bool open = state.open == Popover::kMore;
  if (button(f, "More of Step", r, {.selected = open, .tip = open ? "" : "More", .label = "…"})) {
    state.open = open ? Popover::kNone : Popover::kMore;
    f.ui.wake_in(0);
  }
  draw_step_more(f, r, bar.in_more, !bar.launch);
}

void draw_right_end(const Frame& f, const Bar& bar, Rect r) {
  const float side = f.px(kHeight);
  if (bar.has_more()) {
    draw_more(f, bar, {r.x, r.y, side, side});
    r.x += side + f.px(kGap);
    r.w -= side + f.px(kGap);
  }
  if (shows_job(f)) {
    draw_job(f, r);
    return;
  }
  const ButtonLook run = run_look(f, bar);
  const float width = button_width(f, "Run", run);
  if (button(f, "Run", {r.right() - width, r.y, width, side}, run)) run_kernel(f);
  if (!bar.launch) return;
  ButtonLook launch = kLaunchLook;
  launch.enabled = f.step.launch != nullptr;
  const float launch_width = button_width(f, "Launch", launch);
  if (button(f, "Launch", {r.right() - width - f.px(kGap) - launch_width, r.y, launch_width, side}, launch)) {
    f.ui.step.launch_open = true;
  }
}

float total_width(const Frame& f, const Bar& bar) {
  float width = file_width(f, bar) + going_width(f, bar) + right_width(f, bar) + 2 * f.px(bar.between);
  for (const StepItem item : bar.items) width += item_width(f, item, bar.look) + f.px(bar.between);
  return width;
}

Bar fitted(const Frame& f, float room) {
  Bar bar;
  for (const Yield yield : kYields) {
    if (total_width(f, bar) <= room) break;
    yield(bar);
  }
  return bar;
}

}  // namespace

void draw_step_toolbar(const Frame& f, Rect r) {
  StepToolbarState& state = f.ui.step.toolbar;
  go_on_playing(f);
  const float padding = f.px(r.h < f.px(44) ? 8 : 12);
  const Bar bar = fitted(f, r.w - 2 * padding);
  if (!bar.has_more() && state.open == Popover::kMore) state.open = Popover::kNone;
  const Clip clip(r.inset(-f.px(3)));
  const float y = std::round(r.centre().y - f.px(kHeight) / 2);
  float x = r.x + padding;
  draw_file(f, bar, x, y);
  x += file_width(f, bar) + f.px(bar.between) / 2;
  line(f, {std::round(x), y + f.px(2)}, {std::round(x), y + f.px(26)}, f.colors.strong, f.px(1));
  x = std::round(x + f.px(bar.between) / 2);
  draw_going(f, bar, x, y);
  x += going_width(f, bar) + f.px(bar.between) / 2;
  for (const StepItem item : bar.items) {
    draw_item(f, item, bar.look, {std::round(x), y});
    x += item_width(f, item, bar.look) + f.px(bar.between);
  }
  const float right = r.right() - padding;
  const float width = std::min(right_width(f, bar), right - r.x - padding);
  draw_right_end(f, bar, {right - width, y, width, f.px(kHeight)});
  state.list_was_open = !f.ui.widgets.open_popup.empty();
}

}  // namespace warpscope::panels
