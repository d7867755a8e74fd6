// The SM map without its window: what is shown is what was asked for last, at once where it can be, and nothing runs
// for nobody.
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "compute/kernels/map_kernels.h"
#include "compute/session/step_session.h"
#include "tests/session/live_map.h"

namespace warpscope::tests {
namespace {

using namespace session;
using ::testing::HasSubstr;

class MapSessions : public LiveMap {
 protected:
  static Settings with_registers(int registers) {
    Settings settings = small();
    settings.registers = registers;
    return settings;
  }
  // A person's own kernel, that is launched as Step would guess.
  Settings own(const std::string& body) {
    const auto file = folder_.path() / "own.ptx";
    std::ofstream(file) << ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry own(.param .u64 out) {\n"
                        << ".reg .b32 %r<8>; .reg .b64 %rd<4>; .reg .pred %p<4>;\n"
                        << body << "\nret;\n}\n";
    Settings settings;
    settings.source.kernel = "own";
    settings.source.file = file;
    return settings;
  }
  // Runs until somebody stops it.
  Settings endless() { return own("again:\nmov.u32 %r1, %clock;\nadd.u32 %r2, %r1, 1;\nbra again;"); }
};

TEST_F(MapSessions, OffersItsKernelsAndEveryGpu) {
  const View& view = settled();
  ASSERT_EQ(view.kernels->size(), kernels::map_kernels().size());
  EXPECT_EQ(view.kernels->front().kernel, "matmul_strip");
  EXPECT_FALSE(view.kernels->front().title.empty());
  EXPECT_GE(view.gpus->size(), 16U);
}

TEST_F(MapSessions, BeginsWithAPlanAndThenARunOfIt) {
  const View& view = settled();
  ASSERT_TRUE(view.plan && view.run);
  EXPECT_EQ(view.plan->problem, "");
  EXPECT_EQ(view.run->plan, view.plan);
  EXPECT_EQ(view.run->timeline->blocks.size(), 60U);
  EXPECT_EQ(view.run->timeline->sms, 28U);
  EXPECT_TRUE(view.run->complete);
  EXPECT_EQ(view.run->fault, "");
  EXPECT_GT(view.run->peak.flops, 0);
  EXPECT_GT(view.run->lines.lines().size(), 3U);
  EXPECT_FALSE(view.before);
  EXPECT_EQ(view.job.kind, MapJob::Kind::kNone);
}

TEST_F(MapSessions, ThePlanIsThereBeforeTheRun) {
  settled();
  Settings settings = small();
  settings.block_threads = 96;
  session().send(SetMap{settings});
  const View& planned = until([](const View& v) { return v.plan->block.count() == 96; });
  EXPECT_EQ(planned.plan->occupancy->warps_per_block, 3);
  EXPECT_EQ(planned.run->plan->block.count(), 256U);
  const View& view = settled();
  EXPECT_EQ(view.run->plan->block.count(), 96U);
  EXPECT_EQ(view.run->timeline->warps_per_block, 3U);
  ASSERT_TRUE(view.before);
  EXPECT_EQ(view.before->plan->block.count(), 256U);
}

TEST_F(MapSessions, ASliderThatIsDraggedGivesOneRunOfWhereItStopped) {
  const std::uint64_t first = settled().run->id;
  for (int i = 0; i < 100; ++i) session().send(SetMap{with_registers(40 + i)});
  const View& view = settled();
  EXPECT_EQ(view.plan->registers.count, 139);
  EXPECT_EQ(view.run->plan->registers.count, 139);
  EXPECT_EQ(view.run->id, first + 1);
}

TEST_F(MapSessions, ASliderThatGoesBackShowsWhatWasThereAtOnce) {
  const auto first = settled().run;
  const auto second = after(with_registers(100)).run;
  EXPECT_GT(second->id, first->id);
  const View& view = after(small());
  EXPECT_EQ(view.run, first);
  EXPECT_EQ(view.before, second);
  // What is the same although it was asked for in other words is not run again either.
  Settings same = small();
  same.block_threads = 256;
  EXPECT_EQ(after(same).run, first);
}

TEST_F(MapSessions, RunAgainMeansAgain) {
  const auto first = settled().run;
  const View& view = after(RunMap{});
  EXPECT_GT(view.run->id, first->id);
  EXPECT_EQ(view.before, first);
  EXPECT_EQ(view.run->timeline->cycles, first->timeline->cycles);
  EXPECT_EQ(view.run->timeline->warp_instructions, first->timeline->warp_instructions);
}

TEST_F(MapSessions, WhatCannotRunIsAProblemAndTheOldRunStays) {
  const auto old = settled().run;
  Settings settings = with_kernel("transpose_naive");
  settings.registers = 65;
  const View& view = after(settings);
  EXPECT_THAT(view.plan->problem, HasSubstr("65,536"));
  EXPECT_EQ(view.run, old);
  EXPECT_EQ(after(small()).plan->problem, "");
}

TEST_F(MapSessions, OneRunIsKeptToCompareWithThoseThatFollow) {
  const auto first = settled().run;
  EXPECT_EQ(after(KeepToCompare{true}).compared, first);
  after(with_registers(100));
  const View& view = after(with_registers(120));
  EXPECT_EQ(view.compared, first);
  EXPECT_EQ(view.before->plan->registers.count, 100);
  EXPECT_FALSE(after(KeepToCompare{false}).compared);
}

// ---- Who looks

class HiddenMap : public MapSessions {
 protected:
  MapOptions options() override {
    MapOptions options = LiveMap::options();
    options.visible = false;
    return options;
  }
};

TEST_F(HiddenMap, NothingRunsUntilSomebodyLooks) {
  session().send(SetMap{with_registers(90)});
  const View& hidden = until([this](const View& v) { return v.answered >= session().sent(); });
  EXPECT_FALSE(hidden.plan);
  EXPECT_FALSE(hidden.run);
  EXPECT_EQ(hidden.settings.registers, 90);
  const View& seen = after(SetMapVisible{true});
  EXPECT_EQ(seen.plan->registers.count, 90);
  ASSERT_TRUE(seen.run);
  EXPECT_EQ(seen.run->id, 1U);
}

TEST_F(MapSessions, WhoLooksAwayStopsTheRunAndItBeginsAnewWhenTheyLookAgain) {
  settled();
  session().send(SetMap{endless()});
  until([](const View& v) { return v.job.kind == MapJob::Kind::kSimulating; });
  session().send(SetMapVisible{false});
  until([this](const View& v) { return v.answered >= session().sent() && v.job.kind == MapJob::Kind::kNone; });
  EXPECT_EQ(session().view()->run->plan->title, "Vector add");
  session().send(SetMapVisible{true});
  until([](const View& v) { return v.job.kind == MapJob::Kind::kSimulating; });
}

// ---- While it runs

TEST_F(MapSessions, AStoppedRunEndsAtOnce) {
  settled();
  session().send(SetMap{endless()});
  const View& running = until([](const View& v) { return v.job.kind == MapJob::Kind::kSimulating; });
  EXPECT_THAT(running.job.text, HasSubstr("own on GeForce RTX 3060"));
  const auto begin = std::chrono::steady_clock::now();
  session().send(StopMap{});
  const View& view = until([](const View& v) { return v.job.kind == MapJob::Kind::kNone; });
  // A tenth of a second, and as much again for a machine that does other things.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 200ms);
  if (view.run->plan->title == "own") {
    EXPECT_FALSE(view.run->complete);
  }
  // Nothing begins by itself after that.
  settled();
  std::this_thread::sleep_for(250ms);
  EXPECT_EQ(session().view()->job.kind, MapJob::Kind::kNone);
}

TEST_F(MapSessions, WhatAStoppedRunHasSoFarIsShown) {
  settled();
  session().send(SetMap{with_kernel("vector_add_100000")});
  until([](const View& v) { return v.job.progress.blocks_ended > 100; });
  session().send(StopMap{});
  const View& view = settled();
  EXPECT_EQ(view.run->plan->grid.count(), 100'000U);
  EXPECT_FALSE(view.run->complete);
  EXPECT_GT(view.run->timeline->blocks.size(), 100U);
  EXPECT_LT(view.run->timeline->blocks.size(), 100'000U);
  EXPECT_EQ(view.before->plan->grid.count(), 60U);
  // Asked for again it runs to its end.
  const View& whole = after(RunMap{});
  EXPECT_TRUE(whole.run->complete);
  EXPECT_EQ(whole.run->timeline->blocks.size(), 100'000U);
}

TEST_F(MapSessions, NewSettingsEndTheRunOfTheOldOnes) {
  settled();
  session().send(SetMap{endless()});
  until([](const View& v) { return v.job.kind == MapJob::Kind::kSimulating; });
  const View& view = after(with_registers(77));
  EXPECT_EQ(view.run->plan->registers.count, 77);
  EXPECT_EQ(view.before->plan->title, "Vector add");
}

TEST_F(MapSessions, WhatNeedsNoNewRunIsAnsweredWhileOneGoesOn) {
  const auto first = settled().run;
  const Settings forever = endless();
  session().send(SetMap{forever});
  until([](const View& v) { return v.job.kind == MapJob::Kind::kSimulating; });
  session().send(SetMap{forever});  // the same
  session().send(KeepToCompare{true});
  session().send(PrepareMapStep{.id = 4, .block = 2, .warp = 1});
  const View& view = until([](const View& v) { return v.step && v.compared; });
  EXPECT_EQ(view.compared, first);
  EXPECT_EQ(view.step->kernel, "vector_add");
  EXPECT_EQ(view.job.kind, MapJob::Kind::kSimulating);
}

// ---- From close by

TEST_F(MapSessions, AnSmThatIsLookedAtHasItsScheduleInTheSameRun) {
  after(with_registers(50));
  const View before = after(with_registers(60));
  const View& view = after(LookAtSm{17});
  ASSERT_TRUE(view.run->timeline->schedules.contains(17));
  EXPECT_EQ(view.run->id, before.run->id);
  EXPECT_EQ(view.before, before.before);
  EXPECT_EQ(view.run->timeline->cycles, before.run->timeline->cycles);
  // It stays so, where the slider comes back.
  after(with_registers(50));
  EXPECT_TRUE(after(with_registers(60)).run->timeline->schedules.contains(17));
  // No GPU has such an SM.
  EXPECT_EQ(after(LookAtSm{500}).run->id, before.run->id);
}

// ---- What goes wrong

TEST_F(MapSessions, AKernelThatFaultsSaysWhereAndTheRunEndsThere) {
  const View& view = after(own("mov.u64 %rd1, 64;\nmov.u32 %r1, 1;\nst.global.u32 [%rd1], %r1;"));
  EXPECT_THAT(view.run->fault, HasSubstr("own.ptx:8"));
  EXPECT_THAT(last_message(view), HasSubstr("Fault in own: own.ptx:8"));
  EXPECT_EQ(view.messages.back().kind, Message::Kind::kError);
  EXPECT_EQ(after(small()).run->fault, "");
}

TEST_F(MapSessions, ATextThatIsNoKernelIsAProblemAtItsLine) {
  const View& view = after(own("no such thing here"));
  EXPECT_THAT(view.plan->problem, HasSubstr("own.ptx:6"));
}

TEST_F(MapSessions, WithoutAGpuItSaysWhyNothingIsTracedAndTheModelGoesOn) {
  Settings settings = with_registers(70);
  settings.traced = true;
  const View& view = after(settings);
  EXPECT_THAT(view.trace_note, HasSubstr("virtual GPU alone"));
  EXPECT_THAT(last_message(view), HasSubstr("The model goes on"));
  EXPECT_TRUE(view.settings.traced);
  EXPECT_FALSE(view.plan->settings.traced);
  EXPECT_EQ(view.run->timeline->origin, timing::Timeline::Origin::kModelled);
  EXPECT_EQ(view.run->plan->registers.count, 70);
}

// ---- To Step

TEST_F(MapSessions, ABlockOpensInStepAtItsWarpAndNothingElseRunsThere) {
  // 3,907 blocks of eight warps: far more than Step records.
  after(with_kernel("vector_add"));
  const View& view = after(PrepareMapStep{.id = 9, .block = 1234, .warp = 5});
  ASSERT_TRUE(view.step) << last_message(view);
  EXPECT_EQ(view.step->id, 9U);
  EXPECT_EQ(view.step->launch.only_block, 1234U);
  for (const StepArgument& argument : view.step->launch.arguments) EXPECT_FALSE(argument.type.empty());

  StepSession step({folder_.path()}, [this] { bell_.ring(); });
  step.send(OpenKernel{.name = view.step->kernel, .file = view.step->file, .launch = view.step->launch});
  const auto wanted = static_cast<trace::WarpIndex>(view.step->block * 8 + 5);
  step.send(FollowWarp{wanted});
  ASSERT_TRUE(bell_.wait_until([&] { return step.view()->answered >= step.sent(); }));
  const StepView opened = *step.view();
  ASSERT_TRUE(opened.run) << (opened.messages.empty() ? "" : opened.messages.back().text);
  EXPECT_TRUE(opened.run->complete) << opened.run->limit_reason;
  EXPECT_TRUE(opened.run->findings.empty());
  EXPECT_EQ(opened.run->by_block.blocks, std::vector<std::uint64_t>{1234});
  EXPECT_EQ(opened.run->launch.grid.count(), view.run->plan->grid.count());
  EXPECT_EQ(opened.moment->followed, wanted);
  // Another block is not there to be followed.
  step.send(FollowWarp{8 * 7});
  ASSERT_TRUE(bell_.wait_until([&] { return step.view()->answered >= step.sent(); }));
  EXPECT_EQ(step.view()->moment->followed, wanted);
  EXPECT_THAT(step.view()->messages.back().text, HasSubstr("Block 7 does not run"));
}

TEST_F(MapSessions, ABlockTheGridDoesNotHaveIsAnswered) {
  settled();
  const View& view = after(PrepareMapStep{.id = 1, .block = 60, .warp = 0});
  EXPECT_FALSE(view.step);
  EXPECT_THAT(last_message(view), HasSubstr("60 blocks of 8 warps"));
}

// ---- Opened from another workspace

TEST_F(MapSessions, TheLaunchOfAnotherWorkspaceRunsAsItWasThere) {
  Settings settings;
  settings.source.kernel = "saxpy";
  settings.source.from = "Step";
  StepLaunch launch;
  launch.kernel = "saxpy";
  launch.grid = {40, 1, 1};
  launch.block = {64, 1, 1};
  for (const char* const spec : {"f32:2", "buf:f32:2560:ones", "buf:f32:2560:zero", "i32:2560"}) {
    launch.arguments.emplace_back().spec = spec;
  }
  settings.source.launch = launch;
  const View& view = after(settings);
  EXPECT_EQ(view.plan->problem, "");
  EXPECT_EQ(view.run->timeline->blocks.size(), 40U);
  EXPECT_EQ(view.run->plan->settings.source.from, "Step");
}

}  // namespace
}  // namespace warpscope::tests
