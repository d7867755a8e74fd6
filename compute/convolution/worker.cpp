// Which thread makes an output value, and a stage's launch written out for Step.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compute/convolution/plan.h"

namespace warpscope::convolution {
namespace {

// Which thread along each axis, of the whole grid.
struct Place {
  std::uint32_t x = 0, y = 0, z = 0;
};

Place place_of(const Stage& stage, const LaunchInfo& launch, int plane, int x, int y) {
  const auto at = [](int value) { return static_cast<std::uint32_t>(value); };
  const int filters = std::max(1, static_cast<int>(stage.filters.size()));
  if (launch.kernel == "filters_times_columns") {
    return {at(y) * at(launch.writes.width) + at(x), at(plane % filters), at(plane / filters)};
  }
  if (launch.kernel == "unfold") return {at(x), at(y), at(plane / filters)};
  if (launch.kernel == "convolve_rows") {
    const int middle = y * stage.stride - padding_of(stage) + (stage.filters.front().size - 1) * stage.dilation / 2;
    return {at(x), at(std::clamp(middle, 0, launch.writes.height - 1)), at(plane)};
  }
  return {at(x / launch.outputs_per_thread), at(y), at(plane)};
}

// A kernel that makes the two sums of a magnitude: the first of the two stands for both.
int plane_of_launch(const Stage& stage, const LaunchInfo& launch, int plane) {
  return stage.kind == StageKind::kMagnitude && launch.kernel != "magnitude" ? 2 * plane : plane;
}

std::string hex(const Shape& shape) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&shape);
  std::string text = "bytes:";
  for (std::size_t i = 0; i < sizeof shape; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string list_of(const std::vector<float>& values) {
  std::string text = fmt::format("buf:f32:{}:list:", values.size());
  for (std::size_t i = 0; i < values.size(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ",", values[i]);
  return text;
}

}  // namespace

const LaunchInfo* writer_of(const Run& run, int stage) {
  const LaunchInfo* writer = nullptr;
  for (const LaunchInfo& launch : run.launches) {
    if (launch.stage == stage) writer = &launch;
  }
  return writer;
}

Worker worker_of(const Settings& settings, const LaunchInfo& launch, int plane, int x, int y, int multiprocessors) {
  const Stage& stage = settings.chain[static_cast<std::size_t>(launch.stage)];
  const Place at = place_of(stage, launch, plane_of_launch(stage, launch, plane), x, y);
  const base::Dim3 block = launch.block;
  Worker worker;
  worker.block = {at.x / block.x, at.y / block.y, at.z};
  worker.thread = {at.x % block.x, at.y % block.y, 0};
  worker.block_number = launch.grid.linear(worker.block);
  const auto thread = static_cast<int>(block.linear(worker.thread));
  worker.warp = thread / base::kWarpSize;
  worker.lane = thread % base::kWarpSize;
  worker.sm = static_cast<int>(worker.block_number % static_cast<std::uint64_t>(std::max(1, multiprocessors)));
  return worker;
}

base::Result<StepHandover> handover(const Settings& settings, int stage, Size input, const std::string& input_file) {
  if (stage < 0 || static_cast<std::size_t>(stage) >= settings.chain.size()) {
    return base::fail(fmt::format("there is no stage {}; the chain has {}", stage + 1, settings.chain.size()));
  }
  Settings alone = settings;
  alone.chain = {settings.chain[static_cast<std::size_t>(stage)]};
  if (auto fine = check(alone, input); !fine) return tl::unexpected(fine.error());
  const Plan plan = plan_of(alone, input);
  const PlannedLaunch& launch = plan.launches.front();
  StepHandover step;
  step.launch = launch.info;
  step.launch.stage = stage;
  step.kernel = launch.info.kernel;
  step.grid = launch.info.grid;
  step.block = launch.info.block;
  step.dynamic_shared_bytes = launch.shared_bytes;
  const Size out = launch.info.writes;
  step.arguments.push_back("buf:@" + input_file);
  if (launch.takes_bank) step.arguments.push_back(list_of(plan.weights));
  step.arguments.push_back(fmt::format("buf:f32:{}:zero", std::int64_t{out.width} * out.height * out.planes));
  step.arguments.push_back(hex(launch.shape));
  step.arguments.emplace_back("null");
  if (!plan.weights.empty()) step.symbols.emplace_back("weights", list_of(plan.weights));
  return step;
}

}  // namespace warpscope::convolution
