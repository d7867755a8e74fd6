// The contrast the design promises, computed anew from the colours in use.
#include <gtest/gtest.h>

#include "app/scene/theme.h"

namespace warpscope::tests {
namespace {

using scene::contrast;
using scene::Palette;
using scene::Rgba;

TEST(Theme, ContrastIsWcagsRatio) {
  EXPECT_NEAR(contrast(scene::rgb(0x000000), scene::rgb(0xFFFFFF)), 21.0F, 0.01F);
  EXPECT_NEAR(contrast(scene::rgb(0x777777), scene::rgb(0xFFFFFF)), 4.48F, 0.01F);  // the best-known near miss
  EXPECT_NEAR(contrast(scene::rgb(0xFF0000), scene::rgb(0xFFFFFF)), 4.00F, 0.01F);
  EXPECT_EQ(contrast(scene::rgb(0x123456), scene::rgb(0x123456)), 1.0F);
}

class BothThemes : public ::testing::TestWithParam<bool> {
 protected:
  const Palette& c() const { return scene::palette(GetParam()); }
};

TEST_P(BothThemes, TextStandsOutFourAndAHalfFoldOnEveryGround) {
  for (const Rgba ground : {c().stage, c().panel, c().raised, c().hover, c().accent_tint}) {
    for (const Rgba ink : {c().text, c().text2, c().text3, c().accent}) EXPECT_GE(contrast(ink, ground), 4.5F);
  }
  EXPECT_GE(contrast(c().on_accent, c().accent_fill), 4.5F);
  const Rgba hovered_primary = scene::mix(c().accent_fill, scene::rgb(0xFFFFFF), 0.1F);
  EXPECT_GE(contrast(c().on_accent, hovered_primary), 4.5F) << "a primary button under the pointer";
  EXPECT_GE(contrast(c().text, c().keycap), 4.5F);
}

TEST_P(BothThemes, MessagesAreReadableOnTheirTints) {
  EXPECT_GE(contrast(c().warning, c().warning_tint), 4.5F);
  EXPECT_GE(contrast(c().error, c().error_tint), 4.5F);
  EXPECT_GE(contrast(c().good, c().good_tint), 4.5F);
  for (const Rgba tint : {c().warning_tint, c().error_tint, c().good_tint}) EXPECT_GE(contrast(c().text2, tint), 4.5F);
  for (const Rgba ink : {c().warning, c().error, c().good}) EXPECT_GE(contrast(ink, c().panel), 4.5F);
}

TEST_P(BothThemes, LinesAndCurvesStandOutThreeFold) {
  for (const Rgba ink : {c().train, c().validation, c().positive, c().negative}) {
    EXPECT_GE(contrast(ink, c().panel), 3.0F);
    EXPECT_GE(contrast(ink, c().stage), 3.0F);
  }
}

INSTANTIATE_TEST_SUITE_P(Theme, BothThemes, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Dark" : "Light"; });

TEST(Theme, ColourMapsBeginAndEndWhereTheDesignSays) {
  EXPECT_EQ(scene::grey(0), scene::rgb(0x000000));
  EXPECT_EQ(scene::grey(1), scene::rgb(0xFFFFFF));
  EXPECT_EQ(scene::cividis(0), scene::rgb(0x00224E));
  EXPECT_EQ(scene::cividis(1), scene::rgb(0xFDEA45));
  EXPECT_EQ(scene::signed_color(-1), scene::rgb(0x2668BA));
  EXPECT_EQ(scene::signed_color(1), scene::rgb(0xC85C0A));
  EXPECT_EQ(scene::cividis(-5), scene::cividis(0)) << "clamped";
  EXPECT_EQ(scene::cividis(std::numeric_limits<float>::quiet_NaN()), scene::cividis(0)) << "never out of the table";
  EXPECT_EQ(scene::category(0), scene::rgb(0xE69F00));
  EXPECT_NE(scene::category(7), scene::category(0));
}

TEST(Theme, CividisGetsLighterAllTheWay) {
  for (int i = 1; i <= 20; ++i) {
    const Rgba black = scene::rgb(0);
    EXPECT_GE(contrast(scene::cividis(static_cast<float>(i) / 20), black) + 0.01F,
              contrast(scene::cividis(static_cast<float>(i - 1) / 20), black));
  }
}

TEST(Theme, NumbersOnCellsTakeTheInkThatContrastsMore) {
  for (int i = 0; i <= 20; ++i) {
    const Rgba cell = scene::signed_color(static_cast<float>(i) / 10 - 1);
    EXPECT_GE(contrast(scene::text_on(cell), cell), 4.4F) << "the orange end allows no more than 4.43";
  }
}

}  // namespace
}  // namespace warpscope::tests
