// Kernels of a training step where numbers are extreme or not numbers at all, and that the simple ones and the fast
// ones agree.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/training_step_launches.h"

namespace warpscope::kernels::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

LaunchCase loss_of(const char* kernel, int samples) {
  return loss_launch(*find_kernel(kernel), samples);
}
LaunchCase update_of(const char* kernel, int count) {
  return update_launch(*find_kernel(kernel), count);
}

class StepKernels : public ::testing::TestWithParam<Flavour> {
 protected:
  // What an argument holds afterwards.
  std::vector<Bytes> after(const LaunchCase& launch) const {
    Prepared prepared = prepare(launch, GetParam());
    const Outcome outcome = run(prepared);
    EXPECT_EQ(outcome.report.status, vgpu::RunStatus::kDone)
        << (outcome.report.fault ? outcome.report.fault->message : std::string());
    return outcome.buffers;
  }
  std::vector<float> floats(const LaunchCase& launch, std::size_t argument) const {
    return values_of<float>(after(launch).at(argument));
  }
  std::vector<int> state_after_check(const std::vector<float>& gradients, const char* state = "buf:i32:4:zero") const {
    const LaunchCase launch{"check_gradients",
                            {static_cast<std::uint32_t>(gradients.size() + 1023) / 1024, 1, 1},
                            {256, 1, 1},
                            0,
                            {fmt::format("buf:f32:{}:list:{}", gradients.size(), fmt::join(gradients, ",")), state,
                             fmt::format("i32:{}", gradients.size())}};
    return values_of<int>(after(launch).at(1));
  }
};

INSTANTIATE_TEST_SUITE_P(Kernels, StepKernels, ::testing::Values(Flavour::kOptimised, Flavour::kDebug),
                         [](const auto& flavour) { return flavour.param == Flavour::kDebug ? "debug" : "optimised"; });

// ---- The loss

TEST_P(StepKernels, TheFusedLossIsTheThreeKernelsInARow) {
  const int n = 70;
  const LaunchCase fused = loss_of("softmax_cross_entropy", n);
  const std::vector<Bytes> together = after(fused);
  const std::vector<float> p = floats(loss_of("softmax_forward", n), 1);
  const std::string given = fmt::format("buf:f32:{}:list:{}", p.size(), fmt::join(p, ","));
  LaunchCase loss = loss_of("cross_entropy", n), gradient = loss_of("cross_entropy_backward", n);
  loss.arguments[0] = gradient.arguments[0] = given;
  const std::vector<float> losses = floats(loss, 2), gradients = floats(gradient, 4);
  for (std::size_t i = 0; i < p.size(); ++i) {
    ASSERT_NEAR(values_of<float>(together[4])[i], p[i], 1e-6);
    ASSERT_NEAR(values_of<float>(together[6])[i], gradients[i], 1e-6 * 1024 / n);
  }
  for (std::size_t i = 0; i < losses.size(); ++i) ASSERT_NEAR(values_of<float>(together[5])[i], losses[i], 1e-5);
}

TEST_P(StepKernels, HugeLogitsGiveAFiniteLossAndGradient) {
  LaunchCase launch = loss_of("softmax_cross_entropy", 2);
  launch.arguments[0] = "buf:f32:20:list:3e38,-3e38,0,0,0,0,0,0,0,0,1000,2000,-5,7,1,1,1,1,1,1500";
  launch.arguments[1] = "buf:u8:2:list:2,0";
  const std::vector<Bytes> out = after(launch);
  const std::vector<float> p = values_of<float>(out[4]), losses = values_of<float>(out[5]);
  EXPECT_EQ(p[0], 1.0F);
  EXPECT_EQ(p[11], 1.0F);
  EXPECT_EQ(losses[0], 3e38F) << "log of a probability that is 0 would be infinite";
  EXPECT_EQ(losses[1], 1000.0F);
  const std::vector<float> gradient = values_of<float>(out[6]);
  EXPECT_EQ(gradient[0], 512.0F) << "(1 - 0) / 2 samples * 1024";
  EXPECT_EQ(gradient[2], -512.0F);
  for (const float value : gradient) EXPECT_TRUE(std::isfinite(value));

  LaunchCase simple = loss_of("softmax_forward", 2);
  simple.arguments[0] = launch.arguments[0];
  EXPECT_EQ(floats(simple, 1), p);
}

