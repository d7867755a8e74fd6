#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/learn_curves.h"
#include "app/panels/learn_runs.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using store::RunSummary;

std::string missing_or(const std::optional<double>& value, int decimals, double factor, std::string_view unit) {
  return value ? fmt::format("{:.{}f}{}", *value * factor, decimals, unit) : "–";
}

const RunColumn kColumns[] = {
    {"Name", 0, false, 0, [](const RunSummary& run) { return run.name; }},
    {"Network", 108, false, 2, [](const RunSummary& run) { return run.settings.network; }},
    {"Optimiser", 88, false, 4, [](const RunSummary& run) { return run.settings.optimizer; }},
    {"Rate", 64, true, 3, [](const RunSummary& run) { return fmt::format("{:g}", run.settings.rate); }},
    {"Batch", 54, true, 7, [](const RunSummary& run) { return fmt::format("{}", run.settings.batch); }},
    {"Seed", 48, true, 8, [](const RunSummary& run) { return fmt::format("{}", run.settings.seed); }},
    {"Epochs", 64, true, 6,
     [](const RunSummary& run) { return fmt::format("{} of {}", run.epochs_done, run.settings.epochs); }},
    {"Val. loss", 78, true, 5, [](const RunSummary& run) { return missing_or(run.validation_loss, 4, 1, ""); }},
    {"Validation", 84, true, 1,
     [](const RunSummary& run) { return missing_or(run.validation_accuracy, 2, 100, " %"); }},
    {"Test", 76, true, 1, [](const RunSummary& run) { return missing_or(run.test_accuracy, 2, 100, " %"); }},
    {"Started", 112, true, 9, [](const RunSummary& run) { return short_time(run.started); }},
};
constexpr float kNameAtLeast = 150, kColumnGap = 12;

// The box at the left of a row: ticked, in the run's colour, while the run stands behind the curves.
void draw_tick(const Frame& f, const RunSummary& run, Rect r) {
  const auto& compared = f.view.runs->compared;
  const bool on = f.ui.compared_runs.count(run.id) > 0;
  const auto shown =
      std::find_if(compared.begin(), compared.end(), [&](const auto& c) { return c.summary.id == run.id; });
  const auto index = static_cast<std::size_t>(shown - compared.begin());
  const std::string name = fmt::format("Compare {}", run.id);
  std::string pending;
  const bool chosen = register_widget(f, name, r, true, &pending);
  const AreaState pointer = area(f, name, r);
  if (chosen || pointer.clicked) toggle_compared(f, run.id);
  const float side = f.px(16);
  const Rect box{std::round(r.centre().x - side / 2), std::round(r.centre().y - side / 2), side, side};
  const float radius = f.px(scene::size::kRadiusChip);
  const scene::Rgba color = on && shown != compared.end() ? compared_color(index) : f.colors.accent_fill;
  if (on) {
    fill(f, box, color, radius);
    icon(f, Icon::kCheck, box.centre(), f.px(12), scene::text_on(color));
  } else {
    fill(f, box, pointer.hovered ? f.colors.hover : f.colors.panel, radius);
    stroke(f, box, f.colors.text3, radius, f.px(1));
  }
  if (f.ui.widgets.focus == name) focus_ring(f, box, radius);
  if (pointer.hovered) tip(f, on ? "Take it away from the curves" : "Draw it behind the curves");
}

void finish_renaming(const Frame& f, const RunSummary& run) {
  RunsState& state = f.ui.learn.runs;
  const auto first = state.name.find_first_not_of(' ');
  const std::string name = first == std::string::npos ? "" : state.name.substr(first);
  if (!name.empty() && name != run.name) f.send(session::RenameRun{run.id, name});
  state.renaming = 0;
  f.ui.wake_in(0);
}

void draw_name(const Frame& f, const RunSummary& run, Rect cell) {
  RunsState& state = f.ui.learn.runs;
  if (state.renaming == run.id) {
    const Rect field{cell.x - f.px(6), cell.y + f.px(2), cell.w + f.px(6), cell.h - f.px(4)};
    text_field(f, "Run name", field, state.name, "a name for this run");
    const ImGuiIO& io = ImGui::GetIO();
    const bool beside = io.MouseClicked[0] && !field.contains({io.MousePos.x, io.MousePos.y});
    if (raw_key(f, key::kEnter) || beside) finish_renaming(f, run);
    return;
  }
  const std::string name = fmt::format("Name of {}", run.id);
  const AreaState pointer = area(f, name, cell);
  const float top = cell.centre().y - line_height(f, Type::kLabel) / 2;
  const bool present = run.id == f.view.training.run_id;
  const float tag = present ? text_width(f, Type::kMicro, "this run") + f.px(20) : 0;
  const float width = text(f, {cell.x, top}, Type::kLabel, f.colors.text, run.name, Align::kLeft, cell.w - tag);
  if (pointer.hovered) {
    line(f, {cell.x, top + line_height(f, Type::kLabel) - f.px(1)},
         {cell.x + width, top + line_height(f, Type::kLabel) - f.px(1)}, f.colors.text3, f.px(1));
    tip(f, "Click to rename (F2)");
  }
  if (present) {
    const Rect chip{cell.x + width + f.px(8), cell.centre().y - f.px(9), tag - f.px(8), f.px(18)};
    fill(f, chip, f.colors.accent_tint, chip.h / 2);
    text(f, {chip.centre().x, chip.centre().y - line_height(f, Type::kMicro) / 2}, Type::kMicro, f.colors.accent,
         "this run", Align::kCentre);
  }
  if (!pointer.clicked) return;
  state.renaming = run.id;
  state.name = run.name;
  enter_field(f, "Run name");
}

