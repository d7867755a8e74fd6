// session/trainer_worker.h: the thread that trains. Floor 5.
// It works in chunks of a training step or several (about 10 ms), or a few hundred evaluated pictures, and looks for
// commands in between; with nothing to do it waits on its queue. What each command does in each status is the table in
// trainer_worker.cpp.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "compute/session/channels.h"
#include "compute/session/curve_recorder.h"
#include "compute/session/learn_compare.h"
#include "compute/session/learn_session.h"
#include "compute/session/progress_meter.h"
#include "compute/session/slow_step.h"

namespace warpscope::session {

class TrainerWorker {
 public:
  TrainerWorker(const LearnOptions& options, Channels& channels);
  ~TrainerWorker();
  void run();  // the thread; returns soon after Channels::stopping

  using Action = void (TrainerWorker::*)();
  static constexpr std::size_t kStatuses = 8;
  using Row = std::array<Action, kStatuses>;  // by TrainingStatus; null: nothing to do
  struct Table;                               // of the commands without arguments

 private:
  using Clock = std::chrono::steady_clock;

  // What an evaluation is for decides what follows it.
  enum class Purpose { kQuarter, kEpochEnd, kTest, kLoaded, kBurstEnd };
  struct EvaluationJob {
    training::Evaluator evaluator;
    std::shared_ptr<const training::Dataset> pictures;
    Purpose purpose = Purpose::kQuarter;
    bool run_ended = false;
  };
  // A short training because of new drawings, after which the network rests again.
  struct Burst {
    TrainingStatus rest = TrainingStatus::kFinished;
    int steps_left = 0;
    Clock::time_point until{};
  };
  // What the network was before it, to judge and to soften what it forgot.
  struct BeforeBurst {
    training::Weights weights;
    double accuracy = 0;  // validation; 0 where unknown
    int steps_back = 0;
  };
  // Of the settings, what says on what is trained.
  struct WantedSettings {
    std::string backend;
    training::Precision precision;
  };
  // Of the epoch under way.
  struct EpochSums {
    double loss = 0;
    std::int64_t correct = 0;
    std::int64_t samples = 0;
    double seconds = 0;
  };

  // Commands (trainer_worker.cpp).
  void act(const Row& row);
  void act_needs_network();  // says why, where there is none
  void take(const StartTraining&);
  void take(const PauseTraining&);
  void take(const ResetTraining&);
  void take(const AdvanceStep&);
  void take(const LeaveStep&);
  void take(const RecoverTraining& command);
  void take(const SelectStepSample& command);
  void take(const ApplySettings& command);
  void take(const FreezeStep&);
  void take(const LeaveMicroscope&);
  void take(const CompareBackends&);
  void take(const StopComparing&);
  void take(const SaveWeights& command);
  void take(const LoadWeights& command);
  void take(const OpenDataset& command);
  void take(StoreOpened& command);
  void take(const ReplayChanged& command);
  void take(const BackendsFound& found);
  void take(BackendOutcome& outcome);
  void take(const ComparisonReport& report);
  void take(const Stop&) {}

  // Table entries.
  void start_once_loaded() { start_when_loaded_ = true; }
  void forget_start() { start_when_loaded_ = false; }
  void begin();
  void go_on();
  void train_in_earnest();
  void finish_step_and_go_on();
  void another_round();
  void recover_as_suggested();
  void pause();
  void open_step();
  void advance_step();
  void leave_step();
  void reset();
  void reload();
  void say_not_loaded();
  void say_diverged();
  void say_failed();

  // Set-up (trainer_setup.cpp).
  base::Result<void> read_data(const std::filesystem::path& folder);
  void set_up_first();
  base::Result<void> make_network(const LearnSettings& settings, training::DataSplit split);
  void try_resume();
  bool fits_what_was_asked(const training::Checkpoint& checkpoint) const;
  base::Result<void> go_on_from(const training::Checkpoint& checkpoint, const store::RunSummary* run);
  void forget_run();
  void apply_live(const LearnSettings& asked);
  void plan_epochs();
  std::filesystem::path checkpoint_file() const;
  std::shared_ptr<training::Checkpoint> make_checkpoint();
  void fail(std::string problem);

