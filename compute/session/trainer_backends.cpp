// session/trainer_backends.cpp: the part of the trainer's thread that is about what does the arithmetic: choosing it,
// changing it while the training runs, going on where it breaks, comparing it, and handing a step to the microscope.
#include <fmt/format.h>

#include <algorithm>

#include "compute/base/threads.h"
#include "compute/session/settings_rules.h"
#include "compute/session/trainer_worker.h"

namespace warpscope::session {

using Kind = Message::Kind;

namespace {

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

std::string fitting(int batch) {
  return batch > 0 ? fmt::format(" Batches of {} fit there: choose that batch and reset.", batch) : std::string();
}

}  // namespace

void TrainerWorker::look_for_backends() {
  if (looking_.joinable()) looking_.join();
  looking_ = std::thread([this] {
    base::name_this_thread("look for GPUs");
    channels_.trainer.push(
        BackendsFound{std::make_shared<const std::vector<BackendChoice>>(find_backends(options_.threads))});
  });
}

void TrainerWorker::take(const BackendsFound& found) {
  const bool first = is_looking();
  backends_ = found.backends;
  if (first && trainer_) choose();
  publish();
}

bool TrainerWorker::is_switching() const {
  if (!trainer_) return false;
  return waiting_backend_ != nullptr || (setup_.busy() && target_ != kind_of(trainer_->backend()));
}

void TrainerWorker::choose() {
  if (is_looking()) return;  // once they were found
  const auto chosen = choose_backend(*backends_, settings_.backend, settings_.precision);
  chosen ? aim(*chosen) : keep_the_present(chosen.error().text(), 0);
}

void TrainerWorker::aim(const ChosenBackend& chosen) {
  target_ = chosen.wanted;
  target_why_ = chosen.why;
  batch_that_fits_ = 0;
  waiting_backend_.reset();
  ++last_order_;  // whatever is being set up
  if (target_ != kind_of(trainer_->backend())) {
    begin_setup();
    return;
  }
  backend_why_ = target_why_;
  settings_before_.reset();
}

BackendOrder TrainerWorker::order_for(const WantedBackend& wanted) {
  return {.id = ++last_order_,
          .wanted = wanted,
          .network = *network_,
          .batch = settings_.batch,
          .threads = options_.threads,
          .pictures = split_->train};
}

void TrainerWorker::begin_setup() {
  if (!setup_.busy()) setup_.begin(order_for(target_));
}

void TrainerWorker::take(BackendOutcome& outcome) {
  setup_.finish();
  const bool newest = outcome.order.id == last_order_;
  if (newest && outcome.order.only_fit) {
    batch_that_fits_ = outcome.batch_that_fits;
    if (batch_that_fits_ > 0) {
      channels_.board.say(Kind::kWarning, fmt::format("Batches of {} need too much memory.{} Or go on on the CPU.",
                                                      outcome.order.batch, fitting(batch_that_fits_)));
    }
  } else if (newest && outcome.backend) {
    waiting_backend_ = std::move(outcome.backend);
    install_what_waits();
  } else if (newest) {
    keep_the_present(outcome.problem, outcome.batch_that_fits);
  }
  outcome.backend.reset();
  const bool wants_another = trainer_ && !waiting_backend_ && target_ != kind_of(trainer_->backend());
  if (wants_another && status_ != TrainingStatus::kFailed) begin_setup();
  publish();
}

void TrainerWorker::install_what_waits() {
  // The gradients of a step that is open are in the back end that made them.
  const bool in_a_step = slow_step_ && !slow_step_->updated();
  if (!waiting_backend_ || in_a_step) return;
  const std::string name = waiting_backend_->device_name();
  if (auto switched = trainer_->switch_backend(std::move(waiting_backend_)); !switched) {
    waiting_backend_.reset();
    keep_the_present(switched.error().text(), 0);
    return;
  }
  waiting_backend_.reset();
  backend_why_ = target_why_;
  note_backend();
  if (settings_before_) {
    channels_.board.say(
        Kind::kGood, fmt::format("Training goes on on {}, with the weights of step {}.", name, trainer_->steps_done()));
  }
  settings_before_.reset();
  publish_snapshot();
}

void TrainerWorker::note_backend() {
  if (run_begun_) channels_.keeper.push(RunTrainsOn{ticket_, record_text(kind_of(trainer_->backend()))});
}

void TrainerWorker::keep_the_present(const std::string& problem, int batch_that_fits) {
  target_ = kind_of(trainer_->backend());
  batch_that_fits_ = batch_that_fits;
  backend_why_ = sentence(problem) + fitting(batch_that_fits);
  if (settings_before_) put_settings(settings_before_->backend, settings_before_->precision);
  settings_before_.reset();
  channels_.board.say(Kind::kWarning,
                      fmt::format("Training stays on {}. {}", trainer_->backend().device_name(), backend_why_));
}

void TrainerWorker::put_settings(const std::string& backend, training::Precision precision) {
  settings_.backend = backend;
  settings_.precision = precision;
  if (!pending_) return;
  pending_->backend = backend;
  pending_->precision = precision;
}

// ---- Where it breaks

bool TrainerWorker::survive_failure(std::optional<training::BackendFailure> failure) {
  if (!failure) failure = trainer_->backend().failure();
  if (!failure) return false;
  const WantedBackend failed = kind_of(trainer_->backend());
  const std::string name = trainer_->backend().device_name();
  const std::int64_t failed_at = trainer_->steps_done();
  waiting_backend_.reset();
  settings_before_.reset();
  target_ = {};
  // Here and now: it takes a moment, and nothing can be asked of the other one any more.
  auto cpu = open_backend(order_for(target_));
  auto switched = cpu ? trainer_->switch_backend(std::move(*cpu)) : tl::unexpected(cpu.error());
  slow_step_.reset();
  if (!switched) {
    job_.reset();
    burst_.reset();
    fail(fmt::format("{} {}", sentence(failure->message), switched.error().text()));
    return true;
  }
  go_on_from_safe_weights(failed_at);
  note_backend();
  if (failure->kind == training::BackendFailure::Kind::kOutOfMemory) {
    rest_without_memory(failed, name, failure->message);
  } else {
    backend_why_ = fmt::format("{} could not go on: {} The CPU goes on from step {}.", name, sentence(failure->message),
                               trainer_->steps_done());
    // What was asked for is no longer in force: asking for it again tries again.
    put_settings("cpu", settings_.precision);
    channels_.board.say(Kind::kError, backend_why_);
    if (failed.kind == training::BackendKind::kCuda) look_for_backends();
  }
  if (status_ == TrainingStatus::kStepping) status_ = TrainingStatus::kPaused;
  publish_snapshot();
  set_status(status_);
  return true;
}

void TrainerWorker::go_on_from_safe_weights(std::int64_t failed_at) {
  // An epoch that was kept is not trained again. Its weights were this network's, so they fit.
  if (newest_checkpoint_ && newest_checkpoint_->step > trainer_->steps_done()) {
    (void)trainer_->load(newest_checkpoint_->weights, newest_checkpoint_->optimizer, newest_checkpoint_->step);
  }
  const std::int64_t step = trainer_->steps_done();
  curve_.go_back_to(step);
  if (!job_) return;
  const bool of_a_step = job_->purpose == Purpose::kQuarter || job_->purpose == Purpose::kEpochEnd;
  if (of_a_step && step < failed_at) {
    job_.reset();  // that step is still to come
  } else {
    job_->evaluator.restart();
  }
}

void TrainerWorker::rest_without_memory(const WantedBackend& failed, const std::string& name,
                                        const std::string& message) {
  if (burst_) leave_burst();
  if (status_ == TrainingStatus::kTraining) status_ = TrainingStatus::kPaused;
  backend_why_ =
      fmt::format("{} ran out of memory: {} Training is paused; Start goes on on the CPU.", name, sentence(message));
  channels_.board.say(Kind::kError, backend_why_);
  if (setup_.busy()) return;
  BackendOrder order = order_for(failed);
  order.only_fit = true;
  setup_.begin(std::move(order));
}

training::Weights TrainerWorker::weights_now() {
  training::Weights weights = trainer_->backend().weights();
  // What a broken one returns means nothing.
  return trainer_->backend().failure() && survive_failure() ? trainer_->backend().weights() : weights;
}

// ---- The comparison

void TrainerWorker::take(const CompareBackends&) {
  act_needs_network();
  if (!trainer_) return;
  if (is_looking()) {
    channels_.board.say(Kind::kWarning, "What this machine has is still being looked for. Try again in a moment.");
    return;
  }
  ComparisonOrder order;
  order.id = ++last_comparison_;
  order.weights = weights_now();
  order.optimizer = trainer_->backend().optimizer_state();
  order.settings = trainer_settings(settings_, *network_, options_.threads);
  order.settings.rate = trainer_->rate_now();
  order.settings.schedule = training::ScheduleKind::kConstant;
  order.train = split_->train;
  order.validation = split_->validation;
  order.backends = backends_to_compare(*backends_);
  auto begun = std::make_shared<BackendComparison>();
  begun->network = network_->name;
  begun->batch = settings_.batch;
  begun->running = true;
  comparison_ = std::move(begun);
  publish();
  comparer_.begin(std::move(order));
}

void TrainerWorker::take(const StopComparing&) {
  ++last_comparison_;  // reports on their way are of no use
  comparer_.cancel();
  comparison_.reset();
  meter_.restart(Clock::now());
  publish();
}

void TrainerWorker::take(const ComparisonReport& report) {
  if (report.id != last_comparison_) return;
  comparison_ = report.comparison;
  if (!comparison_->running) meter_.restart(Clock::now());
  publish();
}

// ---- The microscope

void TrainerWorker::take(const FreezeStep&) {
  act_needs_network();
  if (!trainer_) return;
  forget_freezing();
  freezing_ = std::make_shared<std::atomic<bool>>(false);
  (void)survive_failure();
  channels_.microscope.push(StepToFreeze{.id = ++last_freeze_,
                                         .stop = freezing_,
                                         .trains = kind_of(trainer_->backend()),
                                         .threads = options_.threads,
                                         .step = trainer_->steps_done() + 1,
                                         .network = *network_,
                                         .optimizer = settings_.optimizer,
                                         .to_come = trainer_->step_to_come()});
}

void TrainerWorker::take(const LeaveMicroscope& command) {
  forget_freezing();
  channels_.microscope.push(command);
}

void TrainerWorker::forget_freezing() {
  if (freezing_) *freezing_ = true;
  freezing_.reset();
}

}  // namespace warpscope::session
