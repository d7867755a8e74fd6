// Launches of the kernels of a training step (train_gather.cu, train_loss.cu, train_update.cu) with any sizes.
#pragma once

#include <string>
#include <vector>

#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {

struct PictureSizes {
  int samples, batch, channels, height, width;
};

int knots_of(int height, int width);
// The changes of `count` pictures, written one after the other: a map, a thickness (of every third: none) and a field
// (of every second).
std::vector<float> some_changes(int count, int height, int width, int stride);

LaunchCase gather_launch(const Kernel& kernel, const PictureSizes& sizes);
LaunchCase loss_launch(const Kernel& kernel, int samples);
LaunchCase update_launch(const Kernel& kernel, int count);  // adam_update_vector rounds it up to a multiple of 4

// Of any of them: sizes that do not fit its blocks; and the smallest of interest.
std::vector<LaunchCase> step_launches(const Kernel& kernel);
LaunchCase small_step_launch(const Kernel& kernel);

}  // namespace warpscope::kernels::testing
