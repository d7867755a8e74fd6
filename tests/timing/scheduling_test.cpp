// Who runs where and when: blocks over multiprocessors, warps over sub-partitions.
#include <algorithm>
#include <map>

#include "tests/timing/bench_kernel.h"

namespace warpscope::timing::testing {
namespace {

// Blocks that work for a while: `n` dependent multiply-adds, and the last block of the grid ten times as many.
constexpr const char* kBusy = R"(
.visible .entry k(.param .u32 n) {
.reg .f32 %f; .reg .b32 %r<6>; .reg .pred %p; .reg .pred %q;
ld.param.u32 %r1, [n];
mov.u32 %r2, %ctaid.x; mov.u32 %r3, %nctaid.x; add.s32 %r3, %r3, -1;
mul.lo.s32 %r4, %r1, 10;
setp.eq.s32 %q, %r2, %r3;
selp.b32 %r1, %r4, %r1, %q;
mov.f32 %f, 0f3f800000;
$L:
fma.rn.f32 %f, %f, %f, %f;
add.s32 %r1, %r1, -1;
setp.ne.s32 %p, %r1, 0;
@%p bra $L;
ret;
}
)";

// As many registers as leave an SM of 8.6 room for just one block of 256 threads.
constexpr int kOneBlock = 168;

TEST(BlockScheduler, GivesEachMultiprocessorOneBlockInTurnAndThenWhoeverIsFree) {
  SimulateOptions options = options_for(make_gpu(2));
  options.registers_per_thread = kOneBlock;
  BenchKernel kernel(kBusy);
  kernel.value(std::uint32_t{200});
  const Timeline timeline = kernel.run({5, 1, 1}, {256, 1, 1}, options).timeline;
  ASSERT_EQ(timeline.occupancy.blocks, 1);
  ASSERT_EQ(timeline.blocks.size(), 5U);
  // Blocks 0 and 1 begin at once; 2 and 3 follow them; 4 comes third on one of the two.
  const auto span = [&](std::size_t block) { return timeline.blocks[timeline.block_at[block]]; };
  EXPECT_EQ(span(0).sm, 0U);
  EXPECT_EQ(span(1).sm, 1U);
  EXPECT_EQ(span(0).start, 0U);
  EXPECT_EQ(span(1).start, 0U);
  EXPECT_EQ(span(2).sm + span(3).sm, 1U);
  const std::vector<int> waves{span(0).wave, span(1).wave, span(2).wave, span(3).wave, span(4).wave};
  EXPECT_EQ(waves, (std::vector<int>{0, 0, 1, 1, 2}));
  for (const std::size_t block : {2U, 3U}) {
    const BlockSpan before = span(span(block).sm);
    EXPECT_GT(span(block).start, before.end);
    EXPECT_LT(span(block).start, before.end + 500);
  }
  // The tail begins where the SM that does not get block 4 has nothing left to do.
  const BlockSpan idle = span(2).sm == span(4).sm ? span(3) : span(2);
  EXPECT_EQ(timeline.tail, idle.end);
  EXPECT_EQ(timeline.cycles, span(4).end);
  EXPECT_GT(span(4).end - span(4).start, 5 * (span(2).end - span(2).start));
}

TEST(BlockScheduler, HasATailFromTheBeginningWhereTheGridDoesNotFillTheChip) {
  BenchKernel kernel(kBusy);
  kernel.value(std::uint32_t{10});
  const Timeline timeline = kernel.run({1, 1, 1}, {32, 1, 1}, options_for(make_gpu(2))).timeline;
  EXPECT_EQ(timeline.tail, 0U);
}

TEST(BlockScheduler, NeverHoldsMoreBlocksThanTheOccupancyAllows) {
  for (const int registers : {24, 64, 100}) {
    SimulateOptions options = options_for(make_gpu(3));
    options.registers_per_thread = registers;
    BenchKernel kernel(kBusy);
    kernel.value(std::uint32_t{20});
    const Timeline timeline = kernel.run({100, 1, 1}, {96, 1, 1}, options).timeline;
    std::map<std::uint32_t, std::map<Cycle, int>> changes;
    for (const BlockSpan& block : timeline.blocks) {
      ++changes[block.sm][block.start];
      --changes[block.sm][block.end];
    }
    int most = 0;
    for (const auto& [sm, times] : changes) {
      int resident = 0;
      for (const auto& [time, change] : times) most = std::max(most, resident += change);
    }
    EXPECT_EQ(most, timeline.occupancy.blocks) << registers;
    EXPECT_LE(timeline.occupancy_achieved(), timeline.occupancy.share + 1e-9);
    // No two warps in one slot at a time.
    std::map<std::tuple<std::uint32_t, int, int>, std::vector<std::pair<Cycle, Cycle>>> slots;
    for (const WarpSpan& warp : timeline.warps) {
      slots[{timeline.blocks[warp.block].sm, warp.sub_partition, warp.slot}].push_back({warp.start, warp.end});
    }
    for (auto& [slot, spans] : slots) {
      std::sort(spans.begin(), spans.end());
      for (std::size_t i = 1; i < spans.size(); ++i) ASSERT_GE(spans[i].first, spans[i - 1].second);
    }
  }
}

TEST(BlockScheduler, SpreadsTheWarpsOfABlockOverTheSubPartitions) {
  BenchKernel kernel(kBusy);
  kernel.value(std::uint32_t{10});
  const Timeline timeline = kernel.run({1, 1, 1}, {256, 1, 1}, options_for(make_gpu(1))).timeline;
  std::map<int, int> warps;
  for (const WarpSpan& warp : timeline.warps) ++warps[warp.sub_partition];
  EXPECT_EQ(warps, (std::map<int, int>{{0, 2}, {1, 2}, {2, 2}, {3, 2}}));
}

TEST(Simulate, SaysWhatDoesNotFit) {
  SimulateOptions options = options_for(make_gpu(1));
  options.registers_per_thread = 255;
  BenchKernel kernel(kBusy);
  kernel.value(std::uint32_t{10});
  const auto result = kernel.try_run({1, 1, 1}, {1024, 1, 1}, options);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("registers"), std::string::npos) << result.error().message;
}

