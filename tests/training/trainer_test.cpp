#include "compute/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/training/helpers.h"

namespace warpscope::training {
namespace {

using ::testing::HasSubstr;

TrainerSettings settings_of(std::string_view network, int epochs = 2) {
  TrainerSettings settings;
  settings.network = find_network(network).value();
  settings.optimizer.kind = settings.network.optimizer;
  settings.rate = settings.network.rate;
  settings.epochs = epochs;
  return settings;
}

std::unique_ptr<Trainer> trainer_of(const TrainerSettings& settings, std::shared_ptr<const Dataset> data) {
  auto trainer = Trainer::create(settings, std::move(data));
  EXPECT_TRUE(trainer) << trainer.error().text();
  return std::move(*trainer);
}

// The values torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=100) of PyTorch 1.13 gives.
TEST(ScheduledRate, OneCycleIsPyTorchs) {
  const std::pair<int, double> values[] = {
      {0, 0.04},          {1, 0.0428137806},  {10, 0.2951639485}, {20, 0.7893697914}, {29, 1.0},
      {30, 0.9994965353}, {50, 0.7938934506}, {75, 0.2630686165}, {98, 0.0005074647}, {99, 0.000004}};
  for (const auto& [step, expected] : values) {
    EXPECT_NEAR(scheduled_rate(ScheduleKind::kOneCycle, 1, step, 100), expected, 1e-7) << "step " << step;
    EXPECT_NEAR(scheduled_rate(ScheduleKind::kOneCycle, 0.02F, step, 100), 0.02 * expected, 1e-8) << "step " << step;
  }
}

TEST(ScheduledRate, ConstantStaysAndShortRunsAreDefined) {
  EXPECT_EQ(scheduled_rate(ScheduleKind::kConstant, 0.5F, 77, 100), 0.5F);
  for (const std::int64_t total : {0, 1, 2, 3}) {
    for (std::int64_t step = 0; step <= total; ++step) {
      const float rate = scheduled_rate(ScheduleKind::kOneCycle, 1, step, total);
      EXPECT_GT(rate, 0);
      EXPECT_LE(rate, 1);
    }
  }
}

TEST(Trainer, GivesTheSameWeightsForTheSameSeedBitForBit) {
  TrainerSettings settings = settings_of("cnn32");
  settings.augmentation = mnist_augmentation();
  const auto data = some_mnist(700);
  const auto weights_after = [&](std::uint64_t seed) {
    settings.seed = seed;
    const auto trainer = trainer_of(settings, data);
    while (!trainer->step().run_ended) {
    }
    return trainer->backend().weights();
  };
  const Weights first = weights_after(1);
  EXPECT_EQ(first, weights_after(1));
  EXPECT_NE(first, weights_after(2));
}

TEST(Trainer, LearnsMnistWithEveryNetwork) {
  const auto data = some_mnist(4000);
  for (const NetworkSpec& network : networks()) {
    const auto trainer = trainer_of(settings_of(network.name, 3), data);
    Evaluator evaluator(data);
    while (!trainer->step().run_ended) {
    }
    ASSERT_TRUE(evaluator.advance(trainer->backend(), data->count()));
    EXPECT_GT(evaluator.result().accuracy, 0.8) << network.name;
  }
}

TEST(UsualRate, IsTheNetworksOwnWithItsOptimiserAndHigherForAPeak) {
  const NetworkSpec cnn = find_network("cnn32").value();
  EXPECT_FLOAT_EQ(usual_rate(cnn, OptimizerKind::kAdam, ScheduleKind::kConstant), 1e-3F);
  EXPECT_FLOAT_EQ(usual_rate(cnn, OptimizerKind::kAdam, ScheduleKind::kOneCycle), 4e-3F);
  EXPECT_FLOAT_EQ(usual_rate(cnn, OptimizerKind::kSgd, ScheduleKind::kConstant), 0.1F);
  const NetworkSpec sigmoid = find_network("mlp64-sigmoid").value();
  EXPECT_FLOAT_EQ(usual_rate(sigmoid, OptimizerKind::kSgd, ScheduleKind::kConstant), 0.5F);
  EXPECT_FLOAT_EQ(usual_rate(sigmoid, OptimizerKind::kAdam, ScheduleKind::kConstant), 1e-3F);
}

TEST(Trainer, CountsStepsAndEpochs) {
  const auto trainer = trainer_of(settings_of("mlp128"), some_mnist(150));
  EXPECT_EQ(trainer->steps_per_epoch(), 3);
  EXPECT_EQ(trainer->total_steps(), 6);
  std::vector<int> samples;
  std::vector<bool> epoch_ends, run_ends;
  for (std::int64_t k = 1; k <= 6; ++k) {
    const StepResult result = trainer->step();
    EXPECT_EQ(result.step, k);
    EXPECT_FLOAT_EQ(result.epoch, static_cast<float>(k) / 3);
    samples.push_back(result.samples);
    epoch_ends.push_back(result.epoch_ended);
    run_ends.push_back(result.run_ended);
  }
  EXPECT_THAT(samples, ::testing::ElementsAre(64, 64, 22, 64, 64, 22));
  EXPECT_THAT(epoch_ends, ::testing::ElementsAre(false, false, true, false, false, true));
  EXPECT_THAT(run_ends, ::testing::ElementsAre(false, false, false, false, false, true));
}

TEST(Trainer, FollowsItsScheduleAndGoesOnAtThreeTenthsAfterTheRun) {
  TrainerSettings settings = settings_of("mlp128", 10);
  settings.rate = 0.01F;
  const auto trainer = trainer_of(settings, some_mnist(640));
  std::vector<float> rates;
  for (int k = 0; k < 100; ++k) rates.push_back(trainer->step().rate);
  EXPECT_NEAR(rates.front(), 0.01 / 25, 1e-8);
  EXPECT_NEAR(*std::max_element(rates.begin(), rates.end()), 0.01, 1e-8);
  EXPECT_EQ(std::max_element(rates.begin(), rates.end()) - rates.begin(), 29);
  EXPECT_LT(rates.back(), 0.01 / 10000);
  EXPECT_NEAR(trainer->step().rate, 0.003, 1e-8);
}

TEST(Trainer, ASlowStepIsTheSameStep) {
  const auto data = some_mnist(300);
  const auto quick = trainer_of(settings_of("cnn32"), data), slow = trainer_of(settings_of("cnn32"), data);
  for (int k = 0; k < 4; ++k) {
    const StepResult a = quick->step();
    const Batch& batch = slow->begin_slow_step();
    EXPECT_EQ(batch.labels.size(), 64U);
    const BatchStats stats = slow->slow_forward_backward();
    const StepResult b = slow->finish_slow_step();
    EXPECT_EQ(a.stats.loss, stats.loss);
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.rate, b.rate);
  }
  EXPECT_EQ(quick->backend().weights(), slow->backend().weights());
}

class Diverging : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Diverging, StopsWithAnExplanationAndTheLastGoodWeights) {
  TrainerSettings settings = settings_of(GetParam());
  settings.rate = 1e6F;
  settings.schedule = ScheduleKind::kConstant;
  settings.seed = 5;
  const auto data = some_mnist(2000);
  const auto trainer = trainer_of(settings, data);
  StepResult result;
  for (int k = 0; k < 40 && !result.divergence; ++k) result = trainer->step();
  ASSERT_TRUE(result.divergence);
  EXPECT_FALSE(result.divergence->loss < 10) << "not a number, or far above 2.3";
  EXPECT_THAT(result.divergence->message, HasSubstr("rate"));
  EXPECT_LT(result.divergence->suggested_rate, settings.rate);
  EXPECT_GT(result.divergence->suggested_rate, 0);
  EXPECT_EQ(trainer->backend().weights(), initial_weights(settings.network, 5)) << "nothing better was ever reached";

