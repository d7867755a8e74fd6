// timing/simulation.h: one run of the cycle model: hands blocks to multiprocessors and lets them go on together.
// Floor 3. Internal to simulate.h.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "compute/timing/ledger.h"
#include "compute/timing/simulate.h"
#include "compute/timing/sm.h"
#include "compute/timing/streams.h"

namespace warpscope::timing {

class Simulation {
 public:
  // Takes memory and textures until give_back().
  static base::Result<std::unique_ptr<Simulation>> create(const std::shared_ptr<const vgpu::Program>& program,
                                                          vgpu::Launch launch, vgpu::GlobalMemory& memory,
                                                          vgpu::TextureTable& textures, const SimulateOptions& options);
  base::Result<void> run();
  void give_back(vgpu::GlobalMemory& memory, vgpu::TextureTable& textures);
  SimulateResult result();

 private:
  // Multiprocessors go on by so many cycles in turn: fewer than anything takes that goes from one to another.
  static constexpr Cycle kTurn = 128;
  struct FreeSlot {
    Cycle at = 0;
    std::uint32_t sm = 0;
    std::uint16_t slot = 0;
    bool operator>(const FreeSlot& other) const {
      return std::tie(at, sm, slot) > std::tie(other.at, other.sm, other.slot);
    }
  };
  Simulation(const std::shared_ptr<const vgpu::Program>& program, const vgpu::Launch& launch,
             const gpu::Occupancy& occupancy, const gpu::SmLimits& limits, vgpu::Machine machine,
             const SimulateOptions& options);

  // The next block of the grid, executed; null where there is none any more.
  base::Result<std::unique_ptr<BlockStream>> next_stream();
  // Into a slot that is free since `at`; false where no block is left.
  base::Result<bool> start_block(std::uint32_t sm, std::uint16_t slot, Cycle at);
  base::Result<void> fill_chip();
  void collect(std::uint32_t sm);
  base::Result<void> refill(Cycle limit);
  void limit_segments();
  bool is_stopped();
  void tell_progress();
  void finish_timeline();
  void order_blocks();
  void find_tail();
  void count_work();
  void keep_schedules(const std::vector<std::uint32_t>& place);

  std::shared_ptr<const vgpu::Program> program_;
  vgpu::Launch launch_;
  gpu::Occupancy occupancy_;
  SimulateOptions options_;
  MachineModel model_;
  Lowered lowered_;
  vgpu::Machine machine_;
  StreamRecorder recorder_;
  Ledger ledger_;
  ChipMemory chip_memory_;
  std::vector<std::unique_ptr<Sm>> sms_;
  std::uint32_t warps_per_block_ = 1;
  std::uint64_t next_block_ = 0, ended_ = 0;
  bool no_more_ = false, stopped_ = false;
  std::vector<FreeSlot> free_;                  // a heap, the earliest first
  std::vector<Cycle> may_start_;                // by SM: when it takes the next block
  std::vector<std::vector<Cycle>> idle_since_;  // by SM and slot: when the last block there ended; 0: none was
  std::vector<std::vector<std::uint16_t>> waves_;
  std::vector<BlockSpan> blocks_;  // in the order they were started
  std::vector<WarpSpan> warps_;
  Cycle now_ = 0;  // how far the chip is
  Cycle end_ = 0;
  std::chrono::steady_clock::time_point last_told_;
  Timeline timeline_;
  std::string printed_;
  std::optional<vgpu::Fault> fault_;
};

}  // namespace warpscope::timing
