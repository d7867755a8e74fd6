#include "compute/training/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace warpscope::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

NetworkSpec named(std::string_view name) {
  return find_network(name).value();
}

TEST(Networks, AreTheFiveOfTheProductInOrder) {
  std::vector<std::string> names;
  for (const NetworkSpec& network : networks()) names.push_back(network.name);
  EXPECT_THAT(names, ElementsAre("mlp64-sigmoid", "mlp128", "mlp128-64", "cnn32", "cnn32-64"));
}

TEST(Networks, HaveAsManyParametersAsTheirFormulasSay) {
  EXPECT_EQ(named("mlp64-sigmoid").parameter_count(), 784 * 64 + 64 + 64 * 10 + 10);
  EXPECT_EQ(named("mlp128").parameter_count(), 784 * 128 + 128 + 128 * 10 + 10);
  EXPECT_EQ(named("mlp128-64").parameter_count(), 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10);
  EXPECT_EQ(named("cnn32").parameter_count(), 347146);
  EXPECT_EQ(named("cnn32-64").parameter_count(), 9 * 32 + 32 + 32 * 9 * 64 + 64 + 1600 * 64 + 64 + 64 * 10 + 10);
}

TEST(Networks, Cnn32And64GoesThroughTheSizes26_13_11_5) {
  const NetworkSpec network = named("cnn32-64");
  EXPECT_EQ(network.shape_after(-1), (Shape{1, 28, 28}));
  EXPECT_EQ(network.shape_after(0), (Shape{32, 26, 26}));
  EXPECT_EQ(network.shape_after(2), (Shape{32, 13, 13}));
  EXPECT_EQ(network.shape_after(3), (Shape{64, 11, 11}));
  EXPECT_EQ(network.shape_after(5), (Shape{64, 5, 5})) << "the odd row and column are dropped";
  EXPECT_EQ(network.shape_after(6), (Shape{64, 1, 1}));
  EXPECT_EQ(network.shape_after(8), (Shape{10, 1, 1}));
}

TEST(Networks, AnUnknownNameIsAnsweredWithTheNamesThereAre) {
  const auto found = find_network("resnet50");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("'resnet50'"));
  EXPECT_THAT(found.error().message, HasSubstr("mlp64-sigmoid, mlp128, mlp128-64, cnn32, cnn32-64"));
}

TEST(Networks, Cnn32And64AlsoReadsColourPicturesOf32By32) {
  const auto network = with_input(named("cnn32-64"), {3, 32, 32});
  ASSERT_TRUE(network);
  EXPECT_EQ(network->shape_after(5), (Shape{64, 6, 6}));
  EXPECT_EQ(network->parameter_count(), 27 * 32 + 32 + 32 * 9 * 64 + 64 + 64 * 36 * 64 + 64 + 64 * 10 + 10);
}

TEST(Networks, ASmallPictureIsRefusedWithTheLayerThatWouldGetNoPixel) {
  const auto network = with_input(named("cnn32-64"), {1, 7, 7});  // 7 -> 5 -> 2 -> nothing
  ASSERT_FALSE(network);
  EXPECT_THAT(network.error().message, HasSubstr("layer 3 (conv 3x3) would get 2x2"));
  EXPECT_FALSE(with_input(named("mlp128"), {0, 28, 28}));
}

TEST(Networks, KindsAreReadBackFromTheirTexts) {
  for (const auto kind : {OptimizerKind::kSgd, OptimizerKind::kMomentum, OptimizerKind::kAdam}) {
    EXPECT_EQ(parse_optimizer(text_of(kind)).value(), kind);
  }
  for (const auto kind : {ScheduleKind::kConstant, ScheduleKind::kOneCycle}) {
    EXPECT_EQ(parse_schedule(text_of(kind)).value(), kind);
  }
  EXPECT_THAT(parse_optimizer("lion").error().message, HasSubstr("sgd, momentum, adam"));
  EXPECT_THAT(parse_schedule("steps").error().message, HasSubstr("constant, one-cycle"));
}

TEST(InitialWeights, AreUniformAsHeProposedInFrontOfAReluAndAsPyTorchElsewhere) {
  const Weights weights = initial_weights(named("cnn32"), 7);
  ASSERT_EQ(weights.layers.size(), 3U);
  EXPECT_THAT(weights.layers[0].weight.shape, ElementsAre(32, 1, 3, 3));
  EXPECT_THAT(weights.layers[1].weight.shape, ElementsAre(64, 5408));
  EXPECT_EQ(weights.of_layer(3), &weights.layers[1]);
  EXPECT_EQ(weights.of_layer(1), nullptr) << "a relu has no weights";
  const double bounds[] = {std::sqrt(6.0 / 9.0), std::sqrt(6.0 / 5408.0), 1.0 / 8.0};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& data = weights.layers[i].weight.data;
    const auto [low, high] = std::minmax_element(data.begin(), data.end());
    EXPECT_GE(*low, -bounds[i]);
    EXPECT_LE(*high, bounds[i]);
    double squares = 0;
    for (const float w : data) squares += double{w} * double{w};
    const double expected = bounds[i] / std::sqrt(3.0);  // deviation of a uniform distribution
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(data.size())), expected, 0.12 * expected);
  }
}

TEST(InitialWeights, AreTheSameOnEveryMachine) {
  // std::mt19937_64(5489) begins with 14514284786278117030 (its 10,000th draw is fixed by the standard).
  const Weights weights = initial_weights(named("mlp128"), 5489);
  const double unit = static_cast<double>(14514284786278117030ULL >> 11) / 9007199254740992.0;
  EXPECT_EQ(weights.layers[0].weight.data[0], static_cast<float>((2 * unit - 1) * std::sqrt(6.0 / 784.0)));
}

TEST(InitialWeights, FollowTheSeed) {
  EXPECT_EQ(initial_weights(named("mlp128"), 1), initial_weights(named("mlp128"), 1));
  EXPECT_NE(initial_weights(named("mlp128"), 1), initial_weights(named("mlp128"), 2));
}

TEST(CheckFit, AcceptsEveryNetworksOwnWeights) {
  for (const NetworkSpec& network : networks()) EXPECT_TRUE(check_fit(network, initial_weights(network, 1)));
}

TEST(CheckFit, NamesLayerAndShapeOfWhatDoesNotFit) {
  const NetworkSpec network = named("cnn32");
  Weights weights = initial_weights(network, 1);
  weights.layers[1].weight.shape = {64, 5000};
  EXPECT_THAT(check_fit(network, weights).error().message,
              HasSubstr("layer 3 (dense) needs a weight of shape (64, 5408)"));
  weights = initial_weights(network, 1);
  weights.layers[0].bias.data.pop_back();
  EXPECT_THAT(check_fit(network, weights).error().message, HasSubstr("found (32) with 31 numbers"));
  weights = initial_weights(network, 1);
  weights.layers.pop_back();
  EXPECT_THAT(check_fit(network, weights).error().message, HasSubstr("none for layer 5"));
  EXPECT_FALSE(check_fit(named("mlp128"), initial_weights(network, 1)));
}

TEST(ZerosLike, HasTheShapesAndOnlyZeros) {
  const NetworkSpec network = named("mlp128");
  const Weights zeros = zeros_like(initial_weights(network, 1));
  EXPECT_TRUE(check_fit(network, zeros));
  for (const LayerWeights& layer : zeros.layers) {
    EXPECT_THAT(layer.weight.data, ::testing::Each(0.0F));
    EXPECT_THAT(layer.bias.data, ::testing::Each(0.0F));
  }
}

}  // namespace
}  // namespace warpscope::training
