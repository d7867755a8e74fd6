// panels/step_code_draw.h: what CUDA source and PTX have in common on screen. Floor 7, GUI thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/panels/step_panels.h"
#include "app/panels/widgets.h"
#include "app/scene/code_lexer.h"

namespace warpscope::panels {

// Columns of a code panel. Physical pixels.
struct CodeColumns {
  float row = 0;                   // height of one
  float dot = 0;                   // centre of breakpoints
  float chips = 0, chips_end = 0;  // warps that stand on a line
  float number_end = 0;            // line numbers end here
  float code = 0;                  // column 0 of the code, unscrolled
  float character = 0;             // width of one
};

// One line of code from `at` (its column 0, top of its row), as far as it is between left and right.
void draw_code(const Frame& f, scene::Vec2 at, std::string_view line, const std::vector<scene::CodeRun>& runs,
               float left, float right, float character);

// Chips with the numbers of warps of the followed block, from left to right; those with no room are one "+3".
struct ChipHit {
  scene::Rect rect;
  int warp = -1;  // number in the launch
};
void draw_warp_chips(const Frame& f, const CodeColumns& columns, float top,
                     const std::vector<const session::WarpRow*>& warps, std::vector<ChipHit>& hits);

// A breakpoint's dot: filled; with a condition a ring with a core; hollow where it is off or cannot work.
void draw_breakpoint(const Frame& f, scene::Vec2 centre, const session::StepBreakpoint& breakpoint);
void draw_breakpoint_ghost(const Frame& f, scene::Vec2 centre);  // where a click would set one
std::string breakpoint_text(const session::StepBreakpoint& breakpoint);

// What is pointed at: pinned, or hovered in the last frame.
const StepFocus& shown_focus(const Frame& f);

// A scroll bar for rows; changes `scroll` when it is dragged. Returns where row `r` is on the bar.
struct RowScroll {
  scene::Rect bar;
  float rows = 0, seen = 0;
  float y(float row) const;
};
RowScroll scroll_bar(const Frame& f, std::string_view name, scene::Rect bar, float rows, float seen, float& scroll);

// A text in lines of at most so many characters, for tips.
std::string wrapped(std::string_view text, std::size_t width);

}  // namespace warpscope::panels
