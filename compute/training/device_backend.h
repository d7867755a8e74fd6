// training/device_backend.h: training by our own kernels, on a GPU or on the virtual one. Floor 4. Owned and used by
// one thread. All data stay on the device: pictures are uploaded once, a step is one recorded sequence (a CUDA graph on
// a GPU), and the numbers of many steps come back together.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/device/device.h"
#include "compute/training/backend.h"
#include "compute/training/step_plan.h"

namespace warpscope::training {

struct DeviceBackendOptions {
  Precision precision = Precision::kF32;
  int threads = 0;      // of the host, where it computes; 0: all cores
  bool simple = false;  // the kernels to be read in place of the fast ones
};

// `device` is of kind "cuda" or "virtual". The error says what does not fit: memory, or a GPU without bf16.
base::Result<std::unique_ptr<Backend>> make_device_backend(std::unique_ptr<device::Device> device,
                                                           const NetworkSpec& network, int batch,
                                                           const DeviceBackendOptions& options);
// Opens the device too. kCuda: the error says why there is none. Not for kCpu.
base::Result<std::unique_ptr<Backend>> open_device_backend(BackendKind kind, const NetworkSpec& network, int batch,
                                                           const DeviceBackendOptions& options);

// ---- A step, launch by launch, with what it read and wrote

struct FrozenTensor {
  std::string name;
  TensorType type = TensorType::kF32;
  std::vector<std::int64_t> shape;
  std::shared_ptr<const std::vector<std::uint8_t>> bytes;  // never null; before the launch
};
struct FrozenArgument {
  std::string name;
  bool writes = false;
  std::shared_ptr<const FrozenTensor> tensor;  // null: `value`, or a null pointer where that is empty
  std::vector<std::uint8_t> value;
  std::uint64_t offset_bytes = 0;  // of the argument within the tensor
};
struct FrozenLaunch {
  PlannedLaunch plan;
  std::vector<FrozenArgument> arguments;
  // What it left in the tensors that it writes, in the order of its arguments.
  std::vector<std::shared_ptr<const FrozenTensor>> written;
  double seconds = 0;  // on the device; of the virtual one: of the host
};
struct FrozenStep {
  BackendKind kind = BackendKind::kVirtual;
  std::string device;  // for people
  Precision precision = Precision::kF32;
  std::vector<FrozenLaunch> launches;
  StepStats stats;
  PhaseTimes phases;
};

struct FreezeRequest {
  NetworkSpec network;
  OptimizerSettings optimizer;
  Weights weights;
  OptimizerState state;
  std::shared_ptr<const Dataset> pictures;  // that the step's recipe names
  PlannedStep step;
  DeviceBackendOptions options;
};
// Makes this one step on `device`. Training elsewhere is not touched. `progress` gets launches done and all.
base::Result<FrozenStep> freeze_step(std::unique_ptr<device::Device> device, const FreezeRequest& request,
                                     const std::atomic<bool>* stop = nullptr,
                                     const std::function<void(int, int)>& progress = {});

}  // namespace warpscope::training
