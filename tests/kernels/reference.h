// What the teaching kernels should compute, in plain loops with doubles: nothing of it comes from the kernels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {

// |result - values[i]| <= absolute + relative * |values[i]|. Elements that are NaN here may be anything.
struct Expected {
  int argument = 0;
  std::vector<double> values;
  double relative = 0;
  double absolute = 0;
};

// Of every argument that holds a result. Fails the test for a kernel it does not know.
std::vector<Expected> reference(const LaunchCase& launch, const Prepared& inputs);

// The same of the kernels of convolve.cu, from arguments and symbols as numbers. Nothing where the kernel is none of
// them.
std::optional<Expected> convolve_reference(const std::string& kernel, const std::vector<std::vector<double>>& arguments,
                                           const std::vector<std::vector<double>>& symbols);

// The same of the layers of a network: train_conv.cu and its neighbours. Empty where the kernel is none of them.
std::vector<Expected> training_layer_reference(const std::string& kernel,
                                               const std::vector<std::vector<double>>& arguments);

// The same of a step's other kernels: train_gather.cu, train_loss.cu, train_update.cu.
std::vector<Expected> training_step_reference(const LaunchCase& launch,
                                              const std::vector<std::vector<double>>& arguments);

// Numbers of any type of argument, as doubles.
std::vector<double> numbers(const std::string& spec, const Bytes& bytes);

}  // namespace warpscope::kernels::testing
