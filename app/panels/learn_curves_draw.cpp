#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "app/panels/learn_curves.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Quantity;
using scene::Rect;
using scene::Rgba;
using store::CurvePoint;

constexpr float kRawAlpha = 0.36F, kRawAlphaLight = 0.30F;
constexpr float kTickEvery = 68, kTickEveryUp = 28;  // logical pixels a label needs

std::vector<scene::Tick> value_ticks(const Frame& f, const PlotBox& box) {
  const int most = std::max(2, static_cast<int>(box.plot.h / f.px(kTickEveryUp)));
  if (box.y.scale == scene::AxisScale::kLog) return scene::log_ticks(box.y.range, most);
  if (box.loss()) return scene::linear_ticks(box.y.range, most);
  std::vector<scene::Tick> ticks = scene::linear_ticks({100 * box.y.range.low, 100 * box.y.range.high}, most);
  for (scene::Tick& tick : ticks) {
    tick.value /= 100;
    tick.text += " %";
  }
  return ticks;
}

// On the line of the tick labels, in the gap between two of them that lies nearest to the middle.
void draw_axis_name_between(const Frame& f, const PlotBox& box, const std::vector<scene::Tick>& ticks, float y,
                            std::string_view name) {
  const float wanted = text_width(f, Type::kCaption, name) + f.px(28);
  float best = -1;
  for (std::size_t i = 0; i + 1 < ticks.size(); ++i) {
    const float left = box.x.place(ticks[i].value), right = box.x.place(ticks[i + 1].value);
    if (right - left < wanted) continue;
    const float middle = (left + right) / 2;
    if (best < 0 || std::abs(middle - box.plot.centre().x) < std::abs(best - box.plot.centre().x)) best = middle;
  }
  if (best >= 0) text(f, {best, y - f.px(2)}, Type::kCaption, f.colors.text3, name, Align::kCentre);
}

// The points that a line needs: those in view, and of several on one pixel only the first.
std::vector<ImVec2> screen_points(std::span<const CurvePoint> points, const PlotBox& box) {
  std::vector<ImVec2> screen;
  for (const CurvePoint& point : scene::visible_part(points, box.x.range)) {
    const float value = value_of(point, box.quantity);
    if (!std::isfinite(value)) continue;
    const ImVec2 at{box.x.place(point.epoch), box.y.place(value)};
    if (!screen.empty() && at.x - screen.back().x < 0.75F) {
      screen.back().y = at.y;
      continue;
    }
    screen.push_back(at);
  }
  return screen;
}

void draw_line(const Frame& f, std::span<const CurvePoint> points, const PlotBox& box, Rgba color, float thickness) {
  const std::vector<ImVec2> screen = screen_points(points, box);
  if (screen.size() < 2) return;
  ImGui::GetWindowDrawList()->AddPolyline(screen.data(), static_cast<int>(screen.size()), color, 0, f.px(thickness));
}

void draw_markers(const Frame& f, std::span<const CurvePoint> points, const PlotBox& box, Rgba color, float radius) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  float last = -1e9F;
  for (const CurvePoint& point : scene::visible_part(points, box.x.range)) {
    const ImVec2 at{box.x.place(point.epoch), box.y.place(value_of(point, box.quantity))};
    if (at.x - last < f.px(2 * radius + 2)) continue;  // a hundred epochs: dots would become a band
    list.AddCircleFilled(at, f.px(radius), color, 12);
    last = at.x;
  }
}

// Few enough points that every one can be seen: the line itself.
void draw_raw_points(const CurvesFrame& c, const PlotBox& box, Rgba color) {
  std::vector<ImVec2> screen;
  for (const auto& chunk : c.curve.train) {
    if (chunk->empty() || chunk->back().epoch < box.x.range.low || chunk->front().epoch > box.x.range.high) continue;
    for (const CurvePoint& point : scene::visible_part(*chunk, box.x.range)) {
      const float value = value_of(point, box.quantity);
      if (std::isfinite(value)) screen.push_back({box.x.place(point.epoch), box.y.place(value)});
    }
  }
  if (screen.size() < 2) return;
  ImGui::GetWindowDrawList()->AddPolyline(screen.data(), static_cast<int>(screen.size()), color, 0, c.f.px(1));
}

