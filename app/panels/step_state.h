// panels/step_state.h: what the panels of the Step workspace remember between frames, and what they tell each other.
// Floor 7. Owned by the GUI thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/panels/step_code_state.h"
#include "app/panels/step_memory_state.h"
#include "app/scene/geometry.h"
#include "app/scene/step_ribbon.h"
#include "compute/session/step_reading.h"
#include "compute/session/step_view.h"

namespace warpscope::panels {

using base::LaneMask;

// What the person points at. One panel sets it, all others show it.
struct StepFocus {
  enum class Kind {
    kNone,
    kLine,      // of the source: line
    kPc,        // an instruction of the PTX: pc
    kLane,      // warp (of the block), lane
    kWarp,      // warp
    kVariable,  // path, lane (-1: the whole row)
    kShared,    // word (4 bytes) of the block's shared memory
    kGlobal,    // buffer, word (element)
    kAccess,    // the access that comes next
    kFinding,   // index
    kStep,      // position: a place of the scrub bar
    kControl
  };
  Kind kind = Kind::kNone;
  int line = 0;
  vgpu::Pc pc = vgpu::kNoPc;
  int warp = -1, lane = -1;
  std::string path{};
  int buffer = -1;
  std::uint64_t word = 0;
  int finding = -1;
  trace::Position position = 0;
  bool operator==(const StepFocus&) const = default;
};

// What a moment says, read once and shown by all panels.
struct StepReading {
  std::uint64_t run = 0, version = 0;  // of what it was made
  std::set<std::string> unfolded;
  std::vector<session::WarpRow> warps;
  std::vector<session::BarrierRow> barriers;
  std::vector<session::VariableRow> variables, registers;
};

struct LanesText;      // panels/step_lanes.h
struct VariableCells;  // panels/step_variables.h

// The block's lanes.
struct StepLanesState {
  int anchor = -1;                        // lane clicked last: Shift selects from there
  std::shared_ptr<const LanesText> text;  // what stands beside the warps, of one moment
  std::uint64_t shown_run = 0;            // the followed warp was brought into view for this run
  trace::WarpIndex shown_warp = 0;        //   and this warp
};

// The variables of the followed warp.
struct StepVariablesState {
  std::string row;                       // chosen by keyboard: the path; "" none
  int lane = 0;                          // and the lane
  std::shared_ptr<VariableCells> cells;  // colours and texts, of one moment and format
  // The moment whose changes flashed last, and when it came.
  std::uint64_t flashed_run = 0;
  trace::Position flashed_position = 0;
  double flashed_at = -1e9;
  // What the pointer rests on.
  std::string resting_path;
  int resting_lane = -1;
  double resting_since = 0;
  std::uint64_t resting_version = 0;
  std::uint64_t question = 0;  // who wrote it?, as it was asked; 0: not yet
  std::string tip;             // what is known of it without asking
  // The open menu.
  std::string menu_path;  // "": closed
  int menu_lane = -1;
  scene::Vec2 menu_at;
  // The value that is typed: StepPanels::editing_cell says where, cell_text what.
  int edited_lane = -1;
  double edited_since = 0;
  scene::Rect edited_cell;
};

enum class StepUnit : std::uint8_t { kLine, kInstruction, kRound };

// The toolbar, and playing.
struct StepToolbarState {
  enum class Popover { kNone, kKernels, kMore };
  Popover open = Popover::kNone;
  bool list_was_open = false;  // a combo's, at the end of the last frame: then Escape was for it
  double job_since = -1;       // `now` when the job that runs was seen first; -1: none runs
  float menu_scroll = 0;
  // Of playing: where the last unit began, and how many units moved nothing.
  trace::Position played_from = 0;
  int stuck = 0;
};

// A thing worth jumping to in the followed block.
struct ScrubMark {
  enum class Kind : std::uint8_t { kBarrier, kFinding, kBreakpoint, kEdit };
  Kind kind = Kind::kBarrier;
  std::uint32_t step = 0;  // in the block
  trace::Position position = 0;
  int index = 0;  // of the run's barriers, findings or edits; of a breakpoint: its id
};

struct StepScrubState {
  // What was found for one block of one run.
  std::uint64_t run = 0, block = ~0ULL;
  std::string breakpoints;  // as they were when the marks were made
  scene::BlockTimeline timeline;
  std::vector<ScrubMark> marks;  // by step
  // What was made for one view of it.
  scene::RibbonView view;
  int columns = 0;
  scene::Ribbon ribbon;
  std::vector<ScrubMark> shown;  // no two of a kind at one place
  std::uint64_t picture = 0;     // goes up with every new ribbon

