// Kernels that nvcc compiled, in which lanes exchange values: results against plain loops.
#include <algorithm>
#include <numeric>

#include "tests/vgpu/warp_kernel.h"

namespace warpscope::vgpu::tests {
namespace {

std::vector<int> numbers(int count) {
  std::vector<int> values(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = (i * 7919 + 13) % 1009 - 504;
  return values;
}

TEST(WarpKernels, BlocksSumByShuffles) {
  for (const unsigned threads : {32U, 48U, 128U, 1000U}) {
    const auto values = numbers(5000);
    const unsigned blocks = (5000 + threads - 1) / threads;
    WarpKernel kernel = WarpKernel::from_file("reductions.ptx");
    kernel.buffer(values).buffer(std::vector<int>(blocks)).scalar(5000);
    EXPECT_EQ(fault_of(kernel.run("block_sums", {blocks, 1, 1}, {threads, 1, 1})), "");
    const auto sums = kernel.read<int>(1, blocks);
    for (unsigned b = 0; b < blocks; ++b) {
      const auto end = values.begin() + std::min(5000U, (b + 1) * threads);
      EXPECT_EQ(sums[b], std::accumulate(values.begin() + b * threads, end, 0)) << threads << " threads, block " << b;
    }
  }
}

TEST(WarpKernels, SegmentsOfEightScanDoubles) {
  std::vector<double> values(64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) * 0.25 - 3;
  WarpKernel kernel = WarpKernel::from_file("reductions.ptx");
  kernel.buffer(values).buffer(std::vector<double>(64));
  EXPECT_EQ(fault_of(kernel.run("segment_scan", {1, 1, 1}, {64, 1, 1})), "");
  const auto sums = kernel.read<double>(1, 64);
  for (std::size_t first = 0; first < 64; first += 8) {
    double sum = 0;
    for (std::size_t i = first; i < first + 8; ++i) EXPECT_EQ(sums[i], sum += values[i]) << i;
  }
}

TEST(WarpKernels, BallotsKeepPositiveNumbersInOrder) {
  const auto values = numbers(500);
  std::vector<int> want;
  std::copy_if(values.begin(), values.end(), std::back_inserter(want), [](int v) { return v > 0; });
  WarpKernel kernel = WarpKernel::from_file("reductions.ptx");
  kernel.buffer(values).buffer(std::vector<int>(500)).buffer(std::vector<int>(1)).scalar(500);
  EXPECT_EQ(fault_of(kernel.run("compact", {1, 1, 1}, {32, 1, 1})), "");
  EXPECT_EQ(kernel.read<int>(2, 1)[0], static_cast<int>(want.size()));
  EXPECT_EQ(kernel.read<int>(1, want.size()), want);
}

TEST(WarpKernels, LanesOfOneBinSendOne) {
  std::vector<int> values = numbers(700);
  std::vector<int> want(11);
  for (int& v : values) ++want[static_cast<std::size_t>(v = (v + 504) % 11)];
  WarpKernel kernel = WarpKernel::from_file("reductions.ptx");
  kernel.buffer(values).buffer(std::vector<int>(11)).scalar(700);
  EXPECT_EQ(fault_of(kernel.run("aggregated_histogram", {6, 1, 1}, {128, 1, 1}, 2)), "");
  EXPECT_EQ(kernel.read<int>(1, 11), want);
}

TEST(WarpKernels, ReduceInstructions) {
  const auto values = numbers(96);
  WarpKernel kernel = WarpKernel::from_file("reductions.ptx");
  kernel.buffer(values).buffer(std::vector<int>(12));
  EXPECT_EQ(fault_of(kernel.run("reduce_instructions", {1, 1, 1}, {96, 1, 1})), "");
  const auto got = kernel.read<int>(1, 12);
  for (std::size_t warp = 0; warp < 3; ++warp) {
    const std::vector<int> mine(values.begin() + static_cast<long>(warp * 32),
                                values.begin() + static_cast<long>(warp * 32 + 32));
    int odd = 0;
    for (std::size_t i = 1; i < 32; i += 2) odd += mine[i];
    EXPECT_EQ(got[warp * 4], *std::min_element(mine.begin(), mine.end()));
    EXPECT_EQ(got[warp * 4 + 1], *std::max_element(mine.begin(), mine.end()));
    EXPECT_EQ(got[warp * 4 + 2], std::accumulate(mine.begin(), mine.end(), 0, [](int a, int b) { return a | b; }));
    EXPECT_EQ(got[warp * 4 + 3], odd);
  }
}

TEST(WarpKernels, CooperativeGroups) {
  const auto values = numbers(64);
  WarpKernel kernel = WarpKernel::from_file("reductions.ptx");
  kernel.buffer(values).buffer(std::vector<int>(16)).buffer(std::vector<int>(64));
  EXPECT_EQ(fault_of(kernel.run("group_sums", {1, 1, 1}, {64, 1, 1})), "");
  const auto sums = kernel.read<int>(1, 16);
  const auto ranks = kernel.read<int>(2, 64);
  for (std::size_t tile = 0; tile < 16; ++tile) {
    const auto first = values.begin() + static_cast<long>(tile * 4);
    EXPECT_EQ(sums[tile], std::accumulate(first, first + 4, 0)) << tile;
  }
  for (std::size_t warp = 0; warp < 2; ++warp) {
    const auto first = values.begin() + static_cast<long>(warp * 32);
    const auto size = std::count_if(first, first + 32, [](int v) { return v % 3 == 0; });
    int rank = 0;
    for (std::size_t i = warp * 32; i < warp * 32 + 32; ++i) {
      EXPECT_EQ(ranks[i], values[i] % 3 == 0 ? rank++ + 100 * static_cast<int>(size) : -1) << i;
    }
  }
}

// ---- What is refused, and how it says so

std::string refusal_of(const std::string& body) {
  const WarpKernel kernel = WarpKernel::from_text(
      ".version 8.5\n.target sm_90a\n.address_size 64\n.visible .entry k() {\n.reg .b32 %r<20>;\n.reg .b16 %h<4>;\n"
      ".reg .pred %p<4>;\n.reg .b64 %x<4>;\n" +
      body + "\nret;\n}\n");
  const auto refused = kernel.program().refusals(0);
  return refused.empty() ? "" : refused.front().message;
}

TEST(WarpKernels, RegistersOfAnotherWidthAreRefused) {
  for (const char* body :
       {"shfl.sync.down.b32 %h1, %r1, 1, 31, -1;", "shfl.sync.down.b32 %r1, %x1, 1, 31, -1;",
        "vote.sync.any.pred %r1, %p1, -1;", "vote.sync.ballot.b32 %p1, %p2, -1;", "match.any.sync.b64 %r1, %r2, -1;",
        "redux.sync.add.s32 %x1, %r1, -1;", "activemask.b32 %h1;", "shfl.sync.down.b32 %r1|%r2, %r1, 1, 31, -1;",
        "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%r1,%r2,%r3,%r4}, {%h1,%r6}, {%r7}, "
        "{%r8,%r9,%r10,%r11};",
        "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%x1}, [%r1];",
        "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%h1];"}) {
    EXPECT_NE(refusal_of(body), "") << body;
  }
}

TEST(WarpKernels, VariantsThatDoNotExistAreRefused) {
  for (const char* body :
       {"shfl.sync.b32 %r1, %r1, 1, 31, -1;", "shfl.sync.down.b32 %r1, %r1, 1, 31;", "vote.sync.ballot.b32 %r1;",
        "redux.sync.add.b32 %r1, %r1, -1;", "match.any.sync.b16 %r1, %h1, -1;", "elect.sync %r1, -1;",
        "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%r1,%r2}, {%r5,%r6}, {%r7}, {%r8,%r9,%r10,%r11};",
        "mma.sync.aligned.m16n8k8.col.row.f32.f16.f16.f32 {%r1,%r2,%r3,%r4}, {%r5,%r6}, {%r7}, "
        "{%r8,%r9,%r10,%r11};",
        "wmma.load.a.sync.aligned.row.m16n16k16.f32 {%r1}, [%x1];",
        "wmma.load.c.sync.aligned.row.m16n16k16.f64 {%x1,%x1,%x1,%x1,%x1,%x1,%x1,%x1}, [%x1];",
        "ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {%r1,%r2}, [%r1];"}) {
    EXPECT_NE(refusal_of(body), "") << body;
  }
  EXPECT_EQ(refusal_of("shfl.sync.down.b32 %r1|_, %r1, 1, 31, -1;"), "");
}

TEST(WarpKernels, SparseProductsAreRefusedByName) {
  const std::string message = refusal_of(
      "mma.sp.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%r1,%r2,%r3,%r4}, {%r5,%r6}, {%r7,%r8}, "
      "{%r9,%r10,%r11,%r12}, "
      "%r13, 0x0;");
  EXPECT_NE(message.find("mma.sp.sync"), std::string::npos) << message;
  EXPECT_NE(message.find("sparse"), std::string::npos) << message;
}

}  // namespace
}  // namespace warpscope::vgpu::tests
