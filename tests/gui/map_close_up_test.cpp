// One SM of the SM map, cycle by cycle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "app/panels/map_close_up.h"
#include "app/panels/map_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::close_up_issued;
using panels::close_up_runs;
using panels::close_up_window;
using panels::CloseUpRun;
using panels::CloseUpWindow;
using panels::Frame;
using panels::MapSpot;
using panels::segment_at;
using scene::Rect;
using testing::ElementsAre;
using testing::HasSubstr;
using timing::Segment;
using timing::SmSchedule;
using timing::Stall;
using timing::Timeline;

std::vector<Segment> segments() {
  return {{0, 10, 1, 0, Stall::kLongScoreboard},
          {10, 1, 1, 0, Stall::kIssued},
          {11, 1, 2, 0, Stall::kIssued},
          {12, 8, 3, 0, Stall::kWait},
          {30, 10, 0, 1, Stall::kBarrier}};  // 20 to 30: the slot is empty
}

TEST(CloseUp, SegmentsBecomeColumns) {
  // 40 cycles on 80 columns: two for each; the two that issued are one rectangle.
  EXPECT_THAT(close_up_runs(segments(), {0, 40}, 80),
              ElementsAre(CloseUpRun{0, 20, Stall::kLongScoreboard, 0}, CloseUpRun{20, 24, Stall::kIssued, 1},
                          CloseUpRun{24, 40, Stall::kWait, 0}, CloseUpRun{60, 80, Stall::kBarrier, 0}));
}

TEST(CloseUp, OnlyWhatIsInTheWindowIsSeen) {
  EXPECT_THAT(close_up_runs(segments(), {8, 10}, 10),
              ElementsAre(CloseUpRun{0, 2, Stall::kLongScoreboard, 0}, CloseUpRun{2, 4, Stall::kIssued, 1},
                          CloseUpRun{4, 10, Stall::kWait, 0}));
  EXPECT_THAT(close_up_runs(segments(), {-10, 12}, 12), ElementsAre(CloseUpRun{10, 12, Stall::kLongScoreboard, 0}));
  EXPECT_TRUE(close_up_runs(segments(), {20, 10}, 10).empty());
}

TEST(CloseUp, ACyclesShareOfItsColumnIsFair) {
  // 40 cycles on 4 columns. The second has 2 cycles that issued and 8 that waited: a fifth, a quarter to the eighth.
  EXPECT_THAT(close_up_runs(segments(), {0, 40}, 4),
              ElementsAre(CloseUpRun{0, 1, Stall::kLongScoreboard, 0}, CloseUpRun{1, 2, Stall::kWait, 0.25F},
                          CloseUpRun{3, 4, Stall::kBarrier, 0}));
}

TEST(CloseUp, NothingButIssuedIsWhite) {
  const std::vector<Segment> all{{0, 100, 0, 0, Stall::kIssued}};
  EXPECT_THAT(close_up_runs(all, {0, 100}, 10), ElementsAre(CloseUpRun{0, 10, Stall::kIssued, 1}));
}

TEST(CloseUp, FindsTheSegmentOfACycle) {
  const auto all = segments();
  EXPECT_EQ(segment_at(all, 0), &all[0]);
  EXPECT_EQ(segment_at(all, 9), &all[0]);
  EXPECT_EQ(segment_at(all, 10), &all[1]);
  EXPECT_EQ(segment_at(all, 19), &all[3]);
  EXPECT_EQ(segment_at(all, 25), nullptr);
  EXPECT_EQ(segment_at(all, 40), nullptr);
  EXPECT_EQ(segment_at(all, -1), nullptr);
  EXPECT_EQ(segment_at({}, 5), nullptr);
}

TEST(CloseUp, CountsWhatASchedulerIssued) {
  SmSchedule schedule;
  schedule.sub_partitions = 2;
  schedule.slots = 2;
  schedule.segments = {segments(), {{5, 3, 0, 0, Stall::kIssued}}, {}, {{0, 40, 0, 0, Stall::kIssued}}};
  EXPECT_EQ(close_up_issued(schedule, 0, {0, 40}), 5) << "two in the first row, three in the second";
  EXPECT_EQ(close_up_issued(schedule, 0, {6, 5}), 3) << "cycles 6, 7 and 10";
  EXPECT_EQ(close_up_issued(schedule, 1, {-20, 40}), 20);
}

TEST(CloseUp, TheWindowEndsNow) {
  const CloseUpWindow window = close_up_window(1000.7, 96);
  EXPECT_EQ(window.end(), 1000);
  EXPECT_EQ(window.first, 904);
  EXPECT_EQ(window.cycle_of(0, 192), 904);
  EXPECT_EQ(window.cycle_of(191, 192), 999);
}

