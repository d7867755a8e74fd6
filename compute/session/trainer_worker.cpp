#include "compute/session/trainer_worker.h"

#include <fmt/format.h>

#include "compute/base/threads.h"
#include "compute/session/settings_rules.h"

namespace warpscope::session {

using Kind = Message::Kind;
using Worker = TrainerWorker;

namespace {
constexpr std::chrono::minutes kForever{1};
}

// What a command without arguments does in each status.
struct TrainerWorker::Table {
  // kLoading, kReady, kTraining, kPaused, kStepping, kFinished, kDiverged, kFailed
  static constexpr Row kStart = {
      &Worker::start_once_loaded,     &Worker::begin,         &Worker::train_in_earnest,     &Worker::go_on,
      &Worker::finish_step_and_go_on, &Worker::another_round, &Worker::recover_as_suggested, &Worker::reload};
  static constexpr Row kPause = {&Worker::forget_start, nullptr, &Worker::pause, nullptr,
                                 &Worker::leave_step,   nullptr, nullptr,        nullptr};
  static constexpr Row kReset = {&Worker::forget_start, &Worker::reset, &Worker::reset, &Worker::reset,
                                 &Worker::reset,        &Worker::reset, &Worker::reset, &Worker::reload};
  static constexpr Row kAdvance = {&Worker::say_not_loaded, &Worker::open_step,    &Worker::open_step,
                                   &Worker::open_step,      &Worker::advance_step, &Worker::open_step,
                                   &Worker::say_diverged,   &Worker::say_failed};
  static constexpr Row kLeave = {nullptr, nullptr, nullptr, nullptr, &Worker::leave_step, nullptr, nullptr, nullptr};
  // Commands that need a network and a data set: null where there are both.
  static constexpr Row kNeedsNetwork = {&Worker::say_not_loaded, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                                        &Worker::say_failed};
};

TrainerWorker::TrainerWorker(const LearnOptions& options, Channels& channels)
    : options_(options),
      channels_(channels),
      settings_(options.settings),
      data_folder_(options.mnist_dir),
      backends_(std::make_shared<const std::vector<BackendChoice>>()),
      setup_([&channels](BackendOutcome outcome) { channels.trainer.push(std::move(outcome)); }),
      comparer_([&channels](std::uint64_t id, std::shared_ptr<const BackendComparison> comparison) {
        channels.trainer.push(ComparisonReport{id, std::move(comparison)});
      }) {}

TrainerWorker::~TrainerWorker() {
  if (looking_.joinable()) looking_.join();
}

void TrainerWorker::run() {
  // Before any work, so that the threads of the arithmetic inherit it.
  base::yield_to_interactive_threads();
  base::name_this_thread("trainer");
  publish();
  look_for_backends();
  if (auto read = read_data(data_folder_); !read) fail(read.error().text());
  while (!channels_.stopping) {
    auto command = has_work() ? channels_.trainer.try_pop() : channels_.trainer.pop_within(kForever);
    if (command) {
      std::visit([this](auto& c) { take(c); }, *command);
    } else if (has_work()) {
      work();
    }
  }
  comparer_.cancel();
  forget_freezing();
}

void TrainerWorker::act(const Row& row) {
  if (const Action action = row[static_cast<std::size_t>(status_)]; action != nullptr) (this->*action)();
}

void TrainerWorker::act_needs_network() {
  act(Table::kNeedsNetwork);
}

void TrainerWorker::take(const StartTraining&) {
  act(Table::kStart);
}
void TrainerWorker::take(const PauseTraining&) {
  act(Table::kPause);
}
void TrainerWorker::take(const ResetTraining&) {
  act(Table::kReset);
}
void TrainerWorker::take(const AdvanceStep&) {
  act(Table::kAdvance);
}
void TrainerWorker::take(const LeaveStep&) {
  act(Table::kLeave);
}

void TrainerWorker::take(const RecoverTraining& command) {
  if (status_ != TrainingStatus::kDiverged) {
    channels_.board.say(Kind::kWarning, "There is nothing to recover from: training has not diverged.");
    return;
  }
  recover(command.rate);
}

void TrainerWorker::take(const SelectStepSample& command) {
  shown_sample_ = command.sample;
  if (!slow_step_) return;
  slow_step_->select(command.sample);
  publish();
}

void TrainerWorker::take(const ApplySettings& command) {
  if (auto sensible = check_settings(command.settings); !sensible) {
    channels_.board.say(Kind::kError, sensible.error().text());
    return;
  }
  const LearnSettings& asked = command.settings;
  pending_.reset();
  if (!trainer_) {
    settings_ = asked;  // nothing was made of the old ones yet
  } else if (!needs_restart(settings_, asked)) {
    apply_live(asked);
  } else if (status_ == TrainingStatus::kReady) {
    if (auto made = make_network(asked, *split_); !made) channels_.board.say(Kind::kError, made.error().text());
  } else {
    pending_ = asked;
    apply_live(asked);
  }
  publish();
}

void TrainerWorker::take(const SaveWeights& command) {
  act_needs_network();
  if (!trainer_) return;
  auto checkpoint = make_checkpoint();
  checkpoint->optimizer = {};
  channels_.keeper.push(WeightsToSave{command.file, std::move(checkpoint)});
}

void TrainerWorker::take(const OpenDataset& command) {
  if (status_ == TrainingStatus::kLoading || status_ == TrainingStatus::kFailed) {
    data_folder_ = command.folder;
    reload();
    return;
  }
  auto split = training::read_split(command.folder);
  base::Result<void> made = split ? make_network(pending_.value_or(settings_), *split) : tl::unexpected(split.error());
  if (!made) {
    channels_.board.say(Kind::kError, fmt::format("The data set stays as it is: {}", made.error().text()));
    return;
  }
  data_folder_ = command.folder;
  channels_.board.say(Kind::kGood,
                      fmt::format("Opened {}: {} pictures to learn from.", split_->name, split_->train->count()));
}

void TrainerWorker::take(StoreOpened& command) {
  last_time_ = std::move(command);
  store_opened_ = true;
  if (status_ == TrainingStatus::kLoading && split_) set_up_first();
}

void TrainerWorker::take(const ReplayChanged& command) {
  replay_ = command.drawings;
  hand_over_replay();
  if (command.learn_now && learns_drawings_at_once()) begin_burst();
  publish();
}

// ---- table entries

void TrainerWorker::begin() {
  ensure_run();
  go_on();
}

void TrainerWorker::go_on() {
  ensure_run();
  at_rest_ = false;
  meter_.restart(Clock::now());
  set_status(TrainingStatus::kTraining);
}

void TrainerWorker::train_in_earnest() {
  // Training because of a drawing only: the person wants the real thing.
  if (!burst_) return;
  leave_burst();
  take(StartTraining{});
}

void TrainerWorker::finish_step_and_go_on() {
  leave_step();
  if (status_ == TrainingStatus::kPaused) go_on();
}

void TrainerWorker::another_round() {
  if (trainer_->steps_done() >= trainer_->total_steps()) {
    round_begin_epoch_ = static_cast<int>(trainer_->steps_done() / trainer_->steps_per_epoch());
    plan_epochs();
  }
  test_accuracy_.reset();
  go_on();
}

void TrainerWorker::recover_as_suggested() {
  recover(0);
}

void TrainerWorker::pause() {
  if (burst_) {
    finish_burst();
    return;
  }
  publish_snapshot();
  set_status(TrainingStatus::kPaused);
}

void TrainerWorker::open_step() {
  if (burst_) leave_burst();
  // Numbers of an evaluation under way must be of one set of weights.
  finish_evaluation_now();
  ensure_run();
  at_rest_ = false;
  slow_step_.emplace(*trainer_, network_, shown_sample_);
  status_ = TrainingStatus::kStepping;
  if (survive_failure()) return;
  publish_snapshot();
  set_status(TrainingStatus::kStepping);
}

void TrainerWorker::advance_step() {
  switch (slow_step_->phase()) {
    case StepPhase::kForward:
      slow_step_->show_loss();
      break;
    case StepPhase::kLoss:
      slow_step_->show_backward();
      break;
    case StepPhase::kBackward: {
      const auto result = slow_step_->update();
      if (survive_failure()) return;
      if (result.divergence) return diverge(*result.divergence);
      took_step(result, 0);
      after_step(result);
      publish_snapshot();
      install_what_waits();
      break;
    }
    case StepPhase::kUpdate:
      return open_step();
  }
  publish();
}

void TrainerWorker::leave_step() {
  if (!slow_step_->updated()) {
    const auto result = slow_step_->update();
    if (survive_failure()) return;
    if (result.divergence) return diverge(*result.divergence);
    took_step(result, 0);
    after_step(result);
  }
  slow_step_.reset();
  install_what_waits();
  const bool planned_done = trainer_->steps_done() >= trainer_->total_steps();
  publish_snapshot();
  set_status(planned_done && !job_ ? TrainingStatus::kFinished : TrainingStatus::kPaused);
}

void TrainerWorker::reset() {
  if (auto made = make_network(pending_.value_or(settings_), *split_); !made) {
    channels_.board.say(Kind::kError, fmt::format("Nothing was reset: {}", made.error().text()));
    return;
  }
  channels_.keeper.push(CheckpointSetAside{checkpoint_file()});
}

void TrainerWorker::reload() {
  problem_.clear();
  set_status(TrainingStatus::kLoading);
  if (auto read = read_data(data_folder_); !read) {
    fail(read.error().text());
  } else if (store_opened_) {
    set_up_first();
  }
}

void TrainerWorker::say_not_loaded() {
  channels_.board.say(Kind::kWarning, "The data set is still being read. Try again in a moment.");
}

void TrainerWorker::say_diverged() {
  channels_.board.say(Kind::kWarning, "Training has diverged. Recover it with a lower rate first.",
                      Message::Action::kRecover);
}

void TrainerWorker::say_failed() {
  channels_.board.say(Kind::kWarning, "There is no network to do this with. Open a data set or reset to try again.");
}

}  // namespace warpscope::session
