// Step's toolbar and keys: what is there at every width, and what buttons, fields and keys send.
#include "app/panels/step_toolbar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/actions.h"
#include "app/panels/keys.h"
#include "app/panels/step_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::StepUnit;
using session::Go;
using session::StepGoal;
using trace::Direction;

class StepBar : public ::testing::Test {
 protected:
  StepBar() {
    gui.ui.workspace = panels::Workspace::kStep;
    gui.step = fixture.at(0);
    draw = [this](const Frame& f) {
      panels::refresh_step_reading(f);
      panels::handle_step_keys(f);
      panels::draw_step_toolbar(f, {0, 44, width, 48});
      panels::draw_step_scrub(f, {0, 900, 1560, 100});
    };
    gui.frames(2, draw);
  }
  template <class Command>
  std::vector<Command> sent() const {
    std::vector<Command> out;
    for (const auto& command : gui.step_commands) {
      if (const auto* one = std::get_if<Command>(&command)) out.push_back(*one);
    }
    return out;
  }
  bool has_target(std::string_view name) const {
    return std::any_of(gui.ui.targets.begin(), gui.ui.targets.end(),
                       [&](const panels::Target& target) { return target.name == name; });
  }
  void set(const std::string& name, const std::string& value) {
    gui.ui.pending_sets[name] = value;
    gui.frames(2, draw);
  }
  Go last_go() const {
    const auto all = sent<Go>();
    return all.empty() ? Go{.count = 0} : all.back();
  }

  StepFixture fixture{"transpose_shared"};
  float width = 1560;
  BareGui gui{1920, 1080};
  BareGui::Draw draw;
};

TEST_F(StepBar, IntoOverAndBackMeanWhatTheUnitSays) {
  struct Row {
    StepUnit unit;
    StepGoal into, over;
  };
  for (const Row& row : {Row{StepUnit::kLine, StepGoal::kLine, StepGoal::kOver},
                         Row{StepUnit::kInstruction, StepGoal::kInstruction, StepGoal::kInstruction},
                         Row{StepUnit::kRound, StepGoal::kRound, StepGoal::kRound}}) {
    gui.ui.step.unit = row.unit;
    gui.click("Into", draw);
    EXPECT_EQ(last_go().goal, row.into);
    gui.click("Over", draw);
    EXPECT_EQ(last_go().goal, row.over);
    EXPECT_EQ(last_go().direction, Direction::kForward);
    gui.click("Back", draw);
    EXPECT_EQ(last_go().goal, row.over);
    EXPECT_EQ(last_go().direction, Direction::kBackward);
  }
}

TEST_F(StepBar, KeysSendTheSameAndRepeat) {
  gui.key("F11", draw);
  EXPECT_EQ(last_go().goal, StepGoal::kLine);
  gui.key("Shift+F10", draw);
  EXPECT_EQ(last_go().goal, StepGoal::kOver);
  EXPECT_EQ(last_go().direction, Direction::kBackward);
  gui.key("Ctrl+F11", draw);
  EXPECT_EQ(last_go().goal, StepGoal::kOut);
  gui.key("Ctrl+Left", draw);
  EXPECT_EQ(last_go().goal, StepGoal::kRound);
  gui.key("End", draw);
  EXPECT_EQ(last_go().goal, StepGoal::kEnd);
  gui.step_commands.clear();
  for (const char* key : {"F10", "F9"}) {
    panels::KeyPress held = panels::parse_key(key);
    held.repeat = true;
    gui.ui.keys.push_back(held);
  }
  gui.frame(draw);
  EXPECT_EQ(sent<Go>().size(), 1U);
  EXPECT_TRUE(sent<session::ToggleLineBreakpoint>().empty()) << "a held key sets no breakpoint on and off";
}

TEST_F(StepBar, KeysOfTheOtherWorkspaceAreDead) {
  gui.ui.workspace = panels::Workspace::kLearn;
  gui.key("F10", draw);
  gui.key("Space", draw);
  EXPECT_TRUE(sent<Go>().empty());
  EXPECT_FALSE(gui.ui.step.playing);
  const auto learn = [&](const Frame& f) {
    EXPECT_FALSE(panels::key_pressed(f, panels::KeyId::kPlayPause));
    EXPECT_TRUE(panels::key_pressed(f, panels::KeyId::kStepPlay));
  };
  gui.ui.workspace = panels::Workspace::kStep;
  gui.key("Space", learn);
}

