// device/open_device.h: which device computes, and why. Floor 3. Any thread; starting a driver can take a second.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/cuda/gpus.h"
#include "compute/device/cuda_device.h"
#include "compute/device/device.h"

namespace warpscope::device {

// What a person may ask for.
enum class Wanted : std::uint8_t { kAuto, kCuda, kVirtual };

struct Choice {
  Wanted wanted = Wanted::kAuto;
  std::optional<int> ordinal;  // of the GPU that drives the window (CUDA's number); empty: not asked, or none
};

enum class DeviceState : std::uint8_t {
  kVirtual,  // the virtual GPU, because that was asked for or nothing else is there
  kGpu,      // a real one
  kLost,     // a real one was used and is gone, or cannot go on; the virtual GPU goes on
};

// What the device badge and its card say.
struct DeviceStatus {
  DeviceState state = DeviceState::kVirtual;
  std::string name;  // "Virtual GPU", "NVIDIA H100 80GB HBM3"
  std::string why;   // one or two sentences: why this one, or what happened
  std::vector<std::string>
      facts;  // of a real one: memory, clocks, temperature, power, driver; "1.98 GHz, 46 °C, 112 W"
};

struct OpenedDevice {
  std::unique_ptr<Device> device;  // never null
  DeviceStatus status;
};

// Never fails: what cannot be had is said in status.why, and the virtual GPU is opened instead.
OpenedDevice open_device(const Choice& choice);

// A real GPU or why there is none.
struct OpenedGpu {
  std::unique_ptr<CudaDevice> device;
  std::string why;  // this one and not another
};
base::Result<OpenedGpu> open_gpu(std::optional<int> of_the_window);

// The facts as they are now; the owner of the device calls it now and then. `why` as open_device() gave it; what
// happened to a device that is lost takes its place.
DeviceStatus status_of(const CudaDevice& device, std::string why);
// To go on with after a device was lost: the virtual GPU, and a status that says so.
OpenedDevice replace_lost(const CudaDevice& device);

// ---- Their sentences, without a GPU

// Why this one was taken, with the others named. `failed`: what was said of those tried before it.
std::string why_this_gpu(const std::vector<cuda::Gpu>& gpus, std::size_t taken, std::optional<int> of_the_window,
                         const std::vector<std::string>& failed);
// There are GPUs, but none that runs our kernels.
std::string why_too_old(const std::vector<cuda::Gpu>& gpus);
std::string why_virtual(Wanted wanted, std::string_view why_no_gpu);

}  // namespace warpscope::device
