#include "compute/vgpu/fragments.h"

#include <algorithm>

namespace warpscope::vgpu {
namespace {

Join& join_at(Warp& warp, std::int32_t index) {
  return warp.joins[static_cast<std::size_t>(index)];
}

std::int32_t new_join(Warp& warp) {
  for (std::size_t i = 0; i < warp.joins.size(); ++i) {
    if (warp.joins[i].expected == 0) return static_cast<std::int32_t>(i);
  }
  warp.joins.emplace_back();
  return static_cast<std::int32_t>(warp.joins.size()) - 1;
}

// Whether it is complete: then its lanes become a fragment, and the join is free.
bool complete(Warp& warp, std::int32_t index) {
  Join& join = join_at(warp, index);
  if (join.arrived == 0 || join.arrived != join.expected) return false;
  Fragment met;
  met.pc = join.pc;
  met.mask = join.arrived;
  met.join = join.parent;
  met.calls = std::move(join.calls);
  join = Join();
  warp.fragments.push_back(std::move(met));
  return true;
}

void erase_fragment(Warp& warp, std::uint32_t index) {
  warp.fragments.erase(warp.fragments.begin() + index);
  if (warp.current > index) --warp.current;
}

// No join of the chain from `index` up to, and without, `end` expects these lanes any longer.
void forget(Warp& warp, std::int32_t index, std::int32_t end, LaneMask lanes) {
  while (index >= 0 && index != end) {
    Join& join = join_at(warp, index);
    const std::int32_t parent = join.parent;
    join.expected &= ~lanes;
    join.arrived &= ~lanes;
    if (join.expected == 0) {
      join = Join();
    } else {
      complete(warp, index);
    }
    index = parent;
  }
}

}  // namespace

bool has_ended(const Block& block) {
  return std::all_of(block.warps.begin(), block.warps.end(), [](const Warp& w) { return live_lanes(w) == 0; });
}

void push_join(Warp& warp, Fragment& fragment, Pc pc) {
  const std::int32_t index = new_join(warp);
  Join& join = join_at(warp, index);
  join.pc = pc;
  join.depth = static_cast<std::uint32_t>(fragment.calls.size());
  join.expected = fragment.mask;
  join.arrived = 0;
  join.parent = fragment.join;
  join.calls.clear();
  fragment.join = index;
}

std::uint32_t part(Warp& warp, std::uint32_t fragment, LaneMask lanes, Pc there, Pc here, Pc meet) {
  Fragment& stays = warp.fragments[fragment];
  // In a loop whose lanes leave one after the other, all leave for the same place.
  if (meet != kNoPc && join_pc(warp, stays) != meet) push_join(warp, stays, meet);
  Fragment goes = stays;
  goes.mask = lanes;
  goes.pc = there;
  stays.mask &= ~lanes;
  stays.pc = here;
  warp.fragments.push_back(std::move(goes));
  return static_cast<std::uint32_t>(warp.fragments.size()) - 1;
}

void arrive(Warp& warp, std::uint32_t fragment) {
  Fragment comes = std::move(warp.fragments[fragment]);
  Join& join = join_at(warp, comes.join);
  join.arrived |= comes.mask;
  if (join.calls.size() != comes.calls.size()) join.calls = std::move(comes.calls);
  erase_fragment(warp, fragment);
  if (!complete(warp, comes.join)) return;
  warp.current = static_cast<std::uint32_t>(warp.fragments.size()) - 1;
}

void end_lanes(Warp& warp, std::uint32_t fragment, LaneMask lanes) {
  Fragment& ends = warp.fragments[fragment];
  const std::int32_t join = ends.join;
  warp.exited |= lanes;
  ends.mask &= ~lanes;
  if (ends.mask == 0) erase_fragment(warp, fragment);
  forget(warp, join, -1, lanes);
}

void leave_joins(Warp& warp, std::uint32_t fragment, std::size_t depth) {
  Fragment& leaves = warp.fragments[fragment];
  const std::int32_t from = leaves.join;
  std::int32_t to = from;
  while (to >= 0 && join_at(warp, to).depth > depth) to = join_at(warp, to).parent;
  if (to == from) return;
  leaves.join = to;
  forget(warp, from, to, leaves.mask);
}

bool release_joins(Warp& warp) {
  bool released = false;
  for (std::size_t i = 0; i < warp.joins.size(); ++i) {
    Join& join = warp.joins[i];
    if (join.arrived == 0) continue;
    Fragment goes;
    goes.pc = join.pc;
    goes.mask = join.arrived;
    goes.join = join.parent;
    goes.calls = join.calls;
    join.expected &= ~join.arrived;
    join.arrived = 0;
    if (join.expected == 0) join = Join();
    warp.fragments.push_back(std::move(goes));
    released = true;
  }
  return released;
}

std::uint32_t next_ready(const Warp& warp, std::uint32_t after) {
  const auto count = static_cast<std::uint32_t>(warp.fragments.size());
  std::uint32_t at = after < count ? after : 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (warp.fragments[at].state == FragmentState::kReady) return at;
    if (++at == count) at = 0;
  }
  return kNoFragment;
}

}  // namespace warpscope::vgpu