void draw_raw(const CurvesFrame& c, const PlotBox& box) {
  const Rgba color = scene::with_alpha(c.f.colors.train, c.f.ui.dark ? kRawAlpha : kRawAlphaLight);
  const scene::ColumnExtremes& extremes = box.loss() ? c.state.columns.loss() : c.state.columns.accuracy();
  if (extremes.visible() < extremes.columns().size() / 2) {
    draw_raw_points(c, box, color);
    return;
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  float before = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t i = 0; i < extremes.columns().size(); ++i) {
    const scene::ColumnExtremes::Column& column = extremes.columns()[i];
    if (column.count == 0) continue;
    // From where the column before it ended, as a drawn line would go; NaN at the start takes no part.
    const float low = std::fmin(column.low, before), high = std::fmax(column.high, before);
    before = column.last;
    const float top = std::max(std::round(box.y.place(high)), box.plot.y);
    const float bottom = std::min(std::max(std::round(box.y.place(low)), top + 1), box.plot.bottom());
    if (bottom <= top) continue;
    const float x = box.plot.x + static_cast<float>(i) * c.column_width;
    list.AddRectFilled({x, top}, {std::min(x + c.column_width, box.plot.right()), bottom}, color);
  }
}

// Names of the compared runs in the corner that curves leave free: loss falls, accuracy rises.
void draw_compared_names(const CurvesFrame& c, const PlotBox& box) {
  const auto& compared = c.f.view.runs->compared;
  if (compared.empty()) return;
  const Frame& f = c.f;
  const float row = line_height(f, Type::kMicro), room = box.plot.w * 0.5F;
  const auto count = static_cast<float>(compared.size());
  float y = box.loss() ? box.plot.y + f.px(22) : box.plot.bottom() - f.px(22) - row * count;
  for (std::size_t i = 0; i < compared.size(); ++i) {
    const std::string& name = compared[i].summary.name;
    const float width = std::min(text_width(f, Type::kMicro, name), room);
    const float x = box.plot.right() - f.px(6) - width;
    fill(f, {x - f.px(20), y, width + f.px(24), row}, scene::with_alpha(f.colors.panel, 0.82F));
    line(f, {x - f.px(16), y + std::round(row / 2) - f.px(1)}, {x - f.px(4), y + std::round(row / 2) - f.px(1)},
         compared_color(i), f.px(2));
    text(f, {x, y}, Type::kMicro, f.colors.text2, name, Align::kLeft, room);
    y += row;
  }
}

void draw_now(const CurvesFrame& c, const PlotBox& box) {
  const std::size_t count = c.curve.train_count();
  if (count == 0) return;
  const double epoch = c.curve.train_at(count - 1).epoch;
  if (!box.x.range.contains(epoch)) return;
  const Frame& f = c.f;
  const float x = std::round(std::min(box.x.place(epoch), box.plot.right() - f.px(1)));
  line(f, {x, box.plot.y}, {x, box.plot.bottom()}, f.colors.accent, f.px(1));
  const float width = text_width(f, Type::kCaption, "now");
  const bool right = x + f.px(5) + width <= box.plot.right();
  const float y = box.loss() ? box.plot.y + f.px(1) : box.plot.bottom() - line_height(f, Type::kCaption) - f.px(1);
  const float at = right ? x + f.px(5) : x - f.px(5) - width;
  if (!right)
    fill(f, {at - f.px(2), y, width + f.px(4), line_height(f, Type::kCaption)},
         scene::with_alpha(f.colors.panel, 0.82F));
  text(f, {at, y}, Type::kCaption, f.colors.accent, "now");
}

// What stands at an epoch.
struct Reading {
  std::string name;
  Rgba color;
  float value;
};
// Nullopt where the curve has nothing near: before its first point, after its last.
std::optional<CurvePoint> point_at(std::span<const CurvePoint> points, double epoch, double reach) {
  const auto nearest = scene::nearest_point(points, epoch);
  if (!nearest || std::abs(points[*nearest].epoch - epoch) > reach) return std::nullopt;
  return points[*nearest];
}

// Training points are a step apart, validation points a quarter of an epoch.
double train_reach(const PlotBox& box) {
  return 0.02 * box.x.range.size();
}
constexpr double kValidationReach = 0.3;

