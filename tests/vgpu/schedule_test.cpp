// Whose turn it is, worked out by hand; and that warps that wait for others are waited for under every schedule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/vgpu/warp_kernel.h"

namespace warpscope::vgpu {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::fault_of;
using tests::WarpKernel;

const Schedule kSchedules[] = {{WarpScheduler::kRunToWait, 0},        {WarpScheduler::kRoundRobin, 0},
                               {WarpScheduler::kGreedyThenOldest, 0}, {WarpScheduler::kRandom, 3},
                               {WarpScheduler::kRandom, 4},           {WarpScheduler::kRandom, 5}};

const std::string kHead = ".version 7.0\n.target sm_70\n.address_size 64\n";
std::string kernel(const std::string& body, const std::string& before = "") {
  return kHead + before +
         ".visible .entry k(.param .u64 out) {\n.reg .b32 %r<8>; .reg .b64 %rd<8>; .reg .pred %p<4>;\n"
         "ld.param.u64 %rd1, [out];\nmov.u32 %r1, %tid.x;\nmul.wide.u32 %rd2, %r1, 4;\nadd.s64 %rd2, %rd1, %rd2;\n" +
         body + "\nret;\n}\n";
}

struct Step {
  std::uint32_t warp = 0;
  Pc pc = 0;
  LaneMask active = 0;
};
class Order final : public Observer {
 public:
  void on_step(const StepEvent& event) override { steps.push_back({event.warp, event.pc, event.active}); }
  std::vector<Step> steps;
};

struct Done {
  RunReport report;
  std::vector<Step> steps;
  std::vector<std::uint32_t> out;
};
Done run_with(const std::string& text, const Schedule& schedule, std::uint32_t threads, std::uint32_t blocks = 1) {
  WarpKernel kernel = WarpKernel::from_text(text);
  kernel.buffer(std::vector<std::uint32_t>(threads, 0));
  Launch launch = kernel.launch("k", {blocks, 1, 1}, {threads, 1, 1});
  launch.schedule = schedule;
  GlobalMemory memory = kernel.memory();
  auto in_pieces = Machine::create(kernel.shared_program(), launch, memory);
  auto unwatched = Machine::create(kernel.shared_program(), launch, memory);
  Order order;
  RunOptions options;
  options.observers = {&order};
  options.max_steps = 10'000'000;
  TextureTable textures;
  Done done;
  done.report = run(kernel.shared_program(), launch, memory, textures, options);
  done.steps = std::move(order.steps);
  // One step at a time it comes to the same, and next() tells what each will be.
  in_pieces->run(0);
  for (const Step& step : done.steps) {
    const auto next = in_pieces->next();
    EXPECT_TRUE(next && next->warp == step.warp && next->pc == step.pc && next->active == step.active);
    in_pieces->run(1);
  }
  unwatched->run(~0ULL);
  EXPECT_EQ(in_pieces->state().hash(), unwatched->state().hash());
  done.out.resize(threads);
  EXPECT_TRUE(
      memory.read(kernel.address(0), {reinterpret_cast<std::uint8_t*>(done.out.data()), std::size_t{threads} * 4}));
  return done;
}

std::vector<std::uint32_t> warps_of(const Done& done) {
  std::vector<std::uint32_t> warps;
  for (const Step& step : done.steps) warps.push_back(step.warp);
  return warps;
}

// Three warps of few instructions: 0 ld.param, 1 mov, 2 mul, 3 add, then the body, then ret.
const std::string kLoad = kernel("ld.global.u32 %r2, [%rd2];\nadd.u32 %r2, %r2, 1;\nst.global.u32 [%rd2], %r2;");

TEST(Schedule, RunToWaitGoesOnUntilTheWarpEnds) {
  EXPECT_THAT(warps_of(run_with(kLoad, {}, 64)), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
}

TEST(Schedule, RoundRobinIsAnInstructionEach) {
  const Done done = run_with(kLoad, {WarpScheduler::kRoundRobin, 0}, 96);
  ASSERT_EQ(done.steps.size(), 24U);
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(done.steps[i].warp, i % 3);
    EXPECT_EQ(done.steps[i].pc, i / 3);
  }
}

TEST(Schedule, RoundRobinPassesOverWarpsThatWait) {
  // Warp 0 has two instructions more before the barrier: the others wait there for it.
  const Done done =
      run_with(kernel("setp.gt.u32 %p1, %r1, 31;\n@%p1 bra MEET;\nadd.u32 %r2, %r2, 1;\nadd.u32 %r2, %r2, 1;\n"
                      "MEET:\nbar.sync 0;"),
               {WarpScheduler::kRoundRobin, 0}, 64);
  std::vector<std::uint32_t> warps = warps_of(done);
  warps.erase(warps.begin(), warps.begin() + 12);  // six each, up to the branch
  EXPECT_THAT(warps, ElementsAre(0, 1, 0, 0, 1, 0)) << "adds of 0, the barrier of 1 and of 0, and then to the end";
}

TEST(Schedule, GreedyThenOldestPartsWithAWarpAtItsLoads) {
  const Done done = run_with(kLoad, {WarpScheduler::kGreedyThenOldest, 0}, 96);
  // Up to and with the load each in turn, then each to its end.
  EXPECT_THAT(warps_of(done), ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0, 0, 0, 1, 1, 1, 2, 2, 2));
}