  enum class Drag { kNone, kSeek, kFine, kPan };
  Drag drag = Drag::kNone;
  float drag_x = 0;              // of the pointer, where kFine and kPan began or were last
  std::uint64_t drag_step = 0;   // kFine: the step it began at
  std::uint64_t sent_step = 0;   // while dragging: what was asked for last
  double pressed_at = -1;        // `now` of the last press: two quick ones show the whole
  trace::Position shown_at = 0;  // the view was moved to show this position
};

struct StepLaunchState {
  session::StepLaunch draft;                         // as it is typed
  std::shared_ptr<const session::StepLaunch> begun;  // what it was begun from; null: not open
  std::map<std::string, std::string> problems;       // by spec, as they were found; "" none
  float scroll = 0, content = 0;                     // physical pixels
  int drawn_in_frame = -2;                           // ImGui's count: tells when the card was opened
  std::string watch, line;                           // being typed
  std::string problem;                               // of these two
};

struct StepWelcomeState {
  float scroll = 0, content = 0;  // physical pixels
};

struct StepExplanation;
struct FindingCard;

// Of the right panel.
struct StepRightState {
  StepFocus shown;        // what it speaks of
  double hovered_at = 0;  // UiState::now when that was last pointed at
  // What it says, and of what that was made.
  std::shared_ptr<const StepExplanation> explanation;
  StepFocus explained;
  std::uint64_t explained_version = 0;
  std::shared_ptr<const std::vector<FindingCard>> cards;
  const session::StepRun* cards_of = nullptr;
  std::uint64_t cards_run = 0;
  int open_card = 0, seen_finding = 0;  // the card unfolded; StepPanels::open_finding when that was decided
  bool findings_over = false;           // in narrow panels: findings lie over the explanation
  float findings_scroll = 0, findings_content = 0, printed_scroll = 0;
  bool printed_follows = true;             // the present place of what was printed is kept in sight
  std::vector<std::size_t> printed_lines;  // where the lines of what the whole run printed begin
  std::uint64_t printed_run = 0;
};

struct StepPanels {
  // Shared by all panels.
  StepFocus hovered, pinned;
  const StepFocus& focus() const { return pinned.kind != StepFocus::Kind::kNone ? pinned : hovered; }
  StepFocus before;                // hovered at the end of the last frame: what panels drawn earlier show
  LaneMask selected_lanes = 0;     // clicked; 0: none
  StepReading reading;             // of the present moment; see refresh_step_reading()
  std::set<std::string> unfolded;  // paths of variables
  bool show_registers = false;

  // Toolbar.
  StepUnit unit = StepUnit::kLine;
  bool playing = false, playing_backwards = false;
  double units_per_second = 4, play_due = 0;
  int goal = 0;  // of "to next ...": index into the toolbar's list
  bool launch_open = false, breakpoints_open = false;

  // Code.
  bool editing = false;
  int cursor_line = 0;                    // of the run's source; clicked: "run to cursor"; 0 none
  float code_scroll = 0, ptx_scroll = 0;  // rows above what is seen
  int heat_column = 0;                    // shown where there is room for one
  StepCodeState code;

  // Lanes, variables and memory.
  StepLanesState lanes;
  StepVariablesState variables;
  bool as_colours = false;
  session::ValueFormat format = session::ValueFormat::kNatural;
  float variables_scroll = 0, lanes_scroll = 0;
  enum class MemoryTab { kShared, kGlobal, kLocal };
  MemoryTab memory_tab = MemoryTab::kShared;  // where there is room for one
  int buffer = 0;                             // shown in global memory
  std::string editing_cell;                   // the value that is being typed: its place's name
  std::string cell_text;
  StepMemoryState memory;

  // Right panel.
  enum class RightTab { kExplanation, kConsole };
  RightTab right_tab = RightTab::kExplanation;
  float right_scroll = 0, right_content = 0;
  int open_finding = 0;
  std::uint64_t asked_writer = 0;

  StepToolbarState toolbar;
  StepScrubState scrub;
  StepLaunchState launch;
  StepWelcomeState welcome;
  StepRightState right;
};

}  // namespace warpscope::panels
