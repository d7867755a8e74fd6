// Launches of the kernels of dense layers, and what they should compute, in plain loops with doubles.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/kernels/reference.h"

namespace warpscope::kernels::testing {

inline constexpr std::string_view kDenseTopic = "training: dense layers";

struct DenseSize {
  int samples = 0, inputs = 0, units = 0;
};
struct DenseChoice {
  int activation = 0;
  int inputs_per_split = 1 << 20;  // no cut
  int splits = 1;                  // of dense_finish
};

// "dense_forward_tiled" of this size, its inputs of both signs, others for another seed.
LaunchCase dense_launch(const std::string& kernel, DenseSize size, DenseChoice choice = {}, unsigned seed = 1);
// Sizes that do not fit the tiles, and each activation.
std::vector<LaunchCase> dense_launches(const Kernel& kernel);
LaunchCase small_dense_launch(const Kernel& kernel);

// Nothing where the kernel is none of these. What tensor cores multiply is rounded to f16 or bf16 here too.
std::vector<Expected> dense_reference(const std::string& kernel, const std::vector<std::vector<double>>& arguments);

}  // namespace warpscope::kernels::testing
