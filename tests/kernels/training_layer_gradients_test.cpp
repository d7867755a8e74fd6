// The ways back through a network's layers against finite differences of the ways forward, kernels against kernels; the
// fused kernels against the plain ones; the same bits however many threads compute.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/launches.h"
#include "tests/kernels/training_layer_launches.h"

namespace warpscope::kernels::testing {
namespace {

using Floats = std::vector<float>;

std::string listed(const Floats& values) {
  return fmt::format("buf:f32:{}:list:{}", values.size(), fmt::join(values, ","));
}

LaunchCase launch_of(const std::string& kernel, const LayerSizes& sizes) {
  return layer_launch(*find_kernel(kernel), sizes);
}

// What argument `output` holds after the launch.
Bytes bytes_after(const LaunchCase& launch, std::size_t output, int threads = 1) {
  Prepared prepared = prepare(launch, Flavour::kOptimised);
  const Outcome outcome = run(prepared, {.observers = {}, .threads = threads});
  EXPECT_EQ(outcome.report.status, vgpu::RunStatus::kDone) << launch.kernel;
  return outcome.buffers.at(output);
}

Floats after(const LaunchCase& launch, std::size_t output) {
  return values_of<float>(bytes_after(launch, output));
}

Floats given(const LaunchCase& launch, std::size_t argument) {
  return values_of<float>(parse_argument(launch.arguments.at(argument))->bytes);
}

std::string places_spec(const Bytes& places) {
  return fmt::format("buf:u8:{}:list:{}", places.size(), fmt::join(places, ","));
}

// Sum of the outputs, each by its weight: the loss whose gradients the ways back are to be.
double weighed(const Floats& values, const Floats& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += static_cast<double>(values[i]) * weights.at(i);
  return sum;
}

struct Way {
  LaunchCase forward;
  std::size_t output;
  Floats output_grad;
  float step;
};

// Gradients of the forward launch's argument, at some of its elements.
void expect_slopes(const Way& way, std::size_t argument, const Floats& gradients, double tolerance) {
  const Floats values = given(way.forward, argument);
  ASSERT_EQ(values.size(), gradients.size());
  int different = 0;
  for (std::size_t i = 0; i < values.size(); i += 1 + values.size() / 23) {
    double loss[2];
    for (const int side : {0, 1}) {
      Floats moved = values;
      moved[i] += side == 0 ? -way.step : way.step;
      LaunchCase launch = way.forward;
      launch.arguments[argument] = listed(moved);
      loss[side] = weighed(after(launch, way.output), way.output_grad);
    }
    const double slope = (loss[1] - loss[0]) / (2.0 * way.step);
    EXPECT_NEAR(gradients[i], slope, tolerance) << way.forward.kernel << ", argument " << argument << ", element " << i;
    different += std::fabs(slope) > 10 * tolerance ? 1 : 0;
  }
  EXPECT_GE(different, 3) << "slopes of nothing prove nothing";
}

constexpr LayerSizes kSmall{2, 2, 8, 7, 3, 3};

// A convolution is linear: a wide step is as right as a narrow one, and loses fewer digits.
TEST(LayerGradients, OfAConvolutionAreItsSlopes) {
  const LaunchCase forward = launch_of("conv_forward", kSmall);
  LaunchCase data = launch_of("conv_backward_data", kSmall), weights = launch_of("conv_backward_weights", kSmall);
  data.arguments[1] = forward.arguments[1];
  weights.arguments[0] = forward.arguments[0];
  weights.arguments[1] = data.arguments[0];
  const Way way{forward, 3, given(data, 0), 0.5F};
  expect_slopes(way, 0, after(data, 2), 1e-4);
  expect_slopes(way, 1, after(weights, 2), 1e-4);
  expect_slopes(way, 2, after(weights, 3), 1e-4);
}

// Values 1/16 apart, in no order: a step of 1/64 changes no choice.
Floats distinct(std::size_t count) {
  Floats values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(static_cast<int>(i * 37 % count) - static_cast<int>(count / 2)) / 16 + 0.03125F;
  }
  return values;
}

TEST(LayerGradients, OfAPoolAreItsSlopes) {
  constexpr LayerSizes kPairs{2, 2, 8, 7, 2, 2};
  LaunchCase forward = launch_of("maxpool_forward", kPairs), back = launch_of("maxpool_backward", kPairs);
  forward.arguments[0] = listed(distinct(given(forward, 0).size()));
  back.arguments[1] = places_spec(bytes_after(forward, 2));
  expect_slopes({forward, 1, given(back, 0), 0.015625F}, 0, after(back, 2), 1e-3);
}

TEST(LayerGradients, OfActivationsAreTheirSlopes) {
  for (const std::string name : {"relu", "sigmoid"}) {
    LaunchCase forward = launch_of(name + "_forward", kSmall), back = launch_of(name + "_backward", kSmall);
    Floats values = distinct(given(forward, 0).size());
    for (float& value : values) value /= name == "sigmoid" ? 4 : 1;
    forward.arguments[0] = listed(values);
    back.arguments[0] = listed(after(forward, 1));
    expect_slopes({forward, 1, given(back, 1), 0.015625F}, 0, after(back, 2), 1e-3);
  }
}

// The choice of a window may change within a step at a few elements; the gradient is then between two slopes, and a
// narrow step makes that rare. The seeds here have none.
TEST(LayerGradients, OfConvolutionReluAndPoolInOneAreItsSlopes) {
  const LaunchCase forward = launch_of("conv_relu_pool_forward", kSmall);
  LaunchCase data = launch_of("conv_relu_pool_backward_data", kSmall),
             weights = launch_of("conv_relu_pool_backward_weights", kSmall);
  data.arguments[1] = weights.arguments[2] = places_spec(bytes_after(forward, 4));
  data.arguments[2] = forward.arguments[1];
  weights.arguments[0] = forward.arguments[0];
  weights.arguments[1] = data.arguments[0];
  const Way way{forward, 3, given(data, 0), 0x1p-9F};
  expect_slopes(way, 0, after(data, 3), 2e-3);
  const Floats all = after(weights, 3);  // both samples are in one split
  ASSERT_EQ(all.size(), 3U * 18 + 3);
  expect_slopes(way, 1, {all.begin(), all.end() - 3}, 2e-3);
  const Floats biases = after(weights, 3);
  for (std::size_t map = 0; map < 3; ++map) {
    double sum = 0;
    const Bytes chosen = bytes_after(forward, 4);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (i / 6 % 3 == map && chosen[i] < 4) sum += static_cast<double>(way.output_grad[i]);
    }
    EXPECT_NEAR(biases[54 + map], sum, 1e-5);
  }
}

