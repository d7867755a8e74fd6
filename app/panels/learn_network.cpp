#include "app/panels/learn_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using Kind = scene::NetworkColumn::Kind;
using session::TrainingStatus;

void draw_waiting(const Frame& f, scene::Rect r) {
  const session::TrainingView& training = f.view.training;
  const bool failed = training.status == TrainingStatus::kFailed;
  const std::string title = failed ? "There is nothing to learn from" : "Reading the digits …";
  const std::string about = failed ? training.problem : "60,000 handwritten digits of MNIST are being read.";
  const float width = std::min(f.px(420), r.w - f.px(32));
  const float height = paragraph(f, {}, width, Type::kBody, f.colors.text2, about, true);
  const float top = std::round(r.centre().y - (height + f.px(32)) / 2), x = std::round(r.centre().x - width / 2);
  text(f, {x, top}, Type::kHeading, f.colors.text, title);
  paragraph(f, {x, top + f.px(32)}, width, Type::kBody, f.colors.text2, about);
}

struct ModeButton {
  NetworkMode mode;
  std::string_view label, name, tip;
};
constexpr ModeButton kConvModes[] = {
    {NetworkMode::kMaps, "Maps", "Show maps", "What each filter finds in this picture"},
    {NetworkMode::kFilters, "Filters", "Show filters", "The weights that make each map"},
    {NetworkMode::kChange, "Change", "Show change", "What training has added to each weight since the start"},
};
constexpr ModeButton kDenseModes[] = {
    {NetworkMode::kMaps, "Weights", "Show weights", "The weights of each unit, drawn where they act"},
    {NetworkMode::kChange, "Change", "Show change", "What training has added to each weight since the start"},
};

void set_mode(const Frame& f, NetworkMode mode) {
  f.ui.learn.network.mode = mode;
  f.ui.show_weight_change = mode == NetworkMode::kChange;
}

// The key and the palette know only "weight change": it wins over what the buttons said.
NetworkMode mode_now(const Frame& f) {
  NetworkState& state = f.ui.learn.network;
  if (f.ui.show_weight_change) {
    state.mode = NetworkMode::kChange;
  } else if (state.mode == NetworkMode::kChange) {
    state.mode = NetworkMode::kMaps;
  }
  return state.mode;
}

// Where there is no room for all of them: one button that goes on to the next.
void draw_next_mode(const NetworkFrame& n, std::span<const ModeButton> modes, std::size_t shown) {
  const ModeButton& next = modes[(shown + 1) % modes.size()];
  const ButtonLook look{.tip = next.tip, .type = Type::kCaption};
  scene::Rect r = n.layout.modes;
  r.w = std::min(r.w, n.f.px(120));
  if (button(n.f, next.name, r, look)) set_mode(n.f, next.mode);
}

void draw_modes(const NetworkFrame& n) {
  const Frame& f = n.f;
  const bool conv = n.network().layers.front().kind == training::LayerKind::kConv;
  const std::span<const ModeButton> modes = conv ? std::span<const ModeButton>(kConvModes) : kDenseModes;
  const auto found = std::find_if(modes.begin(), modes.end(), [&](const ModeButton& m) { return m.mode == n.mode; });
  const std::size_t shown = found == modes.end() ? 0 : static_cast<std::size_t>(found - modes.begin());
  scene::Rect r = n.layout.modes;
  r.w = std::floor(std::min(f.px(60), r.w / static_cast<float>(modes.size())));
  if (r.w < text_width(f, Type::kCaption, "Change") + f.px(8)) {
    draw_next_mode(n, modes, shown);
    return;
  }
  for (std::size_t i = 0; i < modes.size(); ++i) {
    const ButtonLook look{.selected = i == shown, .tip = modes[i].tip, .label = modes[i].label, .type = Type::kCaption};
    if (button(f, modes[i].name, r, look)) set_mode(f, modes[i].mode);
    r.x = r.right() - f.px(1);
  }
}

// The first of these texts that fits, the last one otherwise.
const std::string& first_fitting(const Frame& f, const std::vector<std::string>& texts, float width, float height) {
  for (const std::string& words : texts) {
    if (paragraph(f, {}, width, Type::kSmall, f.colors.text2, words, true) <= height) return words;
  }
  return texts.back();
}

