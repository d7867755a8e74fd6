// The lanes of a block: geometry, words, and what a hand does with them, on a real run of the tiled matrix product.
#include "app/panels/step_lanes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/panels/step_panels.h"
#include "app/scene/step_lanes_layout.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/step_fixture.h"

namespace warpscope::tests {
namespace {

using panels::BlockMoment;
using panels::Frame;
using panels::StepFocus;
using session::LaneState;
using testing::HasSubstr;

TEST(LaneColumns, HaveTheDesignsPitchAndNumbersOnlyWhereTheyFit) {
  const scene::LaneColumns wide = scene::lane_columns(920, 1), narrow = scene::lane_columns(568, 1);
  EXPECT_EQ(wide.pitch, 21);
  EXPECT_TRUE(wide.numbers);
  EXPECT_EQ(narrow.pitch, 14);
  EXPECT_FALSE(narrow.numbers);
  EXPECT_EQ(scene::lane_columns(1840, 2).pitch, 42) << "twice as many pixels, the same picture";
  EXPECT_EQ(scene::lane_columns(4000, 1).pitch, 42) << "no wider than that";
}

TEST(LaneColumns, AllLanesStandInThePanelAtEveryWidth) {
  for (float width = 320; width < 2400; width += 7) {
    const scene::LaneColumns columns = scene::lane_columns(width, 1);
    EXPECT_LT(columns.left + 32 * columns.pitch, width) << width;
    EXPECT_EQ(columns.pitch, std::floor(columns.pitch)) << "whole pixels";
  }
}

TEST(LanesLayout, ShowsEightWarpsAtOnceAndScrollsThirtyTwo) {
  const scene::Rect panel{640, 92, 920, 300};
  const scene::LanesLayout eight = scene::lanes_layout(panel, 1, 8, 1), many = scene::lanes_layout(panel, 1, 32, 1);
  EXPECT_EQ(eight.content, eight.rows.h);
  EXPECT_GT(many.content, many.rows.h);
  EXPECT_GE(many.row_pitch, 14) << "a row can still be read";
  EXPECT_LE(many.barriers.bottom(), panel.bottom());
}

TEST(LaneRuns, AreNeighboursTogether) {
  EXPECT_EQ(panels::lanes_words(0xF00000F1U), "0, 4-7, 28-31");
  EXPECT_EQ(panels::lanes_words(~0U), "0-31");
  EXPECT_EQ(panels::lanes_words(0), "");
}

session::WarpRow row_of(LaneState state) {
  session::WarpRow row;
  row.lanes.fill(state);
  row.exists = row.active = ~0U;
  row.line = 20;
  return row;
}

TEST(WarpWords, SayWhatAWarpDoes) {
  const session::StepRun run;
  EXPECT_EQ(panels::warp_words(run, row_of(LaneState::kDone)).does, "done");
  EXPECT_EQ(panels::warp_words(run, row_of(LaneState::kDone)).line, "");
  const panels::WarpWords waits = panels::warp_words(run, row_of(LaneState::kAtBarrier));
  EXPECT_EQ(waits.line + " " + waits.does, "line 20 waits");
  EXPECT_TRUE(waits.waits);
  session::WarpRow apart = row_of(LaneState::kOff);
  apart.active = 0xFF;
  EXPECT_EQ(panels::warp_words(run, apart).does, "8 of 32");
}

TEST(BlockMoments, KnowWhenABlockBeginsAndEnds) {
  session::StepRun run;
  run.by_block = {.order = {0, 2, 4, 1, 3}, .offsets = {0, 3, 5}, .blocks = {0, 7}};
  EXPECT_EQ(panels::block_moment(run, 7, 0).kind, BlockMoment::Kind::kNotBegun);
  EXPECT_EQ(panels::block_moment(run, 7, 0).first, 1U);
  EXPECT_EQ(panels::block_moment(run, 7, 3).kind, BlockMoment::Kind::kRuns);
  EXPECT_EQ(panels::block_moment(run, 7, 4).kind, BlockMoment::Kind::kEnded);
  EXPECT_EQ(panels::block_moment(run, 3, 4).kind, BlockMoment::Kind::kNotRecorded);
}

class StepLanes : public testing::Test {
 protected:
  static void draw(const Frame& f) {
    panels::refresh_step_reading(f);
    f.ui.step.before = f.ui.step.hovered;
    f.ui.step.hovered = {};
    panels::draw_step_lanes(f, {640, 92, 920, 320});
    panels::draw_step_variables(f, {640, 412, 920, 230});
  }
  void show(trace::Position position, trace::WarpIndex followed) {
    gui.step = fixture.at(position, followed);
    gui.frames(2, draw);
  }
  // The middle of a lane's cell.
  scene::Vec2 cell(int warp, int lane) {
    const scene::Rect lanes = gui.target("Lanes");
    const auto warps = static_cast<float>(gui.ui.step.reading.warps.size());
    return {lanes.x + (static_cast<float>(lane) + 0.4F) * lanes.w / 32,
            lanes.y + (static_cast<float>(warp) + 0.5F) * lanes.h / warps};
  }
  template <class Command>
  std::vector<Command> sent() const {
    std::vector<Command> out;
    for (const auto& command : gui.step_commands) {
      if (const auto* one = std::get_if<Command>(&command)) out.push_back(*one);
    }
    return out;
  }
  StepFixture fixture{"matmul_tiled"};
  BareGui gui{1920, 1080};
};

TEST_F(StepLanes, TellTheThreadUnderThePointer) {
  show(400, 0);  // of the first block, after its first instructions
  gui.move(cell(1, 5), draw);
  EXPECT_EQ(gui.ui.step.hovered.kind, StepFocus::Kind::kLane);
  EXPECT_EQ(gui.ui.step.hovered.warp, 1);
  EXPECT_EQ(gui.ui.step.hovered.lane, 5);
  const auto width = fixture.run().launch.block.x;
  ASSERT_FALSE(gui.ui.widgets.tips.empty());
  EXPECT_THAT(gui.ui.widgets.tips.back(), HasSubstr(fmt::format("thread ({}, {})", 37 % width, 37 / width)));
}

TEST_F(StepLanes, SelectByClickAndWithShiftARange) {
  show(10, 0);
  gui.click("Lane 4", draw);
  EXPECT_EQ(gui.ui.step.selected_lanes, 1U << 4);
  ImGui::GetIO().KeyShift = true;
  gui.click(cell(0, 7), draw);
  ImGui::GetIO().KeyShift = false;
  EXPECT_EQ(gui.ui.step.selected_lanes, 0xF0U);
  gui.click(cell(0, 5), draw);
  EXPECT_EQ(gui.ui.step.selected_lanes, 0xD0U);
}

TEST_F(StepLanes, AWarpIsFollowedByAClickOnItsName) {
  const std::uint32_t warps = fixture.run().warps_per_block;
  ASSERT_GT(warps, 2U);
  show(10, warps);  // of block 1
  gui.click("Warp 2", draw);
  ASSERT_EQ(sent<session::FollowWarp>().size(), 1U);
  EXPECT_EQ(sent<session::FollowWarp>()[0].warp, warps + 2);
}

TEST_F(StepLanes, ABlockThatHasNotBegunSaysWhenItDoes) {
  const auto& records = *fixture.run().records;
  const trace::WarpIndex last = records.back().warp;
  const std::uint64_t block = last / fixture.run().warps_per_block;
  trace::Position first = 0;
  while (records[first].warp / fixture.run().warps_per_block != block) ++first;
  ASSERT_GT(first, 0U);
  show(0, last);
  gui.click("Go there", draw);
  ASSERT_EQ(sent<session::SeekTo>().size(), 1U);
  EXPECT_EQ(sent<session::SeekTo>()[0].position, first);
}

TEST_F(StepLanes, ALaneIsOneColumnThroughBothPanels) {
  show(400, 0);  // of the first block, after its first instructions
  const scene::Rect lanes = gui.target("Lanes"), lane = gui.target("Lane 9");
  ASSERT_FALSE(gui.ui.step.reading.variables.empty());
  const scene::Rect values = gui.target("Values of " + gui.ui.step.reading.variables.front().path);
  EXPECT_EQ(lanes.x, values.x);
  EXPECT_EQ(lane.x, lanes.x + 9 * lanes.w / 32);
}

}  // namespace
}  // namespace warpscope::tests
