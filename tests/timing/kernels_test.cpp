// What is known of real kernels: which one is faster, what it waits for, how much of the memory's bandwidth a copy
// gets.
#include <fmt/format.h>

#include <map>

#include "compute/kernels/catalogue.h"
#include "compute/kernels/register_table.h"
#include "compute/timing/register_estimate.h"
#include "tests/timing/bench_kernel.h"
#include "tests/timing/shipped_kernel.h"

namespace warpscope::timing::testing {
namespace {

double share_of(const Timeline& timeline, std::initializer_list<Stall> stalls) {
  std::uint64_t some = 0, all = 0;
  for (const Stall stall : stalls) some += cycles_of(timeline, stall);
  for (const std::uint64_t cycles : timeline.warp_cycles) all += cycles;
  return static_cast<double>(some) / static_cast<double>(all);
}

Timeline run_shipped(std::string_view name, std::vector<std::string> arguments, base::Dim3 grid,
                     const SimulateOptions& options) {
  ShippedKernel kernel(*kernels::find_kernel(name), std::move(arguments), grid);
  auto result = kernel.simulate(options);
  EXPECT_TRUE(result) << (result ? "" : result.error().text());
  return result ? std::move(result->timeline) : Timeline{};
}

TEST(Copy, GetsMostOfTheBandwidthOfMemory) {
  constexpr const char* kCopy = R"(
.visible .entry k(.param .u64 from, .param .u64 to) {
.reg .b64 %rd<6>; .reg .b32 %r<5>; .reg .f32 %f;
ld.param.u64 %rd1, [from]; ld.param.u64 %rd2, [to];
mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;
mad.lo.s32 %r4, %r1, %r2, %r3;
mul.wide.u32 %rd3, %r4, 4;
add.s64 %rd4, %rd1, %rd3;
add.s64 %rd5, %rd2, %rd3;
ld.global.f32 %f, [%rd4];
st.global.f32 [%rd5], %f;
ret;
}
)";
  constexpr std::uint64_t kCount = 1U << 22;
  for (const int sms : {20, 40}) {
    const gpu::Gpu gpu = make_gpu(sms);
    BenchKernel kernel(kCopy);
    kernel.out(4 * kCount);
    kernel.out(4 * kCount);
    const Timeline timeline = kernel.run({kCount / 256, 1, 1}, {256, 1, 1}, options_for(gpu)).timeline;
    // What is written last stays in L2.
    const auto moved = static_cast<double>(timeline.traffic.dram_read_bytes + timeline.traffic.dram_write_bytes);
    EXPECT_GT(moved, 8.0 * kCount - gpu.l2_mib * (1 << 20) - 1);
    const double share = moved / timeline.seconds() / (gpu.bandwidth_gbs * 1e9);
    EXPECT_GT(share, 0.75) << sms;
    EXPECT_LT(share, 0.95) << sms;
    EXPECT_EQ(timeline.traffic.dram_read_bytes, 4 * kCount);
    EXPECT_GT(share_of(timeline, {Stall::kLongScoreboard, Stall::kLgThrottle, Stall::kDrain}), 0.5);
  }
}

TEST(Caches, AreWarmWhereALaunchWentBefore) {
  SimulateOptions cold = options_for(make_gpu(8)), warm = cold;
  warm.cold_caches = false;
  const std::vector<std::string> arguments{"buf:f32:65536:zero", "buf:f32:65536:zero", "buf:f32:65536:zero",
                                           "i32:65536"};
  const Timeline first = run_shipped("vector_add", arguments, {256, 1, 1}, cold);
  const Timeline second = run_shipped("vector_add", arguments, {256, 1, 1}, warm);
  EXPECT_EQ(first.traffic.dram_read_bytes, 2U * 4 * 65'536);
  EXPECT_EQ(second.traffic.dram_read_bytes, 0U);
  EXPECT_LT(second.cycles, first.cycles);
}

TEST(Transposes, ArePaddedForAReason) {
  const std::vector<std::string> arguments{"buf:f32:1048576:iota", "buf:f32:1048576:zero", "i32:1024", "i32:1024"};
  SimulateOptions options = options_for(make_gpu(28));
  options.cold_caches = false;
  std::map<std::string, Timeline> runs;
  for (const char* name : {"transpose_naive", "transpose_shared", "transpose_padded"}) {
    runs[name] = run_shipped(name, arguments, {32, 32, 1}, options);
  }
  const Timeline &naive = runs["transpose_naive"], &shared = runs["transpose_shared"],
                 &padded = runs["transpose_padded"];
  EXPECT_LT(padded.cycles, shared.cycles);
  EXPECT_LT(padded.cycles, naive.cycles);
  EXPECT_EQ(padded.traffic.shared_conflicts, 0U);
  EXPECT_EQ(shared.traffic.shared_conflicts, 32'768U * 31) << "a warp's column is one bank: 31 wavefronts too many";
  // Stores that touch 32 sectors fill the queue of global memory; columns of one bank that of shared memory.
  const auto queue = {Stall::kLgThrottle, Stall::kLongScoreboard, Stall::kDrain};
  const auto bank = {Stall::kShortScoreboard, Stall::kMioThrottle};
  EXPECT_GT(share_of(naive, queue), 0.6);
  EXPECT_GT(share_of(shared, bank), 2 * share_of(padded, bank));
}

TEST(MatrixProducts, AreFasterInTiles) {
  const std::vector<std::string> arguments{"buf:f32:65536:rand:1", "buf:f32:65536:rand:2", "buf:f32:65536:zero",
                                           "i32:256"};
  const SimulateOptions options = options_for(make_gpu(8));
  const Timeline naive = run_shipped("matmul_naive", arguments, {16, 16, 1}, options);
  const Timeline tiled = run_shipped("matmul_tiled", arguments, {16, 16, 1}, options);
  EXPECT_LT(tiled.cycles, naive.cycles);
  // A warp is two rows of 16: of each pair of numbers it fetches two sectors of A and two of B, or of 16 pairs four and
  // four.
  EXPECT_EQ(naive.traffic.l1_sectors, 2048U * 256 * 4);
  EXPECT_EQ(tiled.traffic.l1_sectors, 2048U * 16 * 8);
  // 256 multiply-adds for each element of the product.
  EXPECT_EQ(naive.flops, 2.0 * 256 * 256 * 256);
  EXPECT_EQ(tiled.flops, naive.flops);
}

TEST(Reductions, AreFasterWithoutDivergence) {
  const std::vector<std::string> arguments{"buf:f32:262144:rand:1", "buf:f32:1024:zero", "i32:262144"};
  const SimulateOptions options = options_for(make_gpu(8));
  const Cycle divergent = run_shipped("reduce_divergent", arguments, {1024, 1, 1}, options).cycles;
  const Cycle sequential = run_shipped("reduce_sequential", arguments, {1024, 1, 1}, options).cycles;
  const Cycle shuffle = run_shipped("reduce_shuffle", arguments, {1024, 1, 1}, options).cycles;
  EXPECT_LT(sequential, divergent);
  EXPECT_LT(shuffle, sequential);
}

TEST(Histograms, AreFasterInSharedMemory) {
  const std::vector<std::string> arguments{"buf:u8:262144:rand:1", "buf:u32:16:zero", "i32:262144"};
  const SimulateOptions options = options_for(make_gpu(8));
  const Cycle global = run_shipped("histogram_global", arguments, {1024, 1, 1}, options).cycles;
  const Cycle shared = run_shipped("histogram_shared", arguments, {1024, 1, 1}, options).cycles;
  EXPECT_LT(shared, global);
}

// How far the estimate is from what ptxas says.
TEST(RegisterEstimate, IsNearToWhatTheAssemblerSays) {
  double sum = 0, worst = 0;
  int count = 0;
  std::string list;
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    const auto truth = kernels::shipped_resources(kernel.name, 86);
    if (!truth) continue;
    const ShippedKernel shipped(kernel);
    const ptx::Function* function = shipped.program->module->find_function(kernel.name);
    ASSERT_NE(function, nullptr) << kernel.name;
    const int estimate = estimate_registers(*function);
    const double deviation = std::abs(estimate - truth->registers) / static_cast<double>(truth->registers);
    sum += deviation;
    worst = std::max(worst, deviation);
    ++count;
    list += fmt::format("{}: {} estimated, {} in truth\n", kernel.name, estimate, truth->registers);
  }
  ASSERT_GT(count, 20);
  RecordProperty("mean_deviation_percent", static_cast<int>(100 * sum / count));
  RecordProperty("worst_deviation_percent", static_cast<int>(100 * worst));
  EXPECT_LT(sum / count, 0.25) << list;
  EXPECT_LT(worst, 0.8) << list;
}

TEST(Peak, IsLanesTimesClock) {
  // GeForce RTX 3060: 28 SMs of 128 lanes at 1.777 GHz: 12.74 TFLOPS as published.
  gpu::Gpu gpu = make_gpu(28);
  gpu.clock_mhz = 1777;
  EXPECT_NEAR(peak_of(gpu).flops, 12.74e12, 0.01e12);
  EXPECT_EQ(peak_of(gpu).dram_bytes, 360e9);
}

}  // namespace
}  // namespace warpscope::timing::testing
