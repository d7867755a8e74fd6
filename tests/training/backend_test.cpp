// The CPU back end against a plain network in double precision.
#include "compute/training/backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <random>

#include "tests/training/helpers.h"
#include "tests/training/odd_networks.h"
#include "tests/training/reference.h"

namespace warpscope::training {
namespace {

struct Case {
  NetworkSpec network;
  Weights weights;
  std::vector<float> images;
  std::vector<std::uint8_t> labels;
  std::unique_ptr<Backend> backend;
};

Case make_case(const NetworkSpec& network, int pictures, unsigned seed, int batch = 0) {
  Case c{network,
         initial_weights(network, seed),
         random_images(static_cast<std::size_t>(pictures * network.input.count()), seed),
         {},
         nullptr};
  for (int i = 0; i < pictures; ++i) c.labels.push_back(static_cast<std::uint8_t>((i * 7 + 3) % 10));
  auto backend = make_cpu_backend(network, batch > 0 ? batch : pictures);
  EXPECT_TRUE(backend) << backend.error().text();
  c.backend = std::move(*backend);
  EXPECT_TRUE(c.backend->set_weights(c.weights));
  return c;
}

TEST(CpuBackend, ForwardAgreesWithDoublePrecision) {
  for (const NetworkSpec& network : all_networks()) {
    SCOPED_TRACE(network.name);
    // Seven pictures with plans for three: the back end has to go through them in parts.
    Case c = make_case(network, 7, 1, 3);
    const ReferenceNetwork reference(network, c.weights);
    std::vector<float> found(70);
    c.backend->predict(c.images, found);
    const auto images = to_double(c.images);
    const auto pixels = static_cast<std::size_t>(network.input.count());
    for (std::size_t n = 0; n < 7; ++n) {
      const auto expected = reference.probabilities(std::span(images).subspan(n * pixels, pixels));
      for (std::size_t k = 0; k < 10; ++k) EXPECT_NEAR(found[n * 10 + k], expected[k], 1e-5 * expected[k]);
    }
  }
}

TEST(CpuBackend, LossAndHitsAreThoseOfTheBatch) {
  for (const NetworkSpec& network : all_networks()) {
    SCOPED_TRACE(network.name);
    Case c = make_case(network, 6, 2);
    const ReferenceNetwork reference(network, c.weights);
    const BatchStats stats = c.backend->forward_backward(c.images, c.labels);
    const auto images = to_double(c.images);
    EXPECT_NEAR(stats.loss, reference.loss(images, c.labels), 1e-5 * stats.loss);
    const auto pixels = static_cast<std::size_t>(network.input.count());
    int hits = 0;
    for (std::size_t n = 0; n < 6; ++n) {
      const auto picture = std::span(images).subspan(n * pixels, pixels);
      const auto p = reference.probabilities(picture);
      hits += std::max_element(p.begin(), p.end()) - p.begin() == c.labels[n];
      EXPECT_NEAR(c.backend->sample_losses()[n], reference.loss(picture, {&c.labels[n], 1}), 2e-5);
      EXPECT_NEAR(c.backend->sample_probabilities()[n * 10 + 4], p[4], 1e-5 * p[4]);
    }
    EXPECT_EQ(stats.correct, hits);
  }
}

// The slope of the loss along one parameter, from the reference alone; nothing where a relu or a maximum changes its
// mind within the step, which two steps of different size show.
std::optional<double> slope(ReferenceNetwork& reference, double& parameter, std::span<const double> images,
                            std::span<const std::uint8_t> labels) {
  const double value = parameter;
  double slopes[2];
  const double steps[2] = {1e-5, 3e-6};
  for (int i = 0; i < 2; ++i) {
    parameter = value + steps[i];
    const double above = reference.loss(images, labels);
    parameter = value - steps[i];
    const double below = reference.loss(images, labels);
    parameter = value;
    slopes[i] = (above - below) / (2 * steps[i]);
  }
  const double disagreement = std::abs(slopes[0] - slopes[1]);
  if (disagreement > 1e-9 + 1e-6 * std::abs(slopes[0])) return std::nullopt;
  return slopes[1];
}

struct Comparison {
  int compared = 0;
  int at_kinks = 0;
};

void compare_tensor(const char* what, const Tensor& gradient, std::vector<double>& parameters,
                    ReferenceNetwork& reference, std::span<const double> images, std::span<const std::uint8_t> labels,
                    std::mt19937& generator, Comparison& comparison) {
  ASSERT_EQ(gradient.data.size(), parameters.size());
  double largest = 0;
  for (const float g : gradient.data) largest = std::max(largest, std::abs(double{g}));
  EXPECT_GT(largest, 0) << what << ": a gradient of nothing but zeros proves nothing";
  // A large network's loss is slow in double; its layers' kinds are the small ones' as well.
  const int samples = images.size() < 1000 ? 40 : 8;
  for (int i = 0; i < samples; ++i) {
    const std::size_t at = generator() % parameters.size();
    const auto expected = slope(reference, parameters[at], images, labels);
    if (!expected) {
      ++comparison.at_kinks;
      continue;
    }
    ++comparison.compared;
    EXPECT_NEAR(gradient.data[at], *expected, 2e-5 * std::abs(*expected) + 2e-6 * largest) << what << " number " << at;
  }
}

TEST(CpuBackend, GradientsAreTheSlopesOfTheLoss) {
  for (const NetworkSpec& network : all_networks()) {
    SCOPED_TRACE(network.name);
    Case c = make_case(network, 2, 3);
    c.backend->forward_backward(c.images, c.labels);
    const Weights gradients = c.backend->gradients();
    ASSERT_TRUE(check_fit(network, gradients));
    ReferenceNetwork reference(network, c.weights);
    const auto images = to_double(c.images);
    std::mt19937 generator(4);
    Comparison comparison;
    for (std::size_t k = 0; k < gradients.layers.size(); ++k) {
      SCOPED_TRACE("layer " + std::to_string(gradients.layers[k].layer));
      compare_tensor("weight", gradients.layers[k].weight, reference.weight(k), reference, images, c.labels, generator,
                     comparison);
      compare_tensor("bias", gradients.layers[k].bias, reference.bias(k), reference, images, c.labels, generator,
                     comparison);
    }
    EXPECT_GT(comparison.compared, 9 * comparison.at_kinks) << "kinks are rare, or the check is worth nothing";
  }
}

TEST(CpuBackend, GradientsOfALargeBatchAreTheMeanOfItsPictures) {
  const NetworkSpec network = find_network("cnn32").value();
  Case c = make_case(network, 64, 5);
  c.backend->forward_backward(c.images, c.labels);
  const Weights together = c.backend->gradients();
  std::vector<double> sums(together.layers[1].weight.data.size());
  for (std::size_t n = 0; n < 64; ++n) {
    c.backend->forward_backward(std::span(c.images).subspan(n * 784, 784), std::span(c.labels).subspan(n, 1));
    const Weights alone = c.backend->gradients();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += alone.layers[1].weight.data[i] / 64.0;
  }
  double largest = 0;
  for (const double sum : sums) largest = std::max(largest, std::abs(sum));
  for (std::size_t i = 0; i < sums.size(); ++i) ASSERT_NEAR(together.layers[1].weight.data[i], sums[i], 2e-6 * largest);
}

TEST(CpuBackend, GivesWeightsBackAsTheyWereSet) {
  for (const NetworkSpec& network : all_networks()) {
    Case c = make_case(network, 4, 6);
    EXPECT_EQ(c.backend->weights(), c.weights) << network.name;
  }
}

TEST(CpuBackend, RefusesWeightsOfAnotherNetwork) {
  Case c = make_case(find_network("mlp128").value(), 4, 7);
  EXPECT_FALSE(c.backend->set_weights(initial_weights(find_network("cnn32").value(), 1)));
  EXPECT_EQ(c.backend->weights(), c.weights) << "and keeps those it has";
}

TEST(CpuBackend, GivesTheSameBitsAgain) {
  const NetworkSpec network = find_network("cnn32-64").value();
  Case a = make_case(network, 32, 8), b = make_case(network, 32, 8);
  for (int step = 0; step < 3; ++step) {
    for (Case* c : {&a, &b}) {
      c->backend->forward_backward(c->images, c->labels);
      c->backend->update(1e-2F);
    }
  }
  EXPECT_EQ(a.backend->weights(), b.backend->weights());
}

// The optimisers as PyTorch's documentation writes them, in double, by hand.
struct DoubleOptimizer {
  OptimizerSettings settings;
  std::vector<double> first, second;
  int updates = 0;

