// What a device back end remembers and how it goes on: bits that repeat, drawings, weights to go back to, failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "compute/device/virtual_device.h"
#include "tests/training/device_training.h"

namespace warpscope::training {
namespace {

std::vector<PlannedStep> steps_over(const Dataset& pictures, int count, int samples) {
  std::vector<PlannedStep> steps;
  for (int i = 0; i < count; ++i) steps.push_back(step_of(pictures, 5 * i, samples, 0.01F));
  return steps;
}

class DeviceBackendState : public ::testing::Test {
 protected:
  std::unique_ptr<Backend> fresh(const std::string& network = "mlp64-sigmoid",
                                 DeviceBackendOptions options = {}) const {
    auto backend = on_virtual_gpu(find_network(network).value(), 8, {}, options);
    EXPECT_TRUE(backend->set_pictures(pictures_));
    return backend;
  }
  std::shared_ptr<const Dataset> pictures_ = digits(50);
};

TEST_F(DeviceBackendState, StepsInARowGiveTheBitsOfStepsOneByOne) {
  for (const char* network : {"mlp128", "cnn32"}) {
    const auto steps = steps_over(*pictures_, network == std::string("cnn32") ? 3 : 70, 8);
    const auto row = fresh(network), alone = fresh(network);
    const auto together = row->train(steps);
    ASSERT_EQ(together.size(), steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto one = alone->train({&steps[i], 1});
      ASSERT_EQ(one.size(), 1U);
      EXPECT_EQ(one[0].stats.loss, together[i].stats.loss) << i;
    }
    EXPECT_EQ(row->weights(), alone->weights());
    EXPECT_EQ(row->optimizer_state().second, alone->optimizer_state().second);
  }
}

TEST_F(DeviceBackendState, TheNumberOfThreadsChangesNoBit) {
  const auto steps = steps_over(*pictures_, 3, 8);
  const auto one = fresh("cnn32", {.threads = 1}), two = fresh("cnn32", {.threads = 2});
  ASSERT_EQ(one->train(steps).size(), 3U);
  ASSERT_EQ(two->train(steps).size(), 3U);
  EXPECT_EQ(one->weights(), two->weights());
  EXPECT_EQ(one->device_name(), "Virtual GPU · 1 core");
  EXPECT_EQ(two->device_name(), "Virtual GPU · 2 cores");
}

TEST_F(DeviceBackendState, OneStepSlowlyIsTheStepOfTrain) {
  const auto steps = steps_over(*pictures_, 2, 8);
  const auto fast = fresh(), slow = fresh();
  const auto made = fast->train(steps);
  ASSERT_EQ(made.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const Batch batch = batch_of(*pictures_, steps[i]);
    const BatchStats stats = slow->forward_backward(batch.images, batch.labels);
    EXPECT_EQ(stats.loss, made[i].stats.loss);
    EXPECT_EQ(stats.correct, made[i].stats.correct);
    ASSERT_EQ(slow->sample_losses().size(), 8U);
    ASSERT_EQ(slow->sample_probabilities().size(), 80U);
    for (std::size_t k = 0; k < 8; ++k) {
      const float p = slow->sample_probabilities()[10 * k + batch.labels[k]];
      EXPECT_NEAR(slow->sample_losses()[k], -std::log(p), 1e-4);
    }
    slow->update(steps[i].rate);
  }
  EXPECT_EQ(fast->weights(), slow->weights());
  EXPECT_EQ(fast->optimizer_state().first, slow->optimizer_state().first);
}

TEST_F(DeviceBackendState, TrainsOnDrawingsNumberedBehindThePictures) {
  const auto backend = fresh();
  const auto drawing = [&](int id, std::size_t picture) {
    const auto pixels = pictures_->picture(static_cast<int>(picture));
    return ReplaySample{id, {pixels.begin(), pixels.end()}, pictures_->labels[picture]};
  };
  // As many drawings as there is room for at first, and then more.
  std::vector<ReplaySample> drawings;
  for (const std::size_t count : {3U, 4U, 400U}) {
    while (drawings.size() < count) drawings.push_back(drawing(1, drawings.size() * 7 % 50));
    ASSERT_TRUE(backend->set_drawings(drawings));
    PlannedStep named = step_of(*pictures_, 0, 8, 0), drawn = named;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t at = (count - 1 - i % 3);
      named.batch.pictures[i] = static_cast<std::uint32_t>(at * 7 % 50);
      drawn.batch.pictures[i] = static_cast<std::uint32_t>(50 + at);
      named.batch.labels[i] = drawn.batch.labels[i] = pictures_->labels[at * 7 % 50];
    }
    const auto by_name = backend->train({&named, 1}), by_drawing = backend->train({&drawn, 1});
    ASSERT_EQ(by_drawing.size(), 1U) << backend->failure()->message;
    EXPECT_EQ(by_drawing[0].stats.loss, by_name[0].stats.loss) << count;
  }
  // One that is drawn anew, one that is gone.
  drawings[1] = drawing(1, 11);
  ASSERT_TRUE(backend->set_drawings(std::span(drawings).first(2)));
  PlannedStep named = step_of(*pictures_, 11, 1, 0), drawn = named;
  drawn.batch.pictures[0] = 51;
  EXPECT_EQ(backend->train({&drawn, 1})[0].stats.loss, backend->train({&named, 1})[0].stats.loss);
  drawn.batch.pictures[0] = 52;
  EXPECT_TRUE(backend->train({&drawn, 1}).empty());
  EXPECT_THAT(backend->failure()->message, ::testing::HasSubstr("only 52"));
}

TEST_F(DeviceBackendState, GoesBackToWhatWasKept) {
  const auto backend = fresh();
  const auto steps = steps_over(*pictures_, 4, 8);
  ASSERT_EQ(backend->train(std::span(steps).first(2)).size(), 2U);
  const Weights good = backend->weights();
  backend->keep_good();
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(backend->train(std::span(steps).last(2)).size(), 2U);
    EXPECT_NE(backend->weights(), good);
    backend->go_back();
    EXPECT_EQ(backend->weights(), good);
    EXPECT_EQ(backend->optimizer_state().updates, 2);
  }
  const auto never_left = fresh();
  ASSERT_EQ(never_left->train(steps).size(), 4U);
  ASSERT_EQ(backend->train(std::span(steps).last(2)).size(), 2U);
  EXPECT_EQ(backend->weights(), never_left->weights()) << "the moments came back too";
}

