// panels/map_panels.h: the parts of the SM map, each drawn into the rectangle it is given. Floor 7, GUI thread. All
// read f.map (the session's view) and f.ui.map, and answer with MapCommands.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::panels {

// Which of the runs a part shows: in side by side the newest is on the right, the one kept to compare on the left.
enum class MapSide : std::uint8_t { kNewest = 0, kCompared = 1 };

// Left: kernel and GPU, what if, this run and the one before.
void draw_map_left(const Frame& f, scene::Rect r);
// Centre.
void draw_map_toolbar(const Frame& f, scene::Rect r);
void draw_map_chip(const Frame& f, scene::Rect r, MapSide side);    // floor plan
void draw_map_close_up(const Frame& f, scene::Rect r);              // one SM, cycle by cycle
void draw_map_gantt(const Frame& f, scene::Rect r, MapSide side);   // every block on every SM, warps over time below
void draw_map_stalls(const Frame& f, scene::Rect r, MapSide side);  // what the warps waited for
void draw_map_roofline(const Frame& f, scene::Rect r);              // all runs there are in one
// Before the first run: what will be here, and how far it is. Takes the place of the centre below the toolbar.
void draw_map_waiting(const Frame& f, scene::Rect r);
// Right.
void draw_map_right(const Frame& f, scene::Rect r);

// The kernel that the present workspace, Step or Convolve, has open becomes what is mapped. Nothing in others.
void map_open_kernel(const Frame& f);
// A launch that Learn has prepared.
void map_open_launch(UiState& ui, const session::MapView& map, const session::MapRequest& launch,
                     std::vector<session::MapCommand>& commands);

// Keys of the workspace, when no text field has the keyboard.
void handle_map_keys(const Frame& f);

// ---- What several of them need (map_shared.cpp)

// The settings being edited, and the way to change them: sends SetMap at once.
const session::MapSettings& map_settings(const Frame& f);
void change_map(const Frame& f, session::MapSettings settings);
// The run of this side; null: there is none.
const session::MapRun* map_run(const Frame& f, MapSide side);
// Moves the clock on while it plays, and keeps it within the run. Once a frame, before anything is drawn.
void advance_map_clock(const Frame& f);
// The clock's time in this run: runs side by side are shown at the same time in seconds.
double map_cycle(const Frame& f, MapSide side);
void set_map_cycle(const Frame& f, double cycle);  // stops nothing
// The colour of a block: by its wave, its number, or what its warps waited for most.
scene::Rgba map_block_colour(const Frame& f, const timing::BlockSpan& block);
scene::Rgba map_stall_colour(const Frame& f, timing::Stall stall);
// The block in question, in this run; null: none, or this run has it not.
const timing::BlockSpan* map_spot_block(const Frame& f, const session::MapRun& run);
// What a pointed at block says of itself, beside the pointer; and the same marks everywhere.
void hover_map_block(const Frame& f, const session::MapRun& run, const timing::BlockSpan& block, int warp);
void look_at_sm(const Frame& f, std::uint32_t sm);
// Opens Step with the block in question.
void step_map_block(const Frame& f);
// "38,205", "79.9 µs", "12.3 GB/s".
std::string cycles_text(double cycles);
std::string time_text(double seconds);

}  // namespace warpscope::panels
