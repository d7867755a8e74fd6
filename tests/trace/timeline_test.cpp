// Going forwards and backwards through runs: every position is one state, whichever way it was reached.
#include "compute/trace/timeline.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "compute/ptx/parser.h"
#include "compute/vgpu/observers/check_race.h"
#include "tests/trace/traced_kernel.h"

namespace warpscope::trace {
namespace {

using tests::traced;

TimelineOptions every(std::uint64_t steps) {
  TimelineOptions options;
  options.keyframe_interval = steps;
  return options;
}

std::vector<std::uint64_t> hashes_one_by_one(Timeline& timeline) {
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t n = 0; n <= timeline.size(); ++n) {
    timeline.seek(n);
    hashes.push_back(timeline.state().hash());
  }
  return hashes;
}

TEST(Timeline, EveryPositionIsTheSameStateWhicheverWayItIsReached) {
  Timeline timeline = traced(tests::kLoops, {3, 1, 1}, {70, 1, 1}, every(64));
  while (!timeline.has_ended()) timeline.record(100);
  ASSERT_TRUE(timeline.is_complete());
  ASSERT_GT(timeline.size(), 500U);
  const std::vector<std::uint64_t> hashes = hashes_one_by_one(timeline);
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t n = random() % hashes.size();
    timeline.seek(n);
    ASSERT_EQ(timeline.position(), n);
    ASSERT_EQ(timeline.state().hash(), hashes[n]) << n;
    const std::uint64_t back = random() % (n + 1);
    timeline.seek(n - back);
    ASSERT_EQ(timeline.state().hash(), hashes[n - back]) << n << " back " << back;
  }
  for (std::size_t n = 1; n < hashes.size(); ++n) EXPECT_NE(hashes[n], hashes[n - 1]) << "a step changes something";
}

TEST(Timeline, IsTheRunItWouldBeWithoutIt) {
  Timeline timeline = traced(tests::kLoops, {3, 1, 1}, {70, 1, 1});
  timeline.record(1'000'000);
  timeline.seek(timeline.size());
  auto machine = tests::machine_of(tests::kLoops, {3, 1, 1}, {70, 1, 1});
  machine.run(1'000'000);
  EXPECT_EQ(timeline.size(), machine.state().steps);
  EXPECT_EQ(timeline.state().hash(), machine.state().hash());
  EXPECT_EQ(timeline.state().status, vgpu::RunStatus::kDone);
}

TEST(Timeline, TheNextRecordIsWhatTheStateIsAboutToDo) {
  Timeline timeline = traced(tests::kLoops, {2, 1, 1}, {70, 1, 1}, every(100));
  timeline.record(1'000'000);
  auto machine = tests::machine_of(tests::kLoops, {2, 1, 1}, {70, 1, 1});
  machine.run(0);
  for (std::uint64_t n = 0; n < timeline.size(); ++n) {
    const StepRecord& record = timeline.records()[n];
    const auto next = machine.next();
    ASSERT_TRUE(next) << n;
    EXPECT_EQ(next->pc, record.pc) << n;
    EXPECT_EQ(machine.state().blocks[next->block].number * 3 + next->warp, record.warp) << n;
    EXPECT_EQ(record.executed & ~next->active, 0U) << n;
    machine.run(1);
  }
  EXPECT_FALSE(machine.next());
}

TEST(Timeline, KeepsWithinItsMemoryByThinningOut) {
  TimelineOptions options;
  options.keyframe_bytes = 1U << 20;
  options.keyframe_interval = 8;
  Timeline timeline = traced(tests::kLoops, {3, 1, 1}, {70, 1, 1}, options);
  timeline.record(1'000'000);
  EXPECT_LE(timeline.keyframe_bytes(), options.keyframe_bytes);
  EXPECT_GT(timeline.keyframe_interval(), 8U);
  EXPECT_GT(timeline.keyframes(), 2U);
  const std::vector<std::uint64_t> hashes = hashes_one_by_one(timeline);
  for (std::uint64_t n = timeline.size(); n-- > 0;) {
    timeline.seek(n);
    ASSERT_EQ(timeline.state().hash(), hashes[n]) << n;
  }
}

