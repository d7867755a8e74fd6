#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/panels/convolve_edit.h"
#include "app/panels/convolve_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/convolve_fixture.h"

namespace warpscope::tests {
namespace {

using convolution::StageKind;
using panels::Frame;

// The left panel of a 1920 x 1080 window.
constexpr scene::Rect kPanel{0, 44, 352, 1008};

void draw(const Frame& f) {
  f.ui.convolve.about.clear();
  panels::handle_convolve_keys(f);
  panels::draw_convolve_left(f, kPanel);
}

class ConvolveLeft : public testing::Test {
 protected:
  ConvolveLeft() {
    gui.convolve = convolve_view();
    gui.ui.workspace = panels::Workspace::kConvolve;
    gui.frame(draw);
    gui.convolve_commands.clear();
  }
  ~ConvolveLeft() override { ImGui::GetIO().KeyShift = false; }

  std::vector<convolution::Settings> sent() const {
    std::vector<convolution::Settings> all;
    for (const auto& command : gui.convolve_commands) {
      if (const auto* one = std::get_if<session::SetConvolve>(&command)) all.push_back(one->settings);
    }
    return all;
  }
  const convolution::Stage& stage(std::size_t index = 0) const { return gui.ui.convolve.wanted->chain.at(index); }
  const convolution::Filter& filter() const { return stage().filters.at(0); }
  void click(std::string_view name) {
    gui.click(name, draw);
    gui.frame(draw);  // what was chosen is drawn
  }
  void drag(std::string_view name, float by) {
    const scene::Vec2 at = gui.target(name).centre();
    gui.move(at, draw);
    gui.press(draw);
    gui.move({at.x, at.y + by}, draw);
    gui.release(draw);
  }

  BareGui gui{1920, 1080};
};

TEST_F(ConvolveLeft, DraggingACellUpSendsTheNewWeightATenthAStep) {
  drag("Weight 2,3", -30);  // five steps of six pixels
  ASSERT_FALSE(sent().empty());
  EXPECT_FLOAT_EQ(sent().back().chain[0].filters[0].at(1, 2), 2.5F);
  EXPECT_EQ(sent().back().chain[0].filters[0].name, "Custom");
}

TEST_F(ConvolveLeft, TheOutputFollowsWhileTheButtonIsStillDown) {
  const scene::Vec2 at = gui.target("Weight 1,1").centre();
  gui.move(at, draw);
  gui.press(draw);
  gui.move({at.x, at.y + 12}, draw);
  ASSERT_EQ(sent().size(), 1U);
  EXPECT_FLOAT_EQ(sent()[0].chain[0].filters[0].at(0, 0), -1.2F);
  gui.move({at.x, at.y + 24}, draw);
  EXPECT_EQ(sent().size(), 2U);
  gui.release(draw);
  EXPECT_EQ(sent().size(), 2U) << "letting go changes nothing";
}

TEST_F(ConvolveLeft, ShiftMakesFineSteps) {
  ImGui::GetIO().KeyShift = true;
  drag("Weight 2,3", -30);
  EXPECT_NEAR(filter().at(1, 2), 2.05F, 1e-6);
}

TEST_F(ConvolveLeft, DraggingBackToWhereItWasGivesTheFilterItsNameBack) {
  const scene::Vec2 at = gui.target("Weight 2,3").centre();
  gui.move(at, draw);
  gui.press(draw);
  gui.move({at.x, at.y - 18}, draw);
  EXPECT_EQ(filter().name, "Custom");
  gui.move(at, draw);
  gui.release(draw);
  EXPECT_EQ(filter().name, "Sobel x");
}

TEST_F(ConvolveLeft, TheWheelChangesTheCellUnderThePointerAndDoesNotScroll) {
  gui.move(gui.target("Weight 2,2").centre(), draw);
  gui.wheel(1, draw);
  gui.wheel(1, draw);
  EXPECT_FLOAT_EQ(filter().at(1, 1), 0.2F);
  EXPECT_EQ(gui.ui.convolve.controls.scrolled, 0);
}

TEST_F(ConvolveLeft, AClickAndFiguresTypeANumber) {
  gui.click("Weight 1,2", draw);
  for (const char* key : {"-", "1", ".", "5"}) gui.key(key, draw);
  EXPECT_FLOAT_EQ(filter().at(0, 1), -1.5F);
  gui.key("Backspace", draw);
  gui.key("2", draw);
  EXPECT_FLOAT_EQ(filter().at(0, 1), -1.2F);
  gui.key("Enter", draw);
  EXPECT_EQ(gui.ui.convolve.controls.typed_cell, -1);
  EXPECT_EQ(gui.ui.convolve.wanted->variant, convolution::Variant::kTiled) << "the figures were no variants";
}

TEST_F(ConvolveLeft, ArrowKeysGoFromCellToCell) {
  gui.click("Weight 2,2", draw);
  gui.key("Right", draw);
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.widgets.focus, "Weight 3,3");
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.widgets.focus, "Weight 3,3") << "there is no row below";
  gui.key("Left", draw);
  gui.key("Up", draw);
  EXPECT_EQ(gui.ui.widgets.focus, "Weight 2,2");
  gui.key("7", draw);
  EXPECT_FLOAT_EQ(filter().at(1, 1), 7);
}

