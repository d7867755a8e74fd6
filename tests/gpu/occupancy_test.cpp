// Occupancy worked out by hand, curves, suggestions and waves.
#include "compute/gpu/occupancy.h"

#include <gmock/gmock.h>

namespace warpscope::gpu {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const SmLimits& of(int major, int minor) {
  return *find_limits({major, minor});
}

Occupancy of(const SmLimits& limits, const KernelUse& use) {
  const auto found = occupancy(limits, use);
  EXPECT_TRUE(found) << found.error().text();
  return found.value_or(Occupancy{});
}

std::string why_not(const SmLimits& limits, const KernelUse& use) {
  const auto found = occupancy(limits, use);
  return found ? "" : found.error().text();
}

TEST(Occupancy, ABlockOf96ThreadsWastesAWarpSlotWhere128DoesNot) {
  // Hopper: 64 warps. Blocks of 4 warps fill it 16 times; blocks of 3 leave one slot empty.
  EXPECT_EQ(of(of(9, 0), {128, 32}).warps, 64);
  const Occupancy odd = of(of(9, 0), {96, 32});
  EXPECT_EQ(odd.blocks, 21);
  EXPECT_EQ(odd.warps, 63);
  EXPECT_DOUBLE_EQ(odd.share, 63.0 / 64.0);
}

TEST(Occupancy, TheSubPartitionsFloorOfRegistersCounts) {
  // 168 registers are 5376 a warp; a quarter of the register file, 16384, holds three such warps, so an SM twelve:
  // three blocks of four. One register more is charged as 5632, and only two fit.
  EXPECT_EQ(of(of(8, 6), {128, 168}).by_registers, 3);
  EXPECT_EQ(of(of(8, 6), {128, 169}).by_registers, 2);
}

TEST(Occupancy, FiveWarpsAreChargedAsEightWhenABlockIsLaunched) {
  // 17 warps are charged as 20: with 104 registers (3328 a warp) 66,560, more than the 65,536 there are. 17 alone would
  // take 56,576.
  const Occupancy found = of(of(8, 0), {17 * 32, 104});
  EXPECT_EQ(found.blocks, 0);
  EXPECT_EQ(found.registers_per_block, 56'576);
  EXPECT_EQ(found.limiters, kByRegisters);
}

TEST(Occupancy, Capability60RunsNothingThat61CouldNot) {
  // With two sub-partitions 18 warps of 112 registers are charged as 18, 64,512: they would fit on 6.0. With four they
  // are charged as 20, 71,680, and do not fit on 6.1.
  const KernelUse use{18 * 32, 112};
  EXPECT_EQ(of(of(6, 1), use).blocks, 0);
  EXPECT_EQ(of(of(6, 0), use).blocks, 0);
  EXPECT_EQ(of(of(6, 0), use).by_registers, 0);
}

TEST(Occupancy, SharedMemoryIsGivenOutWithWhatTheDriverKeeps) {
  // 100 KiB; a block of 20 KiB takes 21 with the reserve: four of them. On Volta nothing is kept: 96 / 20 = 4.
  const Occupancy ampere = of(of(8, 6), {64, 16, 4096, 16'384});
  EXPECT_EQ(ampere.shared_per_block, 21U * 1024);
  EXPECT_EQ(ampere.blocks, 4);
  EXPECT_EQ(ampere.limiters, kByShared);
  EXPECT_EQ(ampere.threads, 256);
  EXPECT_EQ(of(of(7, 0), {64, 16, 0, 20'480}).blocks, 4);
}

TEST(Occupancy, ACarveOutIsRoundedUpToASizeAndNotHeardWhereNoBlockWouldFit) {
  // Half of 100 KiB is 50; the next size is 64.
  EXPECT_EQ(of(of(8, 6), {128, 32, 0, 1024, 50}).shared_per_sm, 64U * 1024);
  EXPECT_EQ(of(of(8, 6), {128, 32, 0, 1024, 0}).shared_per_sm, 8U * 1024);
  EXPECT_EQ(of(of(8, 6), {128, 32, 0, 40'960, 0}).shared_per_sm, 64U * 1024);
  EXPECT_EQ(of(of(8, 6), {128, 32, 0, 1024, -1}).shared_per_sm, 100U * 1024);
  // Turing has but two sizes, Pascal one.
  EXPECT_EQ(of(of(7, 5), {128, 32, 0, 0, 0}).shared_per_sm, 32U * 1024);
  EXPECT_EQ(of(of(6, 1), {128, 32, 0, 0, 0}).shared_per_sm, 96U * 1024);
}

TEST(Occupancy, LimitersAreASet) {
  // Ampere 8.6: 16 blocks of 3 warps are 48 warps, all there are; 40 registers allow 48 warps as well.
  const Occupancy found = of(of(8, 6), {96, 40});
  EXPECT_EQ(found.limiters, kByWarps | kByRegisters | kByBlocks);
  EXPECT_EQ(text_of_limiters(found.limiters), "warps, registers and blocks");
  EXPECT_EQ(text_of_limiters(kByRegisters), "registers");
  EXPECT_EQ(text_of_limiters(kByWarps | kByShared), "warps and shared memory");
  EXPECT_EQ(text_of_limiters(0), "nothing");
}

TEST(Occupancy, WhatNothingIsTakenOfDoesNotLimit) {
  const Occupancy found = of(of(7, 0), {256, 0});
  EXPECT_EQ(found.by_registers, kUnlimited);
  EXPECT_EQ(found.by_shared, kUnlimited);
}

TEST(Occupancy, ErrorsSayWhatIsTheMost) {
  EXPECT_THAT(why_not(of(8, 6), {0, 32}), AllOf(HasSubstr("a block of 0 threads"), HasSubstr("1 to 1024")));
  EXPECT_THAT(why_not(of(8, 6), {1025, 32}), HasSubstr("1025"));
  EXPECT_THAT(why_not(of(8, 6), {32, 256}), AllOf(HasSubstr("256 registers"), HasSubstr("8.6"), HasSubstr("255")));
  EXPECT_THAT(why_not(of(8, 6), {32, 32, 51'200, 51'200}),
              AllOf(HasSubstr("51200"), HasSubstr("101376 bytes (99 KiB)")));
  EXPECT_THAT(why_not(of(8, 6), {32, 32, 8, ~std::uint64_t{0}}), HasSubstr("99 KiB"));
  EXPECT_THAT(why_not(of(8, 6), {32, 32, 0, 0, 101}), AllOf(HasSubstr("101 %"), HasSubstr("0 to 100")));
  EXPECT_EQ(why_not(of(8, 6), {32, 255, 0, 101'376, 100}), "");
}

TEST(Waves, AreBlocksOverWhatTheChipHolds) {
  // 28 SMs with 8 blocks each hold 224: a thousand blocks are 4.46 waves.
  Occupancy eight;
  eight.blocks = 8;
  EXPECT_NEAR(waves(1000, 28, eight), 4.464, 0.001);
  EXPECT_EQ(waves(448, 28, eight), 2.0);
  EXPECT_EQ(waves(448, 28, Occupancy{}), 0.0) << "where no block fits there are no waves";
}

TEST(Curves, HaveThePointsOfTheSpreadsheet) {
  const KernelUse use{256, 37, 0, 4096};
  const auto threads = curve(of(8, 6), use, Axis::kBlockThreads);
  ASSERT_EQ(threads.size(), 32U);
  EXPECT_EQ(threads.front().x, 32U);
  EXPECT_EQ(threads.back().x, 1024U);
  const auto registers = curve(of(8, 6), use, Axis::kRegisters);
  ASSERT_EQ(registers.size(), 240U);
  EXPECT_EQ(registers.front().x, 16U);
  EXPECT_EQ(registers.back().x, 255U);
  const auto shared = curve(of(8, 6), use, Axis::kShared);
  ASSERT_EQ(shared.size(), 199U);
  EXPECT_EQ(shared.back().x, 101'376U);
}

TEST(Curves, PassThroughTheKernelsOwnPoint) {
  const KernelUse use{256, 37, 512, 4096};
  const int here = of(of(8, 6), use).warps;
  EXPECT_EQ(curve(of(8, 6), use, Axis::kBlockThreads)[256 / 32 - 1].warps, here);
  EXPECT_EQ(curve(of(8, 6), use, Axis::kRegisters)[37 - 16].warps, here);
  EXPECT_EQ(curve(of(8, 6), use, Axis::kShared)[4608 / 512].warps, here);
}

TEST(Curves, MoreRegistersAndMoreSharedMemoryNeverGiveMoreWarps) {
  for (const SmLimits& limits : all_limits()) {
    for (const Axis axis : {Axis::kRegisters, Axis::kShared}) {
      const auto points = curve(limits, {192, 32}, axis);
      for (std::size_t i = 1; i < points.size(); ++i)
        ASSERT_LE(points[i].warps, points[i - 1].warps) << text_of(limits.capability) << " at " << points[i].x;
    }
  }
}

TEST(Curves, AreZeroWhereNothingCanRun) {
  // 1024 threads of 65 registers would be 32 warps of 2304: 73,728, more than a block gets.
  const auto points = curve(of(9, 0), {1024, 32}, Axis::kRegisters);
  EXPECT_EQ(points[64 - 16].warps, 32);
  EXPECT_EQ(points[65 - 16].warps, 0);
}

TEST(Suggestions, AFewRegistersFewerGiveAnotherBlock) {
  // Hopper, blocks of 256. 51 registers are 1792 a warp, after rounding: nine in a quarter of the file, 36 on the SM,
  // four blocks: 32 warps. 48 are 1536: ten, 40 on the SM, five blocks. (40 registers would give 48 warps, at eleven
  // fewer.)
  const auto found = suggest(of(9, 0), {256, 51});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->axis, Axis::kRegisters);
  EXPECT_EQ(found->to, 48U);
  EXPECT_EQ(found->warps, 40);
  EXPECT_EQ(found->text, "3 registers fewer gives 25 % more warps");
  EXPECT_EQ(suggest(of(9, 0), {256, 49})->text, "1 register fewer gives 25 % more warps");
}

TEST(Suggestions, ALittleLessSharedMemoryLetsAnotherBlockIn) {
  // 8.6, 100 KiB: blocks of 24.5 KiB take 25.5 with the reserve, three of them; 24 take 25: four.
  const auto found = suggest(of(8, 6), {256, 32, 0, 25'088});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->axis, Axis::kShared);
  EXPECT_EQ(found->to, 24'576U);
  EXPECT_EQ(found->text, "512 bytes less shared memory in a block gives 33 % more warps");
}

TEST(Suggestions, AnotherBlockSizeFillsTheSm) {
  // 8.6: 16 blocks of one warp are 16 warps; blocks of 64 are 32.
  const auto found = suggest(of(8, 6), {32, 16});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->axis, Axis::kBlockThreads);
  EXPECT_EQ(found->text, "a block of 64 threads gives 100 % more warps");
}

TEST(Suggestions, ABlockThatDoesNotFitIsToldWhatLetsItIn) {
  const auto found = suggest(of(9, 0), {1024, 66});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->text, HasSubstr("where no block fits now"));
  EXPECT_GT(found->warps, 0);
}

TEST(Suggestions, ThereIsNoneWhereTheSmIsFull) {
  EXPECT_FALSE(suggest(of(9, 0), {256, 32}));
  EXPECT_FALSE(suggest(of(9, 0), {2000, 32})) << "nor for what is no block";
}

TEST(Suggestions, WhatTheySayIsWhatTheCalculatorSays) {
  for (const SmLimits& limits : all_limits()) {
    for (int registers = 20; registers <= 120; registers += 7) {
      const KernelUse use{192, registers, 0, 9000};
      const auto found = suggest(limits, use);
      if (!found) continue;
      KernelUse then = use;
      if (found->axis == Axis::kRegisters) then.registers_per_thread = static_cast<int>(found->to);
      if (found->axis == Axis::kBlockThreads) then.block_threads = static_cast<int>(found->to);
      if (found->axis == Axis::kShared) then.dynamic_shared = found->to;
      EXPECT_EQ(of(limits, then).warps, found->warps);
      EXPECT_GT(found->warps, of(limits, use).warps);
    }
  }
}

}  // namespace
}  // namespace warpscope::gpu
