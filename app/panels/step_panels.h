// panels/step_panels.h: the parts of the Step workspace, each drawn into the rectangle it is given. Floor 7, GUI
// thread. All read f.step (the session's view) and f.ui.step, and answer with StepCommands. Each says so where there is
// nothing to show yet.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::panels {

// Reads what the moment says into ui.step.reading where it is not of this view yet. Before all panels.
void refresh_step_reading(const Frame& f);

void draw_step_toolbar(const Frame& f, scene::Rect r);
// CUDA source (read or edited), with margin, heat columns, squiggles; PTX, in step with it.
void draw_step_source(const Frame& f, scene::Rect r);
void draw_step_ptx(const Frame& f, scene::Rect r);
// The block as warps x lanes; variables of the followed warp. Both have the same columns: see step_columns().
void draw_step_lanes(const Frame& f, scene::Rect r);
void draw_step_variables(const Frame& f, scene::Rect r);
// Height the lanes need for all warps of this block, logical pixels.
float step_lanes_height(const Frame& f);
// Shared memory as banks x rows; device memory as pictures and tables with what the access costs.
void draw_step_shared(const Frame& f, scene::Rect r);
void draw_step_memory(const Frame& f, scene::Rect r);
// The whole run: blocks, warps of one block over time, marks, the cursor.
void draw_step_scrub(const Frame& f, scene::Rect r);
// Right: what am I looking at?, findings, tour, console.
void draw_step_right(const Frame& f, scene::Rect r);
// Overlay: grid, block, arguments, checkers; breakpoints and watchpoints.
void draw_step_launch(const Frame& f, scene::Rect window);
// Where nothing is open yet: what can be.
void draw_step_welcome(const Frame& f, scene::Rect r);

// Keys of the workspace, when no text field has the keyboard.
void handle_step_keys(const Frame& f);

// ---- What several of them need

// Number of the followed block; 0 where there is no run. The followed warp's row of the reading; null where there is
// none.
std::uint64_t followed_block(const Frame& f);
const session::WarpRow* followed_row(const Frame& f);

// The 32 columns of lanes and variables: a lane is one column through both. Physical pixels.
struct StepColumns {
  float x = 0;           // of lane 0's left edge
  float pitch = 21;      // from lane to lane
  float cell = 20;       // width of a cell
  float right_text = 0;  // x where the text right of the columns begins
  bool numbers = true;   // there is room for numbers in cells
  int lane_at(float px) const {
    const int lane = px < x ? -1 : static_cast<int>((px - x) / pitch);
    return lane < 32 ? lane : -1;
  }
};
StepColumns step_columns(const Frame& f, scene::Rect panel);

// "9,139 of 10,778" of the followed block: steps before the position, and all.
struct BlockPosition {
  std::uint64_t step = 0, size = 0;
};
BlockPosition block_position(const session::StepRun& run, std::uint64_t block, trace::Position position);

// What a goal's command would be for the toolbar's unit.
session::Go step_goal(const StepPanels& state, trace::Direction direction);

}  // namespace warpscope::panels
