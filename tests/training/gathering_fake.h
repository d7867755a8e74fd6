// A back end that gathers its batches and makes several steps at once, as a GPU does, with the CPU's arithmetic: what
// goes wrong on a GPU, and when, is up to the test.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compute/training/backend.h"

namespace warpscope::training {

class GatheringFake final : public Backend {
 public:
  struct Faults {
    std::int64_t lost_at = -1;         // made steps after which it is gone
    std::set<std::int64_t> skipped{};  // steps, from 0, whose gradients are not finite
    bool no_room_for_drawings = false;
    bool fails_silently = false;  // makes fewer steps and does not say why
  };

  GatheringFake(const NetworkSpec& network, int batch, int at_once, Faults faults)
      : inner_(make_cpu_backend(network, batch, 1).value()), at_once_(at_once), faults_(std::move(faults)) {}
  GatheringFake(const NetworkSpec& network, int batch, int at_once)
      : GatheringFake(network, batch, at_once, Faults()) {}

  std::string_view name() const override { return "fake"; }
  BatchStats forward_backward(std::span<const float> images, std::span<const std::uint8_t> labels) override {
    return inner_->forward_backward(images, labels);
  }
  void update(float rate) override { inner_->update(rate); }
  void predict(std::span<const float> images, std::span<float> out) override { inner_->predict(images, out); }
  // Nobody may use what a lost device says.
  Weights weights() const override { return failure_ ? zeros_like(inner_->weights()) : inner_->weights(); }
  Weights gradients() const override { return inner_->gradients(); }
  base::Result<void> set_weights(const Weights& weights) override { return inner_->set_weights(weights); }
  OptimizerState optimizer_state() const override { return failure_ ? OptimizerState{} : inner_->optimizer_state(); }
  base::Result<void> set_optimizer_state(const OptimizerState& state) override {
    return inner_->set_optimizer_state(state);
  }
  void set_optimizer(const OptimizerSettings& settings) override { inner_->set_optimizer(settings); }
  std::span<const float> sample_losses() const override { return inner_->sample_losses(); }
  std::span<const float> sample_probabilities() const override { return inner_->sample_probabilities(); }
  void keep_good() override { inner_->keep_good(); }
  void go_back() override { inner_->go_back(); }
  BackendKind kind() const override { return BackendKind::kCuda; }
  std::string device_name() const override { return "Fake GPU"; }
  PhaseTimes phase_times() const override { return inner_->phase_times(); }
  std::optional<BackendFailure> failure() const override { return failure_; }

  bool gathers() const override { return true; }
  base::Result<void> set_pictures(std::shared_ptr<const Dataset> train) override {
    pictures_ = std::move(train);
    return {};
  }
  base::Result<void> set_drawings(std::span<const ReplaySample> drawings) override {
    if (faults_.no_room_for_drawings && !drawings.empty()) return base::fail("no room for drawings");
    drawings_.assign(drawings.begin(), drawings.end());
    return {};
  }
  std::vector<StepStats> train(std::span<const PlannedStep> steps) override {
    calls.push_back(static_cast<int>(steps.size()));
    std::vector<StepStats> all;
    for (const PlannedStep& step : steps) {
      if (faults_.fails_silently || !make(step, all)) break;
    }
    return all;
  }
  int steps_at_once() const override { return at_once_; }

  std::vector<int> calls;  // of train(): how many steps each was asked for
  std::size_t drawings() const { return drawings_.size(); }

 private:
  bool make(const PlannedStep& step, std::vector<StepStats>& all) {
    if (made_ == faults_.lost_at) failure_ = BackendFailure{BackendFailure::Kind::kLost, "the GPU fell off the bus"};
    if (failure_) return false;
    const BatchRecipe& recipe = step.batch;
    const auto pixels = static_cast<std::size_t>(pictures_->shape.count());
    std::vector<float> images(recipe.pictures.size() * pixels);
    for (std::size_t i = 0; i < recipe.pictures.size(); ++i) {
      const std::size_t number = recipe.pictures[i], known = pictures_->labels.size();
      const auto picture = number < known ? pictures_->picture(static_cast<int>(number))
                                          : std::span<const std::uint8_t>(drawings_.at(number - known).picture);
      const PictureChange change = recipe.changes.empty() ? PictureChange{} : recipe.changes[i];
      apply_change(picture, pictures_->shape, change, std::span(images).subspan(i * pixels, pixels));
    }
    const BatchStats stats = inner_->forward_backward(images, recipe.labels);
    const bool skipped = faults_.skipped.contains(made_++);
    all.push_back({stats, skipped || !std::isfinite(stats.loss)});
    if (!std::isfinite(stats.loss)) return false;
    if (!skipped) inner_->update(step.rate);
    return true;
  }

  std::unique_ptr<Backend> inner_;
  int at_once_;
  Faults faults_;
  std::shared_ptr<const Dataset> pictures_;
  std::vector<ReplaySample> drawings_;
  std::int64_t made_ = 0;
  std::optional<BackendFailure> failure_;
};

}  // namespace warpscope::training
