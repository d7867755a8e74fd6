#include "app/panels/map_right.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/gui/bare_gui.h"
#include "tests/gui/convolve_fixture.h"
#include "tests/gui/map_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using panels::MapExplanation;
using panels::MapSubject;

constexpr scene::Rect kPanel{1560, 44, 360, 1008};

std::string all_text(const MapExplanation& e) {
  std::string all = e.heading;
  for (const auto* part : {&e.text, &e.more, &e.tries}) {
    for (const std::string& each : *part) all += "\n" + each;
  }
  all += "\n" + e.formula.numbers + " = " + e.formula.result;
  for (const auto& fact : e.facts) all += "\n" + fact.name + ": " + fact.value;
  return all;
}

class MapRight : public testing::Test {
 protected:
  MapRight() {
    gui.map = map_view();
    gui.ui.workspace = panels::Workspace::kMap;
    gui.frame(draw());
  }
  std::function<void(const Frame&)> draw() {
    return [this](const Frame& f) {
      f.ui.map.about = about_;
      panels::draw_map_right(f, kPanel);
    };
  }
  MapSubject subject() const {
    MapSubject s{.view = gui.map, .settings = gui.map.settings, .plan = *gui.map.plan};
    s.run = gui.map.run.get();
    s.other = gui.map.before.get();
    return s;
  }
  void change_plan(const std::function<void(session::MapPlan&)>& change) {
    auto plan = std::make_shared<session::MapPlan>(*gui.map.plan);
    change(*plan);
    gui.map.plan = plan;
  }
  MapExplanation said(std::string_view about) const { return panels::explain_map(subject(), about); }
  static bool says(const MapExplanation& e, std::string_view words) {
    return all_text(e).find(words) != std::string::npos;
  }

  std::string about_;
  BareGui gui{1920, 1080};
};

TEST_F(MapRight, WavesAreCountedByHand) {
  const MapExplanation e = said("waves");
  EXPECT_EQ(e.heading, "The last wave is half empty") << "65 of 140 places";
  EXPECT_EQ(e.formula.numbers, "625 / (28 × 5)");
  EXPECT_EQ(e.formula.result, "4.46");
  EXPECT_TRUE(says(e, "**4 full waves**, and **65 blocks** left for 140 places")) << all_text(e);
  EXPECT_TRUE(says(e, "**6 blocks** on an SM, and 625 blocks are **3.72** waves")) << all_text(e);
}

TEST_F(MapRight, TheHeadingFollowsTheLastWave) {
  const auto heading_of = [&](std::uint32_t blocks) {
    change_plan([blocks](session::MapPlan& plan) { plan.grid = {blocks, 1, 1}; });
    return said("waves").heading;
  };
  EXPECT_EQ(heading_of(140), "All blocks fit at once");
  EXPECT_EQ(heading_of(100), "All blocks fit at once");
  EXPECT_EQ(heading_of(280), "Every wave is full");
  EXPECT_EQ(heading_of(290), "The last wave is nearly empty");
}

TEST_F(MapRight, RegistersAreWorkedOutByHand) {
  const MapExplanation e = said("registers");
  EXPECT_TRUE(says(e, "42 × 32 = 1,344, rounded up to **1,536**")) << all_text(e);
  EXPECT_EQ(e.formula.numbers, "16,384 / 1,536");
  EXPECT_EQ(e.formula.result, "10");
  EXPECT_TRUE(says(e, "hold **40 warps**, enough for **5 blocks** of 8 warps")) << all_text(e);
}

TEST_F(MapRight, NinetySixThreadsAreThreeWarpsOnFourSchedulers) {
  gui.map = map_view({.slots = 13, .threads = 96});
  const MapExplanation e = said("threads");
  EXPECT_EQ(e.heading, "Why 96 is not like 128");
  EXPECT_TRUE(says(e, "**3 warps** do not split evenly over 4 schedulers")) << all_text(e);
  const auto& buttons = e.buttons;
  EXPECT_TRUE(std::ranges::any_of(buttons, [](const panels::MapTry& t) { return t.label == "Set threads to 128"; }));
  EXPECT_FALSE(std::ranges::any_of(buttons, [](const panels::MapTry& t) { return t.label == "Set threads to 96"; }));
}

// Without the calculator: 65,536 registers, 1,536 a warp, 10 warps on each of four sub-partitions.
TEST_F(MapRight, WhatWouldFitIsTheCalculatorsAnswer) {
  const MapExplanation e = said("threads");
  const auto fact = [&](std::string_view name) {
    return std::ranges::find(e.facts, name, &panels::ExplanationFact::name)->value;
  };
  EXPECT_EQ(fact("96 threads"), "13 × 3 = 39 warps");
  EXPECT_EQ(fact("128 threads"), "10 × 4 = 40 warps");
  EXPECT_EQ(fact("32 threads"), "16 × 1 = 16 warps");
}

TEST_F(MapRight, EveryPageSpeaksWithAndWithoutARun) {
  for (const bool run : {true, false}) {
    if (!run) {
      gui.map.run = nullptr;
      gui.map.before = nullptr;
    }
    for (const std::string_view page : panels::kMapPages) {
      const MapExplanation e = said(page);
      EXPECT_FALSE(e.heading.empty()) << page;
      EXPECT_FALSE(e.text.empty()) << page;
      EXPECT_FALSE(e.truth.empty()) << page;
      EXPECT_LE(e.buttons.size(), 2U) << page;
      about_ = page;
      gui.frame(draw());
      EXPECT_EQ(gui.ui.map.right.shown, page);
      EXPECT_GT(gui.ui.map.right.content, 100) << page;
    }
  }
}

