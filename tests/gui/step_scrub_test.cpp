// The scrub bar: what it knows of a real run, and what the pointer sends.
#include "app/panels/step_scrub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "app/panels/step_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::ScrubMark;

constexpr scene::Rect kBar{0, 900, 1560, 100};
const BareGui::Draw draw = [](const Frame& f) {
  f.ui.step.before = f.ui.step.hovered;
  f.ui.step.hovered = {};
  panels::refresh_step_reading(f);
  panels::draw_step_scrub(f, kBar);
};

class Scrub : public ::testing::Test {
 protected:
  Scrub() {
    gui.ui.workspace = panels::Workspace::kStep;
    gui.step = fixture.at(0);
    gui.frame(draw);
  }
  template <class Command>
  std::vector<Command> sent() const {
    std::vector<Command> out;
    for (const auto& command : gui.step_commands) {
      if (const auto* one = std::get_if<Command>(&command)) out.push_back(*one);
    }
    return out;
  }
  const session::StepRun& run() const { return fixture.run(); }
  panels::ScrubPlaces places() const { return panels::scrub_places(kBar, 1); }
  scene::Vec2 at_step(double step, float part_of_height = 0.5F) const {
    const scene::Rect r = places().warps;
    return {panels::x_of_step(gui.ui.step.scrub, r, step), r.y + r.h * part_of_height};
  }

  StepFixture fixture{"transpose_shared"};
  BareGui gui{1560, 1000};
};

TEST_F(Scrub, CountsStepsWithinTheBlock) {
  const std::uint64_t block = 3;
  std::vector<trace::Position> of_block;
  for (trace::Position i = 0; i < run().size(); ++i) {
    if ((*run().records)[i].warp / run().warps_per_block == block) of_block.push_back(i);
  }
  ASSERT_GT(of_block.size(), 100U);
  for (const std::size_t i : {std::size_t{0}, std::size_t{17}, of_block.size() - 1}) {
    const auto place = panels::block_position(run(), block, of_block[i]);
    EXPECT_EQ(place.step, i);
    EXPECT_EQ(place.size, of_block.size());
  }
  EXPECT_EQ(panels::block_position(run(), block, run().size()).step, of_block.size());
  EXPECT_EQ(panels::block_position(run(), 99, 5).size, 0U) << "a block that the grid does not have";
}

TEST_F(Scrub, MarksTheStepsThatLetBarriersGo) {
  std::vector<trace::Position> expected;
  for (const auto& barrier : run().barriers) {
    if (barrier.block == 0) expected.push_back(barrier.at);
  }
  ASSERT_FALSE(expected.empty());
  std::vector<trace::Position> marked;
  for (const ScrubMark& mark : gui.ui.step.scrub.marks) {
    if (mark.kind == ScrubMark::Kind::kBarrier) marked.push_back(mark.position);
  }
  EXPECT_EQ(marked, expected);
}

TEST_F(Scrub, APressSeeksAndDraggingGoesOnWithTheSameWarp) {
  const double steps = gui.ui.step.scrub.timeline.steps;
  gui.move(at_step(steps / 4), draw);
  gui.press(draw);
  ASSERT_EQ(sent<session::SeekTo>().size(), 1U);
  EXPECT_TRUE(sent<session::SeekTo>()[0].follow);
  const auto there = panels::block_position(run(), 0, sent<session::SeekTo>()[0].position).step;
  EXPECT_NEAR(static_cast<double>(there), steps / 4, steps / 50);
  gui.move(at_step(steps / 2), draw);
  gui.move(at_step(steps * 2), draw);
  gui.release(draw);
  const auto seeks = sent<session::SeekTo>();
  ASSERT_EQ(seeks.size(), 3U);
  EXPECT_FALSE(seeks[1].follow);
  EXPECT_EQ(seeks[2].position, panels::steps_of_block(run(), 0).back() + 1U) << "beyond the right end is the end";
  gui.move(at_step(5), draw);
  EXPECT_EQ(sent<session::SeekTo>().size(), 3U) << "the button is up";
}

