// A network's life in a session: loading, training, pausing, finishing, another round, reset.
#include <gtest/gtest.h>

#include <thread>

#include "tests/session/live_session.h"

namespace warpscope::session {
namespace {

TEST(Life, RealMnistIsLearnedInOneEpochAndTheTestSetReadOnce) {
  TemporaryFolder folder;
  LearnOptions options;
  options.data_dir = folder.path();
  options.mnist_dir = real_mnist();
  options.settings.network = "mlp128";
  options.settings.epochs = 1;
  options.settings.augmentation = training::no_augmentation();
  LiveSession session(options);
  ASSERT_TRUE(session.wait_status(TrainingStatus::kReady));
  EXPECT_EQ(session.view().training.data_name, "mnist");
  EXPECT_EQ(session.view().training.steps_per_epoch, 860);  // 55,000 / 64, rounded up
  EXPECT_EQ(session.view().evaluation, nullptr);
  ASSERT_TRUE(session.train_to_the_end());
  ASSERT_TRUE(session.wait([](const LearnView& view) {
    return !view.runs->runs.empty() && view.runs->runs.front().test_accuracy.has_value();
  }));

  const LearnView& view = session.view();
  EXPECT_EQ(view.training.step, 860);
  EXPECT_FLOAT_EQ(view.training.epoch, 1);
  // What one epoch of 784-128-10 with Adam gives everywhere.
  EXPECT_GT(*view.training.validation_accuracy, 0.94);
  EXPECT_GT(*view.training.test_accuracy, 0.93);
  EXPECT_EQ(view.evaluation->numbers->count, 5000);
  EXPECT_EQ(view.curves->train_count(), 860U);
  EXPECT_EQ(view.curves->train_at(859).step, 860);
  EXPECT_EQ(view.curves->validation.size(), 4U);
  EXPECT_LT(view.curves->smoothed.back().loss, view.curves->smoothed.front().loss / 4);
  const store::RunSummary& run = view.runs->runs.front();
  EXPECT_EQ(run.id, view.training.run_id);
  EXPECT_EQ(run.epochs_done, 1);
  EXPECT_EQ(run.test_accuracy, view.training.test_accuracy);
  EXPECT_DOUBLE_EQ(*run.validation_accuracy, *view.training.validation_accuracy);
}

TEST(Life, TheMostWrongPicturesAreWrongAndInOrderOfTheirLoss) {
  TemporaryFolder folder;
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.train_to_the_end());
  const EvaluationView& evaluation = *session.view().evaluation;
  const auto wrong =
      evaluation.numbers->count - static_cast<int>(evaluation.numbers->accuracy * evaluation.numbers->count + 0.5);
  EXPECT_EQ(static_cast<int>(evaluation.most_wrong.size()), std::min(200, wrong));
  for (std::size_t i = 0; i < evaluation.most_wrong.size(); ++i) {
    const auto at = static_cast<std::size_t>(evaluation.most_wrong[i]);
    EXPECT_NE(evaluation.numbers->read_as[at], evaluation.validation->labels[at]);
    if (i == 0) continue;
    EXPECT_LE(evaluation.numbers->loss_of[at],
              evaluation.numbers->loss_of[static_cast<std::size_t>(evaluation.most_wrong[i - 1])]);
  }
  int pictures = 0;
  for (int truth = 0; truth < 10; ++truth) {
    for (int read_as = 0; read_as < 10; ++read_as) {
      const auto cell = evaluation.pictures_of(truth, read_as);
      EXPECT_EQ(static_cast<int>(cell.size()),
                evaluation.numbers->confusion[static_cast<std::size_t>(truth)][static_cast<std::size_t>(read_as)]);
      pictures += static_cast<int>(cell.size());
    }
  }
  EXPECT_EQ(pictures, evaluation.numbers->count);
}

TEST(Life, PauseStopsAtOnceAndStartGoesOnFromThere) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.settings.epochs = 200;
  LiveSession session(options);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.training.step > 20; }));
  const auto begin = std::chrono::steady_clock::now();
  session.send(PauseTraining{});
  ASSERT_TRUE(session.wait_status(TrainingStatus::kPaused));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  RecordProperty("pause_ms", static_cast<int>(seconds * 1000));
  EXPECT_LT(seconds, 0.2);
  const std::int64_t paused_at = session.view().training.step;
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  EXPECT_EQ(session.view().training.step, paused_at);
  session.send(StartTraining{});
  EXPECT_TRUE(session.wait([&](const LearnView& view) { return view.training.step > paused_at + 20; }));
}

