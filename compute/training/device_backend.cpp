#include "compute/training/device_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "compute/device/cuda_device.h"
#include "compute/device/open_device.h"
#include "compute/device/virtual_device.h"
#include "compute/training/device_backend_state.h"
#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

constexpr std::int64_t kFirstRoom = 256;  // for drawings, before the pictures are there
constexpr int kLeastForBf16 = 80;         // compute capability
constexpr const char* kArrays[] = {"parameters", "first moments", "second moments"};

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

base::Result<void> check_precision(const device::Device& device, Precision precision) {
  const auto* gpu = dynamic_cast<const device::CudaDevice*>(&device);
  if (gpu == nullptr || precision != Precision::kBf16 || gpu->gpu().compute_capability() >= kLeastForBf16) return {};
  return base::fail(
      fmt::format("{} has compute capability {}.{}, and bf16 needs 8.0 (Ampere): f16 and f32 are possible",
                  device.name(), gpu->gpu().compute_major, gpu->gpu().compute_minor));
}

void add_files(const base::Result<StepPlan>& plan, std::vector<std::string>& files) {
  for (std::string& file : plan->files()) {
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(std::move(file));
  }
}

}  // namespace

DeviceBackend::DeviceBackend(std::unique_ptr<device::Device> device, NetworkSpec network, int batch,
                             const DeviceBackendOptions& options, const StepPlan& plan)
    : device_(std::move(device)),
      network_(std::move(network)),
      batch_(batch),
      options_(options),
      memory_(*device_, plan),
      rebuilds_(device_->rebuilds()),
      shapes_(zeros_like(initial_weights(network_, 0))),
      scale_(options.precision),
      kept_scale_(options.precision) {
  launching_.threads = options.threads;
}

base::Result<void> DeviceBackend::begin() {
  std::vector<std::string> files;
  add_files(plan(Part::kStep, batch_, false), files);
  add_files(plan(Part::kStep, batch_, true), files);
  add_files(plan(Part::kPrediction, batch_, false), files);
  if (auto loaded = load_kernels(*device_, files); !loaded) return loaded;
  const auto parameters = memory_.tensors()[static_cast<std::size_t>(memory_.find("parameters"))].size_bytes();
  const auto made = memory_.allocate(kFirstRoom).and_then([&] {
    return device_->allocate(std::size(kArrays) * parameters, "weights to go back to");
  });
  if (!made) {
    return base::fail(fmt::format("{} with batches of {} needs {} on {}, which could not be had: {}", network_.name,
                                  batch_, megabytes(memory_.total_bytes(kFirstRoom) + std::size(kArrays) * parameters),
                                  device_->name(), made.error().message));
  }
  kept_ = *made;
  return recorded({Part::kStep, LaunchPhase::kGather, batch_, false}).map([](Recorded*) {});
}

// ---- Sequences

base::Result<StepPlan> DeviceBackend::plan(Part part, int samples, bool changed) const {
  const PlanSettings settings{optimizer_, options_.precision, changed, options_.simple};
  return part == Part::kPrediction ? plan_forward(network_, batch_, samples, settings)
                                   : plan_step(network_, batch_, samples, settings);
}

base::Result<DeviceBackend::Recorded*> DeviceBackend::recorded(const Key& key) {
  const auto found = recorded_.find(key);
  if (found != recorded_.end()) return &found->second;
  const auto [part, phase, samples, changed] = key;
  const auto planned = plan(part, samples, changed);
  if (!planned) return tl::unexpected(planned.error());
  Recorded made;
  std::vector<device::LaunchRequest> requests;
  for (const PlannedLaunch& launch : planned->launches) {
    if (part == Part::kPhase && launch.phase != phase) continue;
    const bool of_a_batch = launch.phase == LaunchPhase::kForward || launch.phase == LaunchPhase::kBackward;
    if (part == Part::kForwardBackward && !of_a_batch) continue;
    requests.push_back(memory_.request(launch));
    made.phases.push_back(launch.phase);
  }
  auto sequence = device_->record(std::move(requests));
  if (!sequence) return tl::unexpected(sequence.error());
  made.sequence = std::move(*sequence);
  return &recorded_.emplace(key, std::move(made)).first->second;
}

std::optional<device::SequenceReport> DeviceBackend::run(const Key& key, int times) {
  const auto launches = recorded(key);
  if (!launches) {
    (void)fine(tl::unexpected(launches.error()));
    return std::nullopt;
  }
  device::Sequence& sequence = *(*launches)->sequence;
  auto report = sequence.start(times, launching_).and_then([&] { return sequence.finish(); });
  if (!report) {
    (void)fine(tl::unexpected(report.error()));
    return std::nullopt;
  }
  if (report->fault) {
    (void)fine(base::fail(report->fault->message));
    return std::nullopt;
  }
  return std::move(*report);
}

// ---- Failures

void DeviceBackend::note(BackendFailure::Kind kind, std::string message) const {
  if (!failure_) failure_ = BackendFailure{kind, std::move(message)};
}