TEST(Simulate, HasALimitOfInstructions) {
  SimulateOptions options = options_for(make_gpu(1));
  options.max_instructions = 1000;
  BenchKernel kernel(kBusy);
  kernel.value(std::uint32_t{10'000});
  const auto result = kernel.try_run({4, 1, 1}, {32, 1, 1}, options);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("1000"), std::string::npos) << result.error().message;
}

// A block that waits for a flag which the one after it sets; and the other way round too many of them.
constexpr const char* kFlags = R"(
.visible .entry k(.param .u64 flags) {
.reg .b32 %r<5>; .reg .b64 %rd<5>; .reg .pred %p; .reg .pred %q;
ld.param.u64 %rd1, [flags];
mov.u32 %r1, %ctaid.x; mov.u32 %r2, %nctaid.x; add.s32 %r3, %r1, 1;
mul.wide.u32 %rd2, %r1, 4;
add.s64 %rd2, %rd1, %rd2;
setp.eq.s32 %q, %r3, %r2;
@%q bra $set;
$wait:
ld.volatile.global.u32 %r4, [%rd2+4];
setp.eq.s32 %p, %r4, 0;
@%p bra $wait;
$set:
mov.u32 %r4, 1;
st.volatile.global.u32 [%rd2], %r4;
ret;
}
)";

TEST(Simulate, BlocksMayWaitForBlocksThatFitBesideThem) {
  BenchKernel kernel(kFlags);
  kernel.out(4 * 65);
  const SimulateResult result = kernel.run({8, 1, 1}, {32, 1, 1}, options_for(make_gpu(1)));
  EXPECT_FALSE(result.fault);
  EXPECT_EQ(result.timeline.blocks.size(), 8U);
}

TEST(Simulate, SaysWhereBlocksWaitForBlocksThatDoNotFit) {
  BenchKernel kernel(kFlags);
  kernel.out(4 * 65);
  const auto result = kernel.try_run({64, 1, 1}, {32, 1, 1}, options_for(make_gpu(1)));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("wait for each other"), std::string::npos) << result.error().message;
}

TEST(Simulate, EndsTheTimelineWhereAKernelFaults) {
  constexpr const char* kTrap = R"(
.visible .entry k() {
.reg .b32 %r<3>; .reg .pred %p;
mov.u32 %r1, %ctaid.x;
setp.ne.s32 %p, %r1, 6;
@%p bra $fine;
trap;
$fine:
ret;
}
)";
  BenchKernel kernel(kTrap);
  const SimulateResult result = kernel.run({100, 1, 1}, {64, 1, 1}, options_for(make_gpu(2)));
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.fault->block, 6U);
  EXPECT_EQ(result.timeline.blocks.size(), 7U);
}

TEST(Simulate, StopsWhenItIsTold) {
  const std::atomic<bool> stop = true;
  SimulateOptions options = options_for(make_gpu(2));
  options.stop = &stop;
  BenchKernel kernel(kBusy);
  kernel.value(std::uint32_t{1'000'000});
  const SimulateResult result = kernel.run({100, 1, 1}, {64, 1, 1}, options);
  EXPECT_TRUE(result.stopped);
  EXPECT_FALSE(result.fault);
}

}  // namespace
}  // namespace warpscope::timing::testing
