// timing/streams.h: what the warps of a block did, as compactly as timing needs it, and who writes it down. Floor 3.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "compute/timing/lowering.h"
#include "compute/vgpu/observer.h"

namespace warpscope::timing {

// A line of 128 bytes and which of its four sectors, in one number: lines count from the beginning of device memory.
using Line = std::uint32_t;
constexpr Line make_line(std::uint64_t line, std::uint32_t sectors) {
  return static_cast<Line>(line << 4 | sectors);
}

// One instruction that went to memory or to a barrier.
struct AccessRecord {
  std::uint32_t first = 0;       // of its lines; where there is one, that line; of a barrier the number of the meeting
  std::uint32_t lines : 11 = 0;  // in L1, L2 or DRAM
  std::uint32_t wavefronts : 11 = 0;  // in shared memory; kBanks: in L1, were all there
  // Lanes at the address most lanes want (atomics); words (constants); lanes (textures).
  std::uint32_t serial : 6 = 0;
  std::uint32_t flags : 4 = 0;
  static constexpr std::uint32_t kMost = (1U << 11) - 1;
};
static_assert(sizeof(AccessRecord) == 8);
inline constexpr std::uint32_t kLocalLines = 1;    // lines count from the beginning of the warp's local memory
inline constexpr std::uint32_t kWaitsThere = 2;    // a barrier that this warp waits at
inline constexpr std::uint32_t kArrivesThere = 4;  // a barrier that it comes to
inline constexpr std::uint32_t kShared = 8;        // an atomic in shared memory
// Not of barriers:
inline constexpr std::uint32_t kPartial = 2;  // a store of less than half of its sectors' bytes
inline constexpr std::uint32_t kBanks = 4;    // a load that reads words of L1's banks

// A region that a warp went through, from `first` to `last`; in pieces where its lanes parted.
struct RegionRun {
  std::uint32_t region = 0;
  std::uint32_t access = 0;  // WarpStream::accesses from here on, as many as the region has
  Pc first = 0, last = 0;
};

struct WarpStream {
  std::vector<RegionRun> runs;
  std::vector<AccessRecord> accesses;
  std::vector<Line> lines;
  void clear();
};

struct BlockStream {
  std::uint64_t number = 0;
  std::vector<WarpStream> warps;
  std::vector<std::uint32_t> meetings;  // barriers: how many arrivals each had
  bool complete = false;                // else a fault ended it
};

class StreamRecorder final : public vgpu::Observer {
 public:
  StreamRecorder(const vgpu::Program& program, const Lowered& lowered);

  void on_block_start(const vgpu::Block& block) override;
  void on_step(const vgpu::StepEvent& event) override;
  void on_barrier(const vgpu::BarrierEvent& event) override;
  void on_block_end(const vgpu::Block& block) override;

  // Null where it has not ended. What was taken is given back when it is no longer needed.
  std::unique_ptr<BlockStream> take(std::uint64_t block);
  // Of a block that a fault interrupted: what there is.
  std::unique_ptr<BlockStream> take_unfinished(std::uint64_t block);
  void give_back(std::unique_ptr<BlockStream> stream);

  // By pc: executions by warps and by threads.
  const std::vector<std::uint64_t>& warp_counts() const { return warps_; }
  const std::vector<std::uint64_t>& lane_counts() const { return lanes_; }
  std::uint64_t shared_wavefronts() const { return shared_wavefronts_; }
  std::uint64_t shared_conflicts() const { return shared_conflicts_; }

 private:
  struct Meeting {
    std::int64_t number = -1;            // into BlockStream::meetings; -1: nobody is there
    std::vector<std::int64_t> arrivals;  // by warp: its last arrival's access; -1: none
    bool opened = false;                 // the barrier has let go, the last arrival's step is still to come
  };
  struct Open {
    std::unique_ptr<BlockStream> stream;
    std::array<Meeting, vgpu::kBarriers> meetings;
    bool any_opened = false;
  };

  Open& open(std::uint64_t block);
  void record_access(const vgpu::StepEvent& event, WarpStream& warp);
  void add_access(const vgpu::Access& access, std::uint32_t words, WarpStream& warp, AccessRecord& record);
  void record_barrier(const vgpu::StepEvent& event, Open& block, AccessRecord& record);
  void close_meetings(Open& block);
  void end_run(WarpStream& warp) const;

  const vgpu::Program& program_;
  const Lowered& lowered_;
  std::map<std::uint64_t, Open> open_;
  std::map<std::uint64_t, std::unique_ptr<BlockStream>> ended_;
  std::vector<std::unique_ptr<BlockStream>> spare_;
  std::uint64_t current_number_ = ~0ULL;
  Open* current_ = nullptr;
  std::vector<std::uint64_t> warps_, lanes_;
  std::uint64_t shared_wavefronts_ = 0, shared_conflicts_ = 0;
};

}  // namespace warpscope::timing
