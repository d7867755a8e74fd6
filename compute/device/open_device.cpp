#include "compute/device/open_device.h"

#include <fmt/format.h>

#include <cctype>

#include "compute/device/virtual_device.h"

namespace warpscope::device {
namespace {

// As a sentence of its own.
std::string sentence(std::string_view text) {
  std::string result(text);
  if (result.empty()) return result;
  result[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(result[0])));
  if (result.back() != '.') result += '.';
  return result;
}

OpenedDevice open_virtual(DeviceState state, std::string why) {
  OpenedDevice opened;
  opened.device = std::make_unique<VirtualDevice>();
  opened.status.state = state;
  opened.status.name = "Virtual GPU";
  opened.status.why = std::move(why);
  return opened;
}

std::vector<std::string> facts_of(const CudaDevice& device) {
  const cuda::Gpu& gpu = device.gpu();
  std::vector<std::string> facts;
  facts.push_back(fmt::format("{} multiprocessors, compute capability {}.{}", gpu.multiprocessors, gpu.compute_major,
                              gpu.compute_minor));
  const cuda::Nvml* const sensors = device.sensors();
  const cuda::GpuReadings readings = sensors != nullptr ? sensors->read(gpu.pci_bus_id) : cuda::GpuReadings{};
  if (!readings.memory_total_bytes) {
    facts.push_back(fmt::format("{:.1f} GiB of memory", static_cast<double>(gpu.memory_bytes) / (1U << 30U)));
  }
  for (std::string& line : cuda::lines_of(readings)) facts.push_back(std::move(line));
  const std::string driver = sensors != nullptr ? sensors->driver_version() : std::string();
  const std::string cuda = cuda::cuda_version_text(device.context()->driver().version());
  facts.push_back(driver.empty() ? fmt::format("driver of CUDA {}", cuda)
                                 : fmt::format("driver {}, CUDA {}", driver, cuda));
  return facts;
}

}  // namespace

std::string why_this_gpu(const std::vector<cuda::Gpu>& gpus, std::size_t taken, std::optional<int> of_the_window,
                         const std::vector<std::string>& failed) {
  const cuda::Gpu& gpu = gpus[taken];
  std::string why;
  for (const std::string& each : failed) why += sentence(each) + " ";
  if (of_the_window == gpu.ordinal) {
    why += "This GPU also draws the window.";
  } else if (gpus.size() > 1 && failed.empty() && !of_the_window) {
    why += "This GPU has the most multiprocessors.";
  } else if (of_the_window) {
    why += "Another GPU draws the window, so pictures are copied to it.";
  } else {
    why += "A GPU was found.";
  }
  std::string others;
  for (const cuda::Gpu& other : gpus) {
    if (other.ordinal == gpu.ordinal) continue;
    const bool old = other.compute_capability() < cuda::kLeastComputeCapability;
    others += fmt::format("{}{}{}", others.empty() ? "" : ", ", other.name, old ? " (too old)" : "");
  }
  if (!others.empty()) why += fmt::format(" Also there: {}.", others);
  return why;
}

std::string why_too_old(const std::vector<cuda::Gpu>& gpus) {
  std::string names;
  for (const cuda::Gpu& gpu : gpus) {
    names += fmt::format("{}{} has compute capability {}.{}", names.empty() ? "" : ", ", gpu.name, gpu.compute_major,
                         gpu.compute_minor);
  }
  return fmt::format("{}, and kernels need {}.{} (Turing) or newer", names, cuda::kLeastComputeCapability / 10,
                     cuda::kLeastComputeCapability % 10);
}

std::string why_virtual(Wanted wanted, std::string_view why_no_gpu) {
  if (wanted == Wanted::kVirtual) return "The virtual GPU was asked for.";
  const std::string asked = wanted == Wanted::kCuda ? "A real GPU was asked for. " : "";
  return fmt::format("{}{} The virtual GPU computes instead.", asked, sentence(why_no_gpu));
}

base::Result<OpenedGpu> open_gpu(std::optional<int> of_the_window) {
  const auto driver = cuda::Driver::open();
  if (!driver) return base::fail(driver.error().message);
  const auto gpus = cuda::list_gpus(**driver);
  if (!gpus) return base::fail(gpus.error().message);
  const std::vector<std::size_t> order = cuda::usable_gpus(*gpus, of_the_window);
  if (order.empty()) return base::fail(why_too_old(*gpus));
  std::vector<std::string> failed;
  for (const std::size_t index : order) {
    auto device = CudaDevice::open(*driver, (*gpus)[index]);
    if (device) return OpenedGpu{std::move(*device), why_this_gpu(*gpus, index, of_the_window, failed)};
    failed.push_back(fmt::format("{}: {}", (*gpus)[index].name, device.error().message));
  }
  std::string all;
  for (const std::string& each : failed) all += (all.empty() ? "" : ". ") + each;
  return base::fail(all);
}

OpenedDevice open_device(const Choice& choice) {
  if (choice.wanted == Wanted::kVirtual) return open_virtual(DeviceState::kVirtual, why_virtual(choice.wanted, ""));
  auto gpu = open_gpu(choice.ordinal);
  if (!gpu) return open_virtual(DeviceState::kVirtual, why_virtual(choice.wanted, gpu.error().message));
  OpenedDevice opened;
  opened.status = status_of(*gpu->device, std::move(gpu->why));
  opened.device = std::move(gpu->device);
  return opened;
}

DeviceStatus status_of(const CudaDevice& device, std::string why) {
  DeviceStatus status;
  status.name = device.name();
  if (const auto lost = device.lost()) {
    status.state = DeviceState::kLost;
    status.why = sentence(lost->message);
    return status;
  }
  status.state = DeviceState::kGpu;
  status.why = std::move(why);
  status.facts = facts_of(device);
  return status;
}

OpenedDevice replace_lost(const CudaDevice& device) {
  const DeviceStatus was = status_of(device, "");
  return open_virtual(DeviceState::kLost, was.why + " The virtual GPU goes on.");
}

}  // namespace warpscope::device
