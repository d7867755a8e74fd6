#include "app/panels/map_left.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "app/panels/map_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::MapAxis;

// The left panel of a 1920 x 1080 window.
constexpr scene::Rect kPanel{0, 44, 352, 1008};

void draw(const Frame& f) {
  f.ui.map.about.clear();
  panels::draw_map_left(f, kPanel);
}

class MapLeft : public testing::Test {
 protected:
  MapLeft() {
    gui.map = map_view();
    gui.ui.workspace = panels::Workspace::kMap;
    gui.frame(draw);
  }

  std::vector<session::MapSettings> sent() const {
    std::vector<session::MapSettings> all;
    for (const auto& command : gui.map_commands) {
      if (const auto* one = std::get_if<session::SetMap>(&command)) all.push_back(one->settings);
    }
    return all;
  }
  void set(const std::string& name, const std::string& value) {
    gui.ui.pending_sets[name] = value;
    gui.frame(draw);
  }
  void change_plan(const std::function<void(session::MapPlan&)>& change) {
    auto plan = std::make_shared<session::MapPlan>(*gui.map.plan);
    change(*plan);
    gui.map.plan = plan;
    gui.frame(draw);
  }
  MapAxis axis(gpu::Axis which) const { return panels::map_axis(*gui.map.plan, gui.map.settings, which); }
  bool is_there(std::string_view name) const {
    return std::ranges::any_of(gui.ui.targets, [&](const panels::Target& target) { return target.name == name; });
  }

  BareGui gui{1920, 1080};
};

TEST_F(MapLeft, APlaceOnTheLineIsAValueAndBack) {
  const MapAxis registers = axis(gpu::Axis::kRegisters);
  EXPECT_EQ(panels::value_at(registers, 0), 16U);
  EXPECT_EQ(panels::value_at(registers, 1), 255U);
  EXPECT_EQ(panels::value_at(registers, 0.5F), 136U) << "16 + 119.5, rounded";
  EXPECT_FLOAT_EQ(panels::part_of(registers, 16), 0);
  EXPECT_FLOAT_EQ(panels::part_of(registers, 42), 26.0F / 239);
  for (std::uint64_t count = 16; count <= 255; ++count) {
    EXPECT_EQ(panels::value_at(registers, panels::part_of(registers, count)), count);
  }
  const MapAxis threads = axis(gpu::Axis::kBlockThreads);
  EXPECT_EQ(panels::value_at(threads, 0), 32U);
  EXPECT_EQ(panels::value_at(threads, 0.07F), 96U) << "32 + 69.4 is nearest to 96";
  EXPECT_EQ(panels::value_at(threads, 1), 1024U);
}

