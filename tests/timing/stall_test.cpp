// Why warps wait: kernels that can only wait for one thing.
#include <algorithm>

#include "tests/timing/bench_kernel.h"

namespace warpscope::timing::testing {
namespace {

// Independent multiply-adds in a loop: `chains` of them that go on beside each other.
std::string throughput_kernel(int chains) {
  std::string text =
      ".visible .entry k(.param .u32 n) {\n.reg .f32 %f<40>; .reg .b32 %r; .reg .pred %p;\nld.param.u32 %r, [n];\n";
  for (int c = 0; c < chains; ++c) text += "mov.f32 %f" + std::to_string(c) + ", 0f3f800000;\n";
  text += "$L:\n";
  for (int i = 0; i < 128; ++i) {
    const std::string f = "%f" + std::to_string(i % chains);
    text += "fma.rn.f32 " + f + ", " + f + ", " + f + ", " + f + ";\n";
  }
  return text + "add.s32 %r, %r, -1;\nsetp.ne.s32 %p, %r, 0;\n@%p bra $L;\nret;\n}\n";
}

Timeline run_throughput(int chains, int warps, const gpu::Gpu& gpu) {
  BenchKernel kernel(throughput_kernel(chains));
  kernel.value(std::uint32_t{20});
  return kernel.run({1, 1, 1}, {static_cast<std::uint32_t>(32 * warps), 1, 1}, options_for(gpu)).timeline;
}

TEST(Issue, OneWarpWithOneChainIssuesEveryFourthCycle) {
  const Timeline timeline = run_throughput(1, 1, make_gpu(1));
  EXPECT_NEAR(timeline.ipc(), 0.25, 0.01);
  EXPECT_GT(cycles_of(timeline, Stall::kWait), cycles_of(timeline, Stall::kIssued) * 2.8);
}

TEST(Issue, MoreWarpsHideTheLatencyUntilEveryCycleIsUsed) {
  EXPECT_NEAR(run_throughput(1, 8, make_gpu(1)).ipc(), 2.0, 0.1);
  const Timeline full = run_throughput(1, 16, make_gpu(1));
  EXPECT_GT(full.ipc(), 3.8);
  EXPECT_LE(full.ipc(), 4.0);
}

TEST(Issue, IndependentChainsHideItAsWell) {
  EXPECT_NEAR(run_throughput(2, 1, make_gpu(1)).ipc(), 0.5, 0.02);
  EXPECT_GT(run_throughput(4, 1, make_gpu(1)).ipc(), 0.93);
}

TEST(Issue, APipeOfSixteenLanesTakesAWarpEverySecondCycle) {
  const Timeline timeline = run_throughput(1, 16, make_gpu(1, 8, 0));  // 64 lanes an SM
  EXPECT_NEAR(timeline.ipc(), 2.0, 0.1);
  EXPECT_GT(cycles_of(timeline, Stall::kMathPipeThrottle), cycles_of(timeline, Stall::kIssued) * 9 / 10);
}

TEST(Issue, PoliciesChooseDifferentWarps) {
  SimulateOptions greedy = options_for(make_gpu(1)), in_turn = greedy;
  in_turn.policy = WarpPolicy::kRoundRobin;
  const auto ends = [](const SimulateOptions& options) {
    BenchKernel kernel(throughput_kernel(4));
    kernel.value(std::uint32_t{20});
    const Timeline timeline = kernel.run({1, 1, 1}, {512, 1, 1}, options).timeline;
    std::vector<Cycle> ends;
    for (const WarpSpan& warp : timeline.warps) ends.push_back(warp.end);
    const auto [first, last] = std::minmax_element(ends.begin(), ends.end());
    return static_cast<double>(*first) / static_cast<double>(*last);
  };
  // In turn all warps end together; greedily the oldest is through when the others have hardly begun.
  EXPECT_GT(ends(in_turn), 0.95);
  EXPECT_LT(ends(greedy), 0.6);
}

std::string shared_kernel(int stride) {
  std::string text =
      ".visible .entry k(.param .u32 n) {\n.reg .b32 %r<6>; .reg .pred %p;\n.shared .align 4 .b8 s[4096];\n"
      "ld.param.u32 %r1, [n];\nmov.u32 %r2, %tid.x;\nmul.lo.s32 %r2, %r2, " +
      std::to_string(4 * stride) + ";\nmov.u32 %r3, s;\nadd.s32 %r2, %r2, %r3;\nmov.u32 %r4, 0;\n$L:\n";
  for (int i = 0; i < 16; ++i) text += "ld.volatile.shared.u32 %r4, [%r2];\n";
  return text + "add.s32 %r1, %r1, -1;\nsetp.ne.s32 %p, %r1, 0;\n@%p bra $L;\nret;\n}\n";
}

TEST(SharedMemory, TakesACycleForEachWordOfABank) {
  std::vector<double> per_load;
  for (const int degree : {1, 2, 4, 8, 16, 32}) {
    BenchKernel kernel(shared_kernel(degree));
    constexpr std::uint32_t kTurns = 60;
    kernel.value(kTurns);
    const Timeline timeline = kernel.run({4, 1, 1}, {32, 1, 1}, options_for(make_gpu(1))).timeline;
    EXPECT_EQ(timeline.traffic.shared_wavefronts, 4ULL * 16 * kTurns * static_cast<unsigned>(degree));
    EXPECT_EQ(timeline.traffic.shared_conflicts, 4ULL * 16 * kTurns * static_cast<unsigned>(degree - 1));
    per_load.push_back(static_cast<double>(timeline.cycles) / (4 * 16 * kTurns));
  }
  // Four warps: the loads of one wait for each other (they write the same register), so that few wavefronts are hidden
  // behind the latency and 32 fill the bank's time.
  EXPECT_NEAR(per_load[5], 32, 2);
  for (std::size_t i = 1; i < per_load.size(); ++i) EXPECT_GT(per_load[i], per_load[i - 1]);
}

TEST(Barrier, IsWhereTheFastWarpsWaitForTheSlowOne) {
  constexpr const char* kText = R"(
.visible .entry k(.param .u32 n) {
.reg .f32 %f; .reg .b32 %r<3>; .reg .pred %p; .reg .pred %q;
ld.param.u32 %r1, [n];
mov.u32 %r2, %tid.x;
mov.f32 %f, 0f3f800000;
setp.gt.u32 %q, %r2, 31;
@%q bra $meet;
$L:
fma.rn.f32 %f, %f, %f, %f;
add.s32 %r1, %r1, -1;
setp.ne.s32 %p, %r1, 0;
@%p bra $L;
$meet:
bar.sync 0;
ret;
}
)";
  BenchKernel kernel(kText);
  kernel.value(std::uint32_t{500});
  const Timeline timeline = kernel.run({1, 1, 1}, {128, 1, 1}, options_for(make_gpu(1))).timeline;
  const auto [first, last] = std::minmax_element(timeline.warps.begin(), timeline.warps.end(),
                                                 [](const WarpSpan& a, const WarpSpan& b) { return a.end < b.end; });
  EXPECT_LT(last->end - first->end, 20U) << "all leave the barrier together";
  // Three warps wait for nearly all of the time that the one works.
  EXPECT_GT(cycles_of(timeline, Stall::kBarrier), 3 * (timeline.cycles - 150));
  EXPECT_EQ(timeline.blocks[0].longest, Stall::kBarrier);
}

TEST(Schedules, AreThoseOfCloseSmsAndOthersWhileThereIsRoom) {
  SimulateOptions options = options_for(make_gpu(4));
  options.close_sms = {2};
  options.most_segments = 2500;
  BenchKernel kernel(throughput_kernel(1));
  kernel.value(std::uint32_t{4});
  const Timeline timeline = kernel.run({4, 1, 1}, {32, 1, 1}, options).timeline;
  std::vector<std::uint32_t> sms;
  for (const auto& [sm, schedule] : timeline.schedules) sms.push_back(sm);
  EXPECT_EQ(sms, (std::vector<std::uint32_t>{0, 2})) << "about a thousand segments each";
}

// Everything that a timeline says, as bytes of a text.
std::string text_of(const Timeline& t) {
  std::string text = std::to_string(t.cycles) + "," + std::to_string(t.tail) + "," + std::to_string(t.flops);
  const auto add = [&](auto value) { text += "," + std::to_string(value); };
  for (const BlockSpan& b : t.blocks) {
    for (const auto v : {b.block, b.start, b.end, std::uint64_t{b.sm}, std::uint64_t{b.slot}}) add(v);
  }
  for (const WarpSpan& w : t.warps) {
    for (const auto v : {w.start, w.end, std::uint64_t{w.sub_partition}, std::uint64_t{w.slot}}) add(v);
  }
  for (const auto& cycles : t.pc_warp_cycles) std::for_each(cycles.begin(), cycles.end(), add);
  for (const Interval& i : t.intervals) {
    std::for_each(i.warp_cycles.begin(), i.warp_cycles.end(), add);
    add(i.l2_bytes);
    add(i.dram_bytes);
  }
  for (const auto& [sm, schedule] : t.schedules) {
    for (const auto& slot : schedule->segments) {
      for (const Segment& s : slot) {
        for (const auto v : {s.start, Cycle{s.cycles}, Cycle{s.pc}, Cycle{s.warp}}) add(v);
      }
    }
  }
  return text;
}

TEST(Simulate, SaysTheSameEveryTime) {
  const auto once = [] {
    BenchKernel kernel(shared_kernel(3));
    kernel.value(std::uint32_t{10});
    return text_of(kernel.run({30, 1, 1}, {96, 1, 1}, options_for(make_gpu(3))).timeline);
  };
  EXPECT_EQ(once(), once());
}

}  // namespace
}  // namespace warpscope::timing::testing
