#include "app/panels/learn_microscope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MicroscopeView;
using State = MicroscopeView::State;

void draw_strip(const Frame& f, Rect r) {
  const MicroscopeView& view = *f.view.microscope;
  fill(f, r, f.colors.panel);
  line(f, {r.x, r.bottom()}, {r.right(), r.bottom()}, f.colors.hair, f.px(1));
  const ButtonLook again{
      .icon = Icon::kReset, .key = "M", .tip = "Freezes the step that comes now", .label = "Freeze again"};
  const ButtonLook leave{.primary = true, .key = "Esc", .tip = "Back to the network and its curves", .label = "Leave"};
  const float y = std::round(r.centre().y - f.px(14)), height = f.px(28);
  float x = r.right() - f.px(12) - button_width(f, "Leave microscope", leave);
  if (button(f, "Leave microscope", {x, y, r.right() - f.px(12) - x, height}, leave))
    f.send(session::LeaveMicroscope{});
  const float width = button_width(f, "Freeze again", again);
  x -= f.px(8) + width;
  if (button(f, "Freeze again", {x, y, width, height}, again)) f.send(session::FreezeStep{});
  const float left = r.x + f.px(16), room = x - f.px(16) - left;
  const float title = line_height(f, Type::kTitle), caption = line_height(f, Type::kCaption);
  const float top = r.centre().y - (title + caption) / 2;
  text(f, {left, top}, Type::kTitle, f.colors.text, fmt::format("Training step {}, frozen", with_thousands(view.step)),
       Align::kLeft, room);
  std::string about = fmt::format("{}, {} pictures, made once more on {}", view.network, view.samples, view.device);
  if (view.state == State::kReady) {
    about += fmt::format("; loss {:.3f}, {} of {} right", view.loss, view.correct, view.samples);
  }
  text(f, {left, top + title}, Type::kCaption, f.colors.text3, about, Align::kLeft, room);
}

void draw_waiting(const Frame& f, Rect r) {
  const MicroscopeView& view = *f.view.microscope;
  const float width = std::min(r.w - f.px(48), f.px(420));
  const float x = std::round(r.centre().x - width / 2);
  float y = std::round(r.centre().y - f.px(40));
  if (view.state == State::kFailed) {
    icon(f, Icon::kError, {x + f.px(8), y + line_height(f, Type::kTitle) / 2}, f.px(16), f.colors.error);
    text(f, {x + f.px(24), y}, Type::kTitle, f.colors.text, "This step cannot be looked at");
    y += line_height(f, Type::kTitle) + f.px(8);
    paragraph(f, {x, y}, width, Type::kBody, f.colors.text2, view.problem);
    return;
  }
  text(f, {x, y}, Type::kTitle, f.colors.text, "Making the step once more, launch by launch");
  y += line_height(f, Type::kTitle) + f.px(10);
  progress_bar(f, {x, y, width, f.px(6)},
               view.all > 0 ? static_cast<float>(view.done) / static_cast<float>(view.all) : 0);
  y += f.px(14);
  text(f, {x, y}, Type::kSmall, f.colors.text2,
       view.all > 0 ? fmt::format("{} of {} launches", view.done, view.all) : std::string("setting up"));
}

void choose(const Frame& f, int by) {
  MicroscopeState& state = f.ui.learn.microscope;
  const auto count = static_cast<int>(f.view.microscope->launches.size());
  state.chosen = std::clamp(state.chosen + by, 0, std::max(0, count - 1));
  state.reveal = true;
}

void follow_keys(const Frame& f) {
  const bool ready = f.view.microscope->state == State::kReady;
  if (key_pressed(f, KeyId::kClose) && f.ui.learn.toolbar.open == ToolbarState::Popover::kNone &&
      f.ui.widgets.open_popup.empty()) {
    f.send(session::LeaveMicroscope{});
  }
  if (!ready) return;
  if (key_pressed(f, KeyId::kMoveUp)) choose(f, -1);
  if (key_pressed(f, KeyId::kMoveDown)) choose(f, 1);
  if (key_pressed(f, KeyId::kOpenLaunch)) open_launch(f, f.ui.learn.microscope.chosen, session::LaunchTarget::kStep);
}

// A fresh step begins with its longest launch: that is where there is most to see.
void begin_with_the_longest(const Frame& f) {
  const MicroscopeView& view = *f.view.microscope;
  MicroscopeState& state = f.ui.learn.microscope;
  if (view.state != State::kReady || state.shown == view.id) return;
  state.shown = view.id;
  const auto longest = std::ranges::max_element(view.launches, {}, &session::MicroscopeLaunch::seconds);
  state.chosen = static_cast<int>(longest - view.launches.begin());
  state.reveal = true;
  state.tensors_scroll = 0;
  f.ui.pinned = {};
  f.ui.learn.explanation.shown = {.kind = Focus::Kind::kControl, .name = "Microscope"};
}

}  // namespace

void draw_microscope(const Frame& f, Rect r) {
  const MicroscopeView& view = *f.view.microscope;
  begin_with_the_longest(f);
  follow_keys(f);
  fill(f, r, f.colors.stage);
  if (hovered(f, r)) f.ui.hovered = {.kind = Focus::Kind::kControl, .name = "Microscope"};
  const Rect strip{r.x, r.y, r.w, f.px(56)};
  draw_strip(f, strip);
  const bool compact = r.h < f.px(680);
  const float pad = f.px(compact ? 12 : 16);
  Rect body{r.x + pad, strip.bottom() + f.px(compact ? 8 : 12), r.w - 2 * pad, 0};
  body.h = r.bottom() - body.y - f.px(8);
  if (view.state != State::kReady) {
    draw_waiting(f, body);
    return;
  }
  const Rect ribbon{body.x, body.y, body.w, f.px(compact ? 46 : 58)};
  draw_microscope_ribbon(f, ribbon);
  const float sentence_y = ribbon.bottom() + f.px(compact ? 6 : 10);
  const float sentence =
      paragraph(f, {body.x, sentence_y}, body.w, Type::kSmall, f.colors.text2, microscope_sentence(view));
  const float list_y = sentence_y + sentence + f.px(compact ? 6 : 12);
  const float wanted = f.px(23) + f.px(26) * static_cast<float>(view.launches.size());
  const float launch_height = f.px(compact ? 150 : 360);
  const float room = body.bottom() - list_y - launch_height - f.px(20);
  const Rect list{body.x, list_y, body.w, std::max(f.px(90), std::min(wanted, room))};
  draw_microscope_list(f, list);
  const float rule = std::round(list.bottom() + f.px(8));
  line(f, {r.x, rule}, {r.right(), rule}, f.colors.hair, f.px(1));
  draw_microscope_launch(f, {body.x, rule + f.px(10), body.w, body.bottom() - rule - f.px(10)});
}

}  // namespace warpscope::panels
