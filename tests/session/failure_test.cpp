// What goes wrong and how the session goes on: data sets, exploding losses, stores.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "tests/session/live_session.h"

namespace warpscope::session {
namespace {

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

TEST(Failure, AMissingDataSetIsNamedAndAnotherOneCanBeOpened) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.mnist_dir = folder.path() / "nowhere";
  LiveSession session(options);
  ASSERT_TRUE(session.wait_status(TrainingStatus::kFailed));
  EXPECT_NE(session.view().training.problem.find("nowhere"), std::string::npos);
  EXPECT_EQ(session.view().probe, nullptr);
  // Nothing that needs a network breaks the session.
  session.send(AdvanceStep{});
  session.send(SaveWeights{folder.path() / "w.safetensors"});
  session.send(PauseTraining{});
  session.send(LabelDrawing{4, stroke_drawing(4)});
  ASSERT_TRUE(session.wait_message("saved as 4"));
  session.send(ResetTraining{});  // tries again, in vain
  ASSERT_TRUE(session.wait_status(TrainingStatus::kFailed));
  session.send(OpenDataset{small_mnist()});
  EXPECT_TRUE(session.wait_status(TrainingStatus::kReady));
  EXPECT_EQ(session.view().training.drawings_in_replay, 1);
}

TEST(Failure, ADataSetThatCannotBeReadLeavesThePresentOne) {
  TemporaryFolder folder;
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.wait_status(TrainingStatus::kReady));
  session.send(OpenDataset{folder.path()});
  ASSERT_TRUE(session.wait_message("The data set stays as it is"));
  EXPECT_TRUE(session.train_to_the_end());
}

TEST(Failure, AnAbsurdRateIsExplainedAndRecoveredFrom) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.settings.rate = 1e6F;
  options.settings.optimizer.kind = training::OptimizerKind::kSgd;
  options.settings.epochs = 20;
  LiveSession session(options);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait_status(TrainingStatus::kDiverged));
  ASSERT_TRUE(session.view().training.divergence.has_value());
  EXPECT_GT(session.view().training.divergence->suggested_rate, 0);
  EXPECT_LT(session.view().training.divergence->suggested_rate, 1e6F);
  EXPECT_EQ(session.view().messages.back().action, Message::Action::kRecover);
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.probe != nullptr; }));
  for (const auto& layer : session.view().probe->weights->layers) {
    for (const float weight : layer.weight.data) ASSERT_TRUE(std::isfinite(weight));
  }
  session.send(RecoverTraining{0.05F});
  ASSERT_TRUE(session.wait_status(TrainingStatus::kFinished));
  EXPECT_FALSE(session.view().training.divergence.has_value());
  EXPECT_FLOAT_EQ(session.view().training.settings.rate, 0.05F);
  EXPECT_GT(*session.view().training.validation_accuracy, 0.5);
  session.send(RecoverTraining{});
  EXPECT_TRUE(session.wait_message("nothing to recover from"));
}

TEST(Failure, StartAfterADivergenceTakesTheSuggestedRate) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.settings.rate = 1e6F;
  options.settings.optimizer.kind = training::OptimizerKind::kSgd;
  LiveSession session(options);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait_status(TrainingStatus::kDiverged));
  session.send(StartTraining{});
  EXPECT_TRUE(session.wait([](const LearnView& view) { return view.training.settings.rate < 1e6F; }));
}

// A data folder below a regular file can never be made.
class UnwritableStore : public ::testing::Test {
 protected:
  UnwritableStore() { write_text(folder_.path() / "file", "not a folder"); }
  TemporaryFolder folder_;
};

TEST_F(UnwritableStore, DrawingsStayInMemoryUntilRetryWorks) {
  LiveSession session(small_options(folder_.path() / "file" / "data"));
  ASSERT_TRUE(session.wait([](const LearnView& view) { return !view.store_ok; }));
  ASSERT_TRUE(session.wait_message("Nothing can be saved"));
  session.send(LabelDrawing{1, stroke_drawing(1)});
  session.send(LabelDrawing{2, stroke_drawing(2)});
  ASSERT_TRUE(session.wait_message("2 drawings not on disk yet"));
  EXPECT_EQ(session.view().gallery->items.size(), 2U);
  EXPECT_EQ(session.view().messages.back().action, Message::Action::kRetryStore);
  ASSERT_TRUE(session.train_to_the_end());  // training goes on without a store
  EXPECT_FALSE(session.view().store_ok);
  EXPECT_EQ(session.view().training.run_id, 0);
  session.send(RelabelDrawing{session.view().gallery->items.front().id, 8});
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.gallery->items.front().label == 8; }));
  session.send(RetryStore{});
  ASSERT_TRUE(session.wait_message("Still not saved"));

  std::filesystem::remove(folder_.path() / "file");
  session.send(RetryStore{});
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.store_ok && view.training.run_id > 0; }));
  ASSERT_TRUE(session.wait_message("Saving works again"));
  session.close();
  auto store = store::Store::open_read_only(folder_.path() / "file" / "data");
  ASSERT_TRUE(store) << store.error().text();
  const auto drawings = store->drawings();
  ASSERT_EQ(drawings->size(), 2U);
  EXPECT_EQ(drawings->back().drawing.label, 8);
  EXPECT_EQ(store->runs()->front().epochs_done, 2);
  EXPECT_TRUE(store->runs()->front().test_accuracy.has_value());
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "file" / "data" / "checkpoint.safetensors"));
}