TEST_F(StepBar, NoKeyReachesItUnderAnOverlay) {
  gui.ui.step.launch_open = true;
  gui.key("F10", draw);
  EXPECT_TRUE(sent<Go>().empty());
}

TEST_F(StepBar, ThePaletteOffersOnlyWhatHoldsHere) {
  std::size_t in_step = 0, in_learn = 0;
  gui.frame([&](const Frame& f) {
    for (const auto& action : app::find_actions(f, "")) {
      EXPECT_NE(action.where, "Learn") << action.text;
      in_step += action.where == "Step" ? 1 : 0;
    }
    f.ui.workspace = panels::Workspace::kLearn;
    for (const auto& action : app::find_actions(f, "")) {
      EXPECT_NE(action.where, "Step") << action.text;
      in_learn += action.where == "Learn" ? 1 : 0;
    }
  });
  EXPECT_GT(in_step, 40U);
  EXPECT_GT(in_learn, 10U);
}

TEST_F(StepBar, GoesToTheChosenGoalBothWays) {
  set("Goal", "to next memory access");
  gui.click("Next goal", draw);
  EXPECT_EQ(last_go().goal, StepGoal::kMemoryAccess);
  gui.key("Shift+G", draw);
  EXPECT_EQ(last_go().direction, Direction::kBackward);
  set("Goal", "to the cursor's line");
  const auto before = sent<Go>().size();
  gui.key("Enter", draw);
  EXPECT_EQ(sent<Go>().size(), before) << "there is no cursor yet";
  gui.ui.step.cursor_line = 12;
  gui.key("Enter", draw);
  EXPECT_EQ(last_go().goal, StepGoal::kAtLine);
  EXPECT_EQ(last_go().line, 12);
}

TEST_F(StepBar, FollowsTheBlockThatIsTypedAndRefusesOneThatIsNotThere) {
  const auto& run = fixture.run();
  ASSERT_EQ(run.launch.grid, (base::Dim3{3, 2, 1}));
  set("Block", "2, 1");
  ASSERT_EQ(sent<session::FollowWarp>().size(), 1U);
  EXPECT_EQ(sent<session::FollowWarp>()[0].warp, 5 * run.warps_per_block);
  set("Block", "3, 0");
  EXPECT_EQ(sent<session::FollowWarp>().size(), 1U);
  EXPECT_THAT(gui.ui.widgets.fields.at("Block").problem, ::testing::HasSubstr("3 x 2 x 1"));
  set("Block", "1 0");
  EXPECT_EQ(sent<session::FollowWarp>().back().warp, run.warps_per_block);
  EXPECT_TRUE(gui.ui.widgets.fields.at("Block").problem.empty());
  set("Warp", "7");
  EXPECT_EQ(sent<session::FollowWarp>().back().warp, 7U);
  gui.key("PageUp", draw);
  EXPECT_EQ(sent<session::FollowWarp>().back().warp, run.warps_per_block - 1) << "around the corner";
}

TEST_F(StepBar, ABlockIsReadAsPeopleWriteIt) {
  const base::Dim3 grid{4, 5, 6};
  EXPECT_EQ(panels::parse_block(grid, "(1, 2, 3)").value(), 1U + 2 * 4 + 3 * 20);
  EXPECT_EQ(panels::parse_block(grid, "3").value(), 3U);
  EXPECT_EQ(panels::parse_block(grid, "0x1").value(), 4U) << "x stands between the numbers";
  for (const char* wrong : {"", "a", "4", "1,2,3,4", "-1", "0, 5"}) {
    EXPECT_FALSE(panels::parse_block(grid, wrong)) << wrong;
  }
}

