#include "app/scene/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/training/augment.h"

namespace warpscope::scene {
namespace {

using store::CurvePoint;
using testing::ElementsAre;

std::vector<double> values_of(const std::vector<Tick>& ticks) {
  std::vector<double> values;
  for (const Tick& tick : ticks) values.push_back(tick.value);
  return values;
}
std::vector<std::string> texts_of(const std::vector<Tick>& ticks) {
  std::vector<std::string> texts;
  for (const Tick& tick : ticks) texts.push_back(tick.text);
  return texts;
}

// A run of `count` points, `per_epoch` of them an epoch, with noise of a defined sequence.
std::vector<CurvePoint> noisy_points(int count, int per_epoch, std::uint64_t seed = 1) {
  training::Random random(seed);
  std::vector<CurvePoint> points;
  for (int i = 1; i <= count; ++i) {
    const float loss = 2.3F * std::exp(-static_cast<float>(i) / 500) + random.uniform(0.01F, 0.2F);
    points.push_back({i, static_cast<float>(i) / static_cast<float>(per_epoch), loss, random.uniform(0.5F, 1.0F)});
  }
  return points;
}

session::CurveView curve_of(const std::vector<CurvePoint>& points) {
  session::CurveView curve;
  for (std::size_t i = 0; i < points.size(); i += session::CurveView::kChunk) {
    const std::size_t end = std::min(points.size(), i + session::CurveView::kChunk);
    curve.train.push_back(std::make_shared<const std::vector<CurvePoint>>(
        points.begin() + static_cast<std::ptrdiff_t>(i), points.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  return curve;
}

// The same by looking at every point for every column.
std::vector<ColumnExtremes::Column> brute_force(const std::vector<CurvePoint>& points, Range epochs, int columns,
                                                Quantity quantity) {
  std::vector<ColumnExtremes::Column> all(static_cast<std::size_t>(columns));
  for (int c = 0; c < columns; ++c) {
    std::vector<float> inside;
    for (const CurvePoint& point : points) {
      if (point.epoch < epochs.low || point.epoch > epochs.high || !std::isfinite(value_of(point, quantity))) continue;
      const double part = (point.epoch - epochs.low) / epochs.size();
      if (std::min(static_cast<int>(part * columns), columns - 1) == c) inside.push_back(value_of(point, quantity));
    }
    if (inside.empty()) continue;
    all[static_cast<std::size_t>(c)] = {*std::min_element(inside.begin(), inside.end()),
                                        *std::max_element(inside.begin(), inside.end()), inside.front(), inside.back(),
                                        static_cast<int>(inside.size())};
  }
  return all;
}

void expect_same(const std::vector<ColumnExtremes::Column>& have, const std::vector<ColumnExtremes::Column>& want) {
  ASSERT_EQ(have.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    ASSERT_EQ(have[i].count, want[i].count) << "column " << i;
    if (want[i].count == 0) continue;
    EXPECT_EQ(have[i].low, want[i].low) << "column " << i;
    EXPECT_EQ(have[i].high, want[i].high) << "column " << i;
    EXPECT_EQ(have[i].first, want[i].first) << "column " << i;
    EXPECT_EQ(have[i].last, want[i].last) << "column " << i;
  }
}

TEST(Ticks, AreRoundNumbersThatIncludeTheEnds) {
  EXPECT_THAT(values_of(linear_ticks({0, 3}, 4)), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(texts_of(linear_ticks({0, 1}, 4)), ElementsAre("0.0", "0.5", "1.0"));
  EXPECT_THAT(texts_of(linear_ticks({80, 100}, 5)), ElementsAre("80", "85", "90", "95", "100"));
  EXPECT_THAT(texts_of(linear_ticks({0, 100}, 6)), ElementsAre("0", "20", "40", "60", "80", "100"));
  EXPECT_THAT(texts_of(linear_ticks({1.2, 1.8}, 4)), ElementsAre("1.2", "1.4", "1.6", "1.8"));
}

TEST(Ticks, HaveNoMinusBeforeZero) {
  EXPECT_THAT(texts_of(linear_ticks({-1, 1}, 3)), ElementsAre("-1", "0", "1"));
}

TEST(Ticks, AreNeverMoreThanAskedForWhateverTheRange) {
  training::Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const double low = random.uniform(-50, 50), size = std::pow(10.0, random.uniform(-4, 5));
    const int most = 2 + static_cast<int>(random.below(9));
    const auto ticks = linear_ticks({low, low + size}, most);
    EXPECT_LE(static_cast<int>(ticks.size()), most) << low << " + " << size;
    for (const Tick& tick : ticks) {
      EXPECT_GE(tick.value, low - 1e-6 * size);
      EXPECT_LE(tick.value, low + size + 1e-6 * size);
    }
  }
}

TEST(Ticks, OfALogAxisAreOneTwoFiveOfEachDecade) {
  EXPECT_THAT(texts_of(log_ticks({0.02, 2.6}, 7)), ElementsAre("0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"));
  EXPECT_THAT(texts_of(log_ticks({0.1, 1}, 9)), ElementsAre("0.1", "0.2", "0.5", "1"));
}

TEST(Ticks, OfALongLogAxisAreDecades) {
  EXPECT_THAT(values_of(log_ticks({0.001, 10}, 6)),
              ElementsAre(testing::DoubleNear(0.001, 1e-12), testing::DoubleNear(0.01, 1e-12),
                          testing::DoubleNear(0.1, 1e-12), 1, 10));
  EXPECT_LE(log_ticks({1e-12, 1e12}, 6).size(), 6U);
}

TEST(Ticks, AreNoneWhereThereIsNoRange) {
  EXPECT_TRUE(linear_ticks({1, 1}, 5).empty());
  EXPECT_TRUE(log_ticks({0, 1}, 5).empty()) << "a log axis cannot begin at 0";
}

TEST(AxisOfAPlot, GoesThereAndBack) {
  const Axis linear{{0, 3}, AxisScale::kLinear, 50, 350};
  EXPECT_EQ(linear.place(1.5), 200);
  EXPECT_NEAR(linear.value_at(linear.place(2.2)), 2.2, 1e-5);
  const Axis upright{{0.01, 1}, AxisScale::kLog, 300, 100};
  EXPECT_NEAR(upright.place(0.1), 200, 1e-3) << "the middle of two decades";
  EXPECT_NEAR(upright.value_at(upright.place(0.03)), 0.03, 1e-6);
  EXPECT_GT(upright.place(0), 300) << "what has no logarithm lies below the axis";
  EXPECT_GT(upright.place(-1), 300);
}

TEST(ColumnsOfACurve, AreWhatLookingAtEveryPointGives) {
  const std::vector<CurvePoint> points = noisy_points(5000, 860);
  for (const Range epochs : {Range{0, 6}, Range{1.3, 2.1}, Range{5.9, 6}}) {
    for (const int columns : {1, 7, 333}) {
      for (const Quantity quantity : {Quantity::kLoss, Quantity::kAccuracy}) {
        ColumnExtremes extremes;
        extremes.begin(epochs, columns, quantity);
        extremes.add(points);
        expect_same(extremes.columns(), brute_force(points, epochs, columns, quantity));
      }
    }
  }
}

TEST(ColumnsOfACurve, LeaveOutWhatIsNoNumber) {
  std::vector<CurvePoint> points = noisy_points(100, 100);
  points[50].loss = std::numeric_limits<float>::quiet_NaN();
  points[51].loss = std::numeric_limits<float>::infinity();
  ColumnExtremes extremes;
  extremes.begin({0, 1}, 10, Quantity::kLoss);
  extremes.add(points);
  expect_same(extremes.columns(), brute_force(points, {0, 1}, 10, Quantity::kLoss));
  EXPECT_EQ(extremes.visible(), 98U);
}

TEST(ColumnsOfACurve, GrowByWhatIsNewOnly) {
  const std::vector<CurvePoint> points = noisy_points(3000, 860);
  CurveColumns columns;
  columns.update(curve_of({points.begin(), points.begin() + 2500}), {0, 4}, 300, 200);
  EXPECT_EQ(columns.points_added(), 2500U);
  const session::CurveView grown = curve_of(points);
  // The full chunks of a growing run are shared between views; the comparison goes by the first one.
  session::CurveView before = grown;
  CurveColumns live;
  before.train.resize(2);
  live.update(before, {0, 4}, 300, 200);
  EXPECT_EQ(live.points_added(), 2048U);
  live.update(grown, {0, 4}, 300, 200);
  EXPECT_EQ(live.points_added(), 3000U - 2048U);
  expect_same(live.loss().columns(), brute_force(points, {0, 4}, 300, Quantity::kLoss));
  expect_same(live.accuracy().columns(), brute_force(points, {0, 4}, 200, Quantity::kAccuracy));
  live.update(grown, {0, 4}, 300, 200);
  EXPECT_EQ(live.points_added(), 0U) << "nothing changed: nothing is done";
}

TEST(ColumnsOfACurve, BeginAnewWhenTheAxisOrTheRunIsAnother) {
  const std::vector<CurvePoint> points = noisy_points(2500, 860), others = noisy_points(2500, 860, 2);
  CurveColumns columns;
  columns.update(curve_of(points), {0, 3}, 300, 300);
  columns.update(curve_of(points), {0, 2}, 300, 300);
  expect_same(columns.loss().columns(), brute_force(points, {0, 2}, 300, Quantity::kLoss));
  columns.update(curve_of(others), {0, 2}, 300, 300);
  expect_same(columns.loss().columns(), brute_force(others, {0, 2}, 300, Quantity::kLoss));
  columns.update(curve_of({}), {0, 2}, 300, 300);
  EXPECT_EQ(columns.loss().visible(), 0U) << "after a reset there is no curve";
}

TEST(ColumnsOfACurve, OfAHundredEpochsAreMadeInOnePassOverTheirPoints) {
  const session::CurveView curve = curve_of(noisy_points(86'000, 860));
  CurveColumns columns;
  for (int i = 0; i < 3; ++i) {
    columns.update(curve, {0, 100.0 + i * 1e-3}, 333, 333);  // another axis: everything anew
    EXPECT_EQ(columns.points_added(), 86'000U);
    EXPECT_LE(columns.loss().columns().size(), 333U) << "what is drawn does not grow with the run";
  }
}

TEST(NearestPoint, IsTheNearerOfTheTwoBesideAnEpoch) {
  const std::vector<CurvePoint> points{{1, 0.1F, 0, 0}, {2, 0.2F, 0, 0}, {3, 0.4F, 0, 0}};
  EXPECT_EQ(nearest_point(points, 0.31), 2U);
  EXPECT_EQ(nearest_point(points, 0.29), 1U);
  EXPECT_EQ(nearest_point(points, -1), 0U);
  EXPECT_EQ(nearest_point(points, 9), 2U);
  EXPECT_EQ(nearest_point({}, 1), std::nullopt);
}

TEST(VisiblePart, TakesOneMorePointOnEitherSide) {
  const std::vector<CurvePoint> points = noisy_points(100, 100);  // epochs 0.01 ... 1
  const auto part = visible_part(points, {0.405, 0.495});
  EXPECT_EQ(part.front().step, 40);
  EXPECT_EQ(part.back().step, 50);
  EXPECT_EQ(visible_part(points, {0, 2}).size(), 100U);
}

TEST(Smoothing, BeginsWithThePlainMeanAndEndsAtTheLastStep) {
  const std::vector<CurvePoint> points{{1, 0.1F, 4, 0}, {2, 0.2F, 2, 1}, {3, 0.3F, 3, 1}};
  const auto smooth = smoothed(points, 10);
  ASSERT_EQ(smooth.size(), 3U);
  EXPECT_FLOAT_EQ(smooth[0].loss, 4);
  EXPECT_FLOAT_EQ(smooth[1].loss, 3);
  EXPECT_FLOAT_EQ(smooth[2].loss, 3);
  EXPECT_FLOAT_EQ(smooth[2].accuracy, 2.0F / 3);
  const auto thinned = smoothed(noisy_points(1000, 100), 50);
  EXPECT_LE(thinned.size(), 51U);
  EXPECT_EQ(thinned.back().step, 1000);
}

TEST(LossAxis, HoldsTheSmoothCurvesWithARoundBottom) {
  const std::vector<CurvePoint> curve{{1, 0.1F, 2.3F, 0}, {2, 0.5F, 0.4F, 0}, {3, 1.0F, 0.08F, 0}};
  const std::span<const CurvePoint> curves[] = {curve};
  const Range log = loss_range(curves, {0, 1}, AxisScale::kLog);
  EXPECT_DOUBLE_EQ(log.low, 0.02);
  EXPECT_GT(log.high, 2.3);
  const Range linear = loss_range(curves, {0, 1}, AxisScale::kLinear);
  EXPECT_EQ(linear.low, 0);
  EXPECT_DOUBLE_EQ(linear.high, 2.5);
}

TEST(LossAxis, StandsWithoutAnyCurve) {
  const Range range = loss_range({}, {0, 1}, AxisScale::kLog);
  EXPECT_GT(range.low, 0);
  EXPECT_GT(range.high, range.low);
}

TEST(AccuracyAxis, RisesAsTheNetworkGetsBetter) {
  const auto bottom_at = [](float accuracy) {
    const std::vector<CurvePoint> curve{{1, 0.5F, 0, accuracy}};
    const std::span<const CurvePoint> curves[] = {curve};
    return accuracy_range(curves, {0, 1}).low;
  };
  EXPECT_EQ(bottom_at(0.2F), 0);
  EXPECT_EQ(bottom_at(0.91F), 0.5);
  EXPECT_EQ(bottom_at(0.97F), 0.8);
  EXPECT_EQ(bottom_at(0.985F), 0.9);
  EXPECT_EQ(bottom_at(0.9951F), 0.95);
}

TEST(EpochAxis, EndsAtAWholeEpoch) {
  EXPECT_EQ(epoch_range(0), (Range{0, 1}));
  EXPECT_EQ(epoch_range(2.62), (Range{0, 3}));
  EXPECT_EQ(epoch_range(3), (Range{0, 3}));
}

TEST(Zoom, KeepsWhatIsUnderThePointerAndStaysInside) {
  const Range whole{0, 10};
  const Range in = zoomed(whole, whole, 4, 0.5);
  EXPECT_NEAR(in.size(), 5, 1e-9);
  EXPECT_NEAR((4 - in.low) / in.size(), 0.4, 1e-9);
  EXPECT_EQ(zoomed(in, whole, 4, 100), whole);
  EXPECT_EQ(panned(in, whole, -100).low, 0);
  EXPECT_NEAR(panned(in, whole, 100).high, 10, 1e-9);
  EXPECT_GE(zoomed(in, whole, 4, 1e-9).size(), 10.0 / 5000 - 1e-12);
}

}  // namespace
}  // namespace warpscope::scene
