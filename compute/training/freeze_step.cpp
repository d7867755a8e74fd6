// One training step, launch by launch, with what each of them read and wrote.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "compute/training/device_backend.h"
#include "compute/training/loss_scale.h"
#include "compute/training/step_memory.h"

namespace warpscope::training {
namespace {

using Snapshot = std::shared_ptr<const FrozenTensor>;

class Freezer {
 public:
  Freezer(device::Device& device, const FreezeRequest& request, StepPlan plan)
      : device_(device),
        request_(request),
        plan_(std::move(plan)),
        memory_(device, plan_),
        snapshots_(plan_.tensors.size()) {
    launching_.threads = request.options.threads;
  }

  base::Result<FrozenStep> make(const std::atomic<bool>* stop, const std::function<void(int, int)>& progress);

 private:
  base::Result<void> begin();
  // What the step starts from.
  base::Result<void> upload();
  base::Result<void> launch_all();
  base::Result<device::LaunchReport> launch(const PlannedLaunch& launch);
  base::Result<FrozenLaunch> freeze(const PlannedLaunch& launch);
  // A tensor as it is now; read from the device only where something was written there since the last time.
  base::Result<Snapshot> snapshot(int tensor);
  void forget(int tensor);
  base::Result<void> finish(FrozenStep& step) const;

  device::Device& device_;
  const FreezeRequest& request_;
  StepPlan plan_;
  StepMemory memory_;
  device::LaunchOptions launching_;
  std::vector<Snapshot> snapshots_;  // of each tensor; null: not read since it was last written
};

base::Result<void> Freezer::begin() {
  const std::vector<std::string> files = plan_.files();
  const std::int64_t pictures = request_.pictures->count();
  if (auto loaded = load_kernels(device_, files); !loaded) return loaded;
  if (auto allocated = memory_.allocate(pictures); !allocated) {
    return base::fail(fmt::format("this step needs {:.1f} MB on {}, which could not be had: {}",
                                  static_cast<double>(memory_.total_bytes(pictures)) / 1e6, device_.name(),
                                  allocated.error().message));
  }
  return {};
}

base::Result<void> Freezer::upload() {
  const Weights none = zeros_like(request_.weights);
  const auto moments = [&](const Weights& given) -> const Weights& { return given.layers.empty() ? none : given; };
  const auto rates = rates_of(request_.optimizer, request_.step.rate, request_.state.updates + 1,
                              LossScale(request_.options.precision).value());
  return memory_.write<std::uint8_t>("pictures", request_.pictures->pixels)
      .and_then([&] { return memory_.write_weights("parameters", request_.weights); })
      .and_then([&] { return memory_.write_weights("first moments", moments(request_.state.first)); })
      .and_then([&] { return memory_.write_weights("second moments", moments(request_.state.second)); })
      .and_then([&] { return memory_.write<std::int32_t>("state", std::array<std::int32_t, 4>{}); })
      .and_then([&] { return memory_.write<std::uint32_t>("confusion", std::array<std::uint32_t, 100>{}); })
      .and_then([&] {
        return memory_.write_steps({&request_.step, 1}, rates);
      });
}

base::Result<device::LaunchReport> Freezer::launch(const PlannedLaunch& launch) {
  auto report = device_.launch(memory_.request(launch), launching_);
  if (report && report->fault) return base::fail(fmt::format("'{}': {}", launch.kernel, report->fault->message));
  return report;
}

base::Result<void> Freezer::launch_all() {
  for (const PlannedLaunch& each : plan_.launches) {
    if (auto done = launch(each); !done) return tl::unexpected(done.error());
  }
  return {};
}

base::Result<Snapshot> Freezer::snapshot(int tensor) {
  Snapshot& kept = snapshots_[static_cast<std::size_t>(tensor)];
  if (kept) return kept;
  const PlannedTensor& planned = memory_.tensors()[static_cast<std::size_t>(tensor)];
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(planned.size_bytes());
  if (auto read = device_.read(memory_.address(tensor), *bytes); !read) return tl::unexpected(read.error());
  kept =
      std::make_shared<const FrozenTensor>(FrozenTensor{planned.name, planned.type, planned.shape, std::move(bytes)});
  return kept;
}

// Parts and the whole lie in the same memory, and so may parts.
void Freezer::forget(int tensor) {
  const auto place = [&](int index) {
    const PlannedTensor& t = plan_.tensors[static_cast<std::size_t>(index)];
    const auto begin = static_cast<std::uint64_t>(t.first_element) * bytes_of(t.type);
    return std::tuple{t.part_of < 0 ? index : t.part_of, begin, begin + t.size_bytes()};
  };
  const auto [root, begin, end] = place(tensor);
  for (int other = 0; other < static_cast<int>(plan_.tensors.size()); ++other) {
    const auto [other_root, other_begin, other_end] = place(other);
    const bool overlaps = other == tensor || (other_root == root && other_begin < end && begin < other_end);
    if (overlaps) snapshots_[static_cast<std::size_t>(other)] = nullptr;
  }
}

base::Result<FrozenLaunch> Freezer::freeze(const PlannedLaunch& planned) {
  FrozenLaunch frozen;
  frozen.plan = planned;
  for (const PlannedArgument& argument : planned.arguments) {
    FrozenArgument& added = frozen.arguments.emplace_back();
    added.name = argument.name;
    added.writes = argument.writes;
    added.value = argument.value;
    if (argument.tensor < 0) continue;
    auto before = snapshot(argument.tensor);
    if (!before) return tl::unexpected(before.error());
    added.tensor = std::move(*before);
  }
  const auto report = launch(planned);
  if (!report) return tl::unexpected(report.error());
  frozen.seconds = report->seconds;
  for (const PlannedArgument& argument : planned.arguments) {
    if (argument.writes) forget(argument.tensor);
  }
  for (const PlannedArgument& argument : planned.arguments) {
    if (!argument.writes) continue;
    auto after = snapshot(argument.tensor);
    if (!after) return tl::unexpected(after.error());
    frozen.written.push_back(std::move(*after));
  }
  return frozen;
}

base::Result<void> Freezer::finish(FrozenStep& step) const {
  const auto metrics = memory_.read<float>("metrics", 4);
  if (!metrics) return tl::unexpected(metrics.error());
  const auto samples = static_cast<float>(request_.step.batch.pictures.size());
  step.stats = {{(*metrics)[0] / samples, static_cast<int>((*metrics)[1])}, (*metrics)[2] != 0};
  double PhaseTimes::*const times[] = {&PhaseTimes::gather, &PhaseTimes::forward, &PhaseTimes::backward,
                                       &PhaseTimes::update};
  for (const FrozenLaunch& launch : step.launches) {
    step.phases.*times[static_cast<std::size_t>(launch.plan.phase)] += launch.seconds;
  }
  return {};
}

base::Result<FrozenStep> Freezer::make(const std::atomic<bool>* stop, const std::function<void(int, int)>& progress) {
  const bool is_virtual = device_.kind() == "virtual";
  FrozenStep step;
  step.kind = is_virtual ? BackendKind::kVirtual : BackendKind::kCuda;
  step.device = device_.name();
  step.precision = request_.options.precision;
  auto ready = begin().and_then([&] { return upload(); });
  // A GPU sets a kernel up when it is launched for the first time: that is no part of a step's time.
  if (ready && !is_virtual) ready = launch_all().and_then([&] { return upload(); });
  if (!ready) return tl::unexpected(ready.error());
  const auto all = static_cast<int>(plan_.launches.size());
  for (int done = 0; done < all; ++done) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) return base::fail("freezing the step was stopped");
    if (progress) progress(done, all);
    auto launch = freeze(plan_.launches[static_cast<std::size_t>(done)]);
    if (!launch) return tl::unexpected(launch.error());
    step.launches.push_back(std::move(*launch));
  }
  if (progress) progress(all, all);
  if (auto read = finish(step); !read) return tl::unexpected(read.error());
  return step;
}

