// scene/convolve_layout.h: where the parts of the Convolve workspace are. Floor 6. Pure geometry.
#pragma once

#include "app/scene/geometry.h"

namespace warpscope::scene {

struct ConvolveLayout {
  Rect left, toolbar, pictures, arithmetic, worker, variants;
  bool compact = false;  // worker and variants share one place, as two tabs
};

// `area`: between the bars and left of the right panel; `left_width` logical, 0: the design's.
ConvolveLayout convolve_layout(Rect area, float window_width, float scale, float left_width);

}  // namespace warpscope::scene