  void update(std::vector<double>& w, const std::vector<float>& gradient, double rate) {
    first.resize(w.size());
    second.resize(w.size());
    ++updates;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double g = gradient[i], b1 = settings.beta1, b2 = settings.beta2;
      switch (settings.kind) {
        case OptimizerKind::kSgd:
          w[i] -= rate * g;
          break;
        case OptimizerKind::kMomentum:
          first[i] = settings.momentum * first[i] + g;
          w[i] -= rate * first[i];
          break;
        case OptimizerKind::kAdam:
          first[i] = b1 * first[i] + (1 - b1) * g;
          second[i] = b2 * second[i] + (1 - b2) * g * g;
          w[i] -= rate * (first[i] / (1 - std::pow(b1, updates))) /
                  (std::sqrt(second[i] / (1 - std::pow(b2, updates))) + settings.epsilon);
          break;
      }
    }
  }
};

class Optimizers : public ::testing::TestWithParam<OptimizerSettings> {};

TEST_P(Optimizers, StepAsPyTorchDefinesThem) {
  const NetworkSpec network = find_network("cnn32").value();
  Case c = make_case(network, 8, 9);
  c.backend->set_optimizer(GetParam());
  std::vector<DoubleOptimizer> optimizers(c.weights.layers.size(), {GetParam(), {}, {}, 0});
  std::vector<std::vector<double>> expected;
  for (const LayerWeights& layer : c.weights.layers) expected.push_back(to_double(layer.weight.data));
  double largest_change = 0;
  for (int step = 0; step < 6; ++step) {
    const float rate = 0.01F / static_cast<float>(step + 1);
    c.backend->forward_backward(c.images, c.labels);
    const Weights gradients = c.backend->gradients();
    c.backend->update(rate);
    const Weights weights = c.backend->weights();
    for (std::size_t k = 0; k < expected.size(); ++k) {
      optimizers[k].update(expected[k], gradients.layers[k].weight.data, rate);
      for (std::size_t i = 0; i < expected[k].size(); ++i) {
        const double start = c.weights.layers[k].weight.data[i];
        largest_change = std::max(largest_change, std::abs(expected[k][i] - start));
        // Float rounds each sum to 6e-8 of the weight; a wrong formula is off by a share of the change.
        ASSERT_NEAR(weights.layers[k].weight.data[i], expected[k][i], 1e-7 + 5e-4 * std::abs(expected[k][i] - start))
            << "step " << step << " layer " << k << " number " << i;
      }
    }
  }
  EXPECT_GT(largest_change, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(
    All, Optimizers,
    ::testing::Values(OptimizerSettings{.kind = OptimizerKind::kSgd},
                      OptimizerSettings{.kind = OptimizerKind::kMomentum, .momentum = 0.8F},
                      OptimizerSettings{.kind = OptimizerKind::kAdam},
                      OptimizerSettings{.kind = OptimizerKind::kAdam, .beta1 = 0.7F, .beta2 = 0.9F, .epsilon = 1e-3F}),
    [](const auto& info) {
      std::string name(text_of(info.param.kind));
      return name + std::to_string(info.index);
    });

TEST(CpuBackend, ContinuesFromASavedStateAsIfItHadNotStopped) {
  const NetworkSpec network = find_network("mlp128").value();
  Case whole = make_case(network, 16, 10), resumed = make_case(network, 16, 10);
  const auto train = [](Case& c, int steps) {
    for (int i = 0; i < steps; ++i) {
      c.backend->forward_backward(c.images, c.labels);
      c.backend->update(1e-3F);
    }
  };
  train(whole, 3);
  ASSERT_TRUE(resumed.backend->set_weights(whole.backend->weights()));
  ASSERT_TRUE(resumed.backend->set_optimizer_state(whole.backend->optimizer_state()));
  EXPECT_EQ(resumed.backend->optimizer_state().updates, 3);
  train(whole, 2);
  train(resumed, 2);
  EXPECT_EQ(resumed.backend->weights(), whole.backend->weights());
}

TEST(CpuBackend, AnotherOptimizerStartsWithFreshMoments) {
  Case c = make_case(find_network("mlp128").value(), 16, 11);
  const auto step = [&] {
    c.backend->forward_backward(c.images, c.labels);
    c.backend->update(1e-3F);
  };
  step();
  OptimizerSettings adam = {.kind = OptimizerKind::kAdam, .beta1 = 0.8F};
  c.backend->set_optimizer(adam);  // the same kind: its moments stay
  EXPECT_EQ(c.backend->optimizer_state().updates, 1);
  c.backend->set_optimizer({.kind = OptimizerKind::kMomentum});
  EXPECT_EQ(c.backend->optimizer_state().updates, 0);
  step();
  const OptimizerState state = c.backend->optimizer_state();
  EXPECT_EQ(state.first, c.backend->gradients()) << "after one step the momentum is the gradient";
  EXPECT_TRUE(state.second.layers.empty());
}

TEST(CpuBackend, GoesBackToGoodWeightsAsOftenAsAsked) {
  Case c = make_case(find_network("mlp128").value(), 16, 12);
  const auto step = [&] {
    c.backend->forward_backward(c.images, c.labels);
    c.backend->update(1e-3F);
  };
  step();
  const Weights good = c.backend->weights();
  const OptimizerState state = c.backend->optimizer_state();
  c.backend->keep_good();
  for (int i = 0; i < 3; ++i) {
    step();
    EXPECT_NE(c.backend->weights(), good);
    c.backend->go_back();
    EXPECT_EQ(c.backend->weights(), good);
    EXPECT_EQ(c.backend->optimizer_state().second, state.second);
    EXPECT_EQ(c.backend->optimizer_state().updates, 1);
  }
}

TEST(CpuBackend, SaysWhereTheTimeOfAStepGoes) {
  Case c = make_case(find_network("cnn32").value(), 64, 13);
  c.backend->note_gather(0.25);
  const auto start = std::chrono::steady_clock::now();
  c.backend->forward_backward(c.images, c.labels);
  c.backend->update(1e-3F);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const PhaseTimes times = c.backend->phase_times();
  EXPECT_EQ(times.gather, 0.25);
  EXPECT_GT(times.forward, 0);
  EXPECT_GT(times.backward, 0);
  EXPECT_GT(times.update, 0);
  EXPECT_LE(times.all() - times.gather, seconds);
  EXPECT_GT(times.all() - times.gather, 0.8 * seconds) << "nothing is left out";
}

TEST(CpuBackend, RefusesNetworksItCannotTrain) {
  EXPECT_FALSE(make_cpu_backend(find_network("mlp128").value(), 0));
  EXPECT_THAT(make_cpu_backend({"seven", "", {1, 4, 4}, {{LayerKind::kDense, 7}}}, 4).error().message,
              ::testing::HasSubstr("10"));
}

}  // namespace
}  // namespace warpscope::training
