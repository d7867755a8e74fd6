// What Learn trains on where there is no GPU: the CPU, or the virtual GPU, changed as often as one likes.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <thread>

#include "compute/session/learn_backends.h"
#include "compute/session/learn_compare.h"
#include "tests/session/live_learn.h"

namespace warpscope::tests {
namespace {

using namespace session;
using ::testing::HasSubstr;
using training::BackendKind;
using training::Precision;

class LearnBackends : public LiveLearn {
 protected:
  void SetUp() override { setenv("WARPSCOPE_CUDA_DRIVER", "/nowhere/libcuda.so", 1); }
  void TearDown() override {
    end_session();
    unsetenv("WARPSCOPE_CUDA_DRIVER");
  }
  LearnOptions options() override {
    LearnOptions options = LiveLearn::options();
    options.settings.backend = "auto";
    return options;
  }
};

std::vector<BackendChoice> machine(bool gpu, bool bf16) {
  BackendChoice cpu{.kind = BackendKind::kCpu, .name = "CPU", .there = true, .why = "always"};
  BackendChoice cuda{.kind = BackendKind::kCuda, .name = "GPU", .there = gpu, .why = "no driver", .bf16 = bf16};
  BackendChoice simulated{.kind = BackendKind::kVirtual, .name = "Virtual", .there = true, .why = {}, .bf16 = true};
  return {cpu, cuda, simulated};
}

TEST(ChooseBackend, AutoIsTheGpuWhereThereIsOne) {
  EXPECT_EQ(choose_backend(machine(true, true), "auto", Precision::kBf16)->wanted,
            (WantedBackend{BackendKind::kCuda, Precision::kBf16}));
  EXPECT_EQ(choose_backend(machine(true, false), "auto", Precision::kBf16)->wanted,
            (WantedBackend{BackendKind::kCuda, Precision::kF16}));
  EXPECT_EQ(choose_backend(machine(false, false), "auto", Precision::kF16)->wanted, WantedBackend{});
}

TEST(ChooseBackend, WhatCannotBeHadSaysWhy) {
  EXPECT_THAT(choose_backend(machine(false, false), "cuda", Precision::kF32).error().text(), HasSubstr("no driver"));
  EXPECT_THAT(choose_backend(machine(true, false), "cuda", Precision::kBf16).error().text(), HasSubstr("f16 is there"));
  EXPECT_FALSE(choose_backend(machine(true, true), "tpu", Precision::kF32));
  // The CPU rounds nothing, so there is nothing to refuse.
  EXPECT_EQ(choose_backend(machine(true, true), "cpu", Precision::kBf16)->wanted, WantedBackend{});
}

TEST(ChooseBackend, TheComparisonTakesWhatThereIs) {
  EXPECT_EQ(backends_to_compare(machine(true, true)).size(), 4U);
  EXPECT_EQ(backends_to_compare(machine(true, false)).size(), 3U);
  const auto simulated = backends_to_compare(machine(false, false));
  ASSERT_EQ(simulated.size(), 3U);
  EXPECT_EQ(simulated[0], WantedBackend{});
  EXPECT_EQ(simulated[2], (WantedBackend{BackendKind::kVirtual, Precision::kF16}));
}

TEST_F(LearnBackends, WithoutAGpuTheCpuTrainsAndTheReasonIsTold) {
  const View& view = until_settled();
  EXPECT_EQ(view.training.backend, "cpu");
  EXPECT_THAT(view.training.device, HasSubstr("CPU"));
  EXPECT_THAT(view.training.backend_why, HasSubstr("no GPU"));
  const auto& backends = *view.training.backends;
  ASSERT_EQ(backends.size(), 3U);
  EXPECT_TRUE(backends[0].there);
  EXPECT_FALSE(backends[1].there);
  EXPECT_NE(backends[1].why, "");
  EXPECT_TRUE(backends[2].there);
}

TEST_F(LearnBackends, AGpuThatIsNotThereIsRefusedAndTrainingGoesOn) {
  until_settled();
  start();
  train_on("cuda");
  EXPECT_TRUE(session().wait_message("Training stays on CPU"));
  EXPECT_EQ(view().training.settings.backend, "auto");
  EXPECT_THAT(view().training.backend_why, HasSubstr("no GPU"));
  until_step(view().training.step + 20);
  EXPECT_EQ(view().training.status, TrainingStatus::kTraining);
}

TEST_F(LearnBackends, ANonsenseBackEndIsRefusedByItsName) {
  until_settled();
  train_on("tpu");
  EXPECT_TRUE(session().wait_message("tpu"));
  EXPECT_EQ(view().training.settings.backend, "auto");
}

TEST_F(LearnBackends, AnotherOneTakesOverWhileItTrainsWithTheWeightsThereAre) {
  until_settled();
  start(60);
  send(PauseTraining{});
  until([](const View& v) { return v.training.status == TrainingStatus::kPaused; });
  const std::int64_t step = view().training.step;
  const auto before = weights_at(step);
  train_on("virtual");
  until_on("virtual");
  EXPECT_TRUE(session().wait_message(fmt::format("with the weights of step {}", step)));
  EXPECT_THAT(view().training.device, HasSubstr("Virtual GPU"));
  // The reader's are those of the new back end now.
  until([&](const View& v) { return v.probe->weights != before; });
  EXPECT_EQ(*weights_at(step), *before);
  start(3);
  EXPECT_EQ(view().training.backend, "virtual");
  EXPECT_GT(view().training.phases.all(), 0);
  // A loss of a network that has learned: not of a fresh one.
  EXPECT_LT(view().training.loss, 1.5F);
  train_on("cpu");
  until_on("cpu");
  EXPECT_EQ(view().training.status, TrainingStatus::kTraining);
  until_step(view().training.step + 20);
}

TEST_F(LearnBackends, TheVirtualGpuTrainsAsTheCpuDoes) {
  std::vector<store::CurvePoint> curves[2];
  for (const int i : {0, 1}) {
    until_settled();
    if (i == 1) {
      train_on("virtual");
      until_on("virtual");
    }
    start(12);
    for (std::size_t at = 0; at < 12; ++at) curves[i].push_back(view().curves->train_at(at));
    send(ResetTraining{});
    until([](const View& v) { return v.training.step == 0; });
  }
  for (std::size_t at = 0; at < 12; ++at) EXPECT_NEAR(curves[0][at].loss, curves[1][at].loss, 1e-3) << at;
}

TEST_F(LearnBackends, ARunsRecordSaysWhatItWasTrainedOnLast) {
  until_settled();
  start();
  until([](const View& v) { return !v.runs->runs.empty(); });
  EXPECT_EQ(view().runs->runs.front().settings.backend, "cpu");
  train_on("virtual", Precision::kF16);
  until([](const View& v) { return v.runs->runs.front().settings.backend == "virtual f16"; });
}

TEST_F(LearnBackends, ASlowStepIsFinishedOnTheOneThatBeganIt) {
  until_settled();
  start();
  send(AdvanceStep{});
  until([](const View& v) { return v.step != nullptr; });
  train_on("virtual");
  until([](const View& v) { return v.training.switching; });
  for (int phase = 0; phase < 3; ++phase) send(AdvanceStep{});
  const View& view = until([](const View& v) { return v.step && v.step->phase == StepPhase::kUpdate; });
  EXPECT_NE(*view.step->after, *view.step->before);
  until_on("virtual");
  send(LeaveStep{});
  start(2);
}

TEST_F(LearnBackends, AHundredChangesInARowEndOnTheLast) {
  until_settled();
  start();
  for (int i = 0; i < 100; ++i) {
    train_on(i % 2 == 0 ? "virtual" : "cpu", i % 4 == 0 ? Precision::kF16 : Precision::kF32);
    if (i % 10 == 0) until([](const View& v) { return !v.training.switching; });
  }
  until_on("cpu");
  const std::int64_t step = view().training.step;
  until_step(step + 50);
  EXPECT_EQ(view().training.status, TrainingStatus::kTraining);
  EXPECT_TRUE(std::isfinite(view().training.loss));
}

TEST_F(LearnBackends, TheyAreComparedSideBySideWhileTrainingRests) {
  until_settled();
  start();
  send(CompareBackends{});
  until([](const View& v) { return v.comparison && v.comparison->running; });
  const View& done = until([](const View& v) { return v.comparison && !v.comparison->running; });
  const BackendComparison& comparison = *done.comparison;
  EXPECT_EQ(comparison.network, "mlp128");
  EXPECT_GE(comparison.steps, 5);
  ASSERT_EQ(comparison.rows.size(), 3U);
  for (const BackendMeasurement& row : comparison.rows) {
    EXPECT_EQ(row.problem, "") << row.device;
    EXPECT_TRUE(row.done);
    EXPECT_GT(row.samples_per_second, 0);
    EXPECT_GT(row.seconds_a_step, 0);
  }
  // The same weights and batches: what differs is how it is rounded.
  EXPECT_NEAR(comparison.rows[1].loss, comparison.rows[0].loss, 0.02);
  EXPECT_NEAR(comparison.rows[2].loss, comparison.rows[0].loss, 0.1);
  EXPECT_NEAR(comparison.rows[1].accuracy, comparison.rows[0].accuracy, 0.02);
  const std::int64_t step = view().training.step;
  until_step(step + 20);
}

TEST_F(LearnBackends, ASessionEndsSoonWhateverItCompares) {
  for (const int wait_ms : {0, 50, 300}) {
    LearnOptions options = this->options();
    options.settings.network = "cnn32";
    LiveSession session(options);
    ASSERT_TRUE(
        session.wait([](const View& v) { return v.training.total_steps > 0 && !v.training.backends->empty(); }));
    session.send(CompareBackends{});
    session.send(FreezeStep{});
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    EXPECT_LT(session.close(), 2.0 * kSlowness) << "after " << wait_ms << " ms";
  }
}

TEST_F(LearnBackends, AComparisonThatIsStoppedIsForgottenAndTrainingGoesOn) {
  until_settled();
  start();
  send(CompareBackends{});
  until([](const View& v) { return v.comparison && v.comparison->running; });
  const std::int64_t step = view().training.step;
  send(StopComparing{});
  until([](const View& v) { return v.comparison == nullptr; });
  until_step(step + 20);
  EXPECT_EQ(view().comparison, nullptr);
}

}  // namespace
}  // namespace warpscope::tests
