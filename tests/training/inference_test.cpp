#include "compute/training/inference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "tests/training/helpers.h"
#include "tests/training/reference.h"

namespace warpscope::training {
namespace {

void expect_near(std::span<const float> found, std::span<const double> expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  double scale = 0;
  for (const double value : expected) scale = std::max(scale, std::abs(value));
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], tolerance * scale) << "number " << i;
}

void compare_with_reference(const NetworkSpec& network, unsigned seed) {
  const Weights weights = initial_weights(network, seed);
  const std::vector<float> input = random_images(static_cast<std::size_t>(network.input.count()), seed);
  const ReferenceNetwork reference(network, weights);
  const auto expected = reference.forward(to_double(input));
  Activations found;
  infer(network, weights, input, found);
  ASSERT_EQ(found.layers.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(network.name + " layer " + std::to_string(i));
    expect_near(found.layers[i], expected[i], 2e-6);
  }
  expect_near(found.probabilities, reference.probabilities(to_double(input)), 2e-6);
}

TEST(Infer, AgreesWithDoublePrecisionInEveryLayerOfEveryNetwork) {
  for (const NetworkSpec& network : networks()) compare_with_reference(network, 3);
}

TEST(Infer, AgreesOnOddSizesAndColour) {
  const NetworkSpec odd{"odd",
                        "",
                        {3, 11, 9},
                        {{LayerKind::kConv, 5, 4},
                         {LayerKind::kSigmoid},
                         {LayerKind::kMaxPool, 0, 3},
                         {LayerKind::kConv, 2, 2},
                         {LayerKind::kRelu},
                         {LayerKind::kDense, 10}}};
  ASSERT_TRUE(with_input(odd, odd.input));
  compare_with_reference(odd, 4);
  compare_with_reference(with_input(find_network("cnn32-64").value(), {3, 32, 32}).value(), 5);
}

TEST(Infer, NamesTheMostProbableAndTheRunnerUp) {
  // One dense layer whose biases are the logits.
  const NetworkSpec network{"direct", "", {1, 1, 1}, {{LayerKind::kDense, 10}}};
  Weights weights = initial_weights(network, 1);
  std::fill(weights.layers[0].weight.data.begin(), weights.layers[0].weight.data.end(), 0.0F);
  weights.layers[0].bias.data = {0, 1, 2, 9, 3, 0, 8, 0, 0, -1000};
  Activations found;
  infer(network, weights, std::vector<float>{0.5F}, found);
  EXPECT_EQ(found.digit, 3);
  EXPECT_EQ(found.runner_up, 6);
  EXPECT_NEAR(found.probabilities[3] / found.probabilities[6], std::exp(1.0), 1e-5);
  EXPECT_EQ(found.probabilities[9], 0);
  weights.layers[0].bias.data.assign(10, 0);
  infer(network, weights, std::vector<float>{0.5F}, found);
  EXPECT_NE(found.digit, found.runner_up) << "even where all are equal";
}

TEST(Infer, FollowsAPen) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers slow it down";
#endif
  Activations found;
  const std::vector<float> input = random_images(784, 1);
  const auto milliseconds_of = [&](std::string_view name) {
    const NetworkSpec network = find_network(name).value();
    const Weights weights = initial_weights(network, 1);
    double best = 1e9;
    for (int i = 0; i < 20; ++i) {
      const auto start = std::chrono::steady_clock::now();
      infer(network, weights, input, found);
      best =
          std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  // A frame has 16 ms; these bounds leave room for slow machines and debug builds.
  EXPECT_LT(milliseconds_of("cnn32"), 5);
  EXPECT_LT(milliseconds_of("cnn32-64"), 15);
}

TEST(WorkedSum, ShowsTheNumbersThatMakeOnePixelOfAMap) {
  const NetworkSpec network = find_network("cnn32-64").value();
  const Weights weights = initial_weights(network, 6);
  const std::vector<float> input = random_images(784, 6);
  Activations found;
  infer(network, weights, input, found);
  for (const int layer : {0, 3}) {
    const Shape shape = network.shape_after(layer), in = network.shape_after(layer - 1);
    const std::vector<float>& below = layer == 0 ? input : found.layers[2];
    const int map = 17, row = 4, column = 9;
    const WorkedSum worked = worked_sum(network, weights, layer, below, map, row, column);
    EXPECT_EQ(worked.size, 3);
    EXPECT_EQ(worked.channels, in.channels);
    ASSERT_EQ(worked.window.size(), static_cast<std::size_t>(9 * in.channels));
    EXPECT_NEAR(worked.value(),
                found.layers[static_cast<std::size_t>(layer)]
                            [static_cast<std::size_t>((map * shape.height + row) * shape.width + column)],
                1e-5);
    // The window's last channel, middle row, right column lies at (row + 1, column + 2).
    const auto at = static_cast<std::size_t>(((in.channels - 1) * in.height + row + 1) * in.width + column + 2);
    const std::size_t k = worked.window.size() - 4;
    EXPECT_EQ(worked.window[k], below[at]);
    EXPECT_EQ(worked.products[k], worked.window[k] * worked.filter[k]);
  }
}

}  // namespace
}  // namespace warpscope::training
