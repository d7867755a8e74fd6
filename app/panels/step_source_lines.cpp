#include <algorithm>
#include <cmath>

#include "app/panels/step_source_parts.h"

namespace warpscope::panels {
namespace {

// Which lines are lit because something that belongs to them is pointed at, elsewhere or here.
std::array<int, 2> lit_run_lines(const Frame& f) {
  const StepFocus& focus = shown_focus(f);
  if (!f.step.run) return {focus.kind == StepFocus::Kind::kLine ? focus.line : 0, 0};
  const session::StepRun& run = *f.step.run;
  switch (focus.kind) {
    case StepFocus::Kind::kLine:
      return {focus.line, 0};
    case StepFocus::Kind::kPc:
      return {session::line_at(run, focus.pc), 0};
    case StepFocus::Kind::kStep:
      return {focus.position < run.size() ? session::line_at(run, (*run.records)[focus.position].pc) : 0, 0};
    case StepFocus::Kind::kFinding: {
      const auto index = static_cast<std::size_t>(focus.finding);
      if (focus.finding < 0 || index >= run.findings.size()) return {};
      const vgpu::Finding& finding = run.findings[index].finding;
      return {line_in_source(run, finding.where, finding.pc),
              finding.has_other ? line_in_source(run, finding.other_where, finding.other_pc) : 0};
    }
    default:
      return {};
  }
}

// Everything that is the same for all rows of a frame.
class Rows {
 public:
  Rows(const Frame& f, const SourcePlace& place, int hovered_line)
      : f_(f), place_(place), model_(f.ui.step.code.model), hovered_(hovered_line), lit_(lit_run_lines(f)) {
    if (const session::WarpRow* row = followed_row(f)) current_ = model_.line_of(row->line);
  }

  void draw(int row) {
    const SourceRow& what = model_.rows()[static_cast<std::size_t>(row)];
    const float top = std::round(place_.top_of(row));
    if (what.problem >= 0) {
      problem(what.problem, top);
      return;
    }
    ground(what.line, top);
    gutter(what.line, top);
    {
      // A line without numbers beside it has the whole width.
      const float end = model_.heat(what.line).known ? place_.code_end : place_.body.right();
      const Clip clip(
          {place_.columns.code - f_.px(2), place_.body.y, end - place_.columns.code + f_.px(2), place_.body.h});
      draw_selection(f_, place_, what.line);
      draw_code(f_, {place_.x_of(0), top}, model_.code().line(what.line), model_.code().runs(what.line),
                place_.columns.code, end, place_.columns.character);
      squiggles(what.line, top);
    }
    heat(what.line, top);
    f_.ui.targets.push_back({"line " + std::to_string(what.line + 1),
                             {place_.columns.code, top, place_.code_end - place_.columns.code, place_.columns.row},
                             true});
    f_.ui.targets.push_back(
        {"line number " + std::to_string(what.line + 1),
         {place_.columns.chips_end, top, place_.columns.number_end - place_.columns.chips_end, place_.columns.row},
         true});
  }

  std::vector<ChipHit> chips;

 private:
  scene::Rect whole_row(float top) const { return {place_.body.x, top, place_.body.w, place_.columns.row}; }

  void ground(int line, float top) {
    const scene::Palette& c = f_.colors;
    const int run_line = model_.run_line(line);
    const bool lit = run_line > 0 && (run_line == lit_[0] || run_line == lit_[1]);
    if (line == current_) {
      fill(f_, whole_row(top), c.accent_tint);
      fill(f_, {place_.body.x, top, f_.px(3), place_.columns.row}, c.accent);
    } else if (line == hovered_ || lit) {
      fill(f_, whole_row(top), c.raised);
    }
    if (run_line > 0 && run_line == f_.ui.step.cursor_line && !f_.ui.step.editing) {
      const float width = f_.px(2);
      fill(f_, {place_.columns.code - f_.px(6), top, width, place_.columns.row}, c.accent);
    }
  }

  void gutter(int line, float top) {
    const scene::Palette& c = f_.colors;
    const CodeColumns& columns = place_.columns;
    const int run_line = model_.run_line(line);
    for (const session::StepBreakpoint& breakpoint : f_.step.breakpoints) {
      if (breakpoint.kind == session::StepBreakpoint::Kind::kLine && breakpoint.line == run_line && run_line > 0) {
        draw_breakpoint(f_, {columns.dot, std::round(top + columns.row / 2)}, breakpoint);
      }
    }
    standing_.clear();
    for (const session::WarpRow& row : f_.ui.step.reading.warps) {
      if (row.line > 0 && row.line == run_line) standing_.push_back(&row);
    }
    draw_warp_chips(f_, columns, top, standing_, chips);
    const bool strong = line == current_ || line == hovered_;
    text(f_, {columns.number_end, top + (columns.row - line_height(f_, Type::kNumber)) / 2}, Type::kNumber,
         strong ? c.text : c.text3, std::to_string(line + 1), Align::kRight);
  }

  void squiggles(int line, float top) {
    for (const LineFinding& placed : model_.findings(line)) {
      const auto severity = f_.step.run->findings[static_cast<std::size_t>(placed.finding)].finding.severity;
      const scene::Palette& c = f_.colors;
      const scene::Rgba ink = severity == vgpu::Severity::kError     ? c.error
                              : severity == vgpu::Severity::kWarning ? c.warning
                                                                     : c.text3;
      const std::string_view whole = model_.code().line(line);
      const float left = place_.x_of(scene::column_of_byte(whole, placed.begin));
      const float right = place_.x_of(scene::column_of_byte(whole, placed.end));
      squiggle(std::max(left, place_.columns.code), std::min(right, place_.code_end), top + place_.columns.row, ink);
    }
  }

