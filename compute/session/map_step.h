// session/map_step.h: a block of the SM map as a launch that Step can open. Floor 5. Reads and compiles a source.
#pragma once

#include <atomic>

#include "compute/session/map_code.h"
#include "compute/session/map_commands.h"

namespace warpscope::session {

// Only this block is recorded: the whole grid would be too long. The error says what the grid has instead.
base::Result<StepRequest> map_step(const MapPlan& plan, const MapCode& code, const PrepareMapStep& question,
                                   const std::atomic<bool>* stop = nullptr);

}  // namespace warpscope::session
