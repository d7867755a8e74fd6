#include "app/device_report.h"

#include <fmt/format.h>

#include "compute/training/devices.h"

namespace warpscope::app {

DeviceReport look_for_devices() {
  DeviceReport report;
  const training::CpuDevice cpu = training::find_cpu();
  report.lines.push_back(
      {true, cpu.name,
       fmt::format("{} cores, {}. Networks are trained here, with oneDNN.", cpu.cores, cpu.instructions)});
  const training::CudaSearch cuda = training::find_cuda();
  for (const cuda::Gpu& gpu : cuda.gpus) {
    const bool used = gpu.compute_capability() >= cuda::kLeastComputeCapability;
    report.lines.push_back({used, gpu.name,
                            used ? "Trains networks and computes in Convolve, with our own kernels."
                                 : fmt::format("Not used: its compute capability is {}.{}, kernels need {}.{}.",
                                               gpu.compute_major, gpu.compute_minor, cuda::kLeastComputeCapability / 10,
                                               cuda::kLeastComputeCapability % 10)});
  }
  if (cuda.gpus.empty()) report.lines.push_back({false, "NVIDIA GPU", fmt::format("Not used: {}.", cuda.why_none)});
  return report;
}

}  // namespace warpscope::app
