// The SM map's launches fill a GPU, compute the right thing, and change with their block as they say.
#include "compute/kernels/map_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/kernels/expect_results.h"

namespace warpscope::kernels::testing {
namespace {

using ::testing::HasSubstr;

const MapKernel& entry(std::string_view name) {
  const MapKernel* const found = find_map_kernel(name);
  EXPECT_NE(found, nullptr) << name;
  return found != nullptr ? *found : map_kernels().front();
}

std::string refusal(std::string_view name, int threads) {
  std::string why;
  return shape_for(entry(name), threads, why) ? "accepted" : why;
}

LaunchShape shape(std::string_view name, int threads) {
  std::string why;
  const auto found = shape_for(entry(name), threads, why);
  EXPECT_TRUE(found) << why;
  return found.value_or(LaunchShape{});
}

LaunchCase launch_of(const MapKernel& map, const LaunchShape& shape) {
  LaunchCase launch = default_launch(map.kernel);
  launch.kernel = map.entry;
  launch.grid = shape.grid;
  launch.block = shape.block;
  launch.shared_bytes = shape.dynamic_shared_bytes;
  return launch;
}

TEST(MapKernels, BeginWithTheMatrixProductWhoseBlockMayHaveAnyNumberOfRows) {
  ASSERT_FALSE(map_kernels().empty());
  EXPECT_EQ(map_kernels().front().kernel.name, "matmul_strip");
  EXPECT_EQ(find_map_kernel("matmul"), nullptr);
}

TEST(MapKernels, AreKernelsOfTheCatalogueAndEachNameStandsForOne) {
  std::set<std::string_view> names, titles, entries;
  for (const MapKernel& map : map_kernels()) {
    SCOPED_TRACE(map.kernel.name);
    EXPECT_TRUE(names.insert(map.kernel.name).second);
    EXPECT_TRUE(titles.insert(map.kernel.title).second);
    entries.insert(map.entry);
    const Kernel* const kernel = find_kernel(map.entry);
    ASSERT_NE(kernel, nullptr);
    EXPECT_EQ(ptx_asset(map.kernel, Flavour::kOptimised), ptx_asset(*kernel, Flavour::kOptimised));
    EXPECT_EQ(source_path(map.kernel), source_path(*kernel));
    EXPECT_TRUE(map.kernel.findings.empty());
    EXPECT_EQ(find_map_kernel(map.kernel.name), &map);
  }
  // All but those of Convolve and of training, which take their own launches to the SM map, and those with a bug.
  for (const Kernel& kernel : catalogue()) {
    if (kernel.topic == "live convolution" || kernel.topic == "bugs to find") continue;
    if (kernel.topic.starts_with("training: ")) continue;
    EXPECT_TRUE(entries.contains(kernel.name)) << kernel.name;
  }
}

// 28 SMs are a GeForce RTX 3060's.
TEST(MapKernels, HaveSeveralBlocksForEverySmAndOneHas100000) {
  for (const MapKernel& map : map_kernels()) {
    EXPECT_GE(map.kernel.grid.count(), 5U * 28) << map.kernel.name;
  }
  EXPECT_EQ(entry("vector_add_100000").kernel.grid, (base::Dim3{100'000, 1, 1}));
  EXPECT_EQ(entry("matmul_strip").kernel.grid, (base::Dim3{10, 40, 1}));
}

TEST(MapKernels, ABlockOfRowsCoversTheSameData) {
  const LaunchShape of_96 = shape("matmul_strip", 96);
  EXPECT_EQ(of_96.block, (base::Dim3{32, 3, 1}));
  EXPECT_EQ(of_96.grid, (base::Dim3{10, 107, 1}));
  EXPECT_EQ(of_96.dynamic_shared_bytes, (3U + 32) * 32 * 4);
  const LaunchShape of_1024 = shape("matmul_strip", 1024);
  EXPECT_EQ(of_1024.grid, (base::Dim3{10, 10, 1}));
  EXPECT_EQ(of_1024.dynamic_shared_bytes, (32U + 32) * 32 * 4);
  EXPECT_EQ(shape("softmax", 96).grid, (base::Dim3{667, 1, 1}));
}

TEST(MapKernels, ABlockOfAnyWidthCoversTheSameData) {
  EXPECT_EQ(shape("vector_add", 96).grid, (base::Dim3{10'417, 1, 1}));
  EXPECT_EQ(shape("vector_add", 1).grid, (base::Dim3{1'000'000, 1, 1}));
  EXPECT_EQ(shape("reduce_divergent", 128).dynamic_shared_bytes, 512U);
  EXPECT_EQ(shape("reduce_shuffle", 96).dynamic_shared_bytes, 0U);
}

TEST(MapKernels, TellWhyABlockIsNotPossible) {
  EXPECT_THAT(refusal("transpose_padded", 256), HasSubstr("transpose_padded is written for blocks of 32 x 32 threads"));
  EXPECT_THAT(refusal("matmul_tiled", 128), HasSubstr("16 x 16"));
  EXPECT_THAT(refusal("matmul_strip", 100), HasSubstr("rows of 32 threads: a block has a multiple of 32, such as 96"));
  EXPECT_THAT(refusal("matmul_strip", 20), HasSubstr("such as 32"));
  EXPECT_THAT(refusal("reduce_sequential", 96), HasSubstr("a power of two of them, 32 to 1024"));
  EXPECT_THAT(refusal("reduce_shuffle", 100), HasSubstr("a multiple of 32 threads"));
  EXPECT_THAT(refusal("histogram_shared", 8), HasSubstr("at least 16 threads"));
  EXPECT_THAT(refusal("vector_add", 1025), HasSubstr("1 to 1024"));
  EXPECT_THAT(refusal("vector_add", 0), HasSubstr("1 to 1024"));
  EXPECT_EQ(refusal("vector_add", 1000), "accepted");
}

TEST(MapKernels, TheDefaultLaunchIsTheShapeOfItsNumberOfThreads) {
  for (const MapKernel& map : map_kernels()) {
    std::string why;
    const auto shape = shape_for(map, static_cast<int>(map.kernel.block.count()), why);
    ASSERT_TRUE(shape) << map.kernel.name << ": " << why;
    EXPECT_EQ(shape->grid, map.kernel.grid) << map.kernel.name;
    EXPECT_EQ(shape->block, map.kernel.block) << map.kernel.name;
    EXPECT_EQ(shape->dynamic_shared_bytes, map.kernel.shared_bytes) << map.kernel.name;
  }
}

// Every number of threads that a kernel can have, and no other.
TEST(MapKernels, ShapesHoldAllTheDataAndNoMoreBlocksThanItTakes) {
  for (const MapKernel& map : map_kernels()) {
    SCOPED_TRACE(map.kernel.name);
    for (int threads = 1; threads <= 1024; ++threads) {
      std::string why;
      const auto shape = shape_for(map, threads, why);
      ASSERT_EQ(shape.has_value(), why.empty()) << threads;
      if (!shape) continue;
      ASSERT_EQ(shape->block.count(), static_cast<std::uint64_t>(threads));
      const std::uint32_t along_y = map.line_of_blocks ? shape->grid.x : shape->grid.y;
      ASSERT_GE(along_y * shape->block.y, map.threads.y) << threads;
      ASSERT_LT((along_y - 1) * shape->block.y, map.threads.y) << threads;
      if (map.line_of_blocks) continue;
      ASSERT_GE(shape->grid.x * shape->block.x, map.threads.x) << threads;
      ASSERT_LT((shape->grid.x - 1) * shape->block.x, map.threads.x) << threads;
    }
  }
}

class MapKernelResults : public ::testing::TestWithParam<std::string> {};

// A simulation of the default launch is to take seconds at most.
TEST_P(MapKernelResults, AreRightAndComeSoon) {
  const MapKernel& map = entry(GetParam());
  std::string why;
  const auto shape = shape_for(map, static_cast<int>(map.kernel.block.count()), why);
  ASSERT_TRUE(shape) << why;
  const std::uint64_t instructions = expect_results(launch_of(map, *shape), Flavour::kOptimised, 0);
  EXPECT_GE(instructions, 100'000U);
  EXPECT_LE(instructions, 6'000'000U);
  RecordProperty("warp_instructions", std::to_string(instructions));
}

TEST_P(MapKernelResults, AreRightWithOtherBlocks) {
  const MapKernel& map = entry(GetParam());
  int possible = 0;
  for (const int threads : {32, 96, 128}) {
    std::string why;
    const auto shape = shape_for(map, threads, why);
    if (!shape) continue;
    ++possible;
    expect_results(launch_of(map, *shape), Flavour::kOptimised, 0);
  }
  EXPECT_EQ(possible == 0, map.rule == BlockRule::kFixed);
}

std::vector<std::string> map_names() {
  std::vector<std::string> names;
  for (const MapKernel& map : map_kernels()) names.emplace_back(map.kernel.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Kernels, MapKernelResults, ::testing::ValuesIn(map_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace warpscope::kernels::testing
