#include "compute/cuda/gpus.h"

#include <algorithm>
#include <array>

namespace warpscope::cuda {
namespace {

int attribute(const Driver& driver, CUdevice device, CUdevice_attribute which, int otherwise) {
  int value = otherwise;
  return driver->cuDeviceGetAttribute(&value, which, device) == CUresult::kSuccess ? value : otherwise;
}

void read_limits(const Driver& driver, CUdevice device, GpuLimits& limits) {
  const auto read = [&](std::uint32_t& value, CUdevice_attribute which) {
    value = static_cast<std::uint32_t>(attribute(driver, device, which, static_cast<int>(value)));
  };
  read(limits.threads_per_block, CUdevice_attribute::kMaxThreadsPerBlock);
  read(limits.block.x, CUdevice_attribute::kMaxBlockDimX);
  read(limits.block.y, CUdevice_attribute::kMaxBlockDimY);
  read(limits.block.z, CUdevice_attribute::kMaxBlockDimZ);
  read(limits.grid.x, CUdevice_attribute::kMaxGridDimX);
  read(limits.grid.y, CUdevice_attribute::kMaxGridDimY);
  read(limits.grid.z, CUdevice_attribute::kMaxGridDimZ);
  read(limits.shared_bytes, CUdevice_attribute::kMaxSharedMemoryPerBlock);
  limits.shared_bytes_opt_in = limits.shared_bytes;
  read(limits.shared_bytes_opt_in, CUdevice_attribute::kMaxSharedMemoryPerBlockOptin);
}

Gpu describe(const Driver& driver, CUdevice device, int ordinal) {
  Gpu gpu;
  gpu.ordinal = ordinal;
  std::array<char, 256> text{};
  const int length = static_cast<int>(text.size()) - 1;
  if (driver->cuDeviceGetName(text.data(), length, device) == CUresult::kSuccess) gpu.name = text.data();
  if (gpu.name.empty()) gpu.name = "NVIDIA GPU";
  text.fill('\0');
  if (driver->cuDeviceGetPCIBusId(text.data(), length, device) == CUresult::kSuccess) gpu.pci_bus_id = text.data();
  std::size_t bytes = 0;
  if (driver->cuDeviceTotalMem_v2(&bytes, device) == CUresult::kSuccess) gpu.memory_bytes = bytes;
  gpu.compute_major = attribute(driver, device, CUdevice_attribute::kComputeCapabilityMajor, 0);
  gpu.compute_minor = attribute(driver, device, CUdevice_attribute::kComputeCapabilityMinor, 0);
  gpu.multiprocessors = attribute(driver, device, CUdevice_attribute::kMultiprocessorCount, 0);
  gpu.clock_khz = attribute(driver, device, CUdevice_attribute::kClockRate, 0);
  gpu.memory_clock_khz = attribute(driver, device, CUdevice_attribute::kMemoryClockRate, 0);
  gpu.memory_bus_bits = attribute(driver, device, CUdevice_attribute::kGlobalMemoryBusWidth, 0);
  gpu.kernel_time_limit = attribute(driver, device, CUdevice_attribute::kKernelExecTimeout, 0) != 0;
  read_limits(driver, device, gpu.limits);
  return gpu;
}

}  // namespace

CudaResult<std::vector<Gpu>> list_gpus(const Driver& driver) {
  int count = 0;
  if (auto fine = driver.check(driver->cuDeviceGetCount(&count), "the NVIDIA driver lists no GPU"); !fine)
    return tl::unexpected(fine.error());
  if (count <= 0) return tl::unexpected(driver.error(CUresult::kNoDevice, "there is an NVIDIA driver, but no GPU"));
  std::vector<Gpu> gpus;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    CUdevice device = 0;
    const CUresult code = driver->cuDeviceGet(&device, ordinal);
    if (code != CUresult::kSuccess) return tl::unexpected(driver.error(code, "a GPU cannot be asked what it is"));
    gpus.push_back(describe(driver, device, ordinal));
  }
  return gpus;
}

std::vector<std::size_t> usable_gpus(const std::vector<Gpu>& gpus, std::optional<int> of_the_window) {
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    if (gpus[i].compute_capability() >= kLeastComputeCapability) usable.push_back(i);
  }
  std::stable_sort(usable.begin(), usable.end(), [&](std::size_t a, std::size_t b) {
    const bool a_drives = gpus[a].ordinal == of_the_window, b_drives = gpus[b].ordinal == of_the_window;
    return a_drives != b_drives ? a_drives : gpus[a].multiprocessors > gpus[b].multiprocessors;
  });
  return usable;
}

}  // namespace warpscope::cuda
