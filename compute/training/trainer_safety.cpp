// Trainer's ways back: good weights for a run that diverges, safe ones for a back end that is lost, and from one back
// end to another.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "compute/training/device_backend.h"
#include "compute/training/trainer_run.h"

namespace warpscope::training {
namespace {

constexpr float kHealthyFactor = 2;   // a loss up to this times the best one counts as healthy,
constexpr float kHealthyLoss = 0.2F;  // and so does any below this times the factor
constexpr int kReadToBeSure = 32;     // training pictures
constexpr double kSafeSeconds = 0.5;  // between copies, at most

base::Result<std::unique_ptr<Backend>> open(BackendKind kind, const NetworkSpec& network, int batch,
                                            const DeviceBackendOptions& options) {
  if (kind != BackendKind::kCpu) return open_device_backend(kind, network, batch, options);
  if (options.precision != Precision::kF32) {
    return base::fail(
        fmt::format("the CPU trains with f32; {} is for a GPU, the virtual one too", text_of(options.precision)));
  }
  return make_cpu_backend(network, batch, options.threads);
}

}  // namespace

base::Result<std::unique_ptr<Backend>> make_backend(BackendKind kind, const NetworkSpec& network, int batch,
                                                    Precision precision, int threads) {
  const DeviceBackendOptions options{.precision = precision, .threads = threads};
  auto backend = open(kind, network, batch, options);
  if (backend || kind == BackendKind::kCpu || batch <= 1) return backend;
  // Where not even one picture fits, memory is not what is missing.
  if (!open(kind, network, 1, options)) return backend;
  for (int smaller = batch / 2; smaller >= 1; smaller /= 2) {
    if (smaller > 1 && !open(kind, network, smaller, options)) continue;
    return base::fail(fmt::format("{}. A batch of {} fits", backend.error().message, smaller));
  }
  return backend;
}

std::optional<BackendFailure> Trainer::Impl::failure() const {
  return refused ? refused : backend->failure();
}

bool Trainer::Impl::looks_healthy() const {
  return std::max(last_loss, smoothed) < kHealthyFactor * std::max(best_smoothed, kHealthyLoss);
}

// Of back ends that make several steps at once the newest weights have not been seen at work yet: some pictures are
// read with them before they are trusted.
bool Trainer::Impl::reads_sensibly(Backend& with) const {
  const auto count = static_cast<std::size_t>(std::min(kReadToBeSure, std::min(settings.batch, train->count())));
  const auto pixels = static_cast<std::size_t>(train->shape.count());
  std::vector<float> images(count * pixels), probabilities(count * 10);
  to_unit_floats(std::span(train->pixels).first(count * pixels), images);
  with.predict(images, probabilities);
  float loss = 0;
  for (std::size_t i = 0; i < count; ++i) loss -= std::log(probabilities[i * 10 + train->labels[i]] + 1e-30F);
  return loss / static_cast<float>(count) < 2 * std::numbers::ln10_v<float>;
}

void Trainer::Impl::keep_good() {
  backend->keep_good();
  good_step = step;
}

void Trainer::Impl::keep_good_where_due() {
  if (step % kSafekeepSteps == 0 && step > good_step && looks_healthy() && reads_sensibly(*backend)) keep_good();
}

// The gradients of a diverged batch are worthless; so are weights made from such ones.
void Trainer::Impl::go_back() {
  backend->go_back();
  smoothed = std::nanf("");
  skipped_in_a_row = 0;
}

void Trainer::Impl::keep_safe() {
  if (!backend->gathers()) return;
  SafeCopy copy{backend->weights(), backend->optimizer_state(), step};
  if (backend->failure()) return;  // it was lost on the way: the copy means nothing
  safe = std::move(copy);
  safe_at = last_chance = std::chrono::steady_clock::now();
  longest_between = 0;
}

// In time: until the next chance it may take as long as it did at most.
void Trainer::Impl::keep_safe_where_due() {
  if (!backend->gathers()) return;
  const auto now = std::chrono::steady_clock::now();
  longest_between = std::max(longest_between, std::chrono::duration<double>(now - last_chance).count());
  last_chance = now;
  if (std::chrono::duration<double>(now - safe_at).count() + longest_between > kSafeSeconds) keep_safe();
}

base::Result<void> Trainer::Impl::prepare(Backend& fresh) const {
  fresh.set_optimizer(settings.optimizer);
  if (!fresh.gathers()) return {};
  return fresh.set_pictures(train).and_then([&] { return fresh.set_drawings(source.replay()); });
}

base::Result<void> Trainer::Impl::move_to(Backend& fresh) {
  if (auto prepared = prepare(fresh); !prepared) return prepared;
  SafeCopy now{backend->weights(), backend->optimizer_state(), step};
  const bool lost = backend->failure().has_value();
  if (lost) now = safe;
  if (now.weights.layers.empty()) return base::fail("the back end failed and there are no weights to go on with");
  const auto put = [&](const Weights& weights, const OptimizerState& optimizer) {
    return fresh.set_weights(weights).and_then([&] { return fresh.set_optimizer_state(optimizer); });
  };
  if (auto set = put(now.weights, now.optimizer); !set) return set;
  // Weights that have not shown that they are healthy must not become those to go back to.
  const bool trusted = lost || step == good_step || (looks_healthy() && reads_sensibly(fresh));
  if (!trusted) {
    backend->go_back();
    auto moved = put(backend->weights(), backend->optimizer_state());
    (void)backend->set_weights(now.weights);  // as it was, should this end in an error
    (void)backend->set_optimizer_state(now.optimizer);
    if (!moved) return moved;
  }
  fresh.keep_good();
  if (!trusted) {
    if (auto set = put(now.weights, now.optimizer); !set) return set;
  }
  if (const auto why = fresh.failure()) return base::fail(why->message);
  if (trusted) good_step = now.step;
  if (now.step != step) smoothed = std::nanf("");
  step = now.step;
  return {};
}

base::Result<void> Trainer::switch_backend(std::unique_ptr<Backend> backend) {
  if (auto moved = impl_->move_to(*backend); !moved) return moved;
  impl_->backend = std::move(backend);
  impl_->settings.backend = impl_->backend->kind();
  impl_->settings.precision = impl_->backend->precision();
  impl_->refused.reset();
  impl_->skipped_in_a_row = 0;
  impl_->slow_batch = nullptr;
  impl_->source.seek(impl_->step);
  impl_->keep_safe();
  return {};
}

void Trainer::set_replay(std::vector<ReplaySample> drawings) {
  impl_->source.set_replay(std::move(drawings));
  impl_->refused.reset();
  if (!impl_->backend->gathers()) return;
  const std::vector<ReplaySample> taken = impl_->source.replay();
  if (auto set = impl_->backend->set_drawings(taken); !set) {
    impl_->refused =
        impl_->backend->failure().value_or(BackendFailure{BackendFailure::Kind::kOther, set.error().message});
  }
}

}  // namespace warpscope::training
