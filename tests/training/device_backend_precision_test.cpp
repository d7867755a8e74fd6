// Training with halves and brain floats: near what f32 gives, and steps whose scaled gradients overflow are made again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "compute/training/loss_scale.h"
#include "tests/training/device_training.h"

namespace warpscope::training {
namespace {

double distance(const Weights& a, const Weights& b) {
  double difference = 0, all = 0;
  for (std::size_t k = 0; k < a.layers.size(); ++k) {
    for (std::size_t i = 0; i < a.layers[k].weight.data.size(); ++i) {
      const double x = a.layers[k].weight.data[i], y = b.layers[k].weight.data[i];
      difference += (x - y) * (x - y);
      all += y * y;
    }
  }
  return std::sqrt(difference / all);
}

class OfEachPrecision : public ::testing::TestWithParam<Precision> {};

// f16 keeps 11 bits, bf16 8: one part in 2,048 or 256 of every factor. A relu whose input was next to zero may decide
// the other way, which moves a gradient by more than the rounding.
TEST_P(OfEachPrecision, GradientsAreNearThoseOfTheCpu) {
  const double bits = GetParam() == Precision::kF16 ? 11 : 8;
  const auto pictures = digits(40);
  for (const char* name : {"mlp128-64", "cnn32"}) {
    for (const bool simple : {true, false}) {
      SCOPED_TRACE(testing::Message() << name << (simple ? ", simple" : ", fast"));
      Pair pair = make_pair(find_network(name).value(), 8, {}, {.precision = GetParam(), .simple = simple});
      EXPECT_EQ(pair.device->precision(), GetParam());
      ASSERT_TRUE(pair.device->set_pictures(pictures));
      const PlannedStep step = step_of(*pictures, 5, 8, 0.01F);
      const auto made = pair.device->train({&step, 1});
      ASSERT_EQ(made.size(), 1U) << pair.device->failure()->message;
      const Batch batch = batch_of(*pictures, step);
      const BatchStats expected = pair.cpu->forward_backward(batch.images, batch.labels);
      EXPECT_NEAR(made[0].stats.loss, expected.loss, 4 * std::exp2(-bits) * expected.loss);
      const double away = distance(pair.device->gradients(), pair.cpu->gradients());
      EXPECT_LT(away, 20 * std::exp2(-bits));
      EXPECT_GT(away, 0.05 * std::exp2(-bits)) << "it has to be seen that factors were rounded";
    }
  }
}

TEST_P(OfEachPrecision, LearnsLikeF32) {
  const NetworkSpec network = find_network("mlp128").value();
  const auto pictures = digits(64 * 40);
  const auto rounded = on_virtual_gpu(network, 64, {}, {.precision = GetParam()}),
             exact = on_virtual_gpu(network, 64, {});
  std::vector<PlannedStep> steps;
  for (int i = 0; i < 40; ++i) steps.push_back(step_of(*pictures, 64 * 3 * i, 64, 1e-3F));
  ASSERT_TRUE(rounded->set_pictures(pictures));
  ASSERT_TRUE(exact->set_pictures(pictures));
  const auto found = rounded->train(steps), expected = exact->train(steps);
  ASSERT_EQ(found.size(), 40U);
  ASSERT_EQ(expected.size(), 40U);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_NEAR(found[i].stats.loss, expected[i].stats.loss, 0.03) << i;
}

INSTANTIATE_TEST_SUITE_P(All, OfEachPrecision, ::testing::Values(Precision::kF16, Precision::kBf16),
                         [](const auto& info) { return std::string(text_of(info.param)); });

// Weights so large that gradients leave the range of a half until the loss is scaled by less.
TEST(HalfPrecision, AStepThatOverflowsIsSkippedAndTheScaleLowered) {
  const NetworkSpec network = find_network("mlp128").value();
  const auto pictures = digits(50);
  Weights large = initial_weights(network, 1);
  for (float& weight : large.layers[1].weight.data) weight *= 30000;
  std::vector<PlannedStep> steps;
  for (int i = 0; i < 12; ++i) steps.push_back(step_of(*pictures, 5 * i, 8, 1e-3F));
  const auto row = on_virtual_gpu(network, 8, {}, {.precision = Precision::kF16});
  const auto alone = on_virtual_gpu(network, 8, {}, {.precision = Precision::kF16});
  for (const auto& backend : {row.get(), alone.get()}) {
    ASSERT_TRUE(backend->set_pictures(pictures));
    ASSERT_TRUE(backend->set_weights(large));
  }
  const auto made = row->train(steps);
  ASSERT_EQ(made.size(), steps.size());
  EXPECT_TRUE(made.front().skipped);
  EXPECT_FALSE(made.back().skipped);
  std::int64_t updates = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_TRUE(std::isfinite(made[i].stats.loss));
    updates += made[i].skipped ? 0 : 1;
    const auto one = alone->train({&steps[i], 1});
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].skipped, made[i].skipped) << i;
    EXPECT_EQ(one[0].stats.loss, made[i].stats.loss) << i;
  }
  EXPECT_EQ(row->optimizer_state().updates, updates);
  EXPECT_EQ(row->weights(), alone->weights()) << "how steps are grouped changes no bit";
}

TEST(LossScale, IsHalvedWhenAStepIsSkippedAndDoubledAfterTwoHundredGoodOnes) {
  LossScale scale(Precision::kF16);
  EXPECT_EQ(scale.value(), 1024);
  for (int i = 0; i < 199; ++i) scale.step_made();
  EXPECT_EQ(scale.value(), 1024);
  scale.step_made();
  EXPECT_EQ(scale.value(), 2048);
  scale.step_skipped();
  scale.step_skipped();
  EXPECT_EQ(scale.value(), 512);
  for (int i = 0; i < 100; ++i) scale.step_skipped();
  EXPECT_GT(scale.value(), 1);
  for (int i = 0; i < 10000; ++i) scale.step_made();
  EXPECT_LE(scale.value(), 65536);
  LossScale exact(Precision::kF32);
  for (int i = 0; i < 500; ++i) exact.step_made();
  exact.step_skipped();
  EXPECT_EQ(exact.value(), 1);
}

}  // namespace
}  // namespace warpscope::training
