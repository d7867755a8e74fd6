// The Gantt chart of the SM map: rows, pixels, hover, time.
#include "app/panels/map_gantt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "app/scene/map_gantt.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::MapSide;
using timing::BlockSpan;
using timing::Timeline;

// ---- The panel

constexpr scene::Rect kPanel{352, 400, 1207, 388};

class Gantt : public ::testing::Test {
 protected:
  Gantt() {
    gui.ui.workspace = panels::Workspace::kMap;
    gui.map = map_view();
    gui.frame(draw);
  }
  const Timeline& timeline() const { return *gui.map.run->timeline; }
  panels::MapPanels& map() { return gui.ui.map; }
  panels::GanttPlaces places() const { return panels::gantt_places(kPanel, 1); }
  // The middle of a block on the screen, by its own arithmetic.
  scene::Vec2 middle_of(const BlockSpan& b, double from, double to) const {
    const scene::Rect rows = places().rows;
    const panels::MapGantt& state = gui.ui.map.gantt[0];
    const double cycle = (static_cast<double>(b.start) + static_cast<double>(b.end)) / 2;
    const float y = static_cast<float>(state.rows.slot_top(b.sm, b.slot) + state.rows.slot_top(b.sm, b.slot + 1U)) / 2;
    return {rows.x + static_cast<float>((cycle - from) / (to - from)) * rows.w, rows.y + y - state.scroll};
  }
  double all() const { return static_cast<double>(timeline().cycles) * 1.012; }

  const BareGui::Draw draw = [](const Frame& f) {
    f.ui.map.before = f.ui.map.hovered;
    f.ui.map.hovered.reset();
    f.ui.map.about.clear();
    panels::advance_map_clock(f);
    panels::draw_map_gantt(f, kPanel, MapSide::kNewest);
  };
  BareGui gui{1920, 1080};
  std::vector<double> seconds;
};

TEST_F(Gantt, PointingAtABlockNamesIt) {
  for (const std::size_t i : {std::size_t{0}, std::size_t{77}, std::size_t{300}, timeline().blocks.size() - 1}) {
    const BlockSpan& block = timeline().blocks[i];
    gui.move(middle_of(block, 0, all()), draw);
    ASSERT_TRUE(map().hovered) << i;
    EXPECT_EQ(map().hovered->block, block.block);
    EXPECT_EQ(map().about, "block");
    EXPECT_FALSE(gui.ui.widgets.tips.empty());
  }
}

TEST_F(Gantt, ZoomedTheSamePlaceMeansTheSameBlock) {
  const BlockSpan& block = timeline().blocks[200];
  gui.move(middle_of(block, 0, all()), draw);
  for (int i = 0; i < 6; ++i) gui.wheel(1, draw);
  const panels::MapGantt& state = gui.ui.map.gantt[0];
  EXPECT_NEAR((state.to - state.from) / all(), std::pow(0.8, 6), 1e-6);
  gui.frame(draw);
  ASSERT_TRUE(map().hovered);
  EXPECT_EQ(map().hovered->block, block.block);
  const BlockSpan* other = nullptr;
  for (const BlockSpan& b : timeline().blocks) {
    const double middle = static_cast<double>(b.start + b.end) / 2;
    if (b.sm == 20 && middle > state.from && middle < state.to) other = &b;
  }
  ASSERT_NE(other, nullptr);
  gui.move(middle_of(*other, state.from, state.to), draw);
  ASSERT_TRUE(map().hovered);
  EXPECT_EQ(map().hovered->block, other->block);
}

TEST_F(Gantt, APressPinsABlockAndAnotherLetsItGo) {
  const BlockSpan& block = timeline().blocks[123];
  const double cycle = map().clock.cycle;
  gui.click(middle_of(block, 0, all()), draw);
  ASSERT_TRUE(map().pinned);
  EXPECT_EQ(map().pinned->block, block.block);
  EXPECT_EQ(map().clock.cycle, cycle) << "time stays";
  gui.frames(40, draw);
  gui.click(middle_of(block, 0, all()), draw);
  EXPECT_FALSE(map().pinned);
}

