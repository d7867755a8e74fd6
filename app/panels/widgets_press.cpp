#include <algorithm>
#include <cmath>
#include <string>

#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

constexpr float kIconSize = 16, kPadding = 12, kGap = 8;

std::string_view label_of(std::string_view name, const ButtonLook& look) {
  return look.label.empty() ? name : look.label;
}

struct Inks {
  scene::Rgba ground, border, text;
};

Inks inks_of(const Frame& f, const ButtonLook& look, const AreaState& state) {
  const scene::Palette& c = f.colors;
  if (!look.enabled) {
    if (look.ghost) return {0, 0, c.disabled};
    return {c.panel, c.hair, c.disabled};
  }
  if (look.primary) {
    if (state.held) return {scene::mix(c.accent_fill, scene::rgb(0x000000), 0.22F), 0, c.on_accent};
    if (state.hovered) return {scene::mix(c.accent_fill, scene::rgb(0xFFFFFF), 0.1F), 0, c.on_accent};
    return {c.accent_fill, 0, c.on_accent};
  }
  if (look.selected) return {c.accent_tint, c.accent, c.accent};
  if (look.ghost) return {state.hovered || state.held ? c.hover : 0, 0, state.hovered ? c.text : c.text2};
  if (state.held) return {c.panel, c.strong, c.text};
  return {state.hovered ? c.hover : c.raised, c.strong, c.text};
}

// What scripts and tests know of a widget: the part of it that can be seen, if any.
void enter_target(const Frame& f, std::string_view name, scene::Rect r, bool enabled) {
  const ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 low = list.GetClipRectMin();
  const ImVec2 high = list.GetClipRectMax();
  const float x = std::max(r.x, low.x);
  const float y = std::max(r.y, low.y);
  const scene::Rect seen{x, y, std::min(r.right(), high.x) - x, std::min(r.bottom(), high.y) - y};
  if (seen.w > 0 && seen.h > 0) f.ui.targets.push_back({std::string(name), seen, enabled});
}

// The focused widget is pressed by Enter and Space, any widget by a script.
bool chosen_otherwise(const Frame& f, std::string_view name, bool enabled) {
  if (!enabled) return false;
  WidgetState& widgets = f.ui.widgets;
  bool chosen = widgets.focus == name && (raw_key(f, key::kEnter) || raw_key(f, key::kSpace));
  chosen |= f.ui.pending_sets.erase(std::string(name)) > 0;
  return chosen;
}

}  // namespace

bool hovered(const Frame&, scene::Rect r) {
  if (!ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem)) return false;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 low = list.GetClipRectMin();
  const ImVec2 high = list.GetClipRectMax();
  const bool in_clip = mouse.x >= low.x && mouse.y >= low.y && mouse.x < high.x && mouse.y < high.y;
  return in_clip && r.contains({mouse.x, mouse.y});
}

AreaState area(const Frame& f, std::string_view name, scene::Rect r) {
  WidgetState& widgets = f.ui.widgets;
  const ImGuiIO& io = ImGui::GetIO();
  enter_target(f, name, r, true);
  AreaState state;
  state.mouse = {io.MousePos.x, io.MousePos.y};
  const bool mine = widgets.active == name;
  state.hovered = hovered(f, r) && (widgets.active.empty() || mine);
  if (state.hovered && io.MouseClicked[0]) {
    state.pressed = true;
    widgets.active = name;
    widgets.focus.clear();
  }
  if (state.hovered && io.MouseClicked[1]) state.right_clicked = true;
  state.held = widgets.active == name && io.MouseDown[0];
  if (widgets.active == name && !io.MouseDown[0]) {
    state.released = true;
    state.clicked = hovered(f, r);
    widgets.active.clear();
  }
  return state;
}

bool register_widget(const Frame& f, std::string_view name, scene::Rect r, bool enabled, std::string* pending) {
  enter_target(f, name, r, enabled);
  if (!enabled) return false;
  f.ui.widgets.order.emplace_back(name);
  if (pending != nullptr) {
    if (const auto found = f.ui.pending_sets.find(std::string(name)); found != f.ui.pending_sets.end()) {
      *pending = found->second;
    }
  }
  return chosen_otherwise(f, name, enabled);
}

void focus_ring(const Frame& f, scene::Rect r, float radius) {
  const float out = f.px(2);
  stroke(f, r.inset(-out), f.colors.accent, radius + out, f.px(2));
}

float button_width(const Frame& f, std::string_view name, const ButtonLook& look) {
  if (look.label_hidden) return f.px(scene::size::kControl);
  float width = 2 * f.px(kPadding) + text_width(f, look.type, label_of(name, look));
  if (look.icon != Icon::kNone) width += f.px(kIconSize) + f.px(kGap) - f.px(2);
  if (!look.key.empty()) width += f.px(kGap) + text_width(f, Type::kMicro, look.key);
  return std::ceil(width);
}

