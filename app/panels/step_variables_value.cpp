#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "app/panels/keys.h"
#include "app/panels/step_variables.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::ValueFormat;
using session::VariableRow;

constexpr double kRest = 0.25;  // seconds until it is asked who wrote a value
constexpr std::string_view kField = "New value";

// "shared memory, byte 64": where the bytes of a lane's value are.
std::string place_words(const Frame& f, const VariableRow& row, int lane) {
  const auto variable = session::find_variable(*f.step.run, *f.step.moment, row.path);
  if (!variable) return "";
  const auto place = session::memory_of(*f.step.run, *f.step.moment, *variable, lane);
  if (!place) return "in a register";
  switch (place->space) {
    case vgpu::AccessSpace::kShared:
      return fmt::format("in shared memory, byte {}", place->address);
    case vgpu::AccessSpace::kLocal:
      return fmt::format("in local memory, byte {}", place->address);
    default:
      return fmt::format("in memory at {:#x}", place->address);
  }
}

std::string value_words(const Frame& f, const VariableRow& row, int lane, bool is_register) {
  const session::StepRun& run = *f.step.run;
  const trace::WarpIndex warp = f.step.moment->followed;
  std::string out = row.path;
  if (!row.is_shared) {
    out += fmt::format(" in lane {}, thread {}", lane,
                       session::thread_text(run.launch.block, session::thread_index(run, warp, lane)));
  }
  out += fmt::format("\n{}", row.type);
  if (!row.in_scope) return out + fmt::format("\nnot in scope here, declared in line {}", row.declared_line);
  if (row.has_parts) return out + "\nclick unfolds its parts";
  if ((row.has_value >> lane & 1U) == 0) {
    return out + "\nno value here: optimised away, or not computed yet";
  }
  const auto shown = [&](ValueFormat format) { return shown_value(f, row, lane, format); };
  out += fmt::format("\n{}\n{}\n{}", shown(ValueFormat::kNatural), shown(ValueFormat::kHex), shown(ValueFormat::kBits));
  if (!is_register) {
    if (const std::string where = place_words(f, row, lane); !where.empty()) out += "\n" + where;
  }
  const session::WarpRow* line = followed_row(f);
  if (line != nullptr && !row.is_shared && (line->active >> lane & 1U) == 0) out += "\nthe lane does not take part now";
  return out;
}

session::WrittenPlace written_place(const VariableRow& row, int lane) {
  return {.variable = row.path, .lane = std::max(0, lane), .memory = {}};
}

const VariableRow* find_row(const Frame& f, std::string_view path) {
  const auto& rows = f.ui.step.reading.variables;
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const VariableRow& row) { return row.path == path; });
  return found == rows.end() ? nullptr : &*found;
}

void watch(const Frame& f, const VariableRow& row) {
  session::StepBreakpoint point;
  point.kind = session::StepBreakpoint::Kind::kVariable;
  point.watched = row.path;
  f.send_step(session::AddBreakpoint{point});
}

// A card of this size near a place, wholly in the window.
Rect card_at(const Frame& f, scene::Vec2 at, float width, float height) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float edge = f.px(8);
  return {std::clamp(at.x, edge, std::max(edge, display.x - width - edge)),
          std::clamp(at.y, edge, std::max(edge, display.y - height - edge)), width, height};
}

bool pressed_outside(Rect card) {
  const ImGuiIO& io = ImGui::GetIO();
  return (io.MouseClicked[0] || io.MouseClicked[1]) && !card.contains({io.MousePos.x, io.MousePos.y});
}

LaneMask edited_lanes(const Frame& f, const VariableRow& row, int lane) {
  const session::WarpRow* warp = followed_row(f);
  const LaneMask exists = warp != nullptr ? warp->exists : ~LaneMask{0};
  const LaneMask chosen = f.ui.step.selected_lanes & exists;
  return row.is_shared || chosen == 0 ? LaneMask{1} << lane : chosen;
}

void close_editor(const Frame& f) {
  f.ui.step.editing_cell.clear();
  f.ui.step.variables.edited_lane = -1;
  f.ui.wake_in(0);
}

}  // namespace

void show_value_tip(const Frame& f, const VariableRow& row, int lane, bool is_register) {
  StepVariablesState& state = f.ui.step.variables;
  if (state.resting_path != row.path || state.resting_lane != lane ||
      state.resting_version != f.ui.step.reading.version) {
    state.resting_path = row.path;
    state.resting_lane = lane;
    state.resting_version = f.ui.step.reading.version;
    state.resting_since = f.ui.now;
    state.question = 0;
    state.tip = value_words(f, row, lane, is_register);
  }
  const bool can_ask = !is_register && !row.has_parts && row.in_scope && (row.has_value >> lane & 1U) != 0;
  if (!can_ask) return tip(f, state.tip);
  const double rested = f.ui.now - state.resting_since;
  if (state.question == 0 && rested >= kRest) {
    state.question = ++f.ui.step.asked_writer;
    f.send_step(session::AskWriter{state.question, written_place(row, lane)});
  } else if (state.question == 0) {
    f.ui.wake_in(kRest - rested);
  }
  const session::WriterAnswer& answer = f.step.writer;
  const bool known = state.question != 0 && answer.question == state.question && answer.known;
  tip(f, fmt::format("{}\nwritten by: {}", state.tip, known ? answer.text : "looking ..."));
}

