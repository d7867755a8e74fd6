// vgpu/engine.h: executes blocks on one thread. Floor 2. Internal to vgpu; machine.h is what others use.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "compute/vgpu/exec.h"
#include "compute/vgpu/machine.h"
#include "compute/vgpu/observer.h"
#include "compute/vgpu/state.h"

namespace warpscope::vgpu {

class Engine {
 public:
  // Why run() came back.
  enum class Stop : std::uint8_t {
    kEnded,    // every thread of the block has exited
    kBudget,   // as many steps were made as were asked for
    kTurn,     // the block only waits for others, or has had its share: another block should go on
    kFaulted,  // fault() says why
  };

  Engine(LaunchContext& launch, GlobalMemory& memory, bool threads_share_memory);

  // Sets up a block of the grid; `block`'s buffers are used again.
  void start(Block& block, std::uint64_t number) const;
  // Executes at most `steps` warp instructions of a block. `first_step` is the number of the first, for observers.
  Stop run(Block& block, std::uint64_t first_step, std::uint64_t steps, const std::vector<Observer*>& observers);

  std::uint64_t steps_made() const { return steps_made_; }                    // by the last run()
  std::uint64_t thread_instructions() const { return thread_instructions_; }  // of all run()s
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  enum class WarpStop : std::uint8_t { kBlocked, kBudget, kYield, kFaulted };

  template <bool kObserved>
  Stop run_block(Block& block, std::uint64_t steps);
  template <bool kObserved>
  WarpStop run_warp(Block& block, std::uint32_t warp_index, std::uint64_t limit);
  // schedule.cpp: warps by turns of one instruction, as Launch::schedule says.
  template <bool kObserved>
  Stop run_scheduled(Block& block, std::uint64_t steps);
  template <bool kObserved>
  Stop run_one(Block& block);         // kBudget: and the block has another one
  bool choose(Block& block) const;    // whose turn it is; false: all wait or have ended
  void end_turn(Block& block) const;  // of the present warp
  bool asks_global_memory();          // what comes next, of the present fragment
  // Runs the present fragment until it waits, ends, parts or yields.
  template <bool kObserved>
  WarpStop run_fragment(std::uint64_t limit);
  // One instruction that may change fragments, already counted. `active` are the fragment's lanes, `on` those not
  // predicated off.
  template <bool kObserved>
  WarpStop control(const Inst& inst, Pc pc, LaneMask active, LaneMask on);

  // Straight-line code from its first instruction on, for all lanes; how many instructions were executed: fewer than it
  // has where the last of them raised trouble.
  std::uint32_t execute_run(const Inst* first);

  void enter(Block& block, std::uint32_t warp_index);
  void load_frame();             // exec_'s bases, for the present fragment's innermost call
  void set_mask(LaneMask mask);  // exec_.mask and exec_.lane_on
  void call_handler(const Inst& inst, LaneMask on);
  void find_listeners();  // listeners_
  template <bool kObserved>
  void observe(const Inst& inst, Pc pc, LaneMask active, LaneMask on, bool diverged, LaneMask members);

  // A fragment that looked at memory this often without changing it waits for somebody: others go first.
  static constexpr std::uint32_t kPatience = 48;
  // After so many instructions others go on even where nothing says that this warp waits: it may poll with plain loads.
  static constexpr std::uint64_t kWarpTurn = 1U << 20;

  Fragment& fragment() { return warp_->fragments[warp_->current]; }
  void branch(const Inst& inst, Pc pc, LaneMask on, bool& diverged);
  void branch_indexed(const Inst& inst, Pc pc, LaneMask on, bool& diverged);
  // Only `on` of the fragment's lanes do what comes next at pc; the others go on behind it, and meet them there.
  void keep_only(LaneMask on, Pc pc);
  // calls.cpp
  void call(const Inst& inst, Pc pc, LaneMask on);
  // The function that the present fragment's lanes call; lanes that call another one part. -1: raised.
  int called_function(const Inst& inst, const CallSite& site, Pc pc);
  // Where the rows of a function can be that a fragment calls: from `base` on.
  std::uint32_t find_room(const Fragment& caller, std::int32_t function, std::uint32_t base) const;
  void enter_function(const Inst& inst, const CallSite& site, int function, Pc pc);
  void return_lanes(Pc pc, LaneMask on);
  void exit_lanes(LaneMask lanes);
  // barriers.cpp
  void warp_sync(const Inst& inst, Pc pc, LaneMask on, LaneMask& members);
  void warp_sync_by_mask(const Inst& inst, Pc pc, LaneMask on, LaneMask& members);
  // Those of the lanes whose member mask is `named`.
  LaneMask lanes_of_mask(const Inst& inst, LaneMask lanes, LaneMask named) const;
  bool meet_for_warp_sync(const Inst& inst, Pc pc, LaneMask members);
  void at_barrier(const Inst& inst, Pc pc, LaneMask on, LaneMask& members);
  bool barrier_is_complete(int id) const;
  void release_barrier(int id);
  void write_reduction(const BarrierUse& use, const Barrier& barrier, LaneMask lanes);
  void release_complete_barriers();
  bool release_waiting(Block& block);
  // faults.cpp
  void raise(FaultKind kind, const Inst& inst, LaneMask lanes, const char* text, std::uint64_t address = 0);
  void make_fault(Pc pc);
  void make_deadlock(const Block& block);
  void fill_place(Fault& fault, Pc pc, std::uint32_t lane) const;

  LaunchContext& launch_;
  const Program& program_;
  const FunctionCode& entry_;
  Exec exec_;
  AccessLog log_;
  Block* block_ = nullptr;
  Warp* warp_ = nullptr;
  std::uint32_t warp_index_ = 0;
  LaneMask expanded_ = 0;  // the mask exec_.lane_on stands for
  std::uint8_t no_rows_[1] = {};
  std::uint64_t first_step_ = 0, steps_made_ = 0, thread_instructions_ = 0;
  std::uint64_t turn_made_ = 0;  // instructions of the turn that run_warp() went on with
  const std::vector<Observer*>* observers_ = nullptr;
  std::array<std::vector<Observer*>, kInstKinds> listeners_;  // by kind of instruction: who wants to hear of it
  std::optional<Fault> fault_;
};

}  // namespace warpscope::vgpu