// Asks in the row itself: nothing else is blocked meanwhile.
void draw_delete_question(const Frame& f, const RunSummary& run, Rect r) {
  RunsState& state = f.ui.learn.runs;
  const std::string_view question = "Delete this run and its curve?";
  const float yes = button_width(f, "Delete"), no = button_width(f, "Keep"), gap = f.px(8);
  const float words = text_width(f, Type::kSmall, question);
  const Rect strip{r.right() - yes - no - words - 3 * gap - f.px(12), r.y + f.px(1),
                   yes + no + words + 3 * gap + f.px(12), r.h - f.px(2)};
  fill(f, strip, f.colors.error_tint, f.px(scene::size::kRadiusControl));
  text(f, {strip.x + f.px(12), strip.centre().y - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text,
       question);
  const float y = std::round(strip.centre().y - f.px(12)), high = f.px(24);
  if (button(f, "Delete run", {strip.right() - yes - no - 2 * gap, y, yes, high}, {.label = "Delete"})) {
    f.send(session::DeleteRun{run.id});
    if (f.ui.compared_runs.count(run.id) > 0) toggle_compared(f, run.id);
    state.deleting = 0;
  }
  if (button(f, "Keep run", {strip.right() - no - gap, y, no, high}, {.label = "Keep"})) state.deleting = 0;
}

}  // namespace

std::string short_time(std::string_view iso) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const bool looks_right = iso.size() >= 16 && iso[4] == '-' && iso[7] == '-' && iso[10] == 'T';
  const int month = looks_right ? (iso[5] - '0') * 10 + (iso[6] - '0') : 0;
  if (month < 1 || month > 12) return std::string(iso);
  return fmt::format("{} {} {}", iso.substr(8, 2), kMonths[month - 1], iso.substr(11, 5));
}

std::vector<RunColumn> columns_that_fit(const Frame& f, float width) {
  std::vector<RunColumn> columns(std::begin(kColumns), std::end(kColumns));
  const auto needed = [&] {
    float sum = f.px(kNameAtLeast);
    for (const RunColumn& column : columns) sum += f.px(column.width) + f.px(kColumnGap);
    return sum;
  };
  while (columns.size() > 1 && needed() > width) {
    columns.erase(std::max_element(columns.begin(), columns.end(),
                                   [](const RunColumn& a, const RunColumn& b) { return a.priority < b.priority; }));
  }
  return columns;
}

void toggle_compared(const Frame& f, std::int64_t id) {
  std::set<std::int64_t>& chosen = f.ui.compared_runs;
  if (chosen.erase(id) == 0) chosen.insert(id);
  f.send(session::CompareRuns{{chosen.begin(), chosen.end()}});
}

void draw_run_row(const Frame& f, const RunSummary& run, const std::vector<RunColumn>& columns, Rect r) {
  RunsState& state = f.ui.learn.runs;
  const bool current = state.row == run.id;
  if (current) {
    fill(f, r, f.colors.accent_tint, f.px(scene::size::kRadiusControl));
  } else if (hovered(f, r)) {
    fill(f, r, f.colors.hover, f.px(scene::size::kRadiusControl));
  }
  if (hovered(f, r) && ImGui::GetIO().MouseClicked[0]) state.row = run.id;
  const float tick = f.px(32), bin = f.px(32);
  draw_tick(f, run, {r.x, r.y, tick, r.h});
  float fixed = 0;
  for (const RunColumn& column : columns) fixed += f.px(column.width) + f.px(kColumnGap);
  float x = r.x + tick;
  for (const RunColumn& column : columns) {
    const float width = column.width > 0 ? f.px(column.width) : r.w - tick - bin - fixed;
    const Rect cell{x, r.y, width, r.h};
    x += width + f.px(kColumnGap);
    if (column.width == 0) {
      draw_name(f, run, cell);
      continue;
    }
    const Type type = column.number ? Type::kNumber : Type::kSmall;
    text(f, {column.number ? cell.right() : cell.x, cell.centre().y - line_height(f, type) / 2}, type, f.colors.text2,
         column.value(run), column.number ? Align::kRight : Align::kLeft, cell.w);
  }
  if (state.deleting == run.id) {
    draw_delete_question(f, run, r);
    return;
  }
  const bool present = run.id == f.view.training.run_id;
  const ButtonLook look{.icon = Icon::kTrash,
                        .enabled = !present,
                        .tip = present ? "The run being trained stays. Reset first, then it can be deleted." : "Delete",
                        .label_hidden = true,
                        .ghost = true};
  const Rect place{r.right() - bin + f.px(4), std::round(r.centre().y - f.px(12)), f.px(24), f.px(24)};
  if (button(f, fmt::format("Delete {}", run.id), place, look)) state.deleting = run.id;
}

}  // namespace warpscope::panels
