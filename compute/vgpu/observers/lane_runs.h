// vgpu/observers/lane_runs.h: the lanes of an access in groups that lie together. Floor 2. Pure.
#pragma once

#include <bit>
#include <utility>

#include "compute/vgpu/exec.h"

namespace warpscope::vgpu {

// Lanes first ... first + count - 1, which are all active.
struct LaneRun {
  enum class Shape : std::uint8_t {
    kConsecutive,  // every lane begins where the one before it ended
    kSameAddress,
    kTwice,  // the first 16 lanes are consecutive, and lane l + 16 is where lane l is
  };
  std::uint32_t first = 0, count = 0;
  Shape shape = Shape::kConsecutive;
  // Lanes whose bytes lie one behind the other.
  std::uint32_t in_a_row() const {
    return shape == Shape::kConsecutive ? count : shape == Shape::kTwice ? count / 2 : 1;
  }
};

// Whether each half of a full warp goes in steps of `step` from its first lane on.
inline bool goes_in_steps(const Access& access, std::uint64_t step) {
  std::uint64_t different = 0;
  for (std::size_t l = 0; l < 15; ++l) different |= access.address[l + 1] - access.address[l] - step;
  for (std::size_t l = 16; l < 31; ++l) different |= access.address[l + 1] - access.address[l] - step;
  return different == 0;
}

// Calls visit(LaneRun) for every group of these lanes, in the order of lanes.
template <class Visit>
void for_each_run(const Access& access, LaneMask lanes, Visit&& visit) {
  const std::uint64_t step = access.address[1] - access.address[0];
  if (lanes == base::kAllLanes && (step == 0 || step == access.bytes) && goes_in_steps(access, step)) {
    const auto shape = step == 0 ? LaneRun::Shape::kSameAddress : LaneRun::Shape::kConsecutive;
    if (access.address[16] - access.address[15] == step) return visit(LaneRun{0, 32, shape});
    if (access.address[16] == access.address[0]) return visit(LaneRun{0, 32, LaneRun::Shape::kTwice});
    visit(LaneRun{0, 16, shape});
    return visit(LaneRun{16, 16, shape});
  }
  for (LaneMask left = lanes; left != 0;) {
    LaneRun run;
    run.first = static_cast<std::uint32_t>(std::countr_zero(left));
    std::uint32_t end = run.first + 1;
    const auto goes_on = [&](std::uint64_t by) {
      return end < 32 && (left >> end & 1U) != 0 && access.address[end] - access.address[end - 1] == by;
    };
    if (goes_on(0)) run.shape = LaneRun::Shape::kSameAddress;
    const std::uint64_t by = run.shape == LaneRun::Shape::kSameAddress ? 0 : access.bytes;
    while (goes_on(by)) ++end;
    run.count = end - run.first;
    visit(run);
    left = end >= 32 ? 0 : left & ~LaneMask{0} << end;
  }
}

// Of all lanes that take part.
template <class Visit>
void for_each_run(const Access& access, Visit&& visit) {
  for_each_run(access, access.mask, std::forward<Visit>(visit));
}

}  // namespace warpscope::vgpu
