#include "compute/timing/timeline.h"

#include <algorithm>

namespace warpscope::timing {

double Timeline::ipc() const {
  if (cycles == 0 || sms == 0) return 0;
  return static_cast<double>(warp_instructions) / static_cast<double>(cycles) / sms;
}

double Timeline::occupancy_achieved() const {
  // Of every SM from its first block to its last, as the hardware's counter counts active cycles.
  const gpu::SmLimits* const limits = gpu::find_limits(gpu.capability);
  if (limits == nullptr || blocks.empty()) return 0;
  std::vector<Cycle> first(sms, ~Cycle{0}), last(sms, 0);
  double warp_cycles_resident = 0;
  for (const WarpSpan& warp : warps) {
    const std::uint32_t sm = blocks[warp.block].sm;
    first[sm] = std::min(first[sm], warp.start);
    last[sm] = std::max(last[sm], warp.end);
    warp_cycles_resident += static_cast<double>(warp.end - warp.start);
  }
  double active = 0;
  for (std::uint32_t sm = 0; sm < sms; ++sm) {
    if (last[sm] > 0) active += static_cast<double>(last[sm] - first[sm]);
  }
  return active == 0 ? 0 : warp_cycles_resident / active / limits->warps;
}

}  // namespace warpscope::timing
