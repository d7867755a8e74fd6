#include "compute/session/learn_compare.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>

#include "compute/base/threads.h"

namespace warpscope::session {

using training::BackendKind;
using training::Precision;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLeastSteps = 5, kMostSteps = 2000;
constexpr int kTrialSteps = 3;  // before the clock runs: the first ones of a back end set it up
constexpr int kMostPictures = 1000, kLeastPictures = 50;
constexpr int kPicturesAtOnce = 50;    // then it looks whether to stop
constexpr double kReadingSeconds = 1;  // that the slowest may read validation pictures

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// One of those compared, with its trainer.
struct Runner {
  std::unique_ptr<training::Trainer> trainer;
  double step_seconds = 0;     // roughly
  double picture_seconds = 0;  // of reading one, roughly
};

class Comparing {
 public:
  Comparing(ComparisonOrder order, const std::atomic<bool>& stop, const BackendComparer::Deliver& deliver)
      : order_(std::move(order)), stop_(stop), deliver_(deliver), runners_(order_.backends.size()) {
    shown_.network = order_.settings.network.name;
    shown_.batch = order_.settings.batch;
    shown_.running = true;
    for (const WantedBackend& backend : order_.backends) {
      shown_.rows.push_back(
          {.kind = backend.kind, .precision = backend.precision, .device = {}, .problem = {}, .phases = {}});
    }
  }

  void run() {
    // No end of a run falls among the steps.
    order_.settings.epochs = kMostSteps;
    publish();
    for (std::size_t i = 0; i < runners_.size() && !stop_; ++i) try_out(i);
    choose_counts();
    for (std::size_t i = 0; i < runners_.size() && !stop_; ++i) {
      if (runners_[i].trainer) measure(i);
      shown_.rows[i].done = true;
      runners_[i].trainer.reset();
      publish();
    }
    shown_.running = false;
    publish();
  }

 private:
  void publish() const { deliver_(order_.id, std::make_shared<const BackendComparison>(shown_)); }

  void give_up(std::size_t index, std::string problem) {
    shown_.rows[index].problem = std::move(problem);
    runners_[index].trainer.reset();
    publish();
  }

  // Where all begin: the same weights, and the first batch of the run's seed.
  base::Result<void> begin(std::size_t index) {
    BackendMeasurement& row = shown_.rows[index];
    BackendOrder order{.wanted = order_.backends[index],
                       .network = order_.settings.network,
                       .batch = order_.settings.batch,
                       .threads = order_.settings.threads};
    auto backend = open_backend(order);
    if (!backend) return tl::unexpected(backend.error());
    row.device = (*backend)->device_name();
    auto trainer = training::Trainer::create(order_.settings, order_.train, std::move(*backend));
    if (!trainer) return tl::unexpected(trainer.error());
    if (auto loaded = (*trainer)->load(order_.weights, order_.optimizer, 0); !loaded) return loaded;
    runners_[index].trainer = std::move(*trainer);
    return {};
  }

  // A few steps and a few pictures, to know how many of them all can make in a reasonable time.
  void try_out(std::size_t index) {
    Runner& runner = runners_[index];
    if (auto begun = begin(index); !begun) return give_up(index, begun.error().text());
    for (int step = 0; step < kTrialSteps && !stop_; ++step) {
      const auto start = Clock::now();
      const auto results = runner.trainer->advance(1);
      runner.step_seconds = seconds_since(start);  // the last one's
      if (results.back().failure) return give_up(index, results.back().failure->message);
    }
    const auto start = Clock::now();
    read(*runner.trainer, kLeastPictures);
    runner.picture_seconds = seconds_since(start) / kLeastPictures;
    if (auto back = runner.trainer->load(order_.weights, order_.optimizer, 0); !back) {
      give_up(index, back.error().text());
    }
  }

  void choose_counts() {
    double slowest_step = 1e-9, slowest_picture = 1e-9;
    for (const Runner& runner : runners_) {
      if (!runner.trainer) continue;
      slowest_step = std::max(slowest_step, runner.step_seconds);
      slowest_picture = std::max(slowest_picture, runner.picture_seconds);
    }
    const auto fits = [](double seconds, double each, int least, int most) {
      return static_cast<int>(std::clamp(seconds / each, static_cast<double>(least), static_cast<double>(most)));
    };
    shown_.steps = fits(order_.seconds, slowest_step, kLeastSteps, kMostSteps);
    shown_.validated = std::min(fits(kReadingSeconds, slowest_picture, kLeastPictures, kMostPictures),
                                static_cast<int>(order_.validation->count()));
    publish();
  }

