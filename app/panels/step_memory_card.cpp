// A cell of memory: the hint beside the pointer, the card of a clicked one, its value edited in place.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_memory.h"

namespace warpscope::panels {
namespace {

constexpr double kRestSeconds = 0.25;
constexpr std::string_view kField = "Cell value";

// Asks once a moment and cell; what was answered, or what is known without.
std::string writer_text(const Frame& f, const MemoryCell& cell, bool ask_now) {
  StepMemoryState& state = f.ui.step.memory;
  const bool asked = state.asked_cell == cell.name && state.asked_version == f.step.moment->position + 1 &&
                     state.asked == f.ui.step.asked_writer;
  if (asked && f.step.writer.question == state.asked && f.step.writer.known) return f.step.writer.text;
  if (!asked && ask_now) {
    state.asked = ++f.ui.step.asked_writer;
    state.asked_cell = cell.name;
    state.asked_version = f.step.moment->position + 1;
    f.send_step(session::AskWriter{state.asked, {"", 0, cell.place}});
  }
  return cell.writer;
}

bool rests(const Frame& f, const MemoryCell& cell) {
  StepMemoryState& state = f.ui.step.memory;
  if (state.resting != cell.name) {
    state.resting = cell.name;
    state.resting_since = f.ui.now;
  }
  const double left = kRestSeconds - (f.ui.now - state.resting_since);
  if (left > 0) f.ui.wake_in(left);
  return left <= 0;
}

std::string lines_of(const MemoryCell& cell, const std::string& writer) {
  std::string lines;
  for (const std::string& fact : cell.facts) lines += (lines.empty() ? "" : "\n") + fact;
  if (!writer.empty()) lines += (lines.empty() ? "" : "\n") + fmt::format("written by {}", writer);
  return lines;
}

bool is_editing(const Frame& f, const MemoryCell& cell) {
  return f.ui.step.editing_cell == cell.name;
}

void begin_edit(const Frame& f, const MemoryCell& cell) {
  f.ui.step.editing_cell = cell.name;
  f.ui.step.cell_text = cell.value;
  f.ui.step.memory.edit_problem.clear();
  enter_field(f, kField);
}

void end_edit(const Frame& f) {
  f.ui.step.editing_cell.clear();
  f.ui.step.memory.edit_problem.clear();
}

void finish_edit(const Frame& f, const MemoryCell& cell) {
  const auto bytes = session::parse_element(cell.element, f.ui.step.cell_text);
  if (!bytes) {
    f.ui.step.memory.edit_problem = bytes.error().text();
    return;
  }
  f.send_step(session::EditMemory{cell.place, cell.element, f.ui.step.cell_text});
  end_edit(f);
}

void draw_edit_row(const Frame& f, const MemoryCell& cell, scene::Rect row) {
  const float wide = f.px(56), gap = f.px(6);
  const bool enter = raw_key(f, key::kEnter), leave = raw_key(f, key::kEscape);
  text_field(f, kField, {row.x, row.y, row.w - 2 * (wide + gap), row.h}, f.ui.step.cell_text, "a value");
  const bool set = button(f, "Set cell", {row.right() - 2 * wide - gap, row.y, wide, row.h},
                          {.primary = true, .label = "Set", .type = Type::kMicro});
  const bool cancel =
      button(f, "Leave cell", {row.right() - wide, row.y, wide, row.h}, {.label = "Cancel", .type = Type::kMicro});
  if (set || enter) {
    finish_edit(f, cell);
  } else if (cancel || leave) {
    end_edit(f);
  }
}

void draw_action_row(const Frame& f, const MemoryCell& cell, scene::Rect row) {
  const ButtonLook small{.type = Type::kMicro};
  float x = row.x;
  // The explanation offers some of these too: the names are the card's own.
  const auto place = [&](std::string_view name, ButtonLook look) {
    const scene::Rect r{x, row.y, std::ceil(text_width(f, Type::kMicro, name)) + 2 * f.px(8), row.h};
    x += r.w + f.px(6);
    look.label = name;
    return button(f, fmt::format("Cell: {}", name), r, look);
  };
  ButtonLook who = small;
  who.tip = "Back to the step that wrote it last";
  if (place("Who wrote this?", who)) f.send_step(session::GoToWriter{{"", 0, cell.place}});
  ButtonLook watch = small;
  watch.tip = "Stop wherever it is written";
  if (place("Watch it", watch)) {
    session::StepBreakpoint breakpoint;
    breakpoint.kind = session::StepBreakpoint::Kind::kMemory;
    breakpoint.watched = cell.name;
    breakpoint.place = cell.place;
    f.send_step(session::AddBreakpoint{breakpoint});
  }
  ButtonLook edit = small;
  edit.enabled = cell.can_change;
  edit.tip = cell.can_change ? "History goes another way from here" : "This memory cannot be changed";
  if (place("Edit", edit)) begin_edit(f, cell);
}

scene::Rect card_rect(const Frame& f, const MemoryCell& cell, scene::Vec2 size) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float gap = f.px(10);
  float x = cell.rect.right() + gap;
  if (x + size.x > display.x - f.px(4)) x = cell.rect.x - gap - size.x;
  const float y = std::clamp(cell.rect.y - f.px(12), f.px(4), std::max(f.px(4), display.y - size.y - f.px(32)));
  return {std::round(std::max(f.px(4), x)), std::round(y), size.x, size.y};
}

}  // namespace

