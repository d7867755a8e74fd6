#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/drawings/stroke_editor.h"

namespace warpscope::drawings {
namespace {

double gap(const StrokePoint& a, const StrokePoint& b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

TEST(ASmoothCurve, GoesThroughAllPointsInStepsShortEnough) {
  const Stroke stroke = {{10, 10, 0}, {60, 12, 10}, {62, 80, 30}, {15, 90, 50}, {200, 200, 90}};
  const Stroke curve = smooth(stroke, 2);
  for (std::size_t i = 1; i < curve.size(); ++i) EXPECT_LE(gap(curve[i - 1], curve[i]), 2.001) << i;
  auto from = curve.begin();
  for (const StrokePoint& p : stroke) {
    from = std::find(from, curve.end(), p);
    EXPECT_NE(from, curve.end()) << p.x << ", " << p.y;
  }
  EXPECT_TRUE(std::is_sorted(curve.begin(), curve.end(), [](auto& a, auto& b) { return a.t_ms < b.t_ms; }));
}

TEST(ASmoothCurve, StaysOnACircleWhosePointsAreGiven) {
  Stroke circle;
  for (int i = 0; i <= 24; ++i) {
    const double angle = i * 2 * M_PI / 24;
    circle.push_back({static_cast<float>(100 + 50 * std::cos(angle)), static_cast<float>(100 + 50 * std::sin(angle)),
                      static_cast<float>(i)});
  }
  double farthest = 0;
  double farthest_of_chords = 0;
  const auto off = [](const StrokePoint& p) { return std::abs(std::hypot(p.x - 100.0, p.y - 100.0) - 50); };
  for (const StrokePoint& p : smooth(circle, 1)) {
    if (p.t_ms >= 1 && p.t_ms <= 23)
      farthest = std::max(farthest, off(p));  // the ends have a neighbour on one side only
  }
  for (int i = 0; i < 24; ++i) {
    farthest_of_chords = std::max(farthest_of_chords,
                                  off({(circle[i].x + circle[i + 1].x) / 2, (circle[i].y + circle[i + 1].y) / 2, 0}));
  }
  EXPECT_LT(farthest, farthest_of_chords / 10);
}

TEST(ASmoothCurve, DoesNotSwingOutWherePointsLieUnevenly) {
  // A short step after a long one: a uniform Catmull-Rom curve loops here, the centripetal one does not.
  const Stroke curve = smooth({{0, 0, 0}, {100, 0, 0}, {101, 3, 0}, {101, 100, 0}}, 0.5F);
  for (const StrokePoint& p : curve) {
    EXPECT_LT(p.x, 104);
    EXPECT_GT(p.y, -4);
  }
  for (std::size_t i = 2; i < curve.size(); ++i) {
    const double turn = (curve[i].x - curve[i - 1].x) * (curve[i - 1].x - curve[i - 2].x) +
                        (curve[i].y - curve[i - 1].y) * (curve[i - 1].y - curve[i - 2].y);
    EXPECT_GE(turn, 0) << "it turns back at " << i;
  }
}

TEST(ASmoothCurve, OfFewOrRepeatedPointsIsPlain) {
  EXPECT_TRUE(smooth({}, 1).empty());
  EXPECT_EQ(smooth({{5, 5, 1}}, 1), (Stroke{{5, 5, 1}}));
  EXPECT_EQ(smooth({{5, 5, 1}, {5, 5, 2}, {5, 5, 3}}, 1).size(), 1U);
  const Stroke line = smooth({{0, 0, 0}, {10, 0, 10}}, 2.5F);
  ASSERT_GE(line.size(), 5U);
  for (const StrokePoint& p : line) {
    EXPECT_NEAR(p.y, 0, 1e-5);
    EXPECT_NEAR(p.t_ms, p.x, 1e-4);
  }
  for (const StrokePoint& p : smooth({{0, 0, 0}, {10, 0, 0}, {10, 0, 0}, {20, 0, 0}}, 1))
    EXPECT_TRUE(std::isfinite(p.x));
}

}  // namespace
TEST(WithoutJitter, LiesNearTheLineThatWasRoundedToWholePixels) {
  Stroke rounded;
  double before = 0, after = 0;
  const auto off = [](const StrokePoint& p) { return std::abs(p.y - 0.3 * p.x) / std::hypot(1, 0.3); };
  for (int x = 0; x <= 100; ++x)
    rounded.push_back({static_cast<float>(x), std::round(0.3F * static_cast<float>(x)), 0});
  const Stroke calm = without_jitter(rounded, 8);
  ASSERT_EQ(calm.size(), rounded.size());
  for (std::size_t i = 10; i + 10 < calm.size(); ++i) {
    before = std::max(before, off(rounded[i]));
    after = std::max(after, off(calm[i]));
  }
  EXPECT_GT(before, 0.35);
  EXPECT_LT(after, before / 4);
  EXPECT_EQ(calm.front(), rounded.front());
  EXPECT_EQ(calm.back(), rounded.back());
}

TEST(WithoutJitter, LeavesPointsFarApartAndSingleOnes) {
  const Stroke sparse = {{0, 0, 0}, {40, 10, 5}, {90, 80, 9}};
  EXPECT_EQ(without_jitter(sparse, 8), sparse);
  EXPECT_EQ(without_jitter({{3, 4, 0}}, 8), (Stroke{{3, 4, 0}}));
  EXPECT_TRUE(without_jitter({}, 8).empty());
}

}  // namespace warpscope::drawings
