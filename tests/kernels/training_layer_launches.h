// Launches of the layers' kernels with any sizes.
#pragma once

#include <vector>

#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {

struct LayerSizes {
  int samples, channels, height, width, maps, size;
};

// Buffers hold what a network might, of both signs; `size` is the window's side, of a pool too. A pool's planes are
// samples * channels; an activation's count is samples * channels * height * width.
LaunchCase layer_launch(const Kernel& kernel, const LayerSizes& sizes);
std::vector<LaunchCase> layer_launches(const Kernel& kernel);

}  // namespace warpscope::kernels::testing
