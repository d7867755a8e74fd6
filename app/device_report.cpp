#include "app/device_report.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <thread>

namespace warpscope::app {
namespace {

struct CloseLibrary {
  void operator()(void* library) const { dlclose(library); }
};

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const auto colon = line.find(": ");
    return colon == std::string::npos ? "CPU" : line.substr(colon + 2);
  }
  return "CPU";
}

DeviceReport::Line look_for_driver() {
  const std::unique_ptr<void, CloseLibrary> driver(dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL));
  if (driver == nullptr) {
    return {false, "NVIDIA GPU", "No NVIDIA driver: libcuda.so.1 is not on this machine."};
  }
  return {false, "NVIDIA GPU", "A driver is installed, but this version of Warpscope trains on the CPU only."};
}

}  // namespace

DeviceReport look_for_devices(std::string_view device) {
  const unsigned cores = std::thread::hardware_concurrency();
  DeviceReport report;
  report.lines.push_back({true, cpu_name(), fmt::format("{} cores. Networks are trained here, with oneDNN.", cores)});
  report.lines.push_back(look_for_driver());
  if (device == "cuda") {
    report.asked = "Training on CUDA was asked for. This version cannot do that yet, so the CPU is used.";
  }
  return report;
}

}  // namespace warpscope::app