// ---- Fused and plain

void expect_close(const Floats& values, const Floats& expected) {
  ASSERT_EQ(values.size(), expected.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) wrong += std::fabs(values[i] - expected[i]) <= 1e-4F ? 0 : 1;
  EXPECT_EQ(wrong, 0U) << "of " << values.size();
}

class FusedLayer : public ::testing::TestWithParam<LayerSizes> {
 protected:
  // The pool's input is the convolution's output.
  LayerSizes pooled_sizes() const {
    const LayerSizes& s = GetParam();
    return {s.samples, s.maps, s.height - 2, s.width - 2, s.maps, 2};
  }
};

TEST_P(FusedLayer, GivesWhatThePlainKernelsGiveOneAfterTheOther) {
  const LaunchCase fused = launch_of("conv_relu_pool_forward", GetParam());
  LaunchCase conv = launch_of("conv_forward", GetParam()), pool = launch_of("maxpool_forward", pooled_sizes());
  for (const std::size_t i : {0U, 1U, 2U}) conv.arguments[i] = fused.arguments[i];
  LaunchCase relu = launch_of("relu_forward", pooled_sizes());
  relu.arguments[0] = listed(after(conv, 3));
  pool.arguments[0] = listed(after(relu, 1));
  const Floats pooled = after(pool, 1);
  expect_close(after(fused, 3), pooled);

  // And back, with the choice of the fused kernel in the pool's words: one that is off may be any.
  const Bytes chosen = bytes_after(fused, 4);
  LaunchCase data = launch_of("conv_relu_pool_backward_data", GetParam()),
             weights = launch_of("conv_relu_pool_backward_weights", GetParam());
  data.arguments[1] = weights.arguments[2] = places_spec(chosen);
  data.arguments[2] = fused.arguments[1];
  weights.arguments[0] = fused.arguments[0];
  weights.arguments[1] = data.arguments[0];

  Bytes in_words = chosen;
  for (std::uint8_t& place : in_words) place = place == 4 ? 0 : place;
  LaunchCase pool_back = launch_of("maxpool_backward", pooled_sizes());
  pool_back.arguments[0] = data.arguments[0];
  pool_back.arguments[1] = places_spec(in_words);
  LaunchCase relu_back = launch_of("relu_backward", pooled_sizes());
  relu_back.arguments[0] = relu.arguments[0];
  relu_back.arguments[1] = listed(after(pool_back, 2));
  LaunchCase data_back = launch_of("conv_backward_data", GetParam()),
             weights_back = launch_of("conv_backward_weights", GetParam());
  data_back.arguments[0] = weights_back.arguments[1] = listed(after(relu_back, 2));
  data_back.arguments[1] = fused.arguments[1];
  weights_back.arguments[0] = fused.arguments[0];
  expect_close(after(data, 3), after(data_back, 2));

  Floats all = after(weights_back, 2);
  const Floats biases = after(weights_back, 3);
  all.insert(all.end(), biases.begin(), biases.end());
  const int count = static_cast<int>(all.size());
  const Floats partial = after(weights, 3);
  const LaunchCase sum{.kernel = "sum_partials",
                       .grid = {static_cast<std::uint32_t>(count + 255) / 256, 1, 1},
                       .block = {256, 1, 1},
                       .arguments = {listed(partial), fmt::format("buf:f32:{}:zero", count),
                                     fmt::format("i32:{}", static_cast<int>(partial.size()) / count),
                                     fmt::format("i32:{}", count), fmt::format("i32:{}", count)}};
  expect_close(after(sum, 1), all);
}

