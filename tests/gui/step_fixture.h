// A real recorded run of a shipped kernel, as panels see it, without a session or a thread.
#pragma once

#include <memory>
#include <string>

#include "compute/session/step_recording.h"

namespace warpscope::tests {

class StepFixture {
 public:
  // Opens and records it; fails the test where that cannot be done. Any scheduler; the catalogue's launch.
  explicit StepFixture(const std::string& kernel, vgpu::Schedule schedule = {vgpu::WarpScheduler::kRoundRobin, 0});

  // The session's view at a position; the view of the call before is what things changed from.
  session::StepView at(trace::Position position, trace::WarpIndex followed = 0);
  // At the n-th step (from 0) of the followed warp whose pc is on this line.
  session::StepView at_line(int line, trace::WarpIndex followed = 0, int n = 0);

  const session::StepRun& run() const { return *recording_.run; }
  const session::Recording& recording() const { return recording_; }

 private:
  session::Recording recording_;
  session::StepView view_;
};

}  // namespace warpscope::tests