  trainer->recover(settings.network.rate);
  EXPECT_EQ(trainer->settings().rate, settings.network.rate);
  float loss = 0;
  for (int k = 0; k < 60; ++k) {
    const StepResult step = trainer->step();
    ASSERT_FALSE(step.divergence) << step.divergence->message;
    loss = step.stats.loss;
  }
  EXPECT_LT(loss, 1.8F) << "it learns on";
}

INSTANTIATE_TEST_SUITE_P(Networks, Diverging, ::testing::Values("mlp64-sigmoid", "mlp128", "cnn32"),
                         [](const auto& info) {
                           std::string name(info.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Trainer, TrainsOnDrawingsAsSoonAsItHasThem) {
  const auto trainer = trainer_of(settings_of("mlp128", 5), some_mnist(2000));
  while (!trainer->step().run_ended) {
  }
  // A sign that no training picture shows, called a 4.
  ReplaySample sign{1, std::vector<std::uint8_t>(784, 0), 4};
  for (std::size_t i = 4; i < 24; ++i) sign.picture[i * 28 + i] = sign.picture[i * 28 + 27 - i] = 255;
  std::vector<float> picture(784), before(10), after(10);
  to_unit_floats(sign.picture, picture);
  trainer->backend().predict(picture, before);
  trainer->set_replay({sign});
  for (int k = 0; k < 300; ++k) trainer->step();
  trainer->backend().predict(picture, after);
  EXPECT_LT(before[4], 0.5F);
  EXPECT_GT(after[4], 0.9F);
}

TEST(Trainer, ChangesWithoutARestart) {
  const auto trainer = trainer_of(settings_of("mlp128"), some_mnist(640));
  trainer->step();
  trainer->set_schedule(ScheduleKind::kConstant);
  trainer->set_rate(0.5F);
  EXPECT_EQ(trainer->step().rate, 0.5F);
  trainer->set_epochs(7);
  EXPECT_EQ(trainer->total_steps(), 70);
  trainer->set_augmentation(drawing_augmentation());
  EXPECT_EQ(trainer->settings().augmentation, drawing_augmentation());
  trainer->set_optimizer({.kind = OptimizerKind::kSgd});
  EXPECT_EQ(trainer->settings().optimizer.kind, OptimizerKind::kSgd);
  EXPECT_EQ(trainer->backend().optimizer_state().updates, 0) << "another optimiser begins anew";
  trainer->step();
  EXPECT_EQ(trainer->steps_done(), 3);
}

TEST(Trainer, ContinuesFromACheckpoint) {
  const auto data = some_mnist(640);
  const auto whole = trainer_of(settings_of("mlp128"), data), resumed = trainer_of(settings_of("mlp128"), data);
  for (int k = 0; k < 7; ++k) whole->step();
  ASSERT_TRUE(resumed->load(whole->backend().weights(), whole->backend().optimizer_state(), whole->steps_done()));
  EXPECT_EQ(resumed->steps_done(), 7);
  for (int k = 0; k < 6; ++k) {
    whole->step();
    resumed->step();
  }
  EXPECT_EQ(resumed->backend().weights(), whole->backend().weights()) << "as if it had never stopped";
  EXPECT_FALSE(resumed->load(initial_weights(find_network("cnn32").value(), 1), {}, 0));
}

TEST(Trainer, SaysWhichSettingItCannotTrainWith) {
  const auto data = some_mnist(100);
  const auto error_with = [&](auto change) {
    TrainerSettings settings = settings_of("mlp128");
    change(settings);
    const auto trainer = Trainer::create(settings, data);
    return trainer ? std::string("no error") : trainer.error().message;
  };
  EXPECT_THAT(error_with([](TrainerSettings& s) { s.batch = 0; }), HasSubstr("batch is 0"));
  EXPECT_THAT(error_with([](TrainerSettings& s) { s.batch = 101; }), HasSubstr("1 to 100"));
  EXPECT_THAT(error_with([](TrainerSettings& s) { s.epochs = 0; }), HasSubstr("epochs is 0"));
  EXPECT_THAT(error_with([](TrainerSettings& s) { s.rate = -1; }), HasSubstr("rate is -1"));
  EXPECT_THAT(error_with([](TrainerSettings& s) { s.rate = std::nanf(""); }), HasSubstr("rate is nan"));
  EXPECT_THAT(error_with([](TrainerSettings& s) { s.network.input = {1, 30, 30}; }), HasSubstr("1x30x30"));
}

}  // namespace
}  // namespace warpscope::training