TEST_F(DeviceBackendState, ContinuesFromASavedStateAsIfItHadNotStopped) {
  const auto whole = fresh(), resumed = fresh();
  const auto steps = steps_over(*pictures_, 5, 8);
  ASSERT_EQ(whole->train(std::span(steps).first(3)).size(), 3U);
  ASSERT_TRUE(resumed->set_weights(whole->weights()));
  ASSERT_TRUE(resumed->set_optimizer_state(whole->optimizer_state()));
  ASSERT_EQ(whole->train(std::span(steps).last(2)).size(), 2U);
  ASSERT_EQ(resumed->train(std::span(steps).last(2)).size(), 2U);
  EXPECT_EQ(resumed->weights(), whole->weights());
  EXPECT_EQ(resumed->optimizer_state().updates, 5);
}

TEST_F(DeviceBackendState, AnotherOptimizerStartsWithFreshMoments) {
  const auto backend = fresh();
  const auto steps = steps_over(*pictures_, 3, 8);
  ASSERT_EQ(backend->train(std::span(steps).first(1)).size(), 1U);
  backend->set_optimizer({.kind = OptimizerKind::kAdam, .beta1 = 0.8F});  // the same kind: its moments stay
  EXPECT_EQ(backend->optimizer_state().updates, 1);
  backend->set_optimizer({.kind = OptimizerKind::kMomentum});
  EXPECT_EQ(backend->optimizer_state().updates, 0);
  ASSERT_EQ(backend->train(std::span(steps).last(1)).size(), 1U);
  EXPECT_EQ(backend->optimizer_state().first, backend->gradients()) << "after one step the momentum is the gradient";
  EXPECT_TRUE(backend->optimizer_state().second.layers.empty());
  backend->set_optimizer({.kind = OptimizerKind::kSgd});
  EXPECT_TRUE(backend->optimizer_state().first.layers.empty());
}

