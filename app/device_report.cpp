#include "app/device_report.h"

#include <fmt/format.h>

#include "compute/training/devices.h"

namespace warpscope::app {

DeviceReport look_for_devices(std::string_view device) {
  DeviceReport report;
  const training::CpuDevice cpu = training::find_cpu();
  report.lines.push_back(
      {true, cpu.name,
       fmt::format("{} cores, {}. Networks are trained here, with oneDNN.", cpu.cores, cpu.instructions)});
  const training::CudaSearch cuda = training::find_cuda();
  for (const cuda::Gpu& gpu : cuda.gpus) {
    report.lines.push_back({false, gpu.name, "Computes in Convolve. Networks are trained on the CPU in this version."});
  }
  if (cuda.gpus.empty()) report.lines.push_back({false, "NVIDIA GPU", fmt::format("Not used: {}.", cuda.why_none)});
  if (device == "cuda") {
    report.asked = "Training on CUDA was asked for. This version cannot do that yet, so the CPU is used.";
  }
  return report;
}

}  // namespace warpscope::app
