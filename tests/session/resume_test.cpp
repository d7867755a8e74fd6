// Closing and starting again: the network, its curve and its run are there; runs are compared, named, exported.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "compute/training/safetensors.h"
#include "tests/session/live_session.h"
#include "tests/support/styles.h"

namespace warpscope::session {
namespace {

TEST(Resume, AFinishedNetworkIsBackWithItsCurveAndItsRun) {
  TemporaryFolder folder;
  training::Weights trained;
  std::int64_t run = 0;
  double accuracy = 0;
  {
    LiveSession session(small_options(folder.path()));
    ASSERT_TRUE(session.train_to_the_end());
    ASSERT_TRUE(session.wait([](const LearnView& view) {
      return view.probe->step == view.training.step && !view.runs->runs.empty() && view.runs->runs[0].test_accuracy;
    }));
    trained = *session.view().probe->weights;
    run = session.view().training.run_id;
    accuracy = *session.view().training.validation_accuracy;
  }
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.wait_status(TrainingStatus::kFinished));
  ASSERT_TRUE(session.wait([](const LearnView& view) {
    return view.probe && view.probe->step == view.training.step && view.evaluation != nullptr &&
           view.training.run_id != 0;
  }));
  const LearnView& view = session.view();
  EXPECT_EQ(*view.probe->weights, trained);
  EXPECT_EQ(view.training.run_id, run);
  EXPECT_EQ(view.training.step, 88);
  EXPECT_EQ(view.curves->train_count(), 88U);
  EXPECT_DOUBLE_EQ(*view.training.validation_accuracy, accuracy);
  EXPECT_TRUE(view.training.test_accuracy.has_value());
}

TEST(Resume, AnInterruptedRunGoesOnFromItsLastEpoch) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.settings.epochs = 1000;
  int epochs = 0;
  {
    LiveSession session(options);
    session.send(StartTraining{});
    ASSERT_TRUE(session.wait(
        [](const LearnView& view) { return !view.runs->runs.empty() && view.runs->runs.front().epochs_done >= 2; }));
    session.close();
    auto store = store::Store::open_read_only(folder.path());
    ASSERT_TRUE(store);
    epochs = store->runs()->front().epochs_done;
  }
  LiveSession session(options);
  ASSERT_TRUE(session.wait_status(TrainingStatus::kPaused));
  EXPECT_EQ(session.view().training.step, epochs * session.view().training.steps_per_epoch);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait([&](const LearnView& view) { return view.runs->runs.front().epochs_done > epochs; }));
  EXPECT_EQ(session.view().runs->runs.size(), 1U);
}

TEST(Resume, AResumedNetworkLearnsALabelledDrawingAtOnce) {
  TemporaryFolder folder;
  {
    LiveSession session(small_options(folder.path()));
    ASSERT_TRUE(session.train_to_the_end());
  }
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.wait_status(TrainingStatus::kFinished));
  session.send(LabelDrawing{0, tests::make_digit(tests::Style::kSlashedZero, 0, 3)});
  EXPECT_TRUE(session.wait_message("of your 1 drawing is read correctly now"));
}

TEST(Resume, SomebodyWhoAsksForNothingInParticularGetsTheNetworkOfLastTime) {
  TemporaryFolder folder;
  LearnOptions asked = small_options(folder.path());
  asked.settings.network = "mlp128-64";
  asked.settings.batch = 40;
  {
    LiveSession session(asked);
    ASSERT_TRUE(session.train_to_the_end());
  }
  LearnOptions plain = asked;
  plain.settings = LearnSettings{};
  LiveSession session(plain);
  ASSERT_TRUE(session.wait_status(TrainingStatus::kFinished));
  EXPECT_EQ(session.view().training.settings.network, "mlp128-64");
  EXPECT_EQ(session.view().training.settings.batch, 40);
  EXPECT_EQ(session.view().training.settings.epochs, 2);

  LearnOptions another = asked;
  another.settings.network = "mlp128";
  LiveSession fresh(another);
  EXPECT_TRUE(fresh.wait_status(TrainingStatus::kReady));
  LearnOptions anew = asked;
  anew.resume = false;
  LiveSession second(anew);
  EXPECT_TRUE(second.wait_status(TrainingStatus::kReady));
}

