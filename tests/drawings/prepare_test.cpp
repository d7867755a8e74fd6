#include "compute/drawings/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/support/styles.h"

namespace warpscope::drawings {
namespace {

Drawing drawing_of(std::vector<Stroke> strokes, float width = 280, float height = 280) {
  return {width, height, std::move(strokes), std::nullopt};
}

std::uint8_t at(const DigitImage& image, int x, int y) {
  return image[static_cast<std::size_t>(y * kImageSide + x)];
}

struct Box {
  int left = kImageSide, top = kImageSide, right = -1, bottom = -1;
  int width() const { return right - left + 1; }
  int height() const { return bottom - top + 1; }
};
Box inked(const DigitImage& image, int least) {
  Box box;
  for (int y = 0; y < kImageSide; ++y) {
    for (int x = 0; x < kImageSide; ++x) {
      if (at(image, x, y) < least) continue;
      box.left = std::min(box.left, x), box.right = std::max(box.right, x);
      box.top = std::min(box.top, y), box.bottom = std::max(box.bottom, y);
    }
  }
  return box;
}

double ink(const DigitImage& image) {
  double sum = 0;
  for (const int v : image) sum += v / 255.0;
  return sum;
}

double mean_difference(const DigitImage& a, const DigitImage& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / kImagePixels;
}

TEST(AnEmptyDrawing, IsAllBlack) {
  EXPECT_EQ(prepare(drawing_of({})), DigitImage{});
  EXPECT_EQ(prepare(drawing_of({{}, {}})), DigitImage{});
}

TEST(AVerticalLine, Is20HighAndAsWideAsAStroke) {
  const DigitImage image = prepare(drawing_of({{{100, 20, 0}, {100, 250, 0}}}), {2.0F});
  // 2 wide around the middle of column 14: column 14 full, half of 13 and of 15. 20 high around row 14: rows 4 to 23 or
  // 24 are inked, the ends are round.
  EXPECT_EQ(at(image, 13, 14), 128);
  EXPECT_EQ(at(image, 14, 14), 255);
  EXPECT_EQ(at(image, 15, 14), 128);
  EXPECT_EQ(at(image, 12, 14), 0);
  EXPECT_EQ(at(image, 16, 14), 0);
  EXPECT_NEAR(inked(image, 1).height(), 20, 1);
  // The area of a stroke 18 long and 2 wide with round ends, of which a pixel-wide ramp cuts next to nothing.
  EXPECT_NEAR(ink(image), 18 * 2 + M_PI, 0.4);
}

TEST(ADot, IsAsBigAsThePenAndInTheMiddle) {
  const DigitImage image = prepare(drawing_of({{{20, 200, 0}}}), {2.4F});
  EXPECT_NEAR(ink(image), M_PI * 1.2 * 1.2, 0.5);
  EXPECT_EQ(at(image, 14, 14), 255);
  EXPECT_EQ(at(image, 13, 14), at(image, 15, 14));
}

TEST(ATremblingDot, IsNotBlownUpToADigit) {
  const DigitImage image = prepare(drawing_of({{{100, 100, 0}, {102, 101, 5}, {101, 103, 9}}}));
  EXPECT_LE(inked(image, 1).width(), 9);
  EXPECT_LE(inked(image, 1).height(), 9);
}

TEST(Preparation, DoesNotDependOnWhereAndHowLargeSomebodyDraws) {
  const Drawing drawing = tests::make_digit(tests::Style::kUsual, 7, 3);
  const DigitImage image = prepare(drawing);
  std::mt19937 random(2);
  for (int round = 0; round < 20; ++round) {
    const float scale = 0.2F + static_cast<float>(random() % 100) / 50;
    const float dx = static_cast<float>(random() % 200) - 100;
    const float dy = static_cast<float>(random() % 200) - 100;
    Drawing other = drawing;
    for (Stroke& stroke : other.strokes) {
      for (StrokePoint& p : stroke) p = {p.x * scale + dx, p.y * scale + dy, p.t_ms};
    }
    EXPECT_LT(mean_difference(prepare(other), image), 0.1);
  }
}

TEST(Preparation, KeepsTheProportions) {
  // Twice as high as wide, measured between the middles of the outermost strokes.
  const Box box =
      inked(prepare(drawing_of({{{0, 0, 0}, {50, 0, 0}, {50, 100, 0}, {0, 100, 0}, {0, 0, 0}}}), {2.0F}), 128);
  EXPECT_NEAR(box.height(), 20, 1);
  EXPECT_NEAR(box.width(), 18.0 / 2 + 2, 1);
}

TEST(Preparation, PutsTheCentreOfMassInTheMiddleOfPixel14ToAFractionOfAPixel) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const DigitImage image = prepare(tests::make_digit(tests::Style::kUsual, static_cast<int>(seed % 10), seed));
    double x_moment = 0, y_moment = 0;
    for (int i = 0; i < kImagePixels; ++i) {
      x_moment += image[static_cast<std::size_t>(i)] / 255.0 * (i % kImageSide);
      y_moment += image[static_cast<std::size_t>(i)] / 255.0 * (i / kImageSide);
    }
    EXPECT_NEAR(x_moment / ink(image), 14, 0.02);
    EXPECT_NEAR(y_moment / ink(image), 14, 0.02);
  }
}

