// session/trainer_setup.cpp: the part of the trainer's thread that makes networks: from a seed, a checkpoint, or a
// file.
#include <fmt/format.h>

#include "compute/session/settings_rules.h"
#include "compute/session/trainer_worker.h"

namespace warpscope::session {

using Kind = Message::Kind;

namespace {

base::Result<training::NetworkSpec> network_for(const std::string& name, training::Shape input) {
  return training::find_network(name).and_then(
      [&](training::NetworkSpec found) { return training::with_input(std::move(found), input); });
}

// Nothing was asked for but, perhaps, where to train.
bool is_as_usual(const LearnSettings& settings) {
  LearnSettings usual;
  usual.backend = settings.backend;
  usual.precision = settings.precision;
  return settings == usual;
}

}  // namespace

base::Result<void> TrainerWorker::read_data(const std::filesystem::path& folder) {
  auto split = training::read_split(folder);
  if (!split) return tl::unexpected(split.error());
  split_ = std::move(*split);
  return {};
}

void TrainerWorker::set_up_first() {
  if (auto made = make_network(settings_, *split_); !made) {
    fail(made.error().text());
    return;
  }
  if (last_time_) try_resume();
  last_time_.reset();
  if (start_when_loaded_) take(StartTraining{});
  start_when_loaded_ = false;
}

void TrainerWorker::fail(std::string problem) {
  problem_ = std::move(problem);
  channels_.board.say(Kind::kError,
                      fmt::format("Training cannot begin: {} Open another data set, or reset to try again.", problem_));
  set_status(TrainingStatus::kFailed);
}

base::Result<void> TrainerWorker::make_network(const LearnSettings& settings, training::DataSplit split) {
  if (auto sensible = check_settings(settings); !sensible) return sensible;
  auto spec = network_for(settings.network, split.train->shape);
  if (!spec) return tl::unexpected(spec.error());
  // On the CPU, which is there at once; another back end takes over as soon as it is set up.
  auto trainer = training::Trainer::create(trainer_settings(settings, *spec, options_.threads), split.train);
  if (!trainer) return tl::unexpected(trainer.error());

  forget_run();
  settings_ = settings;
  split_ = std::move(split);
  network_ = std::make_shared<const training::NetworkSpec>(std::move(*spec));
  trainer_ = std::move(*trainer);
  start_weights_ = std::make_shared<const training::Weights>(trainer_->backend().weights());
  hand_over_replay();
  choose();
  publish_snapshot();
  set_status(TrainingStatus::kReady);
  return {};
}

void TrainerWorker::forget_run() {
  slow_step_.reset();
  job_.reset();
  burst_.reset();
  pending_.reset();
  divergence_.reset();
  at_rest_ = false;
  round_begin_epoch_ = 0;
  if (run_begun_) channels_.keeper.push(RunLeft{});
  run_begun_ = false;
  curve_.clear();
  epoch_ = {};
  seconds_trained_ = 0;
  validation_loss_.reset();
  validation_accuracy_.reset();
  test_accuracy_.reset();
  evaluation_.reset();
  waiting_backend_.reset();
  settings_before_.reset();
  newest_checkpoint_.reset();
  batch_that_fits_ = 0;
  target_ = {};
  ++last_order_;  // what is being set up is for another network
}

bool TrainerWorker::fits_what_was_asked(const training::Checkpoint& checkpoint) const {
  // Who asked for nothing in particular gets the network of last time, whichever it was.
  if (is_as_usual(settings_)) return true;
  return checkpoint.network == settings_.network && checkpoint.seed == settings_.seed;
}

void TrainerWorker::try_resume() {
  if (!last_time_->checkpoint || data_folder_ != options_.mnist_dir) return;
  const training::Checkpoint& checkpoint = *last_time_->checkpoint;
  if (!fits_what_was_asked(checkpoint)) return;
  LearnSettings settings = settings_;
  settings.network = checkpoint.network;
  settings.seed = checkpoint.seed;
  if (last_time_->run && is_as_usual(settings_)) {
    if (const auto stored = settings_of(last_time_->run->settings)) settings = *stored;
    settings.backend = settings_.backend;  // where to train belongs to this start, not to the run
    settings.precision = settings_.precision;
  }
  if (needs_restart(settings_, settings)) {
    if (auto made = make_network(settings, *split_); !made) return;
  } else {
    apply_live(settings);
  }
  auto resumed = go_on_from(checkpoint, last_time_->run ? &*last_time_->run : nullptr);
  if (!resumed) {
    channels_.board.say(Kind::kWarning, fmt::format("The network of last time could not be taken up again: {}",
                                                    resumed.error().text()));
    return;
  }
  channels_.board.say(Kind::kGood, fmt::format("Your {} of last time is here again, at step {}.", settings_.network,
                                               trainer_->steps_done()));
}

base::Result<void> TrainerWorker::go_on_from(const training::Checkpoint& checkpoint, const store::RunSummary* run) {
  if (auto loaded = trainer_->load(checkpoint.weights, checkpoint.optimizer, checkpoint.step); !loaded) return loaded;
  if (run != nullptr) {
    round_begin_epoch_ = std::max(0, run->epochs_done - settings_.epochs);
    curve_.restore(*last_time_->curve);
    test_accuracy_ = run->test_accuracy;
    for (const store::EpochRecord& epoch : last_time_->curve->epochs) seconds_trained_ += epoch.seconds;
    run_begun_ = true;
    channels_.keeper.push(RunResumed{++ticket_, run->id});
  }
  plan_epochs();
  at_rest_ = true;
  publish_snapshot();
  set_status(trainer_->steps_done() >= trainer_->total_steps() ? TrainingStatus::kFinished : TrainingStatus::kPaused);
  begin_evaluation(Purpose::kLoaded, false);
  return {};
}

void TrainerWorker::take(const LoadWeights& command) {
  if (!trainer_) {
    status_ == TrainingStatus::kFailed ? say_failed() : say_not_loaded();
    return;
  }
  auto checkpoint = training::load_checkpoint(command.file);
  if (!checkpoint) {
    channels_.board.say(Kind::kError, checkpoint.error().text());
    return;
  }
  LearnSettings settings = pending_.value_or(settings_);
  settings.network = checkpoint->network;
  settings.seed = checkpoint->seed;
  // Before anything is given up for it.
  auto fits = network_for(settings.network, split_->train->shape).and_then([&](const training::NetworkSpec& network) {
    return training::check_fit(network, checkpoint->weights);
  });
  if (fits) fits = make_network(settings, *split_);
  if (fits) {
    // Trained elsewhere: what is planned counts as done, and Start makes another round.
    checkpoint->step = trainer_->total_steps();
    fits = go_on_from(*checkpoint, nullptr);
  }
  if (!fits) {
    channels_.board.say(Kind::kError, fmt::format("{}: {}", command.file.string(), fits.error().text()));
    return;
  }
  start_weights_ = std::make_shared<const training::Weights>(trainer_->backend().weights());
  publish_snapshot();
  channels_.keeper.push(CheckpointSetAside{checkpoint_file()});
  channels_.board.say(Kind::kGood,
                      fmt::format("{} loaded from {}.", settings_.network, command.file.filename().string()));
}

void TrainerWorker::apply_live(const LearnSettings& asked) {
  if (asked.rate != settings_.rate) trainer_->set_rate(asked.rate);
  if (!(asked.optimizer == settings_.optimizer)) trainer_->set_optimizer(asked.optimizer);
  if (asked.schedule != settings_.schedule) trainer_->set_schedule(asked.schedule);
  if (!(asked.augmentation == settings_.augmentation)) trainer_->set_augmentation(asked.augmentation);
  const bool replanned = asked.epochs != settings_.epochs;
  const bool moved = asked.backend != settings_.backend || asked.precision != settings_.precision;
  if (moved && !settings_before_) settings_before_ = {settings_.backend, settings_.precision};
  LearnSettings now = asked;
  now.network = settings_.network;
  now.batch = settings_.batch;
  now.seed = settings_.seed;
  settings_ = now;
  if (replanned) plan_epochs();
  if (moved) choose();
}

void TrainerWorker::plan_epochs() {
  // Fewer epochs than were begun: the one under way is the last.
  const std::int64_t per_epoch = trainer_->steps_per_epoch();
  const auto begun = static_cast<int>((trainer_->steps_done() + per_epoch - 1) / per_epoch);
  const bool resting = status_ == TrainingStatus::kFinished || burst_.has_value();
  const int planned = round_begin_epoch_ + settings_.epochs;
  trainer_->set_epochs(resting ? planned : std::max(planned, begun));
}

std::filesystem::path TrainerWorker::checkpoint_file() const {
  // Only the data set the program starts with is there at the next start.
  const bool usual = data_folder_ == options_.mnist_dir;
  return options_.data_dir /
         (usual ? std::string("checkpoint.safetensors") : fmt::format("checkpoint-{}.safetensors", split_->name));
}

std::shared_ptr<training::Checkpoint> TrainerWorker::make_checkpoint() {
  training::Weights weights = weights_now();
  auto checkpoint = std::make_shared<training::Checkpoint>();
  checkpoint->network = settings_.network;
  checkpoint->seed = settings_.seed;
  checkpoint->accuracy = validation_accuracy_.value_or(0);
  checkpoint->step = trainer_->steps_done();
  checkpoint->weights = std::move(weights);
  checkpoint->optimizer = trainer_->backend().optimizer_state();
  return checkpoint;
}

}  // namespace warpscope::session
