// session/microscope_worker.h: makes a training step launch by launch, beside the training, and hands its launches to
// Step and the SM map. Floor 5. Its own thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "compute/session/channels.h"
#include "compute/session/microscope_launch.h"
#include "compute/session/microscope_rows.h"

namespace warpscope::session {

class MicroscopeWorker {
 public:
  MicroscopeWorker(Channels& channels, const std::filesystem::path& data_dir) : channels_(channels), files_(data_dir) {}
  void run();  // the thread; returns after Stop

 private:
  using Clock = std::chrono::steady_clock;

  void take(StepToFreeze& command);
  void take(const LeaveMicroscope&);
  void take(const OpenLaunch& command);
  void take(const Stop&) { stopped_ = true; }

  struct Opened {
    std::unique_ptr<device::Device> device;
    std::optional<gpu::Gpu> real;
  };
  Opened open_device(const WantedBackend& trains);
  base::Result<void> freeze(StepToFreeze& command, MicroscopeView& view);
  void show(MicroscopeView view);
  void forget();
  base::Result<void> open(const OpenLaunch& command);

  Channels& channels_;
  MicroscopeFiles files_;
  std::optional<MicroscopeReader> reader_;  // once it was needed
  std::uint64_t id_ = 0;                    // of the step that is shown
  std::shared_ptr<const training::FrozenStep> frozen_;
  bool stopped_ = false;
};

}  // namespace warpscope::session
