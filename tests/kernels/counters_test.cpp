// What the comments of the kernels promise about counters, counted by hand for the launches of the catalogue.
#include <gtest/gtest.h>

#include "compute/vgpu/observers/counters.h"
#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {
namespace {

using vgpu::CounterRow;

class Counted {
 public:
  explicit Counted(const std::string& kernel, Flavour flavour = Flavour::kOptimised) : kernel_(kernel) {
    Prepared prepared = prepare(default_launch(*find_kernel(kernel)), flavour);
    outcome_ = run(prepared, {.observers = {&counters_}});
    EXPECT_EQ(outcome_.report.status, vgpu::RunStatus::kDone);
    if (prepared.program) lines_ = counters_.lines(vgpu::SourceMap(*prepared.program));
  }

  // Of the one line of the source that contains `code`.
  CounterRow line(const std::string& code) const {
    const std::string source = read_text(source_path(*find_kernel(kernel_)));
    const std::size_t at = source.find("\nextern");
    const std::size_t found = source.find(code, at);
    EXPECT_NE(found, std::string::npos) << code;
    EXPECT_EQ(source.find(code, found + 1), std::string::npos) << code << " stands on several lines";
    const int number =
        1 + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<long>(found), '\n'));
    for (const vgpu::LineCounters& line : lines_) {
      if (line.where.line == number && line.where.file == source_path(*find_kernel(kernel_))) return line.row;
    }
    ADD_FAILURE() << "nothing was counted for line " << number;
    return {};
  }
  CounterRow total() const { return counters_.total(); }
  const Outcome& outcome() const { return outcome_; }

 private:
  std::string kernel_;
  vgpu::Counters counters_;
  std::vector<vgpu::LineCounters> lines_;
  Outcome outcome_;
};

// 32 warps of which the last has 8 elements: a sector instead of four.
constexpr std::uint64_t kSectorsOf1000Floats = 31 * 4 + 1;

TEST(Counters, VectorAddFetchesNothingInVain) {
  const CounterRow row = Counted("vector_add").line("sum[i] = a[i] + b[i]");
  EXPECT_EQ(row.global_requests, 3U * 32);
  EXPECT_EQ(row.global_sectors, 3 * kSectorsOf1000Floats);
}

// Optimised, the loop is unrolled by four: a warp in which some lanes go round four times and some three runs both
// ways.
TEST(Counters, SaxpyIsCoalescedInEveryRound) {
  const CounterRow row = Counted("saxpy", Flavour::kDebug).line("y[i] = a * x[i] + y[i]");
  EXPECT_EQ(row.global_requests, 3U * 32);
  EXPECT_EQ(row.global_sectors, 3 * kSectorsOf1000Floats);
}

TEST(Counters, StridedCopyNeedsASectorForEachLane) {
  const CounterRow row = Counted("copy_strided").line("out[i] = in[i * stride]");
  EXPECT_EQ(row.global_requests, 2U * 32);
  EXPECT_EQ(row.global_sectors, 1000 + kSectorsOf1000Floats);
}

TEST(Counters, OffsetCopyNeedsAFifthSector) {
  const CounterRow row = Counted("copy_offset").line("out[i] = in[i + offset]");
  EXPECT_EQ(row.global_sectors, 31 * 5 + 2 + kSectorsOf1000Floats);
}

// 96 x 64 elements are 192 warps.
TEST(Counters, NaiveTransposeScattersItsStores) {
  const CounterRow row = Counted("transpose_naive").line("out[x * height + y] = in[y * width + x]");
  EXPECT_EQ(row.global_requests, 2U * 192);
  EXPECT_EQ(row.global_sectors, 192U * (4 + 32));
}

TEST(Counters, SharedTransposeTradesThemForBankConflicts) {
  const Counted counted("transpose_shared");
  const CounterRow load = counted.line("tile[threadIdx.y][threadIdx.x] = "),
                   store = counted.line("] = tile[threadIdx.x]");
  EXPECT_EQ(load.global_sectors, 192U * 4);
  EXPECT_EQ(load.shared_wavefronts, 192U);
  EXPECT_EQ(store.global_sectors, 192U * 4);
  EXPECT_EQ(store.shared_wavefronts, 192U * 32);
  EXPECT_EQ(store.shared_bank_conflicts, 192U * 31);
}

