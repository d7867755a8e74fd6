#include "app/panels/step_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::ValueFormat;

constexpr double kFlashSeconds = 0.4;

std::string title_of(const Frame& f) {
  return fmt::format("Variables of warp {}", warp_in_block(*f.step.run, f.step.moment->followed));
}

// ---- Header

// Returns where the controls begin.
float draw_controls(const Frame& f, const VariablesPanel& p) {
  StepPanels& step = f.ui.step;
  const bool roomy = p.columns.numbers;
  const float high = f.px(roomy ? 24 : 22), gap = f.px(8);
  const float y = std::round(p.layout.header.centre().y - high / 2);
  float x = p.panel.right() - f.px(roomy ? 12 : 6);
  const auto choice = [&](std::string_view name, bool on, std::string_view words) {
    const ButtonLook look{.selected = on, .tip = words, .type = roomy ? Type::kLabel : Type::kMicro};
    const float wide = std::ceil(text_width(f, look.type, name) + f.px(roomy ? 20 : 12));
    x -= wide;
    return button(f, name, {x, y, wide, high}, look);
  };
  if (choice("Colours", step.as_colours, "Values as colours: what is equal looks equal")) step.as_colours = true;
  x += f.px(1);
  if (choice("Numbers", !step.as_colours, "Values as numbers, where they fit")) step.as_colours = false;
  x -= gap;
  static const std::vector<std::string> kFormats{"natural", "hex", "bits", "float"};
  int format = static_cast<int>(step.format);
  const float wide = f.px(roomy ? 84 : 88);
  x -= wide;
  if (combo(f, "Value format", {x, y, wide, high}, kFormats, format)) step.format = static_cast<ValueFormat>(format);
  x -= gap;
  const bool shown = step.show_registers || !has_variables(f);
  if (choice("Registers", shown, "PTX registers of the function, under its variables")) {
    step.show_registers = !step.show_registers;
  }
  return x;
}

void draw_header(const Frame& f, const VariablesPanel& p) {
  const float end = draw_controls(f, p);
  const float left = p.panel.x + f.px(p.columns.numbers ? 12 : 8);
  const float y = std::round(p.layout.header.centre().y - line_height(f, Type::kTitle) / 2);
  const std::string_view caption =
      has_variables(f) ? "one column a lane, from the debug information" : "one column a lane, PTX registers";
  panel_title(f, {left, y}, title_of(f), caption, end - f.px(12) - left);
}

// ---- Rows

// 1 when the moment has just come, 0 after 0.4 s.
float flash_of(const Frame& f) {
  StepVariablesState& state = f.ui.step.variables;
  const session::StepMoment& moment = *f.step.moment;
  if (state.flashed_run != moment.run || state.flashed_position != moment.position) {
    state.flashed_run = moment.run;
    state.flashed_position = moment.position;
    state.flashed_at = f.ui.now;
  }
  const double since = f.ui.now - state.flashed_at;
  if (f.ui.reduced_motion || since >= kFlashSeconds) return 0;
  f.ui.wake_in(0);
  return static_cast<float>(1 - since / kFlashSeconds);
}

// A line of the list that is no row: above the registers, or why there are no variables.
void draw_note(const Frame& f, const VariablesPanel& p, std::string_view words, float y) {
  text(f, {p.panel.x + f.px(12), y + (p.layout.row_pitch - line_height(f, Type::kCaption)) / 2}, Type::kCaption,
       f.colors.text3, words, Align::kLeft, p.panel.w - f.px(24));
}

std::string note_of(const Frame& f, const VariableCells& cells) {
  if (!has_variables(f)) {
    return f.step.run->compiler.empty() ? "PTX without debug information knows no variables: these are its registers"
                                        : "Compiled without debug information: these are its registers";
  }
  if (cells.first_register == 0) return "This function declares no variables";
  return "";
}

