// Back ends side by side: what each made of the same batches, and how fast.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_backend.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::BackendComparison;
using session::BackendMeasurement;
using training::BackendKind;

constexpr float kPad = 16, kGap = 12, kRow = 28, kHeader = 20, kButton = 24;
constexpr float kNarrowName = 104, kWideName = 168;
constexpr float kRate = 70, kBar = 60, kTimes = 42, kStep = 60, kPhases = 60, kLoss = 48, kAccuracy = 54;
constexpr std::string_view kNote =
    "All begin with the same weights and see the same batches, one after the other. Training rests meanwhile.";

std::string device_name(const BackendMeasurement& row) {
  if (row.kind == BackendKind::kCuda) return row.device.empty() ? "CUDA GPU" : short_device(row.device);
  return std::string(row_name(row.kind));
}

double cpu_speed(const BackendComparison& comparison) {
  for (const BackendMeasurement& row : comparison.rows) {
    if (row.kind == BackendKind::kCpu && row.done && row.problem.empty()) return row.samples_per_second;
  }
  return 0;
}

double best_speed(const BackendComparison& comparison) {
  double best = 0;
  for (const BackendMeasurement& row : comparison.rows) best = std::max(best, row.samples_per_second);
  return best;
}

std::string caption_of(const BackendComparison& comparison) {
  return fmt::format("{}, batch {}, {} steps each", comparison.network, comparison.batch, comparison.steps);
}

float name_width(const Frame& f, const BackendComparison& comparison) {
  float width = f.px(kNarrowName);
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
    const ComparisonCells cells = comparison_cells(comparison, i);
    width = std::max(width,
                     text_width(f, Type::kSmall, cells.name) + f.px(8) + text_width(f, Type::kNumber, cells.precision));
  }
  return std::min(std::ceil(width), f.px(kWideName));
}

// All columns but the bars, which come and go with the room.
float columns_width(const Frame& f, float name) {
  return 2 * f.px(kPad) + name + f.px(kRate) + f.px(kTimes) + f.px(kStep) + f.px(kLoss) + f.px(kAccuracy) +
         5 * f.px(kGap);
}

void draw_heading(const Frame& f, const ComparisonLayout& layout, const BackendComparison& comparison) {
  const float x = layout.card.x + f.px(kPad), y = layout.card.y + f.px(14);
  const ButtonLook stop{.icon = Icon::kStop, .tip = "Leaves it; training goes on", .label = "Stop"};
  const ButtonLook close{.icon = Icon::kClose, .tip = "Forgets the comparison", .label_hidden = true, .ghost = true};
  const std::string_view name = comparison.running ? "Stop comparing" : "Close comparison";
  const ButtonLook& look = comparison.running ? stop : close;
  const float width = button_width(f, name, look);
  const Rect r{layout.card.right() - f.px(comparison.running ? kPad : 10) - width,
               std::round(y + line_height(f, Type::kTitle) / 2 - f.px(kButton) / 2), width, f.px(kButton)};
  if (button(f, name, r, look)) f.send(session::StopComparing{});
  panel_title(f, {x, y}, "Side by side", caption_of(comparison), r.x - f.px(8) - x);
}

void draw_header(const Frame& f, const ComparisonLayout& layout) {
  const float y = layout.first_row - f.px(kHeader);
  const auto put = [&](const ComparisonLayout::Column& column, std::string_view words) {
    text(f, {column.x + column.w, y}, Type::kMicro, f.colors.text3, words, Align::kRight);
  };
  put(layout.rate, "samples/s");
  put(layout.times, "× CPU");
  put(layout.step, "a step");
  put(layout.loss, "loss");
  put(layout.accuracy, "accuracy");
  const float under = layout.first_row - f.px(2);
  line(f, {layout.name.x, under}, {layout.accuracy.x + layout.accuracy.w, under}, f.colors.hair, f.px(1));
}

