// The trainer on back ends that gather their batches: several steps at once, failures, and from one to another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "compute/training/trainer.h"
#include "tests/training/gathering_fake.h"
#include "tests/training/trainers.h"

namespace warpscope::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct OnFake {
  std::unique_ptr<Trainer> trainer;
  GatheringFake* fake;  // the trainer's
};
OnFake on_fake(const TrainerSettings& settings, std::shared_ptr<const Dataset> data, int at_once,
               GatheringFake::Faults faults = {}) {
  auto fake = std::make_unique<GatheringFake>(settings.network, settings.batch, at_once, std::move(faults));
  GatheringFake* const raw = fake.get();
  auto trainer = Trainer::create(settings, std::move(data), std::move(fake));
  EXPECT_TRUE(trainer) << trainer.error().text();
  return {std::move(*trainer), raw};
}

// ---- Several steps at once

TEST(TrainerAtOnce, MakesTheStepsOfABackEndThatIsHandedBatches) {
  TrainerSettings settings = settings_of("mlp128", 3);
  settings.augmentation = mnist_augmentation();
  const auto data = some_mnist(700);
  const auto one = on_cpu(settings, data);
  const auto [many, fake] = on_fake(settings, data, 7);
  std::vector<StepResult> expected, found;
  for (int k = 0; k < 40; ++k) expected.push_back(one->step());
  while (found.size() < 40) {
    for (StepResult& result : many->advance(static_cast<int>(40 - found.size()))) found.push_back(std::move(result));
  }
  ASSERT_EQ(found.size(), 40U);
  for (std::size_t k = 0; k < 40; ++k) {
    SCOPED_TRACE(k);
    EXPECT_EQ(found[k].step, expected[k].step);
    EXPECT_EQ(found[k].rate, expected[k].rate);
    EXPECT_EQ(found[k].epoch, expected[k].epoch);
    EXPECT_EQ(found[k].samples, expected[k].samples);
    EXPECT_EQ(found[k].epoch_ended, expected[k].epoch_ended);
    EXPECT_EQ(found[k].run_ended, expected[k].run_ended);
    EXPECT_EQ(found[k].stats.loss, expected[k].stats.loss);
  }
  EXPECT_EQ(many->backend().weights(), one->backend().weights());
  EXPECT_EQ(fake->calls.front(), 7);
}

TEST(TrainerAtOnce, NeverGoesBeyondAnEpochOrTheRun) {
  TrainerSettings settings = settings_of("mlp128");
  settings.augmentation = mnist_augmentation();
  const auto [trainer, fake] = on_fake(settings, some_mnist(640), 64);
  EXPECT_EQ(trainer->advance(4).size(), 4U);
  EXPECT_EQ(trainer->advance(100).size(), 6U);
  const auto second = trainer->advance(100);
  ASSERT_EQ(second.size(), 6U) << "eight tenths of a one-cycle run are augmented, and what follows is not";
  EXPECT_FALSE(second.back().epoch_ended);
  const auto last = trainer->advance(100);
  ASSERT_EQ(last.size(), 4U);
  EXPECT_TRUE(last.back().run_ended);
}

TEST(TrainerAtOnce, TrainsOnDrawingsFromTheNextStepOn) {
  const auto data = some_mnist(640);
  const auto one = on_cpu(settings_of("mlp128"), data);
  const auto [many, fake] = on_fake(settings_of("mlp128"), data, 5);
  for (Trainer* trainer : {one.get(), many.get()}) {
    while (trainer->steps_done() < 5) trainer->advance(5);
    trainer->set_replay(a_sign());
    while (trainer->steps_done() < 10) trainer->advance(5);
  }
  EXPECT_EQ(fake->drawings(), 1U);
  EXPECT_EQ(many->backend().weights(), one->backend().weights());
}

TEST(TrainerAtOnce, ASlowStepIsTheSameStep) {
  const auto data = some_mnist(640);
  const auto [quick, fake] = on_fake(settings_of("mlp128"), data, 4);
  const auto [slow, other] = on_fake(settings_of("mlp128"), data, 4);
  quick->advance(4);
  quick->advance(4);
  slow->advance(4);
  for (int k = 0; k < 4; ++k) {
    slow->begin_slow_step();
    slow->slow_forward_backward();
    EXPECT_EQ(slow->finish_slow_step().step, 5 + k);
  }
  EXPECT_EQ(slow->backend().weights(), quick->backend().weights());
  EXPECT_EQ(slow->advance(4).back().stats.loss, quick->advance(4).back().stats.loss);
}