TEST_F(StepBar, ChoosesTheSchedulerAndDrawsTheNextSeed) {
  set("Scheduler", "Random order");
  ASSERT_EQ(sent<session::SetSchedule>().size(), 1U);
  EXPECT_EQ(sent<session::SetSchedule>()[0].schedule.policy, vgpu::WarpScheduler::kRandom);
  gui.step.schedule = {vgpu::WarpScheduler::kRandom, 10};
  gui.frames(2, draw);
  if (!has_target("Next seed")) {
    gui.click("More of Step", draw);
    gui.frame(draw);
  }
  gui.click("Next seed", draw);
  EXPECT_EQ(sent<session::SetSchedule>().back().schedule.seed, 11U);
}

TEST_F(StepBar, PlaysAtTheChosenSpeedAndStopsForAnyOtherStep) {
  gui.ui.step.units_per_second = 10;
  gui.key("Space", draw);
  for (int i = 0; i < 60; ++i) {  // one second, and something moves every time
    gui.step = fixture.at(static_cast<trace::Position>(i) + 1);
    gui.frame(draw);
  }
  const int units = static_cast<int>(sent<Go>().size());
  EXPECT_NEAR(units, 10, 1);
  EXPECT_TRUE(gui.ui.step.playing);
  gui.key("F10", draw);
  EXPECT_FALSE(gui.ui.step.playing);
}

TEST_F(StepBar, PlaysSeveralUnitsAFrameWhereItIsFasterThanTheScreen) {
  gui.ui.step.units_per_second = 250;
  gui.key("Space", draw);
  for (int i = 0; i < 60; ++i) {
    gui.step = fixture.at(static_cast<trace::Position>(i) + 1);
    gui.frame(draw);
  }
  int units = 0;
  for (const Go& go : sent<Go>()) units += go.count;
  EXPECT_NEAR(units, 250, 12);
}

TEST_F(StepBar, PlayingEndsAtTheEndAndWhereNothingMoves) {
  gui.step = fixture.at(fixture.run().size());
  gui.key("Space", draw);
  EXPECT_FALSE(gui.ui.step.playing) << "there is nothing left to play";
  gui.step = fixture.at(10);
  gui.key("Space", draw);
  EXPECT_TRUE(gui.ui.step.playing);
  gui.step = fixture.at(fixture.run().size());
  gui.frames(30, draw);
  EXPECT_FALSE(gui.ui.step.playing);
  gui.step = fixture.at(10);
  gui.key("Space", draw);
  gui.frames(240, draw);
  EXPECT_FALSE(gui.ui.step.playing) << "the warp has no further step";
}

TEST_F(StepBar, PlayingStopsAtABreakpoint) {
  const auto& records = *fixture.run().records;
  // The first step on another line than the one it begins at.
  const int first = session::line_at(fixture.run(), records[0].pc);
  trace::Position hit = 0;
  while (session::line_at(fixture.run(), records[hit].pc) == first) ++hit;
  session::StepBreakpoint breakpoint;
  breakpoint.id = 1;
  breakpoint.line = session::line_at(fixture.run(), records[hit].pc);
  const auto at = [&](trace::Position position) {
    gui.step = fixture.at(position);
    gui.step.breakpoints = {breakpoint};
  };
  at(0);
  gui.frame(draw);
  gui.ui.step.units_per_second = 60;
  gui.key("Space", draw);
  at(hit + 3);
  gui.frames(3, draw);
  EXPECT_FALSE(gui.ui.step.playing);
  ASSERT_FALSE(sent<session::SeekTo>().empty());
  EXPECT_EQ(sent<session::SeekTo>().back().position, hit) << "and goes back to where it was reached";
}

TEST_F(StepBar, RunsSavesAndSetsBreakpointsByKey) {
  gui.key("F5", draw);
  EXPECT_EQ(sent<session::RunKernel>().size(), 1U);
  gui.key("Ctrl+S", draw);
  EXPECT_EQ(sent<session::SaveKernelText>().size(), 1U);
  gui.key("F9", draw);
  ASSERT_EQ(sent<session::ToggleLineBreakpoint>().size(), 1U);
  EXPECT_EQ(sent<session::ToggleLineBreakpoint>()[0].line,
            session::line_at(fixture.run(), (*fixture.run().records)[0].pc));
  gui.ui.step.cursor_line = 9;
  gui.key("F9", draw);
  EXPECT_EQ(sent<session::ToggleLineBreakpoint>().back().line, 9);
  gui.key("E", draw);
  EXPECT_TRUE(gui.ui.step.editing);
}

