#include <gtest/gtest.h>

#include <set>

#include "app/panels/keys.h"
#include "app/panels/map_panels.h"
#include "app/panels/map_toolbar.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;

void draw(const Frame& f) {
  panels::handle_map_keys(f);
}

class MapKeys : public testing::Test {
 protected:
  MapKeys() {
    gui.map = map_view();
    gui.ui.workspace = panels::Workspace::kMap;
    gui.ui.map.clock.run = gui.map.run->id;
    gui.ui.map.clock.cycle = 1000;
    gui.frame(draw);
  }
  const timing::Timeline& timeline() const { return *gui.map.run->timeline; }
  double cycle() const { return gui.ui.map.clock.cycle; }
  template <class Command>
  const Command* last() const {
    return gui.map_commands.empty() ? nullptr : std::get_if<Command>(&gui.map_commands.back());
  }
  BareGui gui{1920, 1080};
};

TEST_F(MapKeys, ArrowsMoveTimeByAHundredthOfWhatIsSeen) {
  const auto all = static_cast<double>(timeline().cycles);
  gui.key("Right", draw);
  EXPECT_NEAR(cycle(), 1000 + all / 100, 1e-6);
  gui.ui.map.gantt[0].from = 500;
  gui.ui.map.gantt[0].to = 1500;
  gui.key("Left", draw);
  EXPECT_NEAR(cycle(), 990 + all / 100, 1e-6);
  gui.key("Shift+Right", draw);
  EXPECT_NEAR(cycle(), 991 + all / 100, 1e-6);
  gui.key("Home", draw);
  EXPECT_EQ(cycle(), 0);
  gui.key("Left", draw);
  EXPECT_EQ(cycle(), 0);
  gui.key("End", draw);
  EXPECT_EQ(cycle(), all);
}

TEST_F(MapKeys, MarksAreWhereWavesAndTheTailBegin) {
  std::set<double> marks{0, static_cast<double>(timeline().tail), static_cast<double>(timeline().cycles)};
  for (int wave = 0; wave < 100; ++wave) {
    double first = 1e300;
    for (const auto& block : timeline().blocks) {
      if (block.wave == wave) first = std::min(first, static_cast<double>(block.start));
    }
    if (first < 1e300) marks.insert(first);
  }
  gui.key("Home", draw);
  for (auto mark = std::next(marks.begin()); mark != marks.end(); ++mark) {
    gui.key("]", draw);
    EXPECT_EQ(cycle(), *mark);
  }
  gui.key("]", draw);
  EXPECT_EQ(cycle(), *marks.rbegin());
  gui.key("[", draw);
  EXPECT_EQ(cycle(), *std::next(marks.rbegin()));
}

TEST_F(MapKeys, ZoomKeepsTheTimeThatIsLookedAtInItsPlace) {
  const auto all = static_cast<double>(timeline().cycles);
  gui.ui.map.clock.cycle = all / 4;
  gui.key("+", draw);
  const panels::MapGantt& seen = gui.ui.map.gantt[0];
  EXPECT_NEAR(seen.to - seen.from, all / 1.5, 1);
  EXPECT_NEAR((all / 4 - seen.from) / (seen.to - seen.from), 0.25, 1e-6);
  gui.key("-", draw);
  EXPECT_EQ(seen.from, 0);
  EXPECT_EQ(seen.to, 0) << "all of it again";
  gui.key("+", draw);
  gui.key("0", draw);
  EXPECT_EQ(seen.to, 0);
}

TEST_F(MapKeys, PlayLoopSpeedAndColours) {
  gui.key("Space", draw);
  EXPECT_TRUE(gui.ui.map.clock.playing);
  gui.key("L", draw);
  EXPECT_FALSE(gui.ui.map.clock.loop);
  const auto all = static_cast<double>(timeline().cycles);
  gui.key(",", draw);
  EXPECT_NEAR(gui.ui.map.clock.speed, all / 20, all / 200);
  gui.key(".", draw);
  gui.key(".", draw);
  EXPECT_NEAR(gui.ui.map.clock.speed, all / 5, all / 50);
  gui.key("B", draw);
  EXPECT_EQ(gui.ui.map.colour, panels::MapColour::kBlock);
}

TEST_F(MapKeys, UpAndDownGoFromSmToSm) {
  gui.key("Up", draw);
  EXPECT_EQ(gui.ui.map.sm, 0U);
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.map.sm, 1U);
  ASSERT_NE(last<session::LookAtSm>(), nullptr) << "its schedule is not there yet";
  EXPECT_EQ(last<session::LookAtSm>()->sm, 1U);
  for (int i = 0; i < 40; ++i) gui.key("Down", draw);
  EXPECT_EQ(gui.ui.map.sm, 27U);
  gui.key("O", draw);
  EXPECT_FALSE(gui.ui.map.sm_open);
}

TEST_F(MapKeys, RunsStepsComparesAndTraces) {
  gui.key("R", draw);
  EXPECT_NE(last<session::RunMap>(), nullptr);
  gui.ui.map.pinned = panels::MapSpot{9, 2};
  gui.key("S", draw);
  ASSERT_NE(last<session::PrepareMapStep>(), nullptr);
  EXPECT_EQ(last<session::PrepareMapStep>()->block, 9U);
  gui.key("C", draw);
  ASSERT_NE(last<session::KeepToCompare>(), nullptr);
  EXPECT_TRUE(last<session::KeepToCompare>()->keep);
  gui.map_commands.clear();
  gui.key("T", draw);
  EXPECT_TRUE(gui.map_commands.empty());
  ASSERT_EQ(gui.ui.toasts.size(), 1U);
  EXPECT_EQ(gui.ui.toasts[0].text, gui.map.trace_note);
  gui.key("P", draw);
  EXPECT_EQ(gui.ui.toasts.size(), 2U) << "says which kernels have pixels";
}

TEST_F(MapKeys, EscapeLetsGoOfWhatIsNearestFirst) {
  gui.ui.map.pinned = panels::MapSpot{1, 0};
  gui.ui.map.right.shown = "registers";
  gui.key("H", draw);
  EXPECT_EQ(gui.ui.map.pinned_about, "registers");
  gui.key("Esc", draw);
  EXPECT_TRUE(gui.ui.map.pinned_about.empty());
  EXPECT_TRUE(gui.ui.map.pinned.has_value());
  gui.key("Esc", draw);
  EXPECT_FALSE(gui.ui.map.pinned.has_value());
  gui.key("Esc", draw);
  EXPECT_TRUE(gui.ui.map.sm_open) << "beside the chip there is room for both";
}

TEST(MapKeysLow, EscapeClosesTheSmInASmallWindow) {
  BareGui gui{1280, 720};
  gui.map = map_view();
  gui.ui.workspace = panels::Workspace::kMap;
  gui.key("Esc", draw);
  EXPECT_FALSE(gui.ui.map.sm_open);
}

TEST(MapKeysEmpty, NoKeyHarmsBeforeTheFirstRun) {
  BareGui gui{1280, 720};
  gui.map = map_view();
  gui.map.run = nullptr;
  gui.map.before = nullptr;
  gui.ui.workspace = panels::Workspace::kMap;
  for (const panels::KeyBinding& bound : panels::key_bindings()) {
    if (bound.where == "SM map") gui.key(std::string(bound.keys), draw);
  }
  EXPECT_EQ(gui.ui.map.clock.cycle, 0);
}

}  // namespace
}  // namespace warpscope::tests
