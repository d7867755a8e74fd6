// The part of ConvolveWorker that has the device: a GPU that breaks is set up anew or replaced, and the work goes on.
#include <fmt/format.h>

#include <utility>

#include "compute/session/convolve_worker.h"

namespace warpscope::session {

device::CudaDevice* ConvolveWorker::gpu() const {
  return dynamic_cast<device::CudaDevice*>(device_.device.get());
}

void ConvolveWorker::open(const device::Choice& choice) {
  use(device::open_device(choice));
}

void ConvolveWorker::use(device::OpenedDevice opened) {
  engine_.reset();                        // before its device
  if (draft_.frame) values_due_ = false;  // they went with the device
  device_ = std::move(opened);
  device_why_ = device_.status.why;
  draft_.device = device_.status;
  changed_ = true;
  load_kernels();
}

void ConvolveWorker::load_kernels() {
  rebuilds_ = device_.device->rebuilds();
  engine_.reset();
  auto engine = convolution::Engine::create(*device_.device);
  if (engine) {
    engine_.emplace(std::move(*engine));
  } else if (gpu() != nullptr) {
    go_on_without_gpu(engine.error());
  } else {
    settings_problem_ = engine.error().text();
    update_problem();
  }
}

void ConvolveWorker::deal_with(const base::Error& why) {
  values_due_ = false;
  if (gpu() == nullptr) {
    settings_problem_ = why.text();
    return update_problem();
  }
  const bool broken = device_.device->rebuilds() != rebuilds_;
  if (device_.device->lost() || !broken || broke_gpu_) return go_on_without_gpu(why);
  broke_gpu_ = true;
  say(Message::Kind::kWarning, fmt::format("{} The GPU was set up anew and goes on.", sentence(why.text())));
  load_kernels();
  frame_due_ = true;
}

void ConvolveWorker::go_on_without_gpu(const base::Error& why) {
  const std::string was = device_.status.name;
  device::OpenedDevice instead = device::replace_lost(*gpu());
  if (!device_.device->lost()) instead.status.why = fmt::format("{} The virtual GPU goes on.", sentence(why.text()));
  instead.status.why = sentence(std::move(instead.status.why));
  say(Message::Kind::kError, fmt::format("{} is lost; the virtual GPU goes on. The badge above says why.", was));
  use(std::move(instead));
  frame_due_ = true;
}

void ConvolveWorker::read_sensors() {
  sensors_read_ = std::chrono::steady_clock::now();
  if (const auto lost = device_.device->lost()) return go_on_without_gpu(*lost);
  draft_.device = device::status_of(*gpu(), device_why_);
  changed_ = true;
}

}  // namespace warpscope::session
