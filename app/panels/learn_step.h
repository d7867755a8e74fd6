// panels/learn_step.h: the parts of "One step, slowly". Floor 7. GUI thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::panels {

// What every part is given: the step, and a number that changes with what its pictures show.
struct StepFrame {
  const Frame& f;
  const session::StepTrace& trace;
  std::uint64_t version = 0;

  std::size_t samples() const { return trace.batch->labels.size(); }
  int label() const { return trace.batch->labels[static_cast<std::size_t>(trace.sample)]; }
};

// Lays parts under each other in a column and knows how much room is left.
struct StepColumn {
  scene::Rect area;
  float y = 0;  // where the next part begins
  scene::Rect rest() const { return {area.x, y, area.w, area.bottom() - y}; }
};

// A title with its caption; moves the column on.
void step_title(const StepFrame& s, StepColumn& column, std::string_view title, std::string_view caption);
// A formula on its block; moves the column on.
void step_formula(const StepFrame& s, StepColumn& column, std::string_view formula_text);

// learn_step_forward.cpp
void draw_step_forward(const StepFrame& s, scene::Rect r);
void draw_step_loss(const StepFrame& s, scene::Rect r);
// The picture the network believes least: its loss and gradients are the ones worth looking at.
int least_believed(const session::StepTrace& trace);
// learn_step_backward.cpp
void draw_step_backward(const StepFrame& s, scene::Rect r);
// learn_step_update.cpp
void draw_step_update(const StepFrame& s, scene::Rect r);

// One weight of the first layer with what the optimiser made of it, line by line, in the step's own numbers.
struct WorkedUpdate {
  struct Line {
    std::string name, expression, value;
  };
  std::vector<Line> lines;
  double result = 0;  // by these lines; the back end's own number is StepTrace::after's
};
// `weight`: index into the first layer's weights. For a step in kUpdate.
WorkedUpdate worked_update(const session::StepTrace& trace, const training::OptimizerSettings& settings,
                           std::size_t weight);
// Index of the first layer's weight that this step changed most.
std::size_t most_changed_weight(const session::StepTrace& trace);

// learn_step_weights.cpp: pictures of weights, gradients or changes of the first layer with weights, as many as fit
// into `r`: filters of a conv layer, or the units of a dense layer as pictures of their inputs. `range`: where the
// colours end. `name` tells apart the pictures of one frame.
struct WeightPictures {
  std::string_view name;
  const training::Weights* values = nullptr;
  const training::Weights* minus = nullptr;  // null, or what is taken off first: after minus before
  float range = 1;
  std::optional<std::size_t> chosen = std::nullopt;  // the weight that is marked
};
struct DrawnPictures {
  float height = 0;
  int shown = 0, of = 0;                 // pictures drawn, and how many there are
  std::optional<std::size_t> clicked{};  // index of a weight
};
DrawnPictures draw_weight_pictures(const StepFrame& s, scene::Rect r, const WeightPictures& pictures);
// Several of them side by side, each with its title and its scale. Returns the weight that was clicked.
struct WeightBlock {
  std::string_view title;
  std::string_view caption;
  WeightPictures pictures;
};
std::optional<std::size_t> draw_weight_blocks(const StepFrame& s, scene::Rect r,
                                              std::initializer_list<WeightBlock> blocks);
// Largest absolute number of one layer (of all that has weights: layer -1), of values minus `minus` where that is not
// null.
float largest_of(const training::Weights& values, const training::Weights* minus, int layer);
// A bar a layer on a log scale from 1e-7 to 1e+1, with its number; returns the height used.
float draw_layer_bars(const StepFrame& s, scene::Rect r, const training::Weights& values,
                      const training::Weights* minus, std::string_view what);

}  // namespace warpscope::panels
