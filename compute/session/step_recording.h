// session/step_recording.h: makes a run that can be travelled through, and moments of it. Floor 5. The worker's thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/device/virtual_device.h"
#include "compute/session/step_view.h"
#include "compute/trace/shared_writers.h"
#include "compute/trace/timeline.h"

namespace warpscope::session {

// What a run is made from.
struct RecordingInput {
  std::shared_ptr<const StepSource> source;
  std::shared_ptr<const ptx::Module> module;
  std::string compiler;
  double compile_seconds = 0;
  StepLaunch launch;
  vgpu::Schedule schedule;
  std::vector<trace::Edit> edits;      // in order of time
  std::vector<StepEdit> edit_texts{};  // the same, for people
};

// A run with what it takes to travel through it.
struct Recording {
  std::shared_ptr<const StepRun> run;
  std::unique_ptr<trace::Timeline> timeline;
  std::unique_ptr<trace::SharedWriters> shared_writers;
};

struct RecordingControl {
  const std::atomic<bool>* stop = nullptr;              // ends the recording; what there is is kept
  std::function<void(std::uint64_t steps)> progress{};  // now and then
};

// Errors say what is wrong with the launch, or which instruction cannot be executed.
tl::expected<Recording, std::vector<StepProblem>> record_run(const RecordingInput& input, std::uint64_t id,
                                                             const RecordingControl& control = {});

// The moment at a position, as it looks to who follows `followed`. `before`: the moment shown before; may be null.
std::shared_ptr<const StepMoment> make_moment(const Recording& recording, trace::Position position,
                                              trace::WarpIndex followed, const StepMoment* before);

// What a person may fill in for a kernel of a module: its parameters with their types, guessed values, and a launch to
// begin with. `shipped` brings its own.
StepLaunch default_launch(const ptx::Module& module, const std::string& kernel, const kernels::Kernel* shipped);
// The same kernel after its text has changed: what a person filled in stays where the parameter is still there.
StepLaunch with_values_of(StepLaunch launch, const StepLaunch& before);

}  // namespace warpscope::session
