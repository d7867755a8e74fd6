// training/devices.h: what this machine has to compute with, looked for when asked. Floor 4. Pure functions, any
// thread.
#pragma once

#include <string>
#include <vector>

#include "compute/cuda/gpus.h"

namespace warpscope::training {

struct CpuDevice {
  std::string name;          // as the processor calls itself
  int cores = 0;             // that this process may use
  std::string instructions;  // the best set of instructions oneDNN uses here: "AVX-512 with BF16"
};
CpuDevice find_cpu();

struct CudaSearch {
  std::vector<cuda::Gpu> gpus;
  int driver_version = 0;  // 12040 is 12.4; 0 where there is no driver
  std::string why_none;    // a sentence where `gpus` is empty
};
CudaSearch find_cuda();

}  // namespace warpscope::training
