#include <algorithm>
#include <cmath>

#include "app/panels/step_lanes.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

using scene::Rect;
using scene::Rgba;
using session::LaneState;

void fill_plain(const Frame&, Rect r, Rgba color) {
  ImGui::GetWindowDrawList()->AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, color);
}

void outline_plain(const Frame& f, Rect r, Rgba color, float thickness) {
  fill_plain(f, {r.x, r.y, r.w, thickness}, color);
  fill_plain(f, {r.x, r.bottom() - thickness, r.w, thickness}, color);
  fill_plain(f, {r.x, r.y + thickness, thickness, r.h - 2 * thickness}, color);
  fill_plain(f, {r.right() - thickness, r.y + thickness, thickness, r.h - 2 * thickness}, color);
}

void draw_lane_cell(const Frame& f, LaneState state, Rect cell) {
  const scene::Palette& c = f.colors;
  const float radius = f.px(scene::size::kRadiusCell);
  const auto bar = [](float size) { return std::max(2.0F, std::round(size * 0.2F)); };
  constexpr float kWaiting = 0.38F;
  switch (state) {
    case LaneState::kAbsent:
      return;
    case LaneState::kIssues:
      return fill(f, cell, c.lane_issues, radius);
    case LaneState::kReady:
      return fill(f, cell, c.lane_ready, radius);
    case LaneState::kOff:
      return outline_plain(f, cell, c.lane_off, f.px(1));
    case LaneState::kAtBarrier: {
      fill(f, cell, scene::mix(c.stage, c.lane_barrier, kWaiting), radius);
      const float thick = bar(cell.h);
      return fill_plain(f, {cell.x, cell.y + std::floor((cell.h - thick) / 2), cell.w, thick}, c.lane_barrier);
    }
    case LaneState::kAtWarpSync: {
      fill(f, cell, scene::mix(c.stage, c.lane_barrier, kWaiting), radius);
      const float thick = bar(cell.w);
      return fill_plain(f, {cell.x + std::floor((cell.w - thick) / 2), cell.y, thick, cell.h}, c.lane_barrier);
    }
    case LaneState::kDone: {
      fill(f, cell, c.raised, radius);
      const float dot = std::max(2.0F, std::round(std::min(cell.w, cell.h) * 0.2F));
      return fill_plain(f, {cell.x + std::floor((cell.w - dot) / 2), cell.y + std::floor((cell.h - dot) / 2), dot, dot},
                        c.text3);
    }
    case LaneState::kFaulted: {
      fill(f, cell, c.error_tint, radius);
      outline_plain(f, cell, c.error, f.px(1));
      const float in = std::max(2.0F, std::floor(std::min(cell.w, cell.h) * 0.3F));
      line(f, {cell.x + in, cell.y + in}, {cell.right() - in, cell.bottom() - in}, c.error, f.px(1.5F));
      return line(f, {cell.right() - in, cell.y + in}, {cell.x + in, cell.bottom() - in}, c.error, f.px(1.5F));
    }
  }
}

void frame_column(const Frame& f, const StepColumns& columns, int lane, float top, float bottom, ColumnEnd end) {
  if (lane < 0 || bottom <= top) return;
  const float out = f.px(2), thick = f.px(1.5F);
  const float left = columns.x + static_cast<float>(lane) * columns.pitch - out;
  const float right = left + columns.cell + 2 * out;
  const Rgba ink = f.colors.accent;
  fill_plain(f, {left, top, thick, bottom - top}, ink);
  fill_plain(f, {right - thick, top, thick, bottom - top}, ink);
  if (end != ColumnEnd::kOpenAbove) fill_plain(f, {left, top, right - left, thick}, ink);
  if (end != ColumnEnd::kOpenBelow) fill_plain(f, {left, bottom - thick, right - left, thick}, ink);
}

void frame_selected(const Frame& f, const StepColumns& columns, float top, float bottom) {
  const float gap = f.px(1);
  for (const scene::LaneRun& run : scene::lane_runs(f.ui.step.selected_lanes)) {
    const float left = columns.x + static_cast<float>(run.first) * columns.pitch - gap;
    const float right = columns.x + static_cast<float>(run.last) * columns.pitch + columns.cell + gap;
    fill_plain(f, {left, top, right - left, bottom - top}, scene::with_alpha(f.colors.accent, 0.1F));
    outline_plain(f, {left, top, right - left, bottom - top}, f.colors.accent, f.px(1));
  }
}

}  // namespace warpscope::panels
