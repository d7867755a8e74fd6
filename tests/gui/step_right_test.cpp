// The right panel of Step: what it says of real runs, against numbers that were worked out by hand; and what its
// buttons send.
#include "app/panels/step_right.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/panels/step_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::AccessPattern;
using panels::StepExplanation;
using panels::StepFocus;
using panels::StepPanels;
using ::testing::HasSubstr;

StepPanels reading_of(const session::StepView& view) {
  StepPanels state;
  state.reading.warps = session::warp_rows(*view.run, *view.moment);
  state.reading.barriers = session::barrier_rows(*view.run, *view.moment);
  state.reading.variables = session::variable_rows(*view.run, *view.moment);
  return state;
}

StepExplanation explain(const session::StepView& view, const StepFocus& focus = {}) {
  return panels::explain_step(view, reading_of(view), focus);
}

StepFocus focus_on(StepFocus::Kind kind) {
  StepFocus focus;
  focus.kind = kind;
  return focus;
}
StepFocus on_line(int line) {
  StepFocus focus = focus_on(StepFocus::Kind::kLine);
  focus.line = line;
  return focus;
}
StepFocus on_lane(int warp, int lane) {
  StepFocus focus = focus_on(StepFocus::Kind::kLane);
  focus.warp = warp;
  focus.lane = lane;
  return focus;
}
StepFocus on_variable(const std::string& path, int lane) {
  StepFocus focus = focus_on(StepFocus::Kind::kVariable);
  focus.path = path;
  focus.lane = lane;
  return focus;
}

// The first step of a warp that has all of these flags and none of those.
trace::Position first_step(const StepFixture& fixture, trace::WarpIndex warp, unsigned flags, unsigned without = 0) {
  const auto& records = *fixture.run().records;
  for (trace::Position i = 0; i < records.size(); ++i) {
    const auto& r = records[i];
    if (r.warp == warp && (r.flags & flags) == flags && (r.flags & without) == 0) return i;
  }
  ADD_FAILURE() << "warp " << warp << " makes no such step";
  return 0;
}

std::string fact(const StepExplanation& e, std::string_view name) {
  for (const auto& one : e.facts) {
    if (one.name == name) return one.value;
  }
  return "(none)";
}

vgpu::Access access_of(std::uint16_t bytes, std::uint64_t first, std::int64_t stride,
                       base::LaneMask mask = base::kAllLanes) {
  vgpu::Access access;
  access.bytes = bytes;
  access.mask = mask;
  for (int lane = 0; lane < 32; ++lane) {
    access.address[lane] = first + static_cast<std::uint64_t>(stride * lane);
  }
  return access;
}

// ---- Accesses by hand

TEST(StepRightAccess, AddressesThatLieSideBySideAreToldFromStepsAndFromOnePlace) {
  EXPECT_EQ(panels::pattern_of(access_of(4, 256, 4)).kind, AccessPattern::Kind::kSideBySide);
  EXPECT_EQ(panels::pattern_of(access_of(4, 256 + 31 * 4, -4)).kind, AccessPattern::Kind::kSideBySide);
  EXPECT_EQ(panels::pattern_of(access_of(4, 256, 128)).kind, AccessPattern::Kind::kStrided);
  EXPECT_EQ(panels::pattern_of(access_of(4, 256, 0)).kind, AccessPattern::Kind::kSame);
  EXPECT_EQ(panels::pattern_of(access_of(4, 256, 4, 8)).kind, AccessPattern::Kind::kOne);
}

TEST(StepRightAccess, TwoRowsOfSixteenAreTwoStretches) {
  vgpu::Access access = access_of(4, 0, 4);
  for (int lane = 16; lane < 32; ++lane) access.address[lane] += 400 - 64;
  const AccessPattern pattern = panels::pattern_of(access);
  EXPECT_EQ(pattern.kind, AccessPattern::Kind::kStretches);
  EXPECT_EQ(pattern.stretches, (std::vector<int>{0, 16}));
  // Row 0: bytes 0-63, sectors 0 and 1. Row 1: bytes 400-463: it begins 16 bytes into sector 12 and ends in sector 14.
  const StepExplanation e =
      panels::tell_access(access, {.warp = "warp 0", .place = "B", .first = "B[0]", .last = "B[115]"});
  EXPECT_THAT(e.text, HasSubstr("this takes **5**, because one begins 16 bytes into a sector"));
}

TEST(StepRightAccess, LanesThatMeetAtAnAddressWait) {
  vgpu::Access access = access_of(4, 0, 0);
  access.kind = vgpu::AccessKind::kAtomic;
  access.address[31] = 4;
  // 31 at one address: 30 wait for the first of them; the last is alone.
  const StepExplanation e = panels::tell_access(access, {});
  EXPECT_THAT(e.text, HasSubstr("**30 lanes wait**"));
  EXPECT_EQ(fact(e, "different addresses"), "2");
}

