// "One step, slowly": the numbers of every phase, checked with hand arithmetic.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/session/live_session.h"

namespace warpscope::session {
namespace {

class StepTest : public ::testing::Test {
 protected:
  StepTest() : session_(small_options(folder_.path())) { EXPECT_TRUE(session_.wait_status(TrainingStatus::kReady)); }

  std::shared_ptr<const StepTrace> advance_to(StepPhase phase) {
    session_.send(AdvanceStep{});
    const bool there = session_.wait([&](const LearnView& view) {
      return view.training.status == TrainingStatus::kStepping && view.step && view.step->phase == phase;
    });
    EXPECT_TRUE(there) << "phase " << static_cast<int>(phase);
    return there ? session_.view().step : std::make_shared<const StepTrace>();
  }
  void use(training::OptimizerKind kind, float rate) {
    LearnSettings settings = small_options(folder_.path()).settings;
    settings.optimizer.kind = kind;
    settings.rate = rate;
    session_.send(ApplySettings{settings});
  }

  TemporaryFolder folder_;
  LiveSession session_;
};

TEST_F(StepTest, PhasesShowWhatIsKnownByThenAndNoMore) {
  auto step = advance_to(StepPhase::kForward);
  EXPECT_EQ(step->step, 1);
  EXPECT_EQ(step->batch->labels.size(), 50U);
  EXPECT_EQ(step->probabilities.size(), 500U);
  EXPECT_TRUE(step->before);
  EXPECT_TRUE(step->losses.empty());
  EXPECT_EQ(step->gradients, nullptr);
  EXPECT_EQ(step->after, nullptr);
  step = advance_to(StepPhase::kLoss);
  EXPECT_EQ(step->losses.size(), 50U);
  EXPECT_EQ(step->gradients, nullptr);
  step = advance_to(StepPhase::kBackward);
  EXPECT_TRUE(step->gradients);
  EXPECT_EQ(step->after, nullptr);
  EXPECT_EQ(session_.view().training.step, 0);
  step = advance_to(StepPhase::kUpdate);
  EXPECT_TRUE(step->after);
  EXPECT_EQ(session_.view().training.step, 1);
  EXPECT_EQ(session_.view().curves->train_count(), 1U);
  EXPECT_GT(step->forward_ms, 0);
  EXPECT_GT(step->update_ms, 0);
  const auto after = step->after;
  step = advance_to(StepPhase::kForward);
  EXPECT_EQ(step->step, 2);
  EXPECT_EQ(*step->before, *after);
}

TEST_F(StepTest, TheLossIsMinusTheLogOfTheRightProbability) {
  advance_to(StepPhase::kForward);
  const auto step = advance_to(StepPhase::kLoss);
  double sum = 0;
  int correct = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    const auto* p = step->probabilities.data() + i * 10;
    double total = 0;
    int best = 0;
    for (int c = 0; c < 10; ++c) {
      total += p[c];
      if (p[c] > p[best]) best = c;
    }
    EXPECT_NEAR(total, 1, 1e-5);
    EXPECT_NEAR(step->losses[i], -std::log(p[step->batch->labels[i]]), 1e-4);
    sum += step->losses[i];
    correct += best == step->batch->labels[i];
  }
  EXPECT_NEAR(step->mean_loss, sum / 50, 1e-4);
  EXPECT_EQ(step->correct, correct);
}

TEST_F(StepTest, TheShownSampleIsTheBatchsOwn) {
  session_.send(SelectStepSample{7});
  auto step = advance_to(StepPhase::kForward);
  EXPECT_EQ(step->sample, 7);
  for (std::size_t c = 0; c < 10; ++c) {
    EXPECT_NEAR(step->activations.probabilities[c], step->probabilities[70 + c], 1e-5);
  }
  session_.send(SelectStepSample{31});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.step->sample == 31; }));
  step = session_.view().step;
  for (std::size_t c = 0; c < 10; ++c) {
    EXPECT_NEAR(step->activations.probabilities[c], step->probabilities[310 + c], 1e-5);
  }
  session_.send(SelectStepSample{5000});
  EXPECT_TRUE(session_.wait([](const LearnView& view) { return view.step->sample == 49; }));
}