TEST(Counters, APaddedTileHasNoBankConflicts) {
  const Counted counted("transpose_padded");
  EXPECT_EQ(counted.line("] = tile[threadIdx.x]").shared_wavefronts, 192U);
  EXPECT_EQ(counted.total().shared_bank_conflicts, 0U);
  EXPECT_EQ(counted.total().global_sectors, 192U * 8);
}

// 40 x 40: of the 24 rows of warps (two rows of the matrix each) 20 have elements, in 3 columns of blocks, the last of
// which are 8 elements wide. They take 40 steps.
TEST(Counters, NaiveMatrixProductAsksForEverythingAgain) {
  const CounterRow row = Counted("matmul_naive").line("sum += a[row * n + k] * b[k * n + column]");
  EXPECT_EQ(row.global_requests, 20U * 3 * 40 * 2);
  EXPECT_EQ(row.global_sectors, 20U * 40 * (3 * 2 + 2 + 2 + 1));
}

// Three tiles along each row and column; of the last, half the warps load rows of B that exist.
TEST(Counters, TiledMatrixProductLoadsATileOnceForABlock) {
  const Counted counted("matmul_tiled");
  EXPECT_EQ(counted.line("a_tile[threadIdx.y][threadIdx.x] = ").global_requests, 20U * 3 * 3);
  EXPECT_EQ(counted.line("b_tile[threadIdx.y][threadIdx.x] = ").global_requests, 9U * (8 + 8 + 4));
  EXPECT_EQ(counted.total().shared_bank_conflicts, 0U);
}

// 40 x 40 in strips of 32 x 4: two blocks beside each other, ten rows of them; two tiles along each way. Lanes of the
// second block of a row are 8 in the matrix. Each of four warps fetches eight rows of B's tile; the last tile has
// eight.
TEST(Counters, MatrixProductInStripsLoadsATileOfBOnceForABlock) {
  const Counted counted("matmul_strip");
  EXPECT_EQ(counted.line("row < n && a_column < n").global_requests, 2U * 40 * 2);
  EXPECT_EQ(counted.line("b_row < n && column < n").global_requests, 2U * 10 * (32 + 8));
  EXPECT_EQ(counted.line("sum += a_strip").shared_bank_conflicts, 0U);
  EXPECT_EQ(counted.total().shared_bank_conflicts, 0U);
}

// Warps with work in the eight rounds of a block of 8 warps: 8 8 8 8 8 4 2 1 against 4 2 1 1 1 1 1 1; two loads, one
// store.
TEST(Counters, ReductionsDoTheSameWorkWithMoreOrFewerWarps) {
  const CounterRow divergent = Counted("reduce_divergent").line("partial[t] += partial[t + stride]");
  const CounterRow sequential = Counted("reduce_sequential").line("partial[t] += partial[t + stride]");
  EXPECT_EQ(divergent.shared_requests, 4U * 47 * 3);
  EXPECT_EQ(sequential.shared_requests, 4U * 12 * 3);
  EXPECT_EQ(sequential.shared_bank_conflicts, 0U);
}

TEST(Counters, SequentialReductionDivergesInItsLastFiveRounds) {
  EXPECT_EQ(Counted("reduce_sequential").line("if (t < stride)").divergent_branches, 4U * 5);
  EXPECT_EQ(Counted("reduce_divergent").line("if (t % (2 * stride) == 0)").divergent_branches, 4U * 47);
}

TEST(Counters, ShuffledReductionHardlyUsesSharedMemory) {
  EXPECT_EQ(Counted("reduce_shuffle").total().shared_requests, 4U * (8 + 1));
  EXPECT_GT(Counted("reduce_sequential").total().shared_requests, 100U);
}

TEST(Counters, ScanHasNoBankConflicts) {
  EXPECT_EQ(Counted("scan_inclusive").total().shared_bank_conflicts, 0U);
}

