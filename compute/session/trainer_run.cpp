// session/trainer_run.cpp: the part of the trainer's thread that trains, evaluates, and hands finished epochs to the
// keeper.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compute/session/settings_rules.h"
#include "compute/session/trainer_worker.h"

namespace warpscope::session {

using Kind = Message::Kind;

namespace {

constexpr int kPicturesAtOnce = 250;  // of an evaluation, between two looks at the queue: a few milliseconds
constexpr int kEvaluationsPerEpoch = 4;
constexpr std::size_t kMostWrong = 200;

std::vector<int> most_wrong(const training::Evaluation& numbers, const training::Dataset& pictures) {
  std::vector<int> wrong;
  for (int i = 0; i < numbers.count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (numbers.read_as[at] != pictures.labels[at]) wrong.push_back(i);
  }
  std::stable_sort(wrong.begin(), wrong.end(), [&](int a, int b) {
    return numbers.loss_of[static_cast<std::size_t>(a)] > numbers.loss_of[static_cast<std::size_t>(b)];
  });
  if (wrong.size() > kMostWrong) wrong.resize(kMostWrong);
  return wrong;
}

}  // namespace

bool TrainerWorker::has_work() const {
  if (comparison_ && comparison_->running) return false;  // what is compared has the machine to itself
  if (job_) return true;
  // A run begins on what it shall be trained on; one under way goes on while something else is set up.
  const bool not_yet = trainer_ && trainer_->steps_done() == 0 && (is_looking() || is_switching());
  return status_ == TrainingStatus::kTraining && !not_yet;
}

void TrainerWorker::evaluate_some() {
  const auto begin = Clock::now();
  const bool done = job_->evaluator.advance(trainer_->backend(), kPicturesAtOnce);
  if (survive_failure()) return;
  if (burst_) burst_->until += Clock::now() - begin;  // the seconds of a burst are for learning
  if (done) evaluation_done();
}

void TrainerWorker::work() {
  if (job_) {
    evaluate_some();
  } else if (!burst_ && trainer_->steps_done() >= trainer_->total_steps()) {
    begin_test();  // fewer epochs were asked for just when the last of them had ended
  } else {
    train_some();
  }
  publish_now_and_then();
}

void TrainerWorker::train_some() {
  if (burst_) set_burst_rate();
  const auto begin = Clock::now();
  const std::vector<training::StepResult> results = trainer_->advance(steps_to_boundary());
  const auto end = Clock::now();
  const double each = std::chrono::duration<double>(end - begin).count() / static_cast<double>(results.size());
  for (const training::StepResult& result : results) {
    if (result.failure) {
      (void)survive_failure(result.failure);
      return;
    }
    if (result.divergence) {
      diverge(*result.divergence);
      return;
    }
    took_step(result, each);
    meter_.add(result.samples, end);
    after_step(result);
  }
  if (burst_ && (--burst_->steps_left <= 0 || end >= burst_->until)) finish_burst();
}

// To the next evaluation. The end of an epoch and of the run are the trainer's own.
int TrainerWorker::steps_to_boundary() const {
  if (burst_) return 1;  // each step has its own rate
  const std::int64_t per_epoch = trainer_->steps_per_epoch();
  const std::int64_t in_epoch = trainer_->steps_done() % per_epoch;
  const std::int64_t quarter = in_epoch * kEvaluationsPerEpoch / per_epoch + 1;
  const std::int64_t ends_at = (quarter * per_epoch + kEvaluationsPerEpoch - 1) / kEvaluationsPerEpoch;
  return static_cast<int>(ends_at - in_epoch);
}

void TrainerWorker::took_step(const training::StepResult& result, double seconds) {
  const float accuracy =
      result.samples > 0 ? static_cast<float>(result.stats.correct) / static_cast<float>(result.samples) : 0;
  curve_.add_train({.step = result.step, .epoch = result.epoch, .loss = result.stats.loss, .accuracy = accuracy});
  epoch_.loss += static_cast<double>(result.stats.loss) * result.samples;
  epoch_.correct += result.stats.correct;
  epoch_.samples += result.samples;
  epoch_.seconds += seconds;
  seconds_trained_ += seconds;
}

void TrainerWorker::after_step(const training::StepResult& result) {
  // Steps beyond the plan learn drawings: they end no epoch.
  if (result.step > trainer_->total_steps()) return;
  if (result.epoch_ended) {
    begin_evaluation(Purpose::kEpochEnd, result.run_ended);
    return;
  }
  const std::int64_t per_epoch = trainer_->steps_per_epoch();
  const std::int64_t in_epoch = result.step % per_epoch;
  const auto quarters_after = [&](std::int64_t steps) { return steps * kEvaluationsPerEpoch / per_epoch; };
  const bool quarter = quarters_after(in_epoch) > quarters_after(in_epoch - 1);
  if (quarter && !burst_ && per_epoch > 2L * kEvaluationsPerEpoch) begin_evaluation(Purpose::kQuarter, false);
}

void TrainerWorker::diverge(const training::Divergence& divergence) {
  slow_step_.reset();
  if (burst_) leave_burst();
  divergence_ = divergence;
  publish_snapshot();
  channels_.board.say(Kind::kError, divergence.message, Message::Action::kRecover);
  set_status(TrainingStatus::kDiverged);
}

void TrainerWorker::recover(float rate) {
  const bool given = std::isfinite(rate) && rate > 0;
  settings_.rate = given ? rate : divergence_->suggested_rate;
  trainer_->recover(settings_.rate);
  divergence_.reset();
  publish_snapshot();
  if (trainer_->steps_done() < trainer_->total_steps()) {
    go_on();
  } else {
    set_status(TrainingStatus::kFinished);  // it was only learning drawings
  }
  channels_.board.say(Kind::kGood,
                      fmt::format("The last good weights are back, and the rate is {:.3g} now.", settings_.rate));
}

void TrainerWorker::begin_evaluation(Purpose purpose, bool run_ended) {
  job_.emplace(EvaluationJob{training::Evaluator(split_->validation), split_->validation, purpose, run_ended});
}

void TrainerWorker::begin_test() {
  auto test = training::read_test(*split_);
  if (!test) {
    channels_.board.say(Kind::kWarning, fmt::format("There is no test accuracy: {}", test.error().text()));
    finish_run(std::nullopt);
    return;
  }
  auto pictures = std::make_shared<const training::Dataset>(std::move(*test));
  job_.emplace(EvaluationJob{training::Evaluator(pictures), pictures, Purpose::kTest, true});
}

void TrainerWorker::finish_evaluation_now() {
  while (job_ && !channels_.stopping) evaluate_some();
}

void TrainerWorker::evaluation_done() {
  const EvaluationJob job = std::move(*job_);
  job_.reset();
  if (job.purpose == Purpose::kTest) {
    finish_run(job.evaluator.result().accuracy);
    return;
  }
  show_evaluation(job);
  if (job.purpose == Purpose::kEpochEnd) keep_epoch();
  if (job.purpose == Purpose::kBurstEnd) burst_judged();
  if (job.run_ended) begin_test();
}

void TrainerWorker::show_evaluation(const EvaluationJob& job) {
  const training::Evaluation& numbers = job.evaluator.result();
  validation_loss_ = numbers.loss;
  validation_accuracy_ = numbers.accuracy;
  const std::int64_t step = trainer_->steps_done();
  if (job.purpose == Purpose::kQuarter || job.purpose == Purpose::kEpochEnd) {
    const auto epoch = static_cast<float>(static_cast<double>(step) / static_cast<double>(trainer_->steps_per_epoch()));
    curve_.add_validation({.step = step,
                           .epoch = epoch,
                           .loss = static_cast<float>(numbers.loss),
                           .accuracy = static_cast<float>(numbers.accuracy)});
  }
  auto evaluation = std::make_shared<EvaluationView>();
  evaluation->most_wrong = most_wrong(numbers, *job.pictures);
  evaluation->numbers = std::make_shared<const training::Evaluation>(numbers);
  evaluation->validation = job.pictures;
  evaluation->step = step;
  evaluation_ = std::move(evaluation);
  publish();
}

void TrainerWorker::keep_epoch() {
  ensure_run();
  keep_checkpoint();
  const std::int64_t step = trainer_->steps_done();
  const auto samples = static_cast<double>(std::max<std::int64_t>(1, epoch_.samples));
  store::EpochRecord record{.epoch = static_cast<int>(step / trainer_->steps_per_epoch()),
                            .step = step,
                            .seconds = epoch_.seconds,
                            .train_loss = epoch_.loss / samples,
                            .train_accuracy = static_cast<double>(epoch_.correct) / samples,
                            .validation_loss = *validation_loss_,
                            .validation_accuracy = *validation_accuracy_,
                            .samples_per_second = epoch_.seconds > 0 ? samples / epoch_.seconds : 0};
  channels_.keeper.push(EpochFinished{ticket_, record, curve_.take_new_train(), curve_.take_new_validation()});
  epoch_ = {};
}

void TrainerWorker::keep_checkpoint() {
  // Before the epoch's record: a crash in between must not leave a record that training then makes a second time.
  newest_checkpoint_ = make_checkpoint();
  channels_.keeper.push(CheckpointMade{checkpoint_file(), newest_checkpoint_});
}

void TrainerWorker::finish_run(std::optional<double> test_accuracy) {
  test_accuracy_ = test_accuracy;
  if (test_accuracy) {
    channels_.keeper.push(TestRead{ticket_, *test_accuracy});
    channels_.board.say(Kind::kGood, fmt::format("Training is done: {:.2f} % of the test pictures are read correctly.",
                                                 100 * *test_accuracy));
  }
  if (burst_) leave_burst();
  publish_snapshot();
  if (!slow_step_) set_status(TrainingStatus::kFinished);
}

void TrainerWorker::ensure_run() {
  if (run_begun_) return;
  run_begun_ = true;
  if (trainer_->steps_done() == 0) channels_.keeper.push(CheckpointSetAside{checkpoint_file()});
  channels_.keeper.push(RunBegun{++ticket_, run_settings(settings_, record_text(target_))});
}

}  // namespace warpscope::session