// The layers of cnn32 and of cnn32-64, and sizes that fit nothing.
INSTANTIATE_TEST_SUITE_P(Sizes, FusedLayer,
                         ::testing::Values(LayerSizes{3, 1, 28, 28, 32, 3}, LayerSizes{2, 32, 13, 13, 64, 3},
                                           LayerSizes{3, 5, 9, 17, 7, 3}));

// Small whole numbers make sums that floats hold exactly, and with them many ties.
TEST(FusedLayers, OfEqualValuesTheFirstIsChosen) {
  LaunchCase launch = launch_of("conv_relu_pool_forward", {2, 1, 10, 10, 2, 3});
  Floats input(200);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i * 7 % 3);
  launch.arguments[0] = listed(input);
  launch.arguments[1] = "buf:f32:18:list:1,0,0,0,0,0,0,0,0,-1,0,0,0,0,0,0,0,0";
  launch.arguments[2] = "buf:f32:2:list:0,1";
  const Bytes chosen = bytes_after(launch, 4);
  const Floats pooled = after(launch, 3);
  std::size_t ties = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const std::size_t window = i % 16, map = i / 16 % 2, sample = i / 32;
    float largest = 0;
    int expected = 4, equal = 0;
    for (int place = 0; place < 4; ++place) {
      const std::size_t y = window / 4 * 2 + static_cast<std::size_t>(place / 2),
                        x = window % 4 * 2 + static_cast<std::size_t>(place % 2);
      const float value = map == 0 ? input[sample * 100 + y * 10 + x] : 1 - input[sample * 100 + y * 10 + x];
      equal += value == largest && value > 0 ? 1 : 0;
      if (value <= largest) continue;
      largest = value;
      expected = place;
    }
    EXPECT_EQ(chosen[i], expected) << i;
    EXPECT_EQ(pooled[i], largest) << i;
    ties += equal > 0 ? 1 : 0;
  }
  EXPECT_GT(ties, 5U);
}

