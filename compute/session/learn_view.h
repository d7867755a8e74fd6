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
#include "compute/session/launch_request.h"
#include "compute/session/message.h"
#include "compute/store/store.h"
#include "compute/training/augment.h"
#include "compute/training/inference.h"
#include "compute/training/step_plan.h"
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
  std::string backend = "auto";  // "cpu", "cuda", "virtual"; auto: a GPU where there is one, else the CPU
  training::Precision precision = training::Precision::kF32;  // of the matrix products; the CPU knows f32 only
  bool operator==(const LearnSettings&) const = default;
};

// A back end that this machine has, or why it has not.
struct BackendChoice {
  training::BackendKind kind = training::BackendKind::kCpu;
  std::string name;    // "CPU · 2 cores", "NVIDIA H100 80GB HBM3", "Virtual GPU · 2 cores"
  bool there = false;  // can be chosen
  std::string why;     // a sentence: why it is taken by auto, or why it cannot be had
  bool bf16 = false;   // it has tensor cores for bf16; f16 works on every GPU
};

struct TrainingView {
  TrainingStatus status = TrainingStatus::kLoading;
  LearnSettings settings;  // as they are in force
  std::optional<LearnSettings>
      pending;              // asked for, but needs a restart (network, batch, seed): "takes effect on reset"
  std::string data_name;    // "mnist"
  std::string backend;      // "cpu", "cuda", "virtual": the one that trains now
  std::string device;       // "CPU · 2 cores": for the badge
  std::string backend_why;  // a sentence: why this one, or what happened to the one before
  // Never null; empty until they were looked for.
  std::shared_ptr<const std::vector<BackendChoice>> backends = std::make_shared<const std::vector<BackendChoice>>();
  training::PhaseTimes phases;  // of the newest measured step
  bool switching = false;       // another back end is being set up
  int batch_that_fits = 0;      // memory ran out: this batch would fit; 0: it did not
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

// The same network and batches on several back ends, one after the other.
struct BackendMeasurement {
  training::BackendKind kind = training::BackendKind::kCpu;
  training::Precision precision = training::Precision::kF32;
  std::string device;
  std::string problem;  // why there is no measurement; "" else
  bool done = false;
  double samples_per_second = 0;
  double seconds_a_step = 0;  // median
  training::PhaseTimes phases;
  double loss = 0;      // of the last step: all begin with the same weights and see the same batches
  double accuracy = 0;  // afterwards, of the first validation pictures, 0..1
};
struct BackendComparison {
  std::string network;
  int batch = 0;
  int steps = 0;      // that each has made
  int validated = 0;  // pictures that `accuracy` is of
  bool running = false;
  std::vector<BackendMeasurement> rows;  // the CPU first
};

// "The microscope": a training step that was frozen, launch by launch.
struct TensorPicture {
  int width = 0, height = 0;
  std::vector<float> values;  // (height, width); NaN where there is nothing
};
struct MicroscopeTensor {
  std::string name;      // "layer 0 weight"
  std::string argument;  // as the kernel calls it
  std::string shape;     // "64 × 5,408"
  std::string type;      // "f32"
  bool writes = false;
  // Of what was read, or for one that is written of what was left there. Of f32 and counts.
  float least = 0, greatest = 0, mean = 0;
  std::size_t not_finite = 0;
  std::shared_ptr<const TensorPicture> picture;  // of some of its numbers; null: there are too few
};
struct MicroscopeLaunch {
  std::string kernel, file;  // "dense_forward_tiled", "train_dense_tiled"
  std::string title, idea;   // of the catalogue
  std::string about;         // "Dense 5,408 → 64, with relu"
  std::string shapes;        // "64 × 5,408 → 64 × 64"
  training::LaunchPhase phase = training::LaunchPhase::kForward;
  int layer = -1;
  base::Dim3 grid, block;
  std::uint64_t shared_bytes = 0;
  int registers = 0;
  double seconds = 0;
  double occupancy = 0;  // theoretical, 0..1, on MicroscopeView::gpu
  std::string limiter;   // what limits it; "" nothing
  std::vector<MicroscopeTensor> tensors;
};
struct MicroscopeView {
  enum class State : std::uint8_t { kFreezing, kReady, kFailed };
  State state = State::kFreezing;
  std::uint64_t id = 0;  // goes up with every step that is frozen
  std::string problem;
  int done = 0, all = 0;  // launches, while freezing
  std::int64_t step = 0;  // of training: the one that was to come
  std::string network;
  int samples = 0;
  std::string device;     // that made it, and timed it
  bool measured = false;  // on a real GPU; else the host's time for the virtual one
  std::string gpu;        // occupancy is for this one
  float loss = 0;
  int correct = 0;
  training::PhaseTimes phases;
  std::vector<MicroscopeLaunch> launches;
};

struct LearnView {
  std::uint64_t version = 0;
  TrainingView training;
  std::shared_ptr<const CurveView> curves;              // never null
  std::shared_ptr<const Probe> probe;                   // null only while kLoading
  std::shared_ptr<const Gallery> gallery;               // never null
  std::shared_ptr<const EvaluationView> evaluation;     // null before the first validation of the run
  std::shared_ptr<const StepTrace> step;                // null unless kStepping
  std::shared_ptr<const RunsView> runs;                 // never null
  std::shared_ptr<const BackendComparison> comparison;  // null: none was asked for
  std::shared_ptr<const MicroscopeView> microscope;     // null: nothing is frozen
  std::optional<StepRequest> launch_to_step;            // newest answer to OpenLaunch with kStep
  std::optional<MapRequest> launch_to_map;              // with kMap
  std::vector<Message> messages;                        // the last 50, oldest first
  bool store_ok = true;                                 // false: drawings are only in memory until RetryStore
  std::filesystem::path data_dir;
};

}  // namespace warpscope::session