TEST_F(MapLeft, SharedMemoryIsNeverLessThanTheKernelNeeds) {
  const MapAxis shared = axis(gpu::Axis::kShared);
  EXPECT_EQ(panels::value_at(shared, 0), 2048U);
  EXPECT_EQ(panels::next_value(shared, -1), 2048U);
  EXPECT_EQ(panels::next_value(shared, 1), 2560U);
  EXPECT_EQ(panels::value_at(shared, 1), 101'376U);
}

TEST_F(MapLeft, ArrowsGoToTheNextNumberThatTheKernelCanHave) {
  MapAxis threads = axis(gpu::Axis::kBlockThreads);
  EXPECT_EQ(panels::next_value(threads, 1), 288U);
  EXPECT_EQ(panels::next_value(threads, -1), 224U);
  threads.value = 1024;
  EXPECT_EQ(panels::next_value(threads, 1), 1024U);
  threads.value = 100;  // typed
  EXPECT_EQ(panels::next_value(threads, -1), 96U);
  EXPECT_EQ(panels::next_value(threads, 1), 128U);
}

TEST_F(MapLeft, DraggingTheKnobSendsTheSettingsWhileTheButtonIsDown) {
  const scene::Rect r = gui.target("Registers slider");
  const float knob = 7, left = r.x + knob, width = r.w - 2 * knob;
  const auto x_of = [&](float registers) { return std::round(left + width * (registers - 16) / 239); };
  gui.move({x_of(42), r.bottom() - 7}, draw);
  gui.press(draw);
  EXPECT_TRUE(sent().empty()) << "it was there before";
  gui.move({x_of(64), r.bottom() - 7}, draw);
  ASSERT_EQ(sent().size(), 1U);
  EXPECT_EQ(sent()[0].registers, 64);
  EXPECT_EQ(gui.ui.map.about, "registers");
  gui.move({x_of(128), r.y + 3}, draw);
  EXPECT_EQ(sent().back().registers, 128) << "the curve is part of the control";
  gui.move({x_of(42), r.bottom() - 7}, draw);
  EXPECT_FALSE(sent().back().registers.has_value()) << "the kernel's own is not written down";
  const std::size_t before = sent().size();
  gui.release(draw);
  EXPECT_EQ(sent().size(), before);
}

TEST_F(MapLeft, ArrowKeysMoveTheSliderThatTabReached) {
  gui.ui.widgets.focus = "Threads slider";
  gui.key("Right", draw);
  ASSERT_FALSE(sent().empty());
  EXPECT_EQ(sent().back().block_threads, 288);
  gui.key("Left", draw);
  gui.key("Left", draw);
  EXPECT_EQ(sent().back().block_threads, 224);
}

TEST_F(MapLeft, NumbersAreTyped) {
  set("Registers", "80");
  ASSERT_EQ(sent().size(), 1U);
  EXPECT_EQ(sent()[0].registers, 80);
  set("Registers", "300");
  EXPECT_EQ(sent().size(), 1U);
  EXPECT_NE(gui.ui.widgets.fields["Registers"].problem.find("255"), std::string::npos);
  set("Shared KiB", "8.5");
  EXPECT_EQ(sent().back().shared_bytes, 8704U);
  set("Threads", "96");
  EXPECT_EQ(sent().back().block_threads, 96);
}

TEST_F(MapLeft, ABlockTheKernelCannotHaveIsRefusedInWords) {
  set("Threads", "100");
  EXPECT_TRUE(sent().empty());
  EXPECT_NE(gui.ui.map.controls.refused.find("rows of 32"), std::string::npos) << gui.ui.map.controls.refused;
  set("Threads", "96");
  EXPECT_TRUE(gui.ui.map.controls.refused.empty());
}

TEST_F(MapLeft, AFixedBlockCannotBeMoved) {
  gui.map.settings.source.kernel = "matmul_tiled";
  change_plan([](session::MapPlan& plan) {
    plan.settings.source.kernel = "matmul_tiled";
    plan.block = {16, 16, 1};
    plan.block_note = "It is written for blocks of 16 x 16 threads.";
  });
  const MapAxis threads = axis(gpu::Axis::kBlockThreads);
  EXPECT_TRUE(threads.fixed);
  EXPECT_EQ(threads.value, 256U);
  const scene::Rect r = gui.target("Threads slider");
  gui.click(scene::Vec2{r.right() - 20, r.bottom() - 7}, draw);
  gui.ui.widgets.focus = "Threads slider";
  gui.key("Right", draw);
  set("Threads", "128");
  EXPECT_TRUE(sent().empty());
}

TEST_F(MapLeft, ChosenRegistersGoBackToTheKernelsOwn) {
  set("Registers", "64");
  gui.frame(draw);
  gui.click("Registers of the kernel", draw);
  EXPECT_FALSE(sent().back().registers.has_value());
  gui.frame(draw);
  EXPECT_FALSE(is_there("Registers of the kernel"));
}

TEST_F(MapLeft, ASuggestionIsDoneWhenItIsClicked) {
  gui.click("Suggestion", draw);
  ASSERT_EQ(sent().size(), 1U);
  EXPECT_EQ(sent()[0].registers, 40);
}

TEST_F(MapLeft, ASuggestionThatTheKernelDoesNotAllowIsOnlySaid) {
  change_plan([](session::MapPlan& plan) {
    plan.suggestion = gpu::Suggestion{gpu::Axis::kShared, 1024, 48, "1024 bytes less gives 20 % more warps"};
  });
  EXPECT_FALSE(is_there("Suggestion")) << "the kernel needs 2048";
}

TEST_F(MapLeft, AProblemStandsWhereTheCardWas) {
  change_plan([](session::MapPlan& plan) {
    plan.problem = "300 registers for a thread: the most is 255";
    plan.occupancy.reset();
  });
  EXPECT_FALSE(is_there("Suggestion"));
  EXPECT_TRUE(is_there("Registers slider")) << "so that it can be mended";
}

TEST_F(MapLeft, TheLimitIsSaidInASentence) {
  gpu::Occupancy o;
  o.limiters = gpu::kByShared;
  EXPECT_EQ(panels::limit_sentence(o), "Shared memory sets the limit.");
  o.limiters = gpu::kByWarps | gpu::kByBlocks;
  EXPECT_EQ(panels::limit_sentence(o), "Warps and blocks set the limit.");
}

TEST_F(MapLeft, GridsAreReadAsPeopleWriteThem) {
  std::string problem;
  EXPECT_EQ(panels::parse_grid("13 x 50", problem), (base::Dim3{13, 50, 1}));
  EXPECT_EQ(panels::parse_grid("13×50", problem), (base::Dim3{13, 50, 1}));
  EXPECT_EQ(panels::parse_grid(" 650 ", problem), (base::Dim3{650, 1, 1}));
  EXPECT_EQ(panels::parse_grid("2,3,4", problem), (base::Dim3{2, 3, 4}));
  EXPECT_FALSE(panels::parse_grid("0 x 5", problem).has_value());
  EXPECT_FALSE(problem.empty());
  EXPECT_FALSE(panels::parse_grid("1 x 70000", problem).has_value());
  EXPECT_NE(problem.find("65,535"), std::string::npos);
  EXPECT_FALSE(panels::parse_grid("1x2x3x4", problem).has_value());
  EXPECT_FALSE(panels::parse_grid("many", problem).has_value());
  EXPECT_EQ(panels::grid_text({13, 50, 1}), "13 × 50");
}

TEST_F(MapLeft, TheGridIsSentWhenItIsThere) {
  set("Grid", "20 x 30");
  ASSERT_EQ(sent().size(), 1U);
  EXPECT_EQ(sent()[0].grid, (base::Dim3{20, 30, 1}));
  set("Grid", "20 x 0");
  EXPECT_EQ(sent().size(), 1U);
  EXPECT_FALSE(gui.ui.map.controls.grid_problem.empty());
  set("Grid", "");
  EXPECT_FALSE(sent().back().grid.has_value()) << "nothing means what covers the data";
}

TEST_F(MapLeft, AnotherKernelBeginsWithItsOwnSettings) {
  set("Registers", "64");
  set("Threads", "96");
  set("Kernel", "Transpose, padded");
  ASSERT_FALSE(sent().empty());
  EXPECT_EQ(sent().back().source.kernel, "transpose_padded");
  EXPECT_FALSE(sent().back().registers.has_value());
  EXPECT_FALSE(sent().back().block_threads.has_value());
  set("Kernel", "matmul_strip");
  EXPECT_EQ(sent().back().source.kernel, "matmul_strip") << "by its name in the code, too";
}

TEST_F(MapLeft, TheListOpensAndARowIsClicked) {
  gui.click("Kernel", draw);
  gui.frame(draw);
  ASSERT_TRUE(is_there("Transpose, naive"));
  gui.click("Transpose, naive", draw);
  gui.frame(draw);
  EXPECT_EQ(sent().back().source.kernel, "transpose_naive");
  EXPECT_FALSE(is_there("Transpose, padded"));
}

TEST_F(MapLeft, TheListIsUsedByKeys) {
  gui.ui.widgets.focus = "Kernel";
  gui.key("Enter", draw);
  gui.key("Down", draw);
  gui.key("Enter", draw);
  ASSERT_FALSE(sent().empty());
  EXPECT_EQ(sent().back().source.kernel, "transpose_naive");
}

TEST_F(MapLeft, WhatStepHasOpenCanBeMapped) {
  auto source = std::make_shared<session::StepSource>();
  source->name = "mine.cu";
  source->file = "/somewhere/mine.cu";
  auto launch = std::make_shared<session::StepLaunch>();
  launch->kernel = "mine";
  launch->grid = {7, 1, 1};
  gui.step.source = source;
  gui.step.launch = launch;
  set("Kernel", "From Step: mine");
  ASSERT_FALSE(sent().empty());
  const session::MapSource asked = sent().back().source;
  EXPECT_EQ(asked.kernel, "mine");
  EXPECT_EQ(asked.file, "/somewhere/mine.cu");
  EXPECT_EQ(asked.from, "Step");
  ASSERT_TRUE(asked.launch.has_value());
  EXPECT_EQ(asked.launch->grid, (base::Dim3{7, 1, 1}));
}

TEST_F(MapLeft, SchedulerCarveOutAndCachesAreUnderMore) {
  EXPECT_FALSE(is_there("Scheduler"));
  gui.click("More", draw);
  gui.frame(draw);
  set("Scheduler", "Round robin");
  EXPECT_EQ(sent().back().policy, timing::WarpPolicy::kRoundRobin);
  set("Carve-out", "50 % shared");
  EXPECT_EQ(sent().back().carveout_percent, 50);
  set("Cold caches", "off");
  EXPECT_FALSE(sent().back().cold_caches);
}

TEST_F(MapLeft, TheHeaderSaysWhatDiffers) {
  session::MapRun before = *gui.map.before, now = *gui.map.run;
  EXPECT_TRUE(panels::map_differences(before, now).empty()) << "the sample's settings are the same";
  auto plan = std::make_shared<session::MapPlan>(*before.plan);
  plan->registers.count = 40;
  plan->block = {32, 3, 1};
  before.plan = plan;
  const auto differences = panels::map_differences(before, now);
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].before, "96 threads");
  EXPECT_EQ(differences[0].now, "256 threads");
  EXPECT_EQ(differences[1].before, "40 registers");
  EXPECT_EQ(differences[1].now, "42 registers");
}

