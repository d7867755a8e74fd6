// scene/map_colours.h: the colours of the SM map's data. Floor 6. Pure.
#pragma once

#include "app/scene/theme.h"
#include "compute/timing/stall.h"

namespace warpscope::scene {

// Waves are ordered: five steps of viridis, then from the beginning.
Rgba wave_colour(int wave);
inline constexpr int kWaveColours = 5;
// What a warp did; issued is white in the dark theme and black in the light one.
Rgba stall_colour(timing::Stall stall, bool dark);

}  // namespace warpscope::scene
