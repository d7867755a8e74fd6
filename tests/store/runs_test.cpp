#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/store/kill_child/work.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

using testing::HasSubstr;

const store::RunSettings kSettings = {"cnn32", "adam", "one-cycle", "shift 2, rotate 10",  "cpu",
                                      0.001,   64,     5,           0xFEDC'BA98'7654'3210U};

class StoredRuns : public testing::Test {
 protected:
  ScratchFolder folder;
  store::Store store = *store::Store::open(folder.path());

  void add_epoch(std::int64_t run, int epoch) {
    const auto kept = store.add_epoch(run, epoch_number(epoch), points_of_epoch(epoch, 10), points_of_epoch(epoch, 2));
    ASSERT_TRUE(kept.has_value()) << kept.error().text();
  }
};

TEST_F(StoredRuns, KeepTheirSettingsToTheLastBitOfTheSeed) {
  const std::int64_t id = *store.begin_run(kSettings);
  store = *store::Store::open(folder.path());
  const auto runs = *store.runs();
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].id, id);
  EXPECT_EQ(runs[0].name, "cnn32 #1");
  EXPECT_EQ(runs[0].settings.network, "cnn32");
  EXPECT_EQ(runs[0].settings.optimizer, "adam");
  EXPECT_EQ(runs[0].settings.schedule, "one-cycle");
  EXPECT_EQ(runs[0].settings.augmentation, "shift 2, rotate 10");
  EXPECT_EQ(runs[0].settings.backend, "cpu");
  EXPECT_EQ(runs[0].settings.rate, 0.001);
  EXPECT_EQ(runs[0].settings.batch, 64);
  EXPECT_EQ(runs[0].settings.epochs, 5);
  EXPECT_EQ(runs[0].settings.seed, 0xFEDC'BA98'7654'3210U);
  EXPECT_EQ(runs[0].epochs_done, 0);
  EXPECT_FALSE(runs[0].validation_loss.has_value());
  EXPECT_FALSE(runs[0].test_accuracy.has_value());
}

TEST_F(StoredRuns, SumUpTheirLastEpochAndTheTest) {
  const std::int64_t run = *store.begin_run(kSettings);
  for (const int epoch : {1, 2, 3}) add_epoch(run, epoch);
  ASSERT_TRUE(store.set_test_accuracy(run, 0.9903).has_value());
  ASSERT_TRUE(store.set_backend(run, "cuda f16").has_value());
  const store::RunSummary summary = store.runs()->at(0);
  EXPECT_EQ(summary.epochs_done, 3);
  EXPECT_EQ(summary.validation_loss, epoch_number(3).validation_loss);
  EXPECT_EQ(summary.validation_accuracy, epoch_number(3).validation_accuracy);
  EXPECT_EQ(summary.test_accuracy, 0.9903);
  EXPECT_EQ(summary.settings.backend, "cuda f16");
}

TEST_F(StoredRuns, GiveTheirCurveBackPointByPoint) {
  const std::int64_t other = *store.begin_run(kSettings);
  const std::int64_t run = *store.begin_run(kSettings);
  add_epoch(other, 1);
  add_epoch(run, 1);
  add_epoch(run, 2);
  const auto curve = *store.curve(run);
  ASSERT_EQ(curve.epochs.size(), 2U);
  EXPECT_EQ(curve.epochs[1].epoch, 2);
  EXPECT_EQ(curve.epochs[1].step, 1718);
  EXPECT_EQ(curve.epochs[1].seconds, epoch_number(2).seconds);
  EXPECT_EQ(curve.epochs[1].train_loss, epoch_number(2).train_loss);
  EXPECT_EQ(curve.epochs[1].train_accuracy, epoch_number(2).train_accuracy);
  EXPECT_EQ(curve.epochs[1].samples_per_second, epoch_number(2).samples_per_second);
  ASSERT_EQ(curve.train.size(), 20U);
  ASSERT_EQ(curve.validation.size(), 4U);
  const auto second = points_of_epoch(2, 10);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(curve.train[10 + i].step, second[i].step);
    EXPECT_EQ(curve.train[10 + i].epoch, second[i].epoch);
    EXPECT_EQ(curve.train[10 + i].loss, second[i].loss);
    EXPECT_EQ(curve.train[10 + i].accuracy, second[i].accuracy);
  }
}

