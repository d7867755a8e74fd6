#include <gtest/gtest.h>

#include <set>

#include "app/panels/convolve_edit.h"
#include "app/panels/convolve_panels.h"
#include "app/panels/convolve_right.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/convolve_fixture.h"

namespace warpscope::tests {
namespace {

using panels::ConvolvePixel;
using panels::Frame;

constexpr scene::Rect kPanel{1560, 44, 360, 1008};

class ConvolveRight : public testing::Test {
 protected:
  ConvolveRight() {
    gui.convolve = convolve_view({.width = 256, .height = 256, .planes = 1, .settings = {}, .version = 1});
    gui.ui.workspace = panels::Workspace::kConvolve;
    gui.frame(draw());
  }
  std::function<void(const Frame&)> draw() {
    return [this](const Frame& f) {
      f.ui.convolve.about = about_;
      panels::handle_convolve_keys(f);
      panels::draw_convolve_right(f, kPanel);
    };
  }
  panels::ConvolveExplanation said(std::string_view of = "") const {
    return panels::explain_convolve(gui.convolve, gui.convolve.settings, 0, of);
  }
  std::string about_;
  BareGui gui{1920, 1080};
};

TEST_F(ConvolveRight, CountsTheThreadsOfTheRealLaunch) {
  EXPECT_EQ(said().heading, "A filter that finds edges");
  EXPECT_NE(said().text.find("All 65,536 sums"), std::string::npos);
  EXPECT_NE(said().text.find("**65,536 threads**"), std::string::npos);
  gui.convolve = convolve_view({.width = 250, .height = 250, .planes = 1, .settings = {}, .version = 2});
  EXPECT_NE(said().text.find("All 62,500 sums"), std::string::npos);
  EXPECT_NE(said().text.find("**65,536 threads**"), std::string::npos) << "16 x 16 blocks of 256";
  EXPECT_NE(said().text.find("beyond the edge"), std::string::npos);
}

TEST_F(ConvolveRight, TheFormulaHasTheRealSizes) {
  convolution::Stage stage = filter_stage({"sobel-x"});
  EXPECT_EQ(panels::convolve_formula(stage), "out_{x,y} = \\Sigma_{u,v = -1…1} w_{u,v} in_{x+u, y+v}");
  stage.stride = 2;
  stage.dilation = 3;
  EXPECT_EQ(panels::convolve_formula(stage), "out_{x,y} = \\Sigma_{u,v = -1…1} w_{u,v} in_{2x+3u, 2y+3v}");
  stage = filter_stage({"gaussian"});
  stage.padding = 0;
  EXPECT_EQ(panels::convolve_formula(stage), "out_{x,y} = \\Sigma_{u,v = -2…2} w_{u,v} in_{x+u+2, y+v+2}");
}

TEST_F(ConvolveRight, EveryNamedFilterHasItsText) {
  for (const convolution::NamedFilter& named : convolution::named_filters()) {
    EXPECT_NE(panels::filter_text(named.title), nullptr) << named.title;
  }
}

TEST_F(ConvolveRight, AFilterThatIsTheSameWhenFlippedIsSaidToBe) {
  EXPECT_NE(said().last.find("flips the filter first"), std::string::npos);
  gui.convolve =
      convolve_view({.settings = {.chain = {filter_stage({"laplacian"})}, .variant = {}, .block = {16, 16, 1}}});
  EXPECT_NE(said().last.find("both give the same"), std::string::npos);
}

TEST_F(ConvolveRight, TheNumbersToTryComeFromTheTable) {
  for (const std::string& one : said().tries)
    EXPECT_EQ(one.find("sectors"), std::string::npos) << "nothing was counted";
  auto table = std::make_shared<session::ConvolveTable>();
  table->settings = gui.convolve.settings;
  for (const auto& [variant, sectors] :
       {std::pair{convolution::Variant::kNaive, 123140U}, {convolution::Variant::kTiled, 28258U}}) {
    convolution::VariantReport row;
    row.variant = variant;
    row.counts = convolution::Counts{.sectors = sectors};
    table->rows.push_back(row);
  }
  gui.convolve.table = table;
  EXPECT_EQ(said().tries.back(), "Switch to **Naive** and watch the sectors grow from 28,258 to 123,140.");
}

TEST_F(ConvolveRight, APixelsFactsAreOfTheFrame) {
  const auto facts = panels::pixel_facts(gui.convolve, 0, {0, 177, 81});
  ASSERT_GE(facts.size(), 5U);
  EXPECT_EQ(facts[0].value, "177, 81");
  EXPECT_EQ(facts[1].value, panels::weight_text(gui.convolve.frame->outputs[0]->at(0, 177, 81), 2));
  EXPECT_EQ(facts[2].value, "shared memory");
  EXPECT_EQ(facts[4].value, "4 sectors, 128 B") << "a warp of a 16 x 16 block writes two rows of 64 bytes";
  EXPECT_TRUE(panels::pixel_facts(gui.convolve, 0, {0, 256, 0}).empty());
}

// By another road: all output values whose worker has the same block and warp.
TEST_F(ConvolveRight, TheSectorsOfAWarpAreThoseOfItsLanes) {
  for (const base::Dim3 block : {base::Dim3{16, 16, 1}, base::Dim3{32, 8, 1}, base::Dim3{8, 8, 1}}) {
    convolution::Settings settings = gui.convolve.settings;
    settings.block = block;
    const auto view = convolve_view({.width = 77, .height = 41, .planes = 1, .settings = settings, .version = 3});
    const auto& launch = view.frame->run.launches.front();
    for (const auto& [x, y] : {std::pair{0, 0}, {76, 40}, {33, 17}}) {
      const auto own = convolution::worker_of(settings, launch, 0, x, y, 1);
      std::set<int> sectors;
      for (int at = 0; at < 77 * 41; ++at) {
        const auto other = convolution::worker_of(settings, launch, 0, at % 77, at / 77, 1);
        if (other.block_number == own.block_number && other.warp == own.warp) sectors.insert(at * 4 / 32);
      }
      EXPECT_EQ(panels::sectors_written(launch, {77, 41, 1}, own, 0), static_cast<int>(sectors.size()));
    }
  }
}

TEST_F(ConvolveRight, SpeaksOfWhatIsUnderThePointerAndIsHeldByThePin) {
  about_ = "border";
  gui.frame(draw());
  EXPECT_EQ(gui.ui.convolve.right.shown, "border");
  gui.key("H", draw());
  about_ = "chain";
  gui.frame(draw());
  EXPECT_EQ(gui.ui.convolve.right.shown, "border");
  gui.key("Esc", draw());
  gui.frame(draw());
  EXPECT_EQ(gui.ui.convolve.right.shown, "chain");
}

TEST_F(ConvolveRight, StepThisKernelAsksForThePixelOrTheMiddle) {
  gui.click("Step this kernel", draw());
  ASSERT_FALSE(gui.convolve_commands.empty());
  auto asked = std::get<session::PrepareStep>(gui.convolve_commands.back());
  EXPECT_EQ(asked.x, 128);
  EXPECT_EQ(asked.y, 128);
  gui.ui.convolve.pinned = ConvolvePixel{0, 177, 81};
  gui.frame(draw());
  gui.key("S", draw());
  const auto first = asked.id;
  asked = std::get<session::PrepareStep>(gui.convolve_commands.back());
  EXPECT_EQ(asked.x, 177);
  EXPECT_EQ(asked.y, 81);
  EXPECT_GT(asked.id, first);
}

TEST_F(ConvolveRight, TheTextbookOpensAndCloses) {
  gui.click("Textbook page", draw());
  EXPECT_EQ(gui.ui.convolve.page, panels::ConvolvePage::kTextbook);
  gui.frame(draw());
  EXPECT_EQ(gui.ui.convolve.right.shown, "textbook");
  gui.key("T", draw());
  EXPECT_EQ(gui.ui.convolve.page, panels::ConvolvePage::kPictures);
}

TEST_F(ConvolveRight, EverythingThatCanBeAskedHasAHeading) {
  for (const char* what : {"filter", "chain", "border", "variants", "pixel", "picture", "threads", "textbook"}) {
    EXPECT_FALSE(said(what).heading.empty()) << what;
    EXPECT_FALSE(said(what).text.empty()) << what;
  }
}

TEST_F(ConvolveRight, ArrowsMoveThePinnedPixelAndStopAtTheEdge) {
  gui.ui.convolve.pinned = ConvolvePixel{0, 254, 0};
  gui.key("Right", draw());
  gui.key("Right", draw());
  gui.key("Up", draw());
  EXPECT_EQ(gui.ui.convolve.pinned, (ConvolvePixel{0, 255, 0}));
  gui.key("Down", draw());
  EXPECT_EQ(gui.ui.convolve.pinned, (ConvolvePixel{0, 255, 1}));
}

TEST_F(ConvolveRight, OneKeyEachForSlidingColoursAndTheDifference) {
  gui.key("Space", draw());
  EXPECT_TRUE(gui.ui.convolve.stage_state.sliding);
  gui.key("Esc", draw());
  EXPECT_FALSE(gui.ui.convolve.stage_state.sliding);
  const auto before = gui.ui.convolve.colour;
  for (int i = 0; i < 4; ++i) gui.key("B", draw());
  EXPECT_EQ(gui.ui.convolve.colour, before);
  gui.key("D", draw());
  EXPECT_EQ(gui.ui.convolve.show, panels::ConvolveShow::kDifference);
}

TEST_F(ConvolveRight, ALostGpuIsSaidWithItsReason) {
  const scene::Rect before = gui.target("Step this kernel");
  gui.convolve.device.state = device::DeviceState::kLost;
  gui.convolve.device.why = "The driver says that the GPU has fallen off the bus.";
  gui.frame(draw());
  EXPECT_GT(gui.target("Step this kernel").y, before.y + 30) << "the strip stands above everything";
}

}  // namespace
}  // namespace warpscope::tests
