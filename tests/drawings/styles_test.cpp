#include "tests/support/styles.h"

#include <gtest/gtest.h>

#include <set>

#include "compute/drawings/prepare.h"

namespace warpscope::tests {
namespace {

TEST(AHandwrittenDigit, IsTheSameForTheSameSeedAndAnotherForAnother) {
  std::set<std::string> texts;
  for (int digit = 0; digit <= 9; ++digit) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const drawings::Drawing drawing = make_digit(Style::kUsual, digit, seed);
      EXPECT_EQ(drawing, make_digit(Style::kUsual, digit, seed));
      texts.insert(drawings::strokes_json(drawing));
    }
  }
  EXPECT_EQ(texts.size(), 200U);
}

TEST(AHandwrittenDigit, IsAValidLabelledDrawingOnItsCanvasWithTimesThatGoOn) {
  for (const auto& [style, digit, name] : kUnusualStyles) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const drawings::Drawing drawing = make_digit(style, digit, seed);
      EXPECT_TRUE(drawings::validate(drawing).has_value()) << name;
      EXPECT_EQ(drawing.label, digit);
      float last_ms = -1;
      for (const auto& stroke : drawing.strokes) {
        for (const auto& p : stroke) {
          EXPECT_TRUE(p.x >= 0 && p.x <= 280 && p.y >= 0 && p.y <= 280);
          EXPECT_GT(p.t_ms, last_ms);
          last_ms = p.t_ms;
        }
      }
    }
  }
}

TEST(AnUnusualStyle, ChangesOnlyTheDigitItIsAbout) {
  for (const auto& [style, digit, name] : kUnusualStyles) {
    EXPECT_NE(make_digit(style, digit, 1).strokes.size() * 1000 + make_digit(style, digit, 1).strokes[0].size(),
              make_digit(Style::kUsual, digit, 1).strokes.size() * 1000 +
                  make_digit(Style::kUsual, digit, 1).strokes[0].size())
        << name;
    const int other = (digit + 3) % 10;
    EXPECT_EQ(make_digit(style, other, 1).strokes.size(), make_digit(Style::kUsual, other, 1).strokes.size()) << name;
  }
}

}  // namespace
}  // namespace warpscope::tests
