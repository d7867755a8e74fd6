#include "tests/gpu_check/training.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compute/base/paths.h"
#include "compute/cuda/shared_library.h"

namespace warpscope::gpu_check {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kRehearsedPictures = 96;
constexpr int kStepsAtOnce = 64;
constexpr int kPyTorchSeconds = 60;  // for one network

std::shared_ptr<const training::Dataset> first_of(const training::Dataset& all, int count) {
  training::Dataset some{all.shape, {}, {}};
  some.pixels.assign(all.pixels.begin(), all.pixels.begin() + count * all.shape.count());
  some.labels.assign(all.labels.begin(), all.labels.begin() + count);
  return std::make_shared<const training::Dataset>(std::move(some));
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

base::Result<TrainingData> read_training_data(Figures figures) {
  const auto folder = base::find_asset("mnist");
  if (!folder) return tl::unexpected(folder.error());
  const auto split = training::read_split(*folder);
  if (!split) return tl::unexpected(split.error());
  auto test = training::read_test(*split);
  if (!test) return tl::unexpected(test.error());
  if (figures == Figures::kJudged) {
    return TrainingData{*folder, split->train, std::make_shared<const training::Dataset>(std::move(*test))};
  }
  return TrainingData{*folder, first_of(*split->train, kRehearsedPictures), first_of(*test, kRehearsedPictures), 16, 1};
}

training::TrainerSettings run_settings(const training::NetworkSpec& network, training::Precision precision,
                                       const TrainingData& data) {
  training::TrainerSettings settings;
  settings.network = network;
  settings.optimizer.kind = network.optimizer;
  settings.rate = training::usual_rate(network, network.optimizer, settings.schedule);
  settings.batch = data.batch;
  settings.epochs = data.epochs;
  settings.augmentation = training::mnist_augmentation();
  settings.backend = training::BackendKind::kCuda;
  settings.precision = precision;
  return settings;
}

base::Result<Trained> train_run(const training::TrainerSettings& settings, const TrainingData& data) {
  auto made = training::Trainer::create(settings, data.train);
  if (!made) return tl::unexpected(made.error());
  training::Trainer& trainer = **made;
  Trained trained;
  std::int64_t samples = 0;
  const auto begin = Clock::now();
  for (bool ended = false; !ended;) {
    for (const training::StepResult& step : trainer.advance(kStepsAtOnce)) {
      if (step.divergence) return base::fail(step.divergence->message);
      if (step.failure) return base::fail(step.failure->message);
      samples += step.samples;
      ended = step.run_ended;
    }
  }
  trained.seconds = seconds_since(begin);
  trained.samples_per_second = static_cast<double>(samples) / trained.seconds;
  trained.phases = trainer.backend().phase_times();
  training::Evaluator evaluator(data.test);
  while (!evaluator.advance(trainer.backend(), data.test->count())) {
  }
  if (const auto failed = trainer.backend().failure()) return base::fail(failed->message);
  trained.accuracy = evaluator.result().accuracy;
  return trained;
}

std::size_t resident_bytes() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::vector<PyTorchTime> time_pytorch(const TrainingData& data, std::string_view network, Figures figures) {
  // Beside the assets, in the repository as in a bundle.
  const fs::path script = data.folder.parent_path().parent_path() / "tests/gpu_check/train_pytorch.py";
  if (!fs::exists(script)) return {{"", 0, fmt::format("{} is not there", script.string())}};
  const std::string modes = figures == Figures::kJudged ? "eager,graph,compile" : "eager";
  const std::string command =
      fmt::format("timeout {} python3 '{}' '{}' {} --batch {} --modes {} 2>/dev/null", kPyTorchSeconds, script.string(),
                  data.folder.string(), network, data.batch, modes);
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {{"", 0, "no program can be started"}};
  std::string text;
  for (char part[4096]; std::size_t got = std::fread(part, 1, sizeof part, pipe);) text.append(part, got);
  const int code = pclose(pipe);
  std::vector<PyTorchTime> times;
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const auto line = nlohmann::json::parse(text.substr(at, end - at), nullptr, false);
    if (!line.is_object()) continue;
    times.push_back({line.value("mode", ""), line.value("seconds", 0.0), line.value("skipped", "")});
  }
  if (times.empty()) times.push_back({"", 0, fmt::format("python3 ended with code {}", code)});
  return times;
}

base::Result<double> time_cublas(device::CudaDevice& gpu, int samples, int inputs, int units) {
  std::optional<cuda::SharedLibrary> library;
  for (const char* name : {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"}) {
    if (auto opened = cuda::SharedLibrary::open("WARPSCOPE_CUBLAS", name)) {
      library = *opened;
      break;
    }
  }
  if (!library) return base::fail("there is no cuBLAS here (libcublas.so)");
  using Create = int (*)(void**);
  using Destroy = int (*)(void*);
  using Sgemm = int (*)(void*, int, int, int, int, int, const float*, const float*, int, const float*, int,
                        const float*, float*, int);
  const auto create = reinterpret_cast<Create>(library->find("cublasCreate_v2"));
  const auto destroy = reinterpret_cast<Destroy>(library->find("cublasDestroy_v2"));
  const auto sgemm = reinterpret_cast<Sgemm>(library->find("cublasSgemm_v2"));
  if (create == nullptr || destroy == nullptr || sgemm == nullptr) {
    return base::fail(fmt::format("{} lacks cublasSgemm_v2", library->file()));
  }
  if (!gpu.context()->make_current()) return base::fail("the GPU's context cannot be used");
  const auto size = [](int rows, int columns) { return sizeof(float) * static_cast<std::size_t>(rows * columns); };
  const auto in = gpu.allocate(size(samples, inputs), "in"), weights = gpu.allocate(size(units, inputs), "weights"),
             out = gpu.allocate(size(samples, units), "out");
  if (!in || !weights || !out) return base::fail("no memory for the matrices");
  void* handle = nullptr;
  if (create(&handle) != 0) return base::fail("cuBLAS does not start");
  constexpr int kTransposed = 1, kAsIs = 0, kTimes = 200;
  const float one = 1, zero = 0;
  // cuBLAS counts by columns: its out' (units, samples) is weights (as rows) times in'.
  const auto multiply = [&] {
    return sgemm(handle, kTransposed, kAsIs, units, samples, inputs, &one, reinterpret_cast<const float*>(*weights),
                 inputs, reinterpret_cast<const float*>(*in), inputs, &zero, reinterpret_cast<float*>(*out), units);
  };
  const cuda::Driver& driver = gpu.context()->driver();
  int failed = multiply();
  (void)driver->cuCtxSynchronize();
  const auto begin = Clock::now();
  for (int i = 0; i < kTimes; ++i) failed += multiply();
  (void)driver->cuCtxSynchronize();
  const double seconds = seconds_since(begin) / kTimes;
  destroy(handle);
  for (const auto& memory : {in, weights, out}) (void)gpu.free(*memory);
  if (failed != 0) return base::fail("cuBLAS failed");
  return seconds;
}

}  // namespace warpscope::gpu_check
