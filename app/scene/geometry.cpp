#include "app/scene/geometry.h"

#include <algorithm>

namespace warpscope::scene {

Rgba mix(Rgba a, Rgba b, float t) {
  const float part = std::clamp(t, 0.0F, 1.0F);
  Rgba result = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const auto from = static_cast<float>(a >> shift & 0xFFU);
    const auto to = static_cast<float>(b >> shift & 0xFFU);
    result |= static_cast<Rgba>(from + (to - from) * part + 0.5F) << shift;
  }
  return result;
}

}  // namespace warpscope::scene
