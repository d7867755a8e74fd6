// timing/sm.h: one multiprocessor of the cycle model: sub-partitions with a warp scheduler each, a scoreboard, pipes,
// queues, L1. Floor 3. Owned by one simulation.
// Nothing is done for cycles in which nothing can issue: every warp knows when its next instruction has its operands,
// and every pipe when it takes the next.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "compute/timing/chip_memory.h"
#include "compute/timing/ledger.h"
#include "compute/timing/lowering.h"
#include "compute/timing/simulate.h"
#include "compute/timing/streams.h"

namespace warpscope::timing {

class Sm {
 public:
  // What all of them share.
  struct Chip {
    const MachineModel& model;
    const Lowered& lowered;
    ChipMemory& memory;
    Ledger& ledger;
    WarpPolicy policy = WarpPolicy::kGreedyThenOldest;
  };
  // A warp and a block that have ended.
  struct WarpEnd {
    std::uint32_t block = 0;  // in the order blocks were started
    std::uint16_t warp = 0;
    std::uint8_t sub_partition = 0, slot = 0;
    Cycle start = 0, end = 0;
  };
  struct BlockEnd {
    std::uint32_t block = 0;
    std::uint16_t slot = 0;
    Cycle end = 0;
    Stall longest = Stall::kIssued;
    std::unique_ptr<BlockStream> stream;
  };

  Sm(const Chip& chip, std::uint32_t number, std::uint16_t block_slots, std::uint32_t warps_per_block);

  // In a slot that is free at `at`; `block` counts blocks in the order they are started.
  void start(std::unique_ptr<BlockStream> stream, std::uint32_t block, std::uint16_t slot, Cycle at);
  // Everything that is issued before `limit`.
  void run_until(Cycle limit);
  // When something can be issued next; kNever where all warps wait or none is here.
  Cycle next() const { return next_; }
  // Has the host fetch what run_until(limit) will want: first where its warps are, and once that is there what these
  // read next. Other multiprocessors have driven it out of the host's caches.
  void fetch_warps(Cycle limit) const;
  void fetch_streams(Cycle limit) const;
  static constexpr Cycle kNever = ~0ULL >> 4;

  std::vector<WarpEnd>& warp_ends() { return warp_ends_; }
  std::vector<BlockEnd>& block_ends() { return block_ends_; }
  const Traffic& traffic() const { return traffic_; }

  // Segments by warp slot; none after forget_segments().
  std::vector<std::vector<Segment>>& segments() { return segments_; }
  std::uint64_t segment_count() const { return segment_count_; }
  bool keeps_segments() const { return keeps_segments_; }
  void forget_segments();

 private:
  // A cycle, and what a warp waits for until then, in one number that compares as the cycle.
  using Ready = std::uint64_t;
  static constexpr Ready ready_at(Cycle cycle, Stall why) { return cycle << 4 | static_cast<Ready>(why); }

