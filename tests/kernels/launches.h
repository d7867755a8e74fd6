// Launches to test a teaching kernel with: its own, and sizes that do not fit its blocks.
#pragma once

#include <vector>

#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {

// The default launch first. Of a kernel with a bug only that.
std::vector<LaunchCase> launches_of(const Kernel& kernel);
// The smallest that is of any interest: two blocks where the kernel can have two.
LaunchCase small_launch(const Kernel& kernel);

}  // namespace warpscope::kernels::testing
