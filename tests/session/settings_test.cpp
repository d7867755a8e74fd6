// What changes while training runs, and what waits for a restart.
#include <gtest/gtest.h>

#include "compute/session/settings_rules.h"
#include "tests/session/live_session.h"

namespace warpscope::session {
namespace {

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() : session_(options()) {}
  LearnOptions options() {
    LearnOptions made = small_options(folder_.path());
    made.settings.epochs = 500;
    return made;
  }
  bool train_a_little() {
    session_.send(StartTraining{});
    return session_.wait([](const LearnView& view) { return view.training.step > 5; });
  }

  TemporaryFolder folder_;
  LiveSession session_;
};

TEST_F(SettingsTest, RateOptimizerScheduleEpochsAndAugmentationApplyWhileItRuns) {
  ASSERT_TRUE(train_a_little());
  LearnSettings asked = session_.view().training.settings;
  asked.rate = 0.02F;
  asked.optimizer.kind = training::OptimizerKind::kMomentum;
  asked.epochs = 400;
  asked.augmentation = training::mnist_augmentation();
  session_.send(ApplySettings{asked});
  ASSERT_TRUE(session_.wait([&](const LearnView& view) { return view.training.settings == asked; }));
  EXPECT_EQ(session_.view().training.status, TrainingStatus::kTraining);
  EXPECT_FALSE(session_.view().training.pending.has_value());
  EXPECT_FLOAT_EQ(session_.view().training.rate_now, 0.02F);
  EXPECT_EQ(session_.view().training.total_steps, 400 * session_.view().training.steps_per_epoch);
}

TEST_F(SettingsTest, NetworkBatchAndSeedWaitForAReset) {
  ASSERT_TRUE(train_a_little());
  LearnSettings asked = session_.view().training.settings;
  asked.network = "mlp64-sigmoid";
  asked.batch = 25;
  asked.rate = 0.005F;
  session_.send(ApplySettings{asked});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.training.pending.has_value(); }));
  EXPECT_EQ(*session_.view().training.pending, asked);
  EXPECT_EQ(session_.view().training.settings.network, "mlp128");
  EXPECT_EQ(session_.view().training.settings.batch, 50);
  EXPECT_FLOAT_EQ(session_.view().training.settings.rate, 0.005F);  // that part needs no restart
  session_.send(ResetTraining{});
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kReady));
  EXPECT_EQ(session_.view().training.settings, asked);
  EXPECT_FALSE(session_.view().training.pending.has_value());
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.probe->network->name == "mlp64-sigmoid"; }));
}

TEST_F(SettingsTest, TakingTheWishBackLeavesNothingPending) {
  ASSERT_TRUE(train_a_little());
  const LearnSettings before = session_.view().training.settings;
  LearnSettings asked = before;
  asked.seed = 7;
  session_.send(ApplySettings{asked});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.training.pending.has_value(); }));
  session_.send(ApplySettings{before});
  EXPECT_TRUE(session_.wait([](const LearnView& view) { return !view.training.pending.has_value(); }));
}

TEST_F(SettingsTest, BeforeTheFirstStepEverythingAppliesAtOnce) {
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kReady));
  LearnSettings asked = session_.view().training.settings;
  asked.network = "mlp128-64";
  asked.batch = 100;
  asked.seed = 5;
  session_.send(ApplySettings{asked});
  ASSERT_TRUE(session_.wait([&](const LearnView& view) { return view.training.settings == asked; }));
  EXPECT_EQ(session_.view().training.status, TrainingStatus::kReady);
  EXPECT_EQ(session_.view().training.steps_per_epoch, 22);  // 2,200 / 100
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.probe->network->name == "mlp128-64"; }));
  EXPECT_EQ(*session_.view().probe->weights, training::initial_weights(*training::find_network("mlp128-64"), 5));
}

TEST_F(SettingsTest, NonsenseIsRefusedWithWhatIsAccepted) {
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kReady));
  const LearnSettings before = session_.view().training.settings;
  LearnSettings asked = before;
  asked.network = "cnn33";
  session_.send(ApplySettings{asked});
  EXPECT_TRUE(session_.wait_message("cnn32"));
  asked = before;
  asked.batch = 0;
  session_.send(ApplySettings{asked});
  EXPECT_TRUE(session_.wait_message("1 to 4096"));
  asked = before;
  asked.rate = -1;
  session_.send(ApplySettings{asked});
  EXPECT_TRUE(session_.wait_message("above 0"));
  EXPECT_EQ(session_.view().training.settings, before);
}

TEST_F(SettingsTest, FewerEpochsThanWereBegunEndWithTheOneUnderWay) {
  ASSERT_TRUE(train_a_little());
  LearnSettings asked = session_.view().training.settings;
  asked.epochs = 1;
  session_.send(ApplySettings{asked});
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kFinished));
  EXPECT_EQ(session_.view().training.step % session_.view().training.steps_per_epoch, 0);
  EXPECT_TRUE(session_.view().training.test_accuracy.has_value());
}

TEST(SettingsRules, WhatTheStoreKeepsComesBack) {
  LearnSettings settings;
  settings.network = "cnn32-64";
  settings.optimizer.kind = training::OptimizerKind::kMomentum;
  settings.schedule = training::ScheduleKind::kOneCycle;
  settings.rate = 0.05F;
  settings.batch = 128;
  settings.epochs = 9;
  settings.seed = 77;
  const auto back = settings_of(run_settings(settings, "cpu"));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, settings);
}

}  // namespace
}  // namespace warpscope::session