  struct BlockState;
  // What every instruction needs comes first, in two of the host's cache lines.
  struct alignas(64) WarpState {
    const Op* op = nullptr;
    const Op* op_end = nullptr;
    Ready* board = nullptr;                  // by slot of Lowered::scoreboard
    const AccessRecord* accesses = nullptr;  // of the run
    const WarpStream* stream = nullptr;
    const RegionRun* run = nullptr;
    const RegionRun* runs_end = nullptr;
    BlockState* block = nullptr;
    Ready earliest = 0;      // whatever the operands say
    Ready ready = 0;         // of op
    Cycle accounted = 0;     // up to here the ledger knows everything
    Pc first = 0, last = 0;  // of the run
    bool whole = true;       // the run is all of its region
    bool waits = false;      // at a barrier
    std::uint8_t sub_partition = 0, slot = 0;
    std::uint16_t warp = 0;
    std::uint32_t next_line = 0;  // of the stream: behind those of its last access
    const AccessRecord* last_access = nullptr;
    Cycle stores_taken = 0;  // when L2 has them
    Cycle stores_done = 0;   // when the warp knows
    Cycle copies_open = 0;   // asynchronous copies that were not committed: when they are done
    std::vector<Cycle> copies;
    Cycle start = 0;
  };
  struct BlockState {
    std::unique_ptr<BlockStream> stream;
    std::uint32_t number = 0;
    std::uint16_t slot = 0;
    std::uint32_t left = 0;
    Cycle end = 0;
    StallCycles cycles{};
    std::vector<std::uint32_t> arrived;  // by meeting
    std::vector<std::uint32_t> waiting;  // by meeting: warps
    std::vector<WarpState*> warps;
  };
  static constexpr std::size_t kMostSlots = 16;
  static constexpr std::size_t kMostQueue = 64;
  struct Queue {
    std::array<Cycle, kMostQueue> left{};
    std::uint32_t next = 0;
    // Something that leaves at `leaves` goes in; when there is room for another.
    Cycle push(Cycle leaves, int depth) {
      left[next] = leaves;
      next = (next + 1) % static_cast<std::uint32_t>(depth);
      return left[next];
    }
  };
  struct SubPartition {
    std::array<Cycle, kMostSlots> ready{};  // kNever: empty, or waits for others
    std::array<std::uint8_t, kMostSlots> pipe{};
    std::uint32_t last = 0;
    std::uint32_t resident = 0;
    Cycle next = kNever;
    std::array<Cycle, kPipes> available{};
    std::array<std::uint64_t, kMostSlots> age{};
    std::array<WarpState*, kMostSlots> warps{};
    Queue lg, mio, tex;
  };
  // When a value is there, and what waiting for it is called.
  struct Result {
    Cycle at = 0;
    Stall why = Stall::kWait;
  };

  Cycle find_next() const;
  void step(SubPartition& sub, Cycle now);
  std::uint32_t choose(const SubPartition& sub, std::uint32_t slots) const;
  void issue(SubPartition& sub, std::uint32_t slot, Cycle now);
  void account(SubPartition& sub, WarpState& warp, Cycle now);
  void book(WarpState& warp, Pc pc, Stall stall, Cycle from, Cycle to);
  Result execute(SubPartition& sub, WarpState& warp, const Op& op, Cycle now);
  Result math(SubPartition& sub, const Op& op, Cycle now);
  Result memory(SubPartition& sub, WarpState& warp, const Op& op, Cycle now);
  Result texture(SubPartition& sub, const WarpState& warp, const Op& op, Cycle now);
  void barrier(WarpState& warp, const Op& op, Cycle now);
  void wait(WarpState& warp, const Op& op, Cycle now);
  void release(BlockState& block, std::uint32_t meeting, Cycle at);
  bool advance(WarpState& warp);
  void enter_run(WarpState& warp);
  void schedule(WarpState& warp);
  void finish(WarpState& warp, Cycle now);
  void place_warp(BlockState& block, std::uint16_t warp, Cycle at);

  Cycle load_lines(const WarpState& warp, const AccessRecord& record, Cycle begin);
  Cycle store_lines(WarpState& warp, const AccessRecord& record, Cycle begin, bool atomic);
  Cycle l1_cycles(const WarpState& warp, const AccessRecord& record, bool loads, std::uint32_t words) const;
  std::uint64_t line_of(const WarpState& warp, const AccessRecord& record, std::uint32_t index) const;

  const Chip chip_;
  const MachineModel& model_;
  std::vector<SubPartition> subs_;
  std::vector<WarpState> warps_;  // by sub-partition and slot
  std::vector<Ready> boards_;     // of all of these
  std::vector<BlockState> blocks_;
  std::uint64_t number_;
  std::uint32_t warps_per_block_;
  std::uint64_t age_ = 0;
  Cycle next_ = kNever;

  SectorCache l1_;
  Cycle lsu_free_ = 0, tex_free_ = 0, barrier_free_ = 0, read_port_ = 0, write_port_ = 0;
  std::vector<Cycle> open_loads_, open_stores_;
  std::size_t next_load_ = 0, next_store_ = 0;
  Traffic traffic_;

  std::vector<WarpEnd> warp_ends_;
  std::vector<BlockEnd> block_ends_;
  std::vector<std::vector<Segment>> segments_;
  std::uint64_t segment_count_ = 0;
  bool keeps_segments_ = true;
};

}  // namespace warpscope::timing
