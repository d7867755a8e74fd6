// "One step, slowly" without a window, on steps that the real back end made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/panels/learn_panels.h"
#include "app/panels/learn_step.h"
#include "compute/drawings/prepare.h"
#include "compute/training/backend.h"
#include "tests/gui/bare_gui.h"
#include "tests/support/sample_view.h"
#include "tests/support/styles.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using session::StepPhase;
using session::StepTrace;
using training::OptimizerKind;

constexpr int kSamples = 64;

std::shared_ptr<const training::Batch> make_batch() {
  auto batch = std::make_shared<training::Batch>();
  for (int i = 0; i < kSamples; ++i) {
    const auto image = drawings::prepare(make_digit(Style::kUsual, i % 10, 100 + static_cast<std::uint64_t>(i)));
    for (const std::uint8_t v : image) batch->images.push_back(static_cast<float>(v) / 255);
    batch->labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  return batch;
}

// A step of training as the session shows it, made by the CPU back end; `earlier` updates went before, so that
// momentum has something to remember.
StepTrace make_step(const std::string& network_name, OptimizerKind kind, float rate, int earlier = 3) {
  StepTrace trace;
  const training::NetworkSpec network = training::find_network(network_name).value();
  trace.network = std::make_shared<const training::NetworkSpec>(network);
  trace.batch = make_batch();
  auto backend = training::make_cpu_backend(network, kSamples, 1).value();
  EXPECT_TRUE(backend->set_weights(training::initial_weights(network, 1)));
  training::OptimizerSettings settings;
  settings.kind = kind;
  backend->set_optimizer(settings);
  for (int i = 0; i < earlier; ++i) {
    backend->forward_backward(trace.batch->images, trace.batch->labels);
    backend->update(rate);
  }
  trace.step = earlier + 1;
  trace.rate = rate;
  trace.optimizer = std::string(training::text_of(kind));
  trace.before = std::make_shared<const training::Weights>(backend->weights());
  const training::BatchStats stats = backend->forward_backward(trace.batch->images, trace.batch->labels);
  trace.correct = stats.correct;
  trace.mean_loss = stats.loss;
  const auto losses = backend->sample_losses(), probabilities = backend->sample_probabilities();
  trace.losses.assign(losses.begin(), losses.end());
  trace.probabilities.assign(probabilities.begin(), probabilities.end());
  trace.gradients = std::make_shared<const training::Weights>(backend->gradients());
  backend->update(rate);
  trace.after = std::make_shared<const training::Weights>(backend->weights());
  trace.moments = std::make_shared<const training::OptimizerState>(backend->optimizer_state());
  training::infer(network, *trace.before, std::span(trace.batch->images).first(784), trace.activations);
  trace.phase = StepPhase::kUpdate;
  return trace;
}

// What of it is known in an earlier phase.
StepTrace until(StepTrace trace, StepPhase phase) {
  trace.phase = phase;
  if (phase < StepPhase::kUpdate) {
    trace.after = nullptr;
    trace.moments = nullptr;
  }
  if (phase < StepPhase::kBackward) trace.gradients = nullptr;
  if (phase < StepPhase::kLoss) trace.losses.clear();
  return trace;
}

constexpr StepPhase kPhases[] = {StepPhase::kForward, StepPhase::kLoss, StepPhase::kBackward, StepPhase::kUpdate};

class SlowStep : public testing::Test {
 protected:
  void show(const StepTrace& trace) {
    gui.view = sample_view({.network = trace.network->name, .status = session::TrainingStatus::kStepping});
    gui.view.training.settings.optimizer.kind = training::parse_optimizer(trace.optimizer).value();
    gui.view.step = std::make_shared<const StepTrace>(trace);
    gui.frames(2, draw);
  }
  static void draw(const Frame& f) {
    panels::handle_learn_keys(f);
    panels::draw_step_slowly(f, {352, 92, 1208, 960});
  }
  bool has_target(const std::string& name) const {
    return std::any_of(gui.ui.targets.begin(), gui.ui.targets.end(),
                       [&](const panels::Target& target) { return target.name == name; });
  }
  BareGui gui{1920, 1080};
};

TEST_F(SlowStep, GoesOnByButtonAndByKeys) {
  for (const StepPhase phase : kPhases) {
    show(until(make_step("cnn32", OptimizerKind::kAdam, 1e-3F), phase));
    gui.commands.clear();
    gui.click("Next phase", draw);
    gui.key("N", draw);
    gui.key("Right", draw);
    EXPECT_EQ(gui.sent<session::AdvanceStep>().size(), 3U);
  }
}

TEST_F(SlowStep, IsLeftByButtonAndByEscape) {
  show(make_step("cnn32", OptimizerKind::kAdam, 1e-3F));
  gui.click("Leave", draw);
  gui.key("Esc", draw);
  EXPECT_EQ(gui.sent<session::LeaveStep>().size(), 2U);
}

TEST_F(SlowStep, ShowsAnotherPictureOfTheBatchOnAClick) {
  show(until(make_step("cnn32", OptimizerKind::kAdam, 1e-3F), StepPhase::kForward));
  gui.commands.clear();
  gui.click("Sample 17", draw);
  ASSERT_EQ(gui.sent<session::SelectStepSample>().size(), 1U);
  EXPECT_EQ(gui.sent<session::SelectStepSample>()[0].sample, 16);
}

TEST_F(SlowStep, BeginsWithThePictureThatIsBelievedLeast) {
  const StepTrace trace = until(make_step("cnn32", OptimizerKind::kAdam, 1e-3F), StepPhase::kForward);
  int least = 0;
  float belief = 2;
  for (int i = 0; i < kSamples; ++i) {
    const float p = trace.probabilities[static_cast<std::size_t>(10 * i + i % 10)];
    if (p < belief) belief = p, least = i;
  }
  show(trace);
  ASSERT_EQ(gui.sent<session::SelectStepSample>().size(), 1U) << "once for a step, whatever is clicked afterwards";
  EXPECT_EQ(gui.sent<session::SelectStepSample>()[0].sample, least);
}

TEST_F(SlowStep, DrawsEveryPhaseOfEveryNetworkAtEverySize) {
  for (const training::NetworkSpec& network : training::networks()) {
    const StepTrace trace = make_step(network.name, OptimizerKind::kAdam, 1e-3F, 1);
    for (const StepPhase phase : kPhases) {
      for (const scene::Rect r :
           {scene::Rect{352, 92, 1208, 960}, scene::Rect{248, 84, 772, 608}, scene::Rect{0, 0, 320, 200}}) {
        BareGui other{1920, 1080};
        other.view = sample_view({.network = network.name, .status = session::TrainingStatus::kStepping});
        other.view.step = std::make_shared<const StepTrace>(until(trace, phase));
        other.frames(2, [&](const Frame& f) { panels::draw_step_slowly(f, r); });
        for (const panels::Target& target : other.ui.targets) {
          EXPECT_GE(target.rect.x, r.x - 1) << target.name;
          EXPECT_LE(target.rect.bottom(), r.bottom() + 1) << target.name << " of " << network.name;
        }
      }
    }
  }
}

TEST_F(SlowStep, LetsAWeightBeChosenWhoseUpdateIsWorkedOut) {
  show(make_step("cnn32", OptimizerKind::kAdam, 1e-3F));
  const scene::Rect filter = gui.target("before 3");
  EXPECT_FALSE(gui.ui.learn.slow_step.weight.has_value());
  // Row 2, column 1 of the third filter: 2 * 9 numbers before it, then 1 * 3 + 0.
  gui.click(scene::Vec2{filter.x + filter.w / 6, filter.y + filter.h / 2}, draw);
  EXPECT_EQ(gui.ui.learn.slow_step.weight, 2U * 9 + 3);
}

TEST_F(SlowStep, ShowsTheFirstUnitsOfADenseNetworkAsPictures) {
  show(make_step("mlp128", OptimizerKind::kSgd, 0.1F));
  EXPECT_TRUE(has_target("change 1"));
  EXPECT_TRUE(has_target("after 1"));
}

class WorkedUpdate : public testing::TestWithParam<OptimizerKind> {};

TEST_P(WorkedUpdate, ComesOutWhereTheBackEndDid) {
  const float rate = GetParam() == OptimizerKind::kAdam ? 1e-3F : 0.05F;
  for (const char* network : {"cnn32", "mlp128"}) {
    const StepTrace trace = make_step(network, GetParam(), rate);
    const training::OptimizerSettings settings{.kind = GetParam()};
    const auto& after = trace.after->layers.front().weight.data;
    for (std::size_t weight = 0; weight < after.size(); weight += 1 + after.size() / 97) {
      const panels::WorkedUpdate worked = panels::worked_update(trace, settings, weight);
      EXPECT_NEAR(worked.result, after[weight], 2e-6) << network << ", weight " << weight;
    }
  }
}

TEST_P(WorkedUpdate, MovesTheWeightThatChangedMost) {
  const StepTrace trace = make_step("cnn32", GetParam(), 0.01F);
  const std::size_t most = panels::most_changed_weight(trace);
  const auto& before = trace.before->layers.front().weight.data;
  const auto& after = trace.after->layers.front().weight.data;
  const float change = std::abs(after[most] - before[most]);
  EXPECT_GT(change, 0);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_LE(std::abs(after[i] - before[i]), change);
}

INSTANTIATE_TEST_SUITE_P(EveryOptimiser, WorkedUpdate,
                         testing::Values(OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam));

TEST(WorkedUpdateLines, CarryTheNumbersOfTheStep) {
  const StepTrace trace = make_step("cnn32", OptimizerKind::kSgd, 0.5F, 0);
  const panels::WorkedUpdate worked = panels::worked_update(trace, {.kind = OptimizerKind::kSgd}, 0);
  ASSERT_EQ(worked.lines.size(), 3U);
  EXPECT_EQ(worked.lines[0].name, "weight w");
  EXPECT_EQ(worked.lines[1].name, "gradient g");
  EXPECT_THAT(worked.lines[2].expression, testing::StartsWith("w − η g = "));
  EXPECT_THAT(worked.lines[2].expression, testing::HasSubstr(" − 0.5 · "));
}

}  // namespace
}  // namespace warpscope::tests
