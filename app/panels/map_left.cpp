#include "app/panels/map_left.h"

#include <algorithm>
#include <cmath>

#include "app/panels/explanation_flow.h"

namespace warpscope::panels {
namespace {

LeftColumn column_of(const Frame& f, scene::Rect r) {
  const bool compact = r.w < f.px(300);
  const float padding = f.px(compact ? 12 : 16);
  return {f, r, r.x + padding, r.w - 2 * padding, r.y - std::round(f.ui.map.controls.scrolled), compact, false};
}

}  // namespace

void speak_of_map(const Frame& f, scene::Rect r, std::string_view what) {
  if (hovered(f, r)) f.ui.map.about = what;
}

void keep_in_view(const LeftColumn& column, std::string_view name, scene::Rect r) {
  const Frame& f = column.f;
  MapControls& controls = f.ui.map.controls;
  if (f.ui.widgets.focus != name || controls.focus == name) return;
  const float margin = f.px(8);
  if (r.y < column.panel.y + margin) controls.scrolled -= column.panel.y + margin - r.y;
  if (r.bottom() > column.panel.bottom() - margin) controls.scrolled += r.bottom() + margin - column.panel.bottom();
  f.ui.wake_in(0);
}

scene::Rect map_labelled(LeftColumn& column, std::string_view label) {
  const Frame& f = column.f;
  const scene::Rect row = column.row(f.px(scene::size::kControl));
  const Type type = column.compact ? Type::kCaption : Type::kSmall;
  text(f, {row.x, row.centre().y - line_height(f, type) / 2}, type, f.colors.text2, label);
  const float taken = f.px(column.compact ? 50 : 88);
  column.y += row.h + f.px(6);
  return {row.x + taken, row.y, row.w - taken, row.h};
}

void draw_map_left(const Frame& f, scene::Rect r) {
  MapControls& controls = f.ui.map.controls;
  controls.scrolled = std::clamp(controls.scrolled, 0.0F, std::max(0.0F, controls.content - r.h));
  LeftColumn column = column_of(f, r);
  const float begin = column.y;
  {
    const Clip clip(r);
    put_map_source(column);
    put_divider(column);
    put_map_sliders(column);
    put_map_more(column);
    put_map_limit(column);
    put_divider(column);
    put_map_runs(column);
  }
  controls.content = column.y - begin + f.px(8);
  const float before = controls.scrolled;
  if (!column.wheel_taken) scroll_by_wheel(f, r, controls.content, controls.scrolled);
  if (controls.scrolled != before) f.ui.wake_in(0);
  controls.focus = f.ui.widgets.focus;
  scroll_mark(f, r, controls.content, controls.scrolled);
}

}  // namespace warpscope::panels
