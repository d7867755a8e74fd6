#include "compute/session/slow_step.h"

#include <algorithm>
#include <chrono>
#include <span>

namespace warpscope::session {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace

SlowStep::SlowStep(training::Trainer& trainer, std::shared_ptr<const training::NetworkSpec> network, int sample)
    : trainer_(trainer) {
  trace_.step = trainer.steps_done() + 1;
  trace_.rate = trainer.rate_now();
  trace_.optimizer = std::string(training::text_of(trainer.settings().optimizer.kind));
  trace_.network = std::move(network);
  trace_.batch = std::make_shared<const training::Batch>(trainer.begin_slow_step());
  trace_.before = std::make_shared<const training::Weights>(trainer.backend().weights());

  // Forward alone is timed first; what is shown comes from the pass whose gradients will be applied.
  trace_.probabilities.resize(trace_.batch->labels.size() * 10);
  // Once before the clock runs: the first pass of a batch of this size builds its primitives.
  trainer.backend().predict(trace_.batch->images, trace_.probabilities);
  const auto forward_begin = Clock::now();
  trainer.backend().predict(trace_.batch->images, trace_.probabilities);
  trace_.forward_ms = milliseconds_since(forward_begin);
  const auto both_begin = Clock::now();
  const training::BatchStats stats = trainer.slow_forward_backward();
  trace_.backward_ms = milliseconds_since(both_begin);

  const auto probabilities = trainer.backend().sample_probabilities();
  const auto losses = trainer.backend().sample_losses();
  trace_.probabilities.assign(probabilities.begin(), probabilities.end());
  losses_.assign(losses.begin(), losses.end());
  trace_.correct = stats.correct;
  trace_.mean_loss = stats.loss;
  select(sample);
}

void SlowStep::select(int sample) {
  const int count = static_cast<int>(trace_.batch->labels.size());
  trace_.sample = std::clamp(sample, 0, count - 1);
  const auto pixels = static_cast<std::size_t>(trace_.network->input.count());
  const auto images = std::span<const float>(trace_.batch->images);
  training::infer(*trace_.network, *trace_.before,
                  images.subspan(static_cast<std::size_t>(trace_.sample) * pixels, pixels), trace_.activations);
}

void SlowStep::show_backward() {
  trace_.gradients = std::make_shared<const training::Weights>(trainer_.backend().gradients());
  trace_.phase = StepPhase::kBackward;
}

training::StepResult SlowStep::update() {
  if (!trace_.gradients) show_backward();
  const auto begin = Clock::now();
  training::StepResult result = trainer_.finish_slow_step();
  trace_.update_ms = milliseconds_since(begin);
  trace_.rate = result.rate;
  trace_.after = std::make_shared<const training::Weights>(trainer_.backend().weights());
  trace_.moments = std::make_shared<const training::OptimizerState>(trainer_.backend().optimizer_state());
  trace_.phase = StepPhase::kUpdate;
  return result;
}

std::shared_ptr<const StepTrace> SlowStep::trace() const {
  auto shown = std::make_shared<StepTrace>(trace_);
  if (trace_.phase == StepPhase::kForward) {
    shown->mean_loss = 0;
    shown->correct = 0;
  } else {
    shown->losses = losses_;
  }
  if (trace_.phase < StepPhase::kBackward) shown->backward_ms = 0;
  return shown;
}

}  // namespace warpscope::session