TEST(StepRightAccess, PaddingIsOnlyAdvisedWhereItHelps) {
  vgpu::Access column = access_of(4, 0, 128);
  column.space = vgpu::AccessSpace::kShared;
  EXPECT_THAT(panels::tell_access(column, {}).more, HasSubstr("Rows of 33 words instead of 32"));
  vgpu::Access padded = access_of(4, 0, 132);
  padded.space = vgpu::AccessSpace::kShared;
  EXPECT_EQ(panels::tell_access(padded, {}).more, "");
  EXPECT_THAT(panels::tell_access(padded, {}).text, HasSubstr("32 words lie in 32 banks"));
}

// ---- Real kernels

TEST(StepRight, AColumnOfATileTakesAsManyTurnsAsItHasRows) {
  StepFixture fixture("transpose_shared");
  const auto view = fixture.at(first_step(fixture, 0, trace::kShared, trace::kStore));
  const StepExplanation e = explain(view);
  EXPECT_EQ(e.heading, "A load that has to be split");
  EXPECT_THAT(e.text, HasSubstr("All 32 lanes of warp 0 read **tile**"));
  EXPECT_THAT(e.text, HasSubstr("128 bytes apart and fall into **1 bank**: the load takes **32 turns**"));
  EXPECT_EQ(fact(e, "wavefronts (turns)"), "32");
  EXPECT_EQ(e.formula_result, "lane 1: 0");
  EXPECT_EQ(panels::place_name(*view.run, vgpu::AccessSpace::kShared, (3 * 32 + 5) * 4), "tile[3][5]");
}

TEST(StepRight, ALoadWithStridesNeedsASectorForEveryLane) {
  StepFixture fixture("copy_strided");
  const StepExplanation e = explain(fixture.at(first_step(fixture, 0, trace::kGlobal, trace::kStore)));
  EXPECT_EQ(e.heading, "A load with gaps");
  EXPECT_EQ(fact(e, "sectors of 32 bytes"), "32");
  EXPECT_EQ(fact(e, "the fewest possible"), "4");
  EXPECT_EQ(fact(e, "bytes moved, wanted"), "1,024, 128");
}

TEST(StepRight, ALoadThatBeginsInsideASectorTakesOneMore) {
  StepFixture fixture("copy_offset");
  const StepExplanation e = explain(fixture.at(first_step(fixture, 0, trace::kGlobal, trace::kStore)));
  EXPECT_EQ(e.heading, "A load that begins inside a sector");
  EXPECT_THAT(e.text, HasSubstr("in[1] to in[32]"));
  EXPECT_THAT(e.text, HasSubstr("**4 bytes into one**: **5 sectors**"));
  EXPECT_EQ(e.formula[0], "32 lanes × 4 bytes = 128 bytes");
  EXPECT_EQ(e.formula_result, "this takes 5");
}

TEST(StepRight, TheLastWarpOfAVectorHasEightElements) {
  StepFixture fixture("vector_add");
  const StepExplanation e = explain(fixture.at(first_step(fixture, 31, trace::kGlobal), 31));
  EXPECT_THAT(e.text, HasSubstr("8 of 32 lanes of warp 7"));
  EXPECT_THAT(e.text, HasSubstr("a[992] to a[999]"));
  EXPECT_EQ(fact(e, "sectors of 32 bytes"), "1");
}

TEST(StepRight, ADivergentBranchSaysHowManyGoWhichWay) {
  StepFixture fixture("reduce_divergent");
  const trace::Position at = first_step(fixture, 0, trace::kDiverged);
  const StepExplanation e = explain(fixture.at(at));
  EXPECT_EQ(e.heading, "A branch that parts the warp");
  // Every second thread adds in the first round.
  EXPECT_THAT(e.text, HasSubstr("**16 lanes jump**"));
  EXPECT_THAT(e.text, HasSubstr("**16 lanes go on** at line 25"));
  EXPECT_THAT(e.more, HasSubstr("They meet again at **line"));
}

TEST(StepRight, ABarrierSaysWhoWaitsAndWhoIsMissing) {
  StepFixture fixture("transpose_shared", {vgpu::WarpScheduler::kRunToWait, 0});
  // Warp 0 runs until it waits: then it is alone at the barrier.
  const trace::Position at = first_step(fixture, 1, 0);
  const StepExplanation e = explain(fixture.at(at, 0));
  EXPECT_EQ(e.heading, "Waiting at a barrier");
  EXPECT_THAT(e.text, HasSubstr("**32 of 1,024 threads**"));
  EXPECT_THAT(e.text, HasSubstr("**warps 1-31** are missing"));
}

