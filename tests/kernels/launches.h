// Launches to test a teaching kernel with: its own, and sizes that do not fit its blocks.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {

// The default launch first. Of a kernel with a bug only that.
std::vector<LaunchCase> launches_of(const Kernel& kernel);
// The smallest that is of any interest: two blocks where the kernel can have two.
LaunchCase small_launch(const Kernel& kernel);

// ---- Tests of every kernel, as nvcc made it for speed and for debugging

using KernelAndFlavour = std::tuple<std::string, Flavour>;
std::vector<std::string> all_names();
// "saxpy_optimised", "saxpy_debug".
std::string test_name(const ::testing::TestParamInfo<KernelAndFlavour>& info);
inline auto in_both_flavours(const std::vector<std::string>& names) {
  return ::testing::Combine(::testing::ValuesIn(names), ::testing::Values(Flavour::kOptimised, Flavour::kDebug));
}

}  // namespace warpscope::kernels::testing
