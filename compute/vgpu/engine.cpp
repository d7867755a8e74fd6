#include "compute/vgpu/engine.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "compute/vgpu/fragments.h"

namespace warpscope::vgpu {
namespace {

using base::kAllLanes;
using base::kWarpSize;

// As std::popcount, which is a call where the compiler may not assume the instruction.
std::uint32_t count_lanes(LaneMask mask) {
  mask -= mask >> 1 & 0x5555'5555U;
  mask = (mask & 0x3333'3333U) + (mask >> 2 & 0x3333'3333U);
  return ((mask + (mask >> 4)) & 0x0f0f'0f0fU) * 0x0101'0101U >> 24;
}

}  // namespace

Engine::Engine(LaunchContext& launch, GlobalMemory& memory, bool threads_share_memory)
    : launch_(launch),
      program_(*launch.program),
      entry_(program_.functions[static_cast<std::size_t>(launch.launch.function)]) {
  exec_.launch = &launch;
  exec_.memory = &memory;
  exec_.parameters = launch.launch.parameters.data();
  exec_.parameter_bytes = static_cast<std::uint32_t>(launch.launch.parameters.size());
  exec_.threads_share_memory = threads_share_memory;
}

void Engine::set_mask(LaneMask mask) {
  exec_.mask = mask;
  if (mask == expanded_) return;
  expanded_ = mask;
  for (int lane = 0; lane < kWarpSize; ++lane) exec_.lane_on[lane] = -static_cast<std::int32_t>(mask >> lane & 1);
}

void Engine::call_handler(const Inst& inst, LaneMask on) {
  if (on == kAllLanes) {
    exec_.mask = on;
    inst.full(exec_, inst);
  } else {
    set_mask(on);
    inst.masked(exec_, inst);
  }
}

void Engine::enter(Block& block, std::uint32_t warp_index) {
  block_ = &block;
  warp_index_ = warp_index;
  warp_ = &block.warps[warp_index];
  exec_.block = &block;
  exec_.warp = warp_;
  exec_.shared = block.shared.data();
  exec_.shared_bytes = static_cast<std::uint32_t>(block.shared.size());
}

void Engine::load_frame() {
  const Fragment& f = fragment();
  const bool in_kernel = f.calls.empty();
  // A kernel without registers and constants has no rows; pointers into them must be pointers all the same.
  std::uint8_t* const rows = warp_->rows.size() > 0 ? warp_->rows.data() : no_rows_;
  exec_.set_rows(rows, rows + (in_kernel ? program_.constant_bytes : f.calls.back().register_base));
  exec_.local = warp_->local.data();
  exec_.local_bytes = static_cast<std::uint32_t>(warp_->local.size() / kWarpSize * sizeof(std::uint32_t));
  exec_.frame_local_base = in_kernel ? 0 : f.calls.back().local_base;
}

std::uint32_t Engine::execute_run(const Inst* first) {
  exec_.mask = kAllLanes;
  const Inst* const end = first + first->run;
  const Inst* inst = first;
  do {
    inst->in_run(exec_, *inst);
  } while (++inst != end && !exec_.trouble.raised);
  return static_cast<std::uint32_t>(inst - first);
}

template <bool kObserved>
void Engine::observe(const Inst& inst, Pc pc, LaneMask active, LaneMask on, bool diverged, LaneMask members) {
  if constexpr (kObserved) {
    const std::vector<Observer*>& listeners = listeners_[static_cast<std::size_t>(inst.kind)];
    if (listeners.empty()) {
      log_.count = 0;
      return;
    }
    StepEvent event;
    event.step = first_step_ + steps_made_ - 1;
    event.block = block_;
    event.warp = warp_index_;
    event.pc = pc;
    event.inst = &inst;
    event.active = active;
    event.executed = on;
    event.diverged = diverged;
    event.members = members;
    event.accesses = {log_.accesses, static_cast<std::size_t>(log_.count)};
    for (Observer* observer : listeners) observer->on_step(event);
    log_.count = 0;
  }
}

void Engine::keep_only(LaneMask on, Pc pc) {
  if (on == fragment().mask) return;
  part(*warp_, warp_->current, fragment().mask & ~on, pc + 1, pc, pc + 1);
}

void Engine::branch(const Inst& inst, Pc pc, LaneMask on, bool& diverged) {
  Fragment& f = fragment();
  if (on == f.mask) {
    f.pc = inst.target;
  } else if (on == 0) {
    f.pc = pc + 1;
  } else {
    diverged = true;
    part(*warp_, warp_->current, on, inst.target, pc + 1, inst.reconverge);
  }
}

void Engine::branch_indexed(const Inst& inst, Pc pc, LaneMask on, bool& diverged) {
  const std::vector<Pc>& table = program_.tables[inst.target];
  const auto* index = exec_.row<std::uint32_t>(inst.s[0]);
  LaneMask left = on;
  const bool some_stay = on != fragment().mask;
  while (left != 0) {
    const std::uint32_t value = index[std::countr_zero(left)];
    if (value >= table.size())
      return raise(FaultKind::kBadOperand, inst, left, "the index of a branch is beyond its table");
    LaneMask group = 0;
    for (int lane = 0; lane < kWarpSize; ++lane) {
      if ((left >> lane & 1) != 0 && index[lane] == value) group |= 1U << lane;
    }
    left &= ~group;
    if (left == 0 && !some_stay) {
      fragment().pc = table[value];
    } else {
      diverged = true;
      part(*warp_, warp_->current, group, table[value], pc + 1, inst.reconverge);
    }
  }
  if (some_stay) fragment().pc = pc + 1;
}

template <bool kObserved>
Engine::WarpStop Engine::run_fragment(std::uint64_t limit) {
  load_frame();
  Fragment& f = fragment();
  const LaneMask mask = f.mask;
  const Pc meet = join_pc(*warp_, f);
  const Inst* const code = program_.code.data();
  const std::uint64_t instructions_before = block_->instructions;
  const std::uint64_t made_before = steps_made_;
  std::uint64_t made = 0, full_steps = 0;
  Pc pc = f.pc;
  WarpStop stop = WarpStop::kBlocked;
  // What is counted in registers is written back before anybody else looks.
  const auto settle = [&] {
    block_->instructions = instructions_before + made;
    steps_made_ = made_before + made;
    warp_->instructions += made;
    thread_instructions_ += full_steps * kWarpSize;
  };
  for (;;) {
    if (pc == meet) {
      f.pc = pc;
      settle();
      arrive(*warp_, warp_->current);
      return WarpStop::kBlocked;
    }
    if (made == limit) {
      stop = WarpStop::kBudget;
      break;
    }
    const Inst& inst = code[pc];
    if constexpr (!kObserved) {
      if (inst.run != 0 && mask == kAllLanes && inst.run <= limit - made) {
        const std::uint32_t run = execute_run(&inst);
        pc += run;
        made += run;
        full_steps += run;
        if (!exec_.trouble.raised) [[likely]]
          continue;
        f.pc = --pc;
        settle();
        make_fault(pc);
        return WarpStop::kFaulted;
      }
    }
    LaneMask on = mask;
    if (inst.has_guard) {
      const LaneMask guard = exec_.predicate(inst.guard);
      on &= inst.guard_negated ? ~guard : guard;
    }
    exec_.clock = instructions_before + made;
    ++made;
    if (on == kAllLanes) {
      ++full_steps;
    } else if (on != 0) {
      thread_instructions_ += count_lanes(on);
    }
    if (inst.kind == InstKind::kLane) [[likely]] {
      if (on == kAllLanes) {
        exec_.mask = on;
        inst.full(exec_, inst);
      } else if (on != 0) {
        set_mask(on);
        inst.masked(exec_, inst);
      }
      if constexpr (kObserved) {
        steps_made_ = made_before + made;
        observe<kObserved>(inst, pc, mask, on, false, 0);
      }
      ++pc;
      continue;
    }
    if (inst.kind == InstKind::kMemory) {
      if (on != 0) call_handler(inst, on);
      if (exec_.trouble.raised) [[unlikely]] {
        f.pc = pc;
        settle();
        observe<kObserved>(inst, pc, mask, on, false, 0);
        make_fault(pc);
        return WarpStop::kFaulted;
      }
      if constexpr (kObserved) {
        steps_made_ = made_before + made;
        observe<kObserved>(inst, pc, mask, on, false, 0);
      }
      ++pc;
      if (exec_.polls >= kPatience) [[unlikely]] {
        stop = WarpStop::kYield;
        break;
      }
      continue;
    }
    if (inst.kind == InstKind::kBranch && (on == mask || on == 0)) {
      if constexpr (kObserved) {
        steps_made_ = made_before + made;
        observe<kObserved>(inst, pc, mask, on, false, 0);
      }
      pc = on == 0 ? pc + 1 : inst.target;
      continue;
    }
    // Whatever changes fragments: afterwards all that was held here is looked up again.
    f.pc = pc;
    settle();
    return control<kObserved>(inst, pc, mask, on);
  }
  f.pc = pc;
  settle();
  return stop;
}

template <bool kObserved>
Engine::WarpStop Engine::control(const Inst& inst, Pc pc, LaneMask active, LaneMask on) {
  bool diverged = false;
  LaneMask members = 0;
  WarpStop stop = WarpStop::kBlocked;
  if (on == 0 && inst.kind != InstKind::kBranch) {
    fragment().pc = pc + 1;
    observe<kObserved>(inst, pc, active, on, false, 0);
    return stop;
  }
  switch (inst.kind) {
    case InstKind::kBranch:
      branch(inst, pc, on, diverged);
      break;
    case InstKind::kBranchIndexed:
      branch_indexed(inst, pc, on, diverged);
      break;
    case InstKind::kWarp:
      warp_sync(inst, pc, on, members);
      break;
    case InstKind::kCall:
      call(inst, pc, on);
      break;
    case InstKind::kReturn:
      return_lanes(pc, on);
      break;
    case InstKind::kExit:
      fragment().pc = pc + 1;
      exit_lanes(on);
      break;
    case InstKind::kBarrier:
      at_barrier(inst, pc, on, members);
      break;
    case InstKind::kTrap:
      raise(FaultKind::kTrap, inst, on, "the kernel executed trap");
      break;
    case InstKind::kYield:
      fragment().pc = pc + 1;
      stop = WarpStop::kYield;
      break;
    default:
      fragment().pc = pc + 1;
      break;
  }
  observe<kObserved>(inst, pc, active, on, diverged, members);
  if (fault_) return WarpStop::kFaulted;
  if (exec_.trouble.raised) {
    make_fault(pc);
    return WarpStop::kFaulted;
  }
  return stop;
}

// A turn ends when all the warp's lanes wait, when they only poll, or after kWarpTurn instructions. What `limit` cuts
// off goes on as the same turn the next time.
template <bool kObserved>
Engine::WarpStop Engine::run_warp(Block& block, std::uint32_t warp_index, std::uint64_t limit) {
  enter(block, warp_index);
  const std::uint64_t begin = steps_made_, turn_before = warp_->turn;
  turn_made_ = turn_before;
  exec_.polls = warp_->polls;
  const auto end_turn = [&](WarpStop stop) {
    warp_->turn = 0;
    warp_->polls = 0;
    return stop;
  };
  for (;;) {
    const std::uint32_t next = next_ready(*warp_, warp_->current);
    if (next == kNoFragment) return end_turn(WarpStop::kBlocked);
    warp_->current = next;
    const std::uint64_t made = steps_made_ - begin;
    const WarpStop stop = run_fragment<kObserved>(std::min(limit - made, kWarpTurn - turn_before - made));
    turn_made_ = turn_before + steps_made_ - begin;
    if (stop == WarpStop::kFaulted) return end_turn(stop);
    if (stop == WarpStop::kYield || turn_made_ == kWarpTurn) {
      // This fragment may wait for lanes that wait for it in a join.
      release_joins(*warp_);
      if (!warp_->fragments.empty()) {
        warp_->current = (warp_->current + 1) % static_cast<std::uint32_t>(warp_->fragments.size());
      }
      return end_turn(WarpStop::kYield);
    }
    if (stop == WarpStop::kBudget) {  // and there is a next instruction
      warp_->turn = turn_made_;
      warp_->polls = exec_.polls;
      return stop;
    }
    exec_.polls = 0;
  }
}

template <bool kObserved>
Engine::Stop Engine::run_block(Block& block, std::uint64_t steps) {
  const auto warps = static_cast<std::uint32_t>(block.warps.size());
  std::uint32_t blocked = 0;
  for (;;) {
    const std::uint64_t before = steps_made_;
    const WarpStop stop = run_warp<kObserved>(block, block.current, steps - steps_made_);
    if (stop == WarpStop::kFaulted) return Stop::kFaulted;
    if (stop == WarpStop::kBudget) return Stop::kBudget;
    blocked = steps_made_ == before ? blocked + 1 : 1;
    if (++block.current == warps) block.current = 0;
    if (stop == WarpStop::kYield) {
      blocked = 0;
      if (++block.idle_turns > 2 * warps) {
        block.idle_turns = 0;
        return Stop::kTurn;
      }
    } else if (turn_made_ != 0) {
      block.idle_turns = 0;
    }
    if (blocked <= warps) continue;
    if (has_ended(block)) return Stop::kEnded;
    if (!release_waiting(block)) {
      make_deadlock(block);
      return Stop::kFaulted;
    }
    blocked = 0;
  }
}

void Engine::find_listeners() {
  for (std::size_t kind = 0; kind < kInstKinds; ++kind) {
    listeners_[kind].clear();
    for (Observer* observer : *observers_) {
      if (observer->wants_steps(static_cast<InstKind>(kind))) listeners_[kind].push_back(observer);
    }
  }
}

Engine::Stop Engine::run(Block& block, std::uint64_t first_step, std::uint64_t steps,
                         const std::vector<Observer*>& observers) {
  first_step_ = first_step;
  steps_made_ = 0;
  observers_ = &observers;
  const bool logs = std::any_of(observers.begin(), observers.end(), [](Observer* o) { return o->wants_accesses(); });
  exec_.log = logs ? &log_ : nullptr;
  log_.count = 0;
  find_listeners();
  if (launch_.launch.schedule.policy != WarpScheduler::kRunToWait) {
    return observers.empty() ? run_scheduled<false>(block, steps) : run_scheduled<true>(block, steps);
  }
  return observers.empty() ? run_block<false>(block, steps) : run_block<true>(block, steps);
}

// For schedule.cpp.
template Engine::WarpStop Engine::run_fragment<false>(std::uint64_t);
template Engine::WarpStop Engine::run_fragment<true>(std::uint64_t);

}  // namespace warpscope::vgpu
