#include "compute/session/settings_rules.h"

#include <fmt/format.h>

#include <cmath>

namespace warpscope::session {

namespace {

constexpr int kLargestBatch = 4096;
constexpr int kMostEpochs = 10'000;
constexpr float kLargestRate = 1e9F;  // far beyond sense on purpose: seeing a run explode is part of learning

}  // namespace

base::Result<void> check_settings(const LearnSettings& settings) {
  if (auto network = training::find_network(settings.network); !network) return tl::unexpected(network.error());
  if (!std::isfinite(settings.rate) || settings.rate <= 0 || settings.rate > kLargestRate) {
    return base::fail(fmt::format("The rate {} cannot be used: it must be above 0, for example 0.001.", settings.rate));
  }
  if (settings.batch < 1 || settings.batch > kLargestBatch) {
    return base::fail(fmt::format("A batch of {} cannot be used: 1 to {}.", settings.batch, kLargestBatch));
  }
  if (settings.epochs < 1 || settings.epochs > kMostEpochs) {
    return base::fail(fmt::format("{} epochs cannot be planned: 1 to {}.", settings.epochs, kMostEpochs));
  }
  const auto backend =
      settings.backend == "auto" ? base::Result<training::BackendKind>() : training::parse_backend(settings.backend);
  if (!backend) return tl::unexpected(backend.error());
  return {};
}

bool needs_restart(const LearnSettings& in_force, const LearnSettings& asked) {
  return asked.network != in_force.network || asked.batch != in_force.batch || asked.seed != in_force.seed;
}

training::TrainerSettings trainer_settings(const LearnSettings& settings, training::NetworkSpec network, int threads) {
  return {.network = std::move(network),
          .optimizer = settings.optimizer,
          .schedule = settings.schedule,
          .rate = settings.rate,
          .batch = settings.batch,
          .epochs = settings.epochs,
          .augmentation = settings.augmentation,
          .seed = settings.seed,
          .threads = threads};
}

store::RunSettings run_settings(const LearnSettings& settings, std::string_view backend) {
  return {.network = settings.network,
          .optimizer = std::string(training::text_of(settings.optimizer.kind)),
          .schedule = std::string(training::text_of(settings.schedule)),
          .augmentation = training::text_of(settings.augmentation),
          .backend = std::string(backend),
          .rate = settings.rate,
          .batch = settings.batch,
          .epochs = settings.epochs,
          .seed = settings.seed};
}

base::Result<LearnSettings> settings_of(const store::RunSettings& run) {
  const auto optimizer = training::parse_optimizer(run.optimizer);
  if (!optimizer) return tl::unexpected(optimizer.error());
  const auto schedule = training::parse_schedule(run.schedule);
  if (!schedule) return tl::unexpected(schedule.error());
  const auto augmentation = training::parse_augmentation(run.augmentation);
  if (!augmentation) return tl::unexpected(augmentation.error());
  LearnSettings settings;
  settings.network = run.network;
  settings.optimizer.kind = *optimizer;
  settings.schedule = *schedule;
  settings.rate = static_cast<float>(run.rate);
  settings.batch = run.batch;
  settings.epochs = run.epochs;
  settings.augmentation = *augmentation;
  settings.seed = run.seed;
  if (auto sensible = check_settings(settings); !sensible) return tl::unexpected(sensible.error());
  return settings;
}

}  // namespace warpscope::session
