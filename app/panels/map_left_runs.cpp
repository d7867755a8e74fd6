// This run and the one before, in two columns.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_left.h"
#include "compute/session/map_plan.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using session::MapPlan;
using session::MapRun;
using timing::Timeline;

bool traced(const MapRun& run) {
  return run.timeline->origin == Timeline::Origin::kTraced;
}

std::string bytes_text(double bytes) {
  if (bytes >= 1e9) return fmt::format("{:.2f} GB", bytes / 1e9);
  if (bytes >= 1e6) return fmt::format("{:.2f} MB", bytes / 1e6);
  return fmt::format("{:.1f} kB", bytes / 1e3);
}

// What a row compares. A negative number: this run cannot say.
struct Measure {
  std::string_view name, brief;
  double (*of)(const MapRun& run);
  std::string (*text)(double value);
  int better;  // 1: more is better, -1: less
};

std::string whole_text(double value) {
  return fmt::format("{:.0f}", value);
}
std::string two_text(double value) {
  return fmt::format("{:.2f}", value);
}
std::string percent_text(double value) {
  return fmt::format("{:.0f} %", 100 * value);
}

constexpr Measure kMeasures[] = {
    {"blocks per SM", "blocks per SM",
     [](const MapRun& r) { return static_cast<double>(r.timeline->occupancy.blocks); }, whole_text, 1},
    {"waves", "waves", [](const MapRun& r) { return r.plan->waves; }, two_text, -1},
    {"cycles", "cycles", [](const MapRun& r) { return traced(r) ? -1 : static_cast<double>(r.timeline->cycles); },
     cycles_text, -1},
    {"time", "time", [](const MapRun& r) { return r.timeline->seconds(); }, time_text, -1},
    {"occupancy achieved", "occupancy", [](const MapRun& r) { return r.timeline->occupancy_achieved(); }, percent_text,
     1},
    {"IPC per SM", "IPC per SM", [](const MapRun& r) { return traced(r) ? -1 : r.timeline->ipc(); }, two_text, 1},
    {"issue slots used", "issue slots",
     [](const MapRun& r) {
       return traced(r) || r.plan->limits == nullptr ? -1 : r.timeline->ipc() / r.plan->limits->sub_partitions;
     },
     percent_text, 1},
    {"DRAM traffic", "DRAM",
     [](const MapRun& r) {
       const timing::Traffic& traffic = r.timeline->traffic;
       return traced(r) ? -1 : static_cast<double>(traffic.dram_read_bytes + traffic.dram_write_bytes);
     },
     bytes_text, -1},
};

// What of the settings makes two runs different.
struct Aspect {
  std::string (*of)(const MapRun& run);
};
constexpr Aspect kAspects[] = {
    {[](const MapRun& r) { return r.plan->kernel; }},
    {[](const MapRun& r) { return r.plan->gpu.name; }},
    {[](const MapRun& r) { return std::string(traced(r) ? "real trace" : "model"); }},
    {[](const MapRun& r) { return fmt::format("{} threads", r.plan->block.count()); }},
    {[](const MapRun& r) { return fmt::format("{} registers", r.plan->registers.count); }},
    {[](const MapRun& r) {
      const MapPlan& plan = *r.plan;
      const auto bytes = static_cast<double>(plan.static_shared + plan.dynamic_shared + plan.added_shared);
      return fmt::format("{:.1f} KiB shared", bytes / 1024);
    }},
    {[](const MapRun& r) { return fmt::format("{} blocks", r.plan->grid.count()); }},
    {[](const MapRun& r) {
      return std::string(r.plan->settings.policy == timing::WarpPolicy::kRoundRobin ? "round robin" : "greedy");
    }},
    {[](const MapRun& r) { return std::string(r.plan->settings.cold_caches ? "cold caches" : "warm caches"); }},
    {[](const MapRun& r) {
      const int percent = r.plan->settings.carveout_percent;
      return percent < 0 ? std::string("largest carve-out") : fmt::format("{} % carve-out", percent);
    }},
};

struct Columns {
  float before = 0, now = 0, width = 0;  // right edges; of one
};
Columns columns_of(const LeftColumn& column) {
  const float width = std::round(column.width * (column.compact ? 0.31F : 0.3F));
  return {column.x + column.width - width, column.x + column.width, width - column.f.px(8)};
}

void draw_header(LeftColumn& column, const MapRun& before, const MapRun& now) {
  const Frame& f = column.f;
  const auto differences = map_differences(before, now);
  const std::string more = differences.size() > 1 ? fmt::format(" +{}", differences.size() - 1) : "";
  const std::string left = differences.empty() ? "before" : differences.front().before;
  const std::string right = differences.empty() ? "now" : differences.front().now + more;
  const Columns columns = columns_of(column);
  const Rect row = column.row(f.px(22));
  const float y = row.centre().y - line_height(f, Type::kCaption) / 2;
  const float mark = f.px(12);
  const auto draw = [&](float x, const std::string& words, const MapRun& run, scene::Rgba ink) {
    const float wide = std::min(text_width(f, Type::kCaption, words), columns.width - mark);
    text(f, {x - wide, y}, Type::kCaption, ink, words, Align::kLeft, wide + 1);
    origin_mark(f, {x - wide - f.px(8), std::round(row.centre().y)},
                traced(run) ? Origin::kMeasured : Origin::kModelled);
  };
  draw(columns.before, left, before, f.colors.text3);
  draw(columns.now, right, now, f.colors.text2);
  if (hovered(f, row)) {
    std::string lines = differences.empty() ? "Both runs have the same settings." : "";
    for (const MapDifference& each : differences) {
      lines += fmt::format("{}{}  {}", lines.empty() ? "" : "\n", each.before, each.now);
    }
    tip(f, lines);
  }
  column.y += row.h;
}