TEST_F(ConvolveLeft, TheSmallArrowsOfACellStepIt) {
  const scene::Rect cell = gui.target("Weight 2,2");
  gui.click(scene::Vec2{cell.centre().x, cell.y + 5}, draw);
  EXPECT_FLOAT_EQ(filter().at(1, 1), 0.1F);
  gui.click(scene::Vec2{cell.centre().x, cell.bottom() - 5}, draw);
  EXPECT_NEAR(filter().at(1, 1), 0, 1e-7);
}

TEST_F(ConvolveLeft, AScriptSetsAWeight) {
  gui.ui.pending_sets["Weight 3,1"] = "-0.75";
  gui.frame(draw);
  EXPECT_FLOAT_EQ(filter().at(2, 0), -0.75F);
}

TEST_F(ConvolveLeft, APresetTakesTheFilterAndNothingElse) {
  convolution::Settings settings = gui.convolve.settings;
  settings.chain[0].stride = 2;
  settings.chain[0].border = convolution::Border::kMirror;
  gui.ui.convolve.wanted = settings;
  click("Laplacian");
  EXPECT_EQ(filter(), convolution::find_filter("laplacian")->filter);
  EXPECT_EQ(stage().stride, 2);
  EXPECT_EQ(stage().border, convolution::Border::kMirror);
}

TEST_F(ConvolveLeft, BoxAndGaussianKeepTheSize) {
  click("5 × 5");
  EXPECT_EQ(filter().size, 5);
  click("Box");
  EXPECT_EQ(filter(), convolution::box(5));
  click("7 × 7");
  EXPECT_EQ(filter(), convolution::box(7));
  click("Gaussian");
  EXPECT_EQ(filter(), convolution::gaussian(7, 1));
  click("Sobel y");
  EXPECT_EQ(filter().size, 3) << "Sobel's is a filter of three rows";
}

TEST_F(ConvolveLeft, AGrownFilterHasZerosAround) {
  click("5 × 5");
  EXPECT_EQ(filter().at(2, 3), 2);
  EXPECT_EQ(filter().at(0, 0), 0);
  EXPECT_EQ(filter().weights.size(), 25U);
}

TEST_F(ConvolveLeft, TheGaussiansWidthAppliesAtOnce) {
  click("Gaussian");
  const float narrow = filter().at(1, 1);
  gui.ui.pending_sets["Sigma"] = "2.5";
  gui.frame(draw);
  EXPECT_EQ(filter(), convolution::gaussian(3, 2.5F));
  EXPECT_LT(filter().at(1, 1), narrow);
}

