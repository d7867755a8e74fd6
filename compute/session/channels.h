// session/channels.h: what the session's threads say to each other, and to the view. Floor 5. Plain data and
// queues.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compute/base/command_queue.h"
#include "compute/session/learn_backends.h"
#include "compute/session/learn_commands.h"
#include "compute/session/view_board.h"
#include "compute/training/safetensors.h"

namespace warpscope::session {

// The network as it is at a step: what the reader reads with.
struct NetworkSnapshot {
  std::shared_ptr<const training::NetworkSpec> network;
  std::shared_ptr<const training::Weights> weights;
  std::shared_ptr<const training::Weights> start_weights;
  std::shared_ptr<const training::Dataset> validation;
  std::int64_t step = 0;
};

// A drawing as the reader and the trainer need it.
struct DrawingPicture {
  std::int64_t id = 0;
  int label = 0;
  drawings::DigitImage image{};
};
using DrawingPictures = std::shared_ptr<const std::vector<DrawingPicture>>;

struct Stop {};  // the last command of a thread

// To the trainer.
struct StoreOpened {  // the first thing the keeper says; without it the trainer does not know what to go on from
  std::optional<training::Checkpoint> checkpoint;
  std::optional<store::RunSummary> run;          // the stored run that the checkpoint belongs to
  std::shared_ptr<const store::RunCurve> curve;  // of that run
};
struct ReplayChanged {
  DrawingPictures drawings;  // all of them
  bool learn_now = false;    // there is something new to learn among them
};
struct BackendsFound {
  std::shared_ptr<const std::vector<BackendChoice>> backends;
};
struct ComparisonReport {  // whenever a row was added; `comparison->running` is false in the last one
  std::uint64_t id = 0;
  std::shared_ptr<const BackendComparison> comparison;
};
using TrainerCommand = std::variant<StartTraining, PauseTraining, ResetTraining, ApplySettings, RecoverTraining,
                                    AdvanceStep, LeaveStep, SelectStepSample, FreezeStep, LeaveMicroscope,
                                    CompareBackends, StopComparing, SaveWeights, LoadWeights, OpenDataset, StoreOpened,
                                    ReplayChanged, BackendsFound, BackendOutcome, ComparisonReport, Stop>;

// To the microscope.
struct StepToFreeze {
  std::uint64_t id = 0;
  std::shared_ptr<const std::atomic<bool>> stop;  // set where it is no longer wanted
  WantedBackend trains;                           // what the step would be made on
  int threads = 0;
  std::int64_t step = 0;  // its number
  training::NetworkSpec network;
  training::OptimizerSettings optimizer;
  training::Trainer::StepToCome to_come;
};
using MicroscopeCommand = std::variant<StepToFreeze, LeaveMicroscope, OpenLaunch, Stop>;

// To the reader.
struct SnapshotMade {
  static constexpr bool kReplacesOlder = true;
  std::shared_ptr<const NetworkSnapshot> snapshot;
};
struct PicturesChanged {
  static constexpr bool kReplacesOlder = true;
  DrawingPictures drawings;
};
using ReaderCommand = std::variant<SetDrawing, ShowExample, SnapshotMade, PicturesChanged, Stop>;

// To the keeper. `ticket` names a run within this session: the store's id is known only once the run could be written.
struct RunBegun {
  int ticket = 0;
  store::RunSettings settings;
};
struct RunResumed {
  int ticket = 0;
  std::int64_t run_id = 0;
};
struct RunTrainsOn {  // another back end than before
  int ticket = 0;
  std::string backend;
};
struct RunLeft {};  // reset: what follows belongs to another run
struct EpochFinished {
  int ticket = 0;
  store::EpochRecord record;
  std::vector<store::CurvePoint> train, validation;  // since the last epoch
};
struct TestRead {
  int ticket = 0;
  double accuracy = 0;
};
struct CheckpointMade {
  std::filesystem::path file;
  std::shared_ptr<const training::Checkpoint> checkpoint;
};
struct CheckpointSetAside {  // training begins anew: the old network must not come back at the next start, nor be lost
  std::filesystem::path file;
};
struct WeightsToSave {  // an export the person asked for
  std::filesystem::path file;
  std::shared_ptr<const training::Checkpoint> checkpoint;
};
struct Reading {
  std::int64_t id = 0;
  int digit = 0;
  float confidence = 0;
};
struct ReadingsMade {
  std::vector<Reading> readings;
};
using KeeperCommand =
    std::variant<LabelDrawing, RelabelDrawing, DeleteDrawing, UndoGallery, ExportDrawings, ImportDrawings, RetryStore,
                 CompareRuns, RenameRun, DeleteRun, ExportCurve, RunBegun, RunResumed, RunTrainsOn, RunLeft,
                 EpochFinished, TestRead, CheckpointMade, CheckpointSetAside, WeightsToSave, ReadingsMade, Stop>;

struct Channels {
  Channels(std::filesystem::path data_dir, std::function<void()> wake) : board(std::move(data_dir), std::move(wake)) {}

  base::CommandQueue<TrainerCommand> trainer;
  base::CommandQueue<ReaderCommand> reader;
  base::CommandQueue<KeeperCommand> keeper;
  base::CommandQueue<MicroscopeCommand> microscope;
  ViewBoard board;
  std::atomic<bool> stopping{false};  // trainer, reader and microscope stop at once; the keeper first writes what waits
};

}  // namespace warpscope::session
