// cuda/nvml.h: what a GPU's sensors say: memory, clock, temperature, power. NVML is opened at run time and every
// reading is optional. Floor 2. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/cuda/driver_functions.h"

namespace warpscope::cuda {

struct GpuReadings {
  std::optional<std::uint64_t> memory_used_bytes, memory_total_bytes;
  std::optional<unsigned> clock_mhz;    // of the multiprocessors
  std::optional<unsigned> temperature;  // °C
  std::optional<double> watts;
  std::optional<unsigned> busy_percent;  // of the last moments in which a kernel ran
};

class Nvml {
 public:
  // libnvidia-ml.so.1, or the file that WARPSCOPE_NVML names.
  static base::Result<std::shared_ptr<const Nvml>> open();
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  // Of the GPU with this PCI bus id; what it does not tell is left out.
  GpuReadings read(const std::string& pci_bus_id) const;
  std::string driver_version() const;  // "550.54.14"; "" where it does not say

 private:
  Nvml() = default;
  NvmlFunctions calls_;
};

// As the device's card shows them: "1.2 of 80.0 GiB in use", "1.98 GHz, 46 °C, 112 W, 37 % busy". Lines of which
// nothing is known are left out.
std::vector<std::string> lines_of(const GpuReadings& readings);

}  // namespace warpscope::cuda