TEST(Schedule, GreedyThenOldestDoesNotPartWhereNoLaneLoads) {
  const Done done =
      run_with(kernel("setp.eq.u32 %p1, %r1, 1000;\n@%p1 ld.global.u32 %r2, [%rd2];\nst.global.u32 [%rd2], %r1;"),
               {WarpScheduler::kGreedyThenOldest, 0}, 64);
  EXPECT_THAT(warps_of(done), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
}

TEST(Schedule, RandomIsTheSeedsOwnAndFairEnough) {
  const std::string loop =
      kernel("mov.u32 %r2, 0;\nLOOP:\nadd.u32 %r2, %r2, 1;\nsetp.lt.u32 %p1, %r2, 200;\n@%p1 bra LOOP;");
  const auto of_seed = [&](std::uint64_t seed) {
    return warps_of(run_with(loop, {WarpScheduler::kRandom, seed}, 128));
  };
  const std::vector<std::uint32_t> first = of_seed(1);
  EXPECT_EQ(first, of_seed(1));
  EXPECT_NE(first, of_seed(2));
  for (std::uint32_t warp = 0; warp < 4; ++warp) {
    const auto turns = std::count(first.begin(), first.begin() + 1000, warp);
    EXPECT_NEAR(static_cast<double>(turns), 250, 60) << "six standard deviations are 82";
  }
}

TEST(Schedule, RandomDrawsAmongLanesThatHaveParted) {
  // Both sides of a branch are three instructions long.
  const std::string sides = kernel(
      "setp.gt.u32 %p1, %r1, 15;\n@%p1 bra HIGH;\nadd.u32 %r2, %r2, 1;\nadd.u32 %r2, %r2, 1;\nbra MEET;\n"
      "HIGH:\nadd.u32 %r2, %r2, 2;\nadd.u32 %r2, %r2, 2;\nMEET:\nst.global.u32 [%rd2], %r2;");
  int mixed = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Done done = run_with(sides, {WarpScheduler::kRandom, seed}, 32);
    ASSERT_EQ(done.steps.size(), 6U + 5 + 2);
    int changes = 0;
    for (std::size_t i = 7; i < 11; ++i) changes += done.steps[i].active != done.steps[i - 1].active ? 1 : 0;
    mixed += changes > 1 ? 1 : 0;
    EXPECT_EQ(done.steps[11].active, ~0U) << "they have met";
    for (std::uint32_t i = 0; i < 32; ++i) EXPECT_EQ(done.out[i], i > 15 ? 4U : 2U);
  }
  EXPECT_GT(mixed, 5);
  for (const WarpScheduler policy : {WarpScheduler::kRoundRobin, WarpScheduler::kGreedyThenOldest}) {
    const Done done = run_with(sides, {policy, 0}, 32), usual = run_with(sides, {}, 32);
    ASSERT_EQ(done.steps.size(), usual.steps.size());
    for (std::size_t i = 0; i < done.steps.size(); ++i) EXPECT_EQ(done.steps[i].pc, usual.steps[i].pc) << i;
  }
}

class EverySchedule : public testing::TestWithParam<Schedule> {};
INSTANTIATE_TEST_SUITE_P(Schedule, EverySchedule, testing::ValuesIn(kSchedules), [](const auto& info) {
  return "Policy" + std::to_string(static_cast<int>(info.param.policy)) + "Seed" + std::to_string(info.param.seed);
});

// To its end, watched by nobody.
Done run_alone(const std::string& text, const Schedule& schedule, std::uint32_t threads, std::uint32_t blocks = 1) {
  WarpKernel kernel = WarpKernel::from_text(text);
  kernel.buffer(std::vector<std::uint32_t>(threads, 0));
  Launch launch = kernel.launch("k", {blocks, 1, 1}, {threads, 1, 1});
  launch.schedule = schedule;
  GlobalMemory memory = kernel.memory();
  TextureTable textures;
  RunOptions options;
  options.max_steps = 100'000'000;
  Done done;
  done.report = run(kernel.shared_program(), launch, memory, textures, options);
  done.out.resize(threads);
  EXPECT_TRUE(
      memory.read(kernel.address(0), {reinterpret_cast<std::uint8_t*>(done.out.data()), std::size_t{threads} * 4}));
  return done;
}

