// The race checker against one that remembers everything: every access of every byte, and a vector clock for every
// thread. Random accesses, barriers and __syncwarp()s; no virtual GPU runs here. Both must see the first race at the
// same step.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "compute/vgpu/machine.h"
#include "compute/vgpu/observers/check_race.h"

namespace warpscope::vgpu {
namespace {

constexpr std::uint32_t kBlocks = 2, kWarps = 3, kThreadsOfBlock = kWarps * 32, kThreads = kBlocks * kThreadsOfBlock;
constexpr std::uint64_t kBytes = 1024;  // of shared memory of a block, and of the buffer in global memory
enum Instructions : Pc { kRead, kWrite, kAtomic, kSyncWarp };

using VectorClock = std::array<std::uint32_t, kThreads>;

// The reference.
class Everything {
 public:
  Everything() {
    for (std::uint32_t t = 0; t < kThreads; ++t) clocks_[t][t] = 1;
  }
  bool access(std::uint32_t thread, Instructions kind, bool shared, std::uint64_t address, std::uint32_t bytes) {
    bool races = false;
    for (std::uint64_t b = address; b < address + bytes; ++b) {
      const std::uint64_t place = shared ? (1 + thread / kThreadsOfBlock) * kBytes + b : b;
      for (const Past& past : past_[place]) {
        const bool conflict = (past.kind != kRead || kind != kRead) && (past.kind != kAtomic || kind != kAtomic);
        races |= conflict && past.thread != thread && clocks_[thread][past.thread] < past.time;
      }
      past_[place].push_back({thread, kind, clocks_[thread][thread]});
    }
    return races;
  }
  void meet(const std::vector<std::uint32_t>& threads) {
    VectorClock all{};
    for (const std::uint32_t t : threads) {
      for (std::uint32_t i = 0; i < kThreads; ++i) all[i] = std::max(all[i], clocks_[t][i]);
    }
    for (const std::uint32_t t : threads) {
      clocks_[t] = all;
      ++clocks_[t][t];
    }
  }

 private:
  struct Past {
    std::uint32_t thread;
    Instructions kind;
    std::uint32_t time;
  };
  std::vector<VectorClock> clocks_ = std::vector<VectorClock>(kThreads, VectorClock{});
  std::vector<std::vector<Past>> past_ = std::vector<std::vector<Past>>((1 + kBlocks) * kBytes);
};

// Tells a CheckRace and the reference the same story.
class Story {
 public:
  explicit Story(std::uint32_t seed) : random_(seed) {
    ptx::Function function;
    for (const ptx::Opcode opcode :
         {ptx::Opcode::kLd, ptx::Opcode::kSt, ptx::Opcode::kAtom, ptx::Opcode::kBarWarpSync}) {
      function.instructions.emplace_back().opcode = opcode;
    }
    auto module = std::make_shared<ptx::Module>();
    module->functions.push_back(function);
    program_.module = module;
    program_.functions.emplace_back().source = 0;
    program_.code.resize(4);
    program_.source_of = {0, 1, 2, 3};
    program_.function_of = {0, 0, 0, 0};
    width_ = static_cast<std::uint16_t>(1U << pick(4));
    address_ = memory_.allocate(kBytes, AllocationKind::kBuffer, "data").value();
    Launch launch;
    launch.grid = {kBlocks};
    launch.block = {kThreadsOfBlock};
    check_.on_launch(program_, launch, memory_);
    for (std::uint32_t b = 0; b < kBlocks; ++b) {
      blocks_[b].number = b;
      blocks_[b].shared.resize(kBytes);
      blocks_[b].warps.resize(kWarps);
      for (Warp& warp : blocks_[b].warps) {
        warp.threads = base::kAllLanes;
        warp.rows.resize(128);
        warp.fragments.emplace_back().mask = base::kAllLanes;
      }
      check_.on_block_start(blocks_[b]);
    }
  }

  // True where the reference saw a race.
  bool tell_one(bool partial_masks) {
    const std::uint32_t block = pick(kBlocks), warp = pick(kWarps), what = pick(10);
    if (what == 0) return barrier(block), false;
    if (what == 1) return sync_warp(block, warp, partial_masks ? some_lanes() : base::kAllLanes), false;
    return access(block, warp);
  }
  std::size_t found() const { return check_.findings().size(); }
  const std::vector<Finding>& findings() const { return check_.findings(); }

 private:
  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  LaneMask some_lanes() {
    constexpr std::array<LaneMask, 5> kMasks = {0x0000ffff, 0xffff0000, 0x000000ff, 0x55555555, 0x80000001};
    return kMasks[pick(kMasks.size())];
  }

