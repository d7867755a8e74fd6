// panels/map_roofline.h: how far a run is from what the chip can do. Floor 7. Pure functions.
#pragma once

#include <string>

#include "compute/session/map_view.h"

namespace warpscope::panels {

// Of one run; rates a second.
struct Roofline {
  const char* kind = nullptr;   // of most of its operations: "float", "half", "double", "tensor"; null: it has none
  double flops = 0, bytes = 0;  // of that kind; from and to memory
  double rate = 0, peak = 0;    // operations
  double byte_rate = 0, bandwidth = 0;
  double intensity = 0;  // operations for a byte; 0 where there were no bytes, see `bytes`
  double roof = 0;       // the most that is possible at this intensity
};
Roofline roofline_of(const session::MapRun& run);
enum class Bound { kMemory, kCompute, kLatency };
// Within 60 % of the roof that is lower here, or of neither.
Bound bound_of(const Roofline& roof);
// In one plain sentence.
std::string roofline_sentence(const Roofline& roof);
// "1.33 T", "360 G", "95.0"; with the fewest digits "10 T".
enum class Digits { kThree, kFewest };
std::string si_text(double value, Digits digits = Digits::kThree);

}  // namespace warpscope::panels