TEST(Preparation, CutsNothingOffWhereTheMassLiesFarToOneSide) {
  // Nearly all ink at the foot: the box may move only as far as it stays inside.
  std::vector<Stroke> strokes = {{{100, 0, 0}, {100, 200, 0}}};
  for (float y = 150; y <= 200; y += 5) strokes.push_back({{0, y, 0}, {200, y, 0}});
  const DigitImage image = prepare(drawing_of(strokes));
  const Box box = inked(image, 128);
  EXPECT_EQ(box.top, 0);
  EXPECT_NEAR(box.height(), 20, 1);
}

TEST(Preparation, TakesTheWidthItIsGiven) {
  const Drawing line = drawing_of({{{100, 20, 0}, {100, 250, 0}}});
  for (const float width : {1.0F, 1.6F, 2.5F, 4.0F}) {
    const DigitImage image = prepare(line, {width});
    double row = 0;
    for (int x = 0; x < kImageSide; ++x) row += at(image, x, 14) / 255.0;
    EXPECT_NEAR(row, width, 0.02);
  }
}

// Compared with brute force: the share of 32x32 sample points of each pixel that lie within half a width of the
// strokes.
TEST(Preparation, CoversPixelsAsCountingSamplePointsDoes) {
  // A square's outline, which preparation leaves in place: 17.5 wide around the middle of pixel (14, 14).
  constexpr double kWidth = 2.5;
  const DigitImage image =
      prepare(drawing_of({{{0, 0, 0}, {175, 0, 0}, {175, 175, 0}, {0, 175, 0}, {0, 0, 0}}}), {kWidth});
  const double low = 14.5 - 8.75;
  const double high = 14.5 + 8.75;
  double worst = 0;
  for (int y = 0; y < kImageSide; ++y) {
    for (int x = 0; x < kImageSide; ++x) {
      int inside = 0;
      for (int s = 0; s < 32 * 32; ++s) {
        const double px = x + (s % 32 + 0.5) / 32;
        const double py = y + (s / 32 + 0.5) / 32;
        const double dx = std::max({low - px, px - high, 0.0});
        const double dy = std::max({low - py, py - high, 0.0});
        const double within = std::min({px - low, high - px, py - low, high - py});
        const double distance = within >= 0 ? within : std::hypot(dx, dy);
        inside += distance <= kWidth / 2;
      }
      worst = std::max(worst, std::abs(at(image, x, y) / 255.0 - inside / 1024.0));
    }
  }
  EXPECT_LT(worst, 0.08);  // at the inner corners; along edges it is exact
}

TEST(Preparation, SurvivesExtremeNumbers) {
  for (const Drawing& drawing : {drawing_of({{{-1e6F, -1e6F, 0}, {1e6F, 1e6F, 0}}}, 1e6F, 1e6F),
                                 drawing_of({{{1e-30F, 1e-38F, 0}, {0, 0, 0}}}, 1e-30F, 1e-38F),
                                 drawing_of({{{999999.9F, 5, 0}, {1e6F, 5.1F, 0}}}, 1e-3F, 1e-3F)}) {
    EXPECT_GT(ink(prepare(drawing)), 1);
  }
}

}  // namespace
}  // namespace warpscope::drawings
