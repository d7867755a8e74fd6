// panels/learn_network.h: the parts of the network picture. Floor 7. GUI thread.
// Focus speaks of layers by the index of the conv, pool or dense layer that made the numbers ("made_by" of the layout);
// what is shown and summed up are the numbers after the activation function that follows it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/panels/ui.h"
#include "app/scene/learn_layout.h"

namespace warpscope::panels {

// Everything that drawing the network needs of one frame.
struct NetworkFrame {
  const Frame& f;
  const session::Probe& probe;
  const ProbeCache& cache;
  const scene::NetworkLayout& layout;
  Focus focus{};  // pinned, else hovered; kNone
  bool pinned = false;
  NetworkMode mode = NetworkMode::kMaps;
  scene::Rect card{};      // of the worked sum in the picture; no width: it is not shown there
  float contribution = 1;  // largest weight x activation of the unit in focus: where the colours of its view end

  const training::NetworkSpec& network() const { return *probe.network; }
  // Numbers behind a column: the input, or a layer's output after its activation function.
  std::span<const float> numbers(const scene::NetworkColumn& column) const;
  float largest(const scene::NetworkColumn& column) const;
};

// learn_network_cache.cpp
void refresh_cache(ProbeCache& cache, const std::shared_ptr<const session::Probe>& probe);
// The unit in focus whose inputs are this column's numbers, drawn as what each of them gives to it; -1 for none.
int unit_reading(const NetworkFrame& n, const scene::NetworkColumn& column);
// Largest absolute weight x activation among the inputs of the unit in focus; 1 where none is.
float largest_contribution(const session::Probe& probe, const Focus& focus);
// Where the colours of weights, or of their change, end.
float weight_range(const NetworkFrame& n, const scene::NetworkColumn& column);

// learn_network_focus.cpp
std::optional<Focus> focus_of(const scene::NetworkLayout& layout, const scene::NetworkHit& hit);
// The column and cell that the focus is about; column -1 where it is about nothing in the picture.
struct FocusPlace {
  int column = -1;
  int cell = -1;
};
FocusPlace place_of(const scene::NetworkLayout& layout, const Focus& focus);
// Keys: each pins what it moves to, and begins in the middle of the first layer where nothing is chosen. Arrows move
// the pixel, unit or class; the others go to the next map, unit or class, and to the next layer.
void move_focus(const Frame& f, int rows, int columns);
void step_cell(const Frame& f, int by);
void step_layer(const Frame& f, int by);
// "Slide the window": takes the pinned pixel on when its time has come.
void slide_focus(const Frame& f);

// learn_network_pictures.cpp, learn_network_lines.cpp
void draw_columns(const NetworkFrame& n);
void draw_headers(const NetworkFrame& n);
void draw_flow(const NetworkFrame& n);  // brackets between the columns, connectors
void draw_scales(const NetworkFrame& n);
void draw_focus_marks(const NetworkFrame& n);  // window, pixel, lines to the worked sum

// learn_network_sum.cpp: how the number in focus came about, with its numbers. Nothing for a focus that has no sum.
bool has_sum(const training::NetworkSpec& network, const Focus& focus);
std::string sum_title(const training::NetworkSpec& network, const Focus& focus);
// Height it takes in `width`; draws unless measure_only. Without title and frame.
float draw_sum(const Frame& f, const session::Probe& probe, const Focus& focus, scene::Rect r,
               bool measure_only = false);

}  // namespace warpscope::panels
