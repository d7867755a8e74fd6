// Training by our own kernels on the virtual GPU against the CPU back end.
#include "compute/training/device_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/training/device_training.h"
#include "tests/training/odd_networks.h"

namespace warpscope::training {
namespace {

// Both round every sum to float, in another order.
constexpr double kRelative = 2e-4;

void expect_close(const Weights& found, const Weights& expected, double relative, const char* what) {
  ASSERT_EQ(found.layers.size(), expected.layers.size());
  for (std::size_t k = 0; k < expected.layers.size(); ++k) {
    for (const auto& [f, e, name] : {std::tuple{&found.layers[k].weight, &expected.layers[k].weight, "weight"},
                                     std::tuple{&found.layers[k].bias, &expected.layers[k].bias, "bias"}}) {
      SCOPED_TRACE(testing::Message() << what << ": " << name << " of layer " << expected.layers[k].layer);
      ASSERT_EQ(f->shape, e->shape);
      double largest = 0, worst = 0;
      for (const float number : e->data) largest = std::max(largest, std::abs(double{number}));
      for (std::size_t i = 0; i < e->data.size(); ++i) {
        worst = std::max(worst, std::abs(double{f->data[i]} - double{e->data[i]}));
      }
      EXPECT_LE(worst, relative * largest);
      EXPECT_TRUE(std::isfinite(worst));
    }
  }
}

class OfEveryNetwork : public ::testing::TestWithParam<std::string> {
 protected:
  NetworkSpec network() const { return find_network(GetParam()).value(); }
};

// Loss, gradients, weights and moments after one step: by name on the virtual GPU, by hand on the CPU.
TEST_P(OfEveryNetwork, AStepIsThatOfTheCpu) {
  const auto pictures = digits(40);
  const PlannedStep step = step_of(*pictures, 5, 8, 0.01F);
  const OptimizerSettings adam{.kind = OptimizerKind::kAdam};
  for (const bool simple : {true, false}) {
    SCOPED_TRACE(simple ? "simple kernels" : "fast kernels");
    Pair pair = make_pair(network(), 8, adam, {.simple = simple});
    ASSERT_TRUE(pair.device->set_pictures(pictures));
    const std::vector<StepStats> made = pair.device->train({&step, 1});
    ASSERT_FALSE(pair.device->failure()) << pair.device->failure()->message;
    ASSERT_EQ(made.size(), 1U);
    const Batch batch = batch_of(*pictures, step);
    const BatchStats expected = pair.cpu->forward_backward(batch.images, batch.labels);
    pair.cpu->update(step.rate);
    EXPECT_FALSE(made[0].skipped);
    EXPECT_NEAR(made[0].stats.loss, expected.loss, 1e-5 * expected.loss);
    EXPECT_EQ(made[0].stats.correct, expected.correct);
    expect_close(pair.device->gradients(), pair.cpu->gradients(), kRelative, "gradient");
    expect_close(pair.device->optimizer_state().first, pair.cpu->optimizer_state().first, kRelative, "first moment");
    expect_close(pair.device->optimizer_state().second, pair.cpu->optimizer_state().second, kRelative, "second moment");
    EXPECT_EQ(pair.device->optimizer_state().updates, 1);
    // Adam's first step is the rate times the gradient's sign, where that is clear.
    expect_close(pair.device->weights(), pair.cpu->weights(), 0.02, "weights");
  }
}

TEST_P(OfEveryNetwork, PredictsAsTheCpuDoes) {
  Pair pair = make_pair(network(), 4, {}, {});
  const auto images = random_images(7 * 784, 3);
  std::vector<float> found(70), expected(70);
  pair.device->predict(images, found);
  pair.cpu->predict(images, expected);
  for (std::size_t i = 0; i < 70; ++i) EXPECT_NEAR(found[i], expected[i], 1e-5) << i;
}

INSTANTIATE_TEST_SUITE_P(All, OfEveryNetwork,
                         ::testing::Values("mlp64-sigmoid", "mlp128", "mlp128-64", "cnn32", "cnn32-64"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// Pictures of another shape than digits, for networks that read such.
std::shared_ptr<const Dataset> noise_for(const NetworkSpec& network, int count) {
  Dataset noise;
  noise.shape = network.input;
  std::mt19937 draw(7);
  for (int i = 0; i < count * network.input.count(); ++i) noise.pixels.push_back(static_cast<std::uint8_t>(draw()));
  for (int i = 0; i < count; ++i) noise.labels.push_back(static_cast<std::uint8_t>(draw() % 10));
  return std::make_shared<const Dataset>(std::move(noise));
}

TEST(DeviceBackend, TrainsAnyOrderOfLayersAsTheCpuDoes) {
  for (const NetworkSpec& network : all_networks()) {
    if (network.input == Shape{1, 28, 28}) continue;  // seen above
    const auto pictures = noise_for(network, 20);
    for (const bool simple : {true, false}) {
      SCOPED_TRACE(network.name + (simple ? ", simple" : ", fast"));
      Pair pair = make_pair(network, 5, {.kind = OptimizerKind::kMomentum}, {.simple = simple});
      ASSERT_TRUE(pair.device->set_pictures(pictures));
      const PlannedStep step = step_of(*pictures, 0, 5, 0.1F);
      const auto made = pair.device->train({&step, 1});
      ASSERT_EQ(made.size(), 1U) << pair.device->failure()->message;
      const Batch batch = batch_of(*pictures, step);
      EXPECT_NEAR(made[0].stats.loss, pair.cpu->forward_backward(batch.images, batch.labels).loss, 1e-4);
      pair.cpu->update(step.rate);
      expect_close(pair.device->gradients(), pair.cpu->gradients(), kRelative, "gradient");
      expect_close(pair.device->weights(), pair.cpu->weights(), 1e-5, "weights");
    }
  }
}

TEST(DeviceBackend, UpdatesAsTheCpuDoesWithEveryOptimizer) {
  const NetworkSpec network = find_network("mlp64-sigmoid").value();
  const auto pictures = digits(40);
  const OptimizerSettings all[] = {{.kind = OptimizerKind::kSgd},
                                   {.kind = OptimizerKind::kMomentum, .momentum = 0.8F},
                                   {.kind = OptimizerKind::kAdam, .beta1 = 0.7F, .beta2 = 0.9F, .epsilon = 1e-3F}};
  for (const OptimizerSettings& optimizer : all) {
    for (const bool simple : {true, false}) {
      SCOPED_TRACE(std::string(text_of(optimizer.kind)) + (simple ? ", simple" : ", fast"));
      Pair pair = make_pair(network, 8, optimizer, {.simple = simple});
      ASSERT_TRUE(pair.device->set_pictures(pictures));
      std::vector<PlannedStep> steps;
      for (int i = 0; i < 4; ++i) steps.push_back(step_of(*pictures, i * 7, 8, 0.01F / static_cast<float>(i + 1)));
      ASSERT_EQ(pair.device->train(steps).size(), 4U);
      for (const PlannedStep& step : steps) {
        const Batch batch = batch_of(*pictures, step);
        pair.cpu->forward_backward(batch.images, batch.labels);
        pair.cpu->update(step.rate);
      }
      EXPECT_EQ(pair.device->optimizer_state().updates, 4);
      expect_close(pair.device->weights(), pair.cpu->weights(), 1e-4, "weights");
      expect_close(pair.device->optimizer_state().first, pair.cpu->optimizer_state().first, 1e-3, "first");
      expect_close(pair.device->optimizer_state().second, pair.cpu->optimizer_state().second, 1e-3, "second");
    }
  }
}

// The last batch of an epoch is smaller; some pictures are changed, some are not.
TEST(DeviceBackend, TakesBatchesOfEverySizeInOneCall) {
  const NetworkSpec network = find_network("mlp128").value();
  const auto pictures = digits(40);
  Pair pair = make_pair(network, 8, {.kind = OptimizerKind::kMomentum}, {});
  ASSERT_TRUE(pair.device->set_pictures(pictures));
  std::vector<PlannedStep> steps;
  for (const int samples : {8, 8, 3, 8, 1}) steps.push_back(step_of(*pictures, samples, samples, 0.02F));
  Random random(3);
  for (int i = 0; i < 8; ++i) {
    steps[3].batch.changes.push_back(draw_change(network.input, drawing_augmentation(), random));
  }
  const auto made = pair.device->train(steps);
  ASSERT_EQ(made.size(), steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Batch batch = batch_of(*pictures, steps[i]);
    EXPECT_NEAR(made[i].stats.loss, pair.cpu->forward_backward(batch.images, batch.labels).loss, 1e-4) << i;
    pair.cpu->update(steps[i].rate);
  }
  expect_close(pair.device->weights(), pair.cpu->weights(), 1e-4, "weights");
}

// 200 steps: both losses, smoothed, stay together all the way down.
TEST(DeviceBackend, ReachesTheLossCurveOfTheCpu) {
  const NetworkSpec network = find_network("mlp128").value();
  const auto pictures = digits(64 * 200);
  Pair pair = make_pair(network, 64, {.kind = OptimizerKind::kAdam}, {});
  ASSERT_TRUE(pair.device->set_pictures(pictures));
  std::vector<PlannedStep> steps;
  for (int i = 0; i < 200; ++i) {
    PlannedStep step;
    step.rate = 1e-3F;
    for (int k = 0; k < 64; ++k) {
      step.batch.pictures.push_back(static_cast<std::uint32_t>(64 * i + k));
      step.batch.labels.push_back(pictures->labels[step.batch.pictures.back()]);
    }
    steps.push_back(std::move(step));
  }
  const auto made = pair.device->train(steps);
  ASSERT_EQ(made.size(), 200U);
  double device = 0, cpu = 0, first = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    const Batch batch = batch_of(*pictures, steps[i]);
    const double expected = pair.cpu->forward_backward(batch.images, batch.labels).loss;
    pair.cpu->update(steps[i].rate);
    const double weight = i == 0 ? 1 : 0.1;
    device += weight * (made[i].stats.loss - device);
    cpu += weight * (expected - cpu);
    if (i == 0) first = cpu;
    EXPECT_NEAR(device, cpu, 0.02 * cpu) << "step " << i;
  }
  EXPECT_LT(cpu, 0.25 * first) << "it learns";
}

}  // namespace
}  // namespace warpscope::training
