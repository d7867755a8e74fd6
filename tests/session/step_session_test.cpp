// The Step workspace without a window: commands in, views out.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/session/live_step.h"

namespace warpscope::tests {
namespace {

using StepSessionTest = LiveStep;

TEST_F(StepSessionTest, AShippedKernelOpensAtItsBeginning) {
  const StepView& view = open("matmul_tiled");
  ASSERT_TRUE(view.run);
  EXPECT_EQ(view.source->name, "matmul_tiled.cu");
  EXPECT_TRUE(view.run->complete);
  EXPECT_TRUE(view.run->findings.empty());
  EXPECT_EQ(view.run->warps_per_block, 8U);
  EXPECT_EQ(view.moment->position, 0U);
  EXPECT_EQ(view.run->buffers.size(), 3U);
  EXPECT_EQ(view.run->buffers[0].name, "a");
  EXPECT_EQ(view.run->buffers[0].element, kernels::ElementType::kF32);
}

TEST_F(StepSessionTest, TheTileFillsAndItsWriterIsFound) {
  open("matmul_tiled");
  const int store = line_with("b_tile[threadIdx.y][threadIdx.x] = ");
  go(StepGoal::kBarrier);
  EXPECT_EQ(line(), line_with("__syncthreads();"));
  // Warp 1 holds rows 2 and 3 of the tile: the writer of tile[3][5] is its thread (5, 3).
  const StepView& written = after(writer_of("b_tile[1][5]"));
  EXPECT_EQ(line(), store);
  EXPECT_EQ(written.moment->followed, 0U);
  ASSERT_FALSE(written.messages.empty());
  EXPECT_NE(written.messages.back().text.find("warp 0"), std::string::npos) << written.messages.back().text;
}

TEST_F(StepSessionTest, EveryStepForwardIsUndoneByTheStepBack) {
  open("reduce_shuffle");
  for (const StepGoal goal : {StepGoal::kInstruction, StepGoal::kLine, StepGoal::kOver}) {
    after(session::SeekTo{0, true});
    std::vector<trace::Position> there;
    for (int i = 0; i < 12; ++i) there.push_back(go(goal).moment->position);
    for (int i = 11; i-- > 0;) {
      EXPECT_EQ(go(goal, Direction::kBackward).moment->position, there[static_cast<std::size_t>(i)])
          << "goal " << static_cast<int>(goal) << ", step " << i;
    }
  }
}

TEST_F(StepSessionTest, OneBlockOfAGridRunsByItselfAsItDoesInTheWhole) {
  const StepView whole = open("matmul_tiled");
  const std::uint64_t blocks = whole.run->launch.grid.count();
  ASSERT_GT(blocks, 4U);
  session::StepLaunch launch = *whole.launch;
  launch.only_block = 4;
  const StepView one = after(session::SetLaunch{launch});
  ASSERT_TRUE(one.run);
  EXPECT_TRUE(one.run->complete);
  EXPECT_TRUE(one.run->findings.empty());
  EXPECT_EQ(one.run->launch.grid.count(), blocks);
  EXPECT_EQ(one.run->by_block.blocks, std::vector<std::uint64_t>{4});
  // As many steps of the same instructions as this block makes in the whole.
  const auto& all = whole.run->by_block;
  ASSERT_EQ(one.run->size(), all.offsets[5] - all.offsets[4]);
  for (std::size_t i = 0; i < one.run->size(); ++i) {
    const trace::StepRecord& there = (*whole.run->records)[all.order[all.offsets[4] + i]];
    ASSERT_EQ((*one.run->records)[i].pc, there.pc) << i;
    ASSERT_EQ((*one.run->records)[i].warp, there.warp) << i;
  }
  EXPECT_EQ(one.moment->followed / one.run->warps_per_block, 4U);
  // To the end and back to the beginning.
  EXPECT_EQ(go(StepGoal::kEnd).moment->position, one.run->size());
  EXPECT_EQ(go(StepGoal::kEnd, Direction::kBackward).moment->position, 0U);
  // Compiling anew keeps it; a launch without it is of the whole grid again.
  EXPECT_EQ(after(session::ReloadKernel{}).run->launch_text.only_block, 4U);
  launch.only_block.reset();
  EXPECT_EQ(after(session::SetLaunch{launch}).run->by_block.blocks.size(), blocks);
}

TEST_F(StepSessionTest, ABlockThatIsNotInTheGridIsRefused) {
  session::StepLaunch launch = *open("matmul_tiled").launch;
  launch.only_block = launch.grid.count();
  const StepView& view = after(session::SetLaunch{launch});
  EXPECT_TRUE(view.stale);
  EXPECT_NE(view.messages.back().text.find("the grid has blocks 0 to"), std::string::npos) << view.messages.back().text;
}

TEST_F(StepSessionTest, AMissingBarrierIsARaceAndBothAccessesAreShown) {
  const StepView& view = open("bug_missing_barrier");
  ASSERT_FALSE(view.run->findings.empty());
  const session::StepFinding& finding = view.run->findings.front();
  EXPECT_EQ(finding.finding.kind, vgpu::FindingKind::kRace);
  ASSERT_TRUE(finding.other_at);
  const auto& records = *view.run->records;
  EXPECT_TRUE((records[finding.at].flags & trace::kShared) != 0);
  EXPECT_TRUE((records[*finding.other_at].flags & trace::kShared) != 0);
  EXPECT_LT(*finding.other_at, finding.at);
  EXPECT_NE(records[*finding.other_at].warp, records[finding.at].warp);
  EXPECT_EQ(go(StepGoal::kFinding).moment->position, finding.at);
}

TEST_F(StepSessionTest, ABreakpointStopsWhereItsConditionHolds) {
  open("vector_add");
  const int add = line_with("sum[i] =");
  session::StepBreakpoint breakpoint;
  breakpoint.line = add;
  breakpoint.condition = "i == 300";
  after(session::AddBreakpoint{breakpoint});
  const StepView& view = go(StepGoal::kBreakpoint);
  EXPECT_EQ(line(), add);
  EXPECT_EQ(view.moment->followed, 300U / 32);
  EXPECT_EQ(value("i", 300 % 32), "300");
  EXPECT_EQ(go(StepGoal::kBreakpoint, Direction::kBackward).messages.back().kind, session::Message::Kind::kWarning);
}

TEST_F(StepSessionTest, AWatchedVariableStopsBehindItsChange) {
  open("matmul_naive");
  session::StepBreakpoint watch;
  watch.kind = session::StepBreakpoint::Kind::kVariable;
  watch.watched = "sum";
  go(StepGoal::kAtLine, Direction::kForward, line_with("sum +="));
  after(session::AddBreakpoint{watch});
  const std::string before = value("sum", 0);
  go(StepGoal::kBreakpoint);
  EXPECT_NE(value("sum", 0), before);
  go(StepGoal::kBreakpoint, Direction::kBackward);
  EXPECT_EQ(value("sum", 0), before);
}

TEST_F(StepSessionTest, AChangedVariableMakesAnotherHistory) {
  open("vector_add");
  go(StepGoal::kAtLine, Direction::kForward, line_with("sum[i] ="));
  const trace::Position here = session_.view()->moment->position;
  const StepView& view = after(session::EditVariable{"i", 1U, "999"});
  ASSERT_EQ(view.run->edits.size(), 1U);
  EXPECT_EQ(view.moment->position, here);
  EXPECT_EQ(value("i", 0), "999");
  EXPECT_EQ(value("i", 1), "1");
  // Element 0 is never written now.
  const session::StepBuffer& sum = view.run->buffers[2];
  EXPECT_EQ(sum.writes[0], 0U);
  EXPECT_EQ(sum.writes[1], 1U);
  const StepView& back = after(session::DropEdits{});
  EXPECT_TRUE(back.run->edits.empty());
  EXPECT_EQ(back.run->buffers[2].writes[0], 1U);
}

TEST_F(StepSessionTest, AnEndlessLoopIsBoundedAndCanBeCancelled) {
  const auto file = folder_.path() / "endless.ptx";
  std::ofstream(file) << ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry endless()\n{\n"
                         "again:\n bra.uni again;\n}\n";
  session::OpenKernel command;
  command.file = file;
  session_.send(command);
  std::this_thread::sleep_for(20ms);
  const auto begun = std::chrono::steady_clock::now();
  const StepView& view = after(session::CancelJob{});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
  ASSERT_TRUE(view.run);
  EXPECT_FALSE(view.run->complete);
  EXPECT_FALSE(view.run->limit_reason.empty());
}

TEST_F(StepSessionTest, WhatWasTypedAndNotSavedIsKeptWhenAnotherKernelIsOpened) {
  open("vector_add");
  const std::string text = *session_.view()->source->text + "// mine\n";
  after(session::SetKernelText{text});
  const StepView& view = open("saxpy");
  EXPECT_EQ(view.source->name, "saxpy.cu");
  std::ifstream kept(folder_.path() / "kernels" / "unsaved-vector_add.cu");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), text);
}

TEST_F(StepSessionTest, SavingWritesTheFileAndAnotherProgramsChangeIsNoticed) {
  const auto file = folder_.path() / "k.ptx";
  const std::string text = ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry k()\n{\n ret;\n}\n";
  std::ofstream(file) << text;
  session::OpenKernel command;
  command.file = file;
  after(command);
  after(session::SetKernelText{text + "// saved\n"});
  EXPECT_FALSE(after(session::SaveKernelText{}).source->edited);
  std::ifstream saved(file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(saved), {}), text + "// saved\n");
  std::ofstream(file) << text << "// by somebody else\n";
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() + 2s);
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (!session_.view()->source->changed_on_disk && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_TRUE(session_.view()->source->changed_on_disk);
  EXPECT_FALSE(after(session::ReloadKernel{}).source->changed_on_disk);
  EXPECT_NE(session_.view()->source->text->find("somebody else"), std::string::npos);
}

TEST_F(StepSessionTest, AFileThatDoesNotParseSaysWhereAndKeepsTheOldRun) {
  const auto file = folder_.path() / "broken.ptx";
  std::ofstream(file) << ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry k()\n{\n ret;\n}\n";
  session::OpenKernel command;
  command.file = file;
  ASSERT_TRUE(after(command).run);
  const StepView& view =
      after(session::SetKernelText{".version 7.0\n.target sm_75\n.address_size 64\n"
                                   ".visible .entry k()\n{\n add.s32 %r1;\n}\n"});
  EXPECT_TRUE(view.source->edited);
  const StepView& tried = after(session::RunKernel{});
  ASSERT_FALSE(tried.problems->empty());
  EXPECT_EQ(tried.problems->front().line, 6);
  EXPECT_TRUE(tried.run) << "the old run stays on screen";
  EXPECT_TRUE(tried.stale);
}

}  // namespace
}  // namespace warpscope::tests
