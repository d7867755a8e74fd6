#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_variables.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::VariableRow;

constexpr int kLanes = 32;

Rect cell_rect(const Frame& f, const VariablesPanel& p, float y, int lane) {
  const float high = p.layout.row_pitch - f.px(3);
  return {p.columns.x + static_cast<float>(lane) * p.columns.pitch, y + std::floor((p.layout.row_pitch - high) / 2),
          p.columns.cell, high};
}

Rect all_cells(const Frame& f, const VariablesPanel& p, float y) {
  const Rect first = cell_rect(f, p, y, 0);
  return {first.x, first.y, kLanes * p.columns.pitch - (p.columns.pitch - p.columns.cell), first.h};
}

void hatch(const Frame& f, Rect r) {
  fill_plain(f, r, f.colors.stage);
  const Clip clip(r);
  const float step = f.px(5);
  for (float x = r.x - r.h; x < r.right(); x += step) {
    line(f, {x, r.bottom()}, {x + r.h, r.y}, f.colors.strong, f.px(1));
  }
  outline_plain(f, r, f.colors.hair, f.px(1));
}

void check_mark(const Frame& f, Rect cell, scene::Rgba ink) {
  icon(f, Icon::kCheck, {std::round(cell.centre().x), std::round(cell.centre().y)},
       std::min(f.px(14), std::min(cell.w, cell.h)), ink);
}

void draw_cells(const Frame& f, const VariablesPanel& p, const CellRow& row, float y) {
  const float radius = p.columns.numbers ? f.px(scene::size::kRadiusCell) : 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto at = static_cast<std::size_t>(lane);
    const LaneMask bit = 1U << lane;
    const Rect cell = cell_rect(f, p, y, lane);
    if ((row.hatched & bit) != 0) hatch(f, cell);
    if ((row.shown & bit) == 0) continue;
    fill(f, cell, row.grounds[at], radius);
    if ((row.checks & bit) != 0) check_mark(f, cell, row.inks[at]);
    if (row.texts[at].empty()) continue;
    text(f, {cell.centre().x, cell.y + (cell.h - line_height(f, Type::kTick)) / 2}, Type::kTick, row.inks[at],
         row.texts[at], Align::kCentre);
  }
}

void draw_bar(const Frame& f, const VariablesPanel& p, const CellRow& row, float y) {
  const Rect bar = all_cells(f, p, y);
  scene::Rgba ink = f.colors.text2;
  switch (row.kind) {
    case CellRow::Kind::kSpan:
      fill(f, bar, row.ground, f.px(scene::size::kRadiusCell));
      ink = row.ink;
      break;
    case CellRow::Kind::kHatch: {
      hatch(f, bar);
      const float wide = text_width(f, Type::kCaption, row.words) + f.px(16);
      fill_plain(f, {bar.centre().x - wide / 2, bar.y + f.px(1), wide, bar.h - f.px(2)}, f.colors.stage);
      break;
    }
    case CellRow::Kind::kOutline:
    case CellRow::Kind::kCells:
      outline_plain(f, bar, f.colors.strong, f.px(1));
      break;
  }
  text(f, {bar.centre().x, bar.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, ink, row.words,
       Align::kCentre, bar.w - f.px(12));
}

// What is not what it was stays framed until the next moment; at first it flashes.
void draw_changes(const Frame& f, const VariablesPanel& p, const CellRow& row, LaneMask changed, float y) {
  const bool through = row.kind != CellRow::Kind::kCells;
  if (changed == 0) return;
  const auto frame = [&](Rect r) {
    if (p.flash > 0) fill_plain(f, r, scene::with_alpha(f.colors.text, 0.55F * p.flash));
    outline_plain(f, r.inset(-f.px(1)), f.colors.text, f.px(1.5F));
  };
  if (through) return frame(all_cells(f, p, y));
  for (const scene::LaneRun& run : scene::lane_runs(changed & row.shown)) {
    const Rect first = cell_rect(f, p, y, run.first), last = cell_rect(f, p, y, run.last);
    frame({first.x, first.y, last.right() - first.x, first.h});
  }
}

void chevron(const Frame& f, scene::Vec2 centre, bool open, scene::Rgba ink) {
  const float s = f.px(3);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (open) {
    list.AddTriangleFilled({centre.x - s, centre.y - s / 2}, {centre.x + s, centre.y - s / 2}, {centre.x, centre.y + s},
                           ink);
  } else {
    list.AddTriangleFilled({centre.x - s / 2, centre.y - s}, {centre.x + s, centre.y}, {centre.x - s / 2, centre.y + s},
                           ink);
  }
}

void point_at(const Frame& f, const VariablesPanel&, const std::string& path, int lane) {
  StepFocus& hovered = f.ui.step.hovered;
  hovered = {};
  hovered.kind = StepFocus::Kind::kVariable;
  hovered.path = path;
  hovered.lane = lane;
  hovered.warp = warp_in_block(*f.step.run, f.step.moment->followed);
}

void pin(const Frame& f) {
  StepPanels& step = f.ui.step;
  step.pinned = step.pinned == step.hovered ? StepFocus{} : step.hovered;
}

std::string name_tip(const VariableRow& row) {
  std::string out = fmt::format("{}\n{}", row.path, row.type);
  if (row.declared_line > 0) out += fmt::format(", declared in line {}", row.declared_line);
  if (row.is_shared) out += "\nshared memory: one value of the block";
  if (row.has_parts) out += "\nclick unfolds its parts";
  return out;
}

void draw_name(const Frame& f, const VariablesPanel& p, const CellRow& cells, const VariableRow& row, float y) {
  const float left = p.panel.x + f.px(p.columns.numbers ? 12 : 8);
  const float x = left + f.px(8) * static_cast<float>(row.depth);
  const Rect place{p.panel.x, y, p.columns.x - p.panel.x, p.layout.row_pitch};
  const AreaState pointer = area(f, fmt::format("Variable {}", row.path), place);
  if (pointer.hovered) {
    point_at(f, p, row.path, -1);
    tip(f, name_tip(row));
  }
  if (pointer.clicked) {
    auto& unfolded = f.ui.step.unfolded;
    if (!row.has_parts) {
      pin(f);
    } else if (unfolded.erase(row.path) == 0) {
      unfolded.insert(row.path);
    }
  }
  if (pointer.right_clicked && !cells.is_register) open_value_menu(f, row, -1);
  const float middle = place.centre().y;
  float shift = 0;
  if (row.has_parts) {
    shift = f.px(10);
    chevron(f, {x + f.px(3), std::round(middle)}, f.ui.step.unfolded.contains(row.path),
            pointer.hovered ? f.colors.text : f.colors.text3);
  }
  const Type type = p.columns.numbers ? Type::kNumber : Type::kTick;
  const bool quiet = !row.in_scope || row.has_value == 0;
  const scene::Rgba ink = row.changed != 0 ? f.colors.text : quiet && !row.has_parts ? f.colors.text3 : f.colors.text2;
  text(f, {x + shift, middle - line_height(f, type) / 2}, type, ink, row.name, Align::kLeft,
       std::max(f.px(14), p.columns.x - f.px(4) - x - shift));
}

// The framed lane's value, else what lies between the smallest and the largest; the type where there is room.
void draw_right(const Frame& f, const VariablesPanel& p, const CellRow& cells, const VariableRow& row, float y) {
  const float left = p.columns.right_text, right = p.panel.right() - f.px(p.columns.numbers ? 12 : 6);
  const float room = right - left;
  if (room < f.px(20)) return;
  const int lane = framed_lane(f);
  const bool one = lane >= 0 && cells.kind == CellRow::Kind::kCells && (cells.shown >> lane & 1U) != 0;
  std::string words = cells.range;
  if (one) words = shown_value(f, row, lane, f.ui.step.format);
  const Type type = p.columns.numbers ? Type::kNumber : Type::kTick;
  const float top = y + (p.layout.row_pitch - line_height(f, type)) / 2;
  const float wide = text_width(f, type, words), type_wide = text_width(f, type, row.type);
  const bool type_fits = wide + (words.empty() ? 0 : f.px(10)) + type_wide <= room;
  if (type_fits || words.empty()) {
    text(f, {right, top}, type, f.colors.text3, row.type, Align::kRight, room);
  }
  const scene::Rgba ink = one ? f.colors.text : f.colors.text2;
  if (!words.empty()) text(f, {left, top}, type, ink, words, Align::kLeft, room);
}

}  // namespace