// The derivative of the mean loss by each logit, as the difference of two losses that the kernel itself gives.
TEST_P(StepKernels, TheGradientIsTheSlopeOfTheLoss) {
  const int n = 3;
  LaunchCase launch = loss_of("softmax_cross_entropy", n);
  std::vector<float> logits;
  for (int i = 0; i < 10 * n; ++i) logits.push_back(static_cast<float>(i * 7 % 11) / 4 - 1);
  const auto with = [&](const std::vector<float>& values) {
    launch.arguments[0] = fmt::format("buf:f32:{}:list:{}", values.size(), fmt::join(values, ","));
    return after(launch);
  };
  const auto mean_loss = [&](const std::vector<float>& values) {
    double sum = 0;
    for (const float loss : values_of<float>(with(values)[5])) sum += static_cast<double>(loss);
    return sum / n;
  };
  const std::vector<float> gradient = values_of<float>(with(logits)[6]);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    constexpr float kStep = 0.03125F;
    std::vector<float> more = logits, less = logits;
    more[i] += kStep;
    less[i] -= kStep;
    const double slope = (mean_loss(more) - mean_loss(less)) / static_cast<double>(2 * kStep);
    EXPECT_NEAR(static_cast<double>(gradient[i]) / 1024, slope, 1e-4) << "logit " << i;
  }
}

TEST_P(StepKernels, OfEqualProbabilitiesTheFirstCounts) {
  LaunchCase launch = loss_of("training_metrics", 2);
  launch.arguments[1] = "buf:f32:20:list:0,0,3,0,0,3,0,0,0,0,1,1,1,1,1,1,1,1,1,1";
  launch.arguments[2] = "buf:u8:2:list:2,9";
  const std::vector<Bytes> out = after(launch);
  EXPECT_EQ(values_of<float>(out[4])[5], 1.0F) << "the first sample was read right";
  EXPECT_EQ(values_of<std::uint32_t>(out[5])[2 * 10 + 2], 6U) << "5 were there before";
  EXPECT_EQ(values_of<std::uint32_t>(out[5])[9 * 10 + 0], 6U);
}

TEST_P(StepKernels, ALossThatIsNotFiniteIsTold) {
  for (const char* bad : {"inf", "-inf", "nan"}) {
    LaunchCase launch = loss_of("training_metrics", 40);
    launch.arguments[0] = fmt::format("buf:f32:40:list:{}", [&] {
      std::string all;
      for (int i = 0; i < 40; ++i) all += fmt::format("{}{}", i == 0 ? "" : ",", i == 37 ? bad : "1");
      return all;
    }());
    launch.arguments[6] = "buf:i32:4:list:0,5,0,0";
    EXPECT_THAT(values_of<int>(after(launch)[6]), ElementsAre(1, 5, 0, 0)) << bad;
    launch.arguments[0] = "buf:f32:40:fill:2";
    launch.arguments[6] = "buf:i32:4:list:1,5,0,0";
    EXPECT_THAT(values_of<int>(after(launch)[6]), ElementsAre(0, 5, 0, 0)) << "this step's is finite";
    EXPECT_EQ(floats(launch, 4)[4], 80.0F);
  }
}

// ---- The update

