// learn_link.h: ties Learn to the rest of the window: launches of a frozen training step go to Step and to the SM map,
// and there is a way back. Floor 8. GUI thread.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::app {

class LearnLink {
 public:
  // Before a frame is drawn: opens what was prepared.
  void follow(panels::UiState& ui, const session::LearnView& learn, const session::MapView& map,
              std::vector<session::StepCommand>& step_commands, std::vector<session::MapCommand>& map_commands) const;
};

}  // namespace warpscope::app