TEST(StepRight, AVariableSaysHowItsValuesLie) {
  StepFixture fixture("vector_add");
  const auto view = fixture.at(first_step(fixture, 1, trace::kGlobal), 1);
  const StepExplanation e = explain(view, on_variable("i", 3));
  EXPECT_THAT(e.text, HasSubstr("goes up by 1 from lane to lane"));
  EXPECT_EQ(fact(e, "in lane 3"), "35");
  EXPECT_EQ(fact(e, "over the lanes"), "32 to 63");
}

TEST(StepRight, ALaneThatIsOffSaysWhereItJoinsAgain) {
  StepFixture fixture("reduce_divergent");
  const trace::Position diverged = first_step(fixture, 0, trace::kDiverged);
  auto view = fixture.at(diverged + 1);
  for (trace::Position i = diverged + 1; (*fixture.run().records)[i].warp != 0; ++i) view = fixture.at(i + 1);
  const StepPanels state = reading_of(view);
  const auto& lanes = state.reading.warps[0].lanes;
  const auto off = std::find(lanes.begin(), lanes.end(), session::LaneState::kOff);
  ASSERT_NE(off, lanes.end());
  const auto lane = static_cast<int>(off - lanes.begin());
  const StepExplanation e = panels::explain_step(view, state, on_lane(0, lane));
  EXPECT_THAT(e.text, HasSubstr("It is **off**"));
  EXPECT_THAT(e.text, HasSubstr("joins the others again at **line"));
  EXPECT_EQ(fact(e, "threadIdx"), std::to_string(lane));
}

TEST(StepRight, EveryOpcodeOfOurKernelsHasASentence) {
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    StepFixture fixture(std::string(kernel.name));
    const vgpu::Program& program = *fixture.run().program;
    for (vgpu::Pc pc = 0; pc < program.code.size(); ++pc) {
      const ptx::Instruction* instruction = program.source(pc);
      if (instruction == nullptr) continue;
      EXPECT_FALSE(panels::opcode_text(*instruction).stem.empty()) << kernel.name << ": " << instruction->name;
    }
    if (kernel.name == "reduce_shuffle") break;  // all families have been seen by then
  }
}

// ---- Findings

TEST(StepRightFindings, ARaceNamesBothThreadsAndJumpsToBothAccesses) {
  StepFixture fixture("bug_missing_barrier");
  ASSERT_FALSE(fixture.run().findings.empty());
  const auto cards = panels::finding_cards(fixture.run());
  const panels::FindingCard& card = cards.front();
  const session::StepFinding& found = fixture.run().findings.front();
  EXPECT_EQ(card.heading, "Race on tile");
  EXPECT_EQ(card.topic, "race");
  EXPECT_THAT(card.text, HasSubstr("A __syncthreads() between the two would order them."));
  ASSERT_EQ(card.jumps.size(), 2U);
  EXPECT_EQ(card.jumps[0].position, *found.other_at);
  EXPECT_EQ(card.jumps[1].position, found.at);
}

TEST(StepRightFindings, BankConflictsAreAdviceWithTheirNumber) {
  StepFixture fixture("transpose_shared");
  const auto cards = panels::finding_cards(fixture.run());
  ASSERT_EQ(cards.size(), 1U);
  EXPECT_EQ(cards[0].heading, "Bank conflict, 32 ways");
  EXPECT_EQ(cards[0].finding, -1);
  EXPECT_EQ(cards[0].topic, "banks");
  const std::string extra = panels::with_thousands(static_cast<long long>(fixture.run().total.shared_bank_conflicts));
  EXPECT_EQ(cards[0].summary, extra + " extra wavefronts");
}

TEST(StepRightFindings, WhatIsNotAlignedIsToldFromWhatIsFarApart) {
  // 31 warps with 5 sectors, and 8 lanes with 2: 157 in 32 requests.
  StepFixture offset("copy_offset");
  const auto cards = panels::finding_cards(offset.run());
  ASSERT_EQ(cards.size(), 1U);
  EXPECT_EQ(cards[0].heading, "Not aligned to sectors");
  EXPECT_EQ(cards[0].summary, "4.9 sectors, 4 would do");
  StepFixture strided("copy_strided");
  EXPECT_EQ(panels::finding_cards(strided.run()).at(0).heading, "Lanes far apart in memory");
  StepFixture clean("vector_add");
  EXPECT_TRUE(panels::finding_cards(clean.run()).empty());
}

TEST(StepRightFindings, CheckersThatAreOffAreNamed) {
  EXPECT_EQ(panels::checkers_text({true, true, true, true}), "all checkers on");
  EXPECT_EQ(panels::checkers_text({true, false, false, true}), "init and race are off");
  EXPECT_EQ(panels::checkers_text({true, true, false, true}), "race is off");
}

