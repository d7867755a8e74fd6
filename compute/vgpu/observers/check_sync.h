// vgpu/observers/check_sync.h: barriers and warp operations that not all the threads they wait for take part in.
// Floor 2. Owned by the thread that runs the launch. What is told:
//   - error: threads of a block that met at different __syncthreads() (bar.sync without a count, or of one warp:
//   .aligned
//     barriers must be the same instruction for all lanes); counts that differ, are no multiple of 32, or that the
//     block cannot reach; what threads wait for when nobody can go on; lanes that are not in their own mask, or name
//     different masks; lanes of one mask at different instructions (other than __syncwarp).
//   - error: some lanes of a warp ended without reaching a barrier the others waited at; warning: whole warps did.
//   Hardware
//     since Volta goes on, as the virtual GPU does; the CUDA programming guide leaves it undefined.
//   - warning: masks that name lanes that have ended or do not exist (error: that others wait for in vain, other than
//   at
//     __syncwarp); shuffles that read from such a lane, or from one
//     outside of the mask: the value is undefined.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "compute/vgpu/observer.h"
#include "compute/vgpu/observers/finding.h"

namespace warpscope::vgpu {

class CheckSync final : public Observer {
 public:
  explicit CheckSync(std::size_t limit = 100);
  ~CheckSync() override;

  void on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) override;
  void on_block_start(const Block& block) override;
  void on_step(const StepEvent& event) override;
  void on_barrier(const BarrierEvent& event) override;
  void on_warp_sync(const Block& block, std::uint32_t warp, Pc pc, LaneMask met) override;
  void on_deadlock(const Block& block) override;
  void on_block_end(const Block& block) override;
  bool wants_accesses() const override { return false; }
  bool wants_steps(InstKind kind) const override {
    return kind == InstKind::kBarrier || kind == InstKind::kWarp || kind == InstKind::kReturn ||
           kind == InstKind::kExit;
  }

  const FindingList& list() const { return list_; }
  const std::vector<Finding>& findings() const { return list_.findings(); }

 private:
  struct Arrival;
  struct Waiting;
  using LaneMasks = std::array<LaneMask, 32>;
  struct BlockState;
  enum class Title : std::uint32_t;

  BlockState& state_of(const Block& block);
  void arrive(const StepEvent& event);
  void check_count(const StepEvent& event, const Arrival& arrival, const std::vector<Arrival>& others);
  void check_meeting(const Block& block, const std::vector<Arrival>& arrivals);
  void check_exited(const Block& block, const std::vector<Arrival>& arrivals);
  void check_mask(const StepEvent& event);
  LaneMasks own_masks(const Warp& warp, const Inst& inst, LaneMask executed, LaneMask all) const;
  void check_shuffle(const Block& block, std::uint32_t warp, Pc pc, LaneMask executed, LaneMask members);
  Finding* found(Title title, const Block& block, std::uint32_t warp, LaneMask lanes, Pc pc, Pc other_pc);
  void add(Severity severity, std::string message);

  FindingList list_;
  Places places_;
  std::vector<std::unique_ptr<BlockState>> blocks_;
  Finding draft_;
};

}  // namespace warpscope::vgpu