TEST_F(ConvolveLeft, MagnitudeIsTwoFiltersAndABankEight) {
  click("Magnitude");
  EXPECT_EQ(stage().kind, StageKind::kMagnitude);
  EXPECT_EQ(stage().filters.size(), 2U);
  click("Bank of 8");
  EXPECT_EQ(stage().kind, StageKind::kFilter);
  EXPECT_EQ(stage().filters.size(), 8U);
  EXPECT_TRUE(convolution::check(*gui.ui.convolve.wanted, {64, 48, 1}).has_value());
}

TEST_F(ConvolveLeft, TheCellsShowTheChosenFilterOfABank) {
  click("Bank of 8");
  click("Filter 3");
  drag("Weight 1,1", -6);
  EXPECT_NEAR(stage().filters[2].at(0, 0), 0.1F, 1e-6);
  EXPECT_EQ(stage().filters[2].name, "Custom");
  EXPECT_EQ(stage().filters[0].name, "Sobel x");
}

TEST_F(ConvolveLeft, EveryPresetIsAcceptedAndKnownAgain) {
  for (const panels::ConvolvePreset& preset : panels::convolve_presets()) {
    const convolution::Stage made = panels::with_preset(filter_stage({"sobel-x"}), preset, 1);
    EXPECT_TRUE(panels::has_preset(made, preset)) << preset.title;
    EXPECT_TRUE(convolution::check({.chain = {made}, .variant = {}, .block = {16, 16, 1}}, {64, 48, 1}).has_value())
        << preset.title;
  }
}

TEST_F(ConvolveLeft, StagesAreAddedBehindTheChosenOne) {
  click("Add ReLU");
  click("Add max pool");
  ASSERT_EQ(gui.ui.convolve.wanted->chain.size(), 3U);
  EXPECT_EQ(stage(1).kind, StageKind::kRelu);
  EXPECT_EQ(stage(2).kind, StageKind::kMaxPool);
  EXPECT_EQ(gui.ui.convolve.stage, 2);
  click("Stage 1");
  click("Add filter");
  ASSERT_EQ(gui.ui.convolve.wanted->chain.size(), 4U);
  EXPECT_EQ(stage(1).filters.at(0).name, "Identity");
  EXPECT_EQ(stage(2).kind, StageKind::kRelu);
}

TEST_F(ConvolveLeft, TheMenuMovesDuplicatesAndRemoves) {
  click("Add ReLU");
  click("Stage 2 menu");
  gui.frame(draw);
  click("Move up");
  EXPECT_EQ(stage(0).kind, StageKind::kRelu);
  EXPECT_EQ(gui.ui.convolve.stage, 0);
  click("Stage 1 menu");
  gui.frame(draw);
  click("Duplicate");
  EXPECT_EQ(gui.ui.convolve.wanted->chain.size(), 3U);
  click("Stage 3 menu");
  gui.frame(draw);
  click("Remove");
  ASSERT_EQ(gui.ui.convolve.wanted->chain.size(), 2U);
  EXPECT_EQ(stage(1).kind, StageKind::kRelu);
}

TEST_F(ConvolveLeft, TheLastStageStays) {
  gui.key("Delete", draw);
  EXPECT_TRUE(sent().empty());
  click("Add ReLU");
  gui.key("Delete", draw);
  EXPECT_EQ(gui.ui.convolve.wanted->chain.size(), 1U);
  gui.key("Delete", draw);
  EXPECT_EQ(gui.ui.convolve.wanted->chain.size(), 1U);
}

TEST_F(ConvolveLeft, AChainIsNotLongerThanItMayBe) {
  for (int i = 0; i < 12; ++i) gui.key("R", draw);
  EXPECT_EQ(static_cast<int>(gui.ui.convolve.wanted->chain.size()), convolution::kLongestChain);
}

