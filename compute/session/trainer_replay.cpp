// session/trainer_replay.cpp: the part of the trainer's thread that is about a person's drawings.
#include <fmt/format.h>

#include <algorithm>

#include "compute/session/pictures.h"
#include "compute/session/trainer_worker.h"

namespace warpscope::session {

using Kind = Message::Kind;

namespace {

// What a resting network spends on a new drawing: enough to learn a handful, short enough to wait for.
constexpr int kBurstSteps = 400;
constexpr std::chrono::seconds kBurstTime{10};
constexpr float kBurstRate = 0.1F;  // of the run's rate: to learn the drawings and to keep the digits

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
    accuracy_before_burst_ = validation_accuracy_.value_or(0);
    burst_.emplace(Burst{.rest = status_, .steps_left = 0, .until = {}});
    if (trainer_->steps_done() < trainer_->total_steps()) {
      trainer_->set_schedule(training::ScheduleKind::kConstant);
      trainer_->set_rate(settings_.rate * kBurstRate);
    }
    meter_.restart(Clock::now());
    set_status(TrainingStatus::kTraining);
  }
  burst_->steps_left = kBurstSteps;
  burst_->until = Clock::now() + kBurstTime;
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
  if (!epoch_ending) begin_evaluation(Purpose::kBurstEnd, false);
}

void TrainerWorker::say_what_was_learned() {
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
  if (accuracy_before_burst_ > 0) {
    text += fmt::format(" Validation {:.1f} % before, {:.1f} % now.", 100 * accuracy_before_burst_,
                        100 * validation_accuracy_.value_or(0));
  }
  channels_.board.say(Kind::kGood, std::move(text));
}

}  // namespace warpscope::session
