// session/learn_view.h: everything the Learn workspace shows, as immutable data. Floor 5.
// Built by the session's threads, read by the GUI. Parts that did not change are shared between views, so a view is
// cheap, and a panel may keep a part's pointer to see whether it changed. The pointers documented "never null" never
// are.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/drawings/drawing.h"
#include "compute/store/store.h"
#include "compute/training/augment.h"
#include "compute/training/inference.h"
#include "compute/training/trainer.h"

namespace warpscope::session {

enum class TrainingStatus {
  kLoading,  // data set being read
  kReady,    // fresh weights, nothing trained yet
  kTraining,
  kPaused,
  kStepping,  // "one step, slowly" is open
  kFinished,  // the planned epochs are done and the test set was read
  kDiverged,  // loss exploded; `divergence` says why, RecoverTraining goes on
  kFailed,    // data set or back end could not be had; `problem` says why
};

struct LearnSettings {
  std::string network = "cnn32";
  training::OptimizerSettings optimizer;
  training::ScheduleKind schedule = training::ScheduleKind::kConstant;
  float rate = 1e-3F;
  int batch = 64;
  int epochs = 5;
  training::Augmentation augmentation = training::mnist_augmentation();
  std::uint64_t seed = 1;
  bool operator==(const LearnSettings&) const = default;
};

struct TrainingView {
  TrainingStatus status = TrainingStatus::kLoading;
  LearnSettings settings;  // as they are in force
  std::optional<LearnSettings>
      pending;            // asked for, but needs a restart (network, batch, seed): "takes effect on reset"
  std::string data_name;  // "mnist"
  std::string backend;    // "cpu"
  std::string device;     // "CPU · 2 cores": for the badge
  int threads = 0;
  std::int64_t step = 0;
  std::int64_t total_steps = 0;  // of the planned epochs
  std::int64_t steps_per_epoch = 0;
  float epoch = 0;                // fractional, 2.62
  float rate_now = 0;             // what the schedule gives
  double samples_per_second = 0;  // over the last second
  double seconds_left = 0;        // of the planned epochs; 0 where unknown
  double seconds_trained = 0;
  float loss = 0;                                                             // smoothed
  float accuracy = 0;                                                         // smoothed, training
  std::optional<double> validation_loss, validation_accuracy, test_accuracy;  // newest
  int drawings_in_replay = 0;
  int learning_steps_left = 0;  // above 0: kTraining only to learn new drawings, then back to rest by itself
  std::optional<training::Divergence> divergence;
  std::string problem;
  std::int64_t run_id = 0;  // in the store; 0 while nothing is kept
};

// The growing curve of the present run. Train points come in chunks that never change once full.
struct CurveView {
  static constexpr int kChunk = 1024;
  std::vector<std::shared_ptr<const std::vector<store::CurvePoint>>> train;  // all but the last hold kChunk points
  std::vector<store::CurvePoint> smoothed;    // exponential, thinned to a few thousand points
  std::vector<store::CurvePoint> validation;  // a few an epoch
  std::size_t train_count() const;
  const store::CurvePoint& train_at(std::size_t index) const;
};

// What the network makes of the picture in front of it: the person's drawing, or an example while the pad is empty.
struct Probe {
  std::uint64_t drawing_version = 0;  // of the SetDrawing this answers; 0 for an example
  bool from_pad = false;              // false: an example of the validation set; the pad predicts nothing then
  int example_index = -1;
  int example_label = -1;
  std::shared_ptr<const training::NetworkSpec> network;    // never null
  std::shared_ptr<const training::Weights> weights;        // never null; the ones used
  std::shared_ptr<const training::Weights> start_weights;  // never null; of the run's start, to show what changed
  std::int64_t step = 0;                                   // training step of the weights
  drawings::DigitImage image{};
  std::vector<float> input;  // 0..1
  training::Activations activations;
  float milliseconds = 0;  // this inference took
};

struct GalleryItem {
  std::int64_t id = 0;
  int label = 0;
  int read_as = -1;  // by the newest evaluation of the drawings; -1 not yet
  float confidence = 0;
  drawings::DigitImage image{};
  std::shared_ptr<const drawings::Drawing> drawing;
  std::string created;
};
struct Gallery {
  std::vector<GalleryItem> items;  // newest first
};

// Validation: the numbers, and the pictures behind them.
struct EvaluationView {
  std::shared_ptr<const training::Evaluation> numbers;  // never null
  std::shared_ptr<const training::Dataset> validation;  // never null: pictures by index
  std::vector<int> most_wrong;  // indices of wrongly read pictures, the largest loss first (up to 200)
  std::int64_t step = 0;
  // Indices for a confusion cell, largest loss first.
  std::vector<int> pictures_of(int truth, int read_as) const;
};

// "One step, slowly": one training step in four phases. Later phases' parts are empty until reached.
enum class StepPhase { kForward, kLoss, kBackward, kUpdate };
struct StepTrace {
  StepPhase phase = StepPhase::kForward;
  std::int64_t step = 0;  // the one being made
  float rate = 0;
  std::string optimizer;  // "adam"
  std::shared_ptr<const training::NetworkSpec> network;
  std::shared_ptr<const training::Batch> batch;
  std::vector<float> losses;         // (n) from kLoss on
  std::vector<float> probabilities;  // (n, 10) from kForward on
  int correct = 0;
  float mean_loss = 0;
  int sample = 0;                                           // the one shown: SelectStepSample
  training::Activations activations;                        // of that sample, from kForward on
  std::shared_ptr<const training::Weights> before;          // from kForward on
  std::shared_ptr<const training::Weights> gradients;       // from kBackward on
  std::shared_ptr<const training::Weights> after;           // in kUpdate
  std::shared_ptr<const training::OptimizerState> moments;  // in kUpdate: as the optimiser left them
  double forward_ms = 0;
  double backward_ms = 0;  // with the forward pass it needs
  double update_ms = 0;
};

struct RunsView {
  std::vector<store::RunSummary> runs;  // newest first
  struct Compared {
    store::RunSummary summary;
    std::shared_ptr<const store::RunCurve> curve;
  };
  std::vector<Compared> compared;  // CompareRuns
};

// A line for the person. Shown as a toast and kept in the status bar's history.
struct Message {
  enum class Kind { kGood, kWarning, kError };
  std::uint64_t id = 0;  // goes up
  Kind kind = Kind::kGood;
  std::string text;  // "Drawing 24 saved as 7"
  enum class Action { kNone, kUndoLabel, kRetryStore, kRecover };
  Action action = Action::kNone;
};

struct LearnView {
  std::uint64_t version = 0;
  TrainingView training;
  std::shared_ptr<const CurveView> curves;           // never null
  std::shared_ptr<const Probe> probe;                // null only while kLoading
  std::shared_ptr<const Gallery> gallery;            // never null
  std::shared_ptr<const EvaluationView> evaluation;  // null before the first validation of the run
  std::shared_ptr<const StepTrace> step;             // null unless kStepping
  std::shared_ptr<const RunsView> runs;              // never null
  std::vector<Message> messages;                     // the last 50, oldest first
  bool store_ok = true;                              // false: drawings are only in memory until RetryStore
  std::filesystem::path data_dir;
};

}  // namespace warpscope::session
