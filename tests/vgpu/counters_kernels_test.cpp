// Counters of real kernels whose access patterns are counted by hand.
#include <gtest/gtest.h>

#include "compute/vgpu/observers/counters.h"
#include "tests/vgpu/check_kernel.h"

namespace warpscope::vgpu {
namespace {

using tests::CheckKernel;
using tests::iota;
using tests::line_of;

class CountersOf : public testing::Test {
 protected:
  CheckKernel kernel_{"counters.ptx"};
  Counters counters_;

  void run(const std::string& name, base::Dim3 grid, base::Dim3 block) {
    const RunReport report = kernel_.run(name, grid, block, {&counters_});
    ASSERT_EQ(report.status, RunStatus::kDone) << (report.fault ? report.fault->message : "");
    EXPECT_EQ(counters_.total().warp_instructions, report.warp_instructions);
    EXPECT_EQ(counters_.total().thread_instructions, report.thread_instructions);
  }
  CounterRow line(const std::string& marker) {
    for (const LineCounters& l : counters_.lines(SourceMap(kernel_.program()))) {
      if (l.where.line == line_of("counters.cu", marker)) return l.row;
    }
    ADD_FAILURE() << "nothing counted for #" << marker;
    return {};
  }
  // Reads are what the pattern is about, the write of each is consecutive.
  void expect_sectors(const std::string& marker, std::uint64_t read, std::uint64_t written) {
    const CounterRow row = line(marker);
    EXPECT_EQ(row.global_requests, 2U);
    EXPECT_EQ(row.global_sectors, read + written);
  }
};

TEST_F(CountersOf, StrideOne) {
  kernel_.in(iota(32)).out(128).scalar(1);
  run("copy_stride", {1}, {32});
  expect_sectors("stride", 4, 4);
}
TEST_F(CountersOf, StrideTwo) {
  kernel_.in(iota(64)).out(128).scalar(2);
  run("copy_stride", {1}, {32});
  expect_sectors("stride", 8, 4);
}
TEST_F(CountersOf, StrideThirtyTwo) {
  kernel_.in(iota(1024)).out(128).scalar(32);
  run("copy_stride", {1}, {32});
  expect_sectors("stride", 32, 4);
}
TEST_F(CountersOf, MisalignedByFourBytes) {
  kernel_.in(iota(33)).out(128).scalar(1);
  run("copy_offset", {1}, {32});
  expect_sectors("offset", 5, 4);
}
TEST_F(CountersOf, Doubles) {
  kernel_.in(iota(64)).out(256);
  run("copy_double", {1}, {32});
  expect_sectors("double", 8, 8);
}
TEST_F(CountersOf, VectorsOfFour) {
  kernel_.in(iota(128)).out(512);
  run("copy_float4", {1}, {32});
  expect_sectors("float4", 16, 16);
}
TEST_F(CountersOf, Broadcast) {
  kernel_.in(iota(32)).out(128);
  run("broadcast", {1}, {32});
  expect_sectors("broadcast", 1, 4);
}
TEST_F(CountersOf, PartOfAWarp) {
  kernel_.in(iota(32)).out(128).scalar(1);
  run("copy_stride", {1}, {9});
  expect_sectors("stride", 2, 2);
  EXPECT_DOUBLE_EQ(line("stride").active_lanes_mean(), 9.0);
}
TEST_F(CountersOf, RandomGather) {
  // A fixed permutation of the multiples of 3: sector of lane i is (i * 11 % 32 * 3) / 8, that is floor(3k/8), k = 0
  // ... 31: all of 0 ... 11.
  std::vector<std::int32_t> index;
  for (int i = 0; i < 32; ++i) index.push_back(i * 11 % 32 * 3);
  kernel_.in(iota(96)).in(index).out(128);
  run("gather", {1}, {32});
  expect_sectors("gather", 12, 4);
}
TEST_F(CountersOf, TransposeWithConflicts) {
  kernel_.in(iota(1024)).out(4096);
  run("transpose_conflicts", {1}, {32, 32});
  const CounterRow total = counters_.total();
  EXPECT_EQ(total.shared_wavefronts, 32U + 32U * 32U);
  EXPECT_EQ(total.shared_bank_conflicts, 32U * 31U);
  EXPECT_EQ(total.global_sectors, 32U * 8U);
}
TEST_F(CountersOf, TransposePadded) {
  kernel_.in(iota(1024)).out(4096);
  run("transpose_padded", {1}, {32, 32});
  EXPECT_EQ(counters_.total().shared_wavefronts, 64U);
  EXPECT_EQ(counters_.total().shared_bank_conflicts, 0U);
}
TEST_F(CountersOf, Divergence) {
  kernel_.in(std::vector<std::int32_t>(32, 1));
  run("diverge", {1}, {32});
  EXPECT_EQ(line("branch").divergent_branches, 1U);
}
TEST_F(CountersOf, ContendedAtomic) {
  kernel_.zeros(4);
  run("contended", {2}, {32});
  const CounterRow total = counters_.total();
  EXPECT_EQ(total.atomics, 2U);
  EXPECT_EQ(total.atomic_threads, 64U);
  EXPECT_EQ(total.atomic_contention, 62U);
}
TEST_F(CountersOf, FourLanesAnAddress) {
  kernel_.zeros(32);
  run("four_way", {1}, {32});
  EXPECT_EQ(counters_.total().atomic_contention, 24U);
}
TEST_F(CountersOf, LocalMemory) {
  kernel_.in(std::vector<std::int32_t>(32, 5)).zeros(128);
  run("local_array", {1}, {32});
  const CounterRow read = line("local-read");
  EXPECT_EQ(read.local_requests, 1U);
  EXPECT_EQ(read.local_sectors, 4U);
  EXPECT_EQ(line("local-write").local_sectors, 64U);  // 16 words of 4 sectors each, however they are grouped
}

}  // namespace
}  // namespace warpscope::vgpu
