#include "compute/vgpu/warp_ops/handlers.h"
#include "compute/vgpu/warp_ops/lanes_of.h"

namespace warpscope::vgpu::warp_ops {
namespace {

enum class Mode { kUp, kDown, kButterfly, kIndex };

// Which lane each lane reads, and whether that lane is within its segment. PTX ISA, "shfl.sync", pseudo-code.
template <Mode mode>
void choose_lanes(const std::uint32_t* b, const std::uint32_t* c, std::int32_t* from, std::uint32_t* in_range) {
  for (std::int32_t lane = 0; lane < kLanes; ++lane) {
    const auto distance = static_cast<std::int32_t>(b[lane] & 31U);
    const auto clamp = static_cast<std::int32_t>(c[lane] & 31U);
    const auto segment = static_cast<std::int32_t>(c[lane] >> 8 & 31U);
    const std::int32_t lowest = lane & segment;
    const std::int32_t limit = lowest | (clamp & ~segment);
    std::int32_t j = 0;
    if constexpr (mode == Mode::kUp) j = lane - distance;
    if constexpr (mode == Mode::kDown) j = lane + distance;
    if constexpr (mode == Mode::kButterfly) j = lane ^ distance;
    if constexpr (mode == Mode::kIndex) j = lowest | (distance & ~segment);
    const bool inside = mode == Mode::kUp ? j >= limit : j <= limit;
    from[lane] = inside ? j : lane;
    in_range[lane] = inside;
  }
}

// A lane that did not come to the instruction has no value to give: the ISA leaves the result open. Here it is 0, so
// that runs repeat and a sum is not falsified by a lane that never was.
template <Mode mode>
void shuffle(Exec& exec, const Inst& inst) {
  alignas(64) std::int32_t from[kLanes];
  alignas(64) std::uint32_t in_range[kLanes];
  choose_lanes<mode>(exec.row<std::uint32_t>(inst.s[1]), exec.row<std::uint32_t>(inst.s[2]), from, in_range);
  const std::uint32_t* a = exec.row<std::uint32_t>(inst.s[0]);
  alignas(64) std::uint32_t result[kLanes];
  if (exec.mask == base::kAllLanes) {
    for (int lane = 0; lane < kLanes; ++lane) result[lane] = a[from[lane] & 31];
  } else {
    for (int lane = 0; lane < kLanes; ++lane) result[lane] = has_lane(exec.mask, from[lane]) ? a[from[lane] & 31] : 0;
  }
  write_row(exec, inst.d, result);
  if (inst.flags[0] != 0) write_predicate(exec, inst.s[3], mask_of(in_range));
}

}  // namespace

Handler find_shuffle(ptx::Modifier mode) {
  switch (mode) {
    case ptx::Modifier::kUp:
      return shuffle<Mode::kUp>;
    case ptx::Modifier::kDown:
      return shuffle<Mode::kDown>;
    case ptx::Modifier::kBfly:
      return shuffle<Mode::kButterfly>;
    case ptx::Modifier::kIdx:
      return shuffle<Mode::kIndex>;
    default:
      return nullptr;
  }
}

}  // namespace warpscope::vgpu::warp_ops
