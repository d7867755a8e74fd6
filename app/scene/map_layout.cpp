#include "app/scene/map_layout.h"

#include <algorithm>
#include <cmath>

namespace warpscope::scene {
namespace {

constexpr float kLeft = 352, kLeftCompact = 248;
constexpr float kToolbar = 48, kToolbarCompact = 40;
constexpr float kChipShare = 412.0F / 960;  // of the height below the toolbar
constexpr float kBottom = 160, kBottomCompact = 128;
constexpr float kCloseUpShare = 459.0F / 1207;   // of the width: one SM beside the chip
constexpr float kRooflineShare = 420.0F / 1207;  // of the width: the roofline beside the stalls
constexpr float kCompactBelow = 1500;

// Chip above, Gantt below it, stalls at the bottom.
void stack(Rect column, float chip, float bottom, Rect& chip_rect, Rect& gantt, Rect& stalls) {
  chip_rect = {column.x, column.y, column.w, chip};
  gantt = {column.x, column.y + chip, column.w, std::max(0.0F, column.h - chip - bottom)};
  stalls = {column.x, gantt.bottom(), column.w, bottom};
}

}  // namespace

MapLayout map_layout(Rect area, float window_width, float scale, const MapLook& look) {
  MapLayout layout;
  layout.compact = window_width < kCompactBelow;
  const auto px = [scale](float logical) { return std::round(logical * scale); };
  const float wanted = look.left_width > 0 ? look.left_width : layout.compact ? kLeftCompact : kLeft;
  const float left = std::min(px(wanted), area.w / 2);
  layout.left = {area.x, area.y, left, area.h};
  const float x = area.x + left, width = area.w - left;
  const float toolbar = px(layout.compact ? kToolbarCompact : kToolbar);
  layout.toolbar = {x, area.y, width, toolbar};
  layout.centre = {x, area.y + toolbar, width, std::max(0.0F, area.h - toolbar)};
  const float chip = std::round(layout.centre.h * kChipShare);
  const float bottom = std::min(px(layout.compact ? kBottomCompact : kBottom), std::round(layout.centre.h / 4));
  if (look.side_by_side) {
    const float half = std::round(width / 2);
    stack({x, layout.centre.y, half, layout.centre.h}, chip, bottom, layout.other_chip, layout.other_gantt,
          layout.other_stalls);
    stack({x + half, layout.centre.y, width - half, layout.centre.h}, chip, bottom, layout.chip, layout.gantt,
          layout.stalls);
    return layout;
  }
  stack(layout.centre, chip, bottom, layout.chip, layout.gantt, layout.stalls);
  if (layout.compact) {
    layout.close_up = layout.chip;
    layout.roofline = layout.stalls;
    return layout;
  }
  if (look.close_up) {
    const float close_up = std::round(width * kCloseUpShare);
    layout.chip.w = width - close_up;
    layout.close_up = {layout.chip.right(), layout.chip.y, close_up, chip};
  }
  const float roofline = std::round(width * kRooflineShare);
  layout.stalls.w = width - roofline;
  layout.roofline = {layout.stalls.right(), layout.stalls.y, roofline, bottom};
  return layout;
}

}  // namespace warpscope::scene
