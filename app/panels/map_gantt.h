// panels/map_gantt.h: the parts of the Gantt chart. Floor 7. GUI thread.
#pragma once

#include <string>

#include "app/panels/map_panels.h"
#include "app/scene/map_gantt.h"

namespace warpscope::panels {

// Where its parts are. Physical pixels.
struct GanttPlaces {
  scene::Rect header;   // title, caption and what the tail is
  scene::Rect bracket;  // of the tail, and the knob of the time cursor
  scene::Rect labels;   // of the SMs, left of the rows
  scene::Rect rows;
  scene::Rect strip;  // mean warps on an SM
  scene::Rect axis;
};
GanttPlaces gantt_places(scene::Rect panel, float scale);

// One chart of this frame.
struct GanttFrame {
  const Frame& f;
  const session::MapRun& run;
  MapGantt& state;
  MapSide side;
  GanttPlaces places;
  scene::Range whole;    // cycles: all there is to see
  scene::Range shown;    // of it
  scene::Axis x;         // cycles to pixels
  bool in_time = false;  // the axis is in seconds: of a trace, or beside another run
};

// Another one's view is shared in side by side: both show the same stretch of time.
GanttFrame gantt_frame(const Frame& f, const session::MapRun& run, scene::Rect panel, MapSide side);
bool map_side_by_side(const Frame& f);
// "Gantt", "Time": in side by side the other one is "Gantt, compared".
std::string gantt_name(MapSide side, std::string_view name);

// Makes rows, index and pictures fit what is shown, as far as they are not those of now.
void refresh_gantt(const GanttFrame& g);
// Index of the block under a point of the rows; -1: none. `warp`: of the block, where warps have rows, else -1.
std::int64_t gantt_block_at(const GanttFrame& g, scene::Vec2 point, int& warp);
// map_gantt_input.cpp: pointer and wheel.
void follow_gantt_pointer(const GanttFrame& g);
// What a time is called: "142,063 cycles", "79.9 µs".
std::string gantt_time_text(const GanttFrame& g, double cycle);

}  // namespace warpscope::panels
