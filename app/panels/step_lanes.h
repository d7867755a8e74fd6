// panels/step_lanes.h: the block's lanes in words and pictures, for the panels of lanes and variables. Floor 7, GUI
// thread. The words are pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/step_panels.h"
#include "app/scene/step_lanes_layout.h"

namespace warpscope::panels {

// Lanes of a warp that are at one place.
struct LaneGroup {
  vgpu::Pc pc = vgpu::kNoPc;
  int line = 0;  // 0: not known
  LaneMask lanes = 0;
  bool runs_next = false;
  int joins_at = 0;  // the line where they meet others; 0: not known, or nowhere
};
// Those that run next first, then by place. Lanes that have ended are in none.
std::vector<LaneGroup> lane_groups(const session::StepRun& run, const session::StepMoment& moment,
                                   const session::WarpRow& row);

std::string_view lane_state_words(session::LaneState state);
// "stores", "waits", "8 of 32", "done": what stands beside a warp.
struct WarpWords {
  std::string line;  // "line 20"; "" where there is none
  std::string does;
  bool waits = false, faulted = false;
};
WarpWords warp_words(const session::StepRun& run, const session::WarpRow& row);
// "0-3, 7"
std::string lanes_words(LaneMask lanes);

// What is said of a block beside its warps.
struct BlockMoment {
  enum class Kind : std::uint8_t { kRuns, kNotBegun, kEnded, kNotRecorded };
  Kind kind = Kind::kRuns;
  trace::Position first = 0, last = 0;  // its steps
};
BlockMoment block_moment(const session::StepRun& run, std::uint64_t block, trace::Position position);

// Of one moment, made once.
struct LanesText {
  std::uint64_t version = 0;
  std::vector<WarpWords> warps;
  std::vector<std::vector<LaneGroup>> groups;  // by warp; empty where all lanes are together
  std::vector<session::LaneState> states;      // that occur, in the order of the legend
};
const LanesText& lanes_text(const Frame& f);

// The lane that is framed through lanes and variables: pointed at, else pinned; -1: none.
int framed_lane(const Frame& f);
int warp_in_block(const session::StepRun& run, trace::WarpIndex warp);

void draw_lane_cell(const Frame& f, session::LaneState state, scene::Rect cell);
// Plain rectangles: what hundreds of cells are made of.
void fill_plain(const Frame& f, scene::Rect r, scene::Rgba color);
void outline_plain(const Frame& f, scene::Rect r, scene::Rgba color, float thickness);
// The frame of one lane's column between two heights; its lower or upper end open where the column goes on.
enum class ColumnEnd : std::uint8_t { kOpenBelow, kOpenAbove, kClosed };
void frame_column(const Frame& f, const StepColumns& columns, int lane, float top, float bottom, ColumnEnd end);
// Around the columns of selected lanes.
void frame_selected(const Frame& f, const StepColumns& columns, float top, float bottom);

}  // namespace warpscope::panels
