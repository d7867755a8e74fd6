// kernels/training_kernels.h: the part of the catalogue that trains a network: what
// compute/training launches, and the pages to read beside the fast ones. Floor 4. Data, any thread.
#pragma once

#include <vector>

#include "compute/kernels/catalogue.h"

namespace warpscope::kernels {

// Convolution, max pool, relu and sigmoid, forward and backward.
std::vector<Kernel> training_layer_kernels();
// Dense layers, forward and backward: simple, tiled, on tensor cores.
std::vector<Kernel> training_dense_kernels();
// What a training step has besides its layers: gathering the batch, the loss, the update.
std::vector<Kernel> training_step_kernels();

}  // namespace warpscope::kernels
