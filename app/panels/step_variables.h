// panels/step_variables.h: the parts of the variables' panel, and what a cell shows. Floor 7, GUI thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/step_lanes.h"
#include "app/scene/step_lanes_layout.h"

namespace warpscope::panels {

// How a value is written in a cell of `characters`: whole where it fits, else rounded ("0.25" as ".25", 1048576 as
// "1M"), or "" where that would mislead. `exact` is session::value_text().
std::string fitted_value(std::string_view exact, ptx::TypeInfo::Kind kind, std::optional<double> number,
                         session::ValueFormat format, int characters);
// "0.36", "1e+06": of a range.
std::string range_value(double number);

// session::value_text() of a lane's value; of registers as whoever wrote the code meant them, as far as is known.
std::string shown_value(const Frame& f, const session::VariableRow& row, int lane, session::ValueFormat format);

// One row as it is drawn; made when it is first seen.
struct CellRow {
  enum class Kind : std::uint8_t {
    kCells,   // a value a lane
    kSpan,    // one value, or a note, through all lanes
    kHatch,   // no value anywhere
    kOutline  // not in scope; an array or a struct
  };
  Kind kind = Kind::kCells;
  bool made = false;
  bool is_register = false;
  std::size_t index = 0;  // in the reading's variables, or registers
  LaneMask shown = 0;     // lanes that have a cell with a value
  LaneMask hatched = 0;   // lanes that exist, but whose value is not known
  LaneMask checks = 0;    // a check mark: bools that are true
  std::array<scene::Rgba, 32> grounds{}, inks{};
  std::array<std::string, 32> texts{};
  std::string words{};  // through all lanes
  scene::Rgba ground = 0, ink = 0;
  std::string range{};  // on the right: "0 – 0.36"
};

// What the cells were made for; made anew where any of it differs.
struct CellsKey {
  std::uint64_t version = 0;
  session::ValueFormat format = session::ValueFormat::kNatural;
  bool as_colours = false, registers = false, dark = true;
  int characters = 0;  // that fit in a cell; 0: colours only
  std::size_t variables = 0, register_count = 0;
  std::set<std::string> unfolded;
  bool operator==(const CellsKey&) const = default;
};
struct VariableCells {
  CellsKey key;
  std::vector<CellRow> rows;
  std::size_t first_register = 0;  // index of the first row that is one; rows.size(): none
};
VariableCells& variable_cells(const Frame& f, const StepColumns& columns);
const CellRow& made_row(const Frame& f, VariableCells& cells, std::size_t row);

const session::VariableRow& source_of(const Frame& f, const CellRow& row);
const std::vector<ptx::TypeInfo>& types_of(const Frame& f);
bool has_variables(const Frame& f);  // there is debug information

// What the parts of the panel go by.
struct VariablesPanel {
  scene::Rect panel;
  scene::VariablesLayout layout;
  StepColumns columns;
  LaneMask active = 0, exists = 0;  // of the followed warp
  int line = 0;                     // it stands on
  float flash = 0;                  // 1 at the moment of a change, then fading
  float right() const { return columns.x + 32 * columns.pitch; }
};
// One row at a height; answers the pointer too.
void draw_variable_row(const Frame& f, const VariablesPanel& p, const CellRow& row, float y);

// The pointer is over a value: its tip, and after a moment who wrote it.
void show_value_tip(const Frame& f, const session::VariableRow& row, int lane, bool is_register);
void open_value_menu(const Frame& f, const session::VariableRow& row, int lane);
void open_value_editor(const Frame& f, const session::VariableRow& row, int lane, scene::Rect cell);
void go_to_writer(const Frame& f, const session::VariableRow& row, int lane);
// Menu and editor, above the panel, where they are open.
void draw_value_menu(const Frame& f);
void draw_value_editor(const Frame& f);

}  // namespace warpscope::panels
