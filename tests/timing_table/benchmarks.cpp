#include "tests/timing_table/benchmarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "compute/gpu/occupancy.h"

namespace warpscope::timing_table {
namespace {

using base::Dim3;

constexpr std::uint64_t kMiB = 1ULL << 20;
Buffer zeros(std::uint64_t bytes) {
  return {bytes, Buffer::Content::kZeros, 0};
}

// Steps of one block, some and three times as many.
Pair steps(const std::string& kernel, Dim3 block, std::vector<Argument> before, int few, double work_a_step,
           std::uint64_t result_bytes) {
  Pair pair;
  for (const bool more : {false, true}) {
    Launch& launch = more ? pair.many : pair.few;
    const int count = more ? 3 * few : few;
    launch = {kernel, {1, 1, 1}, block, 0, before, work_a_step * count};
    launch.arguments.emplace_back(count);
    launch.arguments.emplace_back(zeros(result_bytes));
    launch.arguments.emplace_back(zeros(64));
  }
  return pair;
}

// a: KiB that are walked through, over and over; 0: memory that no cache holds.
Pair chase(const gpu::Gpu&, int a, int) {
  Pair pair;
  const auto ring = static_cast<std::uint64_t>(a) << 10;
  const int lap = a == 0 ? 512 : a * 16;
  const int laps = a == 0 ? 1 : std::max(1, 1024 / lap);
  for (const bool more : {false, true}) {
    const int count = lap * laps * (more ? 2 : 1);
    const Buffer words = a == 0 ? Buffer{256 * kMiB, Buffer::Content::kPath, static_cast<std::uint64_t>(count) + 1}
                                : Buffer{ring, Buffer::Content::kRing, ring / 64};
    (more ? pair.many : pair.few) =
        Launch{"chase", {1, 1, 1}, {32, 1, 1}, 0, {words, count, zeros(256), zeros(64)}, static_cast<double>(count)};
  }
  return pair;
}

// a: warps of the block. The figure is of one warp: cycles it takes for one of its operations.
template <int kChains>
Pair fma(const gpu::Gpu&, int a, int) {
  return steps(fmt::format("fma_{}", kChains), {static_cast<std::uint32_t>(32 * a), 1, 1}, {1.5F}, 256, kChains, 4096);
}
// The same, of all lanes of the SM: operations.
Pair fma_lanes(const gpu::Gpu&, int a, int) {
  return steps("fma_8", {static_cast<std::uint32_t>(32 * a), 1, 1}, {1.5F}, 128, 8.0 * 32 * a, 4096);
}
template <int kChains>
Pair dfma(const gpu::Gpu&, int a, int) {
  return steps(fmt::format("dfma_{}", kChains), {static_cast<std::uint32_t>(32 * a), 1, 1}, {1.5}, 256,
               static_cast<double>(kChains) * a, 8192);
}
Pair dfma_lanes(const gpu::Gpu&, int a, int) {
  return steps("dfma_4", {static_cast<std::uint32_t>(32 * a), 1, 1}, {1.5}, 64, 4.0 * 32 * a, 8192);
}
Pair mad(const gpu::Gpu&, int a, int) {
  return steps("mad_1", {static_cast<std::uint32_t>(32 * a), 1, 1}, {std::int32_t{5}}, 256, 1, 4096);
}
Pair mad_lanes(const gpu::Gpu&, int a, int) {
  return steps("mad_8", {static_cast<std::uint32_t>(32 * a), 1, 1}, {std::int32_t{5}}, 128, 8.0 * 32 * a, 4096);
}
Pair shuffle(const gpu::Gpu&, int, int) {
  return steps("shuffle", {32, 1, 1}, {}, 256, 1, 128);
}
// a: words between neighbouring lanes.
Pair shared_chase(const gpu::Gpu&, int a, int) {
  return steps("shared_chase", {32, 1, 1}, {std::int32_t{a}}, 256, 1, 128);
}
// a: warps of the block.
Pair barrier(const gpu::Gpu&, int a, int) {
  return steps("barrier", {static_cast<std::uint32_t>(32 * a), 1, 1}, {}, 64, 1, 4096);
}
Pair atomic_chain(const gpu::Gpu&, int, int) {
  return steps("atomic_chain", {1, 1, 1}, {zeros(256)}, 64, 1, 128);
}
// a: floats between neighbouring lanes. Work: loads of a warp; 32 warps make them.
Pair l1_stride(const gpu::Gpu&, int a, int) {
  return steps("l1_stride", {1024, 1, 1}, {zeros(64 * 64 * 4 + 256), std::int32_t{a}, std::int32_t{0}}, 16, 8.0 * 32,
               4096);
}

// Bytes. 16 KiB that every SM reads over and over.
Pair l1_bandwidth(const gpu::Gpu& gpu, int, int) {
  Pair pair;
  const auto sms = static_cast<std::uint32_t>(gpu.sms());
  for (const bool more : {false, true}) {
    const int laps = more ? 24 : 8;
    (more ? pair.many : pair.few) =
        Launch{"l1_bandwidth",      {sms, 1, 1}, {256, 1, 1}, 0, {zeros(16 << 10), 0, laps, zeros(sms * 1024ULL)},
               16384.0 * laps * sms};
  }
  return pair;
}
// Bytes. a: buffer in blocks of 256 KiB.
Pair l2_bandwidth(const gpu::Gpu& gpu, int a, int) {
  Pair pair;
  for (const bool more : {false, true}) {
    const auto blocks = static_cast<std::uint32_t>(gpu.sms() * (more ? 4 : 2));
    (more ? pair.many : pair.few) = Launch{
        "l2_bandwidth", {blocks, 1, 1}, {1024, 1, 1}, 0, {zeros(a * 262'144ULL), a, zeros(8192)}, 262'144.0 * blocks};
  }
  return pair;
}

// Bytes of a stream. a: threads of a block; two of them fit an SM, which what they take of shared memory sees to.
Pair stream(const gpu::Gpu& gpu, const char* kernel, int a, int arrays) {
  Pair pair;
  const gpu::SmLimits* const limits = gpu::find_limits(gpu.capability);
  const std::uint32_t half = limits == nullptr ? 0 : limits->shared_bytes / 2 - limits->reserved_shared;
  const auto wave = static_cast<std::uint64_t>(gpu.sms()) * 2 * static_cast<std::uint64_t>(a);
  // What is written first stays in L2: only what comes when that is full goes at the memory's pace.
  const auto fills_l2 = static_cast<std::uint64_t>(gpu.l2_mib * 1.25 * static_cast<double>(kMiB) / 8);
  for (const bool more : {false, true}) {
    std::uint64_t count = std::max(4 * wave, fills_l2);
    if (more) count += std::max<std::uint64_t>(8 * wave, 1U << 20);
    const auto blocks = static_cast<std::uint32_t>(count / static_cast<std::uint64_t>(a));
    count = static_cast<std::uint64_t>(blocks) * static_cast<std::uint64_t>(a);
    Launch& launch = more ? pair.many : pair.few;
    launch = {kernel,
              {blocks, 1, 1},
              {static_cast<std::uint32_t>(a), 1, 1},
              half,
              {},
              8.0 * static_cast<double>(count) * arrays};
    for (int i = 0; i < std::max(arrays, kernel == std::string_view("stream_read") ? 2 : 1); ++i)
      launch.arguments.emplace_back(zeros(8 * count));
  }
  return pair;
}
Pair stream_init(const gpu::Gpu& gpu, int a, int) {
  return stream(gpu, "stream_init", a, 1);
}
Pair stream_read(const gpu::Gpu& gpu, int a, int) {
  return stream(gpu, "stream_read", a, 1);
}
Pair stream_scale(const gpu::Gpu& gpu, int a, int) {
  return stream(gpu, "stream_scale", a, 2);
}
Pair stream_triad(const gpu::Gpu& gpu, int a, int) {
  return stream(gpu, "stream_triad", a, 3);
}

// Bytes. Matrices 8192 wide in blocks of 16 x 16. a: 0 by rows, 1 by columns.
Pair add(const gpu::Gpu&, int a, int) {
  Pair pair;
  constexpr std::uint32_t kWidth = 8192;
  for (const bool more : {false, true}) {
    const std::uint32_t height = more ? 192 : 64;
    const Dim3 grid = a == 0 ? Dim3{kWidth / 16, height / 16, 1} : Dim3{height / 16, kWidth / 16, 1};
    const Buffer matrix = zeros(4ULL * kWidth * height);
    (more ? pair.many : pair.few) = Launch{a == 0 ? "add_rows" : "add_columns",
                                           grid,
                                           {16, 16, 1},
                                           0,
                                           {matrix, matrix, matrix, static_cast<int>(kWidth), static_cast<int>(height)},
                                           12.0 * kWidth * height};
  }
  return pair;
}

// Laps of a block. a: how many lanes want the same bank.
Pair shared_ways(const gpu::Gpu& gpu, int a, int) {
  Pair pair;
  const auto blocks = static_cast<std::uint32_t>(4 * gpu.sms());
  for (const bool more : {false, true}) {
    const int laps = more ? 24 : 8;
    (more ? pair.many : pair.few) = Launch{fmt::format("shared_{}", a),     {blocks, 1, 1},           {256, 1, 1}, 0,
                                           {laps, zeros(blocks * 1024ULL)}, static_cast<double>(laps)};
  }
  return pair;
}

// Bytes read and written of a matrix of floats, 4096 wide, in tiles of 32 x 32, 8 rows at a time.
template <int kKind>
Pair transpose(const gpu::Gpu&, int, int) {
  constexpr const char* kKernels[] = {"copy_8", "transpose_naive_8", "transpose_shared_8", "transpose_padded_8"};
  Pair pair;
  constexpr std::uint64_t kWidth = 4096;
  for (const bool more : {false, true}) {
    const std::uint32_t rows = more ? 56 : 24;
    (more ? pair.many : pair.few) =
        Launch{std::string(kKernels[kKind]),
               {kWidth / 32, rows, 1},
               {32, 8, 1},
               0,
               {zeros(kWidth * kWidth * 4), zeros(kWidth * rows * 32 * 4), static_cast<int>(kWidth)},
               8.0 * kWidth * rows * 32};
  }
  return pair;
}
// The same of 1024 x 1024, 16 rows at a time, that L2 holds from the launch before.
template <int kKind>
Pair small_transpose(const gpu::Gpu&, int, int) {
  constexpr const char* kKernels[] = {"copy_16", "transpose_naive_16", "transpose_shared_16", "transpose_padded_16"};
  const Buffer matrix = zeros(1024ULL * 1024 * 4);
  return {
      {}, {std::string(kKernels[kKind]), {32, 32, 1}, {32, 16, 1}, 0, {matrix, matrix, 1024}, 8.0 * 1024 * 1024}, true};
}

// Floats added up.
template <int kKind>
Pair reduce(const gpu::Gpu& gpu, int, int) {
  constexpr const char* kKernels[] = {"reduce_divergent", "reduce_conflicting", "reduce_sequential", "reduce_two",
                                      "reduce_last_warp"};
  constexpr int kFloats = kKind < 3 ? 256 : 512;
  Pair pair;
  for (const bool more : {false, true}) {
    const auto blocks = static_cast<std::uint32_t>(gpu.sms() * 8 * (more ? 5 : 2));
    (more ? pair.many : pair.few) = Launch{std::string(kKernels[kKind]),
                                           {blocks, 1, 1},
                                           {256, 1, 1},
                                           0,
                                           {zeros(blocks * 4ULL * kFloats), zeros(blocks * 4ULL)},
                                           static_cast<double>(blocks) * kFloats};
  }
  return pair;
}

// Values counted, all of them in the same one of 512 bins.
Pair histogram_global(const gpu::Gpu&, int, int) {
  Pair pair;
  for (const bool more : {false, true}) {
    const std::uint32_t blocks = more ? 512 : 256;
    (more ? pair.many : pair.few) = Launch{"histogram_global",
                                           {blocks, 1, 1},
                                           {512, 1, 1},
                                           0,
                                           {zeros(blocks * 2048ULL), zeros(2048), static_cast<int>(blocks * 512), 512},
                                           512.0 * blocks};
  }
  return pair;
}
Pair histogram_shared(const gpu::Gpu& gpu, int, int) {
  Pair pair;
  for (const bool more : {false, true}) {
    const auto blocks = static_cast<std::uint32_t>(gpu.sms() * 3 * (more ? 12 : 4));
    (more ? pair.many : pair.few) = Launch{"histogram_shared",
                                           {blocks, 1, 1},
                                           {512, 1, 1},
                                           2048,
                                           {zeros(blocks * 2048ULL), zeros(2048), static_cast<int>(blocks * 512), 512},
                                           512.0 * blocks};
  }
  return pair;
}

// Float operations of a part of a product of 4096 x 4096: as many blocks as the GPU holds at a time, and a piece of
// each sum.
struct Product {
  const char* kernel;
  Dim3 block;
  int side_x, side_y;  // of a block's part of c: along blockIdx.x, blockIdx.y
  int wide;            // blocks along x
  int blocks_an_sm, depth;
};
Pair product(const gpu::Gpu& gpu, const Product& p) {
  Pair pair;
  constexpr std::uint64_t kPitch = 4096;
  const int blocks = gpu.sms() * p.blocks_an_sm;
  const int wide = p.wide == 0 ? blocks : p.wide, high = std::max(1, blocks / wide);
  const auto rows = static_cast<std::uint64_t>(p.wide == 0 ? wide * p.side_x : high * p.side_y);
  for (const bool more : {false, true}) {
    const int depth = p.depth * (more ? 3 : 1);
    (more ? pair.many : pair.few) =
        Launch{p.kernel,
               {static_cast<std::uint32_t>(wide), static_cast<std::uint32_t>(high), 1},
               p.block,
               0,
               {zeros(rows * kPitch * 4), zeros(static_cast<std::uint64_t>(depth) * kPitch * 4),
                zeros(rows * kPitch * 4), static_cast<int>(kPitch), depth},
               2.0 * wide * high * p.side_x * p.side_y * depth};
  }
  return pair;
}
Pair matmul_rows(const gpu::Gpu& gpu, int, int) {
  return product(gpu, {"matmul_rows", {32, 32, 1}, 32, 32, 0, 1, 64});
}
Pair matmul_columns(const gpu::Gpu& gpu, int, int) {
  return product(gpu, {"matmul_columns", {1024, 1, 1}, 32, 32, 0, 1, 64});
}
Pair matmul_shared(const gpu::Gpu& gpu, int, int) {
  return product(gpu, {"matmul_shared", {1024, 1, 1}, 32, 32, 0, 1, 64});
}
Pair matmul_8(const gpu::Gpu& gpu, int, int) {
  return product(gpu, {"matmul_8", {512, 1, 1}, 64, 64, 56, 2, 32});
}
Pair matmul_64(const gpu::Gpu& gpu, int, int) {
  return product(gpu, {"matmul_64", {256, 1, 1}, 128, 128, 28, 2, 16});
}
Pair matmul_vectors(const gpu::Gpu& gpu, int, int) {
  return product(gpu, {"matmul_vectors", {256, 1, 1}, 128, 128, 28, 2, 16});
}

// clang-format off
constexpr Benchmark kBenchmarks[] = {
    {"chase", "latency", true, chase},
    {"fma_1", "latency", true, fma<1>}, {"fma_2", "latency", true, fma<2>}, {"fma_4", "latency", true, fma<4>},
    {"fma_8", "latency", true, fma<8>}, {"fma_lanes", "latency", true, fma_lanes},
    {"dfma_1", "latency", true, dfma<1>}, {"dfma_2", "latency", true, dfma<2>}, {"dfma_4", "latency", true, dfma<4>},
    {"dfma_lanes", "latency", true, dfma_lanes},
    {"mad", "latency", true, mad}, {"mad_lanes", "latency", true, mad_lanes},
    {"shuffle", "latency", true, shuffle}, {"shared_chase", "latency", true, shared_chase},
    {"barrier", "latency", true, barrier}, {"atomic_chain", "latency", true, atomic_chain},
    {"l1_stride", "latency", true, l1_stride},
    {"l1_bandwidth", "bandwidth", false, l1_bandwidth}, {"l2_bandwidth", "bandwidth", false, l2_bandwidth},
    {"stream_init", "bandwidth", false, stream_init}, {"stream_read", "bandwidth", false, stream_read},
    {"stream_scale", "bandwidth", false, stream_scale}, {"stream_triad", "bandwidth", false, stream_triad},
    {"add", "bandwidth", false, add}, {"shared_ways", "bandwidth", false, shared_ways},
    {"copy", "patterns", false, transpose<0>}, {"transpose_naive", "patterns", false, transpose<1>},
    {"transpose_shared", "patterns", false, transpose<2>}, {"transpose_padded", "patterns", false, transpose<3>},
    {"small_copy", "patterns", false, small_transpose<0>},
    {"small_transpose_naive", "patterns", false, small_transpose<1>},
    {"small_transpose_shared", "patterns", false, small_transpose<2>},
    {"small_transpose_padded", "patterns", false, small_transpose<3>},
    {"reduce_divergent", "patterns", false, reduce<0>}, {"reduce_conflicting", "patterns", false, reduce<1>},
    {"reduce_sequential", "patterns", false, reduce<2>}, {"reduce_two", "patterns", false, reduce<3>},
    {"reduce_last_warp", "patterns", false, reduce<4>},
    {"histogram_global", "patterns", false, histogram_global},
    {"histogram_shared", "patterns", false, histogram_shared},
    {"matmul_rows", "matmul", false, matmul_rows}, {"matmul_columns", "matmul", false, matmul_columns},
    {"matmul_shared", "matmul", false, matmul_shared}, {"matmul_8", "matmul", false, matmul_8},
    {"matmul_64", "matmul", false, matmul_64}, {"matmul_vectors", "matmul", false, matmul_vectors},
};

// ptxas 13.0 -arch=sm_86 -v.
struct Registers {
  std::string_view kernel;
  int count;
};
constexpr Registers kRegisters[] = {
    {"chase", 22}, {"fma_1", 16}, {"fma_2", 14}, {"fma_4", 18}, {"fma_8", 26}, {"dfma_1", 14}, {"dfma_2", 16},
    {"dfma_4", 20}, {"mad_1", 14}, {"mad_8", 24}, {"shuffle", 15}, {"shared_chase", 15}, {"barrier", 12},
    {"atomic_chain", 14}, {"l1_stride", 24}, {"l1_bandwidth", 38}, {"l2_bandwidth", 40}, {"stream_init", 10},
    {"stream_read", 8}, {"stream_scale", 10}, {"stream_triad", 12}, {"add_rows", 12}, {"add_columns", 12},
    {"shared_1", 21}, {"shared_2", 19}, {"shared_4", 19}, {"shared_8", 19}, {"shared_16", 19}, {"copy_16", 12},
    {"transpose_naive_16", 12}, {"transpose_shared_16", 19}, {"transpose_padded_16", 19}, {"copy_8", 24},
    {"transpose_naive_8", 20}, {"transpose_shared_8", 26}, {"transpose_padded_8", 26}, {"reduce_divergent", 13},
    {"reduce_conflicting", 10}, {"reduce_sequential", 10}, {"reduce_two", 10}, {"reduce_last_warp", 11},
    {"histogram_global", 16}, {"histogram_shared", 10}, {"matmul_rows", 40}, {"matmul_columns", 40},
    {"matmul_shared", 38}, {"matmul_8", 48}, {"matmul_64", 128}, {"matmul_vectors", 127},
};
// clang-format on

}  // namespace

std::span<const Benchmark> benchmarks() {
  return kBenchmarks;
}

const Benchmark* find_benchmark(std::string_view name) {
  const auto* const found = std::ranges::find(kBenchmarks, name, &Benchmark::name);
  return found == std::end(kBenchmarks) ? nullptr : found;
}

int registers_of(std::string_view kernel) {
  const auto* const found = std::ranges::find(kRegisters, kernel, &Registers::kernel);
  return found == std::end(kRegisters) ? 32 : found->count;
}

}  // namespace warpscope::timing_table