TEST_F(MapLeft, BetterAndWorseAreToldByWhatIsCompared) {
  const auto rows = panels::map_comparison(*gui.map.before, *gui.map.run);
  const auto row = [&](std::string_view name) { return *std::ranges::find(rows, name, &panels::MapComparison::name); };
  EXPECT_EQ(row("blocks per SM").before, "6");
  EXPECT_EQ(row("blocks per SM").now, "5");
  EXPECT_EQ(row("blocks per SM").better, -1) << "more blocks are better";
  EXPECT_EQ(row("waves").now, "4.46");
  EXPECT_EQ(row("waves").before, "3.72");
  EXPECT_EQ(row("waves").better, -1) << "fewer waves are better";
  EXPECT_EQ(row("DRAM traffic").better, 0) << "both moved 1.92 MB";
  EXPECT_EQ(row("DRAM traffic").now, "1.92 MB");
}

TEST_F(MapLeft, ARunThatIsShownAgainIsOfItsSettings) {
  EXPECT_TRUE(panels::is_run_of(*gui.map.run, *gui.map.plan));
  change_plan([](session::MapPlan& plan) { plan.version += 2; });
  EXPECT_TRUE(panels::is_run_of(*gui.map.run, *gui.map.plan)) << "a slider went there and back";
  change_plan([](session::MapPlan& plan) { plan.registers.count = 43; });
  EXPECT_FALSE(panels::is_run_of(*gui.map.run, *gui.map.plan));
}