TEST_F(Gantt, TheAxisAndTheKnobScrub) {
  const scene::Rect axis = gui.target("Time"), rows = places().rows;
  const double pixel = all() / static_cast<double>(rows.w);
  gui.move({rows.x + rows.w / 4, axis.centre().y}, draw);
  gui.press(draw);
  EXPECT_NEAR(map().clock.cycle, all() / 4, pixel);
  EXPECT_TRUE(map().clock.held);
  gui.move({rows.x + rows.w / 2, axis.y + 200}, draw);
  EXPECT_NEAR(map().clock.cycle, all() / 2, pixel) << "dragging goes on outside";
  gui.release(draw);
  EXPECT_FALSE(map().clock.held);
  gui.move({rows.x + 3, axis.centre().y}, draw);
  EXPECT_NEAR(map().clock.cycle, all() / 2, pixel);
  gui.move({rows.x + rows.w / 2, gui.target("Time cursor").centre().y}, draw);
  gui.press(draw);
  gui.move({rows.right() + 500, rows.y}, draw);
  gui.release(draw);
  EXPECT_EQ(map().clock.cycle, static_cast<double>(timeline().cycles)) << "no further than the end";
}

TEST_F(Gantt, AScriptSetsTheTime) {
  gui.ui.pending_sets["Time"] = "12345";
  gui.frame(draw);
  EXPECT_EQ(map().clock.cycle, 12'345);
}

TEST_F(Gantt, EmptyGroundMovesTheCursor) {
  const scene::Rect rows = places().rows;
  // The end of a slot that is free while others still run.
  const BlockSpan* last = nullptr;
  for (const BlockSpan& b : timeline().blocks) {
    if (b.sm == 3 && b.slot == 2 && (last == nullptr || b.end > last->end)) last = &b;
  }
  ASSERT_LT(last->end + 3000, timeline().cycles);
  scene::Vec2 at = middle_of(*last, 0, all());
  at.x = rows.x + static_cast<float>((static_cast<double>(last->end) + 2000) / all()) * rows.w;
  gui.click(at, draw);
  EXPECT_FALSE(map().pinned);
  EXPECT_NEAR(map().clock.cycle, static_cast<double>(last->end) + 2000, all() / static_cast<double>(rows.w));
}

TEST_F(Gantt, ADoubleClickShowsAllAgain) {
  const scene::Vec2 at = middle_of(timeline().blocks[200], 0, all());
  gui.move(at, draw);
  gui.wheel(5, draw);
  EXPECT_GT(gui.ui.map.gantt[0].to, 0);
  gui.click(at, draw);
  gui.click(at, draw);
  EXPECT_EQ(gui.ui.map.gantt[0].to, 0);
}

TEST_F(Gantt, DraggingWithTheRightButtonMovesWhatIsSeen) {
  gui.move(middle_of(timeline().blocks[300], 0, all()), draw);
  gui.wheel(8, draw);
  const double from = gui.ui.map.gantt[0].from, size = gui.ui.map.gantt[0].to - from;
  const scene::Rect rows = places().rows;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  ImGui::GetIO().MouseDown[1] = true;
  gui.frame(draw);
  gui.move({mouse.x - rows.w / 10, mouse.y}, draw);
  ImGui::GetIO().MouseDown[1] = false;
  gui.frame(draw);
  EXPECT_NEAR(gui.ui.map.gantt[0].from, from + size / 10, size / 1000);
}

TEST_F(Gantt, ALabelOpensItsSm) {
  const panels::MapGantt& state = gui.ui.map.gantt[0];
  const float y = places().rows.y + static_cast<float>(state.rows.tops[17] + 2);
  gui.click(scene::Vec2{places().labels.x + 30, y}, draw);
  EXPECT_EQ(map().sm, 17U);
  ASSERT_EQ(gui.map_commands.size(), 1U);
  EXPECT_EQ(std::get<session::LookAtSm>(gui.map_commands[0]).sm, 17U);
}

TEST_F(Gantt, PicturesAreMadeAnewOnlyWhenWhatTheyShowChanges) {
  const auto version = [&] { return gui.ui.map.gantt[0].version; };
  const std::uint64_t first = version();
  map().clock.playing = true;
  gui.frames(20, draw);
  gui.move(middle_of(timeline().blocks[9], 0, all()), draw);
  EXPECT_EQ(version(), first) << "neither time nor the pointer change a block";
  map().colour = panels::MapColour::kStall;
  gui.frame(draw);
  EXPECT_EQ(version(), first + 1);
  gui.ui.dark = false;
  gui.frame(draw);
  EXPECT_EQ(version(), first + 2);
  gui.wheel(1, draw);
  EXPECT_EQ(version(), first + 3);
}

TEST_F(Gantt, AnotherRunIsSeenWhole) {
  gui.move(middle_of(timeline().blocks[300], 0, all()), draw);
  gui.wheel(4, draw);
  gui.map = map_view({.run = 2});
  gui.frame(draw);
  EXPECT_EQ(gui.ui.map.gantt[0].to, 0);
}

TEST_F(Gantt, SideBySideBothShowTheSameTime) {
  gui.map = map_view({.compared = true});
  map().side_by_side = true;
  const scene::Rect left{0, 400, 600, 388}, right{600, 400, 600, 388};
  const BareGui::Draw both = [&](const Frame& f) {
    panels::advance_map_clock(f);
    panels::draw_map_gantt(f, left, MapSide::kCompared);
    panels::draw_map_gantt(f, right, MapSide::kNewest);
    for (const auto& [side, panel] : {std::pair{MapSide::kCompared, left}, std::pair{MapSide::kNewest, right}}) {
      const session::MapRun& run = *panels::map_run(f, side);
      const panels::GanttFrame g = panels::gantt_frame(f, run, panel, side);
      seconds.push_back(g.shown.high / run.timeline->ticks_per_second);
    }
  };
  gui.frame(both);
  ASSERT_EQ(seconds.size(), 2U);
  EXPECT_DOUBLE_EQ(seconds[0], seconds[1]);
  EXPECT_GE(seconds[0], gui.map.compared->timeline->seconds()) << "the longer run fits";
  EXPECT_GE(seconds[0], gui.map.run->timeline->seconds());
  gui.move(gui.target("Gantt, compared").centre(), both);
  gui.wheel(2, both);
  seconds.clear();
  gui.frame(both);
  EXPECT_NEAR(seconds[0], seconds[1], 1e-12);
}

// 100,000 blocks on screen.
TEST(GanttAtSize, AHundredThousandBlocksAreOnePictureThatIsMadeQuickly) {
  BareGui gui(1280, 720);
  auto view = map_view({.blocks_x = 4,
                        .blocks_y = 4,
                        .gpcs = {18, 18, 18, 18, 16, 16, 14, 14},
                        .slots = 16,
                        .threads = 64,
                        .before = false});
  auto timeline = std::make_shared<Timeline>(*view.run->timeline);
  timeline->blocks.clear();
  timeline->warps.clear();
  const std::uint32_t places = timeline->sms * timeline->slots;
  std::mt19937 random(5);
  std::vector<timing::Cycle> free(places, 0);
  for (std::uint32_t b = 0; b < 100'000; ++b) {
    timing::Cycle& at = free[b % places];
    const timing::Cycle length = 900 + random() % 500;
    timeline->blocks.push_back({b, b % places / timeline->slots, static_cast<std::uint16_t>(b % timeline->slots),
                                static_cast<std::uint16_t>(b / places), at, at + length});
    at += length;
  }
  timeline->cycles = *std::max_element(free.begin(), free.end());
  timeline->tail = *std::min_element(free.begin(), free.end());
  std::sort(timeline->blocks.begin(), timeline->blocks.end(),
            [](const BlockSpan& a, const BlockSpan& b) { return a.start < b.start; });
  timeline->block_at.resize(100'000);
  for (std::uint32_t i = 0; i < timeline->blocks.size(); ++i) timeline->block_at[timeline->blocks[i].block] = i;
  auto run = std::make_shared<session::MapRun>(*view.run);
  run->timeline = timeline;
  gui.map = view;
  gui.map.run = run;
  const BareGui::Draw draw = [](const Frame& f) {
    panels::advance_map_clock(f);
    panels::draw_map_gantt(f, {248, 345, 772, 219}, MapSide::kNewest);
  };
  gui.frame(draw);
  const std::uint64_t version = gui.ui.map.gantt[0].version;
  gui.ui.map.clock.playing = true;
  gui.frames(30, draw);
  EXPECT_EQ(gui.ui.map.gantt[0].version, version);
  EXPECT_LT(ImGui::GetDrawData()->TotalVtxCount, 5000);
  // The whole of it anew: colours, index, picture. An order of magnitude above what it takes, so that a busy machine
  // does not fail it.
  const auto before = std::chrono::steady_clock::now();
  gui.ui.map.gantt[0].key = {};
  gui.frame(draw);
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count(), 0.3);
  EXPECT_EQ(gui.ui.map.gantt[0].version, version + 1);
}

}  // namespace
}  // namespace warpscope::tests
