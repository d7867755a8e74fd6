#include "app/panels/learn_curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/learn_panels.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using scene::Quantity;
using scene::Range;
using scene::Rect;

constexpr float kCompactBelow = 320;  // logical width of a panel
constexpr float kClickMoves = 4;      // logical pixels a click may wander before it is a drag
constexpr std::size_t kStoredPoints = 2000;

// Margins between panel and plot, logical.
struct Margins {
  float left, top, right, bottom;
};
constexpr Margins kRoomy{56, 44, 20, 40}, kTight{48, 36, 12, 26};

bool is_compact(const Frame& f, Rect panel) {
  return panel.w < f.px(kCompactBelow);
}

Rect plot_rect(const Frame& f, Rect panel) {
  const Margins& m = is_compact(f, panel) ? kTight : kRoomy;
  return {panel.x + f.px(m.left), panel.y + f.px(m.top), std::max(1.0F, panel.w - f.px(m.left) - f.px(m.right)),
          std::max(1.0F, panel.h - f.px(m.top) - f.px(m.bottom))};
}

double last_epoch(const Frame& f) {
  const session::CurveView& curve = *f.view.curves;
  double last = curve.train_count() > 0 ? curve.train_at(curve.train_count() - 1).epoch : 0;
  if (!curve.validation.empty()) last = std::max(last, static_cast<double>(curve.validation.back().epoch));
  for (const auto& compared : f.view.runs->compared) {
    if (!compared.curve->train.empty()) last = std::max(last, static_cast<double>(compared.curve->train.back().epoch));
  }
  return last;
}

// Smooths each compared run once.
void refresh_stored(const Frame& f) {
  std::vector<CurvesState::Stored>& stored = f.ui.learn.curves.stored;
  const auto& compared = f.view.runs->compared;
  stored.resize(compared.size());
  for (std::size_t i = 0; i < compared.size(); ++i) {
    if (stored[i].curve == compared[i].curve) continue;
    stored[i] = {compared[i].curve, scene::smoothed(compared[i].curve->train, kStoredPoints)};
  }
}

// The smooth curves decide how far an axis reaches; the raw line may leave it.
std::vector<std::span<const store::CurvePoint>> deciding_curves(const Frame& f) {
  std::vector<std::span<const store::CurvePoint>> curves{f.view.curves->smoothed, f.view.curves->validation};
  for (const CurvesState::Stored& stored : f.ui.learn.curves.stored) {
    curves.emplace_back(stored.smoothed);
    curves.emplace_back(stored.curve->validation);
  }
  return curves;
}

PlotBox make_box(const Frame& f, Rect panel, Quantity quantity, Range epochs) {
  PlotBox box{.quantity = quantity, .panel = panel, .plot = plot_rect(f, panel), .x = {}, .y = {}};
  box.compact = is_compact(f, panel);
  box.x = {epochs, scene::AxisScale::kLinear, box.plot.x, box.plot.right()};
  const auto curves = deciding_curves(f);
  const bool log = box.loss() && f.ui.log_loss;
  const scene::AxisScale scale = log ? scene::AxisScale::kLog : scene::AxisScale::kLinear;
  const Range values = box.loss() ? scene::loss_range(curves, epochs, scale) : scene::accuracy_range(curves, epochs);
  box.y = {values, scale, box.plot.bottom(), box.plot.y};
  return box;
}

bool is_curve(Focus::Kind kind) {
  return kind == Focus::Kind::kLossCurve || kind == Focus::Kind::kAccuracyCurve;
}

// The epoch of the run's own point nearest to the pointer, so that the callout's numbers are real points.
double snapped(const session::CurveView& curve, double epoch) {
  const auto nearest = scene::nearest_point(curve.smoothed, epoch);
  return nearest ? curve.smoothed[*nearest].epoch : epoch;
}

void pin_or_unpin(CurvesFrame& c, const PlotBox& box, double epoch) {
  UiState& ui = c.f.ui;
  const float away = std::abs(box.x.place(epoch) - box.x.place(c.state.crosshair));
  if (is_curve(ui.pinned.kind) && away < c.f.px(kClickMoves)) {
    ui.pinned = {};
    return;
  }
  ui.pinned = {.kind = box.loss() ? Focus::Kind::kLossCurve : Focus::Kind::kAccuracyCurve, .name = {}};
  c.state.crosshair = epoch;
}

