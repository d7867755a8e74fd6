// tests/stand_in_driver/exports.h: the functions the stand-in driver exports: every one of the tables in
// compute/cuda/driver_functions.h, declared here so that the compiler compares each definition with them. Test code.
#pragma once

#include "compute/cuda/driver_functions.h"

namespace warpscope::cuda {
extern "C" {
#define WARPSCOPE_DECLARE(name, parameters) __attribute__((visibility("default"))) CUresult name parameters;
WARPSCOPE_CUDA_FUNCTIONS(WARPSCOPE_DECLARE)
#undef WARPSCOPE_DECLARE
#define WARPSCOPE_DECLARE(name, parameters) __attribute__((visibility("default"))) nvmlReturn name parameters;
WARPSCOPE_NVML_FUNCTIONS(WARPSCOPE_DECLARE)
#undef WARPSCOPE_DECLARE
__attribute__((visibility("default"))) const char* nvmlErrorString(nvmlReturn result);
}
}  // namespace warpscope::cuda
