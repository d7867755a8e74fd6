#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "compute/training/trainer_run.h"

namespace warpscope::training {
namespace {

constexpr float kAfterRunShare = 0.3F;   // of the rate, for learning on after the planned epochs
constexpr double kAugmentedShare = 0.8;  // of a one-cycle run

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

Trainer::Impl::Impl(TrainerSettings wanted, std::shared_ptr<const Dataset> pictures, std::unique_ptr<Backend> b)
    : settings(std::move(wanted)),
      train(std::move(pictures)),
      backend(std::move(b)),
      source(train, settings.batch, settings.augmentation, settings.seed),
      steps_per_epoch(source.batches_per_epoch()),
      augmentation(settings.augmentation) {}

float Trainer::Impl::rate_at(std::int64_t at) const {
  if (at >= total_steps()) return settings.rate * kAfterRunShare;
  return scheduled_rate(settings.schedule, settings.rate, at, total_steps());
}

// The last part of a one-cycle run, at falling rates, settles on the pictures as they are. Learning on from drawings
// after the run is augmented again.
Augmentation Trainer::Impl::augmentation_at(std::int64_t at) const {
  const auto plain_from = static_cast<std::int64_t>(kAugmentedShare * static_cast<double>(total_steps()));
  const bool plain = settings.schedule == ScheduleKind::kOneCycle && at >= plain_from && at < total_steps();
  return plain ? no_augmentation() : settings.augmentation;
}

void Trainer::Impl::choose_augmentation() {
  const Augmentation wanted = augmentation_at(step);
  if (wanted == augmentation) return;
  augmentation = wanted;
  source.set_augmentation(wanted);
}

namespace {

base::Result<void> check_settings(const TrainerSettings& settings, const Dataset& train) {
  const Shape reads = settings.network.input, holds = train.shape;
  if (holds != reads) {
    return base::fail(fmt::format("network '{}' reads pictures of {}x{}x{}, the data set holds {}x{}x{}",
                                  settings.network.name, reads.channels, reads.height, reads.width, holds.channels,
                                  holds.height, holds.width));
  }
  if (settings.batch < 1 || settings.batch > train.count()) {
    return base::fail(
        fmt::format("batch is {}; expected 1 to {}, the number of training pictures", settings.batch, train.count()));
  }
  if (settings.epochs < 1) return base::fail(fmt::format("epochs is {}; expected 1 or more", settings.epochs));
  if (!(settings.rate > 0) || !std::isfinite(settings.rate)) {
    return base::fail(fmt::format("the learning rate is {}; expected a number above 0", settings.rate));
  }
  return {};
}

}  // namespace

Trainer::Trainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trainer::~Trainer() = default;

base::Result<std::unique_ptr<Trainer>> Trainer::create(const TrainerSettings& settings,
                                                       std::shared_ptr<const Dataset> train) {
  if (auto fine = check_settings(settings, *train); !fine) return tl::unexpected(fine.error());
  auto backend = make_backend(settings.backend, settings.network, settings.batch, settings.precision, settings.threads);
  if (!backend) return tl::unexpected(backend.error());
  return create(settings, std::move(train), std::move(*backend));
}

base::Result<std::unique_ptr<Trainer>> Trainer::create(const TrainerSettings& settings,
                                                       std::shared_ptr<const Dataset> train,
                                                       std::unique_ptr<Backend> backend) {
  if (auto fine = check_settings(settings, *train); !fine) return tl::unexpected(fine.error());
  TrainerSettings with = settings;
  with.backend = backend->kind();
  with.precision = backend->precision();
  auto impl = std::make_unique<Impl>(std::move(with), std::move(train), std::move(backend));
  auto ready = impl->prepare(*impl->backend).and_then([&] {
    return impl->backend->set_weights(initial_weights(settings.network, settings.seed));
  });
  if (!ready) return tl::unexpected(ready.error());
  impl->keep_good();
  impl->keep_safe();
  return std::unique_ptr<Trainer>(new Trainer(std::move(impl)));
}

StepResult Trainer::step() {
  return advance(1).front();
}

std::vector<StepResult> Trainer::advance(int most) {
  if (impl_->backend->gathers()) return impl_->steps_by_recipe(std::max(1, most));
  return {impl_->step_with_batch()};
}

Trainer::StepToCome Trainer::step_to_come() const {
  impl_->choose_augmentation();
  StepToCome coming;
  coming.step = {impl_->source.peek_recipe(), impl_->rate_at(impl_->step)};
  BatchRecipe& batch = coming.step.batch;
  Dataset pictures{impl_->train->shape, {}, batch.labels};
  for (std::size_t i = 0; i < batch.pictures.size(); ++i) {
    const std::vector<std::uint8_t> picture = impl_->source.picture(batch.pictures[i]);
    pictures.pixels.insert(pictures.pixels.end(), picture.begin(), picture.end());
    batch.pictures[i] = static_cast<std::uint32_t>(i);
  }
  coming.pictures = std::make_shared<const Dataset>(std::move(pictures));
  const bool lost = impl_->backend->failure().has_value();
  coming.weights = lost ? impl_->safe.weights : impl_->backend->weights();
  coming.optimizer = lost ? impl_->safe.optimizer : impl_->backend->optimizer_state();
  return coming;
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

void Trainer::recover(float rate) {
  impl_->go_back();
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
  return impl_->rate_at(impl_->step);
}

base::Result<void> Trainer::load(const Weights& weights, const OptimizerState& optimizer, std::int64_t step) {
  if (auto set = impl_->backend->set_weights(weights); !set) return set;
  if (auto set = impl_->backend->set_optimizer_state(optimizer); !set) return set;
  impl_->step = step;
  impl_->source.seek(step);
  impl_->smoothed = std::nanf("");
  impl_->keep_good();
  impl_->keep_safe();
  return {};
}

}  // namespace warpscope::training