TEST_F(MapRight, EveryPageSpeaksWhereNoBlockFits) {
  change_plan([](session::MapPlan& plan) {
    plan.occupancy.reset();
    plan.problem = "a block of 2000 threads runs on no GPU";
  });
  gui.map.run = nullptr;
  for (const std::string_view page : panels::kMapPages) {
    EXPECT_FALSE(said(page).heading.empty()) << page;
    EXPECT_FALSE(said(page).text.empty()) << page;
  }
  EXPECT_TRUE(says(said("waves"), "runs on no GPU"));
}

TEST_F(MapRight, BeforeThePlanIsThereThePanelIsNotBlank) {
  gui.map.plan = nullptr;
  gui.map.run = nullptr;
  gui.frame(draw());
  EXPECT_GT(gui.ui.map.right.content, 40);
}

TEST_F(MapRight, ABlockIsComparedWithTheMiddleOne) {
  const timing::BlockSpan& block = gui.map.run->timeline->blocks.front();
  gui.ui.map.pinned = panels::MapSpot{block.block, 0};
  gui.frame(draw());
  EXPECT_EQ(gui.ui.map.right.shown, "block");
  std::vector<timing::Cycle> lengths;
  for (const auto& each : gui.map.run->timeline->blocks) lengths.push_back(each.end - each.start);
  std::ranges::sort(lengths);
  EXPECT_EQ(gui.ui.map.right.median, static_cast<double>(lengths[lengths.size() / 2]));
  MapSubject s = subject();
  s.block = &block;
  s.median = static_cast<double>(block.end - block.start) / 1.5;
  EXPECT_TRUE(says(panels::explain_map(s, "block"), "**50 % longer**"));
}

TEST_F(MapRight, ThePinHoldsWhatIsSpokenOf) {
  about_ = "registers";
  gui.frame(draw());
  gui.click("Pin", draw());
  EXPECT_EQ(gui.ui.map.pinned_about, "registers");
  about_ = "threads";
  gui.frame(draw());
  EXPECT_EQ(gui.ui.map.right.shown, "registers");
  gui.click("Pin", draw());
  EXPECT_TRUE(gui.ui.map.pinned_about.empty());
}

TEST_F(MapRight, AButtonDoesWhatItSays) {
  gui.frame(draw());
  gui.click("Set registers to 40", draw());
  ASSERT_FALSE(gui.map_commands.empty());
  EXPECT_EQ(std::get<session::SetMap>(gui.map_commands.back()).settings.registers, 40);
}

TEST_F(MapRight, ComparingGpusKeepsThisRunAndTakesTheMostDifferentOne) {
  auto gpus = std::make_shared<std::vector<gpu::Gpu>>(*gui.map.gpus);
  for (const auto& [name, sms] : {std::pair{"near", 30}, {"far", 132}}) {
    gpu::Gpu other = gpus->front();
    other.name = name;
    other.gpcs = {sms};
    gpus->push_back(other);
  }
  gui.map.gpus = gpus;
  gui.frame(draw());
  gui.click("Compare GPUs", draw());
  ASSERT_EQ(gui.map_commands.size(), 2U);
  EXPECT_TRUE(std::get<session::KeepToCompare>(gui.map_commands[0]).keep);
  EXPECT_EQ(std::get<session::SetMap>(gui.map_commands[1]).settings.gpu, "far");
  EXPECT_TRUE(gui.ui.map.side_by_side);
}

TEST_F(MapRight, SteppingAsksForTheBlockInQuestion) {
  gui.ui.map.pinned = panels::MapSpot{17, 3};
  gui.frame(draw());
  gui.click("Step this block", draw());
  ASSERT_FALSE(gui.map_commands.empty());
  const auto& asked = std::get<session::PrepareMapStep>(gui.map_commands.back());
  EXPECT_EQ(asked.block, 17U);
  EXPECT_EQ(asked.warp, 3);
}

TEST_F(MapRight, OnlyBlocksFromConvolveHavePixels) {
  gui.frame([](const Frame& f) { panels::show_map_pixels(f); });
  EXPECT_EQ(gui.ui.workspace, panels::Workspace::kMap);
  EXPECT_EQ(gui.ui.toasts.size(), 1U);
  gui.convolve = convolve_view();
  const auto& launch = gui.convolve.frame->run.launches.front();
  auto plan = std::make_shared<session::MapPlan>(*gui.map.plan);
  plan->settings.source.from = "Convolve";
  plan->kernel = launch.kernel;
  plan->grid = launch.grid;
  plan->block = launch.block;
  auto run = std::make_shared<session::MapRun>(*gui.map.run);
  run->plan = plan;
  gui.map.run = run;
  gui.ui.map.pinned = panels::MapSpot{5, 0};
  gui.frame([](const Frame& f) { panels::show_map_pixels(f); });
  EXPECT_EQ(gui.ui.workspace, panels::Workspace::kConvolve);
  // Four blocks of 16 x 16 threads in a row of 64 pixels: the sixth begins at (16, 16).
  EXPECT_EQ(gui.ui.convolve.pinned, (panels::ConvolvePixel{0, 16, 16}));
}

}  // namespace
}  // namespace warpscope::tests