// Wheel zooms at the pointer, drag pans, click pins, double click shows the whole run again.
void follow_pointer(CurvesFrame& c, const PlotBox& box) {
  const Frame& f = c.f;
  CurvesState& state = c.state;
  const ImGuiIO& io = ImGui::GetIO();
  const AreaState pointer = area(f, box.loss() ? "Loss curve" : "Accuracy curve", box.plot);
  if (pointer.hovered || pointer.held) {
    f.ui.hovered = {.kind = box.loss() ? Focus::Kind::kLossCurve : Focus::Kind::kAccuracyCurve, .name = {}};
  }
  const double epoch = box.x.value_at(std::clamp(pointer.mouse.x, box.plot.x, box.plot.right()));
  if (pointer.hovered && io.MouseWheel != 0) {
    const Range next = scene::zoomed(box.x.range, c.whole, epoch, std::pow(0.8, static_cast<double>(io.MouseWheel)));
    state.zoom = next == c.whole ? std::nullopt : std::optional(next);
    f.ui.wake_in(0);
  }
  if (pointer.hovered && io.MouseDoubleClicked[0]) state.zoom.reset();
  if (pointer.pressed) {
    state.dragging = true;
    state.drag_from = pointer.mouse.x;
    state.drag_moved = 0;
    state.drag_range = box.x.range;
  }
  if (pointer.held && state.dragging) {
    const float moved = pointer.mouse.x - state.drag_from;
    state.drag_moved = std::max(state.drag_moved, std::abs(moved));
    const bool drags = state.drag_moved >= f.px(kClickMoves) && state.zoom;
    if (drags) state.zoom = scene::panned(state.drag_range, c.whole, -moved / box.plot.w * state.drag_range.size());
  }
  const bool clicked = pointer.clicked && state.drag_moved < f.px(kClickMoves);
  if (pointer.released) state.dragging = false;
  if (clicked) pin_or_unpin(c, box, snapped(c.curve, epoch));
  if (is_curve(f.ui.pinned.kind)) return;
  if (!pointer.hovered) return;
  c.crosshair = true;
  state.crosshair = snapped(c.curve, epoch);
}

void draw_one(const CurvesFrame& c, const PlotBox& box) {
  draw_axes(c, box);
  draw_lines(c, box);
  if (c.crosshair) draw_crosshair(c, box);
  draw_plot_header(c, box);
  draw_export_menu(c, box);
}

}  // namespace

std::string value_text(Quantity quantity, float value) {
  if (quantity == Quantity::kAccuracy) return fmt::format("{:.1f} %", 100 * value);
  const float size = std::abs(value);
  return size >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3f}", value);
}

scene::Rgba compared_color(std::size_t index) {
  constexpr std::array kOrder{2, 6, 5, 4, 3, 9, 13, 12, 11, 10};
  return scene::category(kOrder[index % kOrder.size()]);
}

bool has_curves(const Frame& f) {
  return f.view.curves->train_count() > 0 || !f.view.curves->validation.empty() || !f.view.runs->compared.empty();
}

void draw_curves(const Frame& f, Rect loss, Rect accuracy) {
  CurvesState& state = f.ui.learn.curves;
  refresh_stored(f);
  take_due_picture(f);
  const Range whole = scene::epoch_range(last_epoch(f));
  if (state.zoom) state.zoom = scene::panned(*state.zoom, whole, 0);
  const Range shown = state.zoom.value_or(whole);
  const PlotBox boxes[] = {make_box(f, loss, Quantity::kLoss, shown),
                           make_box(f, accuracy, Quantity::kAccuracy, shown)};
  CurvesFrame c{f, *f.view.curves, state, whole};
  if (!has_curves(f)) {
    state.zoom.reset();
    for (const PlotBox& box : boxes) {
      draw_axes(c, box);
      draw_plot_header(c, box);
      draw_no_curves(f, box);
    }
    return;
  }
  c.column_width = f.px(1);
  const auto columns = [&](const PlotBox& box) { return static_cast<int>(std::ceil(box.plot.w / c.column_width)); };
  state.columns.update(c.curve, shown, columns(boxes[0]), columns(boxes[1]));
  for (const PlotBox& box : boxes) follow_pointer(c, box);
  c.pinned = is_curve(f.ui.pinned.kind);
  c.crosshair |= c.pinned;
  for (const PlotBox& box : boxes) draw_one(c, box);
}

}  // namespace warpscope::panels