std::optional<CurvePoint> raw_point_at(const session::CurveView& curve, const PlotBox& box, double epoch) {
  const auto chunk = std::lower_bound(curve.train.begin(), curve.train.end(), epoch, [](const auto& part, double e) {
    return part->empty() || part->back().epoch < e;
  });
  if (curve.train.empty()) return std::nullopt;
  return point_at(chunk == curve.train.end() ? *curve.train.back() : **chunk, epoch, train_reach(box));
}

std::vector<Reading> readings_at(const CurvesFrame& c, const PlotBox& box, double epoch) {
  const scene::Palette& colors = c.f.colors;
  std::vector<Reading> readings;
  if (const auto raw = raw_point_at(c.curve, box, epoch)) {
    readings.push_back({"this batch", scene::with_alpha(colors.train, 0.5F), value_of(*raw, box.quantity)});
  }
  if (const auto mean = point_at(c.curve.smoothed, epoch, train_reach(box))) {
    readings.push_back({"train", colors.train, value_of(*mean, box.quantity)});
  }
  if (const auto checked = point_at(c.curve.validation, epoch, kValidationReach)) {
    readings.push_back({"validation", colors.validation, value_of(*checked, box.quantity)});
  }
  for (std::size_t i = 0; i < c.state.stored.size(); ++i) {
    const auto stored = point_at(c.state.stored[i].smoothed, epoch, train_reach(box));
    if (!stored) continue;
    readings.push_back({c.f.view.runs->compared[i].summary.name, compared_color(i), value_of(*stored, box.quantity)});
  }
  return readings;
}

void draw_callout(const CurvesFrame& c, const PlotBox& box, float x) {
  const Frame& f = c.f;
  const double epoch = c.state.crosshair;
  const std::vector<Reading> readings = readings_at(c, box, epoch);
  if (readings.empty()) return;
  const auto point = raw_point_at(c.curve, box, epoch);
  const std::string step = point ? fmt::format("step {}", with_thousands(point->step)) : std::string();
  const std::string at = fmt::format("epoch {:.2f}", epoch);
  const bool narrow = box.compact;
  const float pad = f.px(narrow ? 7 : 10), row = f.px(narrow ? 16 : 19), swatch = f.px(narrow ? 14 : 20);
  float width = narrow ? std::max(text_width(f, Type::kTick, step), text_width(f, Type::kTick, at))
                       : text_width(f, Type::kTick, step) + text_width(f, Type::kTick, at) + f.px(16);
  for (const Reading& reading : readings) {
    const float name = narrow ? 0 : std::min(text_width(f, Type::kCaption, reading.name), f.px(110)) + f.px(14);
    width = std::max(width, swatch + name + text_width(f, Type::kNumber, value_text(box.quantity, reading.value)));
  }
  const float lines = static_cast<float>(readings.size()) + (narrow && !step.empty() ? 2.0F : 1.0F);
  Rect r{0, 0, width + 2 * pad, lines * row + 2 * f.px(narrow ? 4 : 7)};
  const float gap = f.px(10);
  r.x = x - gap - r.w >= box.plot.x ? x - gap - r.w : x + gap;
  r.x = std::clamp(r.x, box.panel.x + f.px(4), std::max(box.panel.x + f.px(4), box.panel.right() - r.w - f.px(8)));
  r.y = std::max(box.panel.y, box.loss() ? box.plot.y + f.px(6) : box.plot.bottom() - r.h - f.px(22));
  r.x = std::round(r.x);
  r.y = std::round(r.y);
  callout(f, r, c.pinned);
  float y = r.y + f.px(narrow ? 4 : 7);
  const auto centred = [&](Type type) { return y + std::round((row - line_height(f, type)) / 2); };
  if (!step.empty()) text(f, {r.x + pad, centred(Type::kTick)}, Type::kTick, f.colors.text2, step);
  if (narrow && !step.empty()) y += row;
  const bool left = narrow || step.empty();
  text(f, {left ? r.x + pad : r.right() - pad, centred(Type::kTick)}, Type::kTick, f.colors.text3, at,
       left ? Align::kLeft : Align::kRight);
  y += row;
  for (const Reading& reading : readings) {
    line(f, {r.x + pad, y + std::round(row / 2) - f.px(1)},
         {r.x + pad + swatch - f.px(8), y + std::round(row / 2) - f.px(1)}, reading.color, f.px(3));
    const std::string value = value_text(box.quantity, reading.value);
    const float number =
        text(f, {r.right() - pad, centred(Type::kNumber)}, Type::kNumber, f.colors.text, value, Align::kRight);
    if (!narrow) {
      text(f, {r.x + pad + swatch, centred(Type::kCaption)}, Type::kCaption, f.colors.text2, reading.name, Align::kLeft,
           r.w - 2 * pad - swatch - number - f.px(6));
    }
    y += row;
  }
}

}  // namespace

