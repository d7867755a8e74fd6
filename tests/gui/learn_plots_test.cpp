#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "app/panels/learn_confusion.h"
#include "app/panels/learn_runs.h"
#include "tests/gui/plots_fixture.h"

namespace warpscope::tests {
namespace {

using panels::Focus;
using panels::Frame;
using session::TrainingStatus;
constexpr auto draw = draw_plots;

// ---- Curves

using Curves = Plots;

TEST_F(Curves, TellTheirNumbersInBothPlotsWhereverOneIsPointedAt) {
  gui.move({kLoss.x + 200, kLoss.y + 150}, draw);
  EXPECT_EQ(gui.ui.hovered.kind, Focus::Kind::kLossCurve);
  const double at_loss = gui.ui.learn.curves.crosshair;
  gui.move({kAccuracy.x + 200, kAccuracy.y + 150}, draw);
  EXPECT_EQ(gui.ui.hovered.kind, Focus::Kind::kAccuracyCurve);
  EXPECT_NEAR(gui.ui.learn.curves.crosshair, at_loss, 0.01) << "the two plots have the same epochs below each other";
}

TEST_F(Curves, HoldWhatWasClickedUntilTheSamePlaceIsClickedAgain) {
  const scene::Vec2 place{kLoss.x + 200, kLoss.y + 150};
  gui.click(place, draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kLossCurve);
  const double held = gui.ui.learn.curves.crosshair;
  gui.move({kLoss.x + 300, kLoss.y + 150}, draw);
  EXPECT_EQ(gui.ui.learn.curves.crosshair, held);
  gui.click(place, draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kNone);
}

TEST_F(Curves, LetGoWithEscape) {
  gui.click(scene::Vec2{kAccuracy.x + 200, kAccuracy.y + 150}, draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kAccuracyCurve);
  gui.key("Esc", draw);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kNone);
}

TEST_F(Curves, ZoomWithTheWheelPanWithADragAndReturnWithADoubleClick) {
  const scene::Vec2 place{kLoss.x + 250, kLoss.y + 150};
  gui.move(place, draw);
  gui.wheel(5, draw);
  ASSERT_TRUE(gui.ui.learn.curves.zoom.has_value());
  const scene::Range before = *gui.ui.learn.curves.zoom;
  EXPECT_LT(before.size(), 2);
  gui.press(draw);
  gui.move({place.x - 60, place.y}, draw);
  gui.release(draw);
  EXPECT_GT(gui.ui.learn.curves.zoom->low, before.low) << "dragged to the left: later epochs come in";
  EXPECT_NEAR(gui.ui.learn.curves.zoom->size(), before.size(), 1e-9);
  EXPECT_EQ(gui.ui.pinned.kind, Focus::Kind::kNone) << "a drag is no click";
  gui.frames(60, draw);
  gui.click(place, draw);
  gui.click(place, draw);
  EXPECT_FALSE(gui.ui.learn.curves.zoom.has_value());
}

TEST_F(Curves, SwitchTheLossToALinearAxis) {
  EXPECT_TRUE(gui.ui.log_loss);
  gui.click("log", draw);
  EXPECT_FALSE(gui.ui.log_loss);
}

TEST_F(Curves, AreExportedAsCsvIntoAFolderThatIsThere) {
  gui.click("Export loss", draw);
  gui.frame(draw);
  gui.click("Loss as CSV", draw);
  ASSERT_EQ(gui.sent<session::ExportCurve>().size(), 1U);
  const std::filesystem::path csv = gui.sent<session::ExportCurve>()[0].csv;
  EXPECT_EQ(csv.parent_path(), folder.path() / "exports");
  EXPECT_EQ(csv.extension(), ".csv");
  EXPECT_TRUE(std::filesystem::is_directory(csv.parent_path()));
}

TEST_F(Curves, AreExportedAsAPictureOnceTheMenuIsGone) {
  gui.click("Export accuracy", draw);
  gui.frame(draw);
  gui.click("Accuracy as PNG", draw);
  EXPECT_TRUE(gui.ui.requests.save_region_png.empty()) << "the menu is still on the screen";
  gui.frames(2, draw);
  ASSERT_EQ(gui.ui.requests.save_region_png.size(), 1U);
  EXPECT_EQ(gui.ui.requests.save_region, kAccuracy);
  EXPECT_EQ(gui.ui.requests.save_region_png[0].extension(), ".png");
  gui.frames(5, draw);
  EXPECT_EQ(gui.ui.requests.save_region_png.size(), 1U) << "asked for once";
}

TEST_F(Curves, OfferToStartWhereThereAreNone) {
  show({.status = TrainingStatus::kReady, .steps = 0, .evaluated = false, .compared_runs = 0});
  gui.click("Start the first run", draw);
  EXPECT_EQ(gui.sent<session::StartTraining>().size(), 1U);
}

TEST_F(Curves, OfAHundredEpochsAreDecimatedOnce) {
  show({.steps = 86'000});
  gui.frames(20, [](const Frame& f) { panels::draw_curves(f, kLoss, kAccuracy); });
  EXPECT_EQ(gui.ui.learn.curves.columns.points_added(), 0U) << "nothing is decimated twice";
}

// ---- Confusion

using Confusion = Plots;

TEST(ConfusionSentence, SpeaksOfDigitsAsPeopleDo) {
  training::Evaluation numbers;
  numbers.confusion[7] = {0, 0, 6, 1, 0, 0, 0, 93, 0, 0};
  EXPECT_EQ(panels::confusion_sentence(numbers, 7, 2), "6 sevens were read as 2. Click to see them.");
  EXPECT_EQ(panels::confusion_sentence(numbers, 7, 3), "1 seven was read as 3. Click to see it.");
  EXPECT_EQ(panels::confusion_sentence(numbers, 7, 5), "No seven was read as 5.");
  EXPECT_EQ(panels::confusion_sentence(numbers, 7, 7), "93 sevens were read right: 93.0 %.");
  EXPECT_DOUBLE_EQ(panels::class_accuracy(numbers, 7), 0.93);
}

// In the sample every 17th picture, from the third on, is read as its label plus 5.
TEST_F(Confusion, ShowsThePicturesOfAClickedCell) {
  gui.click("Confusion 3 as 8", draw);
  gui.frame(draw);
  ASSERT_EQ(gui.ui.confusion_cell, (std::array{3, 8}));
  const std::vector<int> pictures = gui.view.evaluation->pictures_of(3, 8);
  ASSERT_FALSE(pictures.empty());
  for (const int index : pictures) EXPECT_TRUE(has_target("Validation " + std::to_string(index)));
  gui.key("Esc", draw);
  gui.frame(draw);
  EXPECT_FALSE(gui.ui.confusion_cell.has_value());
  EXPECT_TRUE(has_target("Confusion 3 as 8"));
}

TEST_F(Confusion, DoesNotOpenACellWithoutPictures) {
  gui.click("Confusion 3 as 4", draw);
  EXPECT_FALSE(gui.ui.confusion_cell.has_value());
}

TEST_F(Confusion, TellsWhatIsPointedAt) {
  gui.move(gui.target("Confusion 3 as 8").centre(), draw);
  EXPECT_EQ(gui.ui.hovered.kind, Focus::Kind::kConfusion);
  EXPECT_EQ(gui.ui.hovered.row, 3);
  EXPECT_EQ(gui.ui.hovered.column, 8);
}

TEST_F(Confusion, PutsAClickedPictureIntoTheNetworkWhileThePadIsEmpty) {
  gui.click("Most wrong", draw);
  gui.frame(draw);
  const int worst = gui.view.evaluation->most_wrong.front();
  gui.click("Validation " + std::to_string(worst), draw);
  ASSERT_EQ(gui.sent<session::ShowExample>().size(), 1U);
  EXPECT_EQ(gui.sent<session::ShowExample>()[0].index, worst);
}

TEST_F(Confusion, SaysWhyAPictureCannotBeShownWhileThePadIsFull) {
  gui.ui.editor.replace(sample_drawing());
  gui.click("Most wrong", draw);
  gui.frame(draw);
  gui.click("Validation " + std::to_string(gui.view.evaluation->most_wrong.front()), draw);
  EXPECT_TRUE(gui.sent<session::ShowExample>().empty());
  ASSERT_EQ(gui.ui.toasts.size(), 1U);
  EXPECT_THAT(gui.ui.toasts[0].text, testing::HasSubstr("Clear it"));
}

TEST_F(Confusion, HasAnEmptyStateBeforeTheFirstValidation) {
  show({.evaluated = false});
  EXPECT_FALSE(has_target("Confusion matrix"));
}

TEST_F(Confusion, StaysInsideItsPanelAtEverySize) {
  for (const scene::Rect r : {scene::Rect{10, 10, 236, 266}, scene::Rect{10, 10, 130, 150},
                              scene::Rect{10, 10, 392, 376}, scene::Rect{10, 10, 980, 640}}) {
    BareGui other{1920, 1080};
    other.view = gui.view;
    other.frames(2, [&](const Frame& f) { panels::draw_confusion(f, r); });
    const scene::Rect matrix = other.target("Confusion matrix");
    EXPECT_GE(matrix.x, r.x) << r.w;
    EXPECT_LE(matrix.right(), r.right()) << r.w;
    EXPECT_LE(matrix.bottom(), r.bottom()) << r.h;
    EXPECT_GT(matrix.w, r.w * 0.3F) << r.w;
  }
}

// ---- Runs

class Runs : public Plots {
 protected:
  Runs() {
    gui.view.training.run_id = 3;
    gui.key("C", draw);
    gui.frames(2, draw);
  }
};

TEST_F(Runs, AreOpenedByAKeyAndByTheButton) {
  EXPECT_TRUE(gui.ui.runs_open);
  gui.click("Close runs", draw);
  EXPECT_FALSE(gui.ui.runs_open);
  gui.frame(draw);
  gui.click("Compare runs", draw);
  EXPECT_TRUE(gui.ui.runs_open);
}

TEST_F(Runs, StandBehindTheCurvesOnceTicked) {
  gui.click("Compare 1", draw);
  gui.click("Compare 2", draw);
  ASSERT_EQ(gui.sent<session::CompareRuns>().size(), 2U);
  EXPECT_THAT(gui.sent<session::CompareRuns>().back().ids, testing::UnorderedElementsAre(1, 2));
  gui.click("Compare 1", draw);
  EXPECT_THAT(gui.sent<session::CompareRuns>().back().ids, testing::ElementsAre(2));
  gui.click("Compare none", draw);
  EXPECT_TRUE(gui.sent<session::CompareRuns>().back().ids.empty());
}

TEST_F(Runs, AreRenamedInPlace) {
  gui.click("Name of 2", draw);
  gui.frame(draw);
  ASSERT_EQ(gui.ui.learn.runs.renaming, 2);
  EXPECT_EQ(gui.ui.learn.runs.name, "small rate");
  set("Run name", "a tenth of the rate");
  gui.key("Enter", draw);
  ASSERT_EQ(gui.sent<session::RenameRun>().size(), 1U);
  EXPECT_EQ(gui.sent<session::RenameRun>()[0].id, 2);
  EXPECT_EQ(gui.sent<session::RenameRun>()[0].name, "a tenth of the rate");
}

TEST_F(Runs, KeepTheirNameWhereNoneIsGiven) {
  gui.click("Name of 2", draw);
  gui.frame(draw);
  set("Run name", "   ");
  gui.key("Enter", draw);
  EXPECT_TRUE(gui.sent<session::RenameRun>().empty());
  EXPECT_EQ(gui.ui.learn.runs.renaming, 0);
}

TEST_F(Runs, AreDeletedAfterAQuestionInTheirRow) {
  gui.click("Delete 1", draw);
  gui.frame(draw);
  EXPECT_TRUE(gui.sent<session::DeleteRun>().empty());
  gui.click("Keep run", draw);
  gui.frame(draw);
  gui.click("Delete 1", draw);
  gui.frame(draw);
  gui.click("Delete run", draw);
  ASSERT_EQ(gui.sent<session::DeleteRun>().size(), 1U);
  EXPECT_EQ(gui.sent<session::DeleteRun>()[0].id, 1);
}

TEST_F(Runs, KeepTheOneThatIsBeingTrained) {
  gui.click("Delete 3", draw);
  gui.frame(draw);
  EXPECT_FALSE(has_target("Delete run"));
}

TEST_F(Runs, CanBeWorkedWithKeysAlone) {
  gui.key("Down", draw);
  gui.key("Down", draw);
  EXPECT_EQ(gui.ui.learn.runs.row, 2);
  gui.key("Space", draw);
  EXPECT_THAT(gui.sent<session::CompareRuns>().back().ids, testing::ElementsAre(2));
  gui.key("Delete", draw);
  EXPECT_EQ(gui.ui.learn.runs.deleting, 2);
  gui.key("Enter", draw);
  EXPECT_EQ(gui.sent<session::DeleteRun>().size(), 1U);
  EXPECT_TRUE(gui.sent<session::StartTraining>().empty()) << "the workspace behind does not listen";
  EXPECT_TRUE(gui.sent<session::PauseTraining>().empty());
}

TEST_F(Runs, ExportThePresentCurve) {
  gui.click("Export run", draw);
  ASSERT_EQ(gui.sent<session::ExportCurve>().size(), 1U);
  EXPECT_EQ(gui.sent<session::ExportCurve>()[0].csv.parent_path(), folder.path() / "exports");
}

TEST_F(Runs, ScrollWhereThereAreMany) {
  auto runs = std::make_shared<session::RunsView>(*gui.view.runs);
  for (int i = 10; i < 200; ++i) {
    runs->runs.push_back(runs->runs.back());
    runs->runs.back().id = i;
  }
  gui.view.runs = runs;
  gui.frames(2, draw);
  EXPECT_FALSE(has_target("Compare 199")) << "out of view";
  gui.move(gui.target("Compare 10").centre(), draw);
  gui.wheel(-500, draw);
  gui.frame(draw);
  EXPECT_TRUE(has_target("Compare 199"));
}

TEST(RunTimes, AreShort) {
  EXPECT_EQ(panels::short_time("2026-11-21T11:38:48.123Z"), "21 Nov 11:38");
  EXPECT_EQ(panels::short_time("yesterday"), "yesterday");
  EXPECT_EQ(panels::short_time("2026-99-21T11:38:48.123Z"), "2026-99-21T11:38:48.123Z");
}

}  // namespace
}  // namespace warpscope::tests
