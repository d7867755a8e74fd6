// What the teaching kernels should compute, in plain loops with doubles: nothing of it comes from the kernels.
#pragma once

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

// Fails the test for a kernel it does not know.
Expected reference(const LaunchCase& launch, const Prepared& inputs);

// Numbers of any type of argument, as doubles.
std::vector<double> numbers(const std::string& spec, const Bytes& bytes);

}  // namespace warpscope::kernels::testing
