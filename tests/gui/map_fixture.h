// The SM map's view made up by a small schedule: without a session or a simulation. Plausible, not true.
#pragma once

#include <cstdint>

#include "compute/session/map_view.h"

namespace warpscope::tests {

struct MapSample {
  std::uint32_t blocks_x = 25, blocks_y = 25;
  std::vector<int> gpcs = {10, 10, 8};
  int slots = 5;  // blocks of an SM
  std::uint32_t threads = 256;
  std::uint64_t run = 1;  // MapRun::id
  bool before = true;     // there is a run before this one
  bool compared = false;  // and one kept to compare, on a smaller GPU
};

session::MapView map_view(const MapSample& what = {});

}  // namespace warpscope::tests
