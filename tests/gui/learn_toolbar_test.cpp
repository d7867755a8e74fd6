#include "app/panels/learn_toolbar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compute/training/trainer.h"
#include "tests/gui/plots_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using session::TrainingStatus;
constexpr auto draw = draw_plots;

using Toolbar = Plots;

TEST_F(Toolbar, PausesWhatRunsAndStartsWhatRests) {
  gui.click("Pause", draw);
  EXPECT_EQ(gui.sent<session::PauseTraining>().size(), 1U);
  for (const TrainingStatus status : {TrainingStatus::kReady, TrainingStatus::kPaused, TrainingStatus::kFinished}) {
    show({.status = status});
    gui.click("Start", draw);
    EXPECT_EQ(gui.sent<session::StartTraining>().size(), 1U) << static_cast<int>(status);
  }
}

TEST_F(Toolbar, OffersOneStepAndReset) {
  gui.click("One step, slowly", draw);
  EXPECT_EQ(gui.sent<session::AdvanceStep>().size(), 1U);
  gui.click("Reset", draw);
  EXPECT_EQ(gui.sent<session::ResetTraining>().size(), 1U);
}

TEST_F(Toolbar, ChangesTheRateAndNothingElse) {
  set("Rate", "0.0005");
  session::LearnSettings expected = gui.view.training.settings;
  expected.rate = 0.0005F;
  ASSERT_EQ(gui.sent<session::ApplySettings>().size(), 1U);
  EXPECT_EQ(asked(), expected);
}

TEST_F(Toolbar, KeepsTheOldRateWhereTheNewOneIsNoNumber) {
  set("Rate", "fast");
  set("Rate", "-1");
  set("Batch", "0");
  set("Batch", "2.5");
  EXPECT_TRUE(gui.sent<session::ApplySettings>().empty());
  EXPECT_FALSE(gui.ui.widgets.fields.at("Rate").problem.empty()) << "the reason stands beside the field";
}

TEST_F(Toolbar, ShowsWhatWasAskedForUntilTheSessionAnswers) {
  set("Rate", "0.002");
  set("Seed", "7");
  EXPECT_FLOAT_EQ(asked().rate, 0.002F) << "the second wish contains the first, although no view has it yet";
  EXPECT_EQ(asked().seed, 7U);
}

TEST_F(Toolbar, GoesBackToWhatIsInForceWhereTheSessionRefuses) {
  set("Seed", "7");
  gui.ui.now += 10;
  gui.frame(draw);
  set("Rate", "0.002");
  EXPECT_EQ(asked().seed, gui.view.training.settings.seed);
}

TEST_F(Toolbar, FollowsTheOptimiserWithItsUsualRateUnlessOneWasChosen) {
  set("Optimiser", "SGD");
  EXPECT_EQ(asked().optimizer.kind, training::OptimizerKind::kSgd);
  EXPECT_EQ(asked().rate, training::usual_rate(training::find_network("cnn32").value(), training::OptimizerKind::kSgd,
                                               training::ScheduleKind::kConstant));
  answer();
  set("Rate", "0.03");
  answer();
  set("Optimiser", "Adam");
  EXPECT_FLOAT_EQ(asked().rate, 0.03F);
}

TEST_F(Toolbar, TurnsAugmentationOffAndTheSameOnAgain) {
  session::LearnSettings settings = gui.view.training.settings;
  settings.augmentation.shear_degrees = 11;
  gui.view.training.settings = settings;
  set("Augment", "off");
  EXPECT_FALSE(asked().augmentation.any());
  answer();
  set("Augment", "on");
  EXPECT_EQ(asked().augmentation, settings.augmentation);
}

TEST_F(Toolbar, OpensTheKindsOfAugmentationAsSliders) {
  EXPECT_FALSE(has_target("Rotate"));
  gui.click("Augmentation kinds", draw);
  gui.frame(draw);
  set("Rotate", "20");
  EXPECT_FLOAT_EQ(asked().augmentation.rotate_degrees, 20);
  gui.key("Esc", draw);
  gui.frame(draw);
  EXPECT_FALSE(has_target("Rotate"));
}

