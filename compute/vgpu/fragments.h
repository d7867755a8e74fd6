// vgpu/fragments.h: how the lanes of a warp part and meet again. Floor 2. Pure functions on a Warp.
//
// A warp is a set of fragments: lanes that run together. Where lanes part at a branch, a join is made at the branch's
// immediate post-dominator; a fragment that comes there waits until all lanes the join expects have come or exited, and
// they go on as one. Joins nest as branches do. Waiting is a courtesy, not a law: as on hardware since Volta, lanes
// that wait are let go (release_joins) where others wait for them in turn, in a spin lock for instance.
#pragma once

#include <utility>

#include "compute/vgpu/state.h"

namespace warpscope::vgpu {

inline constexpr std::uint32_t kNoFragment = 0xffff'ffffU;

inline LaneMask live_lanes(const Warp& warp) {
  return warp.threads & ~warp.exited;
}

// All of its threads.
bool has_ended(const Block& block);

// The pc at which the fragment waits for others; kNoPc where it does not.
inline Pc join_pc(const Warp& warp, const Fragment& fragment) {
  if (fragment.join < 0) return kNoPc;
  const Join& join = warp.joins[static_cast<std::size_t>(fragment.join)];
  return join.depth == fragment.calls.size() ? join.pc : kNoPc;
}

// A new join for the lanes of the fragment, around which the fragment's present join stays.
void push_join(Warp& warp, Fragment& fragment, Pc pc);

// Lanes of the fragment part: `lanes`, a proper part of them, go to `there`; the others to `here` (the fragment keeps
// them). They meet at `meet` (kNoPc: where the fragment would have met others anyway). Returns the index of the new
// fragment.
std::uint32_t part(Warp& warp, std::uint32_t fragment, LaneMask lanes, Pc there, Pc here, Pc meet);

// The fragment has come to its join. Either it, or those it meets, go on; or it is gone and its lanes wait.
void arrive(Warp& warp, std::uint32_t fragment);

// These lanes of the fragment end.
void end_lanes(Warp& warp, std::uint32_t fragment, LaneMask lanes);

// The fragment returns to `depth` calls: joins inside what it leaves no longer expect its lanes.
void leave_joins(Warp& warp, std::uint32_t fragment, std::size_t depth);

// Lets all lanes go that wait in joins; true where there were any.
bool release_joins(Warp& warp);

// A ready fragment, in turn after the present one; kNoFragment where there is none.
std::uint32_t next_ready(const Warp& warp, std::uint32_t after);

}  // namespace warpscope::vgpu
