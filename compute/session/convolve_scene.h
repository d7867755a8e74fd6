// session/convolve_scene.h: a small scene drawn anew for every frame, so that there is always something that moves.
// Floor 5. Pure functions.
#pragma once

#include <cstdint>

#include "compute/convolution/chain.h"

namespace warpscope::session {

inline constexpr int kSceneSide = 256;

// Frame number `frame` of the scene: bars that drift, discs that circle, a digit that bounces off the edges and counts
// its bounces. The same number always gives the same pixels. Grey, or red, green and blue.
convolution::Picture draw_scene(std::uint64_t frame, bool colour);

}  // namespace warpscope::session
