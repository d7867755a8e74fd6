// The cycle model against published measurements, and the table in docs/timing-model.md against the model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <set>

#include "compute/device/virtual_device.h"
#include "tests/timing_table/benchmarks.h"
#include "tests/timing_table/run.h"
#include "tests/timing_table/table.h"

namespace warpscope::timing_table {
namespace {

// The whole table, once for all tests of this program.
const base::Result<Table>& whole() {
  static const base::Result<Table> table = make_table();
  return table;
}

TEST(TimingTable, IsOnAverageAsNearAsThisProjectPromises) {
  ASSERT_TRUE(whole()) << whole().error().text();
  EXPECT_GE(whole()->counted(), 100);
  EXPECT_LE(whole()->mean_error(), 0.34);
}

TEST(TimingTable, LatenciesComeOutWithinFivePercent) {
  ASSERT_TRUE(whole()) << whole().error().text();
  int latencies = 0;
  for (const Row& row : whole()->rows) {
    if (!row.of->latency) continue;
    ++latencies;
    EXPECT_LE(std::abs(*row.error()), 0.05) << row.of->title << " on " << row.gpu << ": " << row.model;
  }
  EXPECT_GE(latencies, 20);
}

TEST(TimingTable, TheCommittedTableIsWhatTheModelSays) {
  ASSERT_TRUE(whole()) << whole().error().text();
  std::ifstream in(WARPSCOPE_SOURCE_DIR "/docs/timing-model.md");
  const std::string document(std::istreambuf_iterator<char>(in), {});
  EXPECT_NE(document.find(markdown(*whole(), true)), std::string::npos)
      << "tools/timing-table --write makes the table anew";
}

TEST(TimingTable, EveryPublishedFigureNamesItsSourceAndEveryBenchmarkIsThere) {
  for (const Case& each : cases()) {
    const Benchmark* const benchmark = find_benchmark(each.benchmark);
    ASSERT_NE(benchmark, nullptr) << each.benchmark;
    if (each.reference == 0) continue;
    ASSERT_GE(each.source, 0) << each.title;
    ASSERT_LT(each.source, static_cast<int>(sources().size()));
  }
}

// ---- What a machine with a GPU does, on the virtual one.

TEST(TimingTable, EveryBenchmarkRunsOnADeviceAndWhatItWritesDownIsRead) {
  const auto kernels = Kernels::read();
  ASSERT_TRUE(kernels) << kernels.error().text();
  const auto catalogue = gpu::read_gpus();
  ASSERT_TRUE(catalogue);
  // As small a GPU as can be, so that the virtual one is soon done.
  gpu::Gpu small = *gpu::find_gpu(*catalogue, "GeForce RTX 3060");
  small.gpcs = {1};
  small.l2_mib = 0.25;
  device::VirtualDevice device;
  std::set<std::string_view> done;
  for (const Case& each : cases()) {
    if (!done.insert(each.benchmark).second) continue;
    const Benchmark& benchmark = *find_benchmark(each.benchmark);
    const auto slope = measure(*kernels, benchmark, device, small, each.a, each.b);
    ASSERT_TRUE(slope) << each.benchmark << ": " << slope.error().text();
    EXPECT_GT(slope->work, 0) << each.benchmark;
    // The virtual GPU's clock counts instructions: more work takes more of them.
    if (benchmark.elapsed) {
      EXPECT_GT(slope->cycles, 0) << each.benchmark;
    }
  }
}

TEST(TimingTable, AChainGoesRoundAllItsLinks) {
  // 16 laps of 128 links end where they began, whatever the order: the kernel says where it is.
  const auto kernels = Kernels::read();
  const auto catalogue = gpu::read_gpus();
  ASSERT_TRUE(kernels && catalogue);
  const Pair pair = find_benchmark("chase")->make(catalogue->front(), 8, 0);
  EXPECT_EQ(pair.few.work, 1024);
  EXPECT_EQ(pair.many.work, 2048);
  EXPECT_EQ(std::get<Buffer>(pair.few.arguments.front()).links, 128);
}

}  // namespace
}  // namespace warpscope::timing_table
