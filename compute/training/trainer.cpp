#include "compute/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace warpscope::training {
namespace {

// A guess among ten classes costs ln 10 = 2.3. A run whose smoothed loss is this far above it has exploded: no schedule
// or unlucky batch does that to a network that still learns.
constexpr float kExplodedLoss = 8 * std::numbers::ln10_v<float>;
constexpr float kLossMemory = 0.98F;         // of the smoothed loss, a step
constexpr std::int64_t kSafekeepSteps = 50;  // steps between copies of the weights to go back to
constexpr float kHealthyFactor = 2;          // a loss up to this times the best one counts as healthy,
constexpr float kHealthyLoss = 0.2F;         // and so does any below this times the factor
constexpr float kAfterRunShare = 0.3F;       // of the rate, for learning on after the planned epochs
constexpr double kAugmentedShare = 0.8;      // of a one-cycle run

}  // namespace

float scheduled_rate(ScheduleKind kind, float rate, std::int64_t step, std::int64_t total_steps) {
  if (kind == ScheduleKind::kConstant || total_steps <= 1) return rate;
  constexpr double kStartShare = 1.0 / 25, kEndShare = 1.0 / 10'000, kRise = 0.3;
  const double last = static_cast<double>(total_steps - 1);
  const double at = std::clamp(static_cast<double>(step), 0.0, last);
  const double peak = std::max(1.0, kRise * static_cast<double>(total_steps) - 1);
  const auto cosine = [](double from, double to, double t) {
    return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * t));
  };
  const double share = at <= peak ? cosine(kStartShare, 1, at / peak)
                                  : cosine(1, kEndShare * kStartShare, (at - peak) / std::max(1.0, last - peak));
  return static_cast<float>(rate * share);
}

float usual_rate(const NetworkSpec& network, OptimizerKind optimizer, ScheduleKind schedule) {
  constexpr float kPeakFactor = 4;
  const auto of_kind = [&] {
    if (optimizer == network.optimizer) return network.rate;
    switch (optimizer) {
      case OptimizerKind::kSgd:
        return 0.1F;
      case OptimizerKind::kMomentum:
        return 0.01F;
      case OptimizerKind::kAdam:
        break;
    }
    return 1e-3F;
  };
  return of_kind() * (schedule == ScheduleKind::kOneCycle ? kPeakFactor : 1.0F);
}

struct Trainer::Impl {
  Impl(TrainerSettings s, std::shared_ptr<const Dataset> train, std::unique_ptr<Backend> b)
      : settings(std::move(s)),
        backend(std::move(b)),
        source(train, settings.batch, settings.augmentation, settings.seed),
        steps_per_epoch(source.batches_per_epoch()),
        augmentation(settings.augmentation) {}

  std::int64_t total_steps() const { return steps_per_epoch * settings.epochs; }

  float rate_now() const {
    if (step >= total_steps()) return settings.rate * kAfterRunShare;
    return scheduled_rate(settings.schedule, settings.rate, step, total_steps());
  }

  // The last part of a one-cycle run, at falling rates, settles on the pictures as they are. Learning on from drawings
  // after the run is augmented again.
  void choose_augmentation() {
    const auto plain_from = static_cast<std::int64_t>(kAugmentedShare * static_cast<double>(total_steps()));
    const bool plain = settings.schedule == ScheduleKind::kOneCycle && step >= plain_from && step < total_steps();
    const Augmentation wanted = plain ? no_augmentation() : settings.augmentation;
    if (wanted == augmentation) return;
    augmentation = wanted;
    source.set_augmentation(wanted);
  }

  const Batch& next_batch() {
    choose_augmentation();
    return source.next();
  }

  // A copy of what to go back to, now and then while the loss is healthy.
  void keep_safe() {
    good_weights = backend->weights();
    good_optimizer = backend->optimizer_state();
    good_step = step;
  }

  std::optional<Divergence> check(const BatchStats& stats) {
    smoothed = std::isnan(smoothed) ? stats.loss : kLossMemory * smoothed + (1 - kLossMemory) * stats.loss;
    if (std::isfinite(stats.loss) && smoothed < kExplodedLoss) return std::nullopt;
    const float rate = rate_now();
    Divergence d{.step = step + 1,
                 .loss = stats.loss,
                 .message = {},
                 .suggested_rate = settings.rate / 10,
                 .good_step = good_step};
    const std::string what =
        std::isfinite(stats.loss) ? fmt::format("rose to {:.3g}", stats.loss) : "is no longer a number";
    d.message = fmt::format(
        "Training stopped at step {}: the loss {} (guessing costs 2.3). With rate {:.3g} the steps are too long and "
        "overshoot. "
        "The weights of step {} are kept: go on from there with rate {:.3g}, or reset.",
        d.step, what, rate, good_step, d.suggested_rate);
    restore();
    return d;
  }

  // The gradients of a diverged batch are worthless; so are weights made from such ones.
  void restore() {
    // Both were exported by this very back end, so they fit.
    (void)backend->set_weights(good_weights);
    (void)backend->set_optimizer_state(good_optimizer);
    smoothed = std::nanf("");
  }

