#include "app/panels/map_toolbar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/gui/bare_gui.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;

void draw(const Frame& f) {
  panels::draw_map_toolbar(f, {352, 44, 1208, 48});
}

class MapToolbar : public testing::Test {
 protected:
  MapToolbar() {
    gui.map = map_view();
    gui.ui.workspace = panels::Workspace::kMap;
    gui.frame(draw);
  }
  template <class Command>
  const Command* last() const {
    return gui.map_commands.empty() ? nullptr : std::get_if<Command>(&gui.map_commands.back());
  }
  BareGui gui{1920, 1080};
};

TEST_F(MapToolbar, PlaysFromTheBeginningWhereItStandsAtTheEnd) {
  gui.frame([](const Frame& f) { panels::set_map_cycle(f, 1e300); });
  EXPECT_EQ(gui.ui.map.clock.cycle, static_cast<double>(gui.map.run->timeline->cycles));
  gui.frame(draw);
  gui.click("Play", draw);
  EXPECT_TRUE(gui.ui.map.clock.playing);
  EXPECT_EQ(gui.ui.map.clock.cycle, 0);
  gui.frame(draw);
  gui.click("Play", draw);
  EXPECT_FALSE(gui.ui.map.clock.playing);
}

TEST_F(MapToolbar, TheSpeedIsLogarithmicAndKeptToTwoFigures) {
  const auto cycles = static_cast<double>(gui.map.run->timeline->cycles);
  gui.frame([&](const Frame& f) { EXPECT_DOUBLE_EQ(panels::map_speed(f), cycles / 10); });
  gui.frame(draw);
  const scene::Rect r = gui.target("Speed");
  gui.click(scene::Vec2{r.x + 1, r.centre().y}, draw);
  EXPECT_DOUBLE_EQ(gui.ui.map.clock.speed, 10);
  gui.click(scene::Vec2{r.right() - 1, r.centre().y}, draw);
  EXPECT_NEAR(gui.ui.map.clock.speed, cycles, 0.05 * cycles) << "the whole run in a second";
  gui.click(r.centre(), draw);
  EXPECT_NEAR(gui.ui.map.clock.speed, std::sqrt(10 * cycles), 0.1 * std::sqrt(10 * cycles)) << "half way";
}

TEST_F(MapToolbar, ColoursAndLoopAreChosen) {
  gui.click("Colour by wait", draw);
  EXPECT_EQ(gui.ui.map.colour, panels::MapColour::kStall);
  gui.click("Colour by block", draw);
  EXPECT_EQ(gui.ui.map.colour, panels::MapColour::kBlock);
  gui.click("Loop", draw);
  EXPECT_FALSE(gui.ui.map.clock.loop);
}

TEST_F(MapToolbar, ATraceIsOnlyThereWithAGpu) {
  gui.click("Real trace", draw);
  EXPECT_TRUE(gui.map_commands.empty());
  gui.map.trace_note.clear();
  gui.frame(draw);
  gui.click("Real trace", draw);
  ASSERT_NE(last<session::SetMap>(), nullptr);
  EXPECT_TRUE(last<session::SetMap>()->settings.traced);
  gui.frame(draw);
  gui.click("Model", draw);
  EXPECT_FALSE(last<session::SetMap>()->settings.traced);
}

TEST_F(MapToolbar, RunsAgainAndStops) {
  gui.click("Run again", draw);
  EXPECT_NE(last<session::RunMap>(), nullptr);
  gui.map.job = {.kind = session::MapJob::Kind::kSimulating, .text = "Simulating", .progress = {100, 5, 50, 1000}};
  gui.frame(draw);
  gui.click("Stop", draw);
  EXPECT_NE(last<session::StopMap>(), nullptr);
}

TEST_F(MapToolbar, SideBySideIsThereWhenARunIsKept) {
  const auto is_there = [&] {
    return std::ranges::any_of(gui.ui.targets, [](const panels::Target& t) { return t.name == "Side by side"; });
  };
  EXPECT_FALSE(is_there());
  gui.map = map_view({.compared = true});
  gui.frame(draw);
  ASSERT_TRUE(is_there());
  gui.click("Side by side", draw);
  EXPECT_TRUE(gui.ui.map.side_by_side);
}

TEST_F(MapToolbar, NothingOverlapsAtAnyWidth) {
  gui.map = map_view({.compared = true});
  for (const float width : {1208.0F, 1000.0F, 900.0F, 772.0F}) {
    gui.frame([width](const Frame& f) { panels::draw_map_toolbar(f, {248, 44, width, 40}); });
    auto targets = gui.ui.targets;
    std::ranges::sort(targets, {}, [](const panels::Target& t) { return t.rect.x; });
    EXPECT_LE(targets.back().rect.right(), 248 + width);
    for (std::size_t i = 1; i < targets.size(); ++i) {
      // Segments of one row share their border.
      EXPECT_GE(targets[i].rect.x, targets[i - 1].rect.right() - 1.5F)
          << targets[i - 1].name << " and " << targets[i].name << " at " << width;
    }
  }
}

TEST_F(MapToolbar, WithoutARunThereIsNothingToPlay) {
  gui.map.run = nullptr;
  gui.frame(draw);
  gui.click("Play", draw);
  EXPECT_FALSE(gui.ui.map.clock.playing);
}

}  // namespace
}  // namespace warpscope::tests