// What stands where the numbers will be.
void draw_waiting(const Frame& f, const ComparisonLayout& layout, const BackendComparison& comparison,
                  std::size_t index, float middle) {
  const BackendMeasurement& row = comparison.rows[index];
  const float x = layout.rate.x, room = layout.accuracy.x + layout.accuracy.w - x;
  const float top = middle - line_height(f, Type::kCaption) / 2;
  if (!row.problem.empty()) {
    text(f, {x, top}, Type::kCaption, f.colors.warning, row.problem, Align::kLeft, room);
    const bool cut = text_width(f, Type::kCaption, row.problem) > room;
    if (cut && hovered(f, {x, top, room, line_height(f, Type::kCaption)})) tip(f, row.problem);
    return;
  }
  const auto pending = [](const BackendMeasurement& each) { return !each.done && each.problem.empty(); };
  const bool next =
      std::none_of(comparison.rows.begin(), comparison.rows.begin() + static_cast<std::ptrdiff_t>(index), pending);
  if (!comparison.running || !next) {
    text(f, {x, top}, Type::kCaption, f.colors.text3, comparison.running ? "waits" : "not measured", Align::kLeft,
         room);
    return;
  }
  draw_busy(f, {x + busy_width(f) / 2, middle});
  text(f, {x + busy_width(f) + f.px(8), top}, Type::kCaption, f.colors.text2, "trains …", Align::kLeft,
       room - busy_width(f) - f.px(8));
}

void draw_numbers(const Frame& f, const ComparisonLayout& layout, const BackendComparison& comparison,
                  std::size_t index, float middle) {
  const BackendMeasurement& row = comparison.rows[index];
  const ComparisonCells cells = comparison_cells(comparison, index);
  const auto put = [&](const ComparisonLayout::Column& column, const std::string& words) {
    text(f, {column.x + column.w, middle - line_height(f, Type::kNumber) / 2}, Type::kNumber, f.colors.text, words,
         Align::kRight);
  };
  put(layout.rate, cells.rate);
  put(layout.times, cells.times);
  put(layout.step, cells.step);
  put(layout.loss, cells.loss);
  put(layout.accuracy, cells.accuracy);
  const float high = f.px(10), top = std::round(middle - high / 2);
  if (layout.rate_bar.w > 0) {
    const float part = static_cast<float>(row.samples_per_second / best_speed(comparison));
    fill(f, {layout.rate_bar.x, top, layout.rate_bar.w, high}, f.colors.grid);
    fill(f, {layout.rate_bar.x, top, std::max(f.px(1), std::round(layout.rate_bar.w * part)), high}, f.colors.train);
  }
  if (layout.phases.w > 0) draw_phase_bar(f, {layout.phases.x, top, layout.phases.w, high}, row.phases);
}

void draw_row(const Frame& f, const ComparisonLayout& layout, const BackendComparison& comparison, std::size_t index) {
  const BackendMeasurement& row = comparison.rows[index];
  const ComparisonCells cells = comparison_cells(comparison, index);
  const float top = layout.first_row + layout.row * static_cast<float>(index);
  const float middle = std::round(top + layout.row / 2);
  const Rect whole{layout.card.x + f.px(8), top, layout.card.w - 2 * f.px(8), layout.row};
  const bool over = hovered(f, whole);
  if (over) fill(f, whole, f.colors.hover, f.px(scene::size::kRadiusChip));
  const float precision = text_width(f, Type::kNumber, cells.precision) + f.px(8);
  const float name = text(f, {layout.name.x, middle - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text,
                          cells.name, Align::kLeft, std::max(f.px(16), layout.name.w - precision));
  text(f, {layout.name.x + name + f.px(8), middle - line_height(f, Type::kNumber) / 2}, Type::kNumber, f.colors.text2,
       cells.precision);
  if (!row.done || !row.problem.empty()) {
    draw_waiting(f, layout, comparison, index, middle);
    return;
  }
  draw_numbers(f, layout, comparison, index, middle);
  if (over) tip(f, fmt::format("{}\n{}", row.device, phase_lines(row.phases)));
}

}  // namespace