void draw_variable_row(const Frame& f, const VariablesPanel& p, const CellRow& cells, float y) {
  const VariableRow& row = source_of(f, cells);
  const StepPanels& step = f.ui.step;
  const bool chosen = (f.ui.widgets.focus == "Variables" && step.variables.row == row.path) ||
                      (step.pinned.kind == StepFocus::Kind::kVariable && step.pinned.path == row.path);
  if (chosen) {
    fill(f, {p.panel.x + f.px(4), y, p.panel.w - f.px(8), p.layout.row_pitch}, f.colors.accent_tint,
         f.px(scene::size::kRadiusControl));
  }
  draw_name(f, p, cells, row, y);
  if (cells.kind == CellRow::Kind::kCells) {
    draw_cells(f, p, cells, y);
  } else {
    draw_bar(f, p, cells, y);
  }
  draw_changes(f, p, cells, row.in_scope ? row.changed & row.has_value : 0, y);
  draw_right(f, p, cells, row, y);

  const AreaState pointer = area(f, fmt::format("Values of {}", row.path), all_cells(f, p, y));
  const bool by_key = chosen && f.ui.widgets.focus == "Variables";
  const int lane = pointer.hovered ? p.columns.lane_at(pointer.mouse.x) : by_key ? step.variables.lane : -1;
  if (lane < 0) return;
  const bool nothing_else =
      step.before.kind == StepFocus::Kind::kNone || step.before.kind == StepFocus::Kind::kVariable;
  if (pointer.hovered || nothing_else) point_at(f, p, row.path, lane);
  if (by_key) mark_hovered(f, cells.kind == CellRow::Kind::kCells ? cell_rect(f, p, y, lane) : all_cells(f, p, y));
  if (!pointer.hovered) return;
  show_value_tip(f, row, lane, cells.is_register);
  if (pointer.clicked && row.has_parts) {
    auto& unfolded = f.ui.step.unfolded;
    if (unfolded.erase(row.path) == 0) unfolded.insert(row.path);
  } else if (pointer.clicked) {
    pin(f);
  }
  if (cells.is_register || !row.in_scope || row.has_parts) return;
  if (pointer.right_clicked) open_value_menu(f, row, lane);
  if (pointer.hovered && ImGui::IsMouseDoubleClicked(0)) open_value_editor(f, row, lane, cell_rect(f, p, y, lane));
  if (raw_key(f, key::function(2))) open_value_editor(f, row, lane, cell_rect(f, p, y, lane));
}

}  // namespace warpscope::panels
