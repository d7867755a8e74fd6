// session/learn_commands.h: everything a person can ask of the Learn workspace. Floor 5. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "compute/session/learn_view.h"

namespace warpscope::session {

// Training.
struct StartTraining {};  // from kReady, kPaused or kFinished (another round of the planned epochs)
struct PauseTraining {};
struct ResetTraining {};  // fresh weights; pending settings take effect
struct ApplySettings {    // what can change while it runs does; the rest becomes `pending`
  static constexpr bool kReplacesOlder = true;
  LearnSettings settings;
};
struct RecoverTraining {
  float rate = 0;
};  // after kDiverged: last good weights, this rate

// One step, slowly.
struct AdvanceStep {};  // opens it, or goes to the next phase; after kUpdate begins the next step
struct LeaveStep {};    // finishes the step and goes back to kPaused
struct SelectStepSample {
  static constexpr bool kReplacesOlder = true;
  int sample = 0;
};

// The microscope: freezes the step to come, beside the training. Training goes on or stays as it is.
struct FreezeStep {};
struct LeaveMicroscope {};
enum class LaunchTarget : std::uint8_t { kStep, kMap };
struct OpenLaunch {
  std::uint64_t id = 0;  // comes back in StepRequest or MapRequest; goes up
  int launch = 0;        // of MicroscopeView::launches
  LaunchTarget target = LaunchTarget::kStep;
};

// The CPU, the GPU (or the virtual one) and its precisions: the same network, the same batches. Training rests
// meanwhile.
struct CompareBackends {};
struct StopComparing {};  // and forgets it

// Drawing. `version` comes back in Probe::drawing_version.
struct SetDrawing {
  static constexpr bool kReplacesOlder = true;
  std::uint64_t version = 0;
  drawings::Drawing drawing;
};
struct ShowExample {  // a validation picture while the pad is empty; -1: the next one
  static constexpr bool kReplacesOlder = true;
  int index = -1;
};
struct LabelDrawing {  // stores it at once; joins training at once
  int label = 0;
  drawings::Drawing drawing;
};
struct RelabelDrawing {
  std::int64_t id = 0;
  int label = 0;
};
struct DeleteDrawing {
  std::int64_t id = 0;
};
struct UndoGallery {};  // takes back the newest label, relabel or delete
struct ExportDrawings {
  std::filesystem::path folder;
};
struct ImportDrawings {
  std::filesystem::path folder;
};
struct RetryStore {};  // after a full disk or a read-only folder

// Runs.
struct CompareRuns {
  std::vector<std::int64_t> ids;
};  // the ones drawn behind the present curve
struct RenameRun {
  std::int64_t id = 0;
  std::string name;
};
struct DeleteRun {
  std::int64_t id = 0;
};
struct ExportCurve {
  std::filesystem::path csv;
};  // of the present run
struct SaveWeights {
  std::filesystem::path file;
};
struct LoadWeights {
  std::filesystem::path file;
};
struct OpenDataset {
  std::filesystem::path folder;
};  // another IDX folder; resets

using LearnCommand =
    std::variant<StartTraining, PauseTraining, ResetTraining, ApplySettings, RecoverTraining, AdvanceStep, LeaveStep,
                 SelectStepSample, FreezeStep, LeaveMicroscope, OpenLaunch, CompareBackends, StopComparing, SetDrawing,
                 ShowExample, LabelDrawing, RelabelDrawing, DeleteDrawing, UndoGallery, ExportDrawings, ImportDrawings,
                 RetryStore, CompareRuns, RenameRun, DeleteRun, ExportCurve, SaveWeights, LoadWeights, OpenDataset>;

}  // namespace warpscope::session
