// panels/convolve_right.h: what the right panel says, apart from how it is drawn. Floor 7. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/panels/explanation_flow.h"

namespace warpscope::panels {

struct ConvolveExplanation {
  std::string heading, text, formula, more, last;
  std::vector<std::string> tries;
};
// `about`: as ConvolvePanels::about; "": the filter.
ConvolveExplanation explain_convolve(const session::ConvolveView& view, const convolution::Settings& settings,
                                     int stage, std::string_view about);
// Position, value, where it was read through, what its warp wrote. Empty before the first frame.
std::vector<ExplanationFact> pixel_facts(const session::ConvolveView& view, int stage, const ConvolvePixel& pixel);

// What stands above the rest of a filter with this name, and what to look at in the picture.
struct FilterText {
  std::string_view name, heading, text;
};
const FilterText* filter_text(std::string_view name);

// "out_{x,y} = \Sigma_{u,v = -1...1} w_{u,v} in_{x+u,y+v}" with the stage's real size, stride and dilation.
std::string convolve_formula(const convolution::Stage& stage);
// Sectors of 32 bytes that the output values of this warp lie in.
int sectors_written(const convolution::LaunchInfo& launch, convolution::Size output, const convolution::Worker& worker,
                    int plane);

}  // namespace warpscope::panels
