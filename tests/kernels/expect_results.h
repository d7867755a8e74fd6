// A launch of a teaching kernel computes what plain loops in double precision compute.
#pragma once

#include <cstdint>

#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {

// Runs it on so many threads of the host. Inputs must stay what they were. Returns its warp instructions.
std::uint64_t expect_results(const LaunchCase& launch, Flavour flavour, int threads);

}  // namespace warpscope::kernels::testing
