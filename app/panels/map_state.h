// panels/map_state.h: what the SM map's panels remember between frames. Floor 7. Owned by the GUI thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/scene/map_chip_slots.h"
#include "app/scene/map_gantt.h"
#include "compute/session/map_view.h"

namespace warpscope::panels {

enum class MapColour : std::uint8_t { kWave, kBlock, kStall };

// A block of the grid and, where one is meant, a warp of it.
struct MapSpot {
  std::uint64_t block = 0;  // its number in the grid
  int warp = -1;            // -1: the whole block
  bool operator==(const MapSpot&) const = default;
};

// The time that everything shows. Cycles of the run (of a trace: its ticks).
struct MapClock {
  std::uint64_t run = 0;  // MapRun::id that it belongs to; another run begins anew, at its end
  double cycle = 0;
  bool playing = false, loop = true;
  double speed = 0;        // cycles a second of the person's time; 0: the whole run in ten seconds
  double advanced_at = 0;  // UiState::now when it was moved last
  bool held = false;       // the cursor is being dragged
};

// Of the left panel.
struct MapControls {
  std::string grid;                     // as it is typed: "13 x 50"
  std::string grid_problem;             // why it is not accepted; "" while it is
  std::string refused;                  // why a typed number of threads is not possible; "" while it is
  bool more_open = false;               // scheduler, carve-out, caches
  std::string focus;                    // of the last frame: a control that Tab reaches is scrolled into view
  std::uint64_t convolve_question = 0;  // PrepareStep::id of a launch that is to be mapped; 0: none is awaited
  float scrolled = 0, content = 0;      // physical pixels
};

// Of the right panel.
struct MapRight {
  std::string shown;  // what it speaks of
  double hovered_at = 0;
  float scroll = 0, content = 0;
  std::uint64_t median_run = 0;  // MapRun::id that `median` is of
  double median = 0;             // cycles of a block
};

// Of the chip.
struct MapChip {
  scene::MapSlots slots;  // of the run that is shown
};

// Of the one SM.
struct MapCloseUp {
  int cycles_shown = 96;  // columns
  // The SM that was asked for, so that it is asked for once.
  std::uint64_t asked_run = 0;
  std::optional<std::uint32_t> asked_sm;
  // Where it has no schedule: its warps, by slot, then start.
  std::shared_ptr<const timing::Timeline> warps_of;
  std::uint32_t warps_sm = 0;
  std::vector<std::vector<std::uint32_t>> warps;  // [sub_partition * slots + slot]: into Timeline::warps
};

// A part of the stall bar.
struct StallPart {
  timing::Stall stall = timing::Stall::kOther;
  bool merged = false;  // stands for all that are too small to be seen
  std::uint64_t warp_cycles = 0;
  int tenths = 0;  // of a percent; those of all parts sum to 1000
};

// Lengths of the blocks of a run, in its ticks.
struct BlockLengths {
  timing::Cycle least = 0, median = 0, most = 0;
};

// Of the Gantt chart.
struct MapGantt {
  std::uint64_t run = 0;    // MapRun::id that the view belongs to: another one is seen whole
  double from = 0, to = 0;  // cycles that are seen; both 0: all
  float row_zoom = 1;       // 1: as many SMs as fit
  float scroll = 0;         // physical pixels
  enum class Drag : std::uint8_t { kNone, kTime, kPan } drag = Drag::kNone;
  scene::Vec2 drag_at;
  double pressed_at = -1;  // of UiState::now: a second press soon after is a double click

  // Everything the pictures are made of; they are made anew when one of it changes.
  struct Key {
    std::shared_ptr<const timing::Timeline> timeline;
    scene::GanttPart part;
    float pitch = 0;  // of an SM
    int strip_height = 0;
    MapColour colour = MapColour::kWave;
    bool dark = true;
    float scale = 1;
    bool operator==(const Key&) const = default;
  } key;
  std::uint64_t version = 0;  // of the pictures; goes up with every one made
  scene::GanttIndex index;    // of key.timeline
  scene::GanttRows rows;
  scene::Tail tail;
  std::vector<scene::Rgba> colours;  // by block
  std::vector<scene::Rgba> picture, strip;
};

// Of the stall bar: what it says, made anew when the run changes.
struct MapStalls {
  std::shared_ptr<const timing::Timeline> timeline;
  std::size_t most = 0;  // parts that there was room for
  std::vector<StallPart> parts;
  std::string advice;
  BlockLengths lengths;  // of a trace
};

struct MapPanels {
  // The settings as the person is editing them: what is sent. Taken from the view when the workspace opens.
  std::optional<session::MapSettings> wanted;
  MapClock clock;
  MapColour colour = MapColour::kWave;
  std::uint32_t sm = 0;  // looked at closely
  bool met = false;      // the workspace was seen: in small windows it begins with the chip
  bool sm_open = true;   // the one SM is seen; in small windows instead of the chip
  // The block (and warp) that everything is about: under the pointer, else pinned by a click.
  std::optional<MapSpot> hovered, before, pinned;
  std::optional<MapSpot> spot() const {
    if (hovered) return hovered;
    return pinned ? pinned : before;
  }
  // What the right panel explains: "waves", "block", "sm", "stalls", "roofline", "threads", "registers", "shared",
  // "occupancy", "memory", "trace", "compare".
  std::string about, pinned_about;
  bool side_by_side = false;        // the run kept to compare stands beside the newest
  int bottom_tab = 0;               // in small windows: stalls or roofline
  std::uint64_t step_question = 0;  // of the last PrepareMapStep
  std::uint64_t step_opened = 0;    // StepRequest::id that was taken to Step
  MapControls controls;
  MapRight right;
  MapChip chip[2];  // [1]: of the run kept to compare
  MapGantt gantt[2];
  MapStalls stalls[2];
  MapCloseUp close_up;
};

}  // namespace warpscope::panels
