// warpscope-cli train: trains a network and says how well it reads.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "compute/base/paths.h"
#include "compute/device/open_device.h"
#include "compute/drawings/atomic_file.h"
#include "compute/store/store.h"
#include "compute/training/devices.h"
#include "compute/training/safetensors.h"
#include "compute/training/trainer.h"

namespace warpscope::cli {
namespace {

using base::Result;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

struct TrainOptions {
  std::string model = "cnn32";
  std::string optimizer;  // empty: the network's usual one
  std::string schedule = "one-cycle";
  std::string backend = "cpu";
  std::string precision = "f32";
  int epochs = 5;
  int batch = 64;
  int threads = 0;
  float rate = 0;  // 0: the network's usual one
  std::uint64_t seed = 1;
  bool augment = false;
  bool json = false;
  fs::path mnist;
  fs::path save;
  fs::path curve;
};

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// One line on stderr that is written over, on a terminal only.
class Progress {
 public:
  void show(const training::Trainer& trainer, int epochs, const training::StepResult& step, double samples_per_second) {
    if (!terminal_ || since_last_.seconds() < 0.1) return;
    since_last_ = Stopwatch();
    const double left = static_cast<double>(trainer.total_steps() - step.step) * step.samples / samples_per_second;
    fmt::print(stderr, "\r\033[Kepoch {:.2f} of {}  loss {:.4f}  {:.0f} samples/s  {:%M:%S} left", step.epoch, epochs,
               step.stats.loss, samples_per_second, std::chrono::seconds(static_cast<std::int64_t>(left)));
  }
  void clear() const {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) == 1;
  Stopwatch since_last_;
};

// Checked before the work, not after it.
Result<void> check_output(const fs::path& file) {
  if (file.empty()) return {};
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return base::fail("its folder does not exist", {file.string()});
  if (fs::is_directory(file, ignored)) return base::fail("a folder; a file name is needed", {file.string()});
  if (access(folder.c_str(), W_OK) != 0) return base::fail("its folder cannot be written to", {file.string()});
  return {};
}

// Empty where the device asked for is there.
std::string why_not(const training::BackendKind backend) {
  if (backend != training::BackendKind::kCuda) return {};
  const training::CudaSearch cuda = training::find_cuda();
  const bool usable = std::any_of(cuda.gpus.begin(), cuda.gpus.end(), [](const cuda::Gpu& gpu) {
    return gpu.compute_capability() >= cuda::kLeastComputeCapability;
  });
  if (usable) return {};
  return fmt::format("cannot train on cuda: {}; there is: cpu ({}), and virtual, the virtual GPU",
                     cuda.gpus.empty() ? cuda.why_none : device::why_too_old(cuda.gpus), training::find_cpu().name);
}

Result<training::TrainerSettings> make_settings(const TrainOptions& options, training::Shape pictures) {
  auto network = training::find_network(options.model);
  if (!network) return tl::unexpected(network.error());
  network = training::with_input(std::move(*network), pictures);
  if (!network) return tl::unexpected(network.error());
  training::TrainerSettings settings;
  settings.optimizer.kind = network->optimizer;
  if (!options.optimizer.empty()) {
    const auto kind = training::parse_optimizer(options.optimizer);
    if (!kind) return tl::unexpected(kind.error());
    settings.optimizer.kind = *kind;
  }
  const auto schedule = training::parse_schedule(options.schedule);
  if (!schedule) return tl::unexpected(schedule.error());
  settings.schedule = *schedule;
  settings.rate = options.rate > 0 ? options.rate : training::usual_rate(*network, settings.optimizer.kind, *schedule);
  const auto backend = training::parse_backend(options.backend);
  if (!backend) return tl::unexpected(backend.error());
  const auto precision = training::parse_precision(options.precision);
  if (!precision) return tl::unexpected(precision.error());
  settings.backend = *backend;
  settings.precision = *precision;
  settings.network = std::move(*network);
  settings.batch = options.batch;
  settings.epochs = options.epochs;
  settings.seed = options.seed;
  settings.threads = options.threads;
  if (options.augment) settings.augmentation = training::mnist_augmentation();
  return settings;
}

// A run from its first step to its last epoch's validation.
class Run {
 public:
  Run(const TrainOptions& options, const training::DataSplit& split, training::Trainer& trainer)
      : options_(options), trainer_(trainer), evaluator_(split.validation) {}