void go_to_writer(const Frame& f, const VariableRow& row, int lane) {
  f.send_step(session::GoToWriter{written_place(row, lane)});
}

void open_value_menu(const Frame& f, const VariableRow& row, int lane) {
  StepVariablesState& state = f.ui.step.variables;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  state.menu_path = row.path;
  state.menu_lane = lane;
  state.menu_at = {mouse.x, mouse.y};
  f.ui.wake_in(0);
}

void draw_value_menu(const Frame& f) {
  StepVariablesState& state = f.ui.step.variables;
  if (state.menu_path.empty()) return;
  const VariableRow* row = find_row(f, state.menu_path);
  if (row == nullptr || raw_key(f, key::kEscape)) {
    state.menu_path.clear();
    return;
  }
  const int lane = std::max(0, state.menu_lane);
  const std::string where = row->is_shared ? row->path : fmt::format("{} in lane {}", row->path, lane);
  constexpr std::array<std::string_view, 3> kItems{"Who wrote this?", "Watch it", "Change it"};
  const float high = f.px(scene::size::kRow), pad = f.px(4);
  const float width = std::max(f.px(168), text_width(f, Type::kCaption, where) + f.px(32));
  const Rect card = card_at(f, state.menu_at, width, high * (kItems.size() + 1) + 2 * pad);
  const Overlay overlay(f, "value menu", card.inset(-f.px(4)), Overlay::Kind::kTakesInput);
  callout(f, card, false);
  text(f, {card.x + f.px(12), card.y + pad + (high - line_height(f, Type::kCaption)) / 2}, Type::kCaption,
       f.colors.text3, where, Align::kLeft, card.w - f.px(24));
  int chosen = -1;
  for (std::size_t i = 0; i < kItems.size(); ++i) {
    const Rect item{card.x + pad, card.y + pad + high * static_cast<float>(i + 1), card.w - 2 * pad, high};
    if (button(f, fmt::format("Value: {}", kItems[i]), item, {.ghost = true, .label = kItems[i]}))
      chosen = static_cast<int>(i);
  }
  if (chosen == 0) go_to_writer(f, *row, lane);
  if (chosen == 1) watch(f, *row);
  if (chosen == 2) open_value_editor(f, *row, lane, {state.menu_at.x, state.menu_at.y, f.px(20), f.px(20)});
  if (chosen >= 0 || pressed_outside(card)) {
    state.menu_path.clear();
    f.ui.wake_in(0);
  }
}

void open_value_editor(const Frame& f, const VariableRow& row, int lane, Rect cell) {
  if ((row.has_value >> lane & 1U) == 0) return;
  StepPanels& step = f.ui.step;
  step.editing_cell = row.path;
  step.cell_text.clear();  // the present value stands there until something is typed
  step.variables.edited_lane = lane;
  step.variables.edited_since = f.ui.now;
  step.variables.edited_cell = cell;
  enter_field(f, kField);
}

void draw_value_editor(const Frame& f) {
  StepPanels& step = f.ui.step;
  StepVariablesState& state = step.variables;
  if (step.editing_cell.empty() || state.edited_lane < 0) return;
  const VariableRow* row = find_row(f, step.editing_cell);
  if (row == nullptr || raw_key(f, key::kEscape)) return close_editor(f);
  const LaneMask lanes = edited_lanes(f, *row, state.edited_lane);
  const auto bytes = session::parse_value(types_of(f), row->type_index, step.cell_text);
  std::string title = row->path;
  if (!row->is_shared) {
    title += fmt::format(" in {} {}", std::has_single_bit(lanes) ? "lane" : "lanes", lanes_words(lanes));
  }
  const bool broken = !bytes && !step.cell_text.empty();
  const std::string below = broken ? bytes.error().text() : "Enter changes history from here";
  const float pad = f.px(8), line = line_height(f, Type::kCaption), field = f.px(scene::size::kControl);
  const float width = f.px(248), inner = width - 2 * pad;
  const float words = paragraph(f, {}, inner, Type::kCaption, f.colors.text2, below, true);
  const scene::Vec2 at{state.edited_cell.x - f.px(10), state.edited_cell.bottom() + f.px(4)};
  const Rect card = card_at(f, at, width, 2 * pad + line + field + words + f.px(8));
  const Overlay overlay(f, "value editor", card.inset(-f.px(4)), Overlay::Kind::kTakesInput);
  callout(f, card, true);
  text(f, {card.x + pad, card.y + pad}, Type::kCaption, f.colors.text, title, Align::kLeft, inner);
  const Rect box{card.x + pad, card.y + pad + line + f.px(4), inner, field};
  text_field(f, kField, box, step.cell_text,
             session::value_text(types_of(f), row->type_index, row->of(state.edited_lane)));
  paragraph(f, {card.x + pad, box.bottom() + f.px(4)}, inner, Type::kCaption, bytes ? f.colors.warning : f.colors.error,
            below);
  if (state.edited_since == f.ui.now) return;  // the key that opened it is still down
  if (raw_key(f, key::kEnter)) {
    if (!session::parse_value(types_of(f), row->type_index, step.cell_text)) return;
    f.send_step(session::EditVariable{step.editing_cell, lanes, step.cell_text});
    return close_editor(f);
  }
  if (pressed_outside(card)) close_editor(f);
}

}  // namespace warpscope::panels
