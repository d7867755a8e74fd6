#include <gtest/gtest.h>

#include "app/panels/convolve_panels.h"
#include "app/panels/convolve_variants.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/convolve_fixture.h"

namespace warpscope::tests {
namespace {

using convolution::Variant;
using panels::Frame;

constexpr scene::Rect kPanel{700, 820, 880, 226};

void draw(const Frame& f) {
  panels::handle_convolve_keys(f);
  panels::draw_convolve_variants(f, kPanel);
}

convolution::VariantReport row_of(Variant variant, std::uint64_t sectors, double seconds) {
  convolution::VariantReport row;
  row.variant = variant;
  row.seconds = seconds;
  row.counts = convolution::Counts{.global_requests = sectors / 4,
                                   .sectors = sectors,
                                   .shared_wavefronts = variant == Variant::kTiled ? 39680U : 0U,
                                   .bank_conflicts = 0,
                                   .warp_instructions = 180224};
  row.largest_error = 2e-7;
  row.why = variant == Variant::kTiled ? "A block loads its 18 x 18 pixels once." : "Each output takes its own.";
  return row;
}

std::shared_ptr<session::ConvolveTable> table_of(const session::ConvolveView& view) {
  auto table = std::make_shared<session::ConvolveTable>();
  table->settings = view.settings;
  table->rows = {row_of(Variant::kNaive, 123140, 0.0089), row_of(Variant::kConstant, 104708, 0.0076),
                 row_of(Variant::kTiled, 28258, 0.0063)};
  return table;
}

class ConvolveVariants : public testing::Test {
 protected:
  ConvolveVariants() {
    gui.convolve = convolve_view();
    gui.convolve.table = table_of(gui.convolve);
    gui.ui.workspace = panels::Workspace::kConvolve;
    gui.frame(draw);
    gui.convolve_commands.clear();
  }
  const convolution::Settings& sent() const {
    return std::get<session::SetConvolve>(gui.convolve_commands.back()).settings;
  }
  BareGui gui{1920, 1080};
};

TEST_F(ConvolveVariants, EveryVariantHasARowAndTheMeasuredOnesTheirNumbers) {
  const panels::VariantTable table = panels::variant_table(gui.convolve, gui.convolve.settings);
  ASSERT_EQ(table.rows.size(), 6U);
  EXPECT_EQ(table.rows[0].cells[1].text, "123,140");
  EXPECT_EQ(table.rows[2].cells[1].text, "28,258");
  EXPECT_EQ(table.rows[2].cells[4].text, "6.3 ms");
  EXPECT_EQ(table.rows[4].cells[1].text, "") << "not measured";
  EXPECT_TRUE(table.rows[2].chosen);
}

TEST_F(ConvolveVariants, TheLineUnderANumberIsItsShareOfTheLargest) {
  const panels::VariantTable table = panels::variant_table(gui.convolve, gui.convolve.settings);
  EXPECT_FLOAT_EQ(table.rows[0].cells[1].share, 1);
  EXPECT_NEAR(table.rows[2].cells[1].share, 28258.0 / 123140, 1e-6);
  EXPECT_NEAR(table.rows[2].cells[4].share, 6.3 / 8.9, 1e-6);
  EXPECT_FLOAT_EQ(table.rows[0].cells[2].share, 0);
  EXPECT_FLOAT_EQ(table.rows[2].cells[2].share, 1);
}

TEST_F(ConvolveVariants, TheSentenceIsOfTheChosenOne) {
  EXPECT_EQ(panels::variant_table(gui.convolve, gui.convolve.settings).sentence,
            "**Tiled, with halo:** A block loads its 18 x 18 pixels once.");
  gui.convolve.table.reset();
  EXPECT_EQ(panels::variant_table(gui.convolve, gui.convolve.settings).sentence,
            "**Tiled, with halo:** " + std::string(convolution::idea_of(Variant::kTiled)));
}

TEST_F(ConvolveVariants, TheCaptionSaysHowFarTheOutputsAreChecked) {
  EXPECT_EQ(panels::variant_table(gui.convolve, gui.convolve.settings).caption, "same output, checked to 1e-06");
  auto wrong = table_of(gui.convolve);
  wrong->rows[1].largest_error = 0.02;
  gui.convolve.table = wrong;
  EXPECT_EQ(panels::variant_table(gui.convolve, gui.convolve.settings).caption,
            "not the same output, checked to 1e-01");
}

TEST_F(ConvolveVariants, NumbersOfAnotherChainAreSaidToBeOld) {
  convolution::Settings other = gui.convolve.settings;
  other.variant = Variant::kNaive;
  EXPECT_FALSE(panels::variant_table(gui.convolve, other).outdated) << "the table has all variants";
  other.chain[0].stride = 2;
  EXPECT_TRUE(panels::variant_table(gui.convolve, other).outdated);
  EXPECT_EQ(panels::report_of(gui.convolve, other, Variant::kNaive), nullptr);
}

TEST_F(ConvolveVariants, AClickChoosesAVariantAndAKeyToo) {
  gui.click("Naive", draw);
  EXPECT_EQ(sent().variant, Variant::kNaive);
  gui.key("2", draw);
  EXPECT_EQ(sent().variant, Variant::kConstant);
  const auto count = gui.convolve_commands.size();
  gui.key("2", draw);
  EXPECT_EQ(gui.convolve_commands.size(), count) << "chosen already";
}

TEST_F(ConvolveVariants, AVariantThatCannotDoTheChainSaysWhyAndIsNotChosen) {
  convolution::Settings laplacian = gui.convolve.settings;
  laplacian.chain[0] = filter_stage({"laplacian"});
  gui.ui.convolve.wanted = laplacian;
  gui.frame(draw);
  const panels::VariantTable table = panels::variant_table(gui.convolve, laplacian);
  EXPECT_EQ(table.rows[3].variant, Variant::kSeparable);
  EXPECT_NE(table.rows[3].why_not.find("Laplacian is not a column times a row"), std::string::npos);
  gui.click(std::string(convolution::title_of(Variant::kSeparable)), draw);
  gui.key("4", draw);
  EXPECT_TRUE(gui.convolve_commands.empty());
}

TEST_F(ConvolveVariants, MeasuresAgainWhenAskedAndNotWhileItMeasures) {
  gui.click("Measure again", draw);
  EXPECT_TRUE(std::holds_alternative<session::MeasureVariants>(gui.convolve_commands.back()));
  gui.convolve_commands.clear();
  auto table = table_of(gui.convolve);
  table->measuring = true;
  gui.convolve.table = table;
  gui.frame(draw);
  gui.click("Measure again", draw);
  EXPECT_TRUE(gui.convolve_commands.empty());
}

TEST_F(ConvolveVariants, TimesAreReadable) {
  EXPECT_EQ(panels::seconds_text(0.0063), "6.3 ms");
  EXPECT_EQ(panels::seconds_text(0.000037), "37 µs");
  EXPECT_EQ(panels::seconds_text(0.0000037), "3.7 µs");
  EXPECT_EQ(panels::seconds_text(1.5), "1.50 s");
}

TEST(ConvolveTabs, AreOnlyInSmallWindowsAndChangeTheTab) {
  const auto tabs = [](const Frame& f) { panels::draw_convolve_tabs(f, {300, 500, 600, 30}); };
  BareGui large{1920, 1080};
  large.frame(tabs);
  EXPECT_TRUE(large.ui.targets.empty());
  BareGui small{1280, 720};
  small.frame(tabs);
  small.click("Variants", tabs);
  EXPECT_EQ(small.ui.convolve.stage_state.bottom_tab, 1);
}

}  // namespace
}  // namespace warpscope::tests
