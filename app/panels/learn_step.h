// panels/learn_step.h: the parts of "One step, slowly". Floor 7. GUI thread.
#pragma once

#include <string_view>

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
// learn_step_backward.cpp
void draw_step_backward(const StepFrame& s, scene::Rect r);
void draw_step_update(const StepFrame& s, scene::Rect r);

// learn_step_weights.cpp: pictures of weights, gradients or changes of the first layer with weights, as many as fit
// into `r`: filters of a conv layer, or the units of a dense layer as pictures of their inputs. `range`: where the
// colours end. `name` tells apart the pictures of one frame. Returns the height used.
struct WeightPictures {
  std::string_view name;
  const training::Weights* values = nullptr;
  const training::Weights* minus = nullptr;  // null, or what is taken off first: after minus before
  float range = 1;
};
float draw_weight_pictures(const StepFrame& s, scene::Rect r, const WeightPictures& pictures);
// Largest absolute number of one layer (of all that has weights: layer -1), of values minus `minus` where that is not
// null.
float largest_of(const training::Weights& values, const training::Weights* minus, int layer);

}  // namespace warpscope::panels
