// scene/map_layout.h: where the parts of the SM map are. Floor 6. Pure geometry.
#pragma once

#include "app/scene/geometry.h"

namespace warpscope::scene {

struct MapLayout {
  Rect left, toolbar;
  Rect centre;  // all that lies below the toolbar
  Rect chip, close_up, gantt, stalls, roofline;
  // In side by side: of the run kept to compare. The close-up and the roofline go.
  Rect other_chip, other_gantt, other_stalls;
  bool compact = false;  // chip and close-up share one place, stalls and roofline another
};

struct MapLook {
  float left_width = 0;  // logical, 0: the design's
  bool close_up = true;  // the one SM is seen
  bool side_by_side = false;
};

// `area`: between the bars and left of the right panel.
MapLayout map_layout(Rect area, float window_width, float scale, const MapLook& look);

}  // namespace warpscope::scene
