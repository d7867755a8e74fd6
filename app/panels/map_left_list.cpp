// A field that opens a list of many things in groups: kernels by topic, GPUs by kind.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/map_left.h"

namespace warpscope::panels {
namespace {

using scene::Rect;

constexpr float kLine = 26, kMargin = 8, kPadding = 10, kCheck = 24, kColumnGap = 12;

// Where every row and heading of the open list stands.
struct Placed {
  Rect card;
  std::vector<Rect> rows;
  std::vector<std::pair<Rect, std::string_view>> headings;
  std::vector<int> columns;  // of each row
};

float row_width(const Frame& f, const MapListRow& row) {
  const float detail = row.detail.empty() ? 0 : text_width(f, Type::kTick, row.detail) + f.px(16);
  return f.px(kCheck) + text_width(f, Type::kLabel, row.title) + detail + f.px(kPadding);
}

// As many columns as keep it within the window; a group begins with its heading.
Placed place(const Frame& f, Rect field, const std::vector<MapListRow>& rows) {
  Placed placed;
  float wide = field.w;
  std::size_t lines = rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    wide = std::max(wide, row_width(f, rows[i]));
    lines += i == 0 || rows[i].heading != rows[i - 1].heading ? 1 : 0;
  }
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float line = f.px(kLine), margin = f.px(kMargin);
  const float room = std::max(4 * line, display.y - field.bottom() - f.px(48) - 2 * margin);
  const auto most = static_cast<std::size_t>(room / line);
  const std::size_t columns = (lines + most - 1) / most;
  const std::size_t high = (lines + columns - 1) / columns + (columns > 1 ? 1 : 0);
  const float gap = f.px(kColumnGap);
  const float width = static_cast<float>(columns) * (wide + gap) - gap + 2 * margin;
  const float x = std::max(0.0F, std::min(field.x, display.x - width - f.px(8)));
  const float y = field.bottom() + f.px(4);
  std::size_t at = 0, deepest = 0;
  int column = 0;
  const auto take = [&] {
    const Rect r{x + margin + static_cast<float>(column) * (wide + gap), y + margin + static_cast<float>(at) * line,
                 wide, line};
    deepest = std::max(deepest, ++at);
    return r;
  };
  const auto next_column = [&] {
    ++column;
    at = 0;
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool begins = i == 0 || rows[i].heading != rows[i - 1].heading;
    if (at > 0 && at + (begins ? 2 : 1) > std::min(high, most)) next_column();
    if (begins || at == 0) placed.headings.emplace_back(take(), rows[i].heading);
    placed.rows.push_back(take());
    placed.columns.push_back(column);
  }
  placed.card = {x, y, static_cast<float>(column + 1) * (wide + gap) - gap + 2 * margin,
                 static_cast<float>(deepest) * line + 2 * margin};
  return placed;
}

void draw_row(const Frame& f, Rect r, const MapListRow& row, bool lit, bool selected) {
  if (lit) fill(f, r, f.colors.hover, f.px(scene::size::kRadiusControl));
  if (selected) icon(f, Icon::kCheck, {r.x + f.px(12), r.centre().y}, f.px(14), f.colors.accent);
  text(f, {r.x + f.px(kCheck), r.centre().y - line_height(f, Type::kLabel) / 2}, Type::kLabel, f.colors.text,
       row.title);
  text(f, {r.right() - f.px(kPadding), r.centre().y - line_height(f, Type::kTick) / 2}, Type::kTick, f.colors.text3,
       row.detail, Align::kRight);
}

// Up and down go along a column and on into the next; left and right change it at the same height.
void move_by_keys(const Frame& f, const Placed& placed) {
  int& row = f.ui.widgets.popup_row;
  const int last = static_cast<int>(placed.rows.size()) - 1;
  if (raw_key(f, key::kDown)) row = std::min(row + 1, last);
  if (raw_key(f, key::kUp)) row = std::max(row - 1, 0);
  for (const int by : {-1, 1}) {
    if (!raw_key(f, by < 0 ? key::kLeft : key::kRight) || row < 0) continue;
    const int column = placed.columns[static_cast<std::size_t>(row)] + by;
    const float y = placed.rows[static_cast<std::size_t>(row)].y;
    int best = -1;
    for (int i = 0; i <= last; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (placed.columns[at] != column) continue;
      const auto far = [&](int of) { return std::abs(placed.rows[static_cast<std::size_t>(of)].y - y); };
      if (best < 0 || far(i) < far(best)) best = i;
    }
    if (best >= 0) row = best;
  }
}

int draw_list(const Frame& f, std::string_view name, const Placed& placed, const std::vector<MapListRow>& rows,
              int selected) {
  WidgetState& widgets = f.ui.widgets;
  const Overlay overlay(f, fmt::format("list {}", name), placed.card, Overlay::Kind::kTakesInput);
  callout(f, placed.card, false);
  for (const auto& [r, heading] : placed.headings) {
    text(f, {r.x + f.px(4), r.bottom() - f.px(4) - line_height(f, Type::kCaption)}, Type::kCaption, f.colors.text3,
         heading);
  }
  int chosen = -1;
  const ImVec2 moved = ImGui::GetIO().MouseDelta;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const AreaState state = area(f, rows[i].title, placed.rows[i]);
    const int at = static_cast<int>(i);
    if (state.clicked) chosen = at;
    if (state.hovered && (moved.x != 0 || moved.y != 0)) widgets.popup_row = at;
    draw_row(f, placed.rows[i], rows[i], at == widgets.popup_row, at == selected);
  }
  move_by_keys(f, placed);
  if (raw_key(f, key::kEnter) && widgets.popup_row >= 0) chosen = widgets.popup_row;
  return chosen;
}