void draw_axes(const CurvesFrame& c, const PlotBox& box) {
  const Frame& f = c.f;
  const float half = std::round(line_height(f, Type::kTick) / 2);
  for (const scene::Tick& tick : value_ticks(f, box)) {
    const float y = std::round(std::min(box.y.place(tick.value), box.plot.bottom() - 1));
    line(f, {box.plot.x, y}, {box.plot.right(), y}, f.colors.grid, f.px(1));
    text(f, {box.plot.x - f.px(8), y - half}, Type::kTick, f.colors.text3, tick.text, Align::kRight);
  }
  const int most = std::max(2, static_cast<int>(box.plot.w / f.px(kTickEvery)));
  const std::vector<scene::Tick> ticks = scene::linear_ticks(box.x.range, most);
  const float below = box.plot.bottom() + f.px(4);
  for (const scene::Tick& tick : ticks) {
    const float x = std::round(std::min(box.x.place(tick.value), box.plot.right() - 1));
    line(f, {x, box.plot.y}, {x, box.plot.bottom()}, f.colors.grid, f.px(1));
    text(f, {x, below}, Type::kTick, f.colors.text3, tick.text, Align::kCentre);
  }
  if (box.compact) {
    draw_axis_name_between(f, box, ticks, below, "epoch");
    return;
  }
  const std::string_view name = c.state.zoom ? "epoch, zoomed in: double click shows all" : "epoch";
  text(f, {box.plot.centre().x, below + line_height(f, Type::kTick)}, Type::kCaption, f.colors.text3, name,
       Align::kCentre, box.plot.w);
}

void draw_lines(const CurvesFrame& c, const PlotBox& box) {
  const Frame& f = c.f;
  {
    const Clip clip({box.plot.x, box.plot.y - f.px(1), box.plot.w + f.px(1), box.plot.h + f.px(1)});
    for (std::size_t i = 0; i < c.state.stored.size(); ++i) {
      const CurvesState::Stored& stored = c.state.stored[i];
      draw_line(f, stored.smoothed, box, scene::with_alpha(compared_color(i), 0.75F), 1);
      draw_line(f, stored.curve->validation, box, compared_color(i), 1);
      draw_markers(f, stored.curve->validation, box, compared_color(i), 2);
    }
    draw_raw(c, box);
    draw_line(f, c.curve.smoothed, box, f.colors.train, 2);
    draw_line(f, c.curve.validation, box, f.colors.validation, 2);
    draw_markers(f, c.curve.validation, box, f.colors.validation, 3);
  }
  draw_compared_names(c, box);
  draw_now(c, box);
}

void draw_crosshair(const CurvesFrame& c, const PlotBox& box) {
  const Frame& f = c.f;
  if (!box.x.range.contains(c.state.crosshair)) return;
  const float x = std::round(box.x.place(c.state.crosshair));
  const Rgba ink = c.pinned ? f.colors.accent : f.colors.text2;
  for (float y = box.plot.y; y < box.plot.bottom(); y += f.px(6)) {
    line(f, {x, y}, {x, std::min(y + f.px(3), box.plot.bottom())}, ink, f.px(1));
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto mark = [&](const std::optional<CurvePoint>& point, Rgba color) {
    if (!point) return;
    const ImVec2 at{box.x.place(point->epoch), box.y.place(value_of(*point, box.quantity))};
    if (!box.plot.contains({at.x, at.y})) return;
    list.AddCircleFilled(at, f.px(4.5F), f.colors.panel, 16);
    list.AddCircle(at, f.px(4.5F), color, 16, f.px(2));
  };
  mark(point_at(c.curve.smoothed, c.state.crosshair, train_reach(box)), f.colors.train);
  mark(point_at(c.curve.validation, c.state.crosshair, kValidationReach), f.colors.validation);
  draw_callout(c, box, x);
}

}  // namespace warpscope::panels