void tell_cell(const Frame& f, const MemoryCell& cell) {
  f.ui.step.hovered = cell.focus;
  if (f.ui.step.pinned == cell.focus) return;  // its card says all of it
  const std::string writer = writer_text(f, cell, rests(f, cell));
  std::string lines = fmt::format("{} = {}", cell.name, cell.value);
  if (const std::string more = lines_of(cell, writer); !more.empty()) lines += "\n" + more;
  tip(f, lines);
}

void draw_cell_card(const Frame& f, const MemoryCell& cell) {
  const bool editing = is_editing(f, cell);
  const std::string& problem = f.ui.step.memory.edit_problem;
  const std::string lines = lines_of(cell, writer_text(f, cell, true));
  const float pad = f.px(10), width = f.px(292), inner = width - 2 * pad, row = f.px(24);
  const float about = paragraph(f, {}, inner, Type::kCaption, f.colors.text2, lines, true);
  const float wrong = editing && !problem.empty()
                          ? paragraph(f, {}, inner, Type::kCaption, f.colors.error, problem, true) + f.px(4)
                          : 0;
  const scene::Rect card = card_rect(f, cell, {width, 2 * pad + f.px(20) + about + f.px(8) + row + wrong});
  const Overlay overlay(f, "memory cell", card, Overlay::Kind::kTakesInput);
  callout(f, card, true);
  const float x = card.x + pad;
  float y = card.y + pad;
  const scene::Rect close{card.right() - f.px(28), card.y + f.px(4), f.px(24), f.px(24)};
  const float value = text_width(f, Type::kNumber, cell.value);
  const float room = close.x - x - f.px(4);
  text(f, {x, y}, Type::kTitle, f.colors.text, cell.name, Align::kLeft, std::max(f.px(60), room - value - f.px(8)));
  text(f, {close.x - f.px(4), y}, Type::kNumber, f.colors.text, cell.value, Align::kRight, room);
  y += f.px(20);
  y += paragraph(f, {x, y}, inner, Type::kCaption, f.colors.text2, lines) + f.px(8);
  const bool leave = raw_key(f, key::kEscape) && !editing;
  if (editing) {
    draw_edit_row(f, cell, {x, y, inner, row});
    if (wrong > 0) paragraph(f, {x, y + row + f.px(4)}, inner, Type::kCaption, f.colors.error, problem);
  } else {
    draw_action_row(f, cell, {x, y, inner, row});
  }
  const ButtonLook look{.icon = Icon::kClose, .tip = "Let go (Esc)", .label_hidden = true, .ghost = true};
  if (button(f, "Let go of cell", close, look) || leave) {
    f.ui.step.pinned = {};
    end_edit(f);
  }
}

void press_cell(const Frame& f, const MemoryCell& cell, bool clicked, bool twice) {
  StepPanels& step = f.ui.step;
  if (twice && cell.can_change) {
    step.pinned = cell.focus;
    begin_edit(f, cell);
  } else if (clicked && !is_editing(f, cell)) {
    step.pinned = step.pinned == cell.focus ? StepFocus{} : cell.focus;
    end_edit(f);
  }
}

}  // namespace warpscope::panels