// ---- The panel

struct Panel {
  explicit Panel(const std::string& kernel, float width = 360) : fixture(kernel), gui(width + 140, 900) {
    gui.step = fixture.at(0);
    draw = [this, width](const panels::Frame& f) {
      panels::refresh_step_reading(f);
      f.ui.step.hovered = {};
      panels::draw_step_right(f, {0, 0, width, 900});
    };
    gui.frames(2, draw);
  }
  bool has(std::string_view name) const {
    return std::any_of(gui.ui.targets.begin(), gui.ui.targets.end(),
                       [name](const panels::Target& t) { return t.name == name; });
  }
  template <class Command>
  const Command* last() const {
    for (auto it = gui.step_commands.rbegin(); it != gui.step_commands.rend(); ++it) {
      if (const auto* one = std::get_if<Command>(&*it)) return one;
    }
    return nullptr;
  }
  StepFixture fixture;
  BareGui gui;
  BareGui::Draw draw;
};

TEST(StepRightPanel, TheOpenFindingJumpsInTimeAndOffersItsLesson) {
  Panel panel("bug_missing_barrier");
  const auto cards = panels::finding_cards(panel.fixture.run());
  panel.gui.click(cards[0].jumps[0].name, panel.draw);
  ASSERT_NE(panel.last<session::SeekTo>(), nullptr);
  EXPECT_EQ(panel.last<session::SeekTo>()->position, *panel.fixture.run().findings[0].other_at);
  panel.gui.click("Tour", panel.draw);
  EXPECT_EQ(panel.gui.ui.requests.tour_topic, "race");
}

TEST(StepRightPanel, PointingAtAFindingIsSeenByTheOtherPanels) {
  Panel panel("bug_missing_barrier");
  panel.gui.move(panel.gui.target("Finding 1").centre(), panel.draw);
  EXPECT_EQ(panel.gui.ui.step.hovered.kind, StepFocus::Kind::kFinding);
  EXPECT_EQ(panel.gui.ui.step.hovered.finding, 0);
}

TEST(StepRightPanel, InNarrowPanelsFindingsAreOneRowThatOpens) {
  Panel panel("bug_missing_barrier", 260);
  EXPECT_FALSE(panel.has("Finding 1"));
  panel.gui.click("Findings", panel.draw);
  panel.gui.frame(panel.draw);
  EXPECT_TRUE(panel.has("Finding 1"));
  panel.gui.click("Findings", panel.draw);
  panel.gui.frame(panel.draw);
  EXPECT_FALSE(panel.has("Finding 1"));
}

TEST(StepRightPanel, WhatIsPinnedStaysAndIsLetGo) {
  Panel panel("vector_add");
  panel.gui.ui.step.pinned = on_line(15);
  panel.gui.frame(panel.draw);
  EXPECT_EQ(panel.gui.ui.step.right.explanation->heading, "Line 15");
  EXPECT_TRUE(panel.has("Run to this line"));
  panel.gui.click("Run to this line", panel.draw);
  ASSERT_NE(panel.last<session::Go>(), nullptr);
  EXPECT_EQ(panel.last<session::Go>()->line, 15);
  panel.gui.click("Pin", panel.draw);
  EXPECT_EQ(panel.gui.ui.step.pinned.kind, StepFocus::Kind::kNone);
}

TEST(StepRightPanel, AButtonUnderThePointerIsExplainedByItsName) {
  Panel panel("vector_add");
  const BareGui::Draw with_button = [&panel](const panels::Frame& f) {
    panels::refresh_step_reading(f);
    f.ui.step.hovered = {};
    panels::button(f, "Back", {400, 10, 60, 28});
    panels::draw_step_right(f, {0, 0, 360, 900});
  };
  panel.gui.frame(with_button);
  panel.gui.move({430, 20}, with_button);
  EXPECT_EQ(panel.gui.ui.step.right.explanation->heading, "One step back");
}

TEST(StepRightPanel, APrintedLineLeadsToWhenItWasPrinted) {
  Panel panel("vector_add");
  EXPECT_FALSE(panel.has("Printed"));
  auto run = std::make_shared<session::StepRun>(*panel.gui.step.run);
  run->printed = "first\nsecond\n";
  ++run->id;
  panel.gui.step.run = run;
  panel.gui.frame(panel.draw);
  panel.gui.click("Printed", panel.draw);
  panel.gui.frame(panel.draw);
  panel.gui.click("Printed line 2", panel.draw);
  ASSERT_NE(panel.last<session::GoToPrinted>(), nullptr);
  EXPECT_EQ(panel.last<session::GoToPrinted>()->character, 6U);
}

}  // namespace
}  // namespace warpscope::tests