  // Training (trainer_run.cpp).
  bool has_work() const;
  void work();
  void evaluate_some();
  void train_some();
  int steps_to_boundary() const;
  void took_step(const training::StepResult& result, double seconds);
  void after_step(const training::StepResult& result);
  void diverge(const training::Divergence& divergence);
  void recover(float rate);
  void begin_evaluation(Purpose purpose, bool run_ended);
  void begin_test();
  void finish_evaluation_now();
  void evaluation_done();
  void show_evaluation(const EvaluationJob& job);
  void keep_epoch();
  void finish_run(std::optional<double> test_accuracy);
  void keep_checkpoint();
  void ensure_run();

  // What trains (trainer_backends.cpp).
  bool is_looking() const { return backends_->empty(); }
  bool is_switching() const;
  void look_for_backends();
  void choose();  // as the settings say; where that cannot be had they are put back
  void aim(const ChosenBackend& chosen);
  void begin_setup();
  BackendOrder order_for(const WantedBackend& wanted);
  void install_what_waits();
  void note_backend();
  void keep_the_present(const std::string& problem, int batch_that_fits);
  void put_settings(const std::string& backend, training::Precision precision);
  // True where the back end could do no more, as it says or as `told`: the CPU goes on from the newest safe weights.
  bool survive_failure(std::optional<training::BackendFailure> told = {});
  void go_on_from_safe_weights(std::int64_t failed_at);
  void rest_without_memory(const WantedBackend& failed, const std::string& name, const std::string& message);
  training::Weights weights_now();
  void forget_freezing();

  // Drawings in training (trainer_replay.cpp).
  void hand_over_replay();
  bool learns_drawings_at_once() const;
  void begin_burst();
  void set_burst_rate();  // of the next step
  void leave_burst();
  void finish_burst();
  void burst_judged();
  void say_what_was_learned();

  // What is shown (trainer_publish.cpp).
  void set_status(TrainingStatus status);
  void publish();
  void publish_now_and_then();
  void publish_snapshot();
  TrainingView training_view();

  const LearnOptions options_;
  Channels& channels_;

  TrainingStatus status_ = TrainingStatus::kLoading;
  LearnSettings settings_;
  std::optional<LearnSettings> pending_;
  std::filesystem::path data_folder_;
  std::optional<training::DataSplit> split_;
  std::optional<StoreOpened> last_time_;  // until the first network is made
  bool store_opened_ = false;
  bool start_when_loaded_ = false;
  bool at_rest_ = false;  // kPaused because the program was closed, not because the person paused

  std::shared_ptr<const training::NetworkSpec> network_;
  std::unique_ptr<training::Trainer> trainer_;
  std::shared_ptr<const training::Weights> start_weights_;
  int round_begin_epoch_ = 0;  // epochs done when the present round of planned epochs began

  std::shared_ptr<const std::vector<BackendChoice>> backends_;  // never null; empty until they were looked for
  std::thread looking_;
  WantedBackend target_;  // what should train
  std::string target_why_, backend_why_;
  // To go back to where what was asked for cannot be had; empty where nobody asked.
  std::optional<WantedSettings> settings_before_;
  std::uint64_t last_order_ = 0;
  std::unique_ptr<training::Backend> waiting_backend_;  // ready, but a slow step is open
  int batch_that_fits_ = 0;
  std::shared_ptr<const training::Checkpoint> newest_checkpoint_;  // of this run
  std::shared_ptr<std::atomic<bool>> freezing_;                    // set to stop it; null: nothing is frozen
  std::uint64_t last_freeze_ = 0, last_comparison_ = 0;
  std::shared_ptr<const BackendComparison> comparison_;

  std::optional<SlowStep> slow_step_;
  int shown_sample_ = 0;
  std::optional<EvaluationJob> job_;
  std::optional<Burst> burst_;
  DrawingPictures replay_;
  std::optional<training::Divergence> divergence_;
  std::string problem_;

  int ticket_ = 0;
  bool run_begun_ = false;
  CurveRecorder curve_;
  EpochSums epoch_;
  ProgressMeter meter_;
  double seconds_trained_ = 0;
  std::shared_ptr<const EvaluationView> evaluation_;
  std::optional<double> validation_loss_, validation_accuracy_, test_accuracy_;
  BeforeBurst before_burst_;
  Clock::time_point last_publish_{};
  Clock::time_point last_snapshot_{};

  // Last, so that their threads end before what they speak to.
  BackendSetup setup_;
  BackendComparer comparer_;
};

}  // namespace warpscope::session