class CloseUpScreen : public testing::Test {
 protected:
  BareGui::Draw draw = [this](const Frame& f) {
    panels::MapPanels& state = f.ui.map;
    state.before = state.hovered;
    state.hovered.reset();
    state.about.clear();
    panels::advance_map_clock(f);
    panels::draw_map_close_up(f, rect);
  };
  CloseUpScreen() {
    gui.map = map_view();
    at(50'000);
  }
  void at(double cycle) {
    gui.frame(draw);
    gui.ui.map.clock.cycle = cycle;
    gui.frame(draw);
  }
  // The same run, traced.
  void trace() {
    auto timeline = std::make_shared<Timeline>(*gui.map.run->timeline);
    timeline->origin = Timeline::Origin::kTraced;
    timeline->schedules.clear();
    timeline->intervals.clear();
    auto run = std::make_shared<session::MapRun>(*gui.map.run);
    run->timeline = timeline;
    gui.map.run = run;
  }
  const Timeline& timeline() const { return *gui.map.run->timeline; }
  std::string tip() const { return gui.ui.widgets.tips.empty() ? "" : gui.ui.widgets.tips.back(); }
  // The middle of a cycle in a row of a sub-partition.
  scene::Vec2 cell(int part, int slot, std::int64_t cycle) const {
    const Rect grid = gui.target("Sub-partition " + std::to_string(part));
    const auto window = close_up_window(gui.ui.map.clock.cycle, gui.ui.map.close_up.cycles_shown);
    return {grid.x + grid.w * (static_cast<float>(cycle - window.first) + 0.5F) / static_cast<float>(window.cycles),
            grid.y + grid.h * (static_cast<float>(slot) + 0.5F) / 12};
  }
  Rect rect{0, 0, 459, 412};
  BareGui gui{800, 500};
};

TEST_F(CloseUpScreen, ACellSaysWhoWaitedForWhat) {
  const auto& row = timeline().schedules.at(0)->segments[2 * 12 + 3];
  const Segment* const segment = segment_at(row, 49'980);
  ASSERT_NE(segment, nullptr);
  gui.move(cell(2, 3, 49'980), draw);
  const timing::WarpSpan& warp = timeline().warps[segment->warp];
  const std::uint64_t block = timeline().blocks[warp.block].block;
  EXPECT_EQ(gui.ui.map.hovered, (MapSpot{block, warp.warp}));
  EXPECT_EQ(gui.ui.map.about, segment->stall == Stall::kIssued ? "sm" : "stalls");
  EXPECT_THAT(tip(), HasSubstr(std::string(timing::meaning_of(segment->stall))));
  EXPECT_THAT(tip(), HasSubstr("cycle  49,980"));
  gui.click(cell(2, 3, 49'980), draw);
  EXPECT_EQ(gui.ui.map.pinned, (MapSpot{block, warp.warp}));
}

TEST_F(CloseUpScreen, AMissingScheduleIsAskedForOnce) {
  EXPECT_TRUE(gui.map_commands.empty()) << "SM 0 has one";
  gui.ui.map.sm = 9;
  gui.frames(20, draw);
  ASSERT_EQ(gui.map_commands.size(), 1U);
  EXPECT_EQ(std::get<session::LookAtSm>(gui.map_commands[0]).sm, 9U);
  gui.ui.map.sm = 10;
  gui.frames(3, draw);
  EXPECT_EQ(gui.map_commands.size(), 2U);
}

TEST_F(CloseUpScreen, OfATraceTheWarpsAreSeen) {
  trace();
  at(50'000);
  EXPECT_TRUE(gui.map_commands.empty()) << "there is nothing to be had";
  const Rect grid = gui.target("Sub-partition 1");
  gui.move({grid.right() - 2, grid.y + grid.h * 4.5F / 12}, draw);
  ASSERT_TRUE(gui.ui.map.hovered.has_value());
  const timing::BlockSpan& block = timeline().blocks[timeline().block_at[gui.ui.map.hovered->block]];
  EXPECT_EQ(block.sm, 0U);
  EXPECT_LE(block.start, 50'000U);
  EXPECT_GE(block.end, 49'900U);
  EXPECT_THAT(tip(), HasSubstr("start to end"));
}

TEST_F(CloseUpScreen, TheWheelChangesHowManyCyclesAreSeen) {
  const Rect grid = gui.target("Sub-partition 0");
  gui.move(grid.centre(), draw);
  gui.wheel(1, draw);
  EXPECT_EQ(gui.ui.map.close_up.cycles_shown, 77) << "96 / 1.25";
  for (int i = 0; i < 40; ++i) gui.wheel(1, draw);
  EXPECT_EQ(gui.ui.map.close_up.cycles_shown, 20);
  for (int i = 0; i < 60; ++i) gui.wheel(-1, draw);
  EXPECT_EQ(gui.ui.map.close_up.cycles_shown, 2000);
}

TEST_F(CloseUpScreen, ItCanBeClosed) {
  gui.click("Close the SM", draw);
  EXPECT_FALSE(gui.ui.map.sm_open);
}

TEST_F(CloseUpScreen, AnSmThatThisGpuHasNotBecomesItsLast) {
  gui.ui.map.sm = 500;
  gui.frame(draw);
  EXPECT_EQ(gui.ui.map.sm, 27U);
}

TEST_F(CloseUpScreen, AllSubPartitionsFitAtEverySize) {
  for (const Rect& r : {Rect{0, 0, 459, 412}, Rect{0, 0, 772, 261}, Rect{0, 0, 620, 230}, Rect{0, 0, 300, 400}}) {
    rect = r;
    gui.frames(2, draw);
    std::vector<Rect> parts;
    for (int part = 0; part < 4; ++part) {
      parts.push_back(gui.target("Sub-partition " + std::to_string(part)));
      const Rect& p = parts.back();
      EXPECT_TRUE(p.x >= r.x && p.right() <= r.right() && p.y >= r.y && p.bottom() <= r.bottom()) << r.w;
      EXPECT_GE(p.h, 12) << "a pixel for each warp slot";
      for (int i = 0; i < part; ++i) {
        const Rect& q = parts[static_cast<std::size_t>(i)];
        EXPECT_TRUE(p.right() <= q.x || q.right() <= p.x || p.bottom() <= q.y || q.bottom() <= p.y) << r.w;
      }
    }
  }
}

TEST_F(CloseUpScreen, ManyCyclesCostLittleGeometry) {
  for (const int shown : {20, 96, 200, 2000}) {
    gui.ui.map.close_up.cycles_shown = shown;
    gui.frame(draw);
    EXPECT_LT(ImGui::GetDrawData()->TotalVtxCount, 50'000) << shown;
  }
}

}  // namespace
}  // namespace warpscope::tests