TEST_F(ConvolveLeft, BorderStridePaddingAndThreadsAreSent) {
  gui.ui.pending_sets["Border"] = std::string(convolution::title_of(convolution::Border::kMirror));
  gui.frame(draw);
  EXPECT_EQ(stage().border, convolution::Border::kMirror);
  gui.ui.pending_sets["Stride"] = "2";
  gui.frame(draw);
  EXPECT_EQ(stage().stride, 2);
  click("Dilation more");
  EXPECT_EQ(stage().dilation, 2);
  click("Dilation less");
  click("Dilation less");
  EXPECT_EQ(stage().dilation, 1);
  gui.ui.pending_sets["Padding"] = "3";
  gui.frame(draw);
  EXPECT_EQ(stage().padding, 3);
  gui.ui.pending_sets["Threads in a block"] = "32 × 8 = 256";
  gui.frame(draw);
  EXPECT_EQ(gui.ui.convolve.wanted->block, (base::Dim3{32, 8, 1}));
}

TEST_F(ConvolveLeft, NothingIsDividedByZero) {
  gui.ui.pending_sets["Divide"] = "0";
  gui.frame(draw);
  EXPECT_TRUE(sent().empty());
  EXPECT_FALSE(gui.ui.widgets.fields["Divide"].problem.empty());
  gui.ui.pending_sets["Divide"] = "8";
  gui.frame(draw);
  EXPECT_EQ(filter().divide, 8);
}

TEST_F(ConvolveLeft, APictureIsChosenAndKeepsItsChannels) {
  gui.convolve.source.colour = true;
  gui.click("Rings", draw);
  ASSERT_FALSE(gui.convolve_commands.empty());
  const auto& shown = std::get<session::ShowPicture>(gui.convolve_commands.back());
  EXPECT_EQ(shown.source.name, "rings");
  EXPECT_TRUE(shown.source.colour);
  gui.click("Grey", draw);
  EXPECT_FALSE(std::get<session::ShowPicture>(gui.convolve_commands.back()).source.colour);
}

TEST_F(ConvolveLeft, WhatIsUnderThePointerIsSpokenOf) {
  gui.move(gui.target("Weight 2,2").centre(), draw);
  EXPECT_EQ(gui.ui.convolve.about, "filter");
  gui.move(gui.target("Stage 1").centre(), draw);
  EXPECT_EQ(gui.ui.convolve.about, "chain");
  gui.move(gui.target("Border").centre(), draw);
  EXPECT_EQ(gui.ui.convolve.about, "border");
  gui.move(gui.target("Threads in a block").centre(), draw);
  EXPECT_EQ(gui.ui.convolve.about, "threads");
}

TEST(ConvolveLeftLow, ALowPanelScrollsAndFoldsHowItIsComputed) {
  BareGui gui{1280, 720};
  gui.convolve = convolve_view();
  gui.ui.workspace = panels::Workspace::kConvolve;
  const auto low = [](const Frame& f) { panels::draw_convolve_left(f, {0, 44, 248, 648}); };
  gui.frame(low);
  const auto is_there = [&gui](std::string_view name) {
    return std::ranges::any_of(gui.ui.targets, [&](const panels::Target& target) { return target.name == name; });
  };
  EXPECT_FALSE(is_there("Border"));
  gui.move({20, 60}, low);
  for (int i = 0; i < 40; ++i) gui.wheel(-1, low);
  const bool longer = gui.ui.convolve.controls.content > 648;
  EXPECT_EQ(gui.ui.convolve.controls.scrolled > 0, longer);
  gui.click("How it is computed", low);
  gui.frame(low);
  for (int i = 0; i < 40; ++i) gui.wheel(-1, low);
  gui.frame(low);
  EXPECT_TRUE(is_there("Threads in a block"));
}

TEST(ConvolveWeights, AreWrittenShort) {
  EXPECT_EQ(panels::weight_text(-2), "-2");
  EXPECT_EQ(panels::weight_text(0.0750), "0.075");
  EXPECT_EQ(panels::weight_text(0.00001), "~0");
  EXPECT_EQ(panels::weight_text(-0.0), "0");
  EXPECT_EQ(panels::weight_text(100), "100");
}

}  // namespace
}  // namespace warpscope::tests