TEST_F(StoredRuns, KeepTheNumbersOfARunThatExploded) {
  const std::int64_t run = *store.begin_run(kSettings);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<store::CurvePoint> points = {{-1, 0, static_cast<float>(infinity), 0},
                                                 {1LL << 40, 1, static_cast<float>(nan), 0.1F}};
  ASSERT_TRUE(store.add_epoch(run, {1, 859, 2.5, infinity, 0.1, nan, 0.1, 1000}, points, {}).has_value());
  const auto curve = *store.curve(run);
  EXPECT_EQ(curve.epochs[0].train_loss, infinity);
  EXPECT_TRUE(std::isnan(curve.epochs[0].validation_loss));
  EXPECT_EQ(curve.train[0].step, -1);
  EXPECT_TRUE(std::isinf(curve.train[0].loss));
  EXPECT_EQ(curve.train[1].step, 1LL << 40);
  EXPECT_TRUE(std::isnan(curve.train[1].loss));
  EXPECT_TRUE(std::isnan(*store.runs()->at(0).validation_loss));
  EXPECT_TRUE(store.check()->sound);
}

TEST_F(StoredRuns, TakeAnEpochOnceAndOnlyForARunThatIsThere) {
  const std::int64_t run = *store.begin_run(kSettings);
  add_epoch(run, 1);
  EXPECT_THAT(store.add_epoch(run, epoch_number(1), points_of_epoch(1, 3), {}).error().message,
              HasSubstr("it has this epoch already"));
  EXPECT_THAT(store.add_epoch(run + 1, epoch_number(1), {}, {}).error().message, HasSubstr("no such run"));
  store::EpochRecord before_the_first;
  EXPECT_THAT(store.add_epoch(run, before_the_first, {}, {}).error().message, HasSubstr("count from 1"));
  EXPECT_EQ(store.curve(run)->train.size(), 10U);  // nothing of the refused ones was kept
}

TEST_F(StoredRuns, CanBeNamedAndGetTheirFirstNameBack) {
  const std::int64_t run = *store.begin_run(kSettings);
  ASSERT_TRUE(store.rename_run(run, "  my best 'run'; DROP TABLE runs -- ä  ").has_value());
  EXPECT_EQ(store.runs()->at(0).name, "my best 'run'; DROP TABLE runs -- ä");
  ASSERT_TRUE(store.rename_run(run, " ").has_value());
  EXPECT_EQ(store.runs()->at(0).name, "cnn32 #1");
  EXPECT_THAT(store.rename_run(run, std::string(201, 'x')).error().message, HasSubstr("may have 200"));
  EXPECT_THAT(store.rename_run(9, "x").error().message, HasSubstr("there is no run 9"));
}

TEST_F(StoredRuns, AreDeletedWithEverythingThatBelongsToThem) {
  const std::int64_t run = *store.begin_run(kSettings);
  const std::int64_t other = *store.begin_run(kSettings);
  add_epoch(run, 1);
  add_epoch(other, 1);
  ASSERT_TRUE(store.remove_run(run).has_value());
  EXPECT_THAT(store.curve(run).error().message, HasSubstr("there is no run 1"));
  EXPECT_THAT(store.remove_run(run).error().message, HasSubstr("there is no run 1"));
  EXPECT_EQ(store.curve(other)->train.size(), 10U);
  const auto report = *store.check();
  EXPECT_TRUE(report.sound);
  EXPECT_EQ(report.runs, 1);
}

TEST_F(StoredRuns, AreListedNewestFirst) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.begin_run(kSettings).has_value());
  const auto runs = *store.runs();
  EXPECT_EQ(runs[0].id, 3);
  EXPECT_EQ(runs[2].id, 1);
}

TEST(CurveCsv, HasOneLineAPoint) {
  store::RunCurve curve;
  curve.train = {{1, 0.5F, 2.25F, 0.125F}, {2, 1, std::numeric_limits<float>::quiet_NaN(), 0.1F}};
  curve.validation = {{2, 1, 1.5F, 0.75F}};
  EXPECT_EQ(store::curve_csv(curve),
            "epoch,step,kind,loss,accuracy\n"
            "0.5,1,train,2.25,0.125\n"
            "1,2,train,nan,0.1\n"
            "1,2,validation,1.5,0.75\n");
}

}  // namespace
}  // namespace warpscope::tests
