#include "compute/kernels/map_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace warpscope::kernels {
namespace {

constexpr std::uint32_t kMostThreads = 1024;  // of a block, on every GPU

// What an entry changes of its kernel in the catalogue. Grid and shared memory follow from it.
struct Launch {
  base::Dim3 threads{};  // that the grid covers
  base::Dim3 block{};
  std::vector<NamedInput> arguments{};
};

LaunchShape shape_of(const MapKernel& map, base::Dim3 block) {
  const auto blocks = [](std::uint32_t threads, std::uint32_t size) {
    return (threads + size - 1) / size;
  };
  const base::Dim3& all = map.threads;
  LaunchShape shape{{blocks(all.x, block.x), blocks(all.y, block.y), blocks(all.z, block.z)},
                    block};
  if (map.line_of_blocks) shape.grid = {blocks(all.y, block.y), 1, 1};
  shape.dynamic_shared_bytes = map.fixed_shared + map.per_row_shared * block.y +
                               map.per_thread_shared * static_cast<std::uint32_t>(block.count());
  return shape;
}

MapKernel with(std::string_view name, BlockRule rule, Launch launch) {
  MapKernel map{*find_kernel(name), name, rule};
  map.threads = launch.threads;
  map.kernel.block = launch.block;
  if (!launch.arguments.empty()) map.kernel.arguments = std::move(launch.arguments);
  return map;
}

// Columns and rows of 320 make 400 blocks of 256 threads: two full waves and a part of a third on
// 28 SMs with six blocks each.
std::vector<MapKernel> matrix_products() {
  const std::vector<NamedInput> matrices = {{"a", "buf:f32:102400:rand:1"},
                                            {"b", "buf:f32:102400:rand:2"},
                                            {"c", "buf:f32:102400:zero"},
                                            {"n", "i32:320"}};
  MapKernel strip = with("matmul_strip", BlockRule::kRows, {{320, 320, 1}, {32, 8, 1}, matrices});
  strip.fixed_shared = 32 * 32 * 4;
  strip.per_row_shared = 32 * 4;
  return {strip, with("matmul_tiled", BlockRule::kFixed, {{320, 320, 1}, {16, 16, 1}, matrices}),
          with("matmul_naive", BlockRule::kRows, {{320, 320, 1}, {32, 8, 1}, matrices})};
}

std::vector<MapKernel> transposes() {
  const Launch launch{{1024, 1024, 1},
                      {32, 32, 1},
                      {{"in", "buf:f32:1048576:iota"},
                       {"out", "buf:f32:1048576:zero"},
                       {"width", "i32:1024"},
                       {"height", "i32:1024"}}};
  return {with("transpose_naive", BlockRule::kRows, launch),
          with("transpose_shared", BlockRule::kFixed, launch),
          with("transpose_padded", BlockRule::kFixed, launch)};
}

constexpr std::string_view kMillion = "buf:f32:1000000:rand:1";
constexpr std::string_view kMillionOut = "buf:f32:1000000:zero";
constexpr std::string_view kOneMillion = "i32:1000000";

std::vector<MapKernel> array_kernels() {
  const base::Dim3 million{1'000'000, 1, 1}, block{256, 1, 1};
  const MapKernel add = with("vector_add", BlockRule::kWidth,
                             {million,
                              block,
                              {{"a", kMillion},
                               {"b", "buf:f32:1000000:rand:2"},
                               {"sum", kMillionOut},
                               {"n", kOneMillion}}});
  MapKernel tiny = with("vector_add", BlockRule::kWidth,
                        {{3'200'000, 1, 1},
                         {32, 1, 1},
                         {{"a", "buf:f32:3200000:rand:1"},
                          {"b", "buf:f32:3200000:rand:2"},
                          {"sum", "buf:f32:3200000:zero"},
                          {"n", "i32:3200000"}}});
  tiny.kernel.name = "vector_add_100000";
  tiny.kernel.file = "vector_add";
  tiny.kernel.title = "Vector add, 100,000 blocks";
  tiny.kernel.idea = "A block of one warp ends almost as soon as it has begun.";
  tiny.kernel.look_for =
      "Slots that are empty while the next block is on its way; 16 blocks on an SM are 16 warps.";
  // 168 blocks of 256 threads: one wave on 28 SMs with six blocks each.
  const MapKernel saxpy = with(
      "saxpy", BlockRule::kWidth,
      {{168 * 256, 1, 1},
       block,
       {{"a", "f32:2.5"}, {"x", kMillion}, {"y", "buf:f32:1000000:rand:2"}, {"n", kOneMillion}}});
  const MapKernel strided = with("copy_strided", BlockRule::kWidth,
                                 {million,
                                  block,
                                  {{"in", "buf:f32:8000000:iota"},
                                   {"out", kMillionOut},
                                   {"n", kOneMillion},
                                   {"stride", "i32:8"}}});
  const MapKernel offset = with("copy_offset", BlockRule::kWidth,
                                {million,
                                 block,
                                 {{"in", "buf:f32:1000001:rand:1"},
                                  {"out", kMillionOut},
                                  {"n", kOneMillion},
                                  {"offset", "i32:1"}}});
  return {add, tiny, saxpy, strided, offset};
}

// Blocks of 32 threads at the least: there are as many sums as blocks.
MapKernel reduction(std::string_view name) {
  MapKernel map = with(name, BlockRule::kWidth,
                       {{500'000, 1, 1},
                        {256, 1, 1},
                        {{"in", "buf:f32:500000:rand:1"},
                         {"block_sums", "buf:f32:15625:zero"},
                         {"n", "i32:500000"}}});
  map.least = 32;
  map.power_of_two = name != "reduce_shuffle";
  map.whole = map.power_of_two ? 1 : 32;
  map.per_thread_shared = map.power_of_two ? 4 : 0;
  return map;
}

MapKernel histogram(std::string_view name, std::uint32_t least, std::uint32_t whole) {
  MapKernel map =
      with(name, BlockRule::kWidth,
           {{500'000, 1, 1},
            {256, 1, 1},
            {{"data", "buf:u8:500000:rand:1"}, {"bins", "buf:u32:16:zero"}, {"n", "i32:500000"}}});
  map.least = least;
  map.whole = whole;
  return map;
}

std::vector<MapKernel> sums_scans_and_histograms() {
  MapKernel scan =
      with("scan_inclusive", BlockRule::kWidth,
           {{250'000, 1, 1},
            {256, 1, 1},
            {{"in", "buf:f32:250000:ones"}, {"out", "buf:f32:250000:zero"}, {"n", "i32:250000"}}});
  scan.per_thread_shared = 4;
  return {reduction("reduce_divergent"),
          reduction("reduce_sequential"),
          reduction("reduce_shuffle"),
          scan,
          histogram("histogram_global", 1, 1),
          histogram("histogram_shared", 16, 1),
          histogram("histogram_aggregated", 32, 32)};
}

std::vector<MapKernel> convolutions() {
  const NamedInput image{"image", "buf:f32:147456:rand:1"}, out{"out", "buf:f32:147456:zero"},
      width{"width", "i32:512"}, height{"height", "i32:288"};
  const NamedInput filter = find_kernel("convolution_naive")->arguments.at(1);
  const base::Dim3 pixels{512, 288, 1};
  return {with("convolution_naive", BlockRule::kRows,
               {pixels, {32, 8, 1}, {image, filter, out, width, height}}),
          with("convolution_constant", BlockRule::kRows,
               {pixels, {32, 8, 1}, {image, out, width, height}}),
          with("convolution_tiled", BlockRule::kFixed,
               {pixels, {16, 16, 1}, {image, out, width, height}})};
}

std::vector<MapKernel> whole_tasks() {
  MapKernel softmax = with("softmax", BlockRule::kRows,
                           {{32, 2000, 1},
                            {32, 4, 1},
                            {{"in", "buf:f32:1000000:rand:1:8"},
                             {"out", kMillionOut},
                             {"rows", "i32:2000"},
                             {"columns", "i32:500"}}});
  softmax.line_of_blocks = true;
  MapKernel mandelbrot = with("mandelbrot", BlockRule::kRows,
                              {{640, 480, 1},
                               {32, 8, 1},
                               {{"steps", "buf:i32:307200:zero"},
                                {"width", "i32:640"},
                                {"height", "i32:480"},
                                {"left", "f32:-2.2"},
                                {"top", "f32:1.2"},
                                {"pixel", "f32:0.005"},
                                {"max_steps", "i32:128"}}});
  mandelbrot.kernel.look_for =
      "Blocks that lie inside the set take many times as long as those outside, which are done at "
      "once.";
  const MapKernel life = with("game_of_life", BlockRule::kRows,
                              {{512, 512, 1},
                               {32, 4, 1},
                               {{"now", "buf:u8:262144:rand:1:2"},
                                {"next", "buf:u8:262144:zero"},
                                {"width", "i32:512"},
                                {"height", "i32:512"}}});
  return {softmax, mandelbrot, life};
}

std::vector<MapKernel> all_entries() {
  std::vector<MapKernel> all;
  for (const auto& some : {matrix_products(), transposes(), array_kernels(),
                           sums_scans_and_histograms(), convolutions(), whole_tasks()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  for (MapKernel& map : all) {
    const LaunchShape shape = shape_of(map, map.kernel.block);
    map.kernel.grid = shape.grid;
    map.kernel.shared_bytes = shape.dynamic_shared_bytes;
  }
  return all;
}

std::optional<base::Dim3> fixed(const MapKernel& map, std::uint32_t threads, std::string& why) {
  const base::Dim3& own = map.kernel.block;
  if (threads == own.count()) return own;
  why = fmt::format(
      "{} is written for blocks of {} x {} threads: its tile in shared memory has this shape. "
      "Kernels whose block may change: matmul_strip, transpose_naive, vector_add.",
      map.entry, own.x, own.y);
  return std::nullopt;
}

std::optional<base::Dim3> wide(const MapKernel& map, std::uint32_t threads, std::string& why) {
  if (map.power_of_two && (!std::has_single_bit(threads) || threads < map.least)) {
    why = fmt::format(
        "{} halves the number of working threads in every round: its blocks have a power of two of "
        "them, {} to {}.",
        map.entry, map.least, kMostThreads);
    return std::nullopt;
  }
  if (threads % map.whole != 0) {
    why = fmt::format(
        "In {} all {} lanes of a warp take part in an exchange: its blocks have a multiple of {} "
        "threads, so that every warp is whole.",
        map.entry, map.whole, map.whole);
    return std::nullopt;
  }
  if (threads < map.least) {
    why = fmt::format("{} needs blocks of at least {} threads: so many have something to do in it.",
                      map.entry, map.least);
    return std::nullopt;
  }
  return base::Dim3{threads, 1, 1};
}

std::optional<base::Dim3> rows(const MapKernel& map, std::uint32_t threads, std::string& why) {
  const std::uint32_t width = map.kernel.block.x;
  if (threads % width == 0) return base::Dim3{width, threads / width, 1};
  const std::uint32_t below = threads / width * width;
  why = fmt::format("{} takes rows of {} threads: a block has a multiple of {}, such as {}.",
                    map.entry, width, width, below == 0 ? width : below);
  return std::nullopt;
}

}  // namespace

const std::vector<MapKernel>& map_kernels() {
  static const std::vector<MapKernel> entries = all_entries();
  return entries;
}

const MapKernel* find_map_kernel(std::string_view name) {
  const auto& all = map_kernels();
  const auto found =
      std::ranges::find_if(all, [&](const MapKernel& map) { return map.kernel.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::optional<LaunchShape> shape_for(const MapKernel& kernel, int threads, std::string& why) {
  why.clear();
  if (threads < 1 || threads > static_cast<int>(kMostThreads)) {
    why = fmt::format("A block has 1 to {} threads; {} is not possible on any GPU.", kMostThreads,
                      threads);
    return std::nullopt;
  }
  const auto count = static_cast<std::uint32_t>(threads);
  const auto block = kernel.rule == BlockRule::kFixed   ? fixed(kernel, count, why)
                     : kernel.rule == BlockRule::kWidth ? wide(kernel, count, why)
                                                        : rows(kernel, count, why);
  if (!block) return std::nullopt;
  return shape_of(kernel, *block);
}

}  // namespace warpscope::kernels