TEST_F(Scrub, PointingAtARowMeansThatWarp) {
  const double steps = gui.ui.step.scrub.timeline.steps;
  const scene::Rect rows = places().warps;
  // 32 rows in little more than as many pixels: the one that lies under a whole pixel.
  for (const float down : {2.0F, 14.0F, 25.0F}) {
    const float y = std::floor(rows.y + down);
    const auto warp = static_cast<std::uint32_t>((y - rows.y) / rows.h * static_cast<float>(run().warps_per_block));
    gui.move({at_step(steps / 3).x, y}, draw);
    EXPECT_EQ(gui.ui.step.hovered.warp, static_cast<int>(warp));
    EXPECT_EQ((*run().records)[gui.ui.step.hovered.position].warp, warp);
  }
}

TEST_F(Scrub, TellsStepWarpLineAndLanes) {
  gui.move(at_step(40.2), draw);
  const trace::Position position = gui.ui.step.hovered.position;
  const auto& record = (*run().records)[position];
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  const std::string expected = "step " + std::to_string(panels::block_position(run(), 0, position).step) + ": warp " +
                               std::to_string(record.warp) + ", line " +
                               std::to_string(session::line_at(run(), record.pc)) + ", " +
                               std::to_string(std::popcount(record.executed)) + " of 32 lanes";
  EXPECT_EQ(gui.ui.widgets.tips.back(), expected);
}

TEST_F(Scrub, ShiftDragsByOneInstructionEveryFewPixels) {
  gui.step = fixture.at(panels::steps_of_block(run(), 0)[100]);
  gui.move(at_step(500), draw);
  ImGui::GetIO().KeyShift = true;
  gui.press(draw);
  EXPECT_TRUE(sent<session::SeekTo>().empty());
  scene::Vec2 to = at_step(500);
  to.x += 12;
  gui.move(to, draw);
  ImGui::GetIO().KeyShift = false;
  gui.release(draw);
  ASSERT_EQ(sent<session::SeekTo>().size(), 1U);
  EXPECT_EQ(sent<session::SeekTo>()[0].position, panels::steps_of_block(run(), 0)[103]);
}

TEST_F(Scrub, TheWheelZoomsAndADoubleClickShowsTheWhole) {
  const auto whole = gui.ui.step.scrub.view;
  gui.move(at_step(100), draw);
  gui.wheel(3, draw);
  const auto view = gui.ui.step.scrub.view;
  EXPECT_NEAR((view.to - view.from) / (whole.to - whole.from), 0.512, 1e-6);
  gui.click(at_step(100), draw);
  gui.click(at_step(100), draw);
  EXPECT_EQ(gui.ui.step.scrub.view, whole);
}

TEST_F(Scrub, ABlockOfTheStripIsGoneToAtItsBeginning) {
  const scene::Rect strip = places().blocks;
  // Six blocks that do the same: the fourth begins at half of the width.
  gui.click(scene::Vec2{strip.x + strip.w * 0.55F, strip.centre().y}, draw);
  ASSERT_EQ(sent<session::SeekTo>().size(), 1U);
  EXPECT_EQ(sent<session::SeekTo>()[0].position, panels::steps_of_block(run(), 3).front());
}

TEST_F(Scrub, ShowsWhereABreakpointIsReached) {
  const int line = session::line_at(run(), (*run().records)[panels::steps_of_block(run(), 0)[300]].pc);
  session::StepBreakpoint breakpoint;
  breakpoint.id = 4;
  breakpoint.line = line;
  gui.step.breakpoints = {breakpoint};
  gui.frame(draw);
  // Independently: the line is reached where a warp is on it and was not the time before.
  std::vector<trace::Position> expected;
  std::vector<int> line_of(run().warps_per_block, 0);
  for (const std::uint32_t position : panels::steps_of_block(run(), 0)) {
    const auto& record = (*run().records)[position];
    const int now = session::line_at(run(), record.pc);
    if (now == line && line_of[record.warp] != line) expected.push_back(position);
    line_of[record.warp] = now;
  }
  std::vector<trace::Position> marked;
  for (const ScrubMark& mark : gui.ui.step.scrub.marks) {
    if (mark.kind == ScrubMark::Kind::kBreakpoint) marked.push_back(mark.position);
  }
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(marked, expected);
}

TEST_F(Scrub, SaysSoWhereNothingIsRecorded) {
  gui.step.run = nullptr;
  gui.step.moment = nullptr;
  gui.frame(draw);
  EXPECT_TRUE(std::none_of(gui.ui.targets.begin(), gui.ui.targets.end(),
                           [](const panels::Target& target) { return target.name == "Scrub bar"; }));
}

}  // namespace
}  // namespace warpscope::tests
