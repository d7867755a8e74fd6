#include "app/scene/map_colours.h"

#include <array>

namespace warpscope::scene {

Rgba wave_colour(int wave) {
  constexpr std::array kWaves{rgb(0x35608D), rgb(0x1F7A85), rgb(0x2FB47C), rgb(0x8BD646), rgb(0xFDE725)};
  static_assert(kWaves.size() == kWaveColours);
  return kWaves[static_cast<std::size_t>(wave < 0 ? 0 : wave % kWaveColours)];
}

Rgba stall_colour(timing::Stall stall, bool dark) {
  using timing::Stall;
  switch (stall) {
    case Stall::kIssued:
      return dark ? rgb(0xFFFFFF) : rgb(0x14171A);
    case Stall::kShortScoreboard:
      return rgb(0x56B4E9);
    case Stall::kMioThrottle:
      return rgb(0x0072B2);
    case Stall::kBarrier:
      return rgb(0xE69F00);
    case Stall::kLongScoreboard:
      return rgb(0xD55E00);
    case Stall::kLgThrottle:
      return rgb(0x95420A);
    case Stall::kNotSelected:
      return rgb(0x8F97A2);
    case Stall::kMathPipeThrottle:
      return rgb(0xCC79A7);
    case Stall::kWait:
      return rgb(0x009E73);
    default:
      return rgb(0x5C646E);
  }
}

}  // namespace warpscope::scene