TEST_F(DeviceBackendState, ALossThatIsNotANumberLeavesTheWeightsAlone) {
  for (const bool simple : {true, false}) {
    const auto backend = fresh("mlp128", {.simple = simple});
    const auto steps = steps_over(*pictures_, 5, 8);
    Weights broken = initial_weights(find_network("mlp128").value(), 1);
    broken.layers[1].weight.data[5] = std::numeric_limits<float>::quiet_NaN();
    ASSERT_TRUE(backend->set_weights(broken));
    const auto made = backend->train(steps);
    ASSERT_EQ(made.size(), 1U) << "nothing is made after it";
    EXPECT_FALSE(std::isfinite(made[0].stats.loss));
    EXPECT_TRUE(made[0].skipped);
    EXPECT_EQ(backend->weights().layers[0], broken.layers[0]);
    EXPECT_EQ(backend->optimizer_state().updates, 0);
    EXPECT_FALSE(backend->failure()) << "the numbers are lost, not the device";
    // And it goes on.
    ASSERT_TRUE(backend->set_weights(initial_weights(find_network("mlp128").value(), 1)));
    EXPECT_EQ(backend->train(steps).size(), 5U);
    EXPECT_EQ(backend->optimizer_state().updates, 5);
  }
}

TEST_F(DeviceBackendState, SaysHowLongThePhasesTookAndHowManyStepsItLikes) {
  const auto backend = fresh("mlp128");
  EXPECT_EQ(backend->steps_at_once(), 1);
  ASSERT_EQ(backend->train(steps_over(*pictures_, 3, 8)).size(), 3U);
  const PhaseTimes times = backend->phase_times();
  for (const double seconds : {times.gather, times.forward, times.backward, times.update}) EXPECT_GT(seconds, 0);
  EXPECT_GE(backend->steps_at_once(), 1);
  EXPECT_LE(backend->steps_at_once(), kStepsUploaded);
  EXPECT_EQ(backend->kind(), BackendKind::kVirtual);
  EXPECT_EQ(backend->name(), "virtual");
  EXPECT_TRUE(backend->gathers());
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST_F(DeviceBackendState, TwoThousandStepsTakeNoMoreMemoryThanTwoHundred) {
  // Small, and one thread: on a busy machine two would wait for each other at every launch.
  const NetworkSpec small = {"small", "", {1, 28, 28}, {{LayerKind::kMaxPool, 0, 4}, {LayerKind::kDense, 10}}};
  const auto backend = on_virtual_gpu(small, 2, {}, {.threads = 1});
  ASSERT_TRUE(backend->set_pictures(pictures_));
  const auto steps = steps_over(*pictures_, 50, 2);
  const auto train = [&](int times) {
    for (int i = 0; i < times; ++i) ASSERT_EQ(backend->train(steps).size(), steps.size());
  };
  train(4);
  const std::int64_t before = resident_bytes();
  train(36);
  EXPECT_LT(resident_bytes() - before, 1 << 20);
}

TEST_F(DeviceBackendState, SaysWhatMemoryItCannotHave) {
  const NetworkSpec cnn = find_network("cnn32").value();
  const auto refused = make_device_backend(std::make_unique<device::VirtualDevice>(4 << 20), cnn, 64, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::ContainsRegex("cnn32 with batches of 64 needs [0-9.]+ MB"));
  // Enough for the network, but not for the pictures.
  const NetworkSpec mlp = find_network("mlp128").value();
  auto backend = make_device_backend(std::make_unique<device::VirtualDevice>(9 << 20), mlp, 8, {});
  ASSERT_TRUE(backend) << backend.error().text();
  EXPECT_FALSE((*backend)->set_pictures(digits(20000)));
  ASSERT_TRUE((*backend)->failure());
  EXPECT_EQ((*backend)->failure()->kind, BackendFailure::Kind::kOutOfMemory);
  EXPECT_THAT((*backend)->failure()->message, ::testing::HasSubstr("20,256 pictures need 15.9 MB"));
}

TEST_F(DeviceBackendState, RefusesWhatItCannotTrain) {
  const NetworkSpec mlp = find_network("mlp128").value();
  EXPECT_FALSE(open_device_backend(BackendKind::kVirtual, mlp, 0, {}));
  EXPECT_FALSE(open_device_backend(BackendKind::kVirtual, {"seven", "", {1, 4, 4}, {{LayerKind::kDense, 7}}}, 4, {}));
  const auto backend = fresh("mlp128");
  EXPECT_FALSE(backend->set_weights(initial_weights(find_network("cnn32").value(), 1)));
  Dataset other;
  other.shape = {3, 4, 4};
  EXPECT_FALSE(backend->set_pictures(std::make_shared<const Dataset>(other)));
  EXPECT_TRUE(backend->train(steps_over(*pictures_, 1, 9)).empty());
  EXPECT_THAT(backend->failure()->message, ::testing::HasSubstr("1 to 8 pictures"));
}

}  // namespace
}  // namespace warpscope::training
