// step_handover.h: a launch that another workspace has prepared goes to Step. Floor 8. GUI thread.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::app {

// Opens it there, follows the warp that is meant to where it has begun, and shows Step.
void open_in_step(const session::StepRequest& wanted, panels::UiState& ui,
                  std::vector<session::StepCommand>& step_commands);

}  // namespace warpscope::app