  // Trains one epoch. False where the run diverged, or the device failed.
  bool epoch(int number) {
    store::EpochRecord record;
    record.epoch = number;
    const Stopwatch watch;
    Sums sums;
    for (bool ended = false; !ended;) {
      for (const training::StepResult& step : trainer_.advance(kStepsAtOnce)) {
        if (step.divergence) return stopped(step.divergence->message);
        if (step.failure) return stopped(step.failure->message);
        add(step, sums);
        ended = step.epoch_ended;
        progress_.show(trainer_, options_.epochs, step, sums.samples / watch.seconds());
      }
    }
    record.seconds = watch.seconds();
    record.step = trainer_.steps_done();
    record.train_loss = sums.loss / sums.samples;
    record.train_accuracy = sums.correct / sums.samples;
    record.samples_per_second = sums.samples / record.seconds;
    validate(record);
    if (const auto failed = trainer_.backend().failure()) return stopped(failed->message);
    progress_.clear();
    report(record);
    curve_.epochs.push_back(record);
    return true;
  }

  const store::RunCurve& curve() const { return curve_; }
  double validation_accuracy() const { return evaluator_.result().accuracy; }

 private:
  static constexpr int kStepsAtOnce = 64;

  // Of an epoch's samples.
  struct Sums {
    double loss = 0, correct = 0;
    int samples = 0;
  };

  void add(const training::StepResult& step, Sums& sums) {
    const auto of_batch = static_cast<float>(step.samples);
    curve_.train.push_back({step.step, step.epoch, step.stats.loss, static_cast<float>(step.stats.correct) / of_batch});
    sums.loss += static_cast<double>(step.stats.loss) * step.samples;
    sums.correct += step.stats.correct;
    sums.samples += step.samples;
  }

  bool stopped(const std::string& why) const {
    progress_.clear();
    tell(why);
    return false;
  }

  void validate(store::EpochRecord& record) {
    evaluator_.restart();
    while (!evaluator_.advance(trainer_.backend(), 1000)) {
    }
    record.validation_loss = evaluator_.result().loss;
    record.validation_accuracy = evaluator_.result().accuracy;
    curve_.validation.push_back({record.step, static_cast<float>(record.epoch),
                                 static_cast<float>(record.validation_loss),
                                 static_cast<float>(record.validation_accuracy)});
  }

  void report(const store::EpochRecord& record) const {
    if (options_.json) {
      return print_json(ordered_json{{"epoch", record.epoch},
                                     {"seconds", record.seconds},
                                     {"train_loss", record.train_loss},
                                     {"validation_loss", record.validation_loss},
                                     {"validation_accuracy", record.validation_accuracy},
                                     {"samples_per_second", record.samples_per_second}});
    }
    print_line(
        fmt::format("epoch {}  {:.2f} s  train loss {:.4f}  validation loss {:.4f}  accuracy {:.2f} %  {:.0f} "
                    "samples/s",
                    record.epoch, record.seconds, record.train_loss, record.validation_loss,
                    100 * record.validation_accuracy, record.samples_per_second));
  }