// Of one channel a block may make any number of maps: the same bits, whatever their share.
TEST(FusedLayers, OfOneChannelMakeTheSameWithFewerBlocks) {
  LaunchCase launch = launch_of("conv_relu_pool_forward", {3, 1, 11, 12, 30, 3});
  ASSERT_EQ(launch.grid.y, 8U);
  const Bytes pooled = bytes_after(launch, 3), chosen = bytes_after(launch, 4);
  for (const std::uint32_t rows : {1U, 3U, 7U, 30U}) {
    launch.grid.y = rows;
    EXPECT_EQ(bytes_after(launch, 3), pooled) << rows;
    EXPECT_EQ(bytes_after(launch, 4), chosen) << rows;
  }
}

std::uint64_t instructions_of(const std::string& kernel, const LayerSizes& sizes) {
  Prepared prepared = prepare(launch_of(kernel, sizes), Flavour::kOptimised);
  return run(prepared).report.warp_instructions;
}

// What the comment of train_conv_pool.cu promises, on the first layer of cnn32 and the second of cnn32-64.
TEST(FusedLayers, TakeATenthOfTheInstructions) {
  for (const LayerSizes& layer : {LayerSizes{4, 1, 28, 28, 32, 3}, LayerSizes{2, 32, 13, 13, 64, 3}}) {
    const LayerSizes outputs{layer.samples, layer.maps, layer.height - 2, layer.width - 2, layer.maps, 2};
    std::uint64_t plain = 0, fused = 0;
    for (const char* kernel : {"conv_forward", "conv_backward_weights"}) plain += instructions_of(kernel, layer);
    for (const char* kernel : {"relu_forward", "maxpool_forward", "maxpool_backward", "relu_backward"}) {
      plain += instructions_of(kernel, outputs);
    }
    for (const char* kernel : {"conv_relu_pool_forward", "conv_relu_pool_backward_weights"}) {
      fused += instructions_of(kernel, layer);
    }
    if (layer.channels > 1) {  // nobody asks for the gradient of the pictures
      plain += instructions_of("conv_backward_data", layer);
      fused += instructions_of("conv_relu_pool_backward_data", layer);
    }
    RecordProperty("plain", std::to_string(plain));
    RecordProperty("fused", std::to_string(fused));
    EXPECT_LT(10 * fused, plain) << fused << " and " << plain;
  }
}

// ---- The same bits

class LayerBits : public ::testing::TestWithParam<std::string> {};

TEST_P(LayerBits, AreTheSameHoweverManyThreadsCompute) {
  const LaunchCase launch = launch_of(GetParam(), {5, 4, 13, 12, 9, 3});
  for (const int output : find_kernel(GetParam())->outputs) {
    const auto index = static_cast<std::size_t>(output);
    const Bytes alone = bytes_after(launch, index, 1);
    EXPECT_EQ(bytes_after(launch, index, 2), alone);
    EXPECT_EQ(bytes_after(launch, index, 5), alone);
  }
}

std::vector<std::string> layer_names() {
  std::vector<std::string> names;
  for (const Kernel& kernel : catalogue()) {
    if (kernel.topic == "training: convolution") names.emplace_back(kernel.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Kernels, LayerBits, ::testing::ValuesIn(layer_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace warpscope::kernels::testing
