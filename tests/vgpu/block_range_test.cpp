// A part of a grid by itself: its blocks do what they do in the whole, and no others run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vgpu/warp_kernel.h"

namespace warpscope::vgpu {
namespace {

using ::testing::HasSubstr;
using tests::fault_of;
using tests::WarpKernel;

constexpr std::uint32_t kBlocks = 10, kThreads = 48;

// out[i] = 1000 * blocks of the grid + the number of the block, for thread i of all.
const std::string kText =
    ".version 7.0\n.target sm_70\n.address_size 64\n"
    ".visible .entry k(.param .u64 out) {\n.reg .b32 %r<8>; .reg .b64 %rd<4>;\n"
    "ld.param.u64 %rd1, [out];\nmov.u32 %r1, %tid.x;\nmov.u32 %r2, %ntid.x;\nmov.u32 %r3, %ctaid.x;\n"
    "mov.u32 %r4, %nctaid.x;\nmad.lo.s32 %r5, %r3, %r2, %r1;\nmul.wide.u32 %rd2, %r5, 4;\nadd.s64 %rd2, %rd1, %rd2;\n"
    "mad.lo.s32 %r6, %r4, 1000, %r3;\nst.global.u32 [%rd2], %r6;\nret;\n}\n";

WarpKernel kernel() {
  WarpKernel kernel = WarpKernel::from_text(kText);
  kernel.buffer(std::vector<std::uint32_t>(kBlocks * kThreads, 0));
  return kernel;
}

std::vector<std::uint32_t> expected(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint32_t> out(kBlocks * kThreads, 0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t block = i / kThreads;
    if (block >= first && block <= last) out[i] = static_cast<std::uint32_t>(1000 * kBlocks + block);
  }
  return out;
}

std::vector<std::uint32_t> outputs(const WarpKernel& kernel, const GlobalMemory& memory) {
  std::vector<std::uint32_t> out(kBlocks * kThreads);
  EXPECT_TRUE(memory.read(kernel.address(0), {reinterpret_cast<std::uint8_t*>(out.data()), out.size() * 4}));
  return out;
}

struct Range {
  std::uint64_t first, last;
};
constexpr Range kRanges[] = {{0, ~0ULL}, {0, 0}, {3, 3}, {9, 9}, {2, 6}, {7, 1000}};

TEST(BlockRange, OnlyTheseBlocksRunWithOneThreadAndWithSeveral) {
  for (const Range range : kRanges) {
    for (const int threads : {1, 4}) {
      const WarpKernel one = kernel();
      Launch launch = one.launch("k", {kBlocks, 1, 1}, {kThreads, 1, 1});
      launch.first_block = range.first;
      launch.last_block = range.last;
      GlobalMemory memory = one.memory();
      TextureTable textures;
      RunOptions options;
      options.threads = threads;
      const RunReport report = run(one.shared_program(), launch, memory, textures, options);
      EXPECT_EQ(fault_of(report), "");
      EXPECT_EQ(report.status, RunStatus::kDone);
      EXPECT_EQ(outputs(one, memory), expected(range.first, range.last)) << range.first << " to " << range.last;
      // Two warps a block, 11 instructions each.
      EXPECT_EQ(report.warp_instructions, launch.block_count() * 2 * 11);
    }
  }
}

TEST(BlockRange, StepByStepItIsTheSameAndGoesBackToACopy) {
  for (const Range range : kRanges) {
    const WarpKernel one = kernel();
    Launch launch = one.launch("k", {kBlocks, 1, 1}, {kThreads, 1, 1});
    launch.first_block = range.first;
    launch.last_block = range.last;
    auto machine = Machine::create(one.shared_program(), launch, one.memory());
    ASSERT_TRUE(machine);
    machine->run(0);
    ASSERT_EQ(machine->state().blocks.size(), 1U);
    EXPECT_EQ(machine->state().blocks.front().number, range.first);
    machine->run(5);
    const MachineState early = machine->state();
    std::uint64_t steps = 5;
    while (machine->state().status == RunStatus::kRunning) steps += machine->run(1);
    EXPECT_EQ(steps, launch.block_count() * 2 * 11);
    EXPECT_EQ(machine->state().ended_blocks, launch.block_count());
    EXPECT_EQ(outputs(one, machine->state().memory), expected(range.first, range.last));
    const std::uint64_t end = machine->state().hash();
    machine->restore(early);
    EXPECT_EQ(machine->run(~0ULL), steps - 5);
    EXPECT_EQ(machine->state().hash(), end);
  }
}

TEST(BlockRange, ABlockThatTheGridDoesNotHaveIsRefused) {
  const WarpKernel one = kernel();
  Launch launch = one.launch("k", {kBlocks, 1, 1}, {kThreads, 1, 1});
  launch.first_block = launch.last_block = kBlocks;
  const auto beyond = check_launch(one.program(), launch);
  ASSERT_FALSE(beyond);
  EXPECT_THAT(beyond.error().message, HasSubstr("blocks 10 to 10"));
  EXPECT_THAT(beyond.error().message, HasSubstr("0 to 9"));
  launch.first_block = 4;
  launch.last_block = 3;
  EXPECT_FALSE(check_launch(one.program(), launch));
}

}  // namespace
}  // namespace warpscope::vgpu
