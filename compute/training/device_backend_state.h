// training/device_backend_state.h: the class behind make_device_backend(). Floor 4. For device_backend.cpp and
// device_backend_train.cpp alone.
#pragma once

#include <map>
#include <tuple>

#include "compute/training/device_backend.h"
#include "compute/training/loss_scale.h"
#include "compute/training/step_memory.h"

namespace warpscope::training {

class DeviceBackend final : public Backend {
 public:
  DeviceBackend(std::unique_ptr<device::Device> device, NetworkSpec network, int batch,
                const DeviceBackendOptions& options, const StepPlan& plan);
  // Kernels and memory; nothing else is called before it.
  base::Result<void> begin();

  std::string_view name() const override { return device_->kind(); }
  BatchStats forward_backward(std::span<const float> images, std::span<const std::uint8_t> labels) override;
  void update(float rate) override;
  void predict(std::span<const float> images, std::span<float> probabilities) override;
  Weights weights() const override { return exported("parameters"); }
  Weights gradients() const override;
  base::Result<void> set_weights(const Weights& weights) override;
  OptimizerState optimizer_state() const override;
  base::Result<void> set_optimizer_state(const OptimizerState& state) override;
  void set_optimizer(const OptimizerSettings& settings) override;
  std::span<const float> sample_losses() const override { return losses_; }
  std::span<const float> sample_probabilities() const override { return probabilities_; }
  void keep_good() override;
  void go_back() override;
  BackendKind kind() const override { return is_virtual() ? BackendKind::kVirtual : BackendKind::kCuda; }
  Precision precision() const override { return options_.precision; }
  std::string device_name() const override;
  PhaseTimes phase_times() const override { return times_; }
  std::optional<BackendFailure> failure() const override;
  int pictures_at_once() const override { return batch_; }
  bool gathers() const override { return true; }
  base::Result<void> set_pictures(std::shared_ptr<const Dataset> train) override;
  base::Result<void> set_drawings(std::span<const ReplaySample> drawings) override;
  std::vector<StepStats> train(std::span<const PlannedStep> steps) override;
  int steps_at_once() const override { return steps_at_once_; }

 private:
  // Which launches of a step.
  enum class Part : std::uint8_t { kStep, kPhase, kForwardBackward, kPrediction };
  struct Recorded {
    std::unique_ptr<device::Sequence> sequence;
    std::vector<LaunchPhase> phases;  // of its launches
  };
  using Key = std::tuple<Part, LaunchPhase, int, bool>;  // samples; pictures are changed

  bool is_virtual() const { return device_->kind() == "virtual"; }
  base::Result<StepPlan> plan(Part part, int samples, bool changed) const;
  base::Result<Recorded*> recorded(const Key& key);
  // Nothing where it failed, which is noted.
  std::optional<device::SequenceReport> run(const Key& key, int times);
  // Notes why it fails, the first time; false then.
  bool fine(const base::Result<void>& result) const;
  void note(BackendFailure::Kind kind, std::string message) const;
  Weights exported(std::string_view array) const;
  base::Result<void> forget_moments();
  base::Result<void> no_room(std::int64_t pictures, const base::Error& error);

  // ---- train() (device_backend_train.cpp)
  bool can_train(std::span<const PlannedStep> steps) const;
  // Makes these, up to one that is skipped, and adds what they gave; false where it failed.
  bool make_steps(std::span<const PlannedStep> steps, std::vector<StepStats>& all);
  bool run_steps(std::span<const PlannedStep> steps);
  bool run_measured(int samples, bool changed);
  void take_times(const device::SequenceReport& report, const std::vector<LaunchPhase>& phases);

  std::unique_ptr<device::Device> device_;
  NetworkSpec network_;
  int batch_;
  DeviceBackendOptions options_;
  device::LaunchOptions launching_;
  StepMemory memory_;
  device::Address kept_ = 0;  // parameters and both moments of keep_good(), one after the other
  std::uint64_t rebuilds_ = 0;
  std::map<Key, Recorded> recorded_;  // goes before the device
  Weights shapes_;
  OptimizerSettings optimizer_;
  LossScale scale_;
  std::int64_t updates_ = 0;
  std::int64_t kept_updates_ = 0;
  LossScale kept_scale_;
  float gradient_scale_ = 1;  // of the gradients that are there
  std::shared_ptr<const Dataset> pictures_;
  std::vector<std::uint8_t> drawings_;  // their pictures, one after the other
  std::vector<float> losses_, probabilities_;
  PhaseTimes times_;
  int since_measured_ = 0;  // steps
  int steps_at_once_ = 1;
  double step_seconds_ = 0;
  mutable std::optional<BackendFailure> failure_;
};

}  // namespace warpscope::training
