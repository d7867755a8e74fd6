// vgpu/observers/check_race.h: data races in shared and global memory. Floor 2. Owned by the thread that runs the
// launch. A race: two threads access the same byte, at least one writes, and nothing orders the two. It is judged by
// what orders threads, never by the order in which they happened to run:
//   - bar and barrier, for the threads that take part (threads that have exited count as arrived; bar.arrive only
//   tells);
//   - bar.warp.sync, for the lanes that meet. Being in one warp orders nothing, and shuffles and votes neither;
//   - fence, then a strong write (atomic, volatile, relaxed); a strong read of it by another thread. Also .release
//   writes.
//     What a fence covers may also be passed on by a barrier to the thread that then writes the flag. The reader needs
//     no fence of its own here: code that lacks only that is not found. A fence or access of .cta scope reaches its
//     block.
//   - cp.async: what it writes is there for the thread behind wait_group or wait_all, for others behind a barrier
//   after.
// Atomics and volatile accesses do not race with each other, but with plain ones (a plain read that a compare-and-swap
// checks afterwards is told as harmless); volatile accesses of lanes of one
// warp to shared memory do race, because that is how code looks that counts on lanes running in lockstep. Kept of every
// cell (4 bytes, or what a page is accessed by): the last plain write and two more accesses from different blocks or
// warps. So where threads are ordered by barriers nothing is missed but second findings at a place; where single
// threads are ordered by flags, a race with a third reader may be. Not watched: textures, surfaces, bulk copies.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "compute/vgpu/observer.h"
#include "compute/vgpu/observers/finding.h"
#include "compute/vgpu/observers/lane_runs.h"
#include "compute/vgpu/observers/race_order.h"
#include "compute/vgpu/observers/race_shadow.h"

namespace warpscope::vgpu {

class CheckRace final : public Observer {
 public:
  // Beyond `limit_bytes` for what is remembered, further pages of global memory are not watched: see complete().
  explicit CheckRace(std::size_t limit = 100, std::uint64_t limit_bytes = 3ULL << 30);
  ~CheckRace() override;

  void on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) override;
  void on_block_start(const Block& block) override;
  void on_step(const StepEvent& event) override;
  bool wants_steps(InstKind kind) const override { return kind != InstKind::kLane && kind != InstKind::kBranch; }
  void on_barrier(const BarrierEvent& event) override;
  void on_warp_sync(const Block& block, std::uint32_t warp, Pc pc, LaneMask met) override;
  void on_block_end(const Block& block) override;

  const FindingList& list() const { return list_; }
  const std::vector<Finding>& findings() const { return list_.findings(); }
  bool complete() const { return complete_; }

 private:
  struct BlockState;
  struct Step;
  enum class Task : std::uint8_t;

  BlockState& state_of(const Block& block);
  void synchronise(const StepEvent& event, Task task);
  void sync_groups(const StepEvent& event, race::BlockOrder& order, LaneMask absent);
  void check(Step& step);
  void check_span(Step& step, const LaneRun& lanes);
  bool check_alike(Step& step, race::Run& run, std::uint32_t per_lane);
  void check_cells(Step& step, race::Run& run, std::uint32_t per_lane, std::uint32_t done);
  void check_cell(Step& step, race::Cells& cells, std::uint32_t cell, LaneMask lanes);
  void check_write(Step& step, race::Cells& cells, std::uint32_t cell, LaneMask lanes);
  void check_entry(Step& step, race::Cells& cells, int which, std::uint32_t cell, LaneMask lanes);
  void remember(const Step& step, race::Cells& cells, std::uint32_t cell, LaneMask lanes);
  void remember_entry(const Step& step, race::Cells& cells, std::uint32_t cell, LaneMask lanes);
  void pass_flags(Step& step);
  race::Cells* cells_at(Step& step, std::uint64_t address, std::uint32_t piece_bytes);
  void report(Step& step, race::Thread earlier, race::Info earlier_info, int lane, bool same_value);

  FindingList list_;
  Places places_;
  race::Order order_;
  const GlobalMemory* memory_ = nullptr;
  std::vector<Task> tasks_;                          // by pc
  std::vector<std::uint32_t> copy_groups_;           // by pc: of cp.async.wait_group
  std::vector<std::unique_ptr<BlockState>> blocks_;  // running; ended ones are used again
  BlockState* recent_ = nullptr;
  std::vector<std::unique_ptr<race::Cells>> pages_;  // of global memory
  std::uint32_t warps_per_block_ = 1;
  std::uint64_t bytes_ = 0, limit_bytes_ = 0;
  bool complete_ = true;
};

}  // namespace warpscope::vgpu