  StepResult finish(const BatchStats& stats, int samples) {
    StepResult result;
    result.stats = stats;
    result.samples = samples;
    result.rate = rate_now();
    if ((result.divergence = check(stats))) {
      result.step = step;
      result.epoch = epoch_of(step);
      return result;
    }
    // Before the update: these weights have just shown that they are healthy, the next ones have not.
    const bool healthy = std::max(stats.loss, smoothed) < kHealthyFactor * std::max(best_smoothed, kHealthyLoss);
    if (step - good_step >= kSafekeepSteps && healthy) keep_safe();
    best_smoothed = std::min(best_smoothed, smoothed);
    backend->update(result.rate);
    ++step;
    result.step = step;
    result.epoch = epoch_of(step);
    result.epoch_ended = step % steps_per_epoch == 0;
    result.run_ended = step == total_steps();
    return result;
  }

  float epoch_of(std::int64_t at) const { return static_cast<float>(at) / static_cast<float>(steps_per_epoch); }

  TrainerSettings settings;
  std::unique_ptr<Backend> backend;
  BatchSource source;
  std::int64_t steps_per_epoch;
  Augmentation augmentation;  // the one the source uses now
  std::int64_t step = 0;
  float smoothed = std::nanf("");
  float best_smoothed = std::numbers::ln10_v<float>;
  Weights good_weights;
  OptimizerState good_optimizer;
  std::int64_t good_step = 0;
  const Batch* slow_batch = nullptr;
  BatchStats slow_stats;
};

Trainer::Trainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trainer::~Trainer() = default;

base::Result<std::unique_ptr<Trainer>> Trainer::create(const TrainerSettings& settings,
                                                       std::shared_ptr<const Dataset> train) {
  if (train->shape != settings.network.input) {
    return base::fail(fmt::format("network '{}' reads pictures of {}x{}x{}, the data set holds {}x{}x{}",
                                  settings.network.name, settings.network.input.channels, settings.network.input.height,
                                  settings.network.input.width, train->shape.channels, train->shape.height,
                                  train->shape.width));
  }
  if (settings.batch < 1 || settings.batch > train->count()) {
    return base::fail(
        fmt::format("batch is {}; expected 1 to {}, the number of training pictures", settings.batch, train->count()));
  }
  if (settings.epochs < 1) return base::fail(fmt::format("epochs is {}; expected 1 or more", settings.epochs));
  if (!(settings.rate > 0) || !std::isfinite(settings.rate)) {
    return base::fail(fmt::format("the learning rate is {}; expected a number above 0", settings.rate));
  }
  auto backend = make_cpu_backend(settings.network, settings.batch, settings.threads);
  if (!backend) return tl::unexpected(backend.error());
  (*backend)->set_optimizer(settings.optimizer);
  if (auto set = (*backend)->set_weights(initial_weights(settings.network, settings.seed)); !set) {
    return tl::unexpected(set.error());
  }
  auto impl = std::make_unique<Impl>(settings, std::move(train), std::move(*backend));
  impl->keep_safe();
  return std::unique_ptr<Trainer>(new Trainer(std::move(impl)));
}

StepResult Trainer::step() {
  const Batch& batch = impl_->next_batch();
  const BatchStats stats = impl_->backend->forward_backward(batch.images, batch.labels);
  return impl_->finish(stats, static_cast<int>(batch.labels.size()));
}

const Batch& Trainer::begin_slow_step() {
  impl_->slow_batch = &impl_->next_batch();
  return *impl_->slow_batch;
}

BatchStats Trainer::slow_forward_backward() {
  impl_->slow_stats = impl_->backend->forward_backward(impl_->slow_batch->images, impl_->slow_batch->labels);
  return impl_->slow_stats;
}

StepResult Trainer::finish_slow_step() {
  return impl_->finish(impl_->slow_stats, static_cast<int>(impl_->slow_batch->labels.size()));
}

void Trainer::set_rate(float rate) {
  impl_->settings.rate = rate;
}

void Trainer::set_optimizer(const OptimizerSettings& settings) {
  impl_->settings.optimizer = settings;
  impl_->backend->set_optimizer(settings);
}

void Trainer::set_schedule(ScheduleKind schedule) {
  impl_->settings.schedule = schedule;
}

void Trainer::set_augmentation(const Augmentation& augmentation) {
  impl_->settings.augmentation = augmentation;
}

void Trainer::set_epochs(int epochs) {
  impl_->settings.epochs = std::max(1, epochs);
}

void Trainer::set_replay(std::vector<ReplaySample> drawings) {
  impl_->source.set_replay(std::move(drawings));
}

void Trainer::recover(float rate) {
  impl_->restore();
  impl_->settings.rate = rate;
}

const TrainerSettings& Trainer::settings() const {
  return impl_->settings;
}
Backend& Trainer::backend() {
  return *impl_->backend;
}
std::int64_t Trainer::steps_done() const {
  return impl_->step;
}
std::int64_t Trainer::steps_per_epoch() const {
  return impl_->steps_per_epoch;
}
std::int64_t Trainer::total_steps() const {
  return impl_->total_steps();
}
float Trainer::rate_now() const {
  return impl_->rate_now();
}

base::Result<void> Trainer::load(const Weights& weights, const OptimizerState& optimizer, std::int64_t step) {
  if (auto set = impl_->backend->set_weights(weights); !set) return set;
  if (auto set = impl_->backend->set_optimizer_state(optimizer); !set) return set;
  impl_->step = step;
  impl_->source.seek(step);
  impl_->smoothed = std::nanf("");
  impl_->keep_safe();
  return {};
}

}  // namespace warpscope::training
