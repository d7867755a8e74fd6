// training/step_memory.h: the tensors of a StepPlan in a device's memory, and what the host puts there. Floor 4. Owned
// by the device's thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "compute/device/device.h"
#include "compute/training/backend.h"
#include "compute/training/step_plan.h"

namespace warpscope::training {

// The modules of these PTX files (assets/ptx/STEM.ptx), loaded together.
base::Result<void> load_kernels(device::Device& device, std::span<const std::string> stems);

// What the device remembers goes with the device; nothing is freed before but what a larger room replaces.
class StepMemory {
 public:
  StepMemory(device::Device& device, const StepPlan& plan);
  // All tensors, zeroed, with room for so many pictures. The error says how much was asked for.
  base::Result<void> allocate(std::int64_t pictures);
  // Room for more pictures; the first `kept` stay. Addresses change: what was recorded is worth nothing after it.
  base::Result<void> make_room(std::int64_t pictures, std::int64_t kept);
  std::int64_t room() const { return room_; }
  std::uint64_t total_bytes(std::int64_t pictures) const;  // of all tensors

  const std::vector<PlannedTensor>& tensors() const { return tensors_; }
  int find(std::string_view name) const;
  device::Address address(int tensor) const;
  device::LaunchRequest request(const PlannedLaunch& launch) const;

  template <class Value>
  base::Result<void> write(std::string_view name, std::span<const Value> values, std::size_t first = 0) {
    return device_.write(address(find(name)) + first * sizeof(Value),
                         {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()});
  }
  template <class Value>
  base::Result<std::vector<Value>> read(std::string_view name, std::size_t count) const {
    std::vector<Value> values(count);
    return device_.read(address(find(name)), {reinterpret_cast<std::uint8_t*>(values.data()), count * sizeof(Value)})
        .map([&] { return std::move(values); });
  }

  // ---- Weights, moments and gradients: numbers in the layers' places within one of the flat arrays.
  base::Result<void> write_weights(std::string_view array, const Weights& weights);
  base::Result<Weights> read_weights(std::string_view array, Weights shapes) const;

  // What the kernels read of the steps to come: order, labels, changes, rates; the counter starts anew. At most
  // kStepsUploaded. `rates`: four numbers a step.
  base::Result<void> write_steps(std::span<const PlannedStep> steps, std::span<const float> rates);

 private:
  std::size_t parameter_count() const;
  base::Result<void> write_changes(std::span<const PlannedStep> steps);

  device::Device& device_;
  std::vector<PlannedTensor> tensors_;
  std::vector<device::Address> addresses_;  // of each tensor
  std::int64_t room_ = 0;                   // for pictures
  // Of write_steps(); kept for their memory.
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> labels_;
  std::vector<float> changes_;
};

// Of one step: {rate, 1 - beta1^t, 1 - beta2^t, loss scale}, as the update reads them.
std::array<float, 4> rates_of(const OptimizerSettings& optimizer, float rate, std::int64_t update, float loss_scale);

}  // namespace warpscope::training
