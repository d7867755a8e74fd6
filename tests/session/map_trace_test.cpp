// Records of warps as a timeline, worked out by hand: what a GPU wrote, without a GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "compute/session/map_trace.h"
#include "compute/session/map_trace_clock.h"

namespace warpscope::session {
namespace {

using ptx::WarpTraceRecord;
using ::testing::HasSubstr;
using timing::Timeline;

// When it truly happened, in nanoseconds; what the GPU wrote follows.
struct Truth {
  std::uint32_t sm = 0;
  double start = 0, end = 0;
};
constexpr double kGhz = 1.755;
WarpTraceRecord record_of(const Truth& truth, std::uint64_t tick) {
  constexpr std::uint64_t kTimerBegan = 1'700'000'000'000'000'000;
  const auto timer = [&](double ns) { return kTimerBegan + static_cast<std::uint64_t>(ns) / tick * tick; };
  // Every SM's clock begins elsewhere.
  const auto clock = [&](double ns) { return 1'000'000ULL * (truth.sm + 3) + static_cast<std::uint64_t>(ns * kGhz); };
  WarpTraceRecord record;
  record.start_ns = timer(truth.start);
  record.end_ns = timer(truth.end);
  record.start_clock = clock(truth.start);
  record.end_clock = clock(truth.end);
  record.sm = truth.sm;
  record.entries = record.exits = 1;
  return record;
}

std::vector<Truth> many_warps() {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> begin(0, 100'000), length(500, 9000);
  std::vector<Truth> all;
  for (int i = 0; i < 2000; ++i) {
    const double start = begin(random);
    all.push_back({static_cast<std::uint32_t>(random() % 16), start, start + length(random)});
  }
  return all;
}

// The most by which two times differ from how they truly lie, over all.
double largest_error(std::uint64_t tick) {
  const auto truths = many_warps();
  std::vector<WarpTraceRecord> records;
  for (const Truth& truth : truths) records.push_back(record_of(truth, tick));
  const TraceClock clock(records, 0);
  double least = 1e18, most = -1e18;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    for (const double error : {static_cast<double>(clock.start(records[i])) - truths[i].start,
                               static_cast<double>(clock.end(records[i])) - truths[i].end}) {
      least = std::min(least, error);
      most = std::max(most, error);
    }
  }
  return most - least;
}

TEST(TraceClock, AFineTimerIsTakenAsItIs) {
  EXPECT_LE(largest_error(1), 2);
  EXPECT_LE(largest_error(32), 33);
}

TEST(TraceClock, ACoarseTimerIsRefinedWithTheClocksOfTheSms) {
  // 116 ticks of a microsecond; taken as they are they would be wrong by a whole one.
  EXPECT_LE(largest_error(1000), 150);
  EXPECT_LE(largest_error(1024), 150);
}

TEST(TraceClock, ATraceWithinOneTickIsToldByTheClockAlone) {
  const std::vector<Truth> truths = {{0, 100, 400}, {0, 250, 700}};
  std::vector<WarpTraceRecord> records;
  for (const Truth& truth : truths) records.push_back(record_of(truth, 1000));
  const TraceClock clock(records, kGhz);
  EXPECT_TRUE(clock.refined());
  EXPECT_EQ(clock.start(records[0]), 0U);
  EXPECT_NEAR(static_cast<double>(clock.end(records[0])), 300, 2);
  EXPECT_NEAR(static_cast<double>(clock.start(records[1])), 150, 2);
  EXPECT_NEAR(static_cast<double>(clock.end(records[1])), 600, 2);
}

// ---- Timelines

MapPlan plan_of(int sms, int blocks_at_a_time) {
  MapPlan plan;
  plan.gpu.gpcs = {sms};
  plan.gpu.capability = {8, 6};
  plan.gpu.clock_mhz = 1755;
  plan.limits = gpu::find_limits({8, 6});
  plan.occupancy.emplace();
  plan.occupancy->blocks = blocks_at_a_time;
  return plan;
}

WarpTraceRecord warp(std::uint32_t sm, std::uint32_t slot, std::uint64_t start, std::uint64_t end) {
  WarpTraceRecord record = record_of({sm, static_cast<double>(start), static_cast<double>(end)}, 1);
  record.warp_slot = slot;
  return record;
}

TEST(TracedTimeline, BlocksTakeTheFirstFreeSlotOfTheirSmAndTheTailIsWhatNoBlockFills) {
  device::WarpTrace trace;
  trace.warps_per_block = 2;
  trace.records = {warp(0, 0, 0, 90),    warp(0, 1, 10, 100),    // block 0
                   warp(1, 0, 0, 300),   warp(1, 1, 5, 310),     // block 1
                   warp(0, 2, 20, 150),  warp(0, 3, 20, 140),    // block 2 beside block 0
                   warp(0, 4, 120, 400), warp(0, 5, 130, 390)};  // block 3 after block 0
  const auto timeline = timeline_of(trace, plan_of(2, 2));
  ASSERT_TRUE(timeline) << timeline.error().text();
  EXPECT_EQ(timeline->origin, Timeline::Origin::kTraced);
  EXPECT_EQ(timeline->cycles, 400U);
  EXPECT_EQ(timeline->sms, 2U);
  EXPECT_EQ(timeline->slots, 2);
  ASSERT_EQ(timeline->blocks.size(), 4U);
  const auto block = [&](std::size_t number) { return timeline->blocks[timeline->block_at[number]]; };
  EXPECT_EQ(block(0).slot, 0);
  EXPECT_EQ(block(0).end, 100U);
  EXPECT_EQ(block(2).slot, 1);
  EXPECT_EQ(block(2).wave, 0);
  EXPECT_EQ(block(3).slot, 0);
  EXPECT_EQ(block(3).wave, 1);
  EXPECT_EQ(block(1).sm, 1U);
  // Slot 1 of SM 0 is empty from 150 on.
  EXPECT_EQ(timeline->tail, 150U);
  const timing::WarpSpan& last = timeline->warps[timeline->block_at[3] * 2 + 1];
  EXPECT_EQ(last.start, 130U);
  EXPECT_EQ(last.sub_partition, 1);
  EXPECT_EQ(last.slot, 1);
  EXPECT_EQ(timeline->blocks[last.block].block, 3U);
}

TEST(TracedTimeline, ResidentWarpsAreCountedAsAnybodyWould) {
  const auto truths = many_warps();
  device::WarpTrace trace;
  for (const Truth& truth : truths) trace.records.push_back(record_of(truth, 1));
  const auto timeline = timeline_of(trace, plan_of(16, 8));
  ASSERT_TRUE(timeline);
  ASSERT_FALSE(timeline->intervals.empty());
  for (std::size_t i = 0; i < timeline->intervals.size(); i += 37) {
    const std::uint64_t from = i * timeline->interval, to = std::min(from + timeline->interval, timeline->cycles);
    double inside = 0;
    for (const timing::WarpSpan& span : timeline->warps) {
      const std::uint64_t begin = std::max(span.start, from), end = std::min(span.end, to);
      if (begin < end) inside += static_cast<double>(end - begin);
    }
    EXPECT_NEAR(timeline->intervals[i].resident_warps, inside / static_cast<double>(to - from) / 16, 1e-9) << i;
  }
}

TEST(TracedTimeline, ABlockOnTwoSmsIsRefused) {
  device::WarpTrace trace;
  trace.warps_per_block = 2;
  trace.records = {warp(0, 0, 0, 90), warp(1, 1, 10, 100)};
  const auto timeline = timeline_of(trace, plan_of(2, 2));
  ASSERT_FALSE(timeline);
  EXPECT_THAT(timeline.error().message, HasSubstr("SM 0 and on SM 1"));
}

TEST(TracedTimeline, MoreBlocksAtATimeThanTheoryAllowsAreShownAsTheyWere) {
  device::WarpTrace trace;
  for (std::uint64_t i = 0; i < 5; ++i) trace.records.push_back(warp(0, static_cast<std::uint32_t>(i), i, 100 + i));
  const auto timeline = timeline_of(trace, plan_of(1, 2));
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->slots, 5);
}

// ---- GPUs

TEST(TracedGpu, IsTheCataloguesWhereItKnowsItAndElseAsTheDriverSays) {
  const auto gpus = gpu::read_gpus();
  ASSERT_TRUE(gpus);
  cuda::Gpu real;
  real.name = "NVIDIA GeForce RTX 3060";
  real.compute_major = 8;
  real.compute_minor = 6;
  real.multiprocessors = 28;
  EXPECT_EQ(gpu_of(real, *gpus).chip, "GA106");
  real.name = "NVIDIA Prototype";
  real.multiprocessors = 17;
  real.clock_khz = 1'500'000;
  const gpu::Gpu unknown = gpu_of(real, *gpus);
  EXPECT_EQ(unknown.sms(), 17);
  EXPECT_EQ(unknown.clock_mhz, 1500);
  EXPECT_EQ(unknown.architecture, "Ampere");
}

}  // namespace
}  // namespace warpscope::session
