// convolve_link.h: ties the Convolve workspace to the rest of the window: whether it is looked at, the digit on Learn's
// pad, kernels that go to Step. Floor 8. GUI thread.
#pragma once

#include <cstdint>

#include "app/panels/ui.h"

namespace warpscope::app {

class ConvolveLink {
 public:
  // Before a frame is drawn: tells the session what it must know, opens in Step what was prepared for it.
  void follow(panels::UiState& ui, const session::LearnView& learn, const session::ConvolveView& convolve,
              std::vector<session::ConvolveCommand>& commands, std::vector<session::StepCommand>& step_commands);

 private:
  bool visible_ = true;      // as the session was told
  std::uint64_t digit_ = 0;  // Probe::drawing_version it was told of
};

}  // namespace warpscope::app
