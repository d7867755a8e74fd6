// session/step_breakpoints.h: where a run stops for breakpoints and watchpoints. Floor 5. The worker's thread.
#pragma once

#include "compute/session/step_navigation.h"

namespace warpscope::session {

// The next (or last) stop of any breakpoint. Lines and pcs stop any warp, before its instruction. A watched variable is
// the followed warp's: forwards it stops behind the step that changed it, backwards before it. Watched memory stops
// likewise around a write of any thread.
base::Result<Found> find_breakpoint(const Search& search, trace::Position from, trace::WarpIndex followed,
                                    trace::Direction direction);

// Why a breakpoint cannot work in this run; "" where it can.
std::string problem_of(const StepBreakpoint& breakpoint, const StepRun& run, const StepMoment* moment);

}  // namespace warpscope::session
