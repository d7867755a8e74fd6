// vgpu/observers/check_init.h: reads of memory nobody has written. Floor 2. Owned by the thread that runs the launch.
// Every byte of shared, local and global memory is known to be written or not. In global memory the host's writes count
// (Allocation::written), module variables are always initialised. Shared memory is new for every block, local memory
// for every call of a function. An atomic reads too. What is told is the read itself, as compute-sanitizer does, not
// what comes of it: a wide load that copies the padding of a struct is told too, and a read whose value is dropped.
// Not told is what functions of the CUDA Toolkit do with their own stack: debug code copies their objects whole.
// Values that pass through call parameters, shared memory written by asynchronous copies that fault, and textures are
// not watched.
#pragma once

#include <memory>
#include <vector>

#include "compute/vgpu/observer.h"
#include "compute/vgpu/observers/finding.h"

namespace warpscope::vgpu {

class CheckInit final : public Observer {
 public:
  explicit CheckInit(std::size_t limit = 100);
  ~CheckInit() override;

  void on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) override;
  void on_block_start(const Block& block) override;
  void on_step(const StepEvent& event) override;
  bool wants_steps(InstKind kind) const override { return kind != InstKind::kLane && kind != InstKind::kBranch; }
  void on_block_end(const Block& block) override;

  const FindingList& list() const { return list_; }
  const std::vector<Finding>& findings() const { return list_.findings(); }
  // What is written of a live allocation by now, by the host and this launch: offsets, merged and in order.
  std::vector<Interval> written(const Allocation& allocation) const;

 private:
  struct BlockState;
  struct GlobalPage;

  BlockState& state_of(const Block& block);
  GlobalPage* global_page(std::uint64_t address);
  void check_shared(const StepEvent& event, const Access& access, bool reads, bool writes);
  void check_global(const StepEvent& event, const Access& access, bool reads, bool writes);
  void check_local(const StepEvent& event, const Access& access, bool writes);
  void forget_frame(const StepEvent& event);
  void report(const StepEvent& event, const Access& access, int lane, std::uint32_t byte, std::uint64_t lanes);

  FindingList list_;
  Places places_;
  const GlobalMemory* memory_ = nullptr;
  std::vector<std::unique_ptr<BlockState>> blocks_;  // running; ended ones are used again
  BlockState* recent_ = nullptr;
  std::vector<std::unique_ptr<GlobalPage>> pages_;
};

}  // namespace warpscope::vgpu
