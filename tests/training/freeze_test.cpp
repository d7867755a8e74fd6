// A frozen step: the launches of one training step with what each of them read and wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "compute/device/virtual_device.h"
#include "tests/training/device_training.h"

namespace warpscope::training {
namespace {

FreezeRequest request_for(const std::string& network, bool simple) {
  FreezeRequest request;
  request.network = find_network(network).value();
  request.weights = initial_weights(request.network, 1);
  request.pictures = digits(20);
  request.step = step_of(*request.pictures, 2, 6, 0.01F);
  request.options.simple = simple;
  return request;
}

FrozenStep freeze(const FreezeRequest& request) {
  auto step = freeze_step(std::make_unique<device::VirtualDevice>(), request);
  EXPECT_TRUE(step) << (step ? "" : step.error().text());
  return step ? std::move(*step) : FrozenStep{};
}

std::vector<float> floats_of(const FrozenTensor& tensor) {
  std::vector<float> numbers(tensor.bytes->size() / sizeof(float));
  std::memcpy(numbers.data(), tensor.bytes->data(), tensor.bytes->size());
  return numbers;
}

// The newest tensor of this name that a launch wrote.
std::shared_ptr<const FrozenTensor> written(const FrozenStep& step, const std::string& name) {
  std::shared_ptr<const FrozenTensor> found;
  for (const FrozenLaunch& launch : step.launches) {
    for (const auto& tensor : launch.written) {
      if (tensor->name == name) found = tensor;
    }
  }
  return found;
}

TEST(FrozenStep, LeavesTheWeightsThatTrainingLeaves) {
  for (const bool simple : {true, false}) {
    SCOPED_TRACE(simple);
    const FreezeRequest request = request_for("mlp128", simple);
    const FrozenStep step = freeze(request);
    const auto backend = on_virtual_gpu(request.network, 6, request.optimizer, request.options);
    ASSERT_TRUE(backend->set_pictures(request.pictures));
    const auto stats = backend->train({&request.step, 1});
    ASSERT_EQ(stats.size(), 1U);
    EXPECT_EQ(step.stats.stats.loss, stats[0].stats.loss);
    EXPECT_EQ(step.stats.stats.correct, stats[0].stats.correct);
    const Weights weights = backend->weights(), gradients = backend->gradients();
    const auto parameters = written(step, "parameters");
    ASSERT_NE(parameters, nullptr);
    const std::vector<float> flat = floats_of(*parameters);
    EXPECT_TRUE(std::equal(weights.layers[0].weight.data.begin(), weights.layers[0].weight.data.end(), flat.begin()))
        << "the first layer's weights come first";
    const auto gradient = written(step, "layer 2 bias gradient");
    ASSERT_NE(gradient, nullptr);
    EXPECT_EQ(floats_of(*gradient), gradients.layers[1].bias.data);
  }
}

TEST(FrozenStep, ListsLaunchesInTheOrderOfTheirPhases) {
  const FrozenStep step = freeze(request_for("mlp128", false));
  std::vector<std::string> names;
  double all = 0;
  for (const FrozenLaunch& launch : step.launches) {
    names.push_back(launch.plan.kernel);
    all += launch.seconds;
    EXPECT_FALSE(launch.plan.about.empty()) << launch.plan.kernel;
    EXPECT_GT(launch.seconds, 0) << launch.plan.kernel;
  }
  EXPECT_NEAR(step.phases.all(), all, 1e-9);
  EXPECT_EQ(names.front(), "gather_plain");
  EXPECT_EQ(names.back(), "finish_step");
  EXPECT_THAT(names, ::testing::IsSupersetOf({"softmax_cross_entropy", "training_metrics", "adam_update_vector"}));
}

// What a launch reads is what the launches before it left.
TEST(FrozenStep, EveryLaunchReadsWhatWasWrittenBefore) {
  for (const char* network : {"mlp64-sigmoid", "cnn32"}) {
    SCOPED_TRACE(network);
    const FrozenStep step = freeze(request_for(network, true));
    std::map<std::string, std::shared_ptr<const FrozenTensor>> newest;
    std::size_t shared = 0;
    for (const FrozenLaunch& launch : step.launches) {
      std::size_t writes = 0;
      for (const FrozenArgument& argument : launch.arguments) {
        writes += argument.writes ? 1 : 0;
        if (argument.tensor == nullptr) continue;
        ASSERT_NE(argument.tensor->bytes, nullptr);
        const auto before = newest.find(argument.tensor->name);
        if (before == newest.end()) continue;
        EXPECT_EQ(*argument.tensor->bytes, *before->second->bytes) << launch.plan.kernel << ": " << argument.name;
        shared += argument.tensor == before->second ? 1 : 0;
      }
      EXPECT_EQ(launch.written.size(), writes);
      for (const auto& tensor : launch.written) newest[tensor->name] = tensor;
    }
    EXPECT_GT(shared, 10U) << "what nobody wrote since is kept once";
  }
}

TEST(FrozenStep, TheGatheredImagesAreThePicturesOfTheRecipe) {
  FreezeRequest request = request_for("mlp128", false);
  Random random(5);
  for (int i = 0; i < 6; ++i) {
    request.step.batch.changes.push_back(draw_change(request.network.input, drawing_augmentation(), random));
  }
  const FrozenStep step = freeze(request);
  const auto images = written(step, "images");
  ASSERT_NE(images, nullptr);
  EXPECT_EQ(images->shape, (std::vector<std::int64_t>{6, 1, 28, 28}));
  const Batch batch = batch_of(*request.pictures, request.step);
  const std::vector<float> found = floats_of(*images);
  ASSERT_EQ(found.size(), batch.images.size());
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], batch.images[i], 1e-3) << i;
}

TEST(FrozenStep, TellsHowFarItIsAndStopsWhenAsked) {
  std::atomic<bool> stop = false;
  std::vector<int> told;
  const auto progress = [&](int done, int all) {
    told.push_back(done);
    EXPECT_GT(all, 5);
    stop = done == 3;
  };
  const auto step =
      freeze_step(std::make_unique<device::VirtualDevice>(), request_for("mlp128", false), &stop, progress);
  ASSERT_FALSE(step);
  EXPECT_THAT(step.error().message, ::testing::HasSubstr("stopped"));
  EXPECT_EQ(told, (std::vector<int>{0, 1, 2, 3}));
}

TEST(FrozenStep, RefusesWhatDoesNotFit) {
  FreezeRequest request = request_for("mlp128", false);
  request.step.batch.pictures[0] = 20;
  EXPECT_THAT(freeze_step(std::make_unique<device::VirtualDevice>(), request).error().message,
              ::testing::HasSubstr("only 20"));
  request = request_for("mlp128", false);
  request.weights = initial_weights(find_network("cnn32").value(), 1);
  EXPECT_FALSE(freeze_step(std::make_unique<device::VirtualDevice>(), request));
}

}  // namespace
}  // namespace warpscope::training
