// panels/step_toolbar.h: what the toolbar of Step, its keys and its popovers share. Floor 7. GUI thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

// ---- What both buttons and keys do

// "to next ...": what the combo offers. `state.goal` is an index into it.
struct StepGoalChoice {
  std::string_view text;
  session::StepGoal goal;
};
std::span<const StepGoalChoice> step_goals();
// What Over means for the toolbar's unit; Into is step_goal().
session::Go over_goal(const StepPanels& state, trace::Direction direction);
// True where there is a moment to go on from.
bool can_step(const Frame& f);
// Every command of a person's own ends playing.
void go(const Frame& f, session::Go command);
void seek(const Frame& f, trace::Position position);
void go_to_goal(const Frame& f, trace::Direction direction);
void go_to_cursor(const Frame& f, trace::Direction direction);
// The nearest barrier let go, finding, breakpoint or edit before or after the present position.
void go_to_mark(const Frame& f, trace::Direction direction);
void toggle_play(const Frame& f, trace::Direction direction);
// Sends what is due while playing. Once a frame.
void go_on_playing(const Frame& f);
void run_kernel(const Frame& f);
void stop_job(const Frame& f);
// The cursor's line, else the followed warp's; 0: none.
int line_of_interest(const Frame& f);
// Blocks and warps in circles; `by` -1 or 1.
void follow_block(const Frame& f, std::uint64_t block);
void follow_next_block(const Frame& f, int by);
void follow_next_warp(const Frame& f, int by);
// "0, 3" of a two-dimensional grid as the number of a block; the error says what there is.
base::Result<std::uint64_t> parse_block(const base::Dim3& grid, std::string_view text);
void open_file_dialog(const Frame& f);

// ---- Fields

// A text field that hands over what was typed when it is left or Enter is pressed; shows `shown` else.
std::optional<std::string> committed_field(const Frame& f, std::string_view name, scene::Rect r, std::string_view shown,
                                           std::string_view hint = {});

// ---- Parts of the bar

// What may have to move into "More".
enum class StepItem { kUnit, kGoal, kSpeed, kBlock, kWarp, kScheduler };
// How much of an item is drawn.
struct StepItemLook {
  bool named = true;      // "Block", "Step by"
  bool arrows = true;     // < and > of block and warp
  bool goal_back = true;  // the goal's button for backwards
  bool unit_row = true;   // three buttons, else a combo
  bool wide_goal = true;  // "to next memory access", else "memory access"
};
float item_width(const Frame& f, StepItem item, const StepItemLook& look);
void draw_item(const Frame& f, StepItem item, const StepItemLook& look, scene::Vec2 at);
std::string_view name_of(StepItem item);

// The popovers that hang from the bar; only while open.
void draw_kernel_menu(const Frame& f, scene::Rect opener);
void draw_step_more(const Frame& f, scene::Rect opener, const std::vector<StepItem>& items, bool with_launch);

}  // namespace warpscope::panels