void draw_row(LeftColumn& column, const MapComparison& each) {
  const Frame& f = column.f;
  const Columns columns = columns_of(column);
  const Rect row = column.row(f.px(column.compact ? 20 : 22));
  const Type type = column.compact ? Type::kCaption : Type::kSmall;
  const float number = row.centre().y - line_height(f, Type::kNumber) / 2;
  const float room = columns.before - columns.width - row.x + f.px(4);
  const bool whole = text_width(f, type, each.name) <= room;
  text(f, {row.x, row.centre().y - line_height(f, type) / 2}, type, f.colors.text2, whole ? each.name : each.brief,
       Align::kLeft, room);
  text(f, {columns.before, number}, Type::kNumber, f.colors.text2, each.before, Align::kRight);
  const scene::Rgba ink = each.better > 0 ? f.colors.good : each.better < 0 ? f.colors.warning : f.colors.text;
  text(f, {columns.now, number}, Type::kNumber, ink, each.now, Align::kRight);
  column.y += row.h;
}

void put_buttons(LeftColumn& column) {
  const Frame& f = column.f;
  const bool kept = f.map.compared != nullptr;
  const Rect row = column.row(f.px(scene::size::kControl));
  const ButtonLook look{
      .icon = kept ? Icon::kClose : Icon::kPinned,
      .selected = kept,
      .tip = kept ? "The run kept to compare goes (C)" : "This run stays beside those that follow (C)",
      .label = kept ? "Let it go" : "Keep to compare"};
  const float width = button_width(f, "Keep to compare", look);
  keep_in_view(column, "Keep to compare", row);
  if (button(f, "Keep to compare", {row.x, row.y, width, row.h}, look)) toggle_compare(f);
  if (kept) {
    bool& both = f.ui.map.side_by_side;
    const ButtonLook side{.selected = both, .tip = "Both runs, at the same time of theirs", .label = "Side by side"};
    const Rect r{row.x + width + f.px(8), row.y,
                 std::min(button_width(f, "Side by side", side), row.w - width - f.px(8)), row.h};
    if (button(f, "Both runs", r, side)) both = !both;
  }
  column.y += row.h + f.px(8);
}

}  // namespace

const MapRun* compared_run(const Frame& f) {
  if (f.map.compared && f.map.compared != f.map.run) return f.map.compared.get();
  return f.map.before.get();
}

bool is_run_of(const MapRun& run, const MapPlan& plan) {
  return run.plan->version == plan.version || session::identity_of(*run.plan) == session::identity_of(plan);
}

std::vector<MapDifference> map_differences(const MapRun& before, const MapRun& now) {
  std::vector<MapDifference> differences;
  for (const Aspect& aspect : kAspects) {
    MapDifference each{aspect.of(before), aspect.of(now)};
    if (each.before != each.now) differences.push_back(std::move(each));
  }
  return differences;
}

std::vector<MapComparison> map_comparison(const MapRun& before, const MapRun& now) {
  constexpr double kAsGood = 0.005;  // a part that is no difference
  std::vector<MapComparison> rows;
  for (const Measure& measure : kMeasures) {
    const double a = measure.of(before), b = measure.of(now);
    MapComparison row{std::string(measure.name), std::string(measure.brief), a < 0 ? "–" : measure.text(a),
                      b < 0 ? "–" : measure.text(b), 0};
    if (a >= 0 && b >= 0 && std::abs(b - a) > kAsGood * std::max(a, b)) {
      row.better = (b > a) == (measure.better > 0) ? 1 : -1;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void toggle_compare(const Frame& f) {
  const bool keep = f.map.compared == nullptr;
  if (keep && !f.map.run) return;
  f.send_map(session::KeepToCompare{keep});
  f.ui.map.side_by_side = keep;
}

void put_map_runs(LeftColumn& column) {
  const Frame& f = column.f;
  const float top = column.y;
  const MapRun* const other = compared_run(f);
  const bool kept = other != nullptr && other == f.map.compared.get();
  put_section(column, kept ? "This run and the one kept" : "This run and the one before", "");
  if (!f.map.run) {
    put_note(column, "Nothing has been run yet.", f.colors.text3);
    return;
  }
  const MapRun& now = *f.map.run;
  if (other != nullptr) draw_header(column, *other, now);
  for (MapComparison& row : map_comparison(other != nullptr ? *other : now, now)) {
    if (other == nullptr) row.before.clear();
    draw_row(column, row);
  }
  if (other == nullptr)
    put_note(column, "Change something: the run before stays here beside the next.", f.colors.text3);
  column.y += f.px(6);
  put_buttons(column);
  speak_of_map(f, {column.panel.x, top, column.panel.w, column.y - top}, "compare");
}

}  // namespace warpscope::panels