TEST_P(StepKernels, AGradientThatIsNotFiniteIsFoundWhereverItIs) {
  const float largest = std::numeric_limits<float>::max();
  std::vector<float> gradients(2050, largest);
  EXPECT_THAT(state_after_check(gradients), ElementsAre(0, 0, 0, 0)) << "large, but finite";
  for (const std::size_t place : {0UL, 1UL, 2UL, 3UL, 1027UL, 2047UL, 2048UL, 2049UL}) {
    for (const float bad : {kInfinity, -kInfinity, kNan}) {
      gradients[place] = bad;
      EXPECT_THAT(state_after_check(gradients), ElementsAre(0, 1, 0, 0)) << bad << " at " << place;
    }
    gradients[place] = -largest;
  }
  EXPECT_THAT(state_after_check(gradients, "buf:i32:4:list:0,1,0,0"), ElementsAre(0, 1, 0, 0)) << "only ever set";
}

TEST_P(StepKernels, NothingChangesInASkippedUpdate) {
  for (const char* kernel : {"sgd_update", "momentum_update", "adam_update", "adam_update_vector"}) {
    for (const char* state : {"buf:i32:4:list:1,0,0,0", "buf:i32:4:list:0,1,0,0"}) {
      LaunchCase launch = update_of(kernel, 300);
      launch.arguments[1] = "buf:f32:300:fill:nan";
      for (std::string& argument : launch.arguments) {
        if (argument == "buf:i32:4:zero") argument = state;
      }
      Prepared prepared = prepare(launch, GetParam());
      const Outcome outcome = run(prepared);
      for (std::size_t i = 0; i < outcome.buffers.size(); ++i) {
        if (prepared.addresses[i] != 0) {
          EXPECT_EQ(outcome.buffers[i], prepared.inputs[i]) << kernel << ", argument " << i;
        }
      }
    }
  }
}

TEST_P(StepKernels, AdamWithFourParametersAThreadIsAdam) {
  const LaunchCase one = update_of("adam_update", 2060), four = update_of("adam_update_vector", 2060);
  ASSERT_EQ(one.arguments, four.arguments);
  const std::vector<Bytes> simple = after(one), fast = after(four);
  for (const std::size_t argument : {0UL, 2UL, 3UL}) {
    const std::vector<float> expected = values_of<float>(simple[argument]), values = values_of<float>(fast[argument]);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(values[i], expected[i], 2e-7 * std::max(1.0, std::fabs(static_cast<double>(expected[i]))));
    }
  }
}

// Gradients that were never anything but 0 leave a parameter where it is: 0 / (0 + epsilon).
TEST_P(StepKernels, AdamLeavesAParameterWithoutGradientAlone) {
  for (const char* kernel : {"adam_update", "adam_update_vector"}) {
    LaunchCase launch = update_of(kernel, 8);
    for (const std::size_t zero : {1UL, 2UL, 3UL}) launch.arguments[zero] = "buf:f32:8:zero";
    launch.arguments[0] = "buf:f32:8:fill:0.5";
    EXPECT_THAT(floats(launch, 0), Each(0.5F)) << kernel;
  }
}

TEST_P(StepKernels, FinishStepTellsASkippedUpdateAndCountsTheStep) {
  LaunchCase launch = default_launch(*find_kernel("finish_step"));
  launch.arguments[0] = "buf:i32:4:list:1,0,0,0";
  launch.arguments[2] = "buf:f32:12:fill:3";
  for (const char* state : {"buf:i32:4:list:0,0,0,0", "buf:i32:4:list:1,0,0,0", "buf:i32:4:list:0,1,0,0"}) {
    launch.arguments[1] = state;
    const std::vector<Bytes> out = after(launch);
    const float skipped = std::string(state) == "buf:i32:4:list:0,0,0,0" ? 0.0F : 1.0F;
    EXPECT_THAT(values_of<int>(out[0]), ElementsAre(2, 0, 0, 0));
    EXPECT_THAT(values_of<int>(out[1]), ElementsAre(0, static_cast<int>(skipped), 0, 0))
        << "later steps are skipped too";
    EXPECT_THAT(values_of<float>(out[2]), ElementsAre(3, 3, 3, 3, 3, 3, skipped, 3, 3, 3, 3, 3));
  }
}

}  // namespace
}  // namespace warpscope::kernels::testing
