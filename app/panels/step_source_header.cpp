#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/step_source_parts.h"

namespace warpscope::panels {
namespace {

constexpr std::size_t kTipWidth = 90;

std::string caption_of(const Frame& f) {
  if (f.ui.step.editing) return "editing; Ctrl+Enter runs, Esc ends";
  if (f.ui.step.code.model.edited_since_run()) return "edited: marks are of the last run";
  if (!f.step.run) return "no run yet";
  return "the warps stand where their numbers are";
}

void draw_heat_header(const Frame& f, const SourcePlace& place) {
  for (const SourcePlace::Heat& heat : place.heat) {
    const HeatColumn& column = heat_column(heat.column);
    const scene::Rect r = heat.place;
    if (place.heat_is_chosen) {
      const HeatColumn& next = heat_column((heat.column + 1) % kHeatColumns);
      const std::string about = fmt::format("{}\nClick shows {}", column.about, next.label);
      const ButtonLook look{.tip = about, .ghost = true, .label = column.label, .type = Type::kMicro};
      if (button(f, "Heat column", r, look)) {
        f.ui.step.heat_column = static_cast<int>((heat.column + 1) % kHeatColumns);
        f.ui.wake_in(0);
      }
      continue;
    }
    const float top = r.centre().y - line_height(f, Type::kMicro) / 2;
    text(f, {r.right(), top}, Type::kMicro, f.colors.text3, column.label, Align::kRight);
    if (hovered(f, r)) tip(f, column.about);
  }
}

// Returns where it begins.
float draw_edit_button(const Frame& f, const SourcePlace& place, float right) {
  const bool editing = f.ui.step.editing;
  const std::string_view name = editing ? "Done" : "Edit";
  const ButtonLook look{.tip = editing ? "Back to reading  Esc" : "Edit this text  Ctrl+E"};
  const float width = button_width(f, name, look) - f.px(8), height = f.px(scene::size::kControlSmall);
  const scene::Rect r{right - width, std::round(place.header.centre().y - height / 2), width, height};
  if (button(f, name, r, look)) editing ? end_editing(f) : begin_editing(f);
  return r.x;
}

struct Strip {
  Icon icon = Icon::kNone;
  scene::Rgba ink = 0, ground = 0;
  std::string text, tip;
};

scene::Rect draw_strip(const Frame& f, scene::Rect r, const Strip& strip, float buttons) {
  fill(f, r, strip.ground);
  line(f, {r.x, r.bottom() - f.px(1)}, {r.right(), r.bottom() - f.px(1)}, f.colors.hair, f.px(1));
  icon(f, strip.icon, {r.x + f.px(18), std::round(r.centre().y)}, f.px(15), strip.ink);
  const float x = r.x + f.px(34);
  const float room = std::max(f.px(20), r.right() - f.px(12) - buttons - x);
  text(f, {x, r.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, strip.ink, strip.text, Align::kLeft,
       room);
  if (!strip.tip.empty() && hovered(f, r)) tip(f, strip.tip);
  return {r.right() - f.px(12) - buttons, r.y, buttons, r.h};
}

float draw_disk_strip(const Frame& f, scene::Rect r) {
  const ButtonLook load{.tip = "What is here is given up for what is on disk"};
  const ButtonLook keep{.tip = "Go on with what is here; saving writes over the file"};
  const float gap = f.px(8);
  const float load_width = button_width(f, "Load it", load), keep_width = button_width(f, "Keep mine", keep);
  const Strip strip{Icon::kWarning, f.colors.warning, f.colors.warning_tint, "This file changed on disk", {}};
  const scene::Rect room = draw_strip(f, r, strip, load_width + gap + keep_width);
  const float height = f.px(scene::size::kControlSmall);
  const float top = std::round(r.centre().y - height / 2);
  if (button(f, "Load it", {room.x, top, load_width, height}, load)) f.send_step(session::ReloadKernel{});
  if (button(f, "Keep mine", {room.x + load_width + gap, top, keep_width, height}, keep)) {
    f.ui.step.code.keep_mine = true;
    f.ui.wake_in(0);
  }
  return r.h;
}

std::string place_text(const session::StepProblem& problem) {
  if (problem.file.empty()) return problem.line > 0 ? fmt::format("line {}: ", problem.line) : std::string();
  const std::string file = std::filesystem::path(problem.file).filename().string();
  return problem.line > 0 ? fmt::format("{}:{}: ", file, problem.line) : file + ": ";
}

// What the compiler said of no line of this text.
float draw_problem_strip(const Frame& f, scene::Rect r) {
  const std::vector<int>& homeless = f.ui.step.code.model.homeless();
  const auto& problems = *f.step.problems;
  using Severity = session::StepProblem::Severity;
  const session::StepProblem* worst = nullptr;
  int others = -1;
  std::string all;
  for (const int index : homeless) {
    const session::StepProblem& problem = problems[static_cast<std::size_t>(index)];
    if (problem.severity == Severity::kNote) continue;
    ++others;
    if (worst == nullptr || problem.severity > worst->severity) worst = &problem;
    if (others < 12) all += wrapped(place_text(problem) + problem.message, kTipWidth) + "\n";
  }
  if (worst == nullptr) return 0;
  const bool error = worst->severity == Severity::kError;
  if (error && f.step.run) all += "The last good run stays open";
  std::string first = place_text(*worst) + worst->message;
  std::replace(first.begin(), first.end(), '\n', ' ');
  if (others > 0) first = fmt::format("{} and {} more: {}", error ? "Error" : "Warning", others, first);
  draw_strip(f, r,
             {error ? Icon::kError : Icon::kWarning, error ? f.colors.error : f.colors.warning,
              error ? f.colors.error_tint : f.colors.warning_tint, first, all},
             0);
  return r.h;
}

}  // namespace

void draw_source_header(const Frame& f, const SourcePlace& place) {
  const scene::Rect r = place.header;
  const float under = r.bottom() - f.px(1);
  line(f, {r.x, under}, {r.right(), under}, f.colors.hair, f.px(1));
  draw_heat_header(f, place);
  const float right = place.heat.empty() ? r.right() - f.px(12) : place.heat.front().place.x - f.px(6);
  const float end = draw_edit_button(f, place, right);
  const float top = r.centre().y - line_height(f, Type::kTitle) / 2;
  panel_title(f, {r.x + f.px(16), top}, f.step.source->is_ptx ? "PTX source" : "CUDA source", caption_of(f),
              std::max(f.px(40), end - f.px(10) - r.x - f.px(16)));
}

float draw_source_strips(const Frame& f, scene::Rect room) {
  const float height = f.px(32);
  float used = 0;
  StepCodeState& code = f.ui.step.code;
  if (!f.step.source->changed_on_disk) code.keep_mine = false;
  if (f.step.source->changed_on_disk && !code.keep_mine) used += draw_disk_strip(f, {room.x, room.y, room.w, height});
  if (f.step.problems && !code.model.homeless().empty()) {
    used += draw_problem_strip(f, {room.x, room.y + used, room.w, height});
  }
  return used;
}

}  // namespace warpscope::panels
