#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_launch.h"
#include "app/panels/step_panels.h"
#include "app/panels/step_toolbar.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::StepBreakpoint;
using Kind = StepBreakpoint::Kind;

constexpr float kPad = 24, kTop = 68, kFoot = 64, kRow = 36, kProblem = 18, kField = 28;

std::string what_stops(const StepBreakpoint& breakpoint) {
  switch (breakpoint.kind) {
    case Kind::kLine:
      return fmt::format("line {}", breakpoint.line);
    case Kind::kPc:
      return fmt::format("instruction {}", breakpoint.pc);
    case Kind::kVariable:
    case Kind::kMemory:
      return fmt::format("{} changes", breakpoint.watched);
  }
  return {};
}

float row_height(const Frame& f, const StepBreakpoint& breakpoint) {
  return f.px(kRow) + (breakpoint.problem.empty() ? 0 : f.px(kProblem));
}

void draw_row(const Frame& f, const StepBreakpoint& breakpoint, Rect r) {
  StepBreakpoint changed = breakpoint;
  const float middle = r.y + f.px(kRow / 2), name = f.px(160), side = f.px(kField);
  const std::string number = fmt::format("{}", breakpoint.id);
  bool differs = toggle(f, "Breakpoint " + number, {r.x, middle - f.px(8)}, changed.enabled);
  const scene::Rgba ink = breakpoint.enabled ? f.colors.text : f.colors.text3;
  text(f, {r.x + f.px(38), middle - line_height(f, Type::kCode) / 2}, Type::kCode, ink, what_stops(breakpoint),
       Align::kLeft, name - f.px(8));
  const Rect field{r.x + f.px(38) + name, middle - side / 2, r.w - f.px(38) - name - side - f.px(8), side};
  if (const auto typed =
          committed_field(f, "Condition " + number, field, breakpoint.condition, "always; or sum > 100")) {
    changed.condition = *typed;
    differs = true;
  }
  if (differs) f.send_step(session::ChangeBreakpoint{changed});
  const ButtonLook bin{.icon = Icon::kTrash, .tip = "Remove", .label_hidden = true, .ghost = true};
  if (button(f, "Remove " + number, {r.right() - side, middle - side / 2, side, side}, bin)) {
    f.send_step(session::RemoveBreakpoint{breakpoint.id});
  }
  if (breakpoint.problem.empty()) return;
  text(f, {r.x + f.px(38), r.y + f.px(kRow - 2)}, Type::kCaption, f.colors.error, breakpoint.problem, Align::kLeft,
       r.w - f.px(38));
}

void draw_rows(const Frame& f, Rect body) {
  const auto& all = f.step.breakpoints;
  if (all.empty()) {
    paragraph(f, {body.x, body.y + f.px(8)}, body.w, Type::kSmall, f.colors.text2,
              "None yet. Click left of a line's number, or press **F9** on a line. **F8** goes to the next one when "
              "\"to next breakpoint\" is chosen; a condition such as **sum > 100** holds when it is true in any lane.");
    return;
  }
  StepLaunchState& state = f.ui.step.launch;
  float content = 0;
  for (const StepBreakpoint& breakpoint : all) content += row_height(f, breakpoint);
  if (hovered(f, body)) state.scroll -= ImGui::GetIO().MouseWheel * f.px(kRow);
  state.scroll = std::clamp(state.scroll, 0.0F, std::max(0.0F, content - body.h));
  const Clip clip(body.inset(-f.px(3)));
  float y = body.y - state.scroll;
  for (const StepBreakpoint& breakpoint : all) {
    const Rect row{body.x, y, body.w, row_height(f, breakpoint)};
    draw_row(f, breakpoint, row);
    y += row.h;
  }
}

// ---- New ones

void add_line(const Frame& f) {
  StepLaunchState& state = f.ui.step.launch;
  int line = 0;
  const char* end = state.line.data() + state.line.size();
  const auto read = std::from_chars(state.line.data(), end, line);
  if (read.ec != std::errc() || read.ptr != end || line < 1) {
    state.problem = fmt::format("\"{}\" is no line: write its number", state.line);
    return;
  }
  StepBreakpoint breakpoint;
  breakpoint.kind = Kind::kLine;
  breakpoint.line = line;
  f.send_step(session::AddBreakpoint{breakpoint});
  state.line.clear();
  state.problem.clear();
}

