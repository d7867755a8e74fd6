#include "app/panels/map_roofline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "app/panels/map_panels.h"
#include "app/panels/map_stalls.h"
#include "app/panels/widgets.h"
#include "app/scene/plot.h"

namespace warpscope::panels {

namespace {

using scene::Rect;
using session::MapRun;

constexpr double kLeastIntensity = 0.1, kMostIntensity = 1000;
constexpr double kBelowPeak = 2000;   // where the axis begins, unless a run lies lower
constexpr double kNoBytes = 500;      // where a run that moved none is drawn
constexpr float kCompactBelow = 150;  // logical height
constexpr float kReach = 12;          // around a dot

struct Shown {
  const MapRun* run;
  Roofline roof;
  const char* name;  // "before"
  scene::Vec2 at;
};

struct Plot {
  Rect header, rect;
  scene::Axis x, y;
  bool compact = false;
};

std::vector<Shown> runs_of(const Frame& f) {
  std::vector<Shown> runs;
  const std::array<std::pair<const MapRun*, const char*>, 3> all{{{f.map.compared.get(), "kept to compare"},
                                                                  {f.map.before.get(), "the run before"},
                                                                  {f.map.run.get(), "this run"}}};
  for (const auto& [run, name] : all) {
    const bool twice =
        run != nullptr && std::any_of(runs.begin(), runs.end(), [r = run](const Shown& s) { return s.run == r; });
    if (run == nullptr || twice || run->timeline->origin == timing::Timeline::Origin::kTraced) continue;
    runs.push_back({run, roofline_of(*run), name, {}});
  }
  return runs;
}

double intensity_of(const Roofline& roof) {
  return roof.bytes > 0 ? std::max(1e-3, roof.intensity) : kNoBytes;
}

double decade_below(double value) {
  return std::pow(10, std::floor(std::log10(value) + 1e-9));
}
double decade_above(double value) {
  return std::pow(10, std::ceil(std::log10(value) - 1e-9));
}

Plot plot_of(const Frame& f, Rect r, std::vector<Shown>& runs) {
  Plot plot;
  plot.compact = r.h / f.scale < kCompactBelow;
  const float pad = f.px(16);
  plot.header = {r.x + pad, r.y + f.px(plot.compact ? 4 : 8), r.w - 2 * pad, f.px(plot.compact ? 24 : 20)};
  const float top = plot.header.bottom() + f.px(plot.compact ? 4 : 8),
              bottom = r.bottom() - f.px(plot.compact ? 18 : 34);
  const float left = r.x + f.px(56);
  plot.rect = {left, top, std::max(f.px(40), r.right() - f.px(24) - left), std::max(f.px(20), bottom - top)};
  double low_x = kLeastIntensity, high_x = kMostIntensity, high_y = 1, low_y = 1e300;
  for (const Shown& shown : runs) {
    if (shown.roof.kind == nullptr) continue;
    low_x = std::min(low_x, decade_below(intensity_of(shown.roof)));
    high_x = std::max(high_x, decade_above(intensity_of(shown.roof)));
    high_y = std::max({high_y, shown.roof.peak, shown.roof.rate});
    low_y = std::min(low_y, std::max(1.0, shown.roof.rate));
  }
  low_y = decade_below(std::min(low_y, high_y / kBelowPeak));
  plot.x = {{low_x, high_x}, scene::AxisScale::kLog, plot.rect.x, plot.rect.right()};
  plot.y = {{low_y, high_y * 1.6}, scene::AxisScale::kLog, plot.rect.bottom(), plot.rect.y};
  for (Shown& shown : runs) {
    shown.at = {plot.x.place(intensity_of(shown.roof)), plot.y.place(std::max(low_y, shown.roof.rate))};
  }
  return plot;
}

// ---- Axes and roof

void draw_axes(const Frame& f, const Plot& plot) {
  const Rect& r = plot.rect;
  const float high = line_height(f, Type::kTick);
  const int most = std::max(2, static_cast<int>(r.h / f.px(17)));
  for (const scene::Tick& tick : scene::log_ticks(plot.y.range, most)) {
    const double decade = std::log10(tick.value);
    if (std::abs(decade - std::round(decade)) > 1e-6) continue;
    const float y = std::round(plot.y.place(tick.value));
    line(f, {r.x, y}, {r.right(), y}, f.colors.grid, f.px(1));
    text(f, {r.x - f.px(8), std::round(y - high / 2)}, Type::kTick, f.colors.text3,
         si_text(tick.value, Digits::kFewest), Align::kRight);
  }
  for (const scene::Tick& tick : scene::log_ticks(plot.x.range, 7)) {
    const float x = std::round(plot.x.place(tick.value));
    line(f, {x, r.y}, {x, r.bottom()}, f.colors.grid, f.px(1));
    text(f, {x, r.bottom() + f.px(2)}, Type::kTick, f.colors.text3, tick.text, Align::kCentre);
  }
  line(f, {r.x, r.bottom()}, {r.right(), r.bottom()}, f.colors.strong, f.px(1));
  if (plot.compact) return;
  text(f, {r.centre().x, r.bottom() + f.px(15)}, Type::kCaption, f.colors.text3, "FLOP per byte of memory traffic",
       Align::kCentre);
}

std::string peak_text(const Roofline& roof) {
  const std::string kind = std::string_view(roof.kind) == "float" ? "" : fmt::format(" {}", roof.kind);
  return fmt::format("{}{} peak", si_text(roof.peak), kind);
}

void draw_roof(const Frame& f, const Plot& plot, const Roofline& roof) {
  const Clip clip(plot.rect);
  const double ridge = roof.peak / std::max(1.0, roof.bandwidth);
  const auto at = [&](double x, double y) { return ImVec2(plot.x.place(x), plot.y.place(y)); };
  const double low = plot.x.range.low;
  const std::array points{at(low, std::min(roof.peak, low * roof.bandwidth)), at(std::max(low, ridge), roof.peak),
                          at(std::max(plot.x.range.high, ridge), roof.peak)};
  ImGui::GetWindowDrawList()->AddPolyline(points.data(), static_cast<int>(points.size()), f.colors.text2, 0,
                                          f.px(1.5F));
}

// Beside the roof where it is free: left of the middle of the slope, and below the end of the flat part.
void name_slope(const Frame& f, const Plot& plot, const Roofline& roof) {
  const double ridge = roof.peak / std::max(1.0, roof.bandwidth);
  const float high = line_height(f, Type::kTick);
  const double middle = std::sqrt(plot.x.range.low * std::max(plot.x.range.low, ridge));
  const float x = plot.x.place(middle), y = plot.y.place(middle * roof.bandwidth);
  const std::string slope = fmt::format("{}B/s", si_text(roof.bandwidth));
  if (y <= plot.rect.y + high || y >= plot.rect.bottom()) return;
  const float right = std::max(x - f.px(8), plot.rect.x + text_width(f, Type::kTick, slope) + f.px(4));
  text(f, {right, std::round(y - high - f.px(3))}, Type::kTick, f.colors.text3, slope, Align::kRight);
}

Rect peak_label(const Frame& f, const Plot& plot, const Roofline& roof) {
  const float width = text_width(f, Type::kTick, peak_text(roof));
  return {plot.rect.right() - width, plot.y.place(roof.peak) + f.px(2), width, line_height(f, Type::kTick)};
}

// ---- Runs

void draw_dot(const Frame& f, const Shown& shown, bool now) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 at{shown.at.x, shown.at.y};
  if (now) {
    list.AddCircleFilled(at, f.px(5), f.colors.stage, 20);
    list.AddCircleFilled(at, f.px(4), f.colors.accent, 20);
    return;
  }
  list.AddCircleFilled(at, f.px(4), f.colors.stage, 20);
  list.AddCircle(at, f.px(4), f.colors.text2, 20, f.px(1.5F));
}

bool apart(const Rect& a, const Rect& b) {
  return a.right() < b.x || b.right() < a.x || a.bottom() < b.y || b.bottom() < a.y;
}

// Right of the dot, below, or left of it: where nothing else is written.
void name_dot(const Frame& f, const Plot& plot, const Shown& shown) {
  const std::string rate = fmt::format("{}FLOP/s", si_text(shown.roof.rate));
  const double part = 100 * shown.roof.rate / std::max(1.0, shown.roof.peak);
  const std::string share = fmt::format("{:.{}f} % of peak", part, part < 1 ? 2 : 0);
  const float first = line_height(f, Type::kNumber), both = first + line_height(f, Type::kTick) - f.px(2);
  const float width = std::max(text_width(f, Type::kNumber, rate), text_width(f, Type::kTick, share));
  const float aside = f.px(10), y = std::min(shown.at.y - first / 2, plot.rect.bottom() - both);
  const Rect taken = peak_label(f, plot, shown.roof);
  const Rect right{shown.at.x + aside, y, width, both}, left{shown.at.x - aside - width, y, width, both};
  const Rect below{std::min(shown.at.x, plot.rect.right() - width), shown.at.y + aside, width, both};
  const std::array places{right, below, left};
  const auto fits = [&](const Rect& r) {
    return r.x >= plot.rect.x && r.right() <= plot.rect.right() && r.bottom() <= plot.rect.bottom() + f.px(1) &&
           apart(r, taken);
  };
  const auto place = std::find_if(places.begin(), places.end(), fits);
  const Rect r = place == places.end() ? left : *place;
  text(f, {r.x, std::round(r.y)}, Type::kNumber, f.colors.text, rate);
  text(f, {r.x, std::round(r.y + first - f.px(2))}, Type::kTick, f.colors.text2, share);
}

std::string tip_of(const Shown& shown) {
  const Roofline& roof = shown.roof;
  const session::MapPlan& plan = *shown.run->plan;
  std::string words = fmt::format("{}: {} on {}", shown.name, plan.kernel, plan.gpu.name);
  if (roof.kind != nullptr) {
    words += fmt::format("\n{}FLOP/s of {}, {} operations\n", si_text(roof.rate), peak_text(roof), roof.kind);
    words += roof.bytes > 0
                 ? fmt::format("{:.2f} FLOP a byte, at most {}FLOP/s there", roof.intensity, si_text(roof.roof))
                 : std::string("no byte came from memory");
  }
  words += fmt::format("\n{}B/s of {}B/s of memory\n{}", si_text(roof.byte_rate), si_text(roof.bandwidth),
                       roofline_sentence(roof));
  return words;
}

void tell(const Frame& f, const std::vector<Shown>& runs, Rect where) {
  if (!hovered(f, where)) return;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const Shown* nearest = &runs.back();
  float best = f.px(kReach);
  for (const Shown& shown : runs) {
    const float away = std::hypot(shown.at.x - mouse.x, shown.at.y - mouse.y);
    if (away > best || shown.roof.kind == nullptr) continue;
    best = away;
    nearest = &shown;
  }
  tip(f, tip_of(*nearest));
}

// ---- Kernels that compute nothing in floats: bytes against the bandwidth

void draw_bytes(const Frame& f, const Plot& plot, const std::vector<Shown>& runs) {
  const Rect& r = plot.rect;
  const float left = plot.header.x, width = r.right() - left;
  float y = plot.header.bottom() + f.px(plot.compact ? 2 : 6);
  text(f, {left, y}, Type::kCaption, f.colors.text2, "No float operations: bytes a second instead.", Align::kLeft,
       width);
  y += line_height(f, Type::kCaption) + f.px(4);
  const float row = f.px(plot.compact ? 20 : 26), high = f.px(6);
  for (auto shown = runs.rbegin(); shown != runs.rend() && y + row < r.bottom() + f.px(34); ++shown, y += row) {
    const bool now = shown == runs.rbegin();
    const double share = shown->roof.byte_rate / std::max(1.0, shown->roof.bandwidth);
    text(f, {left, y}, Type::kMicro, now ? f.colors.text : f.colors.text2, shown->name);
    text(f, {left + width, y}, Type::kNumber, now ? f.colors.text : f.colors.text2,
         fmt::format("{:.0f} of {:.0f} GB/s", shown->roof.byte_rate / 1e9, shown->roof.bandwidth / 1e9), Align::kRight);
    const Rect bar{left, y + line_height(f, Type::kMicro), width, high};
    fill(f, bar, f.colors.hair, f.px(2));
    fill(f, {bar.x, bar.y, std::max(f.px(2), bar.w * static_cast<float>(std::min(1.0, share))), bar.h},
         now ? f.colors.accent : f.colors.text3, f.px(2));
  }
}

void draw_nothing(const Frame& f, const Plot& plot) {
  paragraph(f, {plot.header.x, plot.header.bottom() + f.px(8)}, plot.header.w, Type::kSmall, f.colors.text2,
            "A trace tells when and where, and counts neither operations nor bytes. Choose Model for the roofline.");
}

}  // namespace

