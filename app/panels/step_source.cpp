#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/step_source_parts.h"

namespace warpscope::panels {
namespace {

constexpr float kRow = 20, kBar = 10, kHeatWidth = 35, kHeatPitch = 37;
constexpr float kAllHeatFrom = 560;  // logical width of the panel that has room for four columns of heat
constexpr float kWideGutterFrom = 400;
constexpr float kRowsAWheelStep = 3;

CodeColumns columns_of(const Frame& f, scene::Rect r, int lines) {
  const bool wide = r.w >= f.px(kWideGutterFrom);
  const auto digits = static_cast<float>(std::max<std::size_t>(3, std::to_string(lines).size()));
  CodeColumns columns;
  columns.row = f.px(kRow);
  columns.character = text_width(f, Type::kCode, "0");
  columns.dot = r.x + f.px(12);
  columns.chips = r.x + f.px(22);
  columns.chips_end = columns.chips + f.px(wide ? 54 : 34);
  columns.number_end = std::round(columns.chips_end + digits * text_width(f, Type::kNumber, "0"));
  columns.code = columns.number_end + f.px(12);
  return columns;
}

void place_heat(const Frame& f, SourcePlace& place, scene::Rect r) {
  place.heat_is_chosen = r.w < f.px(kAllHeatFrom);
  const std::size_t count = place.heat_is_chosen ? 1 : kHeatColumns;
  const auto chosen = static_cast<std::size_t>(std::clamp(f.ui.step.heat_column, 0, 3));
  const float width = f.px(place.heat_is_chosen ? 48 : kHeatWidth);
  const float pitch = place.heat_is_chosen ? width : f.px(kHeatPitch);
  float x = place.bar.x - f.px(2) - pitch * static_cast<float>(count);
  place.code_end = x - f.px(4);
  const float height = f.px(scene::size::kControlSmall);
  const float top = std::round(place.header.centre().y - height / 2);
  for (std::size_t i = 0; i < count; ++i) {
    place.heat.push_back({place.heat_is_chosen ? chosen : i, {x, top, width, height}});
    x += pitch;
  }
}

SourcePlace place_source(const Frame& f, scene::Rect r, float strips) {
  SourcePlace place;
  const float header = f.px(scene::size::kPanelHeader);
  place.header = {r.x, r.y, r.w, header};
  const float top = r.y + header + strips;
  const float height = std::max(0.0F, r.bottom() - top);
  place.body = {r.x, top, r.w - f.px(kBar), height};
  place.bar = {place.body.right(), top, f.px(kBar), height};
  place.columns = columns_of(f, r, f.ui.step.code.model.code().lines());
  place_heat(f, place, r);
  place.seen = height / place.columns.row;
  return place;
}

void clamp_scroll(const Frame& f, const SourcePlace& place) {
  StepPanels& step = f.ui.step;
  const auto rows = static_cast<float>(step.code.model.rows().size());
  step.code_scroll = std::clamp(step.code_scroll, 0.0F, std::max(0.0F, rows + 1 - place.seen));
  const float wide = (place.code_end - place.columns.code) / place.columns.character;
  const float most = std::max(0.0F, static_cast<float>(step.code.model.code().widest()) + 2 - wide);
  step.code.columns = std::clamp(step.code.columns, 0.0F, most);
}

// The followed warp's line comes into sight when the moment changes; what a person scrolled since then stays.
void follow_moment(const Frame& f, const SourcePlace& place) {
  if (!f.step.moment) return;
  StepPanels& step = f.ui.step;
  StepCodeState& code = step.code;
  const session::StepMoment& moment = *f.step.moment;
  const bool same =
      code.seen_run == moment.run && code.seen_position == moment.position && code.seen_warp == moment.followed;
  if (same) return;
  code.seen_run = moment.run;
  code.seen_position = moment.position;
  code.seen_warp = moment.followed;
  const session::WarpRow* followed = followed_row(f);
  const int line = followed != nullptr ? code.model.line_of(followed->line) : -1;
  if (line < 0 || code.keyboard) return;
  const auto row = static_cast<float>(code.model.row_of(line));
  constexpr float kAround = 2;  // lines that stay in sight above and below
  const bool seen = row >= step.code_scroll + kAround && row + 1 + kAround <= step.code_scroll + place.seen;
  if (!seen) step.code_scroll = std::floor(row - place.seen / 3);
}

void scroll_with_wheel(const Frame& f, const SourcePlace& place) {
  if (!hovered(f, place.body) && !hovered(f, place.bar)) return;
  const ImGuiIO& io = ImGui::GetIO();
  const float sideways = io.MouseWheelH + (io.KeyShift ? io.MouseWheel : 0);
  if (!io.KeyShift) f.ui.step.code_scroll -= io.MouseWheel * kRowsAWheelStep;
  f.ui.step.code.columns -= sideways * 4;
}

void draw_bar(const Frame& f, const SourcePlace& place) {
  const SourceModel& model = f.ui.step.code.model;
  const auto rows = static_cast<float>(model.rows().size()) + 1;
  const RowScroll scroll = scroll_bar(f, "Source scroll", place.bar, rows, place.seen, f.ui.step.code_scroll);
  if (rows <= place.seen) return;
  const auto mark = [&](int line, scene::Rgba ink) {
    if (line < 0) return;
    const float y = scroll.y(static_cast<float>(model.row_of(line)) + 0.5F);
    fill(f, {place.bar.x + f.px(1), std::round(y) - f.px(1), place.bar.w - f.px(2), f.px(2)}, ink);
  };
  if (f.step.run) {
    for (const session::StepFinding& finding : f.step.run->findings) {
      const bool error = finding.finding.severity == vgpu::Severity::kError;
      mark(model.line_of(line_in_source(*f.step.run, finding.finding.where, finding.finding.pc)),
           error ? f.colors.error : f.colors.warning);
    }
  }
  for (std::size_t row = 0; row < model.rows().size(); ++row) {
    if (model.rows()[row].problem >= 0) mark(model.rows()[row].line, f.colors.error);
  }
  for (const session::StepBreakpoint& breakpoint : f.step.breakpoints) {
    if (breakpoint.kind == session::StepBreakpoint::Kind::kLine) mark(model.line_of(breakpoint.line), f.colors.error);
  }
  if (const session::WarpRow* row = followed_row(f)) mark(model.line_of(row->line), f.colors.accent);
}

void show_hovered(const Frame& f, const SourcePlace& place, const SourceHit& hit) {
  using Part = SourceHit::Part;
  StepPanels& step = f.ui.step;
  const SourceModel& model = step.code.model;
  const int run_line = model.run_line(hit.line);
  if (run_line > 0) step.hovered = {.kind = StepFocus::Kind::kLine, .line = run_line};
  if (hit.part == Part::kProblem) {
    tip(f, wrapped((*f.step.problems)[static_cast<std::size_t>(hit.problem)].message, 90));
  } else if (hit.part == Part::kChip) {
    const int number = hit.warp % static_cast<int>(std::max(1U, f.step.run->warps_per_block));
    step.hovered = {.kind = StepFocus::Kind::kWarp, .warp = number};
    tip(f, fmt::format("Warp {} stands here\nClick follows it", number));
  } else if (hit.part == Part::kGutter) {
    const auto found = std::find_if(f.step.breakpoints.begin(), f.step.breakpoints.end(), [&](const auto& b) {
      return b.kind == session::StepBreakpoint::Kind::kLine && b.line == run_line;
    });
    if (found != f.step.breakpoints.end()) {
      tip(f, breakpoint_text(*found));
    } else if (run_line > 0) {
      const float top = std::round(place.top_of(model.row_of(hit.line)));
      draw_breakpoint_ghost(f, {place.columns.dot, std::round(top + place.columns.row / 2)});
      tip(f, fmt::format("Line {}\nClick sets a breakpoint", hit.line + 1));
    }
  } else if (hit.part == Part::kHeat) {
    const std::string about = heat_tip(model.heat(hit.line), run_line, model.unchanged(hit.line));
    if (!about.empty()) tip(f, about);
  } else if (hit.finding >= 0) {
    step.hovered = {.kind = StepFocus::Kind::kFinding, .finding = hit.finding};
    tip(f, finding_tip(f.step.run->findings[static_cast<std::size_t>(hit.finding)]));
  }
  if (hit.part == Part::kCode && !hit.name.empty()) {
    if (step.hovered.kind == StepFocus::Kind::kLine) step.hovered.path = hit.name;
    const std::string about = variable_tip(f, hit.name);
    if (!about.empty()) tip(f, about);
  }
}

void click(const Frame& f, const SourceHit& hit) {
  using Part = SourceHit::Part;
  StepPanels& step = f.ui.step;
  const int run_line = step.code.model.run_line(hit.line);
  if (hit.part == Part::kChip) {
    f.send_step(session::FollowWarp{static_cast<trace::WarpIndex>(hit.warp)});
  } else if (hit.part == Part::kGutter && run_line > 0) {
    f.send_step(session::ToggleLineBreakpoint{run_line});
  } else if (hit.finding >= 0 && !step.editing) {
    step.open_finding = hit.finding;
    step.pinned = {.kind = StepFocus::Kind::kFinding, .finding = hit.finding};
  } else if (hit.part == Part::kCode && run_line > 0) {
    step.cursor_line = step.cursor_line == run_line && !step.editing ? 0 : run_line;
  }
}

// The arrow keys go from line to line where Tab reached the text.
void move_cursor_line(const Frame& f, const SourcePlace& place) {
  StepPanels& step = f.ui.step;
  if (f.ui.widgets.focus != "Source" || step.editing) return;
  focus_ring(f, place.body.inset(f.px(3)), 0);
  const int by = raw_key(f, key::kDown) ? 1 : raw_key(f, key::kUp) ? -1 : 0;
  if (raw_key(f, key::kEnter)) begin_editing(f);
  if (by == 0) return;
  const SourceModel& model = step.code.model;
  const session::WarpRow* followed = followed_row(f);
  int line = model.line_of(step.cursor_line > 0 ? step.cursor_line : followed != nullptr ? followed->line : 1);
  do {
    line += by;
  } while (line >= 0 && line < model.code().lines() && model.run_line(line) == 0);
  if (line < 0 || line >= model.code().lines()) return;
  step.cursor_line = model.run_line(line);
  const auto row = static_cast<float>(model.row_of(line));
  step.code_scroll = std::clamp(step.code_scroll, row + 1 - std::floor(place.seen), row);
}

}  // namespace

void draw_step_source(const Frame& f, scene::Rect r) {
  if (!f.step.source || r.w < f.px(40) || r.h < f.px(scene::size::kPanelHeader)) return;
  StepPanels& step = f.ui.step;
  const Clip clip(r);
  fill(f, r, f.colors.panel);
  follow_session_text(f);
  handle_code_keys(f, static_cast<int>(r.h / f.px(kRow)));
  step.code.model.refresh(f.step, follow_session_text(f));
  const float header = f.px(scene::size::kPanelHeader);
  const float strips = draw_source_strips(f, {r.x, r.y + header, r.w, r.h - header});
  SourcePlace place = place_source(f, r, strips);
  draw_source_header(f, place);

  f.ui.widgets.order.emplace_back("Source");
  scroll_with_wheel(f, place);
  draw_bar(f, place);
  follow_moment(f, place);
  const AreaState state = area(f, "Source", place.body);
  if (step.editing) reveal_caret(f, place);
  clamp_scroll(f, place);
  place.first = step.code_scroll;
  place.shift = step.code.columns;
  if (step.editing) edit_with_pointer(f, place, state);
  move_cursor_line(f, place);

  const int row = state.hovered ? place.row_at(state.mouse.y) : -1;
  const bool on_row = row >= 0 && row < static_cast<int>(step.code.model.rows().size());
  const auto chips =
      draw_source_rows(f, place, on_row ? step.code.model.rows()[static_cast<std::size_t>(row)].line : -1);
  if (!state.hovered) return;
  const SourceHit hit = source_hit(f, place, chips, state.mouse);
  if (hit.part == SourceHit::Part::kNone) return;
  show_hovered(f, place, hit);
  if (state.clicked) click(f, hit);
}

}  // namespace warpscope::panels