// Under the input while nothing is worked out there: what is shown, or how to look at it.
void draw_note(const NetworkFrame& n) {
  const Frame& f = n.f;
  const scene::Rect r = n.layout.note;
  if (n.card.w > 0) return;
  const std::string data = f.view.training.data_name == "mnist" ? "MNIST" : f.view.training.data_name;
  const bool example = !n.probe.from_pad && n.probe.example_label >= 0;
  const ButtonLook look{.icon = Icon::kSkip,
                        .key = n.layout.compact ? "" : "X",
                        .tip = "Another digit of the validation set",
                        .label = n.layout.compact ? "Next" : "Next example"};
  const float high = f.px(n.layout.compact ? scene::size::kControlSmall : scene::size::kControl), gap = f.px(6);
  std::vector<std::string> texts{"Point at any map, cell or bar to see how its number came about.",
                                 "Point at anything to see how it came about.", "Point at anything."};
  if (example) {
    const int label = n.probe.example_label;
    texts = {fmt::format("An example from {}: **{}**. Draw to see yours.", data, label),
             fmt::format("From {}: **{}**. Draw yours.", data, label), fmt::format("Example: **{}**", label)};
  }
  const std::string& words = first_fitting(f, texts, r.w, r.h - (example ? high + gap : 0));
  const float used = paragraph(f, {r.x, r.y}, r.w, Type::kSmall, f.colors.text2, words);
  if (!example) return;
  const scene::Rect place{r.x, r.y + used + gap, std::min(button_width(f, "Next example", look), r.w), high};
  if (button(f, "Next example", place, look)) f.send(session::ShowExample{-1});
}

constexpr float kCardPadding = 14, kCardHead = 34, kCardFoot = 8;

// The worked sum as a card under the input, as high as it needs to be.
scene::Rect card_place(const NetworkFrame& n) {
  const scene::Rect r = n.layout.callout;
  if (r.w <= 0 || !has_sum(n.network(), n.focus)) return {};
  const Frame& f = n.f;
  const scene::Rect inner{r.x, r.y, r.w - 2 * f.px(kCardPadding), 0};
  const float height = f.px(kCardHead) + draw_sum(f, n.probe, n.focus, inner, true) + f.px(kCardFoot);
  return {r.x, r.bottom() - height, r.w, height};
}

void draw_card_at(const NetworkFrame& n, scene::Rect r) {
  const Frame& f = n.f;
  callout(f, r, true);
  const float x = r.x + f.px(kCardPadding), right = r.right() - f.px(kCardPadding), y = r.y + f.px(9);
  const ButtonLook look{.icon = n.pinned ? Icon::kPinned : Icon::kPin,
                        .selected = n.pinned,
                        .tip = n.pinned ? "Let go (Esc)" : "Hold this here (H)",
                        .label_hidden = true,
                        .ghost = true};
  const scene::Rect pin{right - f.px(20), y - f.px(3), f.px(24), f.px(24)};
  if (button(f, "Pin the sum", pin, look)) f.ui.pinned = n.pinned ? Focus{} : n.focus;
  const std::string title = sum_title(n.network(), n.focus);
  const float title_width = text_width(f, Type::kTitle, title);
  const std::string hint = n.pinned ? "Esc lets go" : "click to pin";
  if (x + title_width + f.px(12) + text_width(f, Type::kCaption, hint) < pin.x - f.px(4)) {
    text(f, {pin.x - f.px(4), y}, Type::kCaption, f.colors.text3, hint, Align::kRight);
  }
  text(f, {x, y}, Type::kTitle, f.colors.text, title, Align::kLeft, pin.x - f.px(8) - x);
  draw_sum(f, n.probe, n.focus, {x, r.y + f.px(kCardHead), right - x, r.h - f.px(kCardHead + kCardFoot)});
}

void draw_card(const NetworkFrame& n) {
  if (n.card.w > 0) draw_card_at(n, n.card);
}

// With no room in the picture and the explanation folded away, the sum floats over the half that is not looked at.
void draw_floating_card(const NetworkFrame& n) {
  const Frame& f = n.f;
  const bool panel_open = f.ui.learn.explanation.drawn_in_frame >= ImGui::GetFrameCount() - 1;
  // A card of the toolbar lies there: two cards on top of each other help nobody.
  const bool card_open = f.ui.learn.toolbar.open != ToolbarState::Popover::kNone;
  if (n.layout.callout.w > 0 || panel_open || card_open || !has_sum(n.network(), n.focus)) return;
  const FocusPlace place = place_of(n.layout, n.focus);
  if (place.column < 0) return;
  const float width = std::min(f.px(270), n.layout.area.w / 2);
  const scene::Rect inner{0, 0, width - 2 * f.px(kCardPadding), 0};
  const float height = f.px(kCardHead) + draw_sum(f, n.probe, n.focus, inner, true) + f.px(kCardFoot);
  const scene::Rect cell = n.layout.columns[static_cast<std::size_t>(place.column)].cell(place.cell);
  const scene::Rect area = n.layout.area;
  const bool looked_at_left = cell.centre().x < area.x + area.w * 0.6F;
  const float x = looked_at_left ? area.right() - width - f.px(8) : area.x + f.px(8);
  const scene::Rect r{std::round(x), std::round(std::max(area.bottom() - height - f.px(8), area.y + f.px(8))), width,
                      height};
  const Overlay overlay(f, "sum", r, Overlay::Kind::kShows);
  draw_card_at(n, r);
}