bool DeviceBackend::fine(const base::Result<void>& result) const {
  if (result) return true;
  if (const auto lost = device_->lost()) {
    note(BackendFailure::Kind::kLost, lost->message);
  } else {
    const bool anew = device_->rebuilds() != rebuilds_;
    note(anew ? BackendFailure::Kind::kLost : BackendFailure::Kind::kOther, result.error().message);
  }
  return false;
}

std::optional<BackendFailure> DeviceBackend::failure() const {
  if (!failure_ && (device_->lost() || device_->rebuilds() != rebuilds_)) {
    (void)fine(base::fail("what was in the GPU's memory is gone"));
  }
  return failure_;
}

std::string DeviceBackend::device_name() const {
  if (!is_virtual()) return device_->name();
  const int cores = options_.threads > 0 ? options_.threads : static_cast<int>(std::thread::hardware_concurrency());
  return fmt::format("Virtual GPU · {} core{}", std::max(1, cores), cores > 1 ? "s" : "");
}

// ---- Weights

Weights DeviceBackend::exported(std::string_view array) const {
  auto read = memory_.read_weights(array, shapes_);
  if (read) return std::move(*read);
  (void)fine(tl::unexpected(read.error()));
  return shapes_;
}

Weights DeviceBackend::gradients() const {
  Weights all = exported("gradients");
  const float factor = 1.0F / gradient_scale_;
  for (LayerWeights& layer : all.layers) {
    for (Tensor* tensor : {&layer.weight, &layer.bias}) {
      for (float& number : tensor->data) number *= factor;
    }
  }
  return all;
}

base::Result<void> DeviceBackend::set_weights(const Weights& weights) {
  if (auto fit = check_fit(network_, weights); !fit) return fit;
  auto written = memory_.write_weights("parameters", weights);
  (void)fine(written);
  return written;
}

OptimizerState DeviceBackend::optimizer_state() const {
  OptimizerState state;
  state.updates = updates_;
  if (optimizer_.kind != OptimizerKind::kSgd) state.first = exported("first moments");
  if (optimizer_.kind == OptimizerKind::kAdam) state.second = exported("second moments");
  return state;
}

base::Result<void> DeviceBackend::forget_moments() {
  updates_ = 0;
  return memory_.write_weights("first moments", shapes_).and_then([&] {
    return memory_.write_weights("second moments", shapes_);
  });
}

base::Result<void> DeviceBackend::set_optimizer_state(const OptimizerState& state) {
  for (const Weights* moments : {&state.first, &state.second}) {
    if (moments->layers.empty()) continue;
    if (auto fit = check_fit(network_, *moments); !fit) return fit;
  }
  auto written = forget_moments();
  if (written && !state.first.layers.empty()) written = memory_.write_weights("first moments", state.first);
  if (written && !state.second.layers.empty()) written = memory_.write_weights("second moments", state.second);
  (void)fine(written);
  updates_ = state.updates;
  return written;
}

void DeviceBackend::set_optimizer(const OptimizerSettings& settings) {
  if (settings == optimizer_) return;
  if (settings.kind != optimizer_.kind) (void)fine(forget_moments());
  optimizer_ = settings;
  recorded_.clear();  // its numbers are arguments of the kernels
}

void DeviceBackend::keep_good() {
  const auto bytes = memory_.tensors()[static_cast<std::size_t>(memory_.find("parameters"))].size_bytes();
  for (std::size_t i = 0; i < std::size(kArrays); ++i) {
    if (!fine(device_->copy(kept_ + i * bytes, memory_.address(memory_.find(kArrays[i])), bytes))) return;
  }
  kept_updates_ = updates_;
  kept_scale_ = scale_;
}

void DeviceBackend::go_back() {
  const auto bytes = memory_.tensors()[static_cast<std::size_t>(memory_.find("parameters"))].size_bytes();
  for (std::size_t i = 0; i < std::size(kArrays); ++i) {
    if (!fine(device_->copy(memory_.address(memory_.find(kArrays[i])), kept_ + i * bytes, bytes))) return;
  }
  updates_ = kept_updates_;
  scale_ = kept_scale_;
}

// ---- Making one

base::Result<std::unique_ptr<Backend>> make_device_backend(std::unique_ptr<device::Device> device,
                                                           const NetworkSpec& network, int batch,
                                                           const DeviceBackendOptions& options) {
  if (auto fits = check_precision(*device, options.precision); !fits) return tl::unexpected(fits.error());
  const auto plan = plan_step(network, batch, std::max(1, batch), {{}, options.precision, true, options.simple});
  if (!plan) return tl::unexpected(plan.error());
  auto backend = std::make_unique<DeviceBackend>(std::move(device), network, batch, options, *plan);
  if (auto begun = backend->begin(); !begun) return tl::unexpected(begun.error());
  return backend;
}

base::Result<std::unique_ptr<Backend>> open_device_backend(BackendKind kind, const NetworkSpec& network, int batch,
                                                           const DeviceBackendOptions& options) {
  if (kind == BackendKind::kVirtual) {
    return make_device_backend(std::make_unique<device::VirtualDevice>(), network, batch, options);
  }
  auto gpu = device::open_gpu(std::nullopt);
  if (!gpu) return tl::unexpected(gpu.error());
  return make_device_backend(std::move(gpu->device), network, batch, options);
}

}  // namespace warpscope::training
