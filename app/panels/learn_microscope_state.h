// panels/learn_microscope_state.h: what the microscope remembers between frames. Floor 7. Owned by the GUI thread.
#pragma once

#include <cstdint>

namespace warpscope::panels {

struct MicroscopeState {
  std::uint64_t shown = 0;                        // id of the frozen step that was drawn last
  int chosen = 0;                                 // launch
  bool reveal = false;                            // the chosen launch is scrolled into sight
  float list_scroll = 0, tensors_scroll = 0;      // physical pixels
  std::uint64_t asked = 0;                        // id of the newest OpenLaunch
  std::uint64_t step_opened = 0, map_opened = 0;  // answers that were followed
  bool away = false;  // a launch of this step is open in Step or in the SM map: there is a way back
};

}  // namespace warpscope::panels
