// vgpu/observer.h: how others watch the virtual GPU. Floor 2. Called by the thread that runs it.
// An observer never decides what runs next and never changes anything. Without observers nothing of this costs
// anything.
#pragma once

#include <cstdint>
#include <span>

#include "compute/vgpu/exec.h"
#include "compute/vgpu/state.h"

namespace warpscope::vgpu {

struct Launch;

// One warp instruction that was executed.
struct StepEvent {
  std::uint64_t step = 0;        // warp instructions before this one, in the order of execution
  const Block* block = nullptr;  // after the step
  std::uint32_t warp = 0;
  Pc pc = 0;
  const Inst* inst = nullptr;
  LaneMask active = 0;    // lanes of the fragment
  LaneMask executed = 0;  // without those predicated off
  bool diverged = false;  // a branch whose lanes went different ways
  std::span<const Access> accesses;
  // bar.* and kWarp: the member mask, for bar.* the lanes of the block's barrier
  LaneMask members = 0;
};

// A barrier of a block let its threads go.
struct BarrierEvent {
  const Block* block = nullptr;
  int id = 0;
  std::span<const LaneMask> threads;  // that met, by warp
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_launch(const Program&, const Launch&, const GlobalMemory&) {}
  virtual void on_block_start(const Block&) {}
  virtual void on_step(const StepEvent&) {}
  virtual void on_barrier(const BarrierEvent&) {}
  virtual void on_warp_sync(const Block&, std::uint32_t /*warp*/, Pc, LaneMask /*lanes that met*/) {}
  virtual void on_fault(const Fault&, const Block&) {}
  virtual void on_deadlock(const Block&) {}  // nothing can run any more; a fault follows
  virtual void on_block_end(const Block&) {}
  virtual void on_launch_end(const GlobalMemory&) {}
  virtual bool wants_accesses() const { return true; }
  // Instructions that nobody wants to hear of are executed faster. Asked once at the beginning of every turn.
  virtual bool wants_steps(InstKind) const { return true; }
};

}  // namespace warpscope::vgpu