TEST(TrainerAtOnce, ShowsTheStepToComeWithoutMakingIt) {
  TrainerSettings settings = settings_of("mlp128");
  settings.augmentation = mnist_augmentation();
  const auto data = some_mnist(640);
  const auto [trainer, fake] = on_fake(settings, data, 3);
  trainer->set_replay(a_sign());
  trainer->advance(3);
  const Trainer::StepToCome coming = trainer->step_to_come();
  EXPECT_EQ(trainer->steps_done(), 3);
  EXPECT_EQ(coming.pictures->count(), 64);
  EXPECT_EQ(coming.step.rate, trainer->rate_now());
  EXPECT_EQ(coming.weights, trainer->backend().weights());
  EXPECT_EQ(coming.optimizer.updates, 3);
  // Made elsewhere, with nothing but what it says.
  GatheringFake elsewhere(settings.network, 64, 1);
  ASSERT_TRUE(elsewhere.set_pictures(coming.pictures));
  ASSERT_TRUE(elsewhere.set_weights(coming.weights));
  ASSERT_TRUE(elsewhere.set_optimizer_state(coming.optimizer));
  const auto stats = elsewhere.train({&coming.step, 1});
  EXPECT_EQ(stats.at(0).stats.loss, trainer->step().stats.loss);
  EXPECT_EQ(elsewhere.weights(), trainer->backend().weights());
}

// ---- Divergence

TEST(TrainerAtOnce, DropsWhatWasMadeAfterABadStep) {
  TrainerSettings settings = settings_of("mlp128");
  settings.rate = 1e6F;
  settings.schedule = ScheduleKind::kConstant;
  settings.seed = 5;
  const auto data = some_mnist(2000);
  const auto one = on_cpu(settings, data);
  const auto [many, fake] = on_fake(settings, data, 16);
  StepResult expected;
  while (!expected.divergence) expected = one->step();
  std::vector<StepResult> found;
  while (found.empty() || !found.back().divergence) found = many->advance(16);
  EXPECT_EQ(found.back().divergence->step, expected.divergence->step);
  EXPECT_EQ(found.back().divergence->message, expected.divergence->message);
  EXPECT_EQ(many->steps_done(), expected.divergence->step - 1);
  EXPECT_EQ(many->backend().weights(), initial_weights(settings.network, 5));
  for (std::size_t i = 0; i + 1 < found.size(); ++i) EXPECT_FALSE(found[i].divergence);
  for (Trainer* trainer : {one.get(), many.get()}) trainer->recover(1e-3F);
  for (int k = 0; k < 20; ++k) one->step();
  for (std::int64_t end = many->steps_done() + 20; many->steps_done() < end;) {
    many->advance(static_cast<int>(end - many->steps_done()));
  }
  EXPECT_EQ(many->backend().weights(), one->backend().weights()) << "the same batches, whatever was dropped";
}

TEST(TrainerAtOnce, KeepsGoodWeightsAtTheSameStepHoweverManyItMakesAtOnce) {
  const auto data = some_mnist(2000);
  std::vector<std::int64_t> kept;
  std::vector<Weights> weights;
  for (const int at_once : {1, 7, 64}) {
    TrainerSettings settings = settings_of("mlp128", 4);
    const auto [trainer, fake] = on_fake(settings, data, at_once);
    while (trainer->steps_done() < 110) trainer->advance(static_cast<int>(110 - trainer->steps_done()));
    trainer->set_rate(1e6F);
    std::vector<StepResult> results;
    while (results.empty() || !results.back().divergence) results = trainer->advance(64);
    kept.push_back(results.back().divergence->good_step);
    weights.push_back(trainer->backend().weights());
  }
  EXPECT_THAT(kept, ElementsAre(100, 100, 100));
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
}

TEST(TrainerAtOnce, GoesOnOverASkippedStepAndStopsWhereAllAreSkipped) {
  const auto data = some_mnist(2000);
  const auto [some, fake] = on_fake(settings_of("mlp128"), data, 8, {.skipped = {1, 5}});
  EXPECT_EQ(some->advance(8).size(), 8U);
  EXPECT_EQ(some->steps_done(), 8);
  EXPECT_EQ(some->backend().optimizer_state().updates, 6);
  std::set<std::int64_t> all;
  for (std::int64_t k = 0; k < 1000; ++k) all.insert(k);
  const auto [none, other] = on_fake(settings_of("mlp128"), data, 8, {.skipped = all});
  StepResult last;
  for (int k = 0; k < 10 && !last.divergence; ++k) last = none->advance(8).back();
  ASSERT_TRUE(last.divergence);
  EXPECT_THAT(last.divergence->message, HasSubstr("gradients are no longer numbers"));
}

