// panels/convolve_edit.h: what a person does to a chain of stages: filters chosen, weights changed, stages added and
// moved. Floor 7. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compute/convolution/chain.h"

namespace warpscope::panels {

// A filter, two of them or a bank, with a name of its own.
struct ConvolvePreset {
  std::string title, idea;
  convolution::StageKind kind = convolution::StageKind::kFilter;
  std::vector<convolution::Filter> filters;
};
const std::vector<ConvolvePreset>& convolve_presets();

// The stage with a preset's filters; what else it is stays. Box and Gaussian keep the size.
convolution::Stage with_preset(const convolution::Stage& stage, const ConvolvePreset& preset, float sigma);
bool has_preset(const convolution::Stage& stage, const ConvolvePreset& preset);
// All filters of the stage with `size` rows: Box and Gaussian made anew, others grown by zeros or cut.
convolution::Stage with_size(const convolution::Stage& stage, int size, float sigma);
// Called what it is: by its own name where it is one that has a name, else "Custom".
convolution::Filter renamed(convolution::Filter filter);
convolution::Stage with_weight(convolution::Stage stage, int filter, int cell, float weight);
convolution::Stage with_scale(convolution::Stage stage, int filter, float divide, float add);

bool has_filters(const convolution::Stage& stage);
// "Sobel x", "Bank of 8", "ReLU" ...
std::string name_of(const convolution::Stage& stage);
// With the size of the filters: "Sobel x, 3 × 3".
std::string title_of(const convolution::Stage& stage);
convolution::Stage new_stage(convolution::StageKind kind);  // a filter: Identity

// "3 × 3", "256 × 256", "128 × 128 × 8".
std::string size_text(int width, int height, int planes = 1);
// As short as it can be read: "-2", "0.075", "~0" for what is smaller than half of the last place.
std::string weight_text(double value, int decimals = 3);

}  // namespace warpscope::panels