void draw_scroll_bar(const Frame& f, const VariablesPanel& p, float content, float scroll) {
  const Rect& rows = p.layout.rows;
  if (content <= rows.h) return;
  const float high = std::max(f.px(16), rows.h * rows.h / content);
  fill(f, {p.panel.right() - f.px(5), rows.y + (rows.h - high) * scroll / (content - rows.h), f.px(3), high},
       f.colors.strong, f.px(1));
}

// Where each row stands: a note first, and a heading before the registers.
struct Places {
  bool note = false, heading = false;
  std::size_t first_register = 0;
  float pitch = 0;
  float y_of(std::size_t row) const {
    return pitch * static_cast<float>(row + (note ? 1 : 0) + (heading && row >= first_register ? 1 : 0));
  }
};

void move_choice(const Frame& f, const VariablesPanel& p, const VariableCells& cells, const Places& places) {
  StepPanels& step = f.ui.step;
  StepVariablesState& state = step.variables;
  if (f.ui.widgets.focus != "Variables" || cells.rows.empty() || !step.editing_cell.empty()) return;
  std::size_t at = 0;
  for (std::size_t i = 0; i < cells.rows.size(); ++i) {
    if (source_of(f, cells.rows[i]).path == state.row) at = i;
  }
  const std::size_t before = at;
  if (raw_key(f, key::kDown)) at = std::min(at + 1, cells.rows.size() - 1);
  if (raw_key(f, key::kUp) && at > 0) --at;
  if (raw_key(f, key::kRight)) state.lane = std::min(state.lane + 1, 31);
  if (raw_key(f, key::kLeft)) state.lane = std::max(state.lane - 1, 0);
  const session::VariableRow& row = source_of(f, cells.rows[at]);
  if (at != before || state.row.empty()) {
    const float top = places.y_of(at);
    const float lowest = top + p.layout.row_pitch - p.layout.rows.h;
    step.variables_scroll = std::min(std::max(step.variables_scroll, lowest), top);
  }
  state.row = row.path;
  if (cells.rows[at].is_register) return;
  if (raw_key(f, 'W')) go_to_writer(f, row, state.lane);
  if (!raw_key(f, key::kEnter) && !raw_key(f, key::function(2))) return;
  if (row.has_parts) {
    if (step.unfolded.erase(row.path) == 0) step.unfolded.insert(row.path);
    return;
  }
  const float y = p.layout.rows.y + places.y_of(at) - step.variables_scroll;
  if (row.in_scope) {
    open_value_editor(
        f, row, state.lane,
        {p.columns.x + static_cast<float>(state.lane) * p.columns.pitch, y, p.columns.cell, p.layout.row_pitch});
  }
}

void draw_rows(const Frame& f, const VariablesPanel& p) {
  VariableCells& cells = variable_cells(f, p.columns);
  const std::string note = note_of(f, cells);
  const Rect& rows = p.layout.rows;
  const Places places{.note = !note.empty(),
                      .heading = has_variables(f) && cells.first_register < cells.rows.size(),
                      .first_register = cells.first_register,
                      .pitch = p.layout.row_pitch};
  const float content =
      places.pitch * static_cast<float>(cells.rows.size() + (places.note ? 1 : 0) + (places.heading ? 1 : 0));
  float& scroll = f.ui.step.variables_scroll;
  move_choice(f, p, cells, places);
  if (hovered(f, rows)) scroll -= ImGui::GetIO().MouseWheel * places.pitch * 3;
  scroll = std::round(std::clamp(scroll, 0.0F, std::max(0.0F, content - rows.h)));
  register_widget(f, "Variables", rows, true);
  const Clip clip(rows);
  if (places.note) draw_note(f, p, note, rows.y - scroll);
  for (std::size_t i = 0; i < cells.rows.size(); ++i) {
    const float y = rows.y + places.y_of(i) - scroll;
    if (y + places.pitch <= rows.y || y >= rows.bottom()) continue;
    draw_variable_row(f, p, made_row(f, cells, i), y);
  }
  if (places.heading)
    draw_note(f, p, "PTX registers", rows.y + places.y_of(places.first_register) - places.pitch - scroll);
  frame_selected(f, p.columns, rows.y, std::min(rows.bottom(), rows.y + content - scroll));
  draw_scroll_bar(f, p, content, scroll);
  frame_column(f, p.columns, framed_lane(f), rows.y, std::min(rows.bottom(), rows.y + content - scroll),
               ColumnEnd::kClosed);
  if (f.ui.widgets.focus == "Variables") focus_ring(f, rows.inset(f.px(3)), f.px(2));
}