ComparisonCells comparison_cells(const BackendComparison& comparison, std::size_t index) {
  const BackendMeasurement& row = comparison.rows[index];
  ComparisonCells cells{.name = device_name(row),
                        .precision = std::string(training::text_of(row.precision)),
                        .rate = with_thousands(std::llround(row.samples_per_second)),
                        .times = {},
                        .step = step_time_text(row.seconds_a_step),
                        .loss = std::isfinite(row.loss) ? fmt::format("{:.4f}", row.loss) : "NaN",
                        .accuracy = fmt::format("{:.1f} %", 100 * row.accuracy)};
  if (const double cpu = cpu_speed(comparison); cpu > 0) {
    const double times = row.samples_per_second / cpu;
    cells.times = row.kind == BackendKind::kCpu ? "1" : times < 1 ? fmt::format("{:.2f}", times) : times_text(times);
  }
  return cells;
}

float least_comparison_width(const Frame& f) {
  return columns_width(f, f.px(kNarrowName));
}

ComparisonLayout layout_comparison(const Frame& f, float right, float top, float width,
                                   const BackendComparison& comparison) {
  const float name = name_width(f, comparison);
  const float bar = f.px(kBar) + f.px(kGap), phases = f.px(kPhases) + f.px(kGap);
  const bool with_bar = columns_width(f, name) + bar + phases <= width;
  const bool with_phases = columns_width(f, name) + phases <= width;
  const float wanted = columns_width(f, name) + (with_bar ? bar : 0) + (with_phases ? phases : 0);
  ComparisonLayout layout;
  layout.card.w = std::min(wanted, width);
  layout.card.x = std::round(right - layout.card.w);
  layout.card.y = top;
  float x = layout.card.x + f.px(kPad);
  const auto place = [&](ComparisonLayout::Column& column, float wide) {
    column = {x, wide};
    if (wide > 0) x += wide + f.px(kGap);
  };
  place(layout.name, name - (wanted - layout.card.w));
  place(layout.rate, f.px(kRate));
  place(layout.rate_bar, with_bar ? f.px(kBar) : 0);
  place(layout.times, f.px(kTimes));
  place(layout.step, f.px(kStep));
  place(layout.phases, with_phases ? f.px(kPhases) : 0);
  place(layout.loss, f.px(kLoss));
  place(layout.accuracy, f.px(kAccuracy));

  const float inside = layout.card.w - 2 * f.px(kPad);
  layout.note = top + f.px(14) + line_height(f, Type::kTitle) + f.px(6);
  layout.first_row = layout.note + paragraph(f, {}, inside, Type::kCaption, 0, kNote, true) + f.px(8) + f.px(kHeader);
  layout.row = f.px(kRow);
  layout.text = layout.first_row + layout.row * static_cast<float>(comparison.rows.size()) + f.px(8);
  const std::string words = comparison_text(comparison);
  const float text_height = words.empty() ? 0 : paragraph(f, {}, inside, Type::kSmall, 0, words, true) + f.px(6);
  layout.card.h = layout.text + text_height + f.px(8) - top;
  return layout;
}

void draw_comparison(const Frame& f, const ComparisonLayout& layout, const BackendComparison& comparison) {
  const Overlay overlay(f, "comparison", layout.card, Overlay::Kind::kTakesInput);
  callout(f, layout.card, false);
  const float x = layout.card.x + f.px(kPad), inside = layout.card.w - 2 * f.px(kPad);
  draw_heading(f, layout, comparison);
  paragraph(f, {x, layout.note}, inside, Type::kCaption, f.colors.text3, kNote);
  draw_header(f, layout);
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) draw_row(f, layout, comparison, i);
  const std::string words = comparison_text(comparison);
  if (!words.empty()) paragraph(f, {x, layout.text}, inside, Type::kSmall, f.colors.text, words);
  if (hovered(f, layout.card)) {
    f.ui.hovered = {.kind = Focus::Kind::kControl, .name = "Compare on this machine"};
  }
}

}  // namespace warpscope::panels
