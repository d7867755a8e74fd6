// Training by our own kernels on the GPU that is there: right as the CPU's, fast as asked, beside PyTorch.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "compute/device/open_device.h"
#include "compute/training/device_backend.h"
#include "tests/gpu_check/frames.h"
#include "tests/gpu_check/training.h"

namespace warpscope::gpu_check {
namespace {

using training::Backend;
using training::BackendKind;
using training::NetworkSpec;
using training::Precision;
using Clock = std::chrono::steady_clock;

constexpr Precision kPrecisions[] = {Precision::kF32, Precision::kF16, Precision::kBf16};
constexpr double kMostSeconds = 240;  // of the whole section; what is left out then is said
// What is asked on a GPU of an H100's class.
constexpr double kAskedAccuracy = 0.9903, kAskedSeconds = 1.0;
constexpr double kQuickAccuracy = 0.99, kQuickSeconds = 0.5;
constexpr double kTimesEager = 10, kTimesGraph = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

// What goes on through the section.
struct Check {
  device::CudaDevice& gpu;
  Figures figures;
  TrainingData data;
  Section& section;
  Clock::time_point begin = Clock::now();
  double epoch_seconds[2] = {};  // the best of ours: cnn32, mlp128

  bool in_time() const { return seconds_since(begin) < kMostSeconds; }
  void held(std::string what, std::string figure, std::string note = {}) {
    section.rows.push_back({Verdict::kHeld, {std::move(what), std::move(figure), ""}, std::move(note)});
  }
  void failed(std::string what, std::string why) {
    section.rows.push_back({Verdict::kFailed, {std::move(what), "", ""}, std::move(why)});
  }
  void skipped(std::string what, std::string why) {
    section.rows.push_back({Verdict::kSkipped, {std::move(what), "", ""}, std::move(why)});
  }
};

// ---- A step as on the CPU

// The largest difference of two gradients, as a share of the largest number in the tensor.
double apart(const training::Weights& found, const training::Weights& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.layers.size(); ++i) {
    for (const auto& [a, b] : {std::pair{&found.layers[i].weight, &expected.layers[i].weight},
                               std::pair{&found.layers[i].bias, &expected.layers[i].bias}}) {
      double largest = 1e-6, difference = 0;
      for (std::size_t k = 0; k < b->data.size(); ++k) {
        largest = std::max(largest, std::abs(double{b->data[k]}));
        const double here = std::abs(double{a->data[k]} - double{b->data[k]});
        if (!(here <= difference)) difference = here;
      }
      if (!(difference / largest <= worst)) worst = difference / largest;
    }
  }
  return worst;
}

base::Result<double> compare_step(const NetworkSpec& network, Precision precision, const TrainingData& data) {
  const int batch = data.batch;
  auto ours = training::make_backend(BackendKind::kCuda, network, batch, precision, 0);
  if (!ours) return tl::unexpected(ours.error());
  auto cpu = training::make_cpu_backend(network, batch);
  if (!cpu) return tl::unexpected(cpu.error());
  const auto samples = static_cast<std::size_t>(batch);
  const std::size_t pixels = samples * static_cast<std::size_t>(data.train->shape.count());
  std::vector<float> images(pixels);
  training::to_unit_floats(std::span(data.train->pixels).first(pixels), images);
  const training::Weights weights = training::initial_weights(network, 1);
  for (Backend* backend : {ours->get(), cpu->get()}) {
    if (auto set = backend->set_weights(weights); !set) return tl::unexpected(set.error());
    (void)backend->forward_backward(images, std::span(data.train->labels).first(samples));
  }
  const double found = apart((*ours)->gradients(), (*cpu)->gradients());
  if (const auto why = (*ours)->failure()) return base::fail(why->message);
  return found;
}

void check_steps(Check& check) {
  for (const NetworkSpec& network : training::networks()) {
    for (const Precision precision : kPrecisions) {
      const bool full = precision == Precision::kF32;
      if (!full && check.figures != Figures::kJudged && network.name != "mlp128") continue;
      const std::string what =
          fmt::format("{}, {}: gradients of a step, beside the CPU's", network.name, training::text_of(precision));
      const auto found = compare_step(network, precision, check.data);
      if (!found) {
        check.failed(what, found.error().message);
        continue;
      }
      const double most = full ? 1e-4 : 0.1;  // of the largest in the tensor; bf16 has 8 bits
      check.section.rows.push_back(
          judged(what, fmt::format("{:.1e} apart", *found), fmt::format("<= {:.0e}", most), *found <= most));
    }
  }
}

// ---- Whole runs

void train_networks(Check& check) {
  double quickest = 0;
  for (const NetworkSpec& network : training::networks()) {
    for (const Precision precision : kPrecisions) {
      if (precision != Precision::kF32 && check.figures != Figures::kJudged) continue;
      const std::string what = fmt::format("{}, {}", network.name, training::text_of(precision));
      if (!check.in_time()) {
        check.skipped(what, "time was up");
        continue;
      }
      const auto run = train_run(run_settings(network, precision, check.data), check.data);
      if (!run) {
        check.failed(what, run.error().message);
        continue;
      }
      const training::PhaseTimes& t = run->phases;
      check.held(what,
                 fmt::format("{} in {:.3f} s, {:.0f} samples/s", percent(run->accuracy), run->seconds,
                             run->samples_per_second),
                 fmt::format("a step: gather {:.1f}, forward {:.1f}, backward {:.1f}, update {:.1f} us", 1e6 * t.gather,
                             1e6 * t.forward, 1e6 * t.backward, 1e6 * t.update));
      const double epoch = run->seconds / check.data.epochs;
      for (const auto& [name, best] :
           {std::pair{"cnn32", &check.epoch_seconds[0]}, std::pair{"mlp128", &check.epoch_seconds[1]}}) {
        if (network.name == name && (*best == 0 || epoch < *best)) *best = epoch;
      }
      if (network.name == "cnn32" && run->accuracy >= kAskedAccuracy && (quickest == 0 || run->seconds < quickest)) {
        quickest = run->seconds;
      }
    }
  }
  check.section.rows.push_back(judged(check.figures,
                                      fmt::format("cnn32, {} epochs, batch {}, to {} of the test set",
                                                  check.data.epochs, check.data.batch, percent(kAskedAccuracy)),
                                      quickest > 0 ? fmt::format("{:.3f} s", quickest) : "not reached",
                                      fmt::format("<= {:.1f} s", kAskedSeconds),
                                      quickest > 0 && quickest <= kAskedSeconds));
}

// Ways to 99 %, from quick and uncertain to slow and sure; the first that gets there counts.
void train_quickly(Check& check) {
  struct Way {
    const char* network;
    Precision precision;
    int batch, epochs;
    float rate;
  };
  constexpr Way kWays[] = {
      {"cnn32-64", Precision::kF16, 256, 2, 6e-3F}, {"cnn32", Precision::kF16, 256, 3, 8e-3F},
      {"cnn32-64", Precision::kF32, 256, 2, 6e-3F}, {"cnn32", Precision::kF32, 256, 3, 8e-3F},
      {"cnn32-64", Precision::kF16, 128, 2, 5e-3F}, {"cnn32", Precision::kF32, 128, 4, 5e-3F},
  };
  double best = 0;
  std::string how = "not reached";
  for (const Way& way : kWays) {
    if (!check.in_time()) break;
    const auto network = training::find_network(way.network);
    if (!network) continue;
    training::TrainerSettings settings = run_settings(*network, way.precision, check.data);
    const bool real = check.figures == Figures::kJudged;
    if (real) settings.batch = way.batch;
    if (real) settings.epochs = way.epochs;
    settings.rate = way.rate;
    settings.augmentation = training::no_augmentation();
    const auto run = train_run(settings, check.data);
    if (!run) return check.failed("99 % as fast as possible", run.error().message);
    if (run->accuracy >= kQuickAccuracy && (best == 0 || run->seconds < best)) {
      best = run->seconds;
      how = fmt::format("{:.3f} s: {}, {}, batch {}, {} epochs, {}", best, way.network,
                        training::text_of(way.precision), way.batch, way.epochs, percent(run->accuracy));
    }
    if (!real) break;
  }
  check.section.rows.push_back(judged(check.figures, "99 % as fast as possible, any network", how,
                                      fmt::format("<= {:.1f} s", kQuickSeconds), best > 0 && best <= kQuickSeconds));
}

// ---- Beside others

void compare_with_pytorch(Check& check) {
  const char* const names[] = {"cnn32", "mlp128"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (check.epoch_seconds[i] == 0 || !check.in_time()) continue;
    double others = 0;  // the better of graph and compile
    for (const PyTorchTime& time : time_pytorch(check.data, names[i], check.figures)) {
      const std::string what = fmt::format("{}, an epoch of PyTorch {}", names[i], time.mode);
      if (!time.skipped.empty()) {
        check.skipped(what, time.skipped);
        if (time.mode.empty()) return;  // no PyTorch: asked once
        continue;
      }
      const double ratio = time.seconds / check.epoch_seconds[i];
      const std::string figure = fmt::format("{:.3f} s, {:.1f} times ours", time.seconds, ratio);
      if (time.mode == "eager" && i == 0) {
        check.section.rows.push_back(
            judged(check.figures, what, figure, fmt::format(">= {} times", kTimesEager), ratio >= kTimesEager));
      } else {
        check.held(what, figure);
        if (time.mode != "eager") others = others == 0 ? time.seconds : std::min(others, time.seconds);
      }
    }
    if (i == 0 && others > 0) {
      const double ratio = others / check.epoch_seconds[i];
      check.section.rows.push_back(judged(check.figures, "cnn32, PyTorch's fastest graph or compile",
                                          fmt::format("{:.1f} times ours", ratio),
                                          fmt::format(">= {} times", kTimesGraph), ratio >= kTimesGraph));
    }
  }
}

// Our kernels of cnn32's large dense layer, and what cuBLAS takes for its product.
void compare_with_cublas(Check& check) {
  const NetworkSpec network = training::find_network("cnn32").value();
  const auto samples = static_cast<std::size_t>(check.data.batch);
  training::FreezeRequest request;
  request.network = network;
  request.optimizer.kind = network.optimizer;
  request.weights = training::initial_weights(network, 1);
  request.pictures = check.data.train;
  request.step.rate = network.rate;
  for (std::uint32_t i = 0; i < samples; ++i) {
    request.step.batch.pictures.push_back(i);
    request.step.batch.labels.push_back(check.data.train->labels[i]);
  }
  auto gpu = device::open_gpu(std::nullopt);
  if (!gpu) return check.failed("cnn32's launches", gpu.error().message);
  const auto frozen = training::freeze_step(std::move(gpu->device), request);
  if (!frozen) return check.failed("cnn32's launches", frozen.error().message);
  double all = 0;
  for (const training::FrozenLaunch& launch : frozen->launches) {
    all += launch.seconds;
    check.held(fmt::format("cnn32, {}", launch.plan.kernel), fmt::format("{:.1f} us", 1e6 * launch.seconds),
               launch.plan.about);
  }
  check.held("cnn32, launches one by one", fmt::format("{:.1f} us", 1e6 * all));
  constexpr int kInputs = 5408, kUnits = 64;
  const std::string what = fmt::format("cuBLAS, {} x {} x {} f32", check.data.batch, kInputs, kUnits);
  // It would not know the addresses of a GPU that is only pretended.
  if (check.figures != Figures::kJudged) return check.skipped(what, "rehearsed");
  const auto cublas = time_cublas(check.gpu, check.data.batch, kInputs, kUnits);
  if (!cublas) return check.skipped(what, cublas.error().message);
  check.held(what, fmt::format("{:.1f} us", 1e6 * *cublas), "a yardstick: nothing of Warpscope uses it");
}

// ---- Robust

void switch_often(Check& check) {
  const NetworkSpec network = training::find_network("mlp128").value();
  training::TrainerSettings settings = run_settings(network, Precision::kF32, check.data);
  settings.optimizer.kind = training::OptimizerKind::kMomentum;
  settings.rate = 0.01F;
  settings.epochs = 1000;
  settings.backend = BackendKind::kCpu;
  auto moved = training::Trainer::create(settings, check.data.train);
  auto still = training::Trainer::create(settings, check.data.train);
  const int times = check.figures == Figures::kJudged ? 100 : 6;
  const std::string what = fmt::format("mlp128, {} switches between CPU and GPU", times);
  if (!moved || !still) return check.failed(what, (moved ? still : moved).error().message);
  std::size_t early = 0;
  for (int k = 0; k < times; ++k) {
    const BackendKind kind = k % 2 == 0 ? BackendKind::kCuda : BackendKind::kCpu;
    auto backend = training::make_backend(kind, network, settings.batch, Precision::kF32, 0);
    if (!backend) return check.failed(what, backend.error().message);
    if (auto switched = (*moved)->switch_backend(std::move(*backend)); !switched) {
      return check.failed(what, switched.error().message);
    }
    if (const auto step = (*moved)->step(); step.failure) return check.failed(what, step.failure->message);
    (*still)->step();
    if (k == times / 4) early = resident_bytes();
  }
  const double found = apart((*moved)->backend().weights(), (*still)->backend().weights());
  const double grown = (static_cast<double>(resident_bytes()) - static_cast<double>(early)) / 1e6;
  check.section.rows.push_back(judged(what, fmt::format("weights {:.1e} apart", found), "<= 1e-03", found <= 1e-3));
  check.section.rows.push_back(judged(check.figures, "memory of the process over the switches",
                                      fmt::format("{:+.1f} MB", grown), "<= 32 MB", grown <= 32));
}

void run_out_of_memory(Check& check) {
  const char* const what = "a batch of 8,000,000: a batch that fits is named";
  if (check.figures != Figures::kJudged) return check.skipped(what, "rehearsed: it needs a real GPU's memory");
  const auto refused = training::make_backend(BackendKind::kCuda, training::find_network("mlp128").value(), 8'000'000,
                                              Precision::kF32, 0);
  if (refused) return check.skipped(what, "it fits into this GPU");
  const std::string& message = refused.error().message;
  if (message.find("fits") == std::string::npos) return check.failed(what, message);
  check.held(what, "", message);
}

}  // namespace

Section measure_training(device::CudaDevice& gpu, Figures figures) {
  Section section{"Training",
                  "Our networks trained by our own kernels: a step beside the CPU's, whole runs (seconds of training "
                  "alone, accuracy on the test set, one-cycle, pictures changed as for MNIST), PyTorch in the same "
                  "environment, cuBLAS as a yardstick, and what a run has to survive.",
                  {"what", "figure", "asked"},
                  {}};
  auto data = read_training_data(figures);
  if (!data) {
    section.rows.push_back({Verdict::kFailed, {"data", "", ""}, data.error().text()});
    return section;
  }
  Check check{gpu, figures, std::move(*data), section};
  check_steps(check);
  train_networks(check);
  train_quickly(check);
  switch_often(check);
  run_out_of_memory(check);
  compare_with_cublas(check);
  compare_with_pytorch(check);
  return section;
}

}  // namespace warpscope::gpu_check
