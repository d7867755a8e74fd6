// Warps that take turns of one instruction each. Whose turn is next is a function of the state between two steps and
// nothing else, so that a run in pieces is the run in one piece, and one from a copy of the state goes on the same.
#include <algorithm>
#include <bit>

#include "compute/vgpu/engine.h"
#include "compute/vgpu/fragments.h"
#include "compute/vgpu/hash.h"

namespace warpscope::vgpu {
namespace {

// Whether the warp can execute an instruction: its present fragment is then the one that does. Lanes that have come to
// where they meet others meet them here.
bool make_ready(Warp& warp) {
  for (;;) {
    const std::uint32_t next = next_ready(warp, warp.current);
    if (next == kNoFragment) return false;
    warp.current = next;
    const Fragment& fragment = warp.fragments[next];
    if (fragment.pc != join_pc(warp, fragment)) return true;
    arrive(warp, next);
  }
}

bool choose_in_turn(Block& block) {
  const auto warps = static_cast<std::uint32_t>(block.warps.size());
  for (std::uint32_t i = 0; i < warps; ++i) {
    if (make_ready(block.warps[block.current])) return true;
    if (++block.current == warps) block.current = 0;
  }
  return false;
}

// Warp::turn of those that have asked for memory stays, so that they are passed over until all have had a turn.
bool choose_oldest(Block& block) {
  const auto count = static_cast<std::uint32_t>(block.warps.size());
  std::uint32_t oldest = count, without_turn = count;
  for (std::uint32_t w = count; w-- > 0;) {
    if (!make_ready(block.warps[w])) continue;
    oldest = w;
    if (block.warps[w].turn == 0) without_turn = w;
  }
  if (oldest == count) return false;
  if (without_turn == count) {
    for (Warp& warp : block.warps) warp.turn = 0;
  }
  block.current = without_turn == count ? oldest : without_turn;
  return true;
}

bool choose_greedily(Block& block) {
  Warp& present = block.warps[block.current];
  if (make_ready(present)) return true;
  present.turn = 0;
  return choose_oldest(block);
}

// One of `count`, from 32 random bits.
std::uint32_t draw(std::uint64_t bits, std::uint32_t count) {
  return static_cast<std::uint32_t>((bits & 0xffff'ffffU) * count >> 32);
}

std::uint32_t drawn_fragment(const Warp& warp, std::uint64_t bits) {
  const auto is_ready = [](const Fragment& f) { return f.state == FragmentState::kReady; };
  const auto ready = std::count_if(warp.fragments.begin(), warp.fragments.end(), is_ready);
  std::uint32_t left = draw(bits, static_cast<std::uint32_t>(ready));
  std::uint32_t at = 0;
  for (;; ++at) {
    if (is_ready(warp.fragments[at]) && left-- == 0) return at;
  }
}

bool choose_at_random(Block& block, std::uint64_t seed) {
  Hash hash;
  hash.add(seed);
  hash.add(block.number);
  hash.add(block.instructions);
  hash.add(0);  // mixes once more what was added last
  for (;;) {
    std::uint32_t ready = 0;  // warps of a block are no more than 32
    for (std::uint32_t w = 0; w < block.warps.size(); ++w) {
      if (make_ready(block.warps[w])) ready |= 1U << w;
    }
    if (ready == 0) return false;
    std::uint32_t left = draw(hash.value() >> 32, static_cast<std::uint32_t>(std::popcount(ready)));
    for (; left > 0; --left) ready &= ready - 1;
    block.current = static_cast<std::uint32_t>(std::countr_zero(ready));
    Warp& warp = block.warps[block.current];
    warp.current = drawn_fragment(warp, hash.value());
    const Fragment& fragment = warp.fragments[warp.current];
    if (fragment.pc != join_pc(warp, fragment)) return true;
    arrive(warp, warp.current);
  }
}

bool brings_something(ptx::Opcode opcode) {
  switch (opcode) {
    case ptx::Opcode::kLd:
    case ptx::Opcode::kLdu:
    case ptx::Opcode::kAtom:
    case ptx::Opcode::kRed:
    case ptx::Opcode::kTex:
    case ptx::Opcode::kTld4:
    case ptx::Opcode::kSuld:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool Engine::choose(Block& block) const {
  const Schedule& schedule = launch_.launch.schedule;
  switch (schedule.policy) {
    case WarpScheduler::kGreedyThenOldest:
      return choose_greedily(block);
    case WarpScheduler::kRandom:
      return choose_at_random(block, schedule.seed);
    case WarpScheduler::kRoundRobin:
    case WarpScheduler::kRunToWait:
      break;
  }
  return choose_in_turn(block);
}

void Engine::end_turn(Block& block) const {
  if (launch_.launch.schedule.policy == WarpScheduler::kGreedyThenOldest) {
    choose_oldest(block);
  } else if (launch_.launch.schedule.policy == WarpScheduler::kRoundRobin) {
    block.current = (block.current + 1) % static_cast<std::uint32_t>(block.warps.size());
  }
}

bool Engine::asks_global_memory() {
  const Fragment& f = fragment();
  const Inst& inst = program_.code[f.pc];
  if (inst.kind != InstKind::kMemory) return false;
  if (inst.has_guard) {
    load_frame();
    const LaneMask guard = exec_.predicate(inst.guard);
    if (((inst.guard_negated ? ~guard : guard) & f.mask) == 0) return false;
  }
  const ptx::Instruction* source = program_.source(f.pc);
  return source != nullptr && brings_something(source->opcode) &&
         (source->space == ptx::Space::kGlobal || source->space == ptx::Space::kGeneric);
}

template <bool kObserved>
Engine::Stop Engine::run_one(Block& block) {
  const bool is_greedy = launch_.launch.schedule.policy == WarpScheduler::kGreedyThenOldest;
  Warp& warp = block.warps[block.current];
  enter(block, block.current);
  const bool asks = is_greedy && asks_global_memory();
  exec_.polls = warp.polls;
  const WarpStop stop = run_fragment<kObserved>(1);
  if (stop == WarpStop::kFaulted) return Stop::kFaulted;
  if (stop == WarpStop::kBlocked) exec_.polls = 0;
  // Not set back as at the end of a long turn: a warp that polls is one until it does something else.
  warp.polls = std::min(exec_.polls, kPatience);
  const bool polls = warp.polls == kPatience;
  const bool yields = stop == WarpStop::kYield || warp.instructions % kWarpTurn == 0;
  if (is_greedy) ++warp.turn;
  if (yields) {
    // This fragment may wait for lanes that wait for it in a join.
    release_joins(warp);
    const auto fragments = static_cast<std::uint32_t>(warp.fragments.size());
    if (fragments != 0) warp.current = (warp.current + 1) % fragments;
  }
  if (!is_greedy || asks || yields) end_turn(block);
  if (!polls) {
    block.idle_turns = 0;
  } else if (stop == WarpStop::kYield) {
    ++block.idle_turns;
  }
  // Every warp that can run polls, or nothing tells that they do: what they wait for may come from another block.
  const bool is_idle = block.idle_turns > 2 * block.warps.size();
  if (is_idle) block.idle_turns = 0;
  return is_idle || block.instructions % (kWarpTurn * block.warps.size()) == 0 ? Stop::kTurn : Stop::kBudget;
}

template <bool kObserved>
Engine::Stop Engine::run_scheduled(Block& block, std::uint64_t steps) {
  for (;;) {
    if (!choose(block)) {
      if (has_ended(block)) return Stop::kEnded;
      if (release_waiting(block)) continue;
      make_deadlock(block);
      return Stop::kFaulted;
    }
    if (steps_made_ == steps) return Stop::kBudget;
    const Stop stop = run_one<kObserved>(block);
    if (stop != Stop::kBudget) return stop;
  }
}

template Engine::Stop Engine::run_scheduled<false>(Block&, std::uint64_t);
template Engine::Stop Engine::run_scheduled<true>(Block&, std::uint64_t);

}  // namespace warpscope::vgpu
