// training/trainer_run.h: the state of a run behind Trainer. Floor 4. For the trainer*.cpp files alone.
#pragma once

#include <chrono>
#include <cmath>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "compute/training/trainer.h"

namespace warpscope::training {

// Steps between weights to go back to.
inline constexpr std::int64_t kSafekeepSteps = 50;

struct Trainer::Impl {
  Impl(TrainerSettings wanted, std::shared_ptr<const Dataset> pictures, std::unique_ptr<Backend> b);

  // ---- The plan of the run (trainer.cpp)
  std::int64_t total_steps() const { return steps_per_epoch * settings.epochs; }
  float epoch_of(std::int64_t at) const { return static_cast<float>(at) / static_cast<float>(steps_per_epoch); }
  float rate_at(std::int64_t at) const;
  Augmentation augmentation_at(std::int64_t at) const;
  void choose_augmentation();

  // ---- Steps (trainer_steps.cpp)
  StepResult step_with_batch();
  std::vector<StepResult> steps_by_recipe(int most);
  const Batch& next_batch();
  // The update for a batch whose gradients are there.
  StepResult finish(const BatchStats& stats, int samples);

  // ---- Weights to fall back on (trainer_safety.cpp)
  // Kept by the back end, for a run that diverges.
  void keep_good();
  void keep_good_where_due();
  void go_back();
  // Kept here, for a back end that is lost.
  void keep_safe();
  void keep_safe_where_due();
  // Hands a fresh back end all that it does not get with a step.
  base::Result<void> prepare(Backend& fresh) const;
  base::Result<void> move_to(Backend& fresh);
  std::optional<BackendFailure> failure() const;

  TrainerSettings settings;
  std::shared_ptr<const Dataset> train;
  std::unique_ptr<Backend> backend;
  BatchSource source;  // its next batch is that of `step`
  std::int64_t steps_per_epoch;
  Augmentation augmentation;  // the one the source uses now
  std::int64_t step = 0;

  float last_loss = std::nanf("");
  float smoothed = std::nanf("");
  float best_smoothed = std::numbers::ln10_v<float>;
  int skipped_in_a_row = 0;
  std::int64_t good_step = 0;
  struct SafeCopy {
    Weights weights;
    OptimizerState optimizer;
    std::int64_t step = 0;
  };
  SafeCopy safe;  // of back ends that gather
  std::chrono::steady_clock::time_point safe_at, last_chance;
  double longest_between = 0;             // seconds between two chances to copy, since the last copy
  std::optional<BackendFailure> refused;  // what the back end did not take between two steps

  const Batch* slow_batch = nullptr;
  BatchStats slow_stats;

 private:
  StepResult result_now() const;
  StepResult failed(const BackendFailure& why);
  StepResult made(StepResult result);
  std::vector<PlannedStep> plan(int most);
  std::optional<Divergence> check(const BatchStats& stats, bool skipped);
  Divergence divergence(float loss, const std::string& what);
  bool looks_healthy() const;
  bool reads_sensibly(Backend& with) const;
};

}  // namespace warpscope::training
