// Training on the CPU and on the virtual GPU, and on a GPU where one is there: samples a second of every network, where
// a step's time goes, and whether memory grows.
//   bench_train_backends [NETWORK]   ends with 1 where mlp128 is slower on the virtual GPU than it has to be
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "compute/base/paths.h"
#include "compute/training/device_backend.h"
#include "compute/training/devices.h"
#include "compute/training/trainer.h"

namespace {

using namespace warpscope;
using namespace warpscope::training;
using Clock = std::chrono::steady_clock;

constexpr int kBatch = 64, kThreads = 2;
constexpr double kAsked = 3000;  // samples a second of mlp128 with two threads

std::int64_t resident_kilobytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4;
}

PlannedStep step_at(const Dataset& pictures, int index, bool changed, Random& random) {
  PlannedStep step;
  step.rate = 1e-3F;
  for (int i = 0; i < kBatch; ++i) {
    const int at = (index * kBatch + i) % pictures.count();
    step.batch.pictures.push_back(static_cast<std::uint32_t>(at));
    step.batch.labels.push_back(pictures.labels[static_cast<std::size_t>(at)]);
    if (changed) step.batch.changes.push_back(draw_change(pictures.shape, mnist_augmentation(), random));
  }
  return step;
}

// Samples a second over about two seconds, after some steps to warm up; a trainer hands the CPU its batches.
double measure_cpu(Trainer& trainer) {
  std::int64_t steps = 0;
  for (int i = 0; i < 5; ++i) trainer.step();
  const auto begin = Clock::now();
  double seconds = 0;
  for (; seconds < 2; ++steps) {
    trainer.step();
    seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  return static_cast<double>(steps) * kBatch / seconds;
}

// The same of a back end that gathers its batches.
double measure(Backend& backend, const Dataset& pictures, bool changed) {
  Random random(1);
  int index = 0;
  const auto advance = [&](int count) {
    std::vector<PlannedStep> steps;
    for (int i = 0; i < count; ++i) steps.push_back(step_at(pictures, index++, changed, random));
    return backend.train(steps).size() == steps.size();
  };
  if (!advance(1) || !advance(2)) return 0;
  const auto begin = Clock::now();
  int steps = 0;
  double seconds = 0;
  do {
    const int count = backend.steps_at_once();
    if (!advance(count)) return 0;
    steps += count;
    seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  } while (seconds < 2);
  return steps * kBatch / seconds;
}

void show(const std::string& what, double rate, const PhaseTimes& t) {
  fmt::print("{:<36} {:>9.0f} samples/s   gather {:>7.3f} ms, forward {:>7.3f}, backward {:>7.3f}, update {:>7.3f}\n",
             what, rate, t.gather * 1e3, t.forward * 1e3, t.backward * 1e3, t.update * 1e3);
}

// False where it cannot be had.
bool show_cpu(const NetworkSpec& network, const DataSplit& split, bool changed) {
  TrainerSettings settings;
  settings.network = network;
  settings.optimizer.kind = OptimizerKind::kAdam;
  settings.batch = kBatch;
  settings.threads = kThreads;
  settings.epochs = 1000;
  if (changed) settings.augmentation = mnist_augmentation();
  const auto trainer = Trainer::create(settings, split.train);
  if (!trainer) return fmt::print("{}\n", trainer.error().text()), false;
  const double rate = measure_cpu(**trainer);
  show(fmt::format("{}, CPU{}", network.name, changed ? ", augmented" : ""), rate, (*trainer)->backend().phase_times());
  return true;
}

struct Run {
  BackendKind kind = BackendKind::kVirtual;
  DeviceBackendOptions options;
  bool changed = false;
  const char* words = "";
};

// Samples a second; 0 where it cannot be had.
double show_device(const NetworkSpec& network, const DataSplit& split, const Run& run) {
  auto backend = open_device_backend(run.kind, network, kBatch, run.options);
  if (!backend) return fmt::print("{}\n", backend.error().text()), 0;
  (*backend)->set_optimizer({});
  if (!(*backend)->set_weights(initial_weights(network, 1)) || !(*backend)->set_pictures(split.train)) return 0;
  (void)measure(**backend, *split.train, run.changed);
  const std::int64_t before = resident_kilobytes();
  const double rate = measure(**backend, *split.train, run.changed);
  show(fmt::format("{}, {}{}", network.name, run.kind == BackendKind::kCuda ? "GPU" : "virtual GPU", run.words), rate,
       (*backend)->phase_times());
  if (const auto failure = (*backend)->failure()) fmt::print("  failed: {}\n", failure->message);
  if (const std::int64_t grown = resident_kilobytes() - before; grown > 1024) fmt::print("  memory {:+} kB\n", grown);
  return rate;
}

}  // namespace

int main(int argc, char** argv) {
  const auto folder = base::find_asset("mnist");
  const auto split = folder ? read_split(*folder) : tl::unexpected(folder.error());
  if (!split) return fmt::print("{}\n", split.error().text()), 1;
  const bool has_gpu = !find_cuda().gpus.empty();
  int failed = 0;
  for (const NetworkSpec& network : networks()) {
    if (argc > 1 && network.name != argv[1]) continue;
    if (!show_cpu(network, *split, false) || !show_cpu(network, *split, true)) return 1;
    const DeviceBackendOptions fast{.threads = kThreads}, simple{.threads = kThreads, .simple = true};
    const double rate = show_device(network, *split, {.options = fast});
    if (network.name == "mlp128" && rate < kAsked) {
      ++failed;
      fmt::print("  asked: {} samples/s\n", kAsked);
    }
    const Run more[] = {{.options = fast, .changed = true, .words = ", augmented"},
                        {.options = {.precision = Precision::kF16, .threads = kThreads}, .words = ", f16"},
                        {.options = {.precision = Precision::kBf16, .threads = kThreads}, .words = ", bf16"},
                        {.options = simple, .words = ", simple kernels"},
                        {.kind = BackendKind::kCuda, .options = fast}};
    for (const Run& run : more) {
      if (run.kind != BackendKind::kCuda || has_gpu) failed += show_device(network, *split, run) <= 0;
    }
  }
  return failed;
}