void draw_map_roofline(const Frame& f, Rect r) {
  const Clip clip(r);
  line(f, {r.x, r.y}, {r.right(), r.y}, f.colors.hair, f.px(1));
  line(f, {r.x, r.y}, {r.x, r.bottom()}, f.colors.hair, f.px(1));
  std::vector<Shown> runs = runs_of(f);
  const Plot plot = plot_of(f, r, runs);
  if (!draw_map_tabs(f, plot.header)) {
    panel_title(f, {plot.header.x, plot.header.y}, "Roofline", "how far from what the chip can do", plot.header.w);
  }
  const Rect body{r.x, plot.header.bottom(), r.w, r.bottom() - plot.header.bottom()};
  area(f, "Roofline", body);
  if (hovered(f, r)) f.ui.map.about = "roofline";
  const bool traced = f.map.run && f.map.run->timeline->origin == timing::Timeline::Origin::kTraced;
  if (runs.empty() || traced) {
    draw_nothing(f, plot);
    return;
  }
  if (runs.back().roof.kind == nullptr) {
    draw_bytes(f, plot, runs);
    tell(f, runs, body);
    return;
  }
  draw_axes(f, plot);
  draw_roof(f, plot, runs.back().roof);
  name_slope(f, plot, runs.back().roof);
  const Rect peak = peak_label(f, plot, runs.back().roof);
  text(f, {peak.x, peak.y}, Type::kTick, f.colors.text3, peak_text(runs.back().roof));
  for (const Shown& shown : runs) {
    if (shown.roof.kind != nullptr) draw_dot(f, shown, &shown == &runs.back());
  }
  name_dot(f, plot, runs.back());
  tell(f, runs, body);
}

}  // namespace warpscope::panels