  void barrier(std::uint32_t block) {
    const std::vector<LaneMask> all(kWarps, base::kAllLanes);
    check_.on_barrier({&blocks_[block], 0, all});
    std::vector<std::uint32_t> threads;
    for (std::uint32_t t = 0; t < kThreadsOfBlock; ++t) threads.push_back(block * kThreadsOfBlock + t);
    reference_.meet(threads);
  }
  void sync_warp(std::uint32_t block, std::uint32_t warp, LaneMask mask) {
    for (std::size_t lane = 0; lane < 32; ++lane) std::memcpy(&blocks_[block].warps[warp].rows[lane * 4], &mask, 4);
    StepEvent event;
    event.block = &blocks_[block];
    event.warp = warp;
    event.pc = kSyncWarp;
    event.inst = &program_.code[kSyncWarp];
    event.active = event.executed = event.members = mask;
    check_.on_step(event);
    std::vector<std::uint32_t> threads;
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
      if ((mask >> lane & 1) != 0) threads.push_back(block * kThreadsOfBlock + warp * 32 + lane);
    }
    reference_.meet(threads);
  }

  bool access(std::uint32_t block, std::uint32_t warp) {
    const auto kind = static_cast<Instructions>(pick(6) < 4 ? kRead : pick(3) == 0 ? kAtomic : kWrite);
    Access access;
    access.kind = kind == kRead ? AccessKind::kLoad : kind == kWrite ? AccessKind::kStore : AccessKind::kAtomic;
    access.order = kind == kAtomic ? MemoryOrder::kRelaxed : MemoryOrder::kWeak;
    const bool shared = pick(2) == 0;
    access.space = shared ? AccessSpace::kShared : AccessSpace::kGlobal;
    constexpr std::array<std::uint16_t, 6> kWidths = {4, 4, 4, 8, 1, 2};
    access.bytes = access.alignment = kind == kAtomic ? 4 : pick(20) == 0 ? kWidths[pick(kWidths.size())] : width_;
    access.mask = pick(3) == 0 ? some_lanes() : base::kAllLanes;
    const std::uint32_t slots = static_cast<std::uint32_t>(kBytes / access.bytes), shape = pick(6) == 0 ? pick(5) : 0;
    // Mostly every warp has a part of its own, or hardly anything would go on without a race.
    const std::uint32_t home = (block * kWarps + warp) * 128 / access.bytes % slots,
                        first = pick(12) > 0 ? home : pick(slots);
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
      std::uint32_t slot = first + lane;                   // one behind the other
      if (shape == 1) slot = first;                        // all the same
      if (shape == 2) slot = first + lane % 16;            // twice the same 16
      if (shape == 3) slot = first + (lane * 5 + 3) % 32;  // scattered
      if (kind == kWrite && (shape == 1 || shape == 2)) slot = first + lane;
      access.address[lane] = std::uint64_t{slot % slots} * access.bytes + (shared ? 0 : address_);
      access.store_bits[lane] = lane;
    }
    StepEvent event;
    event.block = &blocks_[block];
    event.warp = warp;
    event.pc = kind;
    event.inst = &program_.code[kind];
    event.active = event.executed = access.mask;
    event.accesses = {&access, 1};
    check_.on_step(event);
    bool races = false;
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
      if ((access.mask >> lane & 1) == 0) continue;
      const std::uint64_t at = access.address[lane] - (shared ? 0 : address_);
      races |= reference_.access(block * kThreadsOfBlock + warp * 32 + lane, kind, shared, at, access.bytes);
    }
    return races;
  }

  std::mt19937 random_;
  Program program_;
  GlobalMemory memory_;
  std::uint64_t address_ = 0;
  std::uint16_t width_ = 4;  // of most accesses
  std::array<Block, kBlocks> blocks_;
  CheckRace check_;
  Everything reference_;
};

TEST(RaceProperty, FindsTheFirstRaceWhereItIs) {
  int with_races = 0, steps = 0;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    Story story(seed);
    for (int step = 0; step < 200; ++step, ++steps) {
      const bool races = story.tell_one(false);
      ASSERT_EQ(story.found() > 0, races)
          << "seed " << seed << ", step " << step << (story.found() > 0 ? ": " + story.findings()[0].message : "");
      if (races) {
        ++with_races;
        break;
      }
    }
  }
  EXPECT_GT(with_races, 100);
  EXPECT_GT(steps, 400 * 10);  // stories are not over at once
}

// Where lanes synchronise in parts, an entry may have made place for another: nothing may be told that is no race.
TEST(RaceProperty, TellsNothingThatIsNoRace) {
  int agreed = 0, missed = 0;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    Story story(seed);
    for (int step = 0; step < 200; ++step) {
      const bool races = story.tell_one(true);
      ASSERT_TRUE(races || story.found() == 0)
          << "seed " << seed << ", step " << step << ": " << story.findings()[0].message;
      if (!races) continue;
      ++(story.found() > 0 ? agreed : missed);
      break;
    }
  }
  EXPECT_GT(agreed, 20 * missed);
}

}  // namespace
}  // namespace warpscope::vgpu
