// The control that says where training runs, and the cards that hang from it.
#include "app/panels/learn_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "app/panels/explanation_flow.h"
#include "app/panels/keys.h"
#include "app/panels/learn_backend_card.h"
#include "app/panels/learn_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using training::BackendKind;

constexpr std::string_view kName = "Back end";
constexpr float kMarkRoom = 24, kChevron = 14, kEnd = 26;
constexpr float kWidest = 190;  // logical: a name longer than this is shortened
constexpr float kCardWidth = 344;

bool is_gpu(const session::TrainingView& training) {
  return training.backend == training::text_of(BackendKind::kCuda);
}

// What the control says: the device, and the precision where it is not the usual one.
std::string words_of(const Frame& f, BackendLook look) {
  const session::TrainingView& training = f.view.training;
  if (look == BackendLook::kMark) return {};
  if (training.device.empty()) return "Starting";
  std::string words = look == BackendLook::kShort ? shortest_device(training.device) : short_device(training.device);
  const bool half = training.settings.precision != training::Precision::kF32 &&
                    training.backend != training::text_of(BackendKind::kCpu);
  if (half) words += fmt::format(" {}", training::text_of(training.settings.precision));
  return words;
}

std::string lower(std::string_view words) {
  std::string low(words);
  std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return std::tolower(c); });
  return low;
}

// "virtual", "Virtual GPU", "auto": as settings and rows are called.
std::optional<std::string> find_backend(std::string_view words) {
  const std::string low = lower(words);
  if (low == "auto") return low;
  for (const BackendKind kind : training::kBackendKinds) {
    if (low == training::text_of(kind) || low == lower(row_name(kind))) return std::string(training::text_of(kind));
  }
  return std::nullopt;
}

void open_or_close(const Frame& f) {
  ToolbarState& state = f.ui.learn.toolbar;
  const bool open = state.open == ToolbarState::Popover::kBackend;
  state.open = open ? ToolbarState::Popover::kNone : ToolbarState::Popover::kBackend;
  state.backend_scroll = 0;
  f.ui.wake_in(0);
}

// The card with the choices, below the control; as high as what is in it, if the window is.
Rect card_of(const Frame& f, Rect opener, float content) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float width = std::min(f.px(kCardWidth), display.x - 2 * f.px(8));
  const float top = opener.bottom() + f.px(10);
  const float room = std::max(f.px(120), display.y - top - f.px(8));
  const float x = std::clamp(opener.right() - width, f.px(8), std::max(f.px(8), display.x - f.px(8) - width));
  return {std::round(x), top, width, std::min(content, room)};
}

void draw_choices(const Frame& f, Rect card, float content, CardSize size) {
  float& scroll = f.ui.learn.toolbar.backend_scroll;
  const Overlay overlay(f, "back end", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  scroll_by_wheel(f, card, content, scroll);
  {
    const Clip clip(card.inset(f.px(1)));
    fill_backend_card(f, {card.x, std::round(card.y - scroll)}, card.w, size);
  }
  scroll_mark(f, card, content, scroll);
  if (hovered(f, card) && f.ui.hovered.kind == Focus::Kind::kNone) {
    f.ui.hovered = {.kind = Focus::Kind::kControl, .name = std::string(kName)};
  }
}

}  // namespace

void draw_busy(const Frame& f, scene::Vec2 centre) {
  constexpr double kMoment = 0.25;
  constexpr int kSquares = 3;
  const double at = f.ui.reduced_motion ? 0 : f.ui.now / kMoment;
  const int lit = static_cast<int>(std::fmod(at, kSquares));
  const float side = f.px(4), step = f.px(6);
  const float left = std::round(centre.x - busy_width(f) / 2);
  for (int i = 0; i < kSquares; ++i) {
    fill(f, {left + step * static_cast<float>(i), std::round(centre.y - side / 2), side, side},
         i == lit ? f.colors.accent : f.colors.strong);
  }
  if (!f.ui.reduced_motion) f.ui.wake_in(kMoment * (1 - (at - std::floor(at))));
}

float busy_width(const Frame& f) {
  return 2 * f.px(6) + f.px(4);
}

void draw_device_mark(const Frame& f, scene::Vec2 centre, bool gpu, scene::Rgba ink) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (gpu) {
    list.AddCircleFilled({centre.x, centre.y}, f.px(4.5F), ink, 24);
  } else {
    list.AddCircle({centre.x, centre.y}, f.px(4), ink, 24, f.px(1.5F));
  }
}

