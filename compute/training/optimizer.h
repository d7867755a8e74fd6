// training/optimizer.h: one update of plain SGD, SGD with momentum, or Adam over flat arrays. Floor 4.
// As PyTorch defines them (torch.optim.SGD without dampening, torch.optim.Adam without weight decay).
#pragma once

#include <cstdint>
#include <span>

#include "compute/training/backend.h"

namespace warpscope::training {

// Parameters with their gradients and moments, all of one length. Moments an optimiser does not use may be empty.
struct UpdateArrays {
  std::span<float> parameters;
  std::span<const float> gradients;
  std::span<float> first;
  std::span<float> second;
};

// `update_number` counts from 1: Adam corrects its moments' bias with it.
void update_parameters(const OptimizerSettings& settings, float rate, std::int64_t update_number,
                       const UpdateArrays& arrays);

}  // namespace warpscope::training
