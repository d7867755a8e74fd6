#include "compute/training/step_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

struct NamedType {
  TensorType type;
  std::string_view name;
  std::size_t bytes;
};
constexpr NamedType kTypes[] = {{TensorType::kF32, "f32", 4},
                                {TensorType::kU8, "u8", 1},
                                {TensorType::kU32, "u32", 4},
                                {TensorType::kI32, "i32", 4}};

constexpr const char* kPhaseNames[] = {"gather", "forward", "backward", "update"};

// What kernels count in `int`, and a grid's y and z in 16 bits.
constexpr std::int64_t kLargestTensor = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t kLargestGrid = 65'535;

base::Result<void> check_network(const NetworkSpec& network, int batch, int samples) {
  if (batch < 1) return base::fail("a batch needs at least one picture");
  if (samples < 1 || samples > batch) {
    return base::fail(fmt::format("a step of {} samples does not fit batches of {}: it takes 1 to as many as a batch",
                                  samples, batch));
  }
  if (network.layers.empty() || network.layers.back().kind != LayerKind::kDense ||
      network.layers.back().outputs != kPlanClasses) {
    return base::fail("network '" + network.name + "' must end in a dense layer with 10 outputs, one for each digit");
  }
  if (auto fits = with_input(network, network.input); !fits) return tl::unexpected(fits.error());
  for (const LayerSpec& layer : network.layers) {
    if (layer.kind != LayerKind::kMaxPool || layer.size <= 16) continue;
    return base::fail(fmt::format(
        "a max pool over {0}x{0} pixels is too large for our kernels: up to 16x16 are possible", layer.size));
  }
  return {};
}

base::Result<StepPlan> checked(StepPlan plan, const NetworkSpec& network, int batch) {
  for (const PlannedTensor& tensor : plan.tensors) {
    std::int64_t count = 1;
    for (const std::int64_t size : tensor.shape) count *= size;
    if (count <= kLargestTensor) continue;
    return base::fail(
        fmt::format("{} with batches of {} has {} numbers in '{}', more than our kernels can count: take "
                    "smaller batches",
                    network.name, batch, thousands(count), tensor.name));
  }
  for (const PlannedLaunch& launch : plan.launches) {
    if (launch.grid.y <= kLargestGrid && launch.grid.z <= kLargestGrid) continue;
    return base::fail(
        fmt::format("{} with batches of {} needs a grid of {} x {} x {} blocks for '{}', and a GPU takes "
                    "at most 65,535 along y and z: take smaller batches",
                    network.name, batch, launch.grid.x, launch.grid.y, launch.grid.z, launch.kernel));
  }
  return plan;
}

}  // namespace

std::string thousands(std::int64_t number) {
  std::string text = fmt::format("{}", number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string_view text_of(LaunchPhase phase) {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}

std::size_t bytes_of(TensorType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes), [&](const NamedType& t) { return t.type == type; })->bytes;
}

std::string_view text_of(TensorType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes), [&](const NamedType& t) { return t.type == type; })->name;
}

std::size_t PlannedTensor::size_bytes() const {
  std::size_t bytes = bytes_of(type);
  for (const std::int64_t size : shape) bytes *= static_cast<std::size_t>(size);
  return bytes;
}

std::vector<std::string> StepPlan::files() const {
  std::vector<std::string> files;
  for (const PlannedLaunch& launch : launches) {
    if (std::find(files.begin(), files.end(), launch.file) == files.end()) files.push_back(launch.file);
  }
  return files;
}

int StepPlan::find(std::string_view tensor) const {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].name == tensor) return static_cast<int>(i);
  }
  return -1;
}

base::Result<StepPlan> plan_step(const NetworkSpec& network, int batch, int samples, const PlanSettings& settings) {
  if (auto fine = check_network(network, batch, samples); !fine) return tl::unexpected(fine.error());
  PlanBuilder builder(network, batch, samples, settings);
  builder.add_tensors();
  builder.add_gather();
  builder.add_forward();
  builder.add_loss();
  builder.add_backward();
  builder.add_update();
  return checked(builder.take(), network, batch);
}

base::Result<StepPlan> plan_forward(const NetworkSpec& network, int batch, int samples, const PlanSettings& settings) {
  if (auto fine = check_network(network, batch, samples); !fine) return tl::unexpected(fine.error());
  PlanBuilder builder(network, batch, samples, settings);
  builder.add_tensors();
  builder.add_forward();
  builder.add_probabilities();
  return checked(builder.take(), network, batch);
}

}  // namespace warpscope::training
