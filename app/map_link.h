// map_link.h: ties the SM map to the rest of the window: whether it is looked at, blocks that go to Step. Floor 8. GUI
// thread.
#pragma once

#include "app/panels/ui.h"

namespace warpscope::app {

class MapLink {
 public:
  // Before a frame is drawn: tells the session what it must know, opens in Step what was prepared for it.
  void follow(panels::UiState& ui, const session::MapView& map, std::vector<session::MapCommand>& commands,
              std::vector<session::StepCommand>& step_commands);

 private:
  bool visible_ = false;  // as the session was told
};

}  // namespace warpscope::app