TEST_P(EverySchedule, WarpsThatPollLetTheOneGoFirstThatTheyWaitFor) {
  // All warps but the last poll what it sets; also with plain loads, which nobody can tell from work.
  for (const std::string load :
       {"ld.volatile.global.u32 %r2, [%rd3]", "ld.global.u32 %r2, [%rd3]", "ld.shared.u32 %r2, [tile]"}) {
    const Done done =
        run_alone(kernel(".shared .align 4 .b8 tile[4];\nmov.u64 %rd3, flag;\nsetp.lt.u32 %p1, %r1, 224;\n"
                         "@%p1 bra WAIT;\nmov.u32 %r2, 9;\nst.volatile.global.u32 [%rd3], %r2;\n"
                         "st.shared.u32 [tile], %r2;\nbra DONE;\nWAIT:\n" +
                             load + ";\nsetp.eq.s32 %p2, %r2, 0;\n@%p2 bra WAIT;\nDONE:\nst.global.u32 [%rd2], %r2;",
                         ".global .align 4 .u32 flag = 0;\n"),
                  GetParam(), 256);
    EXPECT_EQ(fault_of(done.report), "") << load;
    EXPECT_THAT(done.out, Each(9U)) << load;
  }
}

TEST_P(EverySchedule, LanesOfAWarpTakeALockInTurn) {
  const Done done = run_with(
      kernel("mov.u64 %rd3, lock;\nmov.u64 %rd4, count;\nSPIN:\natom.global.cas.b32 %r2, [%rd3], 0, 1;\n"
             "setp.ne.s32 %p1, %r2, 0;\n@%p1 bra SPIN;\nld.volatile.global.u32 %r3, [%rd4];\n"
             "add.s32 %r2, %r3, 1;\nst.volatile.global.u32 [%rd4], %r2;\natom.global.exch.b32 %r2, [%rd3], 0;\n"
             "st.global.u32 [%rd2], %r3;",
             ".global .align 4 .u32 lock = 0;\n.global .align 4 .u32 count = 0;\n"),
      GetParam(), 96);
  EXPECT_EQ(fault_of(done.report), "");
  std::vector<std::uint32_t> order = done.out;
  std::sort(order.begin(), order.end());
  for (std::uint32_t i = 0; i < 96; ++i) EXPECT_EQ(order[i], i) << "nobody was counted twice";
}

TEST_P(EverySchedule, BlocksWaitForEachOther) {
  for (const std::string load : {"ld.volatile.global.u32", "ld.global.u32"}) {
    const Done done =
        run_alone(kernel("mov.u64 %rd3, count;\natom.global.add.u32 %r2, [%rd3], 1;\nWAIT:\n" + load +
                             " %r2, [%rd3];\nsetp.lt.u32 %p1, %r2, 192;\n@%p1 bra WAIT;\nst.global.u32 [%rd2], %r2;",
                         ".global .align 4 .u32 count = 0;\n"),
                  GetParam(), 64, 3);
    EXPECT_EQ(fault_of(done.report), "") << load;
    EXPECT_THAT(done.out, Each(192U)) << load;
  }
}

TEST_P(EverySchedule, FaultsAndDeadlocksAreTold) {
  const Done deadlock =
      run_with(kernel("setp.lt.u32 %p1, %r1, 32;\n@%p1 bra FIRST;\nbar.sync 1;\nbra DONE;\nFIRST:\nbar.sync 0;\n"
                      "DONE:\nst.global.u32 [%rd2], %r1;"),
               GetParam(), 64);
  EXPECT_THAT(fault_of(deadlock.report), HasSubstr("deadlock"));
  const Done fault = run_with(kernel("st.global.u32 [%rd2+128], %r1;"), GetParam(), 64);
  ASSERT_TRUE(fault.report.fault);
  EXPECT_EQ(fault.report.fault->kind, FaultKind::kOutOfBounds);
  EXPECT_EQ(fault.report.fault->thread, 32U);
}

TEST_P(EverySchedule, WarpsMeetAtBarriersAndLanesAtTheirs) {
  // What the warp half a block away wrote, summed over a warp by shuffles.
  const Done done = run_with(
      kernel(".shared .align 4 .b8 tile[512];\nmov.u32 %r2, tile;\nshl.b32 %r3, %r1, 2;\nadd.s32 %r3, %r2, %r3;\n"
             "st.shared.u32 [%r3], %r1;\nbar.sync 0;\nxor.b32 %r4, %r1, 64;\nshl.b32 %r4, %r4, 2;\n"
             "add.s32 %r4, %r2, %r4;\nld.shared.u32 %r5, [%r4];\nsetp.gt.u32 %p1, %r1, 40;\n@%p1 bra OTHER;\n"
             "add.u32 %r5, %r5, 1000;\nbra MEET;\nOTHER:\nadd.u32 %r5, %r5, 2000;\nMEET:\n"
             "shfl.sync.bfly.b32 %r6, %r5, 1, 31, -1;\nst.global.u32 [%rd2], %r6;"),
      GetParam(), 128);
  EXPECT_EQ(fault_of(done.report), "");
  for (std::uint32_t i = 0; i < 128; ++i) {
    const std::uint32_t from = i ^ 1U;
    EXPECT_EQ(done.out[i], (from ^ 64U) + (from > 40 ? 2000 : 1000)) << i;
  }
}

}  // namespace
}  // namespace warpscope::vgpu
