#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/frame_parts.h"
#include "app/panels/widgets.h"

namespace warpscope::app {
namespace {

using panels::Frame;
using panels::Toast;
using panels::Type;
using scene::Rect;
using session::Message;

constexpr double kStaysSeconds = 5;
constexpr std::size_t kMostAtOnce = 4;

struct Kind {
  panels::Icon icon;
  scene::Rgba ink, ground;
};

Kind kind_of(const Frame& f, Message::Kind kind) {
  const scene::Palette& c = f.colors;
  switch (kind) {
    case Message::Kind::kGood:
      return {panels::Icon::kCheck, c.good, c.good_tint};
    case Message::Kind::kWarning:
      return {panels::Icon::kWarning, c.warning, c.warning_tint};
    case Message::Kind::kError:
      return {panels::Icon::kError, c.error, c.error_tint};
  }
  return {};
}

std::string_view word_for(Message::Action action) {
  switch (action) {
    case Message::Action::kUndoLabel:
      return "Undo";
    case Message::Action::kRetryStore:
      return "Retry";
    case Message::Action::kRecover:
      return "Recover";
    case Message::Action::kNone:
      break;
  }
  return {};
}

// `last`: the newest that was taken.
void take_new(const std::vector<Message>& messages, std::uint64_t& last, std::vector<Toast>& toasts) {
  for (const Message& message : messages) {
    if (message.id <= last) continue;
    last = message.id;
    toasts.push_back({.kind = message.kind, .text = message.text, .action = message.action});
  }
}

}  // namespace

const std::vector<Message>& workspace_messages(const Frame& f) {
  switch (f.ui.workspace) {
    case panels::Workspace::kConvolve:
      return f.convolve.messages;
    case panels::Workspace::kMap:
      return f.map.messages;
    case panels::Workspace::kStep:
      return f.step.messages;
    case panels::Workspace::kLearn:
      break;
  }
  return f.view.messages;
}

void act_on(const Frame& f, Message::Action action) {
  switch (action) {
    case Message::Action::kUndoLabel:
      f.send(session::UndoGallery{});
      break;
    case Message::Action::kRetryStore:
      f.send(session::RetryStore{});
      break;
    case Message::Action::kRecover:
      if (f.view.training.divergence) f.send(session::RecoverTraining{f.view.training.divergence->suggested_rate});
      break;
    case Message::Action::kNone:
      break;
  }
}

void collect_toasts(const Frame& f) {
  panels::UiState& ui = f.ui;
  take_new(f.view.messages, ui.last_message, ui.toasts);
  take_new(f.step.messages, ui.last_step_message, ui.toasts);
  take_new(f.convolve.messages, ui.last_convolve_message, ui.toasts);
  take_new(f.map.messages, ui.last_map_message, ui.toasts);
  for (Toast& toast : ui.toasts) {
    if (toast.until == 0) toast.until = ui.now + kStaysSeconds;
  }
  std::erase_if(ui.toasts, [&](const Toast& toast) { return toast.until <= ui.now; });
  if (ui.toasts.size() > kMostAtOnce) ui.toasts.erase(ui.toasts.begin(), ui.toasts.end() - kMostAtOnce);
  for (const Toast& toast : ui.toasts) ui.wake_in(toast.until - ui.now);
}

void draw_toasts(const Frame& f, const scene::FrameLayout& layout) {
  panels::UiState& ui = f.ui;
  // At the foot of the window in the middle: never over the pad, the network or the explanation.
  const Rect& stage = layout.network;
  const float height = f.px(32);
  // In Step the scrub bar lies there.
  const float scrub = ui.workspace == panels::Workspace::kStep ? f.px(layout.compact ? 84 : 108) : 0;
  float bottom = layout.status_bar.y - f.px(10) - scrub;
  for (std::size_t i = ui.toasts.size(); i-- > 0;) {
    Toast& toast = ui.toasts[i];
    const Kind look = kind_of(f, toast.kind);
    const std::string_view word = word_for(toast.action);
    const float word_width = word.empty() ? 0 : panels::text_width(f, Type::kLabel, word) + f.px(24);
    const float wanted = f.px(40) + panels::text_width(f, Type::kSmall, toast.text) + f.px(20) + word_width;
    const float width = std::min(wanted, stage.w - 2 * f.px(12));
    if (width < f.px(80)) return;
    const Rect r{std::round(stage.centre().x - width / 2), bottom - height, width, height};
    const panels::Overlay overlay(f, fmt::format("toast {}", i), r, panels::Overlay::Kind::kTakesInput);
    const float radius = f.px(scene::size::kRadiusControl);
    panels::fill(f, {r.x + f.px(2), r.y + f.px(2), r.w, r.h}, f.colors.shadow, radius);
    panels::fill(f, r, look.ground, radius);
    panels::stroke(f, r, scene::mix(look.ground, look.ink, 0.45F), radius, f.px(1));
    panels::icon(f, look.icon, {r.x + f.px(18), r.centre().y}, f.px(16), look.ink);
    panels::text(f, {r.x + f.px(36), r.centre().y - panels::line_height(f, Type::kSmall) / 2}, Type::kSmall,
                 f.colors.text, toast.text, panels::Align::kLeft, r.w - f.px(36) - word_width - f.px(8));
    bottom -= height + f.px(6);
    if (word.empty()) continue;
    const Rect act{r.right() - word_width, r.y, word_width, r.h};
    const panels::AreaState state = panels::area(f, word, act);
    panels::text(f, {act.centre().x, r.centre().y - panels::line_height(f, Type::kLabel) / 2}, Type::kLabel,
                 state.hovered ? f.colors.text : look.ink, word, panels::Align::kCentre);
    if (state.clicked) {
      act_on(f, toast.action);
      toast.until = ui.now;
      ui.wake_in(0);
    }
  }
}

}  // namespace warpscope::app