  const TrainOptions& options_;
  training::Trainer& trainer_;
  training::Evaluator evaluator_;
  store::RunCurve curve_;
  Progress progress_;
};

// Reads the test set, which nothing before has touched.
Result<double> measure_test_accuracy(const training::DataSplit& split, training::Backend& backend) {
  auto test = training::read_test(split);
  if (!test) return tl::unexpected(test.error());
  training::Evaluator evaluator(std::make_shared<const training::Dataset>(std::move(*test)));
  while (!evaluator.advance(backend, 1000)) {
  }
  if (const auto failed = backend.failure()) return base::fail(failed->message);
  return evaluator.result().accuracy;
}

Result<void> save_results(const TrainOptions& options, const Run& run, training::Trainer& trainer) {
  if (!options.save.empty()) {
    training::Checkpoint checkpoint;
    checkpoint.network = trainer.settings().network.name;
    checkpoint.input = trainer.settings().network.input;
    checkpoint.seed = options.seed;
    checkpoint.accuracy = run.validation_accuracy();
    checkpoint.step = trainer.steps_done();
    checkpoint.weights = trainer.backend().weights();
    if (auto saved = training::save_checkpoint(checkpoint, options.save); !saved) return saved;
  }
  if (options.curve.empty()) return {};
  return drawings::write_file_atomically(options.curve, store::curve_csv(run.curve()));
}

void print_end(const TrainOptions& options, const training::Trainer& trainer, std::string_view device, double accuracy,
               double seconds) {
  const training::TrainerSettings& settings = trainer.settings();
  if (options.json) {
    return print_json(ordered_json{{"test_accuracy", accuracy},
                                   {"total_seconds", seconds},
                                   {"model", settings.network.name},
                                   {"backend", training::text_of(settings.backend)},
                                   {"seed", options.seed},
                                   {"precision", training::text_of(settings.precision)},
                                   {"device", device}});
  }
  print_line(fmt::format("{} reads {:.2f} % of the test set; {:.2f} s with {} on {}, seed {}", settings.network.name,
                         100 * accuracy, seconds, training::text_of(settings.precision), device, options.seed));
}

int train(const TrainOptions& options) {
  for (const fs::path* file : {&options.save, &options.curve}) {
    if (auto writable = check_output(*file); !writable) return fail_with(kBadInput, writable.error());
  }
  const auto folder = options.mnist.empty() ? base::find_asset("mnist") : Result<fs::path>(options.mnist);
  if (!folder) return fail_with(kBadInput, folder.error());
  const auto split = training::read_split(*folder);
  if (!split) return fail_with(kBadInput, split.error());
  const auto settings = make_settings(options, split->train->shape);
  if (!settings) return fail_with(kBadInput, settings.error());
  if (const std::string why = why_not(settings->backend); !why.empty()) {
    tell(why);
    return kNoDevice;
  }
  auto backend = training::make_backend(settings->backend, settings->network, settings->batch, settings->precision,
                                        settings->threads);
  const bool on_cpu = settings->backend == training::BackendKind::kCpu;
  if (!backend) return fail_with(on_cpu ? kBadInput : kFailed, backend.error());
  const auto trainer = training::Trainer::create(*settings, split->train, std::move(*backend));
  if (!trainer) return fail_with(kBadInput, trainer.error());

  const Stopwatch watch;
  Run run(options, *split, **trainer);
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    if (!run.epoch(epoch)) return kFailed;
  }
  const double seconds = watch.seconds();
  if (auto saved = save_results(options, run, **trainer); !saved) return fail_with(kFailed, saved.error());
  const auto accuracy = measure_test_accuracy(*split, (*trainer)->backend());
  if (!accuracy) return fail_with(kBadInput, accuracy.error());
  print_end(options, **trainer, (*trainer)->backend().device_name(), *accuracy, seconds);
  return kDone;
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
  CLI::App* const command =
      app.add_subcommand("train", "train a network; one line an epoch, the test accuracy at last");
  const auto options = std::make_shared<TrainOptions>();
  command->add_option("--model", options->model, "mlp64-sigmoid, mlp128, mlp128-64, cnn32 or cnn32-64")
      ->capture_default_str();
  command->add_option("--epochs", options->epochs, "how often every picture is shown")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "pictures a step")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  command->add_option("--lr", options->rate, "learning rate, the peak of one-cycle; without it the network's usual one")
      ->check(CLI::PositiveNumber);
  command->add_option("--optimizer", options->optimizer, "sgd, momentum or adam; without it the network's usual one");
  command->add_option("--schedule", options->schedule, "constant or one-cycle")->capture_default_str();
  command->add_flag("--augment", options->augment, "change the pictures a little each time they are shown");
  command->add_option("--seed", options->seed, "the same seed gives the same weights")->capture_default_str();
  command->add_option("--threads", options->threads, "0: all cores")->check(CLI::Range(0, 1024))->capture_default_str();
  command->add_option("--mnist", options->mnist, "folder of IDX files with MNIST's names; without it the shipped MNIST")
      ->type_name("DIR");
  command->add_option("--backend", options->backend, "cpu, cuda (an NVIDIA GPU) or virtual (the virtual GPU)")
      ->check(CLI::IsMember({"cpu", "cuda", "virtual"}))
      ->capture_default_str();
  command
      ->add_option("--precision", options->precision,
                   "what matrix products multiply: f32, f16 or bf16 (tensor cores; not on the cpu)")
      ->check(CLI::IsMember({"f32", "f16", "bf16"}))
      ->capture_default_str();
  command->add_option("--save", options->save, "write the weights as safetensors")->type_name("FILE");
  command->add_option("--export-curve", options->curve, "write loss and accuracy of every step as CSV")
      ->type_name("FILE");
  // Programs read what train prints; a person at a terminal gets sentences.
  options->json = isatty(STDOUT_FILENO) == 0;
  command->add_flag("--json", options->json, "print JSON lines, as where stdout is not a terminal");
  command->callback([options, &exit_code] { exit_code = train(*options); });
}

}  // namespace warpscope::cli
