// cuda/gpus.h: the GPUs that the driver sees, and which of them to take. Floor 2. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/launch_types.h"
#include "compute/cuda/driver.h"

namespace warpscope::cuda {

// What launches must keep to.
struct GpuLimits {
  std::uint32_t threads_per_block = 1024;
  base::Dim3 block{1024, 1024, 64};
  base::Dim3 grid{2147483647, 65535, 65535};
  std::uint32_t shared_bytes = 48 << 10;         // of a block, without asking
  std::uint32_t shared_bytes_opt_in = 48 << 10;  // and where a kernel asks for more
};

struct Gpu {
  int ordinal = 0;  // CUDA's number, which is also its handle
  std::string name;
  std::string pci_bus_id;  // "0000:65:00.0"; "" where the driver does not say
  int compute_major = 0, compute_minor = 0;
  int multiprocessors = 0;
  std::uint64_t memory_bytes = 0;
  int clock_khz = 0, memory_clock_khz = 0, memory_bus_bits = 0;  // 0: not told
  bool kernel_time_limit = false;                                // it drives a screen: long kernels are ended
  GpuLimits limits;

  int compute_capability() const { return compute_major * 10 + compute_minor; }
};

// In order of their ordinals. A driver without a GPU is an error.
CudaResult<std::vector<Gpu>> list_gpus(const Driver& driver);

// The kernels that are shipped are PTX for this compute capability (7.5, Turing), and run on it and all later ones.
inline constexpr int kLeastComputeCapability = 75;

// Indices of those that run our kernels, best first: the one that drives the window, then those with more
// multiprocessors, then the lower ordinals.
std::vector<std::size_t> usable_gpus(const std::vector<Gpu>& gpus, std::optional<int> of_the_window);

}  // namespace warpscope::cuda
