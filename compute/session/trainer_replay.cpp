// session/trainer_replay.cpp: the part of the trainer's thread that is about a person's drawings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "compute/session/pictures.h"
#include "compute/session/trainer_worker.h"

namespace warpscope::session {

using Kind = Message::Kind;

namespace {

// What a resting network spends on a new drawing: enough to learn a handful, short enough to wait for.
constexpr int kBurstSteps = 800;

// The share of the run's rate at `progress` of a burst: up over the first tenth, so that moments that start from
// nothing do not throw the weights about, then down as a cosine, so that it ends at rest.
float burst_rate_share(double progress) {
  constexpr double kRise = 0.1;
  if (progress < kRise) return static_cast<float>(progress / kRise);
  return static_cast<float>((1 + std::cos(std::numbers::pi * (progress - kRise) / (1 - kRise))) / 2);
}

// What new drawings may cost in validation accuracy, and how much of a step back is made where they cost more.
constexpr double kMostForgotten = 0.005;
constexpr float kKeptShare = 0.95F;
constexpr int kMostStepsBack = 8;

// Part of the way from `from` to `to`. Weights in between two trainings of one network keep more of the first's
// accuracy than they lose of the second's (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
training::Weights between(const training::Weights& from, const training::Weights& to, float share) {
  training::Weights mixed = to;
  const auto mix = [&](const std::vector<float>& begin, std::vector<float>& end) {
    for (std::size_t i = 0; i < end.size(); ++i) end[i] = begin[i] + share * (end[i] - begin[i]);
  };
  for (std::size_t l = 0; l < mixed.layers.size(); ++l) {
    mix(from.layers[l].weight.data, mixed.layers[l].weight.data);
    mix(from.layers[l].bias.data, mixed.layers[l].bias.data);
  }
  return mixed;
}

}  // namespace

void TrainerWorker::hand_over_replay() {
  if (!trainer_ || !replay_) return;
  std::vector<training::ReplaySample> samples;
  samples.reserve(replay_->size());
  for (const DrawingPicture& drawing : *replay_) {
    samples.push_back(
        {.id = drawing.id, .picture = picture_for(drawing.image, network_->input), .label = drawing.label});
  }
  trainer_->set_replay(std::move(samples));
}

bool TrainerWorker::learns_drawings_at_once() const {
  const bool resting = status_ == TrainingStatus::kFinished || (status_ == TrainingStatus::kPaused && at_rest_);
  return (burst_ || resting) && replay_ && !replay_->empty();
}

void TrainerWorker::begin_burst() {
  if (!burst_) {
    // A burst that begins before the last one was judged goes on with it.
    if (job_ && job_->purpose == Purpose::kBurstEnd) {
      job_.reset();
    } else {
      finish_evaluation_now();
      before_burst_ = {.weights = weights_now(), .accuracy = validation_accuracy_.value_or(0)};
    }
    burst_.emplace(Burst{.rest = status_, .steps_left = 0, .until = {}});
    trainer_->set_schedule(training::ScheduleKind::kConstant);
    meter_.restart(Clock::now());
    set_status(TrainingStatus::kTraining);
  }
  burst_->steps_left = kBurstSteps;
  burst_->until =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.burst_seconds));
}

void TrainerWorker::set_burst_rate() {
  const double steps = 1 - (burst_->steps_left - 1.0) / kBurstSteps;
  const double time = 1 - std::chrono::duration<double>(burst_->until - Clock::now()).count() / options_.burst_seconds;
  // Beyond the planned epochs the trainer takes a part of the rate; a burst means its own rate.
  trainer_->set_rate(settings_.rate);
  const float part_taken = trainer_->rate_now() / settings_.rate;
  const float wanted = settings_.rate * burst_rate_share(std::clamp(std::max(steps, time), 0.0, 1.0));
  trainer_->set_rate(std::max(wanted, settings_.rate * 1e-4F) / part_taken);
}

void TrainerWorker::leave_burst() {
  const TrainingStatus rest = burst_->rest;
  burst_.reset();
  trainer_->set_schedule(settings_.schedule);
  trainer_->set_rate(settings_.rate);
  publish_snapshot();
  set_status(rest);
}

void TrainerWorker::finish_burst() {
  const bool epoch_ending = job_.has_value();
  leave_burst();
  // An epoch that ended with the burst's last step is evaluated anyway.
  before_burst_.steps_back = 0;
  if (!epoch_ending) begin_evaluation(Purpose::kBurstEnd, false);
}

void TrainerWorker::burst_judged() {
  const bool forgot = before_burst_.accuracy - validation_accuracy_.value_or(0) > kMostForgotten;
  if (forgot && before_burst_.steps_back++ < kMostStepsBack) {
    training::Backend& backend = trainer_->backend();
    // Both are this back end's own, so they fit.
    (void)backend.set_weights(between(before_burst_.weights, backend.weights(), kKeptShare));
    publish_snapshot();
    begin_evaluation(Purpose::kBurstEnd, false);
    return;
  }
  keep_checkpoint();
  say_what_was_learned();
}

void TrainerWorker::say_what_was_learned() {
  if (replay_->empty()) return;  // deleted meanwhile
  std::vector<float> images;
  for (const DrawingPicture& drawing : *replay_) {
    const std::vector<float> input = floats_of(picture_for(drawing.image, network_->input));
    images.insert(images.end(), input.begin(), input.end());
  }
  std::vector<float> probabilities(replay_->size() * 10);
  trainer_->backend().predict(images, probabilities);
  int right = 0;
  for (std::size_t i = 0; i < replay_->size(); ++i) {
    const auto first = probabilities.begin() + static_cast<std::ptrdiff_t>(i * 10);
    right += std::max_element(first, first + 10) - first == (*replay_)[i].label ? 1 : 0;
  }
  std::string text = fmt::format("{} of your {} drawing{} read correctly now.", right, replay_->size(),
                                 replay_->size() == 1 ? " is" : "s are");
  if (before_burst_.accuracy > 0) {
    text += fmt::format(" Validation {:.1f} % before, {:.1f} % now.", 100 * before_burst_.accuracy,
                        100 * validation_accuracy_.value_or(0));
  }
  channels_.board.say(Kind::kGood, std::move(text));
}

}  // namespace warpscope::session
