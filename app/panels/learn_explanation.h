// panels/learn_explanation.h: what "What am I looking at?" says about a focus: words and numbers, no drawing. Floor 7.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "app/panels/explanation_flow.h"
#include "app/panels/ui.h"

namespace warpscope::panels {

// What a "Try" button does.
enum class TryAction {
  kSlide,
  kNextExample,
  kOneStep,
  kTrain,
  kRecover,
  kChange,
  kFilters,
  kLogScale,
  kCompareRuns,
  kClearPad,
  kFreeze
};

struct Explanation {
  std::string heading;
  std::string text;     // **bold** runs
  std::string formula;  // "" for none
  std::string more;     // a second paragraph, about this very case
  using Fact = ExplanationFact;
  std::string facts_title;
  std::vector<Fact> facts;
  int filter_layer = -1;  // shows the filters of this conv layer; -1: none
  int filter = -1;        // the one marked
  std::string try_text;
  std::vector<TryAction> actions;  // at most two
};

Explanation explain(const session::LearnView& view, const UiState& ui, const Focus& focus);

// "dark above and bright below": what a 3 x 3 filter answers to, where its weights say so clearly; "" where they do
// not.
struct FilterMeaning {
  std::string weights;  // "negative above and positive below"
  std::string finds;    // "dark above and bright below"
  std::string where;    // "along the upper edge of a stroke"
};
FilterMeaning meaning_of_filter(std::span<const float> weights, int size);

// learn_explanation_microscope.cpp
Explanation explain_microscope(const session::MicroscopeView& view, const MicroscopeState& state);

// learn_explanation_layers.cpp
Explanation explain_map_pixel(const session::LearnView& view, const Focus& focus);
Explanation explain_pool_pixel(const session::LearnView& view, const Focus& focus);
Explanation explain_unit(const session::LearnView& view, const Focus& focus);
Explanation explain_output(const session::LearnView& view, const Focus& focus);
Explanation explain_input(const session::LearnView& view, const Focus& focus);

}  // namespace warpscope::panels
