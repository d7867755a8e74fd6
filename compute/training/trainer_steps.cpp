// Trainer at work: one batch handed over, or several steps named to a back end that gathers them itself.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "compute/training/trainer_run.h"

namespace warpscope::training {
namespace {

// A guess among ten classes costs ln 10 = 2.3. A run whose smoothed loss is this far above it has exploded: no schedule
// or unlucky batch does that to a network that still learns.
constexpr float kExplodedLoss = 8 * std::numbers::ln10_v<float>;
constexpr float kLossMemory = 0.98F;  // of the smoothed loss, a step
// Lowering the loss scale of half precision from its most to its least takes fifteen.
constexpr int kMostSkipped = 25;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

const Batch& Trainer::Impl::next_batch() {
  choose_augmentation();
  const auto start = std::chrono::steady_clock::now();
  const Batch& batch = source.next();
  backend->note_gather(seconds_since(start));
  return batch;
}

StepResult Trainer::Impl::step_with_batch() {
  const Batch& batch = next_batch();
  const BatchStats stats = backend->forward_backward(batch.images, batch.labels);
  return finish(stats, static_cast<int>(batch.labels.size()));
}

StepResult Trainer::Impl::finish(const BatchStats& stats, int samples) {
  if (const auto why = failure()) return failed(*why);
  StepResult result = result_now();
  result.stats = stats;
  result.samples = samples;
  if ((result.divergence = check(stats, false))) return result;
  // Before the update: these weights have just shown that they are healthy, the next ones have not.
  if (step - good_step >= kSafekeepSteps && looks_healthy()) keep_good();
  backend->update(result.rate);
  if (const auto why = failure()) return failed(*why);
  result = made(result);
  keep_safe_where_due();
  return result;
}

std::vector<StepResult> Trainer::Impl::steps_by_recipe(int most) {
  if (const auto why = failure()) return {failed(*why)};
  keep_good_where_due();
  const std::int64_t first = step;
  const std::vector<PlannedStep> steps = plan(most);
  const std::vector<StepStats> stats = backend->train(steps);
  std::vector<StepResult> results;
  for (std::size_t i = 0; i < stats.size(); ++i) {
    StepResult result = result_now();
    result.rate = steps[i].rate;
    result.stats = stats[i].stats;
    result.samples = static_cast<int>(steps[i].batch.pictures.size());
    result.divergence = check(stats[i].stats, stats[i].skipped);
    const bool diverged = result.divergence.has_value();
    results.push_back(diverged ? std::move(result) : made(std::move(result)));
    if (diverged) break;  // what was made after it was made of nothing
  }
  if (results.empty() || !results.back().divergence) {
    if (stats.size() < steps.size()) {
      const BackendFailure unknown{BackendFailure::Kind::kOther,
                                   fmt::format("{} made {} of {} steps and does not say why", backend->device_name(),
                                               stats.size(), steps.size())};
      results.push_back(failed(failure().value_or(unknown)));
    } else {
      keep_safe_where_due();
    }
  }
  if (step - first < static_cast<std::int64_t>(steps.size())) source.seek(step);
  return results;
}

// Never beyond an epoch, nor a step at which weights are kept: where those lie must not depend on how many steps fit
// into a moment.
std::vector<PlannedStep> Trainer::Impl::plan(int most) {
  const std::int64_t left = steps_per_epoch - step % steps_per_epoch;
  const std::int64_t until_kept = kSafekeepSteps - step % kSafekeepSteps;
  const std::int64_t at_once = std::min(most, std::max(1, backend->steps_at_once()));
  std::vector<PlannedStep> steps(static_cast<std::size_t>(std::min({at_once, left, until_kept})));
  choose_augmentation();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::int64_t at = step + static_cast<std::int64_t>(i);
    if (augmentation_at(at) != augmentation) {
      steps.resize(i);
      break;
    }
    steps[i] = {source.next_recipe(), rate_at(at)};
  }
  return steps;
}

// Before a step is made: nothing has changed.
StepResult Trainer::Impl::result_now() const {
  StepResult result;
  result.step = step;
  result.epoch = epoch_of(step);
  result.rate = rate_at(step);
  return result;
}

StepResult Trainer::Impl::failed(const BackendFailure& why) {
  source.seek(step);
  StepResult result = result_now();
  result.failure = why;
  return result;
}

StepResult Trainer::Impl::made(StepResult result) {
  ++step;
  result.step = step;
  result.epoch = epoch_of(step);
  result.epoch_ended = step % steps_per_epoch == 0;
  result.run_ended = step == total_steps();
  return result;
}

std::optional<Divergence> Trainer::Impl::check(const BatchStats& stats, bool skipped) {
  last_loss = stats.loss;
  smoothed = std::isnan(smoothed) ? stats.loss : kLossMemory * smoothed + (1 - kLossMemory) * stats.loss;
  skipped_in_a_row = skipped ? skipped_in_a_row + 1 : 0;
  std::optional<Divergence> found;
  if (!std::isfinite(stats.loss)) {
    found = divergence(stats.loss, "the loss is no longer a number");
  } else if (!(smoothed < kExplodedLoss)) {
    found = divergence(stats.loss, fmt::format("the loss rose to {:.3g}", stats.loss));
  } else if (skipped_in_a_row >= kMostSkipped) {
    found = divergence(stats.loss, "the gradients are no longer numbers");
  } else {
    best_smoothed = std::min(best_smoothed, smoothed);
    return std::nullopt;
  }
  go_back();
  source.seek(step);
  return found;
}

Divergence Trainer::Impl::divergence(float loss, const std::string& what) {
  Divergence d{
      .step = step + 1, .loss = loss, .message = {}, .suggested_rate = settings.rate / 10, .good_step = good_step};
  d.message = fmt::format(
      "Training stopped at step {}: {} (guessing costs 2.3). With rate {:.3g} the steps are too long and overshoot. "
      "The weights of step {} are kept: go on from there with rate {:.3g}, or reset.",
      d.step, what, rate_at(step), good_step, d.suggested_rate);
  return d;
}

}  // namespace warpscope::training