  void squiggle(float left, float right, float bottom, scene::Rgba ink) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float step = f_.px(2), low = bottom - f_.px(1) - 0.5F, high = low - f_.px(2);
    bool up = false;
    for (float x = left; x <= right; x += step) {
      list.PathLineTo({x, up ? high : low});
      up = !up;
    }
    list.PathStroke(ink, 0, f_.px(1));
  }

  void heat(int line, float top) {
    const LineHeat& numbers = model_.heat(line);
    if (!numbers.known) return;
    const scene::Palette& c = f_.colors;
    const bool unchanged = model_.unchanged(line);
    for (const SourcePlace::Heat& heat : place_.heat) {
      if (!numbers.shows(heat.column)) continue;
      const scene::Rect header = heat.place;
      const scene::Rect cell{header.x, top + f_.px(1), header.w, place_.columns.row - f_.px(2)};
      const float hot = unchanged ? heat_of(numbers, heat.column, model_.most_instructions()) : 0;
      scene::Rgba ink = unchanged ? c.text2 : c.disabled;
      if (hot > 0.02F) {
        const scene::Rgba ground = scene::mix(c.panel, c.positive, 0.06F + 0.74F * hot);
        fill(f_, cell, ground, f_.px(scene::size::kRadiusCell));
        ink = hot > 0.3F ? scene::text_on(ground) : c.text;
      }
      text(f_, {cell.right() - f_.px(4), cell.centre().y - line_height(f_, Type::kTick) / 2}, Type::kTick, ink,
           heat_text(numbers, heat.column), Align::kRight);
    }
  }

  // What the compiler said, below its line.
  void problem(int index, float top) {
    const session::StepProblem& problem = (*f_.step.problems)[static_cast<std::size_t>(index)];
    using Severity = session::StepProblem::Severity;
    const scene::Palette& c = f_.colors;
    const bool error = problem.severity == Severity::kError, note = problem.severity == Severity::kNote;
    const scene::Rgba ink = error ? c.error : note ? c.text2 : c.warning;
    const scene::Rect r{place_.columns.code - f_.px(4), top + f_.px(1), place_.body.right() - place_.columns.code,
                        place_.columns.row - f_.px(2)};
    fill(f_, r, error ? c.error_tint : note ? c.raised : c.warning_tint, f_.px(scene::size::kRadiusCell));
    icon(f_, error ? Icon::kError : Icon::kWarning, {r.x + f_.px(11), std::round(r.centre().y)}, f_.px(13), ink);
    const std::string_view whole = problem.message;
    text(f_, {r.x + f_.px(22), r.centre().y - line_height(f_, Type::kCaption) / 2}, Type::kCaption, ink,
         whole.substr(0, whole.find('\n')), Align::kLeft, r.w - f_.px(28));
  }

  const Frame& f_;
  const SourcePlace& place_;
  const SourceModel& model_;
  int hovered_ = -1;
  int current_ = -1;
  std::array<int, 2> lit_{};
  std::vector<const session::WarpRow*> standing_;
};

}  // namespace

std::vector<ChipHit> draw_source_rows(const Frame& f, const SourcePlace& place, int hovered_line) {
  const int rows = static_cast<int>(f.ui.step.code.model.rows().size());
  const int first = std::max(0, static_cast<int>(place.first));
  const int last = std::min(rows, static_cast<int>(place.first + place.seen) + 2);
  const Clip clip(place.body);
  Rows drawn(f, place, hovered_line);
  for (int row = first; row < last; ++row) drawn.draw(row);
  if (f.ui.step.editing) draw_caret(f, place);
  for (const ChipHit& chip : drawn.chips) {
    const std::uint32_t warp = static_cast<std::uint32_t>(chip.warp) % std::max(1U, f.step.run->warps_per_block);
    f.ui.targets.push_back({"warp " + std::to_string(warp) + " in the source", chip.rect, true});
  }
  return std::move(drawn.chips);
}

SourceHit source_hit(const Frame& f, const SourcePlace& place, const std::vector<ChipHit>& chips, scene::Vec2 at) {
  using Part = SourceHit::Part;
  const SourceModel& model = f.ui.step.code.model;
  SourceHit hit;
  const int row = place.row_at(at.y);
  if (row < 0 || row >= static_cast<int>(model.rows().size())) return hit;
  const SourceRow& what = model.rows()[static_cast<std::size_t>(row)];
  hit.line = what.line;
  hit.problem = what.problem;
  if (what.problem >= 0) {
    hit.part = Part::kProblem;
    return hit;
  }
  for (const ChipHit& chip : chips) {
    if (!chip.rect.contains(at)) continue;
    hit.part = Part::kChip;
    hit.warp = chip.warp;
    return hit;
  }
  if (at.x < place.columns.code - f.px(4)) {
    hit.part = Part::kGutter;
  } else if (at.x >= place.code_end) {
    hit.part = Part::kHeat;
  } else {
    hit.part = Part::kCode;
    const std::string_view line = model.code().line(what.line);
    // The character under the pointer, not the nearest gap between two.
    const float column = std::floor(place.column_at(at.x));
    hit.byte = column < 0 ? 0 : scene::byte_at_column(line, column + 0.25F);
    if (hit.byte < line.size()) hit.name = model.code().name_at(what.line, hit.byte);
    for (const LineFinding& placed : model.findings(what.line)) {
      if (hit.byte >= placed.begin && hit.byte < placed.end) hit.finding = placed.finding;
    }
  }
  return hit;
}

}  // namespace warpscope::panels