// Names for scripts: "Map 5", "Pool 5", "Unit 12", "Output 7"; a second stage counts on ("Map 2.5").
void enter_targets(const NetworkFrame& n) {
  constexpr std::string_view kNames[] = {"Input", "Weights", "Map", "Pool", "Unit", "Output"};
  std::array<int, std::size(kNames)> stage{};
  for (const scene::NetworkColumn& column : n.layout.columns) {
    const auto kind = static_cast<std::size_t>(column.kind);
    const int number = ++stage[kind];
    for (int i = 0; i < column.count; ++i) {
      const int shown = column.kind == Kind::kOutput ? i : i + 1;
      std::string name = column.kind == Kind::kInput ? std::string(kNames[kind])
                         : number == 1               ? fmt::format("{} {}", kNames[kind], shown)
                                                     : fmt::format("{} {}.{}", kNames[kind], number, shown);
      n.f.ui.targets.push_back({std::move(name), column.cell(i), true});
    }
  }
}

bool about_network(const Focus& focus) {
  switch (focus.kind) {
    case Focus::Kind::kInput:
    case Focus::Kind::kMapPixel:
    case Focus::Kind::kMap:
    case Focus::Kind::kPoolPixel:
    case Focus::Kind::kFilter:
    case Focus::Kind::kUnit:
    case Focus::Kind::kOutput:
      return true;
    default:
      return false;
  }
}

// Takes pointing and clicking in the picture into ui; returns what the picture shall show as in focus.
Focus follow_pointer(const Frame& f, const session::Probe& probe, scene::Rect r) {
  UiState& ui = f.ui;
  NetworkState& state = ui.learn.network;
  const Focus& held = ui.pinned.kind != Focus::Kind::kNone ? ui.pinned : state.before;
  const bool card_open = state.layout.callout.w > 0 && has_sum(*probe.network, held);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const scene::Vec2 at{mouse.x, mouse.y};
  const bool on_card = card_open && state.layout.callout.contains(at);
  const bool on_button = on_card || state.layout.modes.contains(at) || (!card_open && state.layout.note.contains(at));
  // Buttons of the picture's own stand there: the picture itself takes no press.
  const AreaState pointer = on_button && ui.widgets.active != "Network picture" ? AreaState{.hovered = hovered(f, r)}
                                                                                : area(f, "Network picture", r);
  std::optional<Focus> under;
  if (pointer.hovered && !on_card) {
    if (const auto hit = scene::hit_network(state.layout, at)) under = focus_of(state.layout, *hit);
  } else if (pointer.hovered && about_network(state.before)) {
    under = state.before;  // on its way to the card, or on it
  }
  if (under) ui.hovered = *under;
  if (pointer.hovered) state.before = ui.hovered;
  if (pointer.clicked && !on_card) {
    ui.pinned = under && *under != ui.pinned ? *under : Focus{};
    if (ui.slide_window && ui.pinned.kind == Focus::Kind::kNone) ui.slide_window = false;
  }
  if (about_network(ui.pinned) && !is_in(*probe.network, ui.pinned)) ui.pinned = {};  // another network by now
  if (ui.pinned.kind != Focus::Kind::kNone) return ui.pinned;
  if (under) return *under;
  return about_network(state.before) ? state.before : Focus{};
}

void tip_for_input(const NetworkFrame& n) {
  if (n.pinned || n.focus.kind != Focus::Kind::kInput) return;
  tip(n.f,
      fmt::format("row {}, column {}: {:.2f}", n.focus.row + 1, n.focus.column + 1, shown_value(n.probe, n.focus)));
}

}  // namespace

void draw_network(const Frame& f, scene::Rect r) {
  NetworkState& state = f.ui.learn.network;
  refresh_cache(state.cache, f.view.probe);
  if (f.view.probe == nullptr) {
    draw_waiting(f, r);
    return;
  }
  const session::Probe& probe = *f.view.probe;
  state.layout = scene::layout_network(*probe.network, r, f.scale);
  state.sum_in_panel = state.layout.callout.w <= 0;
  slide_focus(f);

  NetworkFrame n{.f = f, .probe = probe, .cache = state.cache, .layout = state.layout, .mode = mode_now(f)};
  n.focus = follow_pointer(f, probe, r);
  n.pinned = f.ui.pinned.kind != Focus::Kind::kNone;
  n.card = card_place(n);
  n.contribution = largest_contribution(probe, n.focus);
  draw_modes(n);
  draw_note(n);
  draw_headers(n);
  draw_flow(n);
  draw_columns(n);
  draw_scales(n);
  draw_focus_marks(n);
  draw_card(n);
  draw_floating_card(n);
  tip_for_input(n);
  enter_targets(n);
}

}  // namespace warpscope::panels