// ---- Failure, and from one back end to another

TEST(TrainerSwitch, ResumesOnTheCpuFromWeightsOfLessThanASecondAgo) {
  const auto data = some_mnist(640);
  TrainerSettings settings = settings_of("mlp128", 1000);
  settings.batch = 16;
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const auto [trainer, fake] = on_fake(settings, data, 4, {.lost_at = 2001});
  std::vector<double> reached{0};  // seconds, by step
  StepResult result;
  while (!result.failure) {
    for (const StepResult& each : trainer->advance(4)) {
      result = each;
      if (!each.failure) reached.push_back(seconds());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(result.failure->kind, BackendFailure::Kind::kLost);
  EXPECT_EQ(trainer->steps_done(), 2001);
  EXPECT_EQ(trainer->step().failure->message, "the GPU fell off the bus") << "it says so as often as it is asked";
  const double lost_at = seconds();
  ASSERT_TRUE(trainer->switch_backend(make_cpu_backend(settings.network, settings.batch, 1).value()));
  const std::int64_t resumed = trainer->steps_done();
  EXPECT_LE(resumed, 2001);
  EXPECT_GT(resumed, 0);
  EXPECT_LT(lost_at - reached[static_cast<std::size_t>(resumed)], 1.0);
  EXPECT_EQ(trainer->backend().kind(), BackendKind::kCpu);
  EXPECT_EQ(trainer->backend().optimizer_state().updates, resumed);
  // The weights are those of that very step.
  const auto whole = on_cpu(settings, data);
  while (whole->steps_done() < resumed) whole->step();
  EXPECT_EQ(trainer->backend().weights(), whole->backend().weights());
  EXPECT_EQ(trainer->step().stats.loss, whole->step().stats.loss);
}

TEST(TrainerSwitch, KeepsTheBackEndWhereAnotherDoesNotFit) {
  const auto data = some_mnist(640);
  const auto [trainer, fake] = on_fake(settings_of("mlp128"), data, 4);
  trainer->advance(4);
  const Weights before = trainer->backend().weights();
  EXPECT_FALSE(trainer->switch_backend(make_cpu_backend(find_network("cnn32").value(), 64, 1).value()));
  EXPECT_EQ(&trainer->backend(), fake);
  EXPECT_EQ(trainer->backend().weights(), before);
  EXPECT_EQ(trainer->advance(4).back().step, 8);
}

TEST(TrainerSwitch, SaysWhereABackEndMakesFewerStepsOrHasNoRoom) {
  const auto data = some_mnist(640);
  const auto [silent, fake] = on_fake(settings_of("mlp128"), data, 4, {.fails_silently = true});
  EXPECT_THAT(silent->step().failure->message, HasSubstr("0 of 1"));
  const auto [full, other] = on_fake(settings_of("mlp128"), data, 4, {.no_room_for_drawings = true});
  full->set_replay(a_sign());
  EXPECT_THAT(full->step().failure->message, HasSubstr("no room for drawings"));
  ASSERT_TRUE(full->switch_backend(make_cpu_backend(find_network("mlp128").value(), 64, 1).value()));
  EXPECT_FALSE(full->step().failure);
}

TEST(TrainerSwitch, HandsOverDrawingsAndGoodWeights) {
  const auto data = some_mnist(2000);
  const TrainerSettings settings = settings_of("mlp128", 4);
  const auto trainer = on_cpu(settings, data);
  trainer->set_replay(a_sign());
  while (trainer->steps_done() < 20) trainer->step();
  auto fake = std::make_unique<GatheringFake>(settings.network, 64, 4);
  GatheringFake* const raw = fake.get();
  ASSERT_TRUE(trainer->switch_backend(std::move(fake)));
  EXPECT_EQ(raw->drawings(), 1U);
  EXPECT_EQ(trainer->settings().backend, BackendKind::kCuda);
  const Weights good = trainer->backend().weights();
  trainer->set_rate(1e6F);
  std::vector<StepResult> results;
  while (results.empty() || !results.back().divergence) results = trainer->advance(4);
  EXPECT_EQ(trainer->backend().weights(), good) << "healthy weights are what it goes back to, not the run's first ones";
}

}  // namespace
}  // namespace warpscope::training
