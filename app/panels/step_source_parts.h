// panels/step_source_parts.h: the pieces that the source panel is made of. Floor 7, GUI thread. Internal to it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/step_code_draw.h"

namespace warpscope::panels {

// Where everything of the panel is in this frame. Physical pixels.
struct SourcePlace {
  scene::Rect header, body, bar;
  CodeColumns columns;
  float code_end = 0;  // heat columns begin
  struct Heat {
    std::size_t column = 0;
    scene::Rect place;  // of its header
  };
  std::vector<Heat> heat;
  bool heat_is_chosen = false;  // there is room for one: a click on its header shows the next
  float seen = 0;               // rows in sight
  float first = 0;              // row at the top, with its fraction
  float shift = 0;              // columns scrolled to the side
  float top_of(int row) const { return body.y + (static_cast<float>(row) - first) * columns.row; }
  float x_of(int column) const { return columns.code + (static_cast<float>(column) - shift) * columns.character; }
  int row_at(float y) const { return static_cast<int>((y - body.y) / columns.row + first); }
  float column_at(float x) const { return (x - columns.code) / columns.character + shift; }
};

// ---- Header and strips (step_source_header.cpp)

void draw_source_header(const Frame& f, const SourcePlace& place);
// What has to be said above the text; returns the height it took.
float draw_source_strips(const Frame& f, scene::Rect room);

// ---- Lines (step_source_lines.cpp)

// What the pointer is on.
struct SourceHit {
  enum class Part { kNone, kGutter, kChip, kCode, kHeat, kProblem };
  Part part = Part::kNone;
  int line = -1;  // from 0
  int warp = -1;
  int problem = -1;
  std::size_t byte = 0;
  int finding = -1;
  std::string_view name;  // of a variable, perhaps
};
std::vector<ChipHit> draw_source_rows(const Frame& f, const SourcePlace& place, int hovered_line);
SourceHit source_hit(const Frame& f, const SourcePlace& place, const std::vector<ChipHit>& chips, scene::Vec2 at);

// ---- Tips (step_source_tips.cpp)

std::string heat_tip(const LineHeat& heat, int run_line, bool unchanged);
// "sum = 0.25 in lane 3; 0 to 0.36 over the warp"; "" where no variable of the followed warp is called so.
std::string variable_tip(const Frame& f, std::string_view name);
std::string finding_tip(const session::StepFinding& finding);

// ---- Editing (step_source_editor.cpp)

// Takes over what the session says about the text, and what keys and scripts do to it. Returns the text to be shown.
std::shared_ptr<const std::string> follow_session_text(const Frame& f);
void begin_editing(const Frame& f);
void end_editing(const Frame& f);
// While editing: everything that edits, and Escape. `page`: lines in sight.
void handle_code_keys(const Frame& f, int page);
// The pointer in the text while editing.
void edit_with_pointer(const Frame& f, const SourcePlace& place, const AreaState& state);
void draw_selection(const Frame& f, const SourcePlace& place, int line);
void draw_caret(const Frame& f, const SourcePlace& place);
// Scrolls so that the caret is in sight, where it was moved.
void reveal_caret(const Frame& f, const SourcePlace& place);

}  // namespace warpscope::panels