TEST_F(StepTest, TheOutputBiasGradientIsTheMeanErrorOfTheProbabilities) {
  advance_to(StepPhase::kForward);
  advance_to(StepPhase::kLoss);
  const auto step = advance_to(StepPhase::kBackward);
  const auto& bias = step->gradients->layers.back().bias.data;
  for (std::size_t c = 0; c < 10; ++c) {
    double mean = 0;
    for (std::size_t i = 0; i < 50; ++i) {
      mean += (step->probabilities[i * 10 + c] - (step->batch->labels[i] == c ? 1.0 : 0.0)) / 50;
    }
    EXPECT_NEAR(bias[c], mean, 1e-5);
  }
}

TEST_F(StepTest, PlainGradientDescentTakesRateTimesGradientAway) {
  use(training::OptimizerKind::kSgd, 0.1F);
  advance_to(StepPhase::kForward);
  advance_to(StepPhase::kLoss);
  advance_to(StepPhase::kBackward);
  const auto step = advance_to(StepPhase::kUpdate);
  EXPECT_EQ(step->optimizer, "sgd");
  EXPECT_FLOAT_EQ(step->rate, 0.1F);
  for (std::size_t l = 0; l < step->before->layers.size(); ++l) {
    const auto& before = step->before->layers[l].weight.data;
    const auto& gradient = step->gradients->layers[l].weight.data;
    const auto& after = step->after->layers[l].weight.data;
    for (std::size_t i = 0; i < before.size(); ++i) ASSERT_NEAR(after[i], before[i] - 0.1F * gradient[i], 1e-6);
  }
}

TEST_F(StepTest, TheFirstStepOfAdamIsTheRateInTheDirectionOfTheGradient) {
  advance_to(StepPhase::kForward);
  advance_to(StepPhase::kLoss);
  advance_to(StepPhase::kBackward);
  const auto step = advance_to(StepPhase::kUpdate);
  EXPECT_EQ(step->optimizer, "adam");
  const auto& before = step->before->layers.back().weight.data;
  const auto& gradient = step->gradients->layers.back().weight.data;
  const auto& after = step->after->layers.back().weight.data;
  for (std::size_t i = 0; i < before.size(); ++i) {
    // m / (sqrt(v) + epsilon) of one gradient, bias corrected: g / (|g| + 1e-8).
    const double g = gradient[i];
    ASSERT_NEAR(after[i], before[i] - 1e-3 * g / (std::abs(g) + 1e-8), 2e-6);
  }
}

TEST_F(StepTest, LeavingFinishesTheStepAndPauses) {
  advance_to(StepPhase::kForward);
  session_.send(LeaveStep{});
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kPaused));
  EXPECT_EQ(session_.view().step, nullptr);
  EXPECT_EQ(session_.view().training.step, 1);
  session_.send(LeaveStep{});  // nothing open: nothing happens
  session_.send(StartTraining{});
  EXPECT_TRUE(session_.wait_status(TrainingStatus::kFinished));
}

TEST_F(StepTest, StartWhileSteppingFinishesTheStepAndTrains) {
  advance_to(StepPhase::kForward);
  advance_to(StepPhase::kLoss);
  session_.send(StartTraining{});
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kFinished));
  EXPECT_EQ(session_.view().training.step, session_.view().training.total_steps);
  EXPECT_EQ(session_.view().curves->train_count(), static_cast<std::size_t>(session_.view().training.total_steps));
}

TEST_F(StepTest, StepsMadeSlowlyAreTheStepsOfTraining) {
  for (int i = 0; i < 2; ++i) {
    for (const StepPhase phase : {StepPhase::kForward, StepPhase::kLoss, StepPhase::kBackward, StepPhase::kUpdate})
      advance_to(phase);
  }
  session_.send(LeaveStep{});
  ASSERT_TRUE(session_.train_to_the_end());
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.probe->step == view.training.step; }));
  TemporaryFolder other;
  LiveSession plain(small_options(other.path()));
  ASSERT_TRUE(plain.train_to_the_end());
  ASSERT_TRUE(plain.wait([](const LearnView& view) { return view.probe->step == view.training.step; }));
  EXPECT_EQ(*session_.view().probe->weights, *plain.view().probe->weights);
}

}  // namespace
}  // namespace warpscope::session