TEST_F(Toolbar, KeepsWhatHasNoRoomBehindMore) {
  EXPECT_FALSE(has_target("Epochs"));
  gui.click("More settings", draw);
  gui.frame(draw);
  set("Epochs", "12");
  EXPECT_EQ(asked().epochs, 12);
  set("Schedule", "One-cycle");
  EXPECT_EQ(asked().schedule, training::ScheduleKind::kOneCycle);
  gui.click(scene::Vec2{1000, 900}, draw);
  gui.frame(draw);
  EXPECT_FALSE(has_target("Epochs")) << "a click beside it closes it";
}

TEST_F(Toolbar, SaysInPlaceWhatWaitsForAReset) {
  EXPECT_FALSE(has_target("Reset now"));
  set("Network", "mlp128");
  set("Seed", "3");
  answer();
  EXPECT_EQ(panels::waiting_settings(gui.view.training), "mlp128 and seed 3");
  EXPECT_TRUE(panels::waits_for_reset(gui.view.training, panels::SettingId::kNetwork));
  EXPECT_FALSE(panels::waits_for_reset(gui.view.training, panels::SettingId::kBatch));
  gui.click("Reset now", draw);
  EXPECT_EQ(gui.sent<session::ResetTraining>().size(), 1U);
}

TEST_F(Toolbar, TakesBackWhatWaitsForAReset) {
  set("Network", "mlp128");
  answer();
  gui.click("Keep as it is", draw);
  ASSERT_EQ(gui.sent<session::ApplySettings>().size(), 1U);
  EXPECT_EQ(asked(), gui.view.training.settings);
}

TEST_F(Toolbar, ShowsTheWayOnAfterTheLossExploded) {
  show({.status = TrainingStatus::kDiverged});
  gui.click("Go on at a lower rate", draw);
  ASSERT_EQ(gui.sent<session::RecoverTraining>().size(), 1U);
  EXPECT_FLOAT_EQ(gui.sent<session::RecoverTraining>()[0].rate, 1e-4F);
  gui.click("Reset after divergence", draw);
  EXPECT_EQ(gui.sent<session::ResetTraining>().size(), 1U);
}

TEST_F(Toolbar, OffersToTryAgainAfterAFailure) {
  show({.status = TrainingStatus::kFailed});
  gui.click("Try again", draw);
  EXPECT_EQ(gui.sent<session::StartTraining>().size(), 1U);
}

TEST_F(Toolbar, NeverRunsOverItsOwnEdgeOrIntoItself) {
  for (const float width : {300.0F, 420.0F, 560.0F, 772.0F, 900.0F, 1100.0F, 1208.0F, 1500.0F, 2920.0F}) {
    const scene::Rect bar{100, 44, width, width < 1000 ? 40.0F : 48.0F};
    BareGui other{3840, 1080};
    other.view = gui.view;
    const auto draw_bar = [&](const Frame& f) { panels::draw_learn_toolbar(f, bar); };
    other.frames(2, draw_bar);
    std::vector<panels::Target> things;
    for (const panels::Target& target : other.ui.targets) {
      if (target.rect.y < bar.bottom() && target.name != "Augment") things.push_back(target);
    }
    EXPECT_GE(things.size(), 3U);
    for (std::size_t i = 0; i < things.size(); ++i) {
      EXPECT_LE(things[i].rect.right(), bar.right()) << things[i].name << " at " << width;
      for (std::size_t k = i + 1; k < things.size(); ++k) {
        const bool apart = things[i].rect.right() <= things[k].rect.x || things[k].rect.right() <= things[i].rect.x;
        EXPECT_TRUE(apart) << things[i].name << " and " << things[k].name << " at " << width;
      }
    }
  }
}

}  // namespace
}  // namespace warpscope::tests