TEST_F(UnwritableStore, TheNextLabelWritesWhatWaited) {
  LiveSession session(small_options(folder_.path() / "file" / "data"));
  session.send(LabelDrawing{1, stroke_drawing(1)});
  ASSERT_TRUE(session.wait_message("not on disk yet"));
  std::filesystem::remove(folder_.path() / "file");
  session.send(LabelDrawing{2, stroke_drawing(2)});
  ASSERT_TRUE(session.wait_message("Drawing 2 saved as 2"));
  EXPECT_TRUE(session.view().store_ok);
}

TEST(Failure, ADamagedStoreIsSetAsideAndSaid) {
  TemporaryFolder folder;
  write_text(folder.path() / "warpscope.sqlite", std::string(5000, 'x'));
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.wait_message("damaged"));
  EXPECT_TRUE(session.view().store_ok);
  session.send(LabelDrawing{1, stroke_drawing(1)});
  EXPECT_TRUE(session.wait_message("saved as 1"));
}

TEST(Failure, ADamagedCheckpointIsSetAsideAndSaid) {
  TemporaryFolder folder;
  write_text(folder.path() / "checkpoint.safetensors", "nonsense");
  LiveSession session(small_options(folder.path()));
  ASSERT_TRUE(session.wait_message("set aside as checkpoint.damaged.safetensors"));
  EXPECT_TRUE(session.wait_status(TrainingStatus::kReady));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "checkpoint.damaged.safetensors"));
}

// Every command in every status is answered and leaves a session that works.
TEST(Failure, NoOrderOfCommandsStopsTheSession) {
  TemporaryFolder folder;
  LearnOptions options = small_options(folder.path());
  options.settings.epochs = 3;
  LearnSettings absurd = options.settings;
  absurd.rate = 1e8F;
  absurd.optimizer.kind = training::OptimizerKind::kSgd;
  LearnSettings other = options.settings;
  other.network = "mlp64-sigmoid";
  const std::vector<LearnCommand> commands = {StartTraining{},
                                              PauseTraining{},
                                              ResetTraining{},
                                              ApplySettings{absurd},
                                              ApplySettings{other},
                                              RecoverTraining{},
                                              AdvanceStep{},
                                              LeaveStep{},
                                              SelectStepSample{3},
                                              SetDrawing{1, stroke_drawing(1)},
                                              ShowExample{},
                                              LabelDrawing{3, stroke_drawing(2)},
                                              RelabelDrawing{1, 4},
                                              DeleteDrawing{2},
                                              UndoGallery{},
                                              RetryStore{},
                                              CompareRuns{{1}},
                                              RenameRun{1, "first"},
                                              DeleteRun{1},
                                              ExportCurve{folder.path() / "curve.csv"},
                                              SaveWeights{folder.path() / "weights.safetensors"},
                                              LoadWeights{folder.path() / "weights.safetensors"},
                                              OpenDataset{small_mnist()},
                                              ApplySettings{options.settings}};
  LiveSession session(options);
  std::uint64_t random = 7;
  for (int i = 0; i < 600; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    session.send(commands[(random >> 33) % commands.size()]);
    if (i % 10 == 0) usleep(static_cast<useconds_t>((random >> 40) % 8000));
  }
  session.send(LeaveStep{});
  session.send(ApplySettings{options.settings});
  session.send(ResetTraining{});
  ASSERT_TRUE(session.wait([](const LearnView& view) {
    return view.training.status == TrainingStatus::kReady && view.training.settings.rate < 1;
  }));
  EXPECT_TRUE(session.train_to_the_end());
}

}  // namespace
}  // namespace warpscope::session