TEST(Counters, HistogramsTakeTurnsInDifferentPlaces) {
  const CounterRow global = Counted("histogram_global").total();
  EXPECT_EQ(global.atomics, 125U);
  EXPECT_EQ(global.atomic_threads, 4000U);
  EXPECT_GT(global.atomic_contention, 1000U);
  const CounterRow shared = Counted("histogram_shared").line("atomicAdd(&bins[threadIdx.x]");
  EXPECT_EQ(shared.atomics, 16U);
  EXPECT_EQ(shared.atomic_threads, 16U * 16);
  const CounterRow aggregated = Counted("histogram_aggregated").total();
  EXPECT_EQ(aggregated.atomics, 125U);
  EXPECT_EQ(aggregated.atomic_contention, 0U);
  EXPECT_EQ(aggregated.atomic_threads, global.atomic_threads - global.atomic_contention);
}

TEST(Counters, ConstantMemoryHalvesTheRequestsOfAConvolution) {
  const Counted naive("convolution_naive"), constant("convolution_constant");
  const std::string code = "sum += filter[row * kSize + column] * image[from_y * width + from_x]";
  EXPECT_EQ(naive.line(code).global_requests, 2 * constant.line(code).global_requests);
  EXPECT_EQ(naive.outcome().buffers.at(2), constant.outcome().buffers.at(1)) << "bit for bit";
}

// 12 blocks, of which those at the right are 2 pixels wide and those at the bottom 8 high.
TEST(Counters, TiledConvolutionReadsSharedMemoryInTwoWavefronts) {
  const CounterRow row = Counted("convolution_tiled").line("sum += filter[row * kSize + column] * tile");
  const std::uint64_t full_warps = 3 * 20, narrow_warps = 20;
  EXPECT_EQ(row.shared_requests, 25 * (full_warps + narrow_warps));
  EXPECT_EQ(row.shared_wavefronts, 25 * (2 * full_warps + narrow_warps));
}

TEST(Counters, MandelbrotKeepsLanesWaiting) {
  const CounterRow row = Counted("mandelbrot").line("while (step < max_steps");
  EXPECT_GT(row.divergent_branches, 100U);
  EXPECT_LT(row.active_lanes_mean(), 31.0);
}

// ---- A training step

// Pictures 1, 5 and 9 of 400 bytes begin in the middle of a sector: the three full warps of each touch five, and its
// last four lanes one.
TEST(Counters, GatherReadsAPictureInOnePiece) {
  const Counted gather("gather_plain");
  EXPECT_EQ(gather.line("uchar4 b = bytes[i]").global_requests, 3U * 4);
  EXPECT_EQ(gather.line("uchar4 b = bytes[i]").global_sectors, 3U * (3 * 5 + 1));
  EXPECT_EQ(gather.line("out[i] = make_float4").global_requests, 3U * 4);
  EXPECT_EQ(gather.line("out[i] = make_float4").global_sectors, 3U * 1600 / 32);
}

// Rows are 40 bytes apart: no two lanes of a load share a sector.
TEST(Counters, SoftmaxCrossEntropyLoadsPairs) {
  const CounterRow row = Counted("softmax_cross_entropy").line("values[i] = row[i]");
  EXPECT_EQ(row.global_requests, 3U * 5);
  EXPECT_EQ(row.global_sectors, 80U * 5);
}

TEST(Counters, TrainingMetricsCountsEachSampleOnce) {
  const CounterRow row = Counted("training_metrics").line("atomicAdd");
  EXPECT_EQ(row.atomics, 3U) << "warps that have a sample";
  EXPECT_EQ(row.atomic_threads, 80U);
}

// 300 threads of four parameters: 10 warps, the last of which has 12.
TEST(Counters, AdamWithFourParametersAThreadFetchesNothingInVain) {
  const Counted adam("adam_update_vector");
  for (const char* code : {"float4 gradient =", "float4 parameter =", "float4 mean =", "float4 square =",
                           "(first)[i] = mean", "(second)[i] = square", "(parameters)[i] = parameter"}) {
    EXPECT_EQ(adam.line(code).global_requests, 10U) << code;
    EXPECT_EQ(adam.line(code).global_sectors, 1200U * 4 / 32) << code;
  }
}

TEST(Counters, CheckGradientsTakesTheRestOneByOne) {
  const Counted check("check_gradients");
  EXPECT_EQ(check.line("float4 g =").global_requests, 10U);
  EXPECT_EQ(check.line("gradients[count - 1 - first]").global_requests, 1U);
  EXPECT_EQ(check.line("gradients[count - 1 - first]").global_sectors, 1U);
}

}  // namespace
}  // namespace warpscope::kernels::testing
