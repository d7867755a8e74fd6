// Where lanes of a warp, or warps of a block, wait for each other.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "compute/vgpu/engine.h"
#include "compute/vgpu/fragments.h"

namespace warpscope::vgpu {
namespace {

using base::kAllLanes;
using base::kWarpSize;

std::uint32_t bits(LaneMask mask) {
  return static_cast<std::uint32_t>(std::popcount(mask));
}

}  // namespace

// ---- Within a warp

LaneMask Engine::lanes_of_mask(const Inst& inst, LaneMask lanes, LaneMask named) const {
  const auto* masks = exec_.row<std::uint32_t>(inst.members);
  LaneMask group = 0;
  for (int lane = 0; lane < kWarpSize; ++lane) group |= masks[lane] == named ? LaneMask{1} << lane : 0;
  return group & lanes;
}

// Lanes of one instruction with different member masks, tiles of a warp for instance: each group by itself.
void Engine::warp_sync_by_mask(const Inst& inst, Pc pc, LaneMask on, LaneMask& members) {
  const auto* masks = exec_.row<std::uint32_t>(inst.members);
  const LaneMask live = live_lanes(*warp_);
  std::array<LaneMask, kWarpSize> groups;
  std::size_t count = 0;
  bool all_are_here = true;
  for (LaneMask left = on; left != 0; left &= ~groups[count++]) {
    const LaneMask named = masks[std::countr_zero(left)];
    groups[count] = lanes_of_mask(inst, left, named);
    all_are_here = all_are_here && (named & live & ~groups[count]) == 0;
  }
  members = masks[std::countr_zero(on)];
  if (all_are_here) {
    for (std::size_t i = 0; i < count; ++i) call_handler(inst, groups[i]);
    fragment().pc = pc + 1;
    return;
  }
  keep_only(on, pc);
  for (std::size_t i = 1; i < count; ++i) part(*warp_, warp_->current, groups[i], pc, pc, pc + 1);
  warp_sync(inst, pc, groups[0], members);
}

void Engine::warp_sync(const Inst& inst, Pc pc, LaneMask on, LaneMask& members) {
  if (!inst.waits) {
    call_handler(inst, on);
    fragment().pc = pc + 1;
    return;
  }
  if (!inst.member_mask_is_all &&
      lanes_of_mask(inst, on, exec_.row<std::uint32_t>(inst.members)[std::countr_zero(on)]) != on) {
    return warp_sync_by_mask(inst, pc, on, members);
  }
  const LaneMask named =
      inst.member_mask_is_all ? kAllLanes : exec_.row<std::uint32_t>(inst.members)[std::countr_zero(on)];
  members = named;
  const LaneMask needed = named & live_lanes(*warp_);
  if ((needed & ~on) == 0) {
    call_handler(inst, on);
    fragment().pc = pc + 1;
    return;
  }
  keep_only(on, pc);
  if (meet_for_warp_sync(inst, pc, needed)) return;
  Fragment& f = fragment();
  f.state = FragmentState::kAtWarpSync;
  f.members = needed;
}

// Fragments that wait at the same instruction do it together with the present one, once nobody is missing. Those that
// wait at another place for the same lanes take part by being there; each then does its own instruction.
bool Engine::meet_for_warp_sync(const Inst& inst, Pc pc, LaneMask members) {
  const Fragment& present = fragment();
  LaneMask here = present.mask, together = present.mask;
  for (const Fragment& other : warp_->fragments) {
    if (other.state != FragmentState::kAtWarpSync || (other.mask & members) == 0) continue;
    here |= other.mask;
    if (other.pc == pc && other.calls == present.calls) together |= other.mask;
  }
  if ((members & live_lanes(*warp_) & ~here) != 0) return false;
  load_frame();
  call_handler(inst, together);
  const std::uint32_t current = warp_->current;
  for (std::uint32_t i = 0; i < warp_->fragments.size(); ++i) {
    Fragment& other = warp_->fragments[i];
    if (i != current && (other.state != FragmentState::kAtWarpSync || (other.mask & members) == 0)) continue;
    if (i != current && (other.mask & together) == 0) {
      warp_->current = i;
      load_frame();
      call_handler(program_.code[other.pc], other.mask);
    }
    other.state = FragmentState::kReady;
    other.pc += 1;
  }
  warp_->current = current;
  for (Observer* observer : *observers_) observer->on_warp_sync(*block_, warp_index_, pc, here);
  return true;
}

// ---- Within a block

void Engine::at_barrier(const Inst& inst, Pc pc, LaneMask on, LaneMask& members) {
  const BarrierUse& use = program_.barriers[inst.target];
  const int lane = std::countr_zero(on);
  const std::uint32_t id = exec_.row<std::uint32_t>(use.id)[lane];
  if (id >= kBarriers) return raise(FaultKind::kBadOperand, inst, on, "a block has barriers 0 to 15", id);
  members = on;
  Barrier& barrier = block_->barriers[id];
  barrier.arrived.resize(block_->warps.size());
  barrier.arrived[warp_index_] |= on;
  if (use.has_count) barrier.expected_threads = exec_.row<std::uint32_t>(use.count)[lane];
  if (use.action == BarrierUse::Action::kArrive) {
    fragment().pc = pc + 1;
  } else {
    keep_only(on, pc);
    Fragment& f = fragment();
    f.state = FragmentState::kAtBarrier;
    f.barrier = static_cast<std::uint8_t>(id);
  }
  if (use.action >= BarrierUse::Action::kRedPopc) {
    const LaneMask predicate = exec_.predicate(use.predicate) ^ (use.predicate_negated ? kAllLanes : 0);
    barrier.popc += bits(predicate & on);
    barrier.all = barrier.all && (~predicate & on) == 0;
    barrier.any = barrier.any || (predicate & on) != 0;
  }
  if (barrier_is_complete(static_cast<int>(id))) release_barrier(static_cast<int>(id));
}

bool Engine::barrier_is_complete(int id) const {
  const Barrier& barrier = block_->barriers[static_cast<std::size_t>(id)];
  const auto warps = static_cast<std::uint32_t>(barrier.arrived.size());
  std::uint32_t arrived = 0;
  bool any = false;
  // The warp that has its turn next is the likeliest not to be here yet: most questions end with it.
  std::uint32_t w = warp_index_;
  for (std::uint32_t i = 0; i < warps; ++i) {
    if (++w >= warps) w = 0;
    // Threads that came with bar.arrive may have ended since: they have arrived all the same.
    const LaneMask here = barrier.arrived[w];
    const bool all = (live_lanes(block_->warps[w]) & ~here) == 0;
    if (barrier.expected_threads == 0 && !all) return false;
    any = any || here != 0;
    // A whole warp counts as 32 threads, also where the block's last warp has fewer.
    if (here != 0) arrived += all ? static_cast<std::uint32_t>(kWarpSize) : bits(here);
  }
  return any && arrived >= barrier.expected_threads;
}

void Engine::release_barrier(int id) {
  Barrier& barrier = block_->barriers[static_cast<std::size_t>(id)];
  const BarrierEvent event{block_, id, barrier.arrived};
  for (Observer* observer : *observers_) observer->on_barrier(event);
  const std::uint32_t index = warp_index_;
  for (std::uint32_t w = 0; w < block_->warps.size(); ++w) {
    Warp& warp = block_->warps[w];
    for (std::uint32_t i = 0; i < warp.fragments.size(); ++i) {
      Fragment& f = warp.fragments[i];
      if (f.state != FragmentState::kAtBarrier || f.barrier != id) continue;
      const BarrierUse& use = program_.barriers[program_.code[f.pc].target];
      if (use.action >= BarrierUse::Action::kRedPopc) {
        const std::uint32_t current = std::exchange(warp.current, i);
        enter(*block_, w);
        load_frame();
        write_reduction(use, barrier, f.mask);
        warp.current = current;
      }
      f.state = FragmentState::kReady;
      f.pc += 1;
    }
  }
  std::fill(barrier.arrived.begin(), barrier.arrived.end(), 0);
  barrier.expected_threads = 0;
  barrier.popc = 0;
  barrier.all = true;
  barrier.any = false;
  enter(*block_, index);
}

void Engine::write_reduction(const BarrierUse& use, const Barrier& barrier, LaneMask lanes) {
  if (use.action == BarrierUse::Action::kRedPopc) {
    auto* row = exec_.row<std::uint32_t>(use.destination);
    for (LaneMask left = lanes; left != 0; left &= left - 1) row[std::countr_zero(left)] = barrier.popc;
    return;
  }
  const bool value = use.action == BarrierUse::Action::kRedAnd ? barrier.all : barrier.any;
  LaneMask& row = exec_.predicate(use.destination);
  row = value ? row | lanes : row & ~lanes;
}

void Engine::release_complete_barriers() {
  for (int id = 0; id < kBarriers; ++id) {
    if (!block_->barriers[static_cast<std::size_t>(id)].arrived.empty() && barrier_is_complete(id)) release_barrier(id);
  }
}

// Nothing in the block can go on: lanes that wait for others out of courtesy are let go.
bool Engine::release_waiting(Block& block) {
  bool released = false;
  for (std::uint32_t w = 0; w < block.warps.size(); ++w) released = release_joins(block.warps[w]) || released;
  if (released) return true;
  // Lanes that a member mask names may have exited since.
  for (std::uint32_t w = 0; w < block.warps.size(); ++w) {
    enter(block, w);
    for (std::uint32_t i = 0; i < warp_->fragments.size(); ++i) {
      const Fragment& f = warp_->fragments[i];
      if (f.state != FragmentState::kAtWarpSync) continue;
      warp_->current = i;
      if (meet_for_warp_sync(program_.code[f.pc], f.pc, f.members)) return true;
    }
  }
  return false;
}

}  // namespace warpscope::vgpu
