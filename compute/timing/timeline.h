// timing/timeline.h: who ran where and when, and why warps waited: what the cycle model says, or what was traced on a
// GPU. Floor 3. Immutable once made, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "compute/gpu/occupancy.h"
#include "compute/timing/stall.h"
#include "compute/vgpu/program.h"

namespace warpscope::timing {

using Cycle = std::uint64_t;

// A block of the grid on its SM.
struct BlockSpan {
  std::uint64_t block = 0;  // linear index in the grid
  std::uint32_t sm = 0;
  std::uint16_t slot = 0;  // which of the SM's places for blocks
  std::uint16_t wave = 0;  // how many blocks were in its slot before it
  Cycle start = 0, end = 0;
  Stall longest = Stall::kIssued;  // what its warps waited for most; kIssued: not known (a trace)
};

// A warp within its block.
struct WarpSpan {
  std::uint32_t block = 0;  // index into Timeline::blocks
  std::uint16_t warp = 0;   // of the block
  std::uint8_t sub_partition = 0;
  std::uint8_t slot = 0;  // of the sub-partition
  Cycle start = 0, end = 0;
};

// What one warp slot of a sub-partition did from `start` on, for `cycles`.
struct Segment {
  Cycle start = 0;
  std::uint32_t cycles = 0;
  vgpu::Pc pc = 0;         // of what is issued, or waits to be
  std::uint32_t warp = 0;  // index into Timeline::warps
  Stall stall = Stall::kIssued;
};

// One SM cycle by cycle.
struct SmSchedule {
  std::uint32_t sm = 0;
  int sub_partitions = 4, slots = 0;           // warp slots of each sub-partition
  std::vector<std::vector<Segment>> segments;  // [sub_partition * slots + slot], ascending, not overlapping
};

// Everything that happened in a stretch of time, over the whole chip.
struct Interval {
  double resident_warps = 0;                         // mean over the stretch and the SMs
  std::uint64_t issued = 0;                          // warp instructions
  std::array<std::uint64_t, kStalls> warp_cycles{};  // by what the resident warps did; sums to resident warps x cycles
  std::uint64_t l2_bytes = 0, dram_bytes = 0;
};

struct Traffic {
  std::uint64_t l1_requests = 0, l1_sectors = 0, l1_hits = 0;  // global and local loads; hits in sectors
  std::uint64_t l2_sectors = 0, l2_hits = 0;                   // of reads, writes and atomics
  std::uint64_t l2_read_bytes = 0, l2_write_bytes = 0;
  std::uint64_t dram_read_bytes = 0, dram_write_bytes = 0;
  std::uint64_t shared_wavefronts = 0, shared_conflicts = 0;  // conflicts: wavefronts beyond the fewest possible
};

struct Timeline {
  enum class Origin : std::uint8_t { kModelled, kTraced } origin = Origin::kModelled;
  gpu::Gpu gpu;                         // modelled; of a trace: the one it ran on, as far as it is known
  std::uint32_t sms = 1;                // of a trace too
  gpu::Occupancy occupancy;             // theoretical
  std::uint16_t slots = 1;              // places for blocks on an SM: the theoretical ones, or as many as were seen
  double ticks_per_second = 1e9;        // what a Cycle is: the GPU's clock, or the trace's
  Cycle cycles = 0;                     // the whole run
  std::uint64_t warp_instructions = 0;  // of the machine, that schedulers issued
  std::uint64_t ptx_instructions = 0;   // of warps, that the virtual GPU executed
  std::uint64_t thread_instructions = 0;
  double flops = 0;  // float operations of all threads, a fused multiply-add counted as two
  double half_flops = 0, double_flops = 0, tensor_flops = 0;  // of their kind, not in `flops`
  std::array<std::uint64_t, kStalls> warp_cycles{};           // of all warps: [kIssued] those that issued
  // By pc: the same, so that a line can be blamed. Empty of a trace.
  std::vector<std::array<std::uint32_t, kStalls>> pc_warp_cycles;
  Traffic traffic;

  std::vector<BlockSpan> blocks;  // by start, then SM
  std::vector<WarpSpan> warps;    // those of blocks[i] are warps[i * warps_per_block ...)
  std::uint32_t warps_per_block = 1;
  std::vector<std::uint32_t> block_at;  // index into blocks, by the block's number in the grid
  Cycle interval = 1;                   // length of each of `intervals`, but for the last
  std::vector<Interval> intervals;      // empty of a trace but for resident_warps
  // Blocks start in waves; the tail begins where the first SM has a free slot that no block will fill. `cycles` where
  // there is none.
  Cycle tail = 0;
  std::map<std::uint32_t, std::shared_ptr<const SmSchedule>> schedules;  // of SMs that were looked at closely

  double seconds() const { return static_cast<double>(cycles) / ticks_per_second; }
  double ipc() const;                 // warp instructions a cycle and SM
  double occupancy_achieved() const;  // warps resident on average, of an SM's most, while the SM had any
};

}  // namespace warpscope::timing