TEST(Timeline, RecordsWhatKindOfStepsThereWere) {
  Timeline timeline = traced(tests::kLoops, {1, 1, 1}, {64, 1, 1});
  timeline.record(1'000'000);
  const auto count = [&](std::uint16_t flag) {
    return std::count_if(timeline.records().begin(), timeline.records().end(),
                         [&](const StepRecord& r) { return (r.flags & flag) != 0; });
  };
  EXPECT_EQ(count(kBarrier), 2) << "one for each warp";
  EXPECT_EQ(count(kStore), 2 * 5) << "the argument, the result, tile, out and the counter, of two warps";
  EXPECT_EQ(count(kAtomic), 2);
  EXPECT_EQ(count(kShared), 4) << "a store and a load each";
  EXPECT_EQ(count(kCall), 2);
  EXPECT_EQ(count(kReturn), 2 + 2) << "of the function and of the kernel";
  EXPECT_GT(count(kDiverged), 0) << "lanes leave the loop one after the other";
  EXPECT_EQ(count(kFault), 0);
  // Within the function one call is in progress.
  bool inside = false;
  for (const StepRecord& r : timeline.records()) {
    if (r.warp != 0) continue;
    EXPECT_EQ(r.depth, inside ? 1 : 0) << r.pc;
    if ((r.flags & kCall) != 0) inside = true;
    if ((r.flags & kReturn) != 0) inside = false;
  }
}

TEST(Timeline, EndsAtAFaultAndAtItsLimit) {
  Timeline fault = traced(tests::kFaulty, {1, 1, 1}, {32, 1, 1});
  fault.record(1'000'000);
  ASSERT_TRUE(fault.fault());
  EXPECT_TRUE(fault.is_complete());
  EXPECT_NE(fault.records().back().flags & kFault, 0);
  fault.seek(fault.size());
  EXPECT_EQ(fault.state().status, vgpu::RunStatus::kFaulted);
  fault.seek(0);
  EXPECT_EQ(fault.state().status, vgpu::RunStatus::kRunning) << "before the fault there was none";

  TimelineOptions options;
  options.max_steps = 1000;
  Timeline endless = traced(tests::kEndless, {1, 1, 1}, {32, 1, 1}, options);
  EXPECT_EQ(endless.record(5000), 1000U);
  EXPECT_TRUE(endless.has_ended());
  EXPECT_FALSE(endless.is_complete());
  endless.seek(5000);
  EXPECT_EQ(endless.position(), 1000U);
}

TEST(Timeline, ReplaysWatched) {
  Timeline timeline = traced(tests::kLoops, {1, 1, 1}, {64, 1, 1});
  timeline.record(1'000'000);
  const int function = timeline.launch().function;
  Recorder again(timeline.program().functions[static_cast<std::size_t>(function)], timeline.warps_per_block());
  timeline.seek(20);
  timeline.replay(120, {&again});
  ASSERT_EQ(again.records().size(), 100U);
  EXPECT_EQ(0, std::memcmp(again.records().data(), timeline.records().data() + 20, 100 * sizeof(StepRecord)));
}

TEST(Timeline, ItsRecordsOutliveIt) {
  std::shared_ptr<const std::vector<StepRecord>> kept;
  std::uint64_t size = 0;
  {
    Timeline timeline = traced(tests::kLoops, {1, 1, 1}, {64, 1, 1});
    timeline.record(1'000'000);
    size = timeline.size();
    kept = timeline.shared_records();
    EXPECT_EQ(kept->data(), timeline.records().data()) << "no copy";
  }
  ASSERT_EQ(kept->size(), size);
  EXPECT_NE(kept->back().flags & kReturn, 0) << "the kernel ends so";
}

TEST(Timeline, RefusesWhatCannotBeLaunched) {
  auto program = tests::load(tests::kEndless);
  vgpu::Launch launch;
  launch.function = 0;
  launch.grid = {1, 1, 1};
  launch.block = {4096, 1, 1};
  EXPECT_FALSE(Timeline::create(program.program, launch, program.memory, {}));
}

}  // namespace
}  // namespace warpscope::trace
