#include "app/scene/step_lanes_layout.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/scene/frame_layout.h"

namespace warpscope::scene {
namespace {

constexpr int kLanes = 32;

// By the logical width of the panel: room for names before the lanes and for text behind them, and the pitches that
// are allowed between.
struct Sides {
  float from, left, right, narrowest, widest;
};
constexpr std::array kSides{Sides{0, 50, 56, 6, 14}, Sides{560, 56, 62, 14, 20}, Sides{909, 77, 160, 21, 42}};
constexpr float kNumbersFrom = 18;  // logical pitch: three figures of the smallest type

constexpr float kHeader = 34, kHeaderCompact = 28, kAxis = 18, kBarrier = 22, kMargin = 6;
constexpr float kRow = 25, kRowCompact = 18, kLowestRow = 14;
constexpr float kLowPanel = 250;  // logical height below which everything stands closer together

}  // namespace

LaneColumns lane_columns(float panel_width, float scale) {
  const float room = panel_width / scale;
  const Sides& sides = *std::find_if(kSides.rbegin(), kSides.rend(), [&](const Sides& s) { return room >= s.from; });
  const float pitch = std::clamp((room - sides.left - sides.right) / kLanes, sides.narrowest, sides.widest);
  LaneColumns columns;
  columns.left = std::round(sides.left * scale);
  columns.pitch = std::max(2.0F, std::floor(pitch * scale));
  columns.cell = columns.pitch - std::max(1.0F, std::round(scale));
  columns.right_text = columns.left + kLanes * columns.pitch + std::round(8 * scale);
  columns.numbers = columns.pitch >= std::floor(kNumbersFrom * scale);
  return columns;
}

LanesLayout lanes_layout(const Rect& panel, float scale, int warps, int barriers) {
  const auto px = [scale](float logical) { return std::round(logical * scale); };
  const bool low = panel.h / scale < kLowPanel;
  LanesLayout layout;
  layout.header = {panel.x, panel.y, panel.w, px(low ? kHeaderCompact : kHeader)};
  layout.axis = {panel.x, layout.header.bottom(), panel.w, px(low ? kAxis - 2 : kAxis)};
  layout.barrier_pitch = px(low ? kBarrier - 3 : kBarrier);
  const float below = layout.barrier_pitch * static_cast<float>(barriers) + px(low ? kMargin / 2 : kMargin);
  const float room = std::max(0.0F, panel.bottom() - below - layout.axis.bottom());
  const float count = static_cast<float>(std::max(1, warps));
  layout.row_pitch = std::clamp(std::floor(room / count), px(kLowestRow), px(kRow));
  layout.content = layout.row_pitch * count;
  layout.rows = {panel.x, layout.axis.bottom(), panel.w, std::min(room, layout.content)};
  layout.barriers = {panel.x, layout.rows.bottom(), panel.w, layout.barrier_pitch * static_cast<float>(barriers)};
  return layout;
}

float lanes_wanted_height(float window_width_logical, int warps, int barriers) {
  const bool compact = window_width_logical < kCompactBelow;
  const float row = compact ? kRowCompact : kRow, barrier = compact ? kBarrier - 3 : kBarrier;
  return (compact ? kHeaderCompact + kAxis - 2 + kMargin / 2 : kHeader + kAxis + kMargin) +
         row * static_cast<float>(std::max(1, warps)) + barrier * static_cast<float>(barriers);
}

VariablesLayout variables_layout(const Rect& panel, float scale, const LaneColumns& columns) {
  const auto px = [scale](float logical) { return std::round(logical * scale); };
  VariablesLayout layout;
  layout.header = {panel.x, panel.y, panel.w, px(columns.numbers ? kHeader : kHeaderCompact)};
  layout.row_pitch = px(columns.numbers ? 22 : 18);
  const float top = layout.header.bottom();
  layout.rows = {panel.x, top, panel.w, std::max(0.0F, panel.bottom() - px(3) - top)};
  return layout;
}

std::vector<LaneRun> lane_runs(std::uint32_t mask) {
  std::vector<LaneRun> runs;
  for (int lane = 0; lane < kLanes; ++lane) {
    if ((mask >> lane & 1U) == 0) continue;
    if (!runs.empty() && runs.back().last == lane - 1) {
      runs.back().last = lane;
    } else {
      runs.push_back({lane, lane});
    }
  }
  return runs;
}

}  // namespace warpscope::scene
