#include "compute/vgpu/observers/check_sync.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "compute/vgpu/machine.h"
#include "compute/vgpu/observers/rows.h"
#include "compute/vgpu/observers/sync_state.h"

namespace warpscope::vgpu {

CheckSync::CheckSync(std::size_t limit) : list_(limit) {}
CheckSync::~CheckSync() = default;

void CheckSync::on_launch(const Program& program, const Launch& launch, const GlobalMemory&) {
  places_ = {&program, SourceMap(program), launch.grid, launch.block};
  blocks_.clear();
}

void CheckSync::on_block_start(const Block& block) {
  auto state = std::make_unique<BlockState>();
  state->number = block.number;
  state->exits.assign(block.warps.size(), kNoPc);
  state->waiting.resize(block.warps.size());
  blocks_.push_back(std::move(state));
}

void CheckSync::on_block_end(const Block& block) {
  std::erase_if(blocks_, [&](const auto& state) { return state->number == block.number; });
}

CheckSync::BlockState& CheckSync::state_of(const Block& block) {
  for (const auto& state : blocks_) {
    if (state->number == block.number) return *state;
  }
  on_block_start(block);
  return *blocks_.back();
}

// ---- Findings

Finding* CheckSync::found(Title title, const Block& block, std::uint32_t warp, LaneMask lanes, Pc pc, Pc other_pc) {
  if (!list_.is_new(static_cast<std::uint32_t>(title), pc, other_pc)) return nullptr;
  draft_ = Finding();
  draft_.kind = FindingKind::kSync;
  draft_.pc = pc;
  draft_.other_pc = other_pc;
  draft_.where = places_.map.at(pc);
  draft_.other_where = places_.map.at(other_pc);
  const int lane = lanes == 0 ? 0 : std::countr_zero(lanes);
  draft_.at = places_.thread(block.number, warp * 32 + static_cast<std::uint32_t>(lane));
  return &draft_;
}

void CheckSync::add(Severity severity, std::string message) {
  draft_.severity = severity;
  draft_.message = std::move(message);
  list_.add(std::move(draft_));
}

// ---- Steps

void CheckSync::on_step(const StepEvent& event) {
  if (event.inst == nullptr || event.executed == 0) return;
  switch (event.inst->kind) {
    case InstKind::kBarrier:
      return arrive(event);
    case InstKind::kWarp:
      if (event.inst->waits) check_mask(event);
      return;
    case InstKind::kReturn:
    case InstKind::kExit: {
      const LaneMask ended = event.block->warps[event.warp].exited & event.executed;
      Pc& exit = state_of(*event.block).exits[event.warp];
      if (ended != 0 && exit == kNoPc) exit = event.pc;
      return;
    }
    default:
      return;
  }
}

void CheckSync::arrive(const StepEvent& event) {
  BlockState& state = state_of(*event.block);
  const BarrierUse& use = places_.program->barriers[event.inst->target];
  const Warp& warp = event.block->warps[event.warp];
  const int lane = std::countr_zero(event.executed);
  const std::uint64_t id = read_lane(*places_.program, warp, use.id, 4, lane);
  if (id >= kBarriers) return;
  Arrival arrival{event.warp,
                  event.executed,
                  places_.map.told_at(event.pc, warp),
                  use.has_count,
                  use.aligned,
                  use.action != BarrierUse::Action::kArrive,
                  0};
  if (use.has_count) arrival.count = read_lane(*places_.program, warp, use.count, 4, lane);
  std::vector<Arrival>& arrivals = state.arrivals[id];
  check_count(event, arrival, arrivals);
  arrivals.push_back(arrival);
  if (state.opened != static_cast<int>(id)) return;
  state.opened = -1;
  check_meeting(*event.block, arrivals);
  arrivals.clear();
}

// The step of the thread that came last is told after this.
void CheckSync::on_barrier(const BarrierEvent& event) {
  BlockState& state = state_of(*event.block);
  std::vector<Arrival>& arrivals = state.arrivals[static_cast<std::size_t>(event.id)];
  bool all_told = true;
  for (std::uint32_t w = 0; w < event.threads.size(); ++w) {
    LaneMask told = 0;
    for (const Arrival& arrival : arrivals) told |= arrival.warp == w ? arrival.lanes : 0;
    all_told &= (event.threads[w] & ~told & live(event.block->warps[w])) == 0;
  }
  if (!all_told) {
    state.opened = event.id;
    return;
  }
  check_meeting(*event.block, arrivals);
  arrivals.clear();
}

void CheckSync::check_count(const StepEvent& event, const Arrival& arrival, const std::vector<Arrival>& others) {
  if (!arrival.has_count) return;
  const Block& block = *event.block;
  const std::string where = places_.map.at(arrival.pc).text();
  if (arrival.count % 32 != 0 && found(Title::kCountNotWarps, block, arrival.warp, arrival.lanes, arrival.pc, kNoPc)) {
    add(Severity::kError, fmt::format("a barrier at {} is for {} threads, which is no multiple of the 32 of a warp",
                                      where, arrival.count));
  }
  if (arrival.count > block.warps.size() * 32 &&
      found(Title::kCountTooLarge, block, arrival.warp, arrival.lanes, arrival.pc, kNoPc)) {
    add(Severity::kError, fmt::format("a barrier at {} waits for {} threads, but the block has {}", where,
                                      arrival.count, places_.block.count()));
  }
  for (const Arrival& other : others) {
    if (!other.has_count || other.count == arrival.count) continue;
    if (found(Title::kCounts, block, arrival.warp, arrival.lanes, arrival.pc, other.pc)) {
      draft_.other =
          places_.thread(block.number, other.warp * 32 + static_cast<std::uint32_t>(std::countr_zero(other.lanes)));
      draft_.has_other = true;
      add(Severity::kError, fmt::format("threads at one barrier disagree on how many it is for: {} at {}, {} at {}",
                                        arrival.count, where, other.count, places_.map.at(other.pc).text()));
    }
    return;
  }
}

void CheckSync::check_meeting(const Block& block, const std::vector<Arrival>& arrivals) {
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    const Arrival& now = arrivals[i];
    for (std::size_t k = 0; k < i; ++k) {
      const Arrival& before = arrivals[k];
      const bool same_warp = now.warp == before.warp;
      const bool must_agree = now.aligned && before.aligned && (same_warp || (!now.has_count && !before.has_count));
      if (now.pc == before.pc || !must_agree) continue;
      if (found(Title::kDifferentBarriers, block, now.warp, now.lanes, now.pc, before.pc)) {
        draft_.other =
            places_.thread(block.number, before.warp * 32 + static_cast<std::uint32_t>(std::countr_zero(before.lanes)));
        draft_.has_other = true;
        add(Severity::kError,
            fmt::format(
                "divergent barrier: {} waits at {} while {} waits at {}; all threads of a {} must come to the same "
                "__syncthreads()",
                places_.text(draft_.at), draft_.where.text(), places_.text(draft_.other), draft_.other_where.text(),
                same_warp ? "warp" : "block"));
      }
      break;
    }
  }
  check_exited(block, arrivals);
}

