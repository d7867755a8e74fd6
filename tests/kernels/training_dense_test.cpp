// The kernels of dense layers among themselves: what is called a gradient is one, the fast kernels compute what the
// simple ones do, tensor cores come close, and the bits do not depend on how many threads of the host compute.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/launches.h"
#include "tests/kernels/training_dense.h"

namespace warpscope::kernels::testing {
namespace {

using Floats = std::vector<float>;

constexpr DenseSize kOdd{37, 70, 45};  // no size fits a tile, nor is a multiple of 4

Floats result(const LaunchCase& launch, std::size_t argument, int threads = 1, Flavour flavour = Flavour::kOptimised) {
  Prepared prepared = prepare(launch, flavour);
  const Outcome outcome = run(prepared, {.observers = {}, .threads = threads});
  EXPECT_EQ(outcome.report.status, vgpu::RunStatus::kDone) << launch.kernel;
  return argument < outcome.buffers.size() ? values_of<float>(outcome.buffers[argument]) : Floats();
}

Floats input(const LaunchCase& launch, std::size_t argument) {
  return values_of<float>(prepare(launch, Flavour::kOptimised).inputs.at(argument));
}

std::string list(const Floats& values) {
  std::string text = "buf:f32:" + std::to_string(values.size()) + ":list:";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ",") + std::to_string(values[i]);
  return text;
}

double largest_difference(const Floats& a, const Floats& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

double dot(const Floats& a, const Floats& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// ---- Finite differences

class DenseGradients : public ::testing::TestWithParam<std::string> {
 protected:
  std::string kernel(const std::string& what) const { return "dense_" + what + GetParam(); }

  // The loss is the outputs, each times the number that is then its gradient. How much it changes with element `at` of
  // an argument of the forward pass.
  double slope(LaunchCase forward, std::size_t argument, std::size_t at, const Floats& output_grad) const {
    Floats values = input(forward, argument);
    const float step = 0.25F, value = values[at];  // what it is added to is linear: a big step is no worse
    double losses[2];
    for (int i = 0; i < 2; ++i) {
      values[at] = value + (i == 0 ? -step : step);
      forward.arguments[argument] = list(values);
      losses[i] = dot(result(forward, 3), output_grad);
    }
    return (losses[1] - losses[0]) / (2 * step);
  }
};

TEST_P(DenseGradients, AreWhatTheLossChangesBy) {
  const DenseSize size{9, 21, 11};
  LaunchCase forward = dense_launch(kernel("forward"), size);
  LaunchCase data = dense_launch(kernel("backward_data"), size, {}, 50);
  LaunchCase weights = dense_launch(kernel("backward_weights"), size, {}, 60);
  data.arguments[1] = forward.arguments[1];
  weights.arguments[0] = forward.arguments[0];
  weights.arguments[1] = data.arguments[0];
  const Floats output_grad = input(data, 0);
  const Floats input_grad = result(data, GetParam().empty() ? 2 : 3);
  const Floats weight_grad = result(weights, 2), bias_grad = result(weights, 3);
  for (const std::size_t at : {0UL, 50UL, 100UL, 188UL})
    EXPECT_NEAR(slope(forward, 0, at, output_grad), input_grad.at(at), 2e-5) << "input " << at;
  for (const std::size_t at : {0UL, 77UL, 150UL, 230UL})
    EXPECT_NEAR(slope(forward, 1, at, output_grad), weight_grad.at(at), 2e-5) << "weight " << at;
  for (const std::size_t at : {0UL, 10UL})
    EXPECT_NEAR(slope(forward, 2, at, output_grad), bias_grad.at(at), 2e-5) << "bias " << at;
}

INSTANTIATE_TEST_SUITE_P(Kernels, DenseGradients, ::testing::Values("", "_tiled"),
                         [](const auto& info) { return info.param.empty() ? "simple" : "tiled"; });

// The gradient of a layer's inputs goes on through the activation that made them: sums -> activation -> dense layer.
TEST(DenseGradientsThroughActivations, AreWhatTheLossChangesBy) {
  const DenseSize size{3, 7, 5};
  for (const int activation : {1, 2}) {
    const auto activated = [&](double sum) { return activation == 1 ? std::max(sum, 0.0) : 1 / (1 + std::exp(-sum)); };
    LaunchCase forward = dense_launch("dense_forward_tiled", size);
    LaunchCase data = dense_launch("dense_backward_data_tiled", size, {activation}, 50);
    data.arguments[1] = forward.arguments[1];
    const Floats sums = input(forward, 0), output_grad = input(data, 0);
    Floats below;
    for (const float sum : sums) below.push_back(static_cast<float>(activated(sum)));
    data.arguments[2] = list(below);
    const Floats gradient = result(data, 3);
    for (const std::size_t at : {0UL, 1UL, 2UL, 9UL, 20UL}) {
      const double step = 1e-2;
      double losses[2];
      for (int i = 0; i < 2; ++i) {
        Floats changed = below;
        changed[at] = static_cast<float>(activated(sums[at] + (i == 0 ? -step : step)));
        forward.arguments[0] = list(changed);
        losses[i] = dot(result(forward, 3), output_grad);
      }
      EXPECT_NEAR((losses[1] - losses[0]) / (2 * step), gradient.at(at), 3e-4) << activation << ", " << at;
    }
  }
}

// ---- Fast is simple

struct Pair {
  std::string simple;
  std::size_t simple_argument, fast_argument;
  int terms;
};
const Pair kPairs[] = {{"dense_forward", 3, 3, kOdd.inputs},
                       {"dense_backward_data", 2, 3, kOdd.units},
                       {"dense_backward_weights", 2, 2, kOdd.samples},
                       {"dense_backward_weights", 3, 3, kOdd.samples}};

TEST(DenseKernels, TiledOnesComputeWhatTheSimpleOnesDo) {
  for (const Pair& pair : kPairs) {
    const Floats simple = result(dense_launch(pair.simple, kOdd), pair.simple_argument);
    const Floats tiled = result(dense_launch(pair.simple + "_tiled", kOdd), pair.fast_argument);
    EXPECT_LE(largest_difference(simple, tiled), pair.terms * 0x1p-23) << pair.simple;
  }
}

// Every number is off by one part in 2^12 or 2^9 at most, all of them are below 1; errors that all have one sign are
// the bound. Their results against numbers rounded in the same way are tested far more narrowly, with all other
// kernels.
TEST(DenseKernels, TensorCoresComeCloseToTheSimpleOnes) {
  for (const auto& [suffix, of_a_product] : {std::pair("_half", 0x1p-11), std::pair("_bf16", 0x1p-8)}) {
    for (const Pair& pair : kPairs) {
      const Floats simple = result(dense_launch(pair.simple, kOdd), pair.simple_argument);
      const Floats rounded = result(dense_launch(pair.simple + suffix, kOdd), pair.fast_argument);
      const double difference = largest_difference(simple, rounded);
      const bool is_bias = pair.simple == "dense_backward_weights" && pair.fast_argument == 3;
      EXPECT_LE(difference, is_bias ? pair.terms * 0x1p-23 : pair.terms * of_a_product * 1.01) << pair.simple << suffix;
      EXPECT_TRUE(is_bias || difference > of_a_product / 2) << pair.simple << suffix << " rounds nothing";
    }
  }
}

// What is written twice stays the same: of two pages one would otherwise be forgotten.
TEST(DenseKernels, TheTwoPagesOfTensorCoresDifferInNothingButTheirNumbers) {
  const auto code = [](const char* file) {
    const std::string text = read_text(file);
    return text.substr(text.find("using nvcuda"));
  };
  std::string half = code("compute/kernels/train_dense_half.cu");
  for (const auto& [was, is] : {std::pair<std::string, std::string>("_half", "_bf16"),
                                {"= half;", "= __nv_bfloat16;"},
                                {"__float2half_rn", "__float2bfloat16_rn"}}) {
    for (std::size_t at = half.find(was); at != std::string::npos; at = half.find(was, at + is.size()))
      half.replace(at, was.size(), is);
  }
  EXPECT_EQ(half, code("compute/kernels/train_dense_bf16.cu"));
}

TEST(DenseKernels, SumsThatAreCutAndPutTogetherAreWhole) {
  for (const std::string kernel : {"dense_forward_tiled", "dense_forward_half", "dense_forward_bf16"}) {
    const int activation = kernel.ends_with("_tiled") ? 2 : 1;
    const LaunchCase whole = dense_launch(kernel, kOdd, {activation});
    const LaunchCase cut = dense_launch(kernel, kOdd, {activation, 32});
    ASSERT_EQ(cut.grid.z, 3U);
    LaunchCase finish = dense_launch("dense_finish", kOdd, {activation, 32, 3});
    finish.arguments[0] = list(result(cut, 4));
    finish.arguments[1] = cut.arguments[2];
    EXPECT_LE(largest_difference(result(whole, 3), result(finish, 2)), 1e-5) << kernel;
  }
}

TEST(DenseKernels, OneThreadOfTheHostAndTwoMakeTheSameBits) {
  for (const Kernel& kernel : catalogue()) {
    if (kernel.topic != kDenseTopic) continue;
    const LaunchCase launch = dense_launch(std::string(kernel.name), {70, 66, 130});
    ASSERT_GT(launch.grid.count(), 1U);
    for (const int output : kernel.outputs) {
      const auto argument = static_cast<std::size_t>(output);
      EXPECT_EQ(result(launch, argument, 1), result(launch, argument, 2)) << kernel.name;
    }
  }
}

TEST(DenseKernels, WhatIsNotANumberStaysOneToSee) {
  for (const std::string kernel : {"dense_forward_tiled", "dense_forward_half", "dense_forward_bf16"}) {
    for (const int activation : {0, 1, 2}) {
      LaunchCase launch = dense_launch(kernel, {2, 3, 4}, {activation});
      launch.arguments[2] = "buf:f32:4:list:nan,0,0,0";
      const Floats output = result(launch, 3);
      EXPECT_TRUE(std::isnan(output.at(0)) && std::isnan(output.at(4)) && !std::isnan(output.at(1))) << kernel;
    }
  }
}

}  // namespace
}  // namespace warpscope::kernels::testing