TEST(Resume, ResetPutsTheOldNetworkAsideSoThatItDoesNotComeBack) {
  TemporaryFolder folder;
  {
    LiveSession session(small_options(folder.path()));
    ASSERT_TRUE(session.train_to_the_end());
    session.send(ResetTraining{});
    ASSERT_TRUE(session.wait_status(TrainingStatus::kReady));
  }
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "checkpoint.previous.safetensors"));
  LiveSession session(small_options(folder.path()));
  EXPECT_TRUE(session.wait_status(TrainingStatus::kReady));
}

TEST(Weights, SavedWeightsAreLoadedByAnotherSession) {
  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mine.safetensors";
  LiveSession session(small_options(folder.path() / "a"));
  ASSERT_TRUE(session.train_to_the_end());
  session.send(SaveWeights{file});
  ASSERT_TRUE(session.wait_message("Weights saved"));
  const auto saved = training::load_checkpoint(file);
  ASSERT_TRUE(saved) << saved.error().text();
  EXPECT_EQ(saved->network, "mlp128");

  LearnOptions options = small_options(folder.path() / "b");
  options.settings.network = "cnn32";
  LiveSession other(options);
  ASSERT_TRUE(other.wait_status(TrainingStatus::kReady));
  other.send(LoadWeights{file});
  ASSERT_TRUE(other.wait_status(TrainingStatus::kFinished));
  ASSERT_TRUE(other.wait([&](const LearnView& view) { return *view.probe->weights == saved->weights; }));
  EXPECT_EQ(other.view().training.settings.network, "mlp128");
  ASSERT_TRUE(other.wait([](const LearnView& view) { return view.training.validation_accuracy.has_value(); }));
  EXPECT_DOUBLE_EQ(*other.view().training.validation_accuracy, *session.view().training.validation_accuracy);
  other.send(LoadWeights{folder.path() / "none.safetensors"});
  EXPECT_TRUE(other.wait_message("none.safetensors"));
}

TEST(Runs, AreComparedNamedDeletedAndExported) {
  TemporaryFolder folder;
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.train_to_the_end());
  ASSERT_TRUE(
      session.wait([](const LearnView& view) { return !view.runs->runs.empty() && view.runs->runs[0].test_accuracy; }));
  const std::int64_t first = session.view().training.run_id;
  const auto first_curve = session.view().curves;
  session.send(DeleteRun{first});
  ASSERT_TRUE(session.wait_message("the run being trained"));
  session.send(ExportCurve{folder.path() / "curve.csv"});
  ASSERT_TRUE(session.wait_message("Curve exported"));
  session.send(ResetTraining{});
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.runs->runs.size() == 2; }));
  session.send(CompareRuns{{first}});
  session.send(RenameRun{first, "the first one"});
  ASSERT_TRUE(session.wait([](const LearnView& view) {
    return view.runs->compared.size() == 1 && view.runs->compared[0].summary.name == "the first one";
  }));
  const auto compared = session.view().runs->compared[0].curve;
  ASSERT_EQ(compared->train.size(), first_curve->train_count());
  for (std::size_t i = 0; i < compared->train.size(); ++i) {
    ASSERT_EQ(compared->train[i].step, first_curve->train_at(i).step);
    ASSERT_FLOAT_EQ(compared->train[i].loss, first_curve->train_at(i).loss);
  }
  EXPECT_EQ(compared->epochs.size(), 2U);
  session.send(DeleteRun{first});
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.runs->runs.size() == 1; }));

  std::ifstream csv(folder.path() / "curve.csv");
  std::string line;
  ASSERT_TRUE(std::getline(csv, line));
  EXPECT_EQ(line, "epoch,step,kind,loss,accuracy");
  int lines = 0;
  while (std::getline(csv, line)) ++lines;
  EXPECT_EQ(lines, 88 + 8);  // steps, and four validations an epoch
}

}  // namespace
}  // namespace warpscope::session