void CheckSync::check_exited(const Block& block, const std::vector<Arrival>& arrivals) {
  if (arrivals.empty() || arrivals.front().has_count) return;
  const BlockState& state = state_of(block);
  for (std::uint32_t w = 0; w < block.warps.size(); ++w) {
    const Warp& warp = block.warps[w];
    const bool whole = live(warp) == 0;
    LaneMask ended = warp.exited & warp.threads;
    Pc pc = arrivals.front().pc;
    for (const Arrival& arrival : arrivals) {
      if (arrival.warp != w) continue;
      ended &= ~arrival.lanes;
      pc = arrival.pc;
    }
    if (ended == 0) continue;
    const Title title = whole ? Title::kExitedWarps : Title::kExitedLanes;
    if (!found(title, block, w, ended, pc, state.exits[w])) continue;
    const std::string who = whole ? fmt::format("warp {} of block {}", w, block.number)
                                  : fmt::format("{} of warp {} of block {}", lanes_text(ended), w, block.number);
    add(whole ? Severity::kWarning : Severity::kError,
        fmt::format("divergent barrier: {} ended at {} without reaching the barrier at {} that others wait at", who,
                    places_.map.at(state.exits[w]).text(), draft_.where.text()));
  }
}

// ---- Nobody can go on

void CheckSync::on_deadlock(const Block& block) {
  // Where the others are: the first fragment that waits elsewhere.
  const auto elsewhere = [&](std::uint32_t warp, const Fragment& here) -> std::pair<std::uint32_t, const Fragment*> {
    for (std::uint32_t k = 0; k < block.warps.size(); ++k) {
      const std::uint32_t w = (warp + k) % static_cast<std::uint32_t>(block.warps.size());
      for (const Fragment& other : block.warps[w].fragments) {
        const bool same = other.pc == here.pc && other.state == here.state;
        if (!same && other.state != FragmentState::kReady) return {w, &other};
      }
    }
    return {0, nullptr};
  };
  for (std::uint32_t w = 0; w < block.warps.size(); ++w) {
    for (const Fragment& fragment : block.warps[w].fragments) {
      if (fragment.state == FragmentState::kReady) continue;
      const bool at_barrier = fragment.state == FragmentState::kAtBarrier;
      const auto [other_warp, other] = elsewhere(w, fragment);
      const Title title = at_barrier ? Title::kDeadlockBarrier : Title::kDeadlockWarp;
      if (!found(title, block, w, fragment.mask, fragment.pc, other != nullptr ? other->pc : kNoPc)) continue;
      std::string message =
          fmt::format("deadlock: {} of warp {} wait at {}", lanes_text(fragment.mask), w, draft_.where.text());
      if (at_barrier) {
        const Barrier& barrier = block.barriers[fragment.barrier % kBarriers];
        int arrived = 0;
        for (const LaneMask lanes : barrier.arrived) arrived += std::popcount(lanes);
        const std::uint64_t expected = barrier.expected_threads != 0 ? barrier.expected_threads : places_.block.count();
        message +=
            fmt::format(" for barrier {}, where {} of {} threads have come", fragment.barrier, arrived, expected);
      } else {
        message += fmt::format(" for {} of their mask", lanes_text(fragment.members & ~fragment.mask));
      }
      if (other != nullptr) {
        draft_.other =
            places_.thread(block.number, other_warp * 32 + static_cast<std::uint32_t>(std::countr_zero(other->mask)));
        draft_.has_other = true;
        message +=
            fmt::format("; {} of warp {} wait at {}", lanes_text(other->mask), other_warp, draft_.other_where.text());
      }
      add(Severity::kError, std::move(message));
    }
  }
}

}  // namespace warpscope::vgpu