// ---- Where there is nothing to show

// The last step of a warp, for going back to when it still had variables.
std::optional<trace::Position> last_step_of(const session::StepRun& run, trace::WarpIndex warp) {
  const auto& steps = run.by_block;
  const auto found =
      std::lower_bound(steps.blocks.begin(), steps.blocks.end(), warp / std::max(1U, run.warps_per_block));
  if (found == steps.blocks.end()) return std::nullopt;
  const auto block = static_cast<std::size_t>(found - steps.blocks.begin());
  for (std::uint32_t i = steps.offsets[block + 1]; i > steps.offsets[block]; --i) {
    const std::uint32_t position = steps.order[i - 1];
    if ((*run.records)[position].warp == warp) return position;
  }
  return std::nullopt;
}

// Says why; true where it did.
bool draw_absent(const Frame& f, const VariablesPanel& p) {
  const session::WarpRow* warp = followed_row(f);
  const BlockMoment block = block_moment(*f.step.run, followed_block(f), f.step.moment->position);
  const bool begun = block.kind != BlockMoment::Kind::kNotBegun && block.kind != BlockMoment::Kind::kNotRecorded;
  const bool ended = warp == nullptr || (p.exists != 0 && p.active == 0 && warp->pc == vgpu::kNoPc);
  if (begun && !ended && block.kind == BlockMoment::Kind::kRuns) return false;
  if (!f.ui.step.reading.variables.empty() || !f.ui.step.reading.registers.empty()) return false;
  const int number = warp_in_block(*f.step.run, f.step.moment->followed);
  const std::string words = begun ? fmt::format("Warp {} has ended: its variables are gone", number)
                                  : fmt::format("Warp {} has not begun: it has no variables yet", number);
  const Rect& rows = p.layout.rows;
  const float wide = button_width(f, "Its last step"), high = f.px(scene::size::kControl);
  const float width = text_width(f, Type::kSmall, words) + (begun ? wide + f.px(12) : 0);
  const float x = std::max(p.panel.x + f.px(12), std::round(p.panel.centre().x - width / 2));
  const float middle = std::round(rows.y + std::min(rows.h / 2, f.px(40)));
  const float used = text(f, {x, middle - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2, words);
  if (!begun) return true;
  if (button(f, "Its last step", {x + used + f.px(12), middle - high / 2, wide, high})) {
    if (const auto last = last_step_of(*f.step.run, f.step.moment->followed)) f.send_step(session::SeekTo{*last});
  }
  return true;
}

}  // namespace

void draw_step_variables(const Frame& f, Rect r) {
  const Clip clip(r);
  if (!f.step.run || !f.step.moment) {
    panel_title(f, {r.x + f.px(12), r.y + f.px(8)}, "Variables", "what every lane holds stands here", r.w - f.px(24));
    return;
  }
  VariablesPanel p;
  p.panel = r;
  p.columns = step_columns(f, r);
  p.layout = scene::variables_layout(r, f.scale, {.numbers = p.columns.numbers});
  if (const session::WarpRow* warp = followed_row(f)) {
    p.active = warp->active;
    p.exists = warp->exists;
    p.line = warp->line;
  }
  p.flash = flash_of(f);
  draw_header(f, p);
  if (!draw_absent(f, p)) draw_rows(f, p);
  draw_value_menu(f);
  draw_value_editor(f);
  if (f.ui.step.hovered != f.ui.step.before) f.ui.wake_in(0);
}

}  // namespace warpscope::panels
