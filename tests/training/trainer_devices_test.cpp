// The trainer on the virtual GPU and, through the stand-in driver, on a GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "compute/training/trainer.h"
#include "tests/device/stand_in.h"
#include "tests/training/trainers.h"

namespace warpscope::training {
namespace {

using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr BackendKind kKinds[] = {BackendKind::kVirtual, BackendKind::kCpu};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::unique_ptr<Backend> backend_of(BackendKind kind, const TrainerSettings& settings) {
  auto backend = make_backend(kind, settings.network, settings.batch, Precision::kF32, 1);
  EXPECT_TRUE(backend) << (backend ? "" : backend.error().text());
  return backend ? std::move(*backend) : nullptr;
}

// Momentum: Adam divides by the root of small numbers, and float errors with it.
TrainerSettings small_run(std::int64_t epochs) {
  TrainerSettings settings = settings_of("mlp128", static_cast<int>(epochs));
  settings.optimizer.kind = OptimizerKind::kMomentum;
  settings.rate = 0.01F;
  settings.batch = 16;
  return settings;
}

TEST(TrainerOnTheVirtualGpu, SwitchingAHundredTimesChangesNothing) {
  const auto data = some_mnist(320);
  const TrainerSettings settings = small_run(6);
  const auto still = on_cpu(settings, data), moved = on_cpu(settings, data);
  std::size_t early = 0;
  for (int k = 0; k < 100; ++k) {
    ASSERT_TRUE(moved->switch_backend(backend_of(kKinds[k % 2], settings))) << k;
    EXPECT_EQ(moved->backend().kind(), kKinds[k % 2]);
    EXPECT_FALSE(moved->step().failure);
    still->step();
    if (k == 29) early = resident_bytes();
  }
  EXPECT_EQ(moved->steps_done(), 100);
  EXPECT_EQ(moved->backend().optimizer_state().updates, 100);
  // Float errors of a hundred steps; moments lost in a switch would be a hundred times as much.
  EXPECT_LT(difference(moved->backend().weights(), still->backend().weights()), 5e-4);
  EXPECT_LT(difference(moved->backend().optimizer_state().first, still->backend().optimizer_state().first), 1e-2);
  EXPECT_LT(resident_bytes(), early + (16U << 20)) << "memory grew over 70 switches";
}

TEST(TrainerOnTheVirtualGpu, DivergesAndRecoversAsOnTheCpu) {
  TrainerSettings settings = settings_of("mlp128");
  settings.rate = 1e6F;
  settings.schedule = ScheduleKind::kConstant;
  settings.batch = 32;
  settings.backend = BackendKind::kVirtual;
  const auto trainer = on_cpu(settings, some_mnist(640));
  ASSERT_EQ(trainer->backend().kind(), BackendKind::kVirtual);
  std::vector<StepResult> results;
  while (results.empty() || !results.back().divergence) results = trainer->advance(16);
  EXPECT_THAT(results.back().divergence->message, HasSubstr("rate"));
  EXPECT_EQ(trainer->backend().weights(), initial_weights(settings.network, 1));
  EXPECT_EQ(trainer->steps_done(), results.back().divergence->step - 1);
  trainer->recover(1e-3F);
  float loss = 0;
  for (const std::int64_t end = trainer->steps_done() + 60; trainer->steps_done() < end;) {
    for (const StepResult& result : trainer->advance(16)) {
      ASSERT_FALSE(result.divergence) << result.divergence->message;
      loss = result.stats.loss;
    }
  }
  EXPECT_LT(loss, 1.8F) << "it learns on";
}

// An hour is too long for a test: what grows with the steps, with drawings, changes or evaluations shows in seconds.
TEST(TrainerOnTheVirtualGpu, TrainsOnWithoutGrowth) {
  const auto data = some_mnist(160);
  TrainerSettings settings = small_run(100'000);
  settings.augmentation = mnist_augmentation();
  settings.backend = BackendKind::kVirtual;
  const auto trainer = on_cpu(settings, data);
  Evaluator evaluator(data);
  const auto train_for = [&](double seconds) {
    for (const auto start = Clock::now(); seconds_since(start) < seconds;) {
      ASSERT_FALSE(trainer->advance(64).back().failure);
      if (evaluator.advance(trainer->backend(), 50)) evaluator.restart();
      trainer->set_replay(trainer->steps_done() % 3 == 0 ? a_sign() : std::vector<ReplaySample>{});
    }
  };
  train_for(1.5);
  const std::size_t before = resident_bytes();
  const std::int64_t steps = trainer->steps_done();
  train_for(3);
  EXPECT_GT(trainer->steps_done(), steps);
  EXPECT_LT(resident_bytes(), before + (4U << 20));
}

TEST(TrainerOnTheVirtualGpu, HalfPrecisionLearnsToo) {
  const auto data = some_mnist(640);
  for (const Precision precision : {Precision::kF16, Precision::kBf16}) {
    TrainerSettings settings = settings_of("mlp128");
    settings.batch = 16;
    settings.schedule = ScheduleKind::kConstant;
    settings.backend = BackendKind::kVirtual;
    const auto full = on_cpu(settings, data);
    settings.precision = precision;
    const auto half = on_cpu(settings, data);
    EXPECT_EQ(half->settings().precision, precision);
    float full_loss = 0, half_loss = 0;
    while (full->steps_done() < 12) full_loss = full->step().stats.loss;
    while (half->steps_done() < 12) half_loss = half->step().stats.loss;
    EXPECT_NE(half_loss, full_loss);
    EXPECT_NEAR(half_loss, full_loss, 0.05F) << text_of(precision);
  }
}

class TrainerOnAGpu : public device::testing::StandIn {};

TEST_F(TrainerOnAGpu, ThatIsLostResumesOnTheCpu) {
  const auto data = some_mnist(320);
  TrainerSettings settings = small_run(1000);
  settings.backend = BackendKind::kCuda;
  settings.threads = 1;
  auto created = Trainer::create(settings, data);
  ASSERT_TRUE(created) << created.error().text();
  const auto trainer = std::move(*created);
  EXPECT_EQ(trainer->backend().kind(), BackendKind::kCuda);
  std::vector<double> reached{0};  // seconds, by step
  const auto start = Clock::now();
  StepResult last;
  bool pulled = false;
  while (!last.failure) {
    for (StepResult& result : trainer->advance(8)) {
      last = std::move(result);
      if (!last.failure) reached.push_back(seconds_since(start));
    }
    if (!pulled && seconds_since(start) > 1.5) {
      inject("lost\n");
      pulled = true;
    }
    ASSERT_LT(seconds_since(start), 60);
  }
  EXPECT_TRUE(pulled);
  EXPECT_EQ(last.failure->kind, BackendFailure::Kind::kLost);
  const double lost_at = reached.back();
  ASSERT_TRUE(trainer->switch_backend(backend_of(BackendKind::kCpu, settings)));
  const std::int64_t resumed = trainer->steps_done();
  EXPECT_LT(lost_at - reached[static_cast<std::size_t>(resumed)], 1.0);
  EXPECT_EQ(trainer->backend().optimizer_state().updates, resumed);
  settings.backend = BackendKind::kCpu;
  const auto whole = on_cpu(settings, data);
  while (whole->steps_done() < resumed) whole->step();
  EXPECT_LT(difference(trainer->backend().weights(), whole->backend().weights()), 1e-3) << "step " << resumed;
  EXPECT_FALSE(trainer->step().failure);
  EXPECT_EQ(trainer->steps_done(), resumed + 1);
}

TEST_F(TrainerOnAGpu, WithoutMemoryNamesABatchThatFits) {
  inject("memory 32M\n");
  const NetworkSpec network = find_network("mlp128").value();
  const auto open = [&](int batch) { return make_backend(BackendKind::kCuda, network, batch, Precision::kF32, 1); };
  const auto refused = open(4096);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("mlp128 with batches of 4096 needs"));
  const std::string words = "A batch of ";
  const std::size_t at = refused.error().message.find(words);
  ASSERT_NE(at, std::string::npos) << refused.error().message;
  const int fits = std::stoi(refused.error().message.substr(at + words.size()));
  EXPECT_TRUE(open(fits));
  EXPECT_FALSE(open(2 * fits));
}

TEST_F(TrainerOnAGpu, ThatIsNotThereSaysWhy) {
  inject("gpus 0\n");
  const NetworkSpec network = find_network("mlp128").value();
  const auto refused = make_backend(BackendKind::kCuda, network, 64, Precision::kF32, 1);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::Not(HasSubstr("fits")));
  EXPECT_THAT(make_backend(BackendKind::kCpu, network, 64, Precision::kBf16, 1).error().message,
              HasSubstr("bf16 is for a GPU"));
}

}  // namespace
}  // namespace warpscope::training
