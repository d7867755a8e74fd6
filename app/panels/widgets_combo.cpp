#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

constexpr float kRowPadding = 12, kListMargin = 4;

int index_of(const std::vector<std::string>& items, std::string_view item) {
  const auto found = std::find(items.begin(), items.end(), item);
  return found == items.end() ? -1 : static_cast<int>(found - items.begin());
}

// Under the field, or above it where there is no room below.
scene::Rect list_rect(const Frame& f, scene::Rect field, const std::vector<std::string>& items) {
  float width = field.w;
  for (const std::string& item : items) {
    width = std::max(width, text_width(f, Type::kLabel, item) + f.px(32) + 2 * f.px(kRowPadding));
  }
  const float height = static_cast<float>(items.size()) * f.px(scene::size::kRow) + 2 * f.px(kListMargin);
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float below = field.bottom() + f.px(4);
  const float top = below + height < display.y ? below : std::max(0.0F, field.y - f.px(4) - height);
  return {std::min(field.x, std::max(0.0F, display.x - width - f.px(8))), top, width, height};
}

// The open list; the row that was chosen, or -1.
int draw_list(const Frame& f, std::string_view name, scene::Rect list, const std::vector<std::string>& items,
              int selected) {
  WidgetState& widgets = f.ui.widgets;
  const Overlay overlay(f, fmt::format("list {}", name), list, Overlay::Kind::kTakesInput);
  callout(f, list, false);
  int chosen = -1;
  for (int i = 0; i < static_cast<int>(items.size()); ++i) {
    const std::string& item = items[static_cast<std::size_t>(i)];
    const float height = f.px(scene::size::kRow);
    const scene::Rect row{list.x + f.px(kListMargin), list.y + f.px(kListMargin) + static_cast<float>(i) * height,
                          list.w - 2 * f.px(kListMargin), height};
    const AreaState state = area(f, item, row);
    if (state.clicked) chosen = i;
    const ImVec2 moved = ImGui::GetIO().MouseDelta;
    if (state.hovered && (moved.x != 0 || moved.y != 0)) widgets.popup_row = i;
    if (i == widgets.popup_row) fill(f, row, f.colors.hover, f.px(scene::size::kRadiusControl));
    if (i == selected) icon(f, Icon::kCheck, {row.x + f.px(14), row.centre().y}, f.px(14), f.colors.accent);
    text(f, {row.x + f.px(28), row.centre().y - line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.text, item);
  }
  const int last = static_cast<int>(items.size()) - 1;
  if (raw_key(f, key::kDown)) widgets.popup_row = std::min(widgets.popup_row + 1, last);
  if (raw_key(f, key::kUp)) widgets.popup_row = std::max(widgets.popup_row - 1, 0);
  if (raw_key(f, key::kEnter) && widgets.popup_row >= 0) chosen = widgets.popup_row;
  return chosen;
}

}  // namespace

bool combo(const Frame& f, std::string_view name, scene::Rect r, const std::vector<std::string>& items, int& selected) {
  WidgetState& widgets = f.ui.widgets;
  const int before = selected;
  bool open = widgets.open_popup == name;
  widgets.order.emplace_back(name);
  if (const auto found = f.ui.pending_sets.find(std::string(name)); found != f.ui.pending_sets.end()) {
    if (const int index = index_of(items, found->second); index >= 0) {
      selected = index;
      f.ui.pending_sets.erase(found);
    }
  }
  const AreaState state = area(f, name, r);
  const bool by_key =
      widgets.focus == name && !open && (raw_key(f, key::kEnter) || raw_key(f, key::kSpace) || raw_key(f, key::kDown));
  if (open) {
    // Drawn before the field so that its row handles Enter; it lies above everything all the same.
    const scene::Rect list = list_rect(f, r, items);
    const int chosen = draw_list(f, name, list, items, selected);
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const bool outside =
        ImGui::GetIO().MouseClicked[0] && !list.contains({mouse.x, mouse.y}) && !r.contains({mouse.x, mouse.y});
    if (chosen >= 0) selected = chosen;
    if (chosen >= 0 || outside || raw_key(f, key::kEscape) || state.clicked) {
      widgets.open_popup.clear();
      f.ui.wake_in(0);
    }
  } else if (state.clicked || by_key) {
    widgets.open_popup = name;
    widgets.popup_row = selected;
    f.ui.wake_in(0);
  }
  open = widgets.open_popup == name;

  const float radius = f.px(scene::size::kRadiusControl);
  fill(f, r, state.hovered || open ? f.colors.hover : f.colors.raised, radius);
  stroke(f, r, open ? f.colors.accent : f.colors.strong, radius, f.px(1));
  if (widgets.focus == name) focus_ring(f, r, radius);
  const float chevron = f.px(14);
  const std::string shown = selected >= 0 && selected < static_cast<int>(items.size())
                                ? items[static_cast<std::size_t>(selected)]
                                : std::string();
  text(f, {r.x + f.px(10), r.centre().y - line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.text, shown,
       Align::kLeft, r.w - f.px(10) - chevron - f.px(10));
  icon(f, Icon::kChevronDown, {r.right() - f.px(8) - chevron / 2, std::round(r.centre().y)}, chevron, f.colors.text2);
  return selected != before;
}

}  // namespace warpscope::panels