void take_pending(const Frame& f, std::string_view name, const std::vector<MapListRow>& rows, int& selected) {
  const auto found = f.ui.pending_sets.find(std::string(name));
  if (found == f.ui.pending_sets.end()) return;
  const auto row = std::ranges::find_if(
      rows, [&](const MapListRow& each) { return each.title == found->second || each.detail == found->second; });
  if (row == rows.end()) return;
  selected = static_cast<int>(row - rows.begin());
  f.ui.pending_sets.erase(found);
}

void draw_field(const Frame& f, std::string_view name, Rect r, std::string_view shown, bool hot, bool open) {
  const float radius = f.px(scene::size::kRadiusControl);
  fill(f, r, hot || open ? f.colors.hover : f.colors.raised, radius);
  stroke(f, r, open ? f.colors.accent : f.colors.strong, radius, f.px(1));
  if (f.ui.widgets.focus == name) focus_ring(f, r, radius);
  const float chevron = f.px(14);
  const float room = r.w - f.px(22) - chevron;
  const Type type = text_width(f, Type::kLabel, shown) <= room ? Type::kLabel : Type::kCaption;
  text(f, {r.x + f.px(10), r.centre().y - line_height(f, type) / 2}, type, f.colors.text, shown, Align::kLeft, room);
  icon(f, Icon::kChevronDown, {r.right() - f.px(8) - chevron / 2, std::round(r.centre().y)}, chevron, f.colors.text2);
}

}  // namespace

bool map_list(const Frame& f, std::string_view name, Rect field, const std::vector<MapListRow>& rows,
              std::string_view shown, int& selected) {
  WidgetState& widgets = f.ui.widgets;
  const int before = selected;
  const bool open = widgets.open_popup == name;
  widgets.order.emplace_back(name);
  take_pending(f, name, rows, selected);
  const AreaState state = area(f, name, field);
  const bool by_key =
      widgets.focus == name && !open && (raw_key(f, key::kEnter) || raw_key(f, key::kSpace) || raw_key(f, key::kDown));
  if (open) {
    const Placed placed = place(f, field, rows);
    const int chosen = draw_list(f, name, placed, rows, selected);
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const bool outside = ImGui::GetIO().MouseClicked[0] && !placed.card.contains({mouse.x, mouse.y}) &&
                         !field.contains({mouse.x, mouse.y});
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
  draw_field(f, name, field, shown, state.hovered, widgets.open_popup == name);
  return selected != before;
}

}  // namespace warpscope::panels
