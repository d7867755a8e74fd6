// Whichever warp goes first: a correct kernel's results are the same, a run in pieces is the run in one piece, and a
// missing barrier shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "compute/vgpu/observers/check_race.h"
#include "tests/kernels/launches.h"

namespace warpscope::kernels::testing {
namespace {

using vgpu::Schedule;
using vgpu::WarpScheduler;

const Schedule kSchedules[] = {{WarpScheduler::kRoundRobin, 0}, {WarpScheduler::kGreedyThenOldest, 0},
                               {WarpScheduler::kRandom, 0},     {WarpScheduler::kRandom, 1},
                               {WarpScheduler::kRandom, 77},    {WarpScheduler::kRandom, ~0ULL}};

std::string name_of(const Schedule& schedule) {
  return "policy " + std::to_string(static_cast<int>(schedule.policy)) + " seed " + std::to_string(schedule.seed);
}

Outcome run_scheduled(const LaunchCase& launch, Flavour flavour, const Schedule& schedule,
                      const vgpu::RunOptions& options = {}) {
  Prepared prepared = prepare(launch, flavour);
  prepared.launch.schedule = schedule;
  return run(prepared, options);
}

class Scheduled : public ::testing::TestWithParam<KernelAndFlavour> {
 protected:
  const Kernel& kernel() const { return *find_kernel(std::get<0>(GetParam())); }
  Flavour flavour() const { return std::get<1>(GetParam()); }
};

TEST_P(Scheduled, ResultsOfCorrectKernelsAreTheSame) {
  if (!kernel().findings.empty()) return;
  for (const LaunchCase& launch : {small_launch(kernel()), launches_of(kernel()).back()}) {
    const Outcome expected = run_scheduled(launch, flavour(), {});
    for (const Schedule& schedule : kSchedules) {
      const Outcome outcome = run_scheduled(launch, flavour(), schedule);
      EXPECT_EQ(outcome.report.status, vgpu::RunStatus::kDone) << name_of(schedule);
      EXPECT_EQ(outcome.buffers, expected.buffers) << name_of(schedule);
      EXPECT_EQ(outcome.report.thread_instructions, expected.report.thread_instructions) << name_of(schedule);
    }
  }
}

TEST_P(Scheduled, ARunInPiecesIsTheRunInOnePiece) {
  const Prepared prepared = prepare(small_launch(kernel()), flavour());
  std::mt19937 random(11);
  for (const Schedule& schedule : kSchedules) {
    vgpu::Launch launch = prepared.launch;
    launch.schedule = schedule;
    auto pieces = vgpu::Machine::create(prepared.program, launch, prepared.memory);
    ASSERT_TRUE(pieces);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> hashes;  // after so many steps
    while (pieces->state().status == vgpu::RunStatus::kRunning) {
      if (random() % 4 == 0) {
        vgpu::MachineState kept = pieces->state();
        pieces->run(random() % 50);
        pieces->restore(std::move(kept));
      }
      pieces->run(random() % 400);
      hashes.emplace_back(pieces->state().steps, pieces->state().hash());
    }
    auto whole = vgpu::Machine::create(prepared.program, launch, prepared.memory);
    for (const auto& [steps, hash] : hashes) {
      whole->run(steps - whole->state().steps);
      ASSERT_EQ(whole->state().hash(), hash) << name_of(schedule) << " after " << steps;
    }
    auto at_once = vgpu::Machine::create(prepared.program, launch, prepared.memory);
    at_once->run(~0ULL);
    EXPECT_EQ(at_once->state().hash(), hashes.back().second) << name_of(schedule);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Scheduled, in_both_flavours(all_names()), test_name);

TEST(BugMissingBarrier, ShowsOtherResultsUnderOtherSchedulesAndIsFoundUnderEveryOne) {
  const LaunchCase launch = default_launch(*find_kernel("bug_missing_barrier"));
  for (const Flavour flavour : {Flavour::kOptimised, Flavour::kDebug}) {
    std::set<std::string> results, of_seeds;
    std::vector<Schedule> schedules(std::begin(kSchedules), std::end(kSchedules));
    schedules.emplace_back();
    for (const Schedule& schedule : schedules) {
      vgpu::CheckRace race;
      const Outcome outcome = run_scheduled(launch, flavour, schedule, {.observers = {&race}});
      const bool found = std::ranges::any_of(race.findings(),
                                             [](const vgpu::Finding& f) { return f.kind == vgpu::FindingKind::kRace; });
      EXPECT_TRUE(found) << name_of(schedule);
      const std::string out(outcome.buffers.at(1).begin(), outcome.buffers.at(1).end());
      results.insert(out);
      if (schedule.policy == WarpScheduler::kRandom) of_seeds.insert(out);
      EXPECT_EQ(run_scheduled(launch, flavour, schedule).buffers, outcome.buffers) << "watched or not";
    }
    EXPECT_GE(results.size(), 4U);
    EXPECT_GE(of_seeds.size(), 2U);
  }
}

}  // namespace
}  // namespace warpscope::kernels::testing