void add_watch(const Frame& f) {
  StepLaunchState& state = f.ui.step.launch;
  if (state.watch.empty()) {
    state.problem = "Which variable? Write its name, as in the source: sum, tile[3][5], p.x";
    return;
  }
  StepBreakpoint breakpoint;
  breakpoint.kind = Kind::kVariable;
  breakpoint.watched = state.watch;
  f.send_step(session::AddBreakpoint{breakpoint});
  state.watch.clear();
  state.problem.clear();
}

// A field and its button; Enter in the field presses it.
void draw_new(const Frame& f, std::string_view name, std::string_view add, Rect r, std::string& value,
              std::string_view hint, void (*act)(const Frame&)) {
  const float width = button_width(f, add), gap = f.px(6);
  text_field(f, name, {r.x, r.y, r.w - width - gap, r.h}, value, hint);
  const bool entered = ImGui::IsItemDeactivated() && raw_key(f, key::kEnter);
  if (button(f, add, {r.right() - width, r.y, width, r.h}) || entered) act(f);
}

void close_card(const Frame& f) {
  f.ui.step.breakpoints_open = false;
  f.ui.step.launch.problem.clear();
  f.ui.widgets.focus.clear();
  f.ui.wake_in(0);
}

}  // namespace

void draw_breakpoints_card(const Frame& f, Rect window) {
  StepLaunchState& state = f.ui.step.launch;
  float rows = f.px(70);
  for (const StepBreakpoint& breakpoint : f.step.breakpoints) rows += row_height(f, breakpoint);
  if (!f.step.breakpoints.empty()) rows -= f.px(58);
  const float width = std::min(f.px(640), window.w - f.px(32)), pad = f.px(kPad);
  const float height = std::min(f.px(kTop + kFoot) + rows, window.h - f.px(48));
  const Rect card{std::round(window.centre().x - width / 2), std::round(window.centre().y - height / 2), width, height};
  const Overlay overlay(f, "breakpoints", card, Overlay::Kind::kTakesInput);
  callout(f, card, false);
  text(f, {card.x + pad, card.y + f.px(14)}, Type::kHeading, f.colors.text, "Breakpoints and watchpoints");
  text(f, {card.x + pad, card.y + f.px(40)}, Type::kCaption, f.colors.text3,
       "Where playing stops, and what \"to next breakpoint\" looks for; forwards and backwards.", Align::kLeft,
       card.w - 2 * pad);
  const float side = f.px(scene::size::kControl);
  const bool closes =
      button(f, "Close the breakpoints", {card.right() - side - f.px(12), card.y + f.px(12), side, side},
             {.icon = Icon::kClose, .tip = "Esc", .label_hidden = true, .ghost = true});
  draw_rows(f, {card.x + pad, card.y + f.px(kTop), card.w - 2 * pad, card.h - f.px(kTop + kFoot)});
  const float y = card.bottom() - f.px(kFoot - 14), half = std::floor((card.w - 2 * pad - f.px(20)) * 0.42F);
  line(f, {card.x, card.bottom() - f.px(kFoot)}, {card.right(), card.bottom() - f.px(kFoot)}, f.colors.hair, f.px(1));
  const Rect lines{card.x + pad, y, half, f.px(kField)};
  draw_new(f, "New line", "Add line", lines, state.line, "Line", add_line);
  draw_new(f, "New watch", "Add watch",
           {lines.right() + f.px(20), y, card.right() - pad - lines.right() - f.px(20), f.px(kField)}, state.watch,
           "Variable: sum, tile[3][5]", add_watch);
  if (!state.problem.empty()) field_problem(f, "new breakpoint", lines, state.problem);
  const ImGuiIO& io = ImGui::GetIO();
  const bool beside = io.MouseClicked[0] && !card.contains({io.MousePos.x, io.MousePos.y});
  if (closes || beside) close_card(f);
}

}  // namespace warpscope::panels