float backend_width(const Frame& f, BackendLook look) {
  if (look == BackendLook::kInMore) return 0;
  if (look == BackendLook::kMark) return f.px(48);
  const float widest = f.px(look == BackendLook::kShort ? 132 : kWidest);
  return std::ceil(std::min(widest, f.px(kMarkRoom) + text_width(f, Type::kLabel, words_of(f, look)) + f.px(kEnd)));
}

void take_backend_settings(const Frame& f) {
  auto& pending = f.ui.pending_sets;
  session::LearnSettings settings = asked_settings(f);
  if (const auto found = pending.find(std::string(kName)); found != pending.end()) {
    if (const auto backend = find_backend(found->second)) {
      settings.backend = *backend;
      pending.erase(found);
    }
  }
  if (const auto found = pending.find("Precision"); found != pending.end()) {
    if (const auto precision = training::parse_precision(found->second)) {
      settings.precision = *precision;
      pending.erase(found);
    }
  }
  ask_for(f, settings);
}

void draw_backend_control(const Frame& f, Rect r, BackendLook look) {
  const session::TrainingView& training = f.view.training;
  const bool open = f.ui.learn.toolbar.open == ToolbarState::Popover::kBackend;
  f.ui.widgets.order.emplace_back(kName);
  const AreaState state = area(f, kName, r);
  const bool by_key = f.ui.widgets.focus == kName && (raw_key(f, key::kEnter) || raw_key(f, key::kSpace));
  if (state.clicked || by_key) open_or_close(f);
  if (state.hovered) f.ui.hovered = {.kind = Focus::Kind::kControl, .name = std::string(kName)};

  const bool short_of_memory = smaller_batch(training).has_value();
  const float radius = f.px(scene::size::kRadiusControl);
  fill(f, r, state.hovered || open ? f.colors.hover : f.colors.raised, radius);
  stroke(f, r, short_of_memory ? f.colors.warning : open ? f.colors.accent : f.colors.strong, radius, f.px(1));
  if (f.ui.widgets.focus == kName) focus_ring(f, r, radius);
  const float middle = std::round(r.centre().y);
  const scene::Vec2 mark{r.x + f.px(13), middle};
  if (training.switching) {
    draw_busy(f, mark);
  } else {
    draw_device_mark(f, mark, is_gpu(training), short_of_memory ? f.colors.warning : f.colors.accent);
  }
  const float chevron = f.px(kChevron);
  icon(f, Icon::kChevronDown, {r.right() - f.px(6) - chevron / 2, middle}, chevron, f.colors.text2);
  const std::string words = words_of(f, look);
  const float room = r.right() - f.px(kEnd - 2) - (r.x + f.px(kMarkRoom));
  if (!words.empty()) {
    text(f, {r.x + f.px(kMarkRoom), r.centre().y - line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.text,
         words, Align::kLeft, room);
  }
  if (state.hovered && !open && !training.device.empty()) {
    tip(f, training.switching ? fmt::format("{}\nAnother back end is being set up", training.device)
                              : fmt::format("Training runs on: {}", training.device));
  }
}

void draw_backend_popover(const Frame& f, Rect opener) {
  ToolbarState& state = f.ui.learn.toolbar;
  if (state.open != ToolbarState::Popover::kBackend) return;
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const Rect whole = card_of(f, opener, display.y);
  CardSize size = CardSize::kWhole;
  float content = backend_card_height(f, whole.w, size);
  if (content > whole.h) {
    size = CardSize::kBrief;
    content = backend_card_height(f, whole.w, size);
  }
  const Rect card = card_of(f, opener, content);
  Rect other{};
  bool only_comparison = false;
  if (const auto& comparison = f.view.comparison) {
    // Beside the choices, at the side where there is more room; in their place where there is none.
    const float room = card.x - 2 * f.px(8);
    only_comparison = room < least_comparison_width(f);
    const ComparisonLayout layout =
        only_comparison ? layout_comparison(f, card.right(), card.y, card.right() - f.px(8), *comparison)
                        : layout_comparison(f, card.x - f.px(8), card.y, room, *comparison);
    other = layout.card;
    draw_comparison(f, layout, *comparison);
  }
  if (!only_comparison) draw_choices(f, card, content, size);
  close_popover(f, only_comparison ? other : card, opener, false, other);
}

}  // namespace warpscope::panels