base::Result<void> check(const FreezeRequest& request) {
  if (auto fit = check_fit(request.network, request.weights); !fit) return fit;
  for (const Weights* moments : {&request.state.first, &request.state.second}) {
    if (moments->layers.empty()) continue;
    if (auto fit = check_fit(request.network, *moments); !fit) return fit;
  }
  const BatchRecipe& batch = request.step.batch;
  if (batch.pictures.empty() || batch.labels.size() != batch.pictures.size() ||
      (!batch.changes.empty() && batch.changes.size() != batch.pictures.size())) {
    return base::fail("a step to freeze needs pictures, as many labels, and as many changes or none");
  }
  const std::uint32_t last = *std::max_element(batch.pictures.begin(), batch.pictures.end());
  if (last < static_cast<std::uint32_t>(request.pictures->count())) return {};
  return base::fail(fmt::format("the step names picture {}, but only {} are there", last, request.pictures->count()));
}

}  // namespace

base::Result<FrozenStep> freeze_step(std::unique_ptr<device::Device> device, const FreezeRequest& request,
                                     const std::atomic<bool>* stop, const std::function<void(int, int)>& progress) {
  if (auto fine = check(request); !fine) return tl::unexpected(fine.error());
  const auto samples = static_cast<int>(request.step.batch.pictures.size());
  const PlanSettings settings{request.optimizer, request.options.precision, !request.step.batch.changes.empty(),
                              request.options.simple};
  auto plan = plan_step(request.network, samples, samples, settings);
  if (!plan) return tl::unexpected(plan.error());
  Freezer freezer(*device, request, std::move(*plan));
  return freezer.make(stop, progress);
}

}  // namespace warpscope::training
