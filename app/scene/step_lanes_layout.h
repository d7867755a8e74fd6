// scene/step_lanes_layout.h: where lanes, warps, barriers and variables of the Step workspace are. Floor 6. Pure
// geometry: nothing is drawn here.
#pragma once

#include <cstdint>
#include <vector>

#include "app/scene/geometry.h"

namespace warpscope::scene {

// 32 columns across a panel, from its left edge. Whole physical pixels.
struct LaneColumns {
  float left = 0;        // of lane 0; names stand before it
  float pitch = 0;       // from lane to lane
  float cell = 0;        // width of a cell
  float right_text = 0;  // what stands behind the last lane
  bool numbers = false;  // there is room for numbers in cells
};
LaneColumns lane_columns(float panel_width, float scale);

// The block: a header, the axis of lanes, a row for each warp, rows of barriers.
struct LanesLayout {
  Rect header, axis, rows, barriers;
  float row_pitch = 0, barrier_pitch = 0;
  float content = 0;  // height of all rows; more than rows.h: they scroll
};
LanesLayout lanes_layout(const Rect& panel, float scale, int warps, int barriers);
// Height that shows all warps at the design's pitch, logical.
float lanes_wanted_height(float window_width_logical, int warps, int barriers);

// Variables: a header, then rows of one pitch.
struct VariablesLayout {
  Rect header, rows;
  float row_pitch = 0;
};
VariablesLayout variables_layout(const Rect& panel, float scale, const LaneColumns& columns);

// Neighbouring lanes of a mask: [first, last], ascending.
struct LaneRun {
  int first = 0, last = 0;
  bool operator==(const LaneRun&) const = default;
};
std::vector<LaneRun> lane_runs(std::uint32_t mask);

}  // namespace warpscope::scene