TEST(Life, PausedAndUntouchedItUsesNoProcessorTime) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.settings.epochs = 200;
  LiveSession session(options);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.training.step > 20; }));
  session.send(PauseTraining{});
  session.send(LabelDrawing{1, stroke_drawing(0)});
  ASSERT_TRUE(session.wait_message("saved as 1"));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // what was begun ends
  const std::clock_t begin = std::clock();                       // of all threads of the process
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const double share = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / 2;
  RecordProperty("paused_percent", std::to_string(share * 100));
  EXPECT_LT(share, 0.005);
}

TEST(Life, StartAfterTheEndTrainsAnotherRound) {
  TemporaryFolder folder;
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.train_to_the_end());
  const std::int64_t steps = session.view().training.step;
  EXPECT_EQ(steps, session.view().training.total_steps);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait([&](const LearnView& view) {
    return view.training.status == TrainingStatus::kFinished && view.training.step == 2 * steps;
  }));
  EXPECT_TRUE(session.view().training.test_accuracy.has_value());
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.runs->runs.front().epochs_done == 4; }));
}

TEST(Life, ResetGivesTheFirstWeightsOfTheSeedBack) {
  TemporaryFolder folder;
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.probe != nullptr; }));
  const auto first = session.view().probe->weights;
  EXPECT_EQ(*first, training::initial_weights(*training::find_network("mlp128"), 1));
  ASSERT_TRUE(session.train_to_the_end());
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.probe->step == view.training.step; }));
  EXPECT_FALSE(*session.view().probe->weights == *first);
  EXPECT_EQ(*session.view().probe->start_weights, *first);
  session.send(ResetTraining{});
  ASSERT_TRUE(session.wait_status(TrainingStatus::kReady));
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.probe->step == 0; }));
  const LearnView& view = session.view();
  EXPECT_EQ(*view.probe->weights, *first);
  EXPECT_EQ(view.training.step, 0);
  EXPECT_EQ(view.curves->train_count(), 0U);
  EXPECT_EQ(view.evaluation, nullptr);
  EXPECT_FALSE(view.training.test_accuracy.has_value());
}

TEST(Life, TheSameSeedTrainsTheSameWeights) {
  std::vector<training::Weights> trained;
  for (int run = 0; run < 2; ++run) {
    TemporaryFolder folder;
    LiveSession session(small_options(folder.path()));
    ASSERT_TRUE(session.train_to_the_end());
    ASSERT_TRUE(session.wait([](const LearnView& view) { return view.probe->step == view.training.step; }));
    trained.push_back(*session.view().probe->weights);
  }
  EXPECT_EQ(trained[0], trained[1]);
}

TEST(Life, ASessionEndsQuicklyWhateverItDoes) {
  for (const int wait_ms : {0, 20, 60, 150, 400, 900}) {
    TemporaryFolder folder;
    LearnOptions options;  // cnn32 on all of MNIST
    options.data_dir = folder.path();
    options.mnist_dir = real_mnist();
    LiveSession session(options);
    session.send(StartTraining{});
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    const double seconds = session.close();
    RecordProperty("close_ms_after_" + std::to_string(wait_ms), static_cast<int>(seconds * 1000));
    EXPECT_LT(seconds, 1.0) << "after " << wait_ms << " ms";
  }
}

TEST(Life, TheViewCountsWhatItShows) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.settings.epochs = 100;
  LiveSession session(options);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait([](const LearnView& view) {
    return view.training.status == TrainingStatus::kTraining && view.training.samples_per_second > 0;
  }));
  const LearnView& view = session.view();
  EXPECT_EQ(view.training.total_steps, 100 * view.training.steps_per_epoch);
  EXPECT_GT(view.training.seconds_left, 0);
  EXPECT_FLOAT_EQ(view.training.rate_now, 1e-3F);
  EXPECT_GT(view.training.threads, 0);
  EXPECT_EQ(view.training.backend, "cpu");
}

}  // namespace
}  // namespace warpscope::session
