// Learn on a GPU that is really the stand-in driver: it trains there, and when the GPU is pulled away, breaks or is
// full, the CPU goes on with the newest safe weights.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tests/session/live_learn.h"
#include "tests/session/stand_in_session.h"

namespace warpscope::tests {
namespace {

using namespace session;
using ::testing::HasSubstr;
using training::Precision;

class LearnDevice : public StandInSession<LiveLearn> {
 protected:
  LearnOptions options() override {
    LearnOptions options = LiveLearn::options();
    options.settings.backend = backend_;
    options.settings.batch = batch_;
    options.settings.epochs = epochs_;
    options.burst_seconds = 2;
    return options;
  }

  std::string backend_ = "auto";
  int batch_ = 50;
  int epochs_ = 500;
};

TEST_F(LearnDevice, ARunBeginsOnTheGpuThatIsThere) {
  send(StartTraining{});  // long before it is set up
  const View& view = until_step(5);
  EXPECT_EQ(view.training.backend, "cuda");
  EXPECT_EQ(view.training.device, (*view.training.backends)[1].name);
  EXPECT_TRUE((*view.training.backends)[1].there);
  EXPECT_TRUE((*view.training.backends)[1].bf16);
  EXPECT_NE(view.training.backend_why, "");
  until([](const View& v) { return !v.runs->runs.empty() && v.runs->runs.front().settings.backend == "cuda"; });
  until([](const View& v) { return v.training.phases.all() > 0; });
}

TEST_F(LearnDevice, AWholeRunIsTheCpusWithItsEvaluationsWhereTheyBelong) {
  epochs_ = 2;
  ASSERT_TRUE(session().train_to_the_end());
  const auto on_gpu = view().curves;
  EXPECT_EQ(view().training.backend, "cuda");
  EXPECT_EQ(view().runs->runs.front().epochs_done, 2);
  train_on("cpu");
  until_on("cpu");
  send(ResetTraining{});
  until([](const View& v) { return v.training.step == 0; });
  ASSERT_TRUE(session().train_to_the_end());
  const auto on_cpu = view().curves;
  ASSERT_EQ(on_gpu->train_count(), on_cpu->train_count());
  ASSERT_EQ(on_gpu->validation.size(), 8U);
  ASSERT_EQ(on_cpu->validation.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(on_gpu->validation[i].step, on_cpu->validation[i].step);
    EXPECT_NEAR(on_gpu->validation[i].loss, on_cpu->validation[i].loss, 0.02) << i;
  }
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NEAR(on_gpu->train_at(i).loss, on_cpu->train_at(i).loss, 1e-3) << i;
}

TEST_F(LearnDevice, PulledAwayInMidStepTheCpuGoesOnByItself) {
  send(StartTraining{});
  until_step(60);
  const std::string gpu = view().training.device;
  ASSERT_EQ(view().training.backend, "cuda");
  const std::int64_t before = view().training.step;
  const auto begin = std::chrono::steady_clock::now();
  inject("lost\n");
  until_on("cpu");
  EXPECT_THAT(view().training.backend_why, HasSubstr(gpu));
  EXPECT_TRUE(session().wait_message("The CPU goes on from step"));
  EXPECT_EQ(view().training.status, TrainingStatus::kTraining);
  EXPECT_EQ(view().training.settings.backend, "cpu");
  // What was lost is at most what a second trains.
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double rate = static_cast<double>(before) / std::max(0.1, view().training.seconds_trained);
  EXPECT_GE(static_cast<double>(view().training.step), static_cast<double>(before) - rate * (1 + seconds));
  const std::int64_t step = view().training.step;
  until_step(step + 50);
  EXPECT_LT(view().training.loss, 2);
  // Every step is in the curve once.
  const auto curves = view().curves;
  for (std::size_t i = 0; i < curves->train_count(); ++i) {
    ASSERT_EQ(curves->train_at(i).step, static_cast<std::int64_t>(i) + 1);
  }
  until([](const View& v) { return v.runs->runs.front().settings.backend == "cpu"; });
}

TEST_F(LearnDevice, PulledAwayTheRunStillComesToItsEndWithEachEpochOnce) {
  epochs_ = 6;
  send(StartTraining{});
  until_step(60);
  inject("lost\n");
  ASSERT_TRUE(session().wait_status(TrainingStatus::kFinished, 120));
  until([](const View& v) { return !v.runs->runs.empty() && v.runs->runs.front().test_accuracy.has_value(); });
  EXPECT_EQ(view().runs->runs.front().epochs_done, 6);
  EXPECT_EQ(view().training.step, view().training.total_steps);
  EXPECT_GT(*view().training.validation_accuracy, 0.8);
}

TEST_F(LearnDevice, AKernelThatFaultsIsSurvivedToo) {
  send(StartTraining{});
  until_step(20);
  inject("fault\n");
  until_on("cpu");
  const std::int64_t step = view().training.step;
  until_step(step + 50);
  EXPECT_EQ(view().training.status, TrainingStatus::kTraining);
}

TEST_F(LearnDevice, LostWhileItEvaluatesOrRestsOrIsLookedAtSlowly) {
  send(StartTraining{});
  until_step(20);
  send(PauseTraining{});
  until([](const View& v) { return v.training.status == TrainingStatus::kPaused; });
  inject("lost\n");
  send(AdvanceStep{});
  until_on("cpu");
  EXPECT_EQ(view().training.status, TrainingStatus::kPaused);
  EXPECT_EQ(view().step, nullptr);
  send(AdvanceStep{});
  until([](const View& v) { return v.step != nullptr; });
  send(LeaveStep{});
  start();
}

TEST_F(LearnDevice, AGpuThatIsFullOffersTheBatchThatFits) {
  batch_ = 2000;
  inject("memory 24M\n");
  const View& view = until([](const View& v) { return v.training.batch_that_fits > 0; });
  EXPECT_EQ(view.training.backend, "cpu");
  EXPECT_LT(view.training.batch_that_fits, 2000);
  EXPECT_THAT(last_message(), HasSubstr(fmt::format("Batches of {} fit", view.training.batch_that_fits)));
  LearnSettings smaller = view.training.settings;
  smaller.batch = view.training.batch_that_fits;
  send(ApplySettings{smaller});
  send(ResetTraining{});
  until_on("cuda");
  EXPECT_EQ(this->view().training.batch_that_fits, 0);
  start(5);
}

TEST_F(LearnDevice, WithoutMemoryInMidRunItRestsAndASmallerBatchIsOffered) {
  send(StartTraining{});
  until_step(20);
  inject("fail cuMemAlloc_v2 2 times 1\n");
  // More than there was room left for.
  for (int i = 0; i < 300; ++i) send(LabelDrawing{i % 10, stroke_drawing(i)});
  until([](const View& v) { return v.training.status == TrainingStatus::kPaused; });
  EXPECT_EQ(view().training.backend, "cpu");
  EXPECT_THAT(view().training.backend_why, HasSubstr("ran out of memory"));
  until([](const View& v) { return v.training.batch_that_fits == 25; });
  EXPECT_EQ(view().training.settings.backend, "auto");
  start();
  EXPECT_EQ(view().training.backend, "cpu");
}

TEST_F(LearnDevice, AGpuThatCannotBeOpenedIsLeftToTheCpu) {
  inject("fail cuCtxCreate_v2 2\nfail cuDevicePrimaryCtxRetain 2\n");
  EXPECT_TRUE(session().wait_message("Training stays on CPU"));
  start();
  EXPECT_EQ(view().training.backend, "cpu");
}

TEST_F(LearnDevice, AHundredChangesBetweenThreeBackEnds) {
  send(StartTraining{});
  until_step(5);
  const char* const names[] = {"cpu", "cuda", "virtual"};
  for (int i = 0; i < 100; ++i) {
    train_on(names[i % 3]);
    if (i % 10 == 0) until([](const View& v) { return !v.training.switching; });
  }
  until_on("cpu");  // 99 % 3 == 0
  const std::int64_t step = view().training.step;
  until_step(step + 50);
  EXPECT_EQ(view().training.status, TrainingStatus::kTraining);
  EXPECT_TRUE(std::isfinite(view().training.loss));
}

TEST_F(LearnDevice, TheComparisonIsOfItsPrecisions) {
  send(StartTraining{});
  until_step(5);
  send(CompareBackends{});
  const View& view = until([](const View& v) { return v.comparison && !v.comparison->running; });
  ASSERT_EQ(view.comparison->rows.size(), 4U);
  for (const BackendMeasurement& row : view.comparison->rows) EXPECT_EQ(row.problem, "") << row.device;
  EXPECT_EQ(view.comparison->rows[1].device, view.training.device);
  EXPECT_EQ(view.comparison->rows[3].precision, Precision::kBf16);
  EXPECT_NEAR(view.comparison->rows[3].loss, view.comparison->rows[0].loss, 0.2);
}

TEST_F(LearnDevice, DrawingsAreLearnedOnTheGpu) {
  epochs_ = 1;
  ASSERT_TRUE(session().train_to_the_end());
  send(LabelDrawing{7, stroke_drawing(3)});
  EXPECT_TRUE(session().wait_message("read correctly now", 60));
  EXPECT_EQ(view().training.backend, "cuda");
}

}  // namespace
}  // namespace warpscope::tests
