// The stand-in for NVML (libnvidia-ml.so.1): readings of a GPU that is warm and does a little.
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/stand_in_driver/exports.h"
#include "tests/stand_in_driver/injection.h"

namespace warpscope::cuda {
namespace {

constexpr auto kUninitialized = nvmlReturn{1}, kInvalidArgument = nvmlReturn{2}, kDriverNotLoaded = nvmlReturn{9};
constexpr unsigned kMegahertz = 1980, kCelsius = 46, kMilliwatts = 112'000, kBusyPercent = 37;
constexpr unsigned long long kUsedBytes = 512ULL << 20;

struct State {
  std::mutex mutex;
  stand_in::Control control;
  bool initialized = false;
};

// Never destroyed: programs call NVML while they end.
State& state() {
  static State& one = *new State;
  return one;
}

// A reading: initialised, and the GPU still there.
template <class Work>
nvmlReturn reading(const char* name, Work work) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (const auto code = s.control.injected(name)) return static_cast<nvmlReturn>(*code);
  if (!s.initialized) return kUninitialized;
  return work(s.control.settings());
}

// Devices are numbers from 1 on.
nvmlReturn check(nvmlDevice device, const stand_in::Settings& settings, const void* result) {
  const auto number = reinterpret_cast<std::uintptr_t>(device);
  if (number == 0 || number > static_cast<std::uintptr_t>(settings.gpus) || result == nullptr) return kInvalidArgument;
  return settings.lost ? nvmlReturn::kGpuIsLost : nvmlReturn::kSuccess;
}

template <class Value>
nvmlReturn device_reading(const char* name, nvmlDevice device, Value* result, const Value& value) {
  return reading(name, [&](const stand_in::Settings& settings) {
    const nvmlReturn fine = check(device, settings, result);
    if (fine == nvmlReturn::kSuccess) *result = value;
    return fine;
  });
}

}  // namespace

nvmlReturn nvmlInit_v2() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (const auto code = s.control.injected(__func__)) return static_cast<nvmlReturn>(*code);
  if (!s.control.settings().nvml) return kDriverNotLoaded;
  s.initialized = true;
  return nvmlReturn::kSuccess;
}

nvmlReturn nvmlShutdown() {
  return reading(__func__, [](const stand_in::Settings&) {
    state().initialized = false;
    return nvmlReturn::kSuccess;
  });
}

nvmlReturn nvmlSystemGetDriverVersion(char* version, unsigned length) {
  return reading(__func__, [&](const stand_in::Settings&) {
    constexpr std::string_view kVersion = "550.00.00";
    if (version == nullptr || length <= kVersion.size()) return kInvalidArgument;
    std::memcpy(version, kVersion.data(), kVersion.size());
    version[kVersion.size()] = 0;
    return nvmlReturn::kSuccess;
  });
}

nvmlReturn nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, nvmlDevice* device) {
  return reading(__func__, [&](const stand_in::Settings& settings) {
    if (bus_id == nullptr || device == nullptr) return kInvalidArgument;
    // As the stand-in driver numbers them: "0000:0A:00.0" is GPU 10.
    const std::string_view id(bus_id);
    const std::size_t digit = id.size() == 12 ? std::string_view("0123456789ABCDEF").find(id[6]) : 16;
    if (digit >= static_cast<std::size_t>(settings.gpus)) return nvmlReturn::kNotFound;
    *device = reinterpret_cast<nvmlDevice>(digit + 1);
    return settings.lost ? nvmlReturn::kGpuIsLost : nvmlReturn::kSuccess;
  });
}

nvmlReturn nvmlDeviceGetMemoryInfo(nvmlDevice device, nvmlMemory* memory) {
  return reading(__func__, [&](const stand_in::Settings& settings) {
    const nvmlReturn fine = check(device, settings, memory);
    if (fine != nvmlReturn::kSuccess) return fine;
    const unsigned long long used = kUsedBytes < settings.memory_bytes ? kUsedBytes : settings.memory_bytes;
    *memory = {settings.memory_bytes, settings.memory_bytes - used, used};
    return fine;
  });
}

nvmlReturn nvmlDeviceGetClockInfo(nvmlDevice device, nvmlClock /*clock*/, unsigned* megahertz) {
  return device_reading(__func__, device, megahertz, kMegahertz);
}

nvmlReturn nvmlDeviceGetTemperature(nvmlDevice device, nvmlTemperatureSensor /*sensor*/, unsigned* celsius) {
  return device_reading(__func__, device, celsius, kCelsius);
}

nvmlReturn nvmlDeviceGetPowerUsage(nvmlDevice device, unsigned* milliwatts) {
  return device_reading(__func__, device, milliwatts, kMilliwatts);
}

nvmlReturn nvmlDeviceGetUtilizationRates(nvmlDevice device, nvmlUtilization* percent) {
  return device_reading(__func__, device, percent, nvmlUtilization{kBusyPercent, kBusyPercent});
}

const char* nvmlErrorString(nvmlReturn result) {
  switch (result) {
    case nvmlReturn::kSuccess:
      return "Success";
    case nvmlReturn::kNotSupported:
      return "Not Supported";
    case nvmlReturn::kNotFound:
      return "Not Found";
    case nvmlReturn::kGpuIsLost:
      return "GPU is lost";
    default:
      return result == kDriverNotLoaded ? "Driver Not Loaded" : "Unknown Error";
  }
}

}  // namespace warpscope::cuda
