#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "app/panels/learn_network.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using Kind = scene::NetworkColumn::Kind;

scene::Rect united(scene::Rect a, scene::Rect b) {
  const float x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

// Pixels (row .. row+size, column .. column+size) of cell `index`, in whole physical pixels.
scene::Rect window_rect(const scene::NetworkColumn& column, int index, int row, int first, int size) {
  const scene::Rect r = united(column.pixel(index, row, first), column.pixel(index, row + size - 1, first + size - 1));
  const float x = std::floor(r.x), y = std::floor(r.y);
  return {x, y, std::ceil(r.right()) - x, std::ceil(r.bottom()) - y};
}

void mark_window(const NetworkFrame& n, scene::Rect r, int size) {
  mark_hovered(n.f, r);
  const float cell = r.w / static_cast<float>(size);
  if (cell < n.f.px(6)) return;  // inner lines would cover what is inside
  for (int i = 1; i < size; ++i) {
    const float at = std::round(static_cast<float>(i) * cell);
    const scene::Rgba ink = scene::with_alpha(scene::rgb(0xFFFFFF), 0.45F);
    line(n.f, {r.x + at, r.y}, {r.x + at, r.bottom()}, ink, 1);
    line(n.f, {r.x, r.y + at}, {r.right(), r.y + at}, ink, 1);
  }
}

// A line along the axes, so that it never crosses a picture on its way.
void route(const NetworkFrame& n, std::initializer_list<scene::Vec2> corners) {
  const scene::Vec2* before = nullptr;
  for (const scene::Vec2& corner : corners) {
    if (before != nullptr) {
      line(n.f, {std::round(before->x), std::round(before->y)}, {std::round(corner.x), std::round(corner.y)},
           n.f.colors.accent, n.f.px(1));
    }
    before = &corner;
  }
}

// From `start` along the lane left of the target's grid, then through the gap above its row, then down to the pixel.
void route_to_pixel(const NetworkFrame& n, scene::Vec2 start, const scene::NetworkColumn& column, scene::Rect cell,
                    scene::Rect pixel) {
  const float lane = column.grid.x - n.f.px(7);
  const float gap = cell.y - std::max(n.f.px(2), std::min(n.f.px(4), (column.pitch_y - column.cell_h) / 2));
  const bool straight_in = pixel.centre().x - cell.x < cell.w * 0.02F;
  if (straight_in) {
    route(n, {start, {lane, start.y}, {lane, pixel.centre().y}, {pixel.x, pixel.centre().y}});
  } else {
    route(n, {start, {lane, start.y}, {lane, gap}, {pixel.centre().x, gap}, {pixel.centre().x, pixel.y}});
  }
}

void mark_pixel(const NetworkFrame& n, scene::Rect pixel) {
  // A pixel of the picture may be a single one of the screen: the mark is at least 5 logical pixels wide.
  const float side = std::max(pixel.w, n.f.px(3));
  mark_hovered(n.f, {std::round(pixel.centre().x - side / 2), std::round(pixel.centre().y - side / 2), side, side});
}

struct ConvPlace {
  const scene::NetworkColumn* column;
  const scene::NetworkColumn* from;
  int map;
};

// Two lines open from the window to the card that works it out.
void lines_to_callout(const NetworkFrame& n, scene::Rect window) {
  const scene::Rect card = n.card;
  const float left = std::clamp(window.x - n.f.px(96), card.x + n.f.px(12), card.right() - n.f.px(40));
  const float right = std::clamp(window.right() - n.f.px(20), left + n.f.px(20), card.right() - n.f.px(12));
  line(n.f, {window.x, window.bottom()}, {left, card.y}, n.f.colors.accent, n.f.px(1));
  line(n.f, {window.right(), window.bottom()}, {right, card.y}, n.f.colors.accent, n.f.px(1));
}

void mark_pooled_cell(const NetworkFrame& n, const scene::NetworkColumn& column, int cell) {
  for (const scene::NetworkColumn& other : n.layout.columns) {
    if (other.kind != Kind::kPool) continue;
    if (&n.layout.columns[static_cast<std::size_t>(other.reads)] == &column) mark_selected(n.f, other.cell(cell));
  }
}

void mark_map_pixel(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const scene::NetworkColumn& from = n.layout.columns[static_cast<std::size_t>(column.reads)];
  const ConvSum sum = conv_sum(n.probe, n.focus);
  const int source = from.kind == Kind::kInput ? 0 : sum.channel;
  const scene::Rect window = window_rect(from, source, n.focus.row, n.focus.column, sum.size);
  const scene::Rect cell = column.cell(n.focus.index);
  const scene::Rect pixel = column.pixel(n.focus.index, n.focus.row, n.focus.column);
  mark_selected(n.f, cell);
  mark_pooled_cell(n, column, n.focus.index);
  if (from.kind != Kind::kInput) mark_selected(n.f, from.cell(source));
  const bool in_picture = n.card.w > 0 && from.kind == Kind::kInput;
  if (in_picture) {
    lines_to_callout(n, window);
    route_to_pixel(n, {n.card.right(), n.card.bottom() - n.f.px(18)}, column, cell, pixel);
  } else {
    route_to_pixel(n, {window.right() + n.f.px(2), window.centre().y}, column, cell, pixel);
  }
  mark_window(n, window, sum.size);
  if (n.mode == NetworkMode::kMaps || column.kind != Kind::kMaps) mark_pixel(n, pixel);
}

void mark_pool_pixel(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const scene::NetworkColumn& from = n.layout.columns[static_cast<std::size_t>(column.reads)];
  const PoolSum sum = pool_sum(n.probe, n.focus);
  const scene::Rect cell = column.cell(n.focus.index);
  mark_selected(n.f, from.cell(n.focus.index));
  mark_selected(n.f, cell);
  const scene::Rect window =
      window_rect(from, n.focus.index, n.focus.row * sum.size, n.focus.column * sum.size, sum.size);
  mark_window(n, window, sum.size);
  const scene::Rect winner = from.pixel(n.focus.index, sum.winner_row, sum.winner_column);
  if (winner.w >= n.f.px(3)) fill(n.f, winner, n.f.colors.accent);
  mark_pixel(n, column.pixel(n.focus.index, n.focus.row, n.focus.column));
}

void mark_unit(const NetworkFrame& n, const scene::NetworkColumn& column) {
  mark_selected(n.f, column.cell(n.focus.index));
  const int pictures = n.layout.column_of(n.focus.layer, Kind::kWeights);
  if (pictures < 0) return;
  const scene::NetworkColumn& weights = n.layout.columns[static_cast<std::size_t>(pictures)];
  mark_selected(n.f, weights.cell(n.focus.index));
  if (n.focus.row < 0) return;
  const scene::Rect on_input = n.layout.columns[0].pixel(0, n.focus.row, n.focus.column);
  mark_pixel(n, on_input);
}

void mark_output(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const scene::Rect cell = column.cell(n.focus.index);
  const float high = std::min(std::floor(cell.h * 0.84F), n.f.px(40));
  stroke(n.f, {cell.x - n.f.px(6), std::round(cell.centre().y - high / 2), cell.w + n.f.px(6), high}, n.f.colors.accent,
         n.f.px(4), n.f.px(2));
}

}  // namespace

void draw_focus_marks(const NetworkFrame& n) {
  const FocusPlace place = place_of(n.layout, n.focus);
  if (place.column < 0 || (n.focus.kind != Focus::Kind::kMap && !is_in(n.network(), n.focus))) return;
  const scene::NetworkColumn& column = n.layout.columns[static_cast<std::size_t>(place.column)];
  switch (n.focus.kind) {
    case Focus::Kind::kInput:
      mark_pixel(n, column.pixel(0, n.focus.row, n.focus.column));
      break;
    case Focus::Kind::kMapPixel:
      mark_map_pixel(n, column);
      break;
    case Focus::Kind::kPoolPixel:
      mark_pool_pixel(n, column);
      break;
    case Focus::Kind::kUnit:
      mark_unit(n, column);
      break;
    case Focus::Kind::kOutput:
      mark_output(n, column);
      break;
    default:
      mark_selected(n.f, column.cell(place.cell));
      mark_pooled_cell(n, column, place.cell);
      break;
  }
}

}  // namespace warpscope::panels
