// Every kernel that comes with Warpscope, through the cycle model.
#include <algorithm>
#include <tuple>

#include "compute/kernels/catalogue.h"
#include "tests/timing/bench_kernel.h"
#include "tests/timing/shipped_kernel.h"

namespace warpscope::timing::testing {
namespace {

std::uint64_t resident_cycles(const Timeline& timeline) {
  std::uint64_t sum = 0;
  for (const WarpSpan& warp : timeline.warps) sum += warp.end - warp.start;
  return sum;
}

template <class Array>
std::uint64_t sum_of(const Array& array) {
  std::uint64_t sum = 0;
  for (const auto value : array) sum += value;
  return sum;
}

void expect_sound(const Timeline& timeline) {
  const std::uint64_t resident = resident_cycles(timeline);
  EXPECT_EQ(sum_of(timeline.warp_cycles), resident) << "every warp does one thing in every cycle";
  std::uint64_t by_pc = 0, by_interval = 0;
  for (const auto& cycles : timeline.pc_warp_cycles) by_pc += sum_of(cycles);
  for (const Interval& interval : timeline.intervals) by_interval += sum_of(interval.warp_cycles);
  EXPECT_EQ(by_pc, resident);
  EXPECT_EQ(by_interval, resident);
  EXPECT_LE(timeline.intervals.size(), 1024U);
  EXPECT_EQ(cycles_of(timeline, Stall::kIssued), timeline.warp_instructions);
  for (const auto& [sm, schedule] : timeline.schedules) {
    for (const auto& slot : schedule->segments) {
      Cycle until = 0;
      for (const Segment& segment : slot) {
        ASSERT_GE(segment.start, until);
        until = segment.start + segment.cycles;
        ASSERT_LE(until, timeline.warps[segment.warp].end);
      }
    }
  }
}

class ShippedKernels : public ::testing::TestWithParam<std::tuple<kernels::Kernel, kernels::Flavour>> {};

TEST_P(ShippedKernels, AreSimulatedWithoutChangingTheirResults) {
  const auto& [kernel, flavour] = GetParam();
  ShippedKernel modelled(kernel, {}, {0, 0, 0}, flavour), plain(kernel, {}, {0, 0, 0}, flavour);
  const auto result = modelled.simulate(options_for(make_gpu(3)));
  ASSERT_TRUE(result) << result.error().text();
  vgpu::TextureTable textures;
  const vgpu::RunReport report = vgpu::run(plain.program, plain.launch, plain.memory, textures);
  EXPECT_EQ(result->fault.has_value(), report.fault.has_value());
  EXPECT_EQ(modelled.memory.hash(), plain.memory.hash());
  EXPECT_EQ(result->printed, report.printed);
  EXPECT_EQ(result->timeline.ptx_instructions, report.warp_instructions);
  EXPECT_EQ(result->timeline.thread_instructions, report.thread_instructions);
  EXPECT_EQ(result->timeline.blocks.size(), modelled.launch.grid.count());
  expect_sound(result->timeline);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, ShippedKernels,
                         ::testing::Combine(::testing::ValuesIn(kernels::catalogue()),
                                            ::testing::Values(kernels::Flavour::kOptimised, kernels::Flavour::kDebug)),
                         [](const auto& info) {
                           const bool debug = std::get<1>(info.param) == kernels::Flavour::kDebug;
                           return std::string(std::get<0>(info.param).name) + (debug ? "_debug" : "");
                         });

}  // namespace
}  // namespace warpscope::timing::testing