bool button(const Frame& f, std::string_view name, scene::Rect r, const ButtonLook& look) {
  AreaState state;
  bool chosen = false;
  if (look.enabled) {
    f.ui.widgets.order.emplace_back(name);
    state = area(f, name, r);
    chosen = state.clicked || chosen_otherwise(f, name, true);
  } else {
    enter_target(f, name, r, false);
    state.hovered = hovered(f, r);
  }
  const Inks inks = inks_of(f, look, state);
  const float radius = f.px(scene::size::kRadiusControl);
  if (inks.ground != 0) fill(f, r, inks.ground, radius);
  if (inks.border != 0) stroke(f, r, inks.border, radius, f.px(1));
  if (f.ui.widgets.focus == name) focus_ring(f, r, radius);
  if (state.hovered && !look.tip.empty()) tip(f, look.tip);

  const float middle = r.y + r.h / 2;
  const float icon_size = f.px(kIconSize);
  if (look.label_hidden) {
    icon(f, look.icon, {std::round(r.x + r.w / 2), std::round(middle)}, icon_size, inks.text);
    return chosen;
  }
  const float room = r.w - 2 * f.px(4);
  float x = std::round(r.x + (r.w - (button_width(f, name, look) - 2 * f.px(kPadding))) / 2);
  x = std::max(x, r.x + f.px(4));
  if (look.icon != Icon::kNone) {
    icon(f, look.icon, {x + icon_size / 2, std::round(middle)}, icon_size, inks.text);
    x += icon_size + f.px(kGap) - f.px(2);
  }
  const auto top = [&](Type type) { return middle - line_height(f, type) / 2; };
  x += text(f, {x, top(look.type)}, look.type, inks.text, label_of(name, look), Align::kLeft,
            std::max(1.0F, r.x + f.px(4) + room - x));
  if (!look.key.empty() && x + f.px(kGap) < r.right()) {
    const scene::Rgba ink = look.primary ? scene::mix(inks.ground, inks.text, 0.85F) : f.colors.text3;
    text(f, {x + f.px(kGap), top(Type::kMicro)}, Type::kMicro, look.enabled ? ink : inks.text, look.key);
  }
  return chosen;
}

bool toggle(const Frame& f, std::string_view name, scene::Vec2 at, bool& on) {
  const scene::Rect pill{at.x, at.y, f.px(28), f.px(16)};
  // The pill is lower than the smallest comfortable target: what is above and below it counts too.
  const float reach = (f.px(scene::size::kSmallestTarget) - pill.h) / 2;
  const scene::Rect hit{pill.x, pill.y - reach, pill.w, pill.h + 2 * reach};
  WidgetState& widgets = f.ui.widgets;
  widgets.order.emplace_back(name);
  bool wanted = on;
  if (const auto found = f.ui.pending_sets.find(std::string(name)); found != f.ui.pending_sets.end()) {
    wanted = found->second == "on" || found->second == "true" || found->second == "1";
    f.ui.pending_sets.erase(found);
  }
  const AreaState state = area(f, name, hit);
  if (state.clicked || chosen_otherwise(f, name, true)) wanted = !on;
  const bool changed = wanted != on;
  on = wanted;

  const float radius = pill.h / 2;
  if (on) {
    const scene::Rgba ground =
        state.hovered ? scene::mix(f.colors.accent_fill, scene::rgb(0xFFFFFF), 0.1F) : f.colors.accent_fill;
    fill(f, pill, ground, radius);
  } else {
    fill(f, pill, state.hovered ? f.colors.hover : f.colors.raised, radius);
    stroke(f, pill, f.colors.text3, radius, f.px(1));
  }
  const scene::Vec2 knob{on ? pill.right() - radius : pill.x + radius, pill.y + radius};
  ImGui::GetWindowDrawList()->AddCircleFilled({knob.x, knob.y}, radius - f.px(3),
                                              on ? f.colors.on_accent : f.colors.text3, 24);
  if (widgets.focus == name) focus_ring(f, pill, radius);
  return changed;
}

void keycap(const Frame& f, scene::Rect r, std::string_view key) {
  const float radius = f.px(scene::size::kRadiusChip);
  fill(f, r, f.colors.keycap, radius);
  stroke(f, r, f.colors.keycap_edge, radius, f.px(1));
  line(f, {r.x + radius, r.bottom() - f.px(2)}, {r.right() - radius, r.bottom() - f.px(2)}, f.colors.keycap_edge,
       f.px(1));
  text(f, {r.centre().x, r.centre().y - f.px(1) - line_height(f, Type::kMicro) / 2}, Type::kMicro, f.colors.text2, key,
       Align::kCentre);
}

bool keycap_button(const Frame& f, std::string_view name, scene::Rect r, bool selected) {
  f.ui.widgets.order.emplace_back(name);
  const AreaState state = area(f, name, r);
  const bool chosen = state.clicked || chosen_otherwise(f, name, true);
  const float radius = f.px(scene::size::kRadiusChip);
  const scene::Palette& c = f.colors;
  fill(f, r, selected ? c.accent_tint : state.hovered ? scene::mix(c.keycap, c.text, 0.12F) : c.keycap, radius);
  stroke(f, r, selected ? c.accent : c.keycap_edge, radius, f.px(1));
  if (!state.held) {
    line(f, {r.x + radius, r.bottom() - f.px(2)}, {r.right() - radius, r.bottom() - f.px(2)},
         selected ? c.accent : c.keycap_edge, f.px(1));
  }
  const std::string_view shown = name.substr(name.find_last_of(' ') + 1);
  text(f, {r.centre().x, r.centre().y - f.px(1) - line_height(f, Type::kLabel) / 2}, Type::kLabel,
       selected ? c.accent : c.text, shown, Align::kCentre);
  if (f.ui.widgets.focus == name) focus_ring(f, r, radius);
  return chosen;
}

}  // namespace warpscope::panels
