// kernels/workspace_kernels.h: the part of the catalogue that the Convolve workspace launches: all
// in convolve.cu. Floor 4. Data, any thread.
#pragma once

#include <vector>

#include "compute/kernels/catalogue.h"

namespace warpscope::kernels {

std::vector<Kernel> workspace_kernels();

}  // namespace warpscope::kernels
