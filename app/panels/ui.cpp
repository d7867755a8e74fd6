#include "app/panels/ui.h"

#include <algorithm>
#include <cmath>

namespace warpscope::panels {

float Frame::px(float logical) const {
  if (logical == 0) return 0;
  const float rounded = std::round(std::abs(logical) * scale);
  return std::copysign(std::max(rounded, 1.0F), logical);
}

}  // namespace warpscope::panels
