#include "compute/cuda/nvml.h"

#include <fmt/format.h>

#include <array>

#include "compute/cuda/shared_library.h"

namespace warpscope::cuda {
namespace {

constexpr double kGiB = 1U << 30U;

void append(std::string& line, const std::string& part) {
  line += (line.empty() ? "" : ", ") + part;
}

}  // namespace

base::Result<std::shared_ptr<const Nvml>> Nvml::open() {
  const auto library = SharedLibrary::open("WARPSCOPE_NVML", "libnvidia-ml.so.1");
  if (!library) return tl::unexpected(library.error());
  std::shared_ptr<Nvml> nvml(new Nvml);
  const auto find = [&](auto& pointer, const char* name) {
    pointer = reinterpret_cast<std::decay_t<decltype(pointer)>>(library->find(name));
  };
#define WARPSCOPE_LOOK_UP(name, parameters) find(nvml->calls_.name, #name);
  WARPSCOPE_NVML_FUNCTIONS(WARPSCOPE_LOOK_UP)
#undef WARPSCOPE_LOOK_UP
  find(nvml->calls_.nvmlErrorString, "nvmlErrorString");
  // Without its beginning and its end nothing of it may be used.
  NvmlFunctions& calls = nvml->calls_;
  const bool complete = calls.nvmlInit_v2 != nullptr && calls.nvmlShutdown != nullptr &&
                        calls.nvmlDeviceGetHandleByPciBusId_v2 != nullptr;
  const nvmlReturn code = complete ? calls.nvmlInit_v2() : nvmlReturn::kNotSupported;
  if (code != nvmlReturn::kSuccess) {
    calls.nvmlShutdown = nullptr;  // what has not begun is not ended
    const char* why = complete && calls.nvmlErrorString != nullptr ? calls.nvmlErrorString(code) : "it is too old";
    return base::fail(fmt::format("{} does not start: {}", library->file(), why));
  }
  return std::shared_ptr<const Nvml>(std::move(nvml));
}

Nvml::~Nvml() {
  if (calls_.nvmlShutdown != nullptr) calls_.nvmlShutdown();
}

GpuReadings Nvml::read(const std::string& pci_bus_id) const {
  constexpr nvmlReturn kFine = nvmlReturn::kSuccess;
  GpuReadings readings;
  nvmlDevice device = nullptr;
  if (calls_.nvmlDeviceGetHandleByPciBusId_v2(pci_bus_id.c_str(), &device) != kFine) return readings;
  nvmlMemory memory;
  if (calls_.nvmlDeviceGetMemoryInfo != nullptr && calls_.nvmlDeviceGetMemoryInfo(device, &memory) == kFine) {
    readings.memory_used_bytes = memory.used;
    readings.memory_total_bytes = memory.total;
  }
  unsigned value = 0;
  if (calls_.nvmlDeviceGetClockInfo != nullptr &&
      calls_.nvmlDeviceGetClockInfo(device, nvmlClock::kSm, &value) == kFine)
    readings.clock_mhz = value;
  if (calls_.nvmlDeviceGetTemperature != nullptr &&
      calls_.nvmlDeviceGetTemperature(device, nvmlTemperatureSensor::kGpu, &value) == kFine)
    readings.temperature = value;
  if (calls_.nvmlDeviceGetPowerUsage != nullptr && calls_.nvmlDeviceGetPowerUsage(device, &value) == kFine)
    readings.watts = value / 1000.0;
  nvmlUtilization busy;
  if (calls_.nvmlDeviceGetUtilizationRates != nullptr && calls_.nvmlDeviceGetUtilizationRates(device, &busy) == kFine)
    readings.busy_percent = busy.gpu;
  return readings;
}

std::string Nvml::driver_version() const {
  std::array<char, 128> text{};
  if (calls_.nvmlSystemGetDriverVersion == nullptr ||
      calls_.nvmlSystemGetDriverVersion(text.data(), text.size() - 1) != nvmlReturn::kSuccess)
    return {};
  return text.data();
}

std::vector<std::string> lines_of(const GpuReadings& readings) {
  std::vector<std::string> lines;
  if (readings.memory_used_bytes && readings.memory_total_bytes) {
    lines.push_back(fmt::format("{:.1f} of {:.1f} GiB in use", static_cast<double>(*readings.memory_used_bytes) / kGiB,
                                static_cast<double>(*readings.memory_total_bytes) / kGiB));
  }
  std::string line;
  if (readings.clock_mhz) append(line, fmt::format("{:.2f} GHz", *readings.clock_mhz / 1000.0));
  if (readings.temperature) append(line, fmt::format("{} °C", *readings.temperature));
  if (readings.watts) append(line, fmt::format("{:.0f} W", *readings.watts));
  if (readings.busy_percent) append(line, fmt::format("{} % busy", *readings.busy_percent));
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace warpscope::cuda