TEST_F(MapLeft, ARunIsKeptToCompareAndLetGo) {
  gui.click("Keep to compare", draw);
  ASSERT_FALSE(gui.map_commands.empty());
  EXPECT_TRUE(std::get<session::KeepToCompare>(gui.map_commands.back()).keep);
  EXPECT_TRUE(gui.ui.map.side_by_side);
  gui.map = map_view({.compared = true});
  gui.frame(draw);
  gui.click("Keep to compare", draw);
  EXPECT_FALSE(std::get<session::KeepToCompare>(gui.map_commands.back()).keep);
  EXPECT_FALSE(gui.ui.map.side_by_side);
}

TEST(MapLeftLow, EverythingIsReachedByScrollingInASmallWindow) {
  BareGui gui{1280, 720};
  gui.map = map_view();
  gui.ui.workspace = panels::Workspace::kMap;
  const auto low = [](const Frame& f) { panels::draw_map_left(f, {0, 44, 248, 648}); };
  gui.frame(low);
  const auto is_there = [&gui](std::string_view name) {
    return std::ranges::any_of(gui.ui.targets, [&](const panels::Target& target) { return target.name == name; });
  };
  EXPECT_TRUE(is_there("Kernel"));
  EXPECT_GT(gui.ui.map.controls.content, 648);
  gui.move({20, 60}, low);
  for (int i = 0; i < 40; ++i) gui.wheel(-1, low);
  gui.frame(low);
  EXPECT_TRUE(is_there("Keep to compare"));
  gui.ui.widgets.focus = "Threads slider";
  gui.frame(low);
  gui.frame(low);
  const scene::Rect r = gui.target("Threads slider");
  EXPECT_GE(r.y, 44) << "the keyboard brings it into view";
  EXPECT_GT(r.h, 50);
}

}  // namespace
}  // namespace warpscope::tests