  void measure(std::size_t index) {
    BackendMeasurement& row = shown_.rows[index];
    training::Trainer& trainer = *runners_[index].trainer;
    std::vector<double> seconds;  // of each step
    double all = 0;
    std::int64_t samples = 0;
    while (static_cast<int>(seconds.size()) < shown_.steps && !stop_) {
      const auto start = Clock::now();
      const auto results = trainer.advance(shown_.steps - static_cast<int>(seconds.size()));
      const double took = seconds_since(start);
      if (results.back().failure) return give_up(index, results.back().failure->message);
      if (results.back().divergence) return give_up(index, results.back().divergence->message);
      all += took;
      seconds.insert(seconds.end(), results.size(), took / static_cast<double>(results.size()));
      for (const training::StepResult& result : results) samples += result.samples;
      row.loss = static_cast<double>(results.back().stats.loss);
    }
    if (stop_) return;
    std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2), seconds.end());
    row.seconds_a_step = seconds[seconds.size() / 2];
    row.samples_per_second = all > 0 ? static_cast<double>(samples) / all : 0;
    row.phases = trainer.backend().phase_times();
    const int right = read(trainer, shown_.validated);
    if (const auto failure = trainer.backend().failure()) return give_up(index, failure->message);
    row.accuracy = static_cast<double>(right) / std::max(1, shown_.validated);
  }

  // How many of the first `count` validation pictures are read right.
  int read(training::Trainer& trainer, int count) const {
    const training::Dataset& pictures = *order_.validation;
    const auto pixels = static_cast<std::size_t>(pictures.shape.count());
    const int all = std::min(count, static_cast<int>(pictures.count()));
    int right = 0;
    for (int first = 0; first < all && !stop_; first += kPicturesAtOnce) {
      const auto n = static_cast<std::size_t>(std::min(kPicturesAtOnce, all - first));
      const auto begin = static_cast<std::size_t>(first);
      std::vector<float> images(n * pixels), probabilities(n * 10);
      training::to_unit_floats(std::span(pictures.pixels).subspan(begin * pixels, n * pixels), images);
      trainer.backend().predict(images, probabilities);
      for (std::size_t i = 0; i < n; ++i) {
        const auto of = std::span<const float>(probabilities).subspan(i * 10, 10);
        right += std::max_element(of.begin(), of.end()) - of.begin() == pictures.labels[begin + i] ? 1 : 0;
      }
    }
    return right;
  }

  ComparisonOrder order_;
  const std::atomic<bool>& stop_;
  const BackendComparer::Deliver& deliver_;
  std::vector<Runner> runners_;
  BackendComparison shown_;
};

}  // namespace

std::vector<WantedBackend> backends_to_compare(const std::vector<BackendChoice>& choices) {
  std::vector<WantedBackend> backends{{BackendKind::kCpu, Precision::kF32}};
  const auto cuda = std::find_if(choices.begin(), choices.end(), [](const BackendChoice& choice) {
    return choice.kind == BackendKind::kCuda && choice.there;
  });
  const bool real = cuda != choices.end();
  const BackendKind gpu = real ? BackendKind::kCuda : BackendKind::kVirtual;
  backends.push_back({gpu, Precision::kF32});
  backends.push_back({gpu, Precision::kF16});
  if (real && cuda->bf16) backends.push_back({gpu, Precision::kBf16});
  return backends;
}

void BackendComparer::begin(ComparisonOrder order) {
  cancel();
  if (thread_.joinable()) thread_.join();
  stopping_ = false;
  thread_ = std::thread([this, order = std::move(order)]() mutable {
    base::name_this_thread("comparison");
    Comparing(std::move(order), stopping_, deliver_).run();
  });
}

BackendComparer::~BackendComparer() {
  cancel();
  if (thread_.joinable()) thread_.join();
}

}  // namespace warpscope::session
