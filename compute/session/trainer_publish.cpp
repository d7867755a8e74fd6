// session/trainer_publish.cpp: the part of the trainer's thread that tells the view and the reader how things stand.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "compute/session/trainer_worker.h"

namespace warpscope::session {

namespace {

constexpr std::chrono::milliseconds kBetweenViews{33};
// Copying the weights of cnn32 and reading one picture with them takes well under a millisecond on two threads; more
// often than this nobody sees.
constexpr std::chrono::milliseconds kBetweenSnapshots{66};

DrawingsJoin join_of(TrainingStatus status, bool at_rest) {
  switch (status) {
    case TrainingStatus::kTraining:
      return DrawingsJoin::kNextBatch;
    case TrainingStatus::kPaused:
      return at_rest ? DrawingsJoin::kLearnedNow : DrawingsJoin::kWhenResumed;
    case TrainingStatus::kStepping:
      return DrawingsJoin::kNextStep;
    case TrainingStatus::kFinished:
      return DrawingsJoin::kLearnedNow;
    case TrainingStatus::kDiverged:
      return DrawingsJoin::kAfterRecovery;
    case TrainingStatus::kLoading:
    case TrainingStatus::kReady:
    case TrainingStatus::kFailed:
      return DrawingsJoin::kWhenTrainingStarts;
  }
  return DrawingsJoin::kWhenTrainingStarts;
}

}  // namespace

void TrainerWorker::set_status(TrainingStatus status) {
  status_ = status;
  channels_.board.set_drawings_join(burst_ ? DrawingsJoin::kLearnedNow : join_of(status, at_rest_));
  publish();
}

void TrainerWorker::publish_now_and_then() {
  const auto now = Clock::now();
  if (now - last_snapshot_ >= kBetweenSnapshots && status_ == TrainingStatus::kTraining && !job_) publish_snapshot();
  if (now - last_publish_ >= kBetweenViews) publish();
}

void TrainerWorker::publish() {
  last_publish_ = Clock::now();
  TrainingView training = training_view();
  auto curves = curve_.view();
  auto step = slow_step_ ? slow_step_->trace() : nullptr;
  channels_.board.change([&](LearnView& view) {
    training.run_id = view.training.run_id;  // the keeper's
    view.training = std::move(training);
    view.curves = std::move(curves);
    view.evaluation = evaluation_;
    view.step = std::move(step);
    view.comparison = comparison_;
  });
}

void TrainerWorker::publish_snapshot() {
  training::Weights weights = weights_now();
  last_snapshot_ = Clock::now();
  auto snapshot = std::make_shared<NetworkSnapshot>();
  snapshot->network = network_;
  snapshot->weights = std::make_shared<const training::Weights>(std::move(weights));
  snapshot->start_weights = start_weights_;
  snapshot->validation = split_->validation;
  snapshot->step = trainer_->steps_done();
  channels_.reader.push(SnapshotMade{std::move(snapshot)});
}

TrainingView TrainerWorker::training_view() {
  TrainingView view;
  view.status = status_;
  view.settings = settings_;
  view.pending = pending_;
  view.data_name = split_ ? split_->name : data_folder_.filename().string();
  view.threads = options_.threads > 0 ? options_.threads : static_cast<int>(std::thread::hardware_concurrency());
  view.device = fmt::format("CPU · {} core{}", view.threads, view.threads == 1 ? "" : "s");
  view.backends = backends_;
  view.switching = is_switching();
  view.batch_that_fits = batch_that_fits_;
  view.backend_why = backend_why_;
  view.divergence = divergence_;
  view.problem = problem_;
  view.validation_loss = validation_loss_;
  view.validation_accuracy = validation_accuracy_;
  view.test_accuracy = test_accuracy_;
  view.seconds_trained = seconds_trained_;
  view.loss = curve_.loss();
  view.accuracy = curve_.accuracy();
  view.learning_steps_left = burst_ ? burst_->steps_left : 0;
  view.drawings_in_replay = replay_ ? static_cast<int>(replay_->size()) : 0;
  if (!trainer_) return view;
  view.backend = std::string(training::text_of(trainer_->backend().kind()));
  view.device = trainer_->backend().device_name();
  view.phases = trainer_->backend().phase_times();
  view.step = trainer_->steps_done();
  view.total_steps = trainer_->total_steps();
  view.steps_per_epoch = trainer_->steps_per_epoch();
  view.epoch = static_cast<float>(static_cast<double>(view.step) / static_cast<double>(view.steps_per_epoch));
  view.rate_now = trainer_->rate_now();
  if (status_ == TrainingStatus::kTraining) {
    view.samples_per_second = meter_.per_second(Clock::now());
    const auto samples_left =
        static_cast<double>(std::max<std::int64_t>(0, view.total_steps - view.step)) * settings_.batch;
    view.seconds_left = view.samples_per_second > 0 && !burst_ ? samples_left / view.samples_per_second : 0;
  }
  return view;
}

}  // namespace warpscope::session