TEST_F(StepBar, BracketsGoFromMarkToMark) {
  std::vector<trace::Position> barriers;
  for (const auto& barrier : fixture.run().barriers) {
    if (barrier.block == 0) barriers.push_back(barrier.at);
  }
  ASSERT_FALSE(barriers.empty());
  gui.key("]", draw);
  ASSERT_EQ(sent<session::SeekTo>().size(), 1U);
  EXPECT_EQ(sent<session::SeekTo>()[0].position, barriers[0]);
  gui.step = fixture.at(barriers[0] + 1);
  gui.key("[", draw);
  EXPECT_EQ(sent<session::SeekTo>().back().position, barriers[0]);
}

TEST_F(StepBar, AsksWhoWroteWhatIsPinned) {
  gui.key("W", draw);
  EXPECT_TRUE(sent<session::AskWriter>().empty());
  gui.ui.step.pinned = {.kind = panels::StepFocus::Kind::kVariable, .lane = 3, .path = "x"};
  gui.key("W", draw);
  ASSERT_EQ(sent<session::AskWriter>().size(), 1U);
  EXPECT_EQ(sent<session::AskWriter>()[0].place.variable, "x");
  EXPECT_EQ(sent<session::AskWriter>()[0].place.lane, 3);
  EXPECT_EQ(sent<session::AskWriter>()[0].question, gui.ui.step.asked_writer);
}

TEST_F(StepBar, OpensAShippedKernelFromTheMenu) {
  gui.click("Kernel file", draw);
  gui.frame(draw);
  gui.click("Kernel reduce_shuffle", draw);
  ASSERT_EQ(sent<session::OpenKernel>().size(), 1U);
  EXPECT_EQ(sent<session::OpenKernel>()[0].name, "reduce_shuffle");
  gui.frame(draw);
  EXPECT_FALSE(has_target("Kernel reduce_shuffle"));
}

TEST_F(StepBar, StopsAJobThatTakesLong) {
  gui.step.job = {session::StepJob::Kind::kRecording, "Recording", 1'200'000};
  gui.frame(draw);
  EXPECT_FALSE(has_target("Stop")) << "most are over before anybody could read of them";
  gui.frames(30, draw);
  gui.click("Stop", draw);
  EXPECT_EQ(sent<session::CancelJob>().size(), 1U);
}

TEST_F(StepBar, DropsEditsOfTheHistory) {
  EXPECT_FALSE(has_target("Drop edits"));
  auto run = std::make_shared<session::StepRun>(fixture.run());
  run->edits = {{5, "sum = 3"}};
  gui.step.run = run;
  gui.frame(draw);
  gui.click("Drop edits", draw);
  EXPECT_EQ(sent<session::DropEdits>().size(), 1U);
}

TEST_F(StepBar, NothingOverlapsAtAnyWidthAndNothingIsLost) {
  for (width = 720; width <= 1900; width += 37) {
    gui.ui.step.toolbar.open = panels::StepToolbarState::Popover::kNone;
    gui.frames(2, draw);
    std::vector<panels::Target> bar;
    for (const auto& target : gui.ui.targets) {
      if (target.rect.y > 40 && target.rect.bottom() < 100) bar.push_back(target);
    }
    for (std::size_t a = 0; a < bar.size(); ++a) {
      EXPECT_LE(bar[a].rect.right(), width) << bar[a].name << " at " << width;
      for (std::size_t b = a + 1; b < bar.size(); ++b) {
        const bool apart = bar[a].rect.right() <= bar[b].rect.x + 2 || bar[b].rect.right() <= bar[a].rect.x + 2;
        EXPECT_TRUE(apart) << bar[a].name << " and " << bar[b].name << " at " << width;
      }
    }
    if (has_target("More of Step")) {
      gui.ui.step.toolbar.open = panels::StepToolbarState::Popover::kMore;
      gui.frames(2, draw);
    }
    for (const char* name : {"Goal", "Speed", "Block", "Warp", "Scheduler", "Launch", "Run", "Play", "Into", "Back"}) {
      EXPECT_TRUE(has_target(name)) << name << " at " << width;
    }
  }
}

}  // namespace
}  // namespace warpscope::tests
