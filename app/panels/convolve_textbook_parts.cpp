#include "app/panels/convolve_textbook_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace warpscope::panels {
namespace {

constexpr float kGap = 2;  // between cells, logical

void draw_brackets(const Frame& f, scene::Rect r) {
  const float arm = f.px(5), out = f.px(6), thick = f.px(1);
  for (const bool left : {true, false}) {
    const float x = left ? r.x - out : r.right() + out - thick;
    line(f, {x, r.y - f.px(2)}, {x, r.bottom() + f.px(2)}, f.colors.text2, thick);
    const float from = left ? x : x - arm + thick;
    line(f, {from, r.y - f.px(2)}, {from + arm, r.y - f.px(2)}, f.colors.text2, thick);
    line(f, {from, r.bottom() + f.px(2)}, {from + arm, r.bottom() + f.px(2)}, f.colors.text2, thick);
  }
}

void draw_cell(const Frame& f, scene::Rect r, double value, const CellLook& look) {
  const float radius = f.px(scene::size::kRadiusCell);
  scene::Rgba ground = look.ground != 0 ? look.ground : f.colors.raised;
  if (look.hidden) {
    stroke(f, r, f.colors.strong, radius, f.px(1));
    return;
  }
  if (look.lit && look.ground == 0) ground = f.colors.accent_tint;
  fill(f, r, ground, radius);
  if (look.current) {
    mark_selected(f, r.inset(f.px(1)));
  } else if (look.lit) {
    stroke(f, r, f.colors.accent, radius, f.px(1));
  }
  const std::string words = exact_text(value);
  Type type = r.w >= f.px(64) ? Type::kValue : r.w >= f.px(36) ? Type::kCode : Type::kTick;
  if (text_width(f, type, words) > r.w - f.px(4)) type = Type::kCode;
  if (text_width(f, type, words) > r.w - f.px(4)) type = Type::kTick;
  const scene::Rgba ink = look.ground != 0 ? scene::text_on(look.ground) : f.colors.text;
  text(f, {r.centre().x, std::round(r.centre().y - line_height(f, type) / 2)}, type, ink, words, Align::kCentre,
       r.w - f.px(2));
  if (look.thread >= 0 && r.h >= f.px(34)) {
    text(f, {r.x + f.px(3), r.y}, Type::kTick, ink, fmt::format("t{}", look.thread));
  }
}

}  // namespace

float matrix_title_height(const Frame& f) {
  return line_height(f, Type::kTitle) + f.px(8);
}

scene::Vec2 matrix_size(const Frame& f, const Matrix& matrix, float cell) {
  const float gap = f.px(kGap);
  return {static_cast<float>(matrix.columns) * (cell + gap) - gap,
          static_cast<float>(matrix.rows) * (cell + gap) - gap};
}

scene::Rgba matrix_color(const Matrix& matrix, int cell) {
  double most = 0;
  for (const double value : matrix.values) most = std::max(most, std::abs(value));
  const double value = matrix.values[static_cast<std::size_t>(cell)];
  return scene::signed_color(most > 0 ? static_cast<float>(0.85 * value / most) : 0);
}

PointedCell draw_matrix(const Frame& f, const DrawnMatrix& drawn, const std::function<CellLook(int)>& look) {
  PointedCell pointed;
  const Matrix& matrix = drawn.matrix;
  const scene::Vec2 size = matrix_size(f, matrix, drawn.cell);
  const float pitch = drawn.cell + f.px(kGap);
  panel_title(f, {drawn.at.x, drawn.at.y - matrix_title_height(f)}, drawn.title, drawn.caption,
              std::max(size.x, f.px(200)));
  draw_brackets(f, {drawn.at.x, drawn.at.y, size.x, size.y});
  for (int i = 0; i < matrix.rows * matrix.columns; ++i) {
    const int row = i / matrix.columns, column = i % matrix.columns;
    const scene::Rect r{drawn.at.x + static_cast<float>(column) * pitch, drawn.at.y + static_cast<float>(row) * pitch,
                        drawn.cell, drawn.cell};
    if (!drawn.name.empty()) {
      const std::string name = fmt::format("{} {},{}", drawn.name, row + 1, column + 1);
      const AreaState pointer = area(f, name, r);
      if (pointer.hovered) pointed.hovered = i;
      if (pointer.clicked) pointed.clicked = i;
    }
    draw_cell(f, r, matrix.values[static_cast<std::size_t>(i)], look(i));
  }
  return pointed;
}

}  // namespace warpscope::panels
