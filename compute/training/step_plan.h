// training/step_plan.h: a training step as launches of our kernels: which, in which order, with which tensors. Floor 4.
// Pure functions: nothing here needs a device.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/launch_types.h"
#include "compute/training/backend.h"

namespace warpscope::training {

enum class LaunchPhase : std::uint8_t { kGather, kForward, kBackward, kUpdate };
inline constexpr std::array kLaunchPhases{LaunchPhase::kGather, LaunchPhase::kForward, LaunchPhase::kBackward,
                                          LaunchPhase::kUpdate};
std::string_view text_of(LaunchPhase phase);  // "gather" "forward" "backward" "update"

enum class TensorType : std::uint8_t { kF32, kU8, kU32, kI32 };
std::size_t bytes_of(TensorType type);
std::string_view text_of(TensorType type);  // "f32"

// Memory on the device.
struct PlannedTensor {
  std::string name;  // "layer 0 weight", "layer 1 output", "images", "layer 3 weight gradient", "labels"
  TensorType type = TensorType::kF32;
  std::vector<std::int64_t> shape;
  // Part of another tensor (all parameters lie one after the other, so that one launch updates them); -1: of its own.
  int part_of = -1;
  std::int64_t first_element = 0;  // within it
  std::size_t size_bytes() const;
};

// A kernel's parameter: the address of a tensor, or a value.
struct PlannedArgument {
  std::string name;     // as the kernel calls it
  int tensor = -1;      // index into StepPlan::tensors; -1: `value`, or a null pointer where that is empty
  bool writes = false;  // the kernel writes there
  std::vector<std::uint8_t> value;
};

struct PlannedLaunch {
  std::string file;    // stem of the PTX: "train_dense_tiled"
  std::string kernel;  // "dense_forward_tiled"
  std::string about;   // for people: "Dense 5,408 → 64, with relu"
  LaunchPhase phase = LaunchPhase::kForward;
  int layer = -1;  // of NetworkSpec::layers; -1: of none
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared_bytes = 0;
  std::vector<PlannedArgument> arguments;
};

struct PlanSettings {
  OptimizerSettings optimizer;
  Precision precision = Precision::kF32;
  bool augmented = false;  // the gather changes pictures
  bool simple = false;     // the kernels to be read in place of the fast ones
};

// Steps that are uploaded together: order, labels, rates of so many.
inline constexpr int kStepsUploaded = 64;

struct StepPlan {
  std::vector<PlannedTensor> tensors;
  std::vector<PlannedLaunch> launches;      // in order
  std::vector<std::string> files() const;   // of all launches, each once
  int find(std::string_view tensor) const;  // -1: there is none
};

// A step with `samples` of batches of up to `batch`: the tensors are the same for every `samples` (the last batch of an
// epoch is smaller), so plans of one network share their memory.
base::Result<StepPlan> plan_step(const NetworkSpec& network, int batch, int samples, const PlanSettings& settings);
// The forward pass alone, up to the probabilities, over the same tensors.
base::Result<StepPlan> plan_forward(const NetworkSpec& network, int batch, int samples, const PlanSettings& settings);

}  // namespace warpscope::training
