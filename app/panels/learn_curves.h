// panels/learn_curves.h: the parts of the two plots of a run. Floor 7. GUI thread.
#pragma once

#include <string>
#include <vector>

#include "app/panels/ui.h"
#include "app/scene/plot.h"

namespace warpscope::panels {

// One plot of this frame: where it is and what its axes are.
struct PlotBox {
  scene::Quantity quantity = scene::Quantity::kLoss;
  scene::Rect panel;  // all that belongs to it
  scene::Rect plot;   // between the axes
  scene::Axis x, y;   // epochs, values
  bool compact = false;

  bool loss() const { return quantity == scene::Quantity::kLoss; }
};

// What both plots are drawn from.
struct CurvesFrame {
  const Frame& f;
  const session::CurveView& curve;
  CurvesState& state;
  scene::Range whole;      // all epochs there are
  bool crosshair = false;  // the epoch of state.crosshair is shown
  bool pinned = false;
  float column_width = 1;  // of the raw line's columns: a logical pixel
};

// The number as the plot's axis has it: "0.086", "97.4 %".
std::string value_text(scene::Quantity quantity, float value);
// Colour of the k-th compared run: Okabe-Ito without the two that training and validation have.
scene::Rgba compared_color(std::size_t index);
bool has_curves(const Frame& f);

// learn_curves_draw.cpp
void draw_axes(const CurvesFrame& c, const PlotBox& box);
void draw_lines(const CurvesFrame& c, const PlotBox& box);
void draw_crosshair(const CurvesFrame& c, const PlotBox& box);

// learn_curves_header.cpp
void draw_plot_header(const CurvesFrame& c, const PlotBox& box);
void draw_export_menu(const CurvesFrame& c, const PlotBox& box);
void take_due_picture(const Frame& f);
void draw_no_curves(const Frame& f, const PlotBox& box);

}  // namespace warpscope::panels
