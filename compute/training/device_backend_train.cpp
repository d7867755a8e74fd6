// DeviceBackend at work: steps in a row, one step slowly, predictions.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "compute/training/device_backend_state.h"
#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

constexpr std::size_t kClasses = 10;
constexpr std::int64_t kRoomForDrawings = 256;
constexpr int kMeasureEvery = 50;         // steps
constexpr double kSecondsAtOnce = 0.010;  // of a call of train()
constexpr std::size_t kMetrics = 4;       // numbers of a step: sum of losses, hits, skipped

double PhaseTimes::*time_of(LaunchPhase phase) {
  constexpr double PhaseTimes::*kTimes[] = {&PhaseTimes::gather, &PhaseTimes::forward, &PhaseTimes::backward,
                                            &PhaseTimes::update};
  return kTimes[static_cast<std::size_t>(phase)];
}

}  // namespace

// ---- Pictures

base::Result<void> DeviceBackend::set_pictures(std::shared_ptr<const Dataset> train) {
  if (train->shape != network_.input) {
    return base::fail(fmt::format("{} reads pictures of {}x{} with {} channels, these have {}x{} with {}",
                                  network_.name, network_.input.width, network_.input.height, network_.input.channels,
                                  train->shape.width, train->shape.height, train->shape.channels));
  }
  pictures_ = std::move(train);
  drawings_.clear();
  const std::int64_t wanted = pictures_->count() + kRoomForDrawings;
  if (wanted > memory_.room()) {
    recorded_.clear();
    if (auto room = memory_.make_room(wanted, 0); !room) return no_room(wanted, room.error());
  }
  auto written = memory_.write<std::uint8_t>("pictures", pictures_->pixels);
  (void)fine(written);
  return written;
}

base::Result<void> DeviceBackend::set_drawings(std::span<const ReplaySample> drawings) {
  const std::int64_t before = pictures_ ? pictures_->count() : 0;
  const auto pixels = static_cast<std::size_t>(network_.input.count());
  std::vector<std::uint8_t> all;
  all.reserve(drawings.size() * pixels);
  for (const ReplaySample& drawing : drawings) {
    if (drawing.picture.size() != pixels) {
      return base::fail(fmt::format("drawing {} has {} pixels, {} reads {}", drawing.id, drawing.picture.size(),
                                    network_.name, pixels));
    }
    all.insert(all.end(), drawing.picture.begin(), drawing.picture.end());
  }
  const std::int64_t wanted = before + static_cast<std::int64_t>(drawings.size());
  if (wanted > memory_.room()) {
    recorded_.clear();
    const std::int64_t room = before + 2 * static_cast<std::int64_t>(drawings.size());
    if (auto made = memory_.make_room(room, before); !made) return no_room(room, made.error());
    drawings_.clear();
  }
  // Mostly those of before, with a new one behind them.
  const auto fresh = std::mismatch(all.begin(), all.end(), drawings_.begin(), drawings_.end()).first - all.begin();
  const auto first = static_cast<std::size_t>(fresh) / pixels * pixels;
  auto written = memory_.write<std::uint8_t>("pictures", std::span(all).subspan(first),
                                             static_cast<std::size_t>(before) * pixels + first);
  (void)fine(written);
  drawings_ = std::move(all);
  return written;
}

base::Result<void> DeviceBackend::no_room(std::int64_t pictures, const base::Error& error) {
  const std::string message =
      fmt::format("{} pictures need {:.1f} MB on {}, which could not be had: {}", thousands(pictures),
                  static_cast<double>(pictures * network_.input.count()) / 1e6, device_->name(), error.message);
  if (!device_->lost() && device_->rebuilds() == rebuilds_) note(BackendFailure::Kind::kOutOfMemory, message);
  (void)fine(base::fail(message));
  return base::fail(message);
}

// ---- Steps in a row

bool DeviceBackend::can_train(std::span<const PlannedStep> steps) const {
  const auto pixels = static_cast<std::size_t>(network_.input.count());
  const std::size_t known = (pictures_ ? static_cast<std::size_t>(pictures_->count()) : 0) + drawings_.size() / pixels;
  for (const PlannedStep& step : steps) {
    const BatchRecipe& b = step.batch;
    const auto batch = static_cast<std::size_t>(batch_);
    if (b.pictures.empty() || b.pictures.size() > batch || b.labels.size() != b.pictures.size() ||
        (!b.changes.empty() && b.changes.size() != b.pictures.size())) {
      return fine(
          base::fail(fmt::format("a batch of {} pictures with {} labels and {} changes does not fit: it takes 1 "
                                 "to {} pictures, as many labels, and as many changes or none",
                                 b.pictures.size(), b.labels.size(), b.changes.size(), batch_)));
    }
    const std::uint32_t last = *std::max_element(b.pictures.begin(), b.pictures.end());
    if (last >= known) {
      return fine(base::fail(fmt::format("a batch names picture {}, but only {} are on the device", last, known)));
    }
  }
  return true;
}

std::vector<StepStats> DeviceBackend::train(std::span<const PlannedStep> steps) {
  std::vector<StepStats> all;
  if (failure() || !can_train(steps)) return all;
  const auto begun = std::chrono::steady_clock::now();
  while (all.size() < steps.size()) {
    const std::size_t next = std::min<std::size_t>(kStepsUploaded, steps.size() - all.size());
    if (!make_steps(steps.subspan(all.size(), next), all)) break;
    if (!std::isfinite(all.back().stats.loss)) break;  // what comes after it would be as lost
  }
  if (all.empty()) return all;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() / static_cast<double>(all.size());
  step_seconds_ = step_seconds_ == 0 ? seconds : 0.5 * (step_seconds_ + seconds);
  steps_at_once_ = static_cast<int>(std::clamp(kSecondsAtOnce / step_seconds_, 1.0, double{kStepsUploaded}));
  return all;
}

bool DeviceBackend::make_steps(std::span<const PlannedStep> steps, std::vector<StepStats>& all) {
  std::vector<float> rates;
  LossScale scale = scale_;  // as it will be where every step goes well
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto of_step =
        rates_of(optimizer_, steps[i].rate, updates_ + 1 + static_cast<std::int64_t>(i), scale.value());
    rates.insert(rates.end(), of_step.begin(), of_step.end());
    scale.step_made();
  }
  if (!fine(memory_.write_steps(steps, rates)) || !run_steps(steps)) return false;
  const auto metrics = memory_.read<float>("metrics", steps.size() * kMetrics);
  if (!metrics) return fine(tl::unexpected(metrics.error()));
  gradient_scale_ = scale_.value();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const float* of_step = metrics->data() + i * kMetrics;
    const bool skipped = of_step[2] != 0;
    all.push_back(
        {{of_step[0] / static_cast<float>(steps[i].batch.pictures.size()), static_cast<int>(of_step[1])}, skipped});
    if (skipped) {
      // Nothing after it has changed anything: those steps are made again.
      scale_.step_skipped();
      return fine(memory_.write<std::int32_t>("state", std::array<std::int32_t, 4>{}));
    }
    gradient_scale_ = scale_.value();
    scale_.step_made();
    ++updates_;
  }
  return true;
}

// Those of one size that follow each other run as one.
bool DeviceBackend::run_steps(std::span<const PlannedStep> steps) {
  for (std::size_t at = 0; at < steps.size();) {
    const std::size_t samples = steps[at].batch.pictures.size();
    const bool changed = !steps[at].batch.changes.empty();
    since_measured_ += 1;
    if (!is_virtual() && (since_measured_ > kMeasureEvery || times_.all() == 0)) {
      if (!run_measured(static_cast<int>(samples), changed)) return false;
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < steps.size() && steps[end].batch.pictures.size() == samples &&
           changed == !steps[end].batch.changes.empty()) {
      ++end;
    }
    const Key key{Part::kStep, LaunchPhase::kGather, static_cast<int>(samples), changed};
    const auto report = run(key, static_cast<int>(end - at));
    if (!report) return false;
    if (is_virtual()) take_times(*report, recorded_.at(key).phases);
    since_measured_ += static_cast<int>(end - at) - 1;
    at = end;
  }
  return true;
}

// A step in four parts, so that each is timed: that costs a little, so it is done now and then.
bool DeviceBackend::run_measured(int samples, bool changed) {
  PhaseTimes times;
  for (const LaunchPhase phase : kLaunchPhases) {
    const auto report = run({Part::kPhase, phase, samples, changed}, 1);
    if (!report) return false;
    times.*time_of(phase) = report->seconds;
  }
  times_ = times;
  since_measured_ = 0;
  return true;
}

void DeviceBackend::take_times(const device::SequenceReport& report, const std::vector<LaunchPhase>& phases) {
  times_ = {};
  for (std::size_t i = 0; i < phases.size() && i < report.launches.size(); ++i) {
    times_.*time_of(phases[i]) += report.launches[i].seconds;
  }
}

// ---- One step slowly

BatchStats DeviceBackend::forward_backward(std::span<const float> images, std::span<const std::uint8_t> labels) {
  const auto samples = labels.size();
  const auto rates = rates_of(optimizer_, 0, updates_ + 1, scale_.value());
  gradient_scale_ = scale_.value();
  const bool written = fine(memory_.write<float>("images", images)
                                .and_then([&] { return memory_.write<std::uint8_t>("labels", labels); })
                                .and_then([&] { return memory_.write_steps({}, rates); }));
  BatchStats stats;
  if (!written || !run({Part::kForwardBackward, LaunchPhase::kForward, static_cast<int>(samples), false}, 1))
    return stats;
  const auto losses = memory_.read<float>("losses", samples);
  const auto probabilities = memory_.read<float>("probabilities", samples * kClasses);
  const auto metrics = memory_.read<float>("metrics", kMetrics);
  if (!losses || !probabilities || !metrics) {
    (void)fine(base::fail("what a step gave cannot be read"));
    return stats;
  }
  losses_ = *losses;
  probabilities_ = *probabilities;
  stats.loss = (*metrics)[0] / static_cast<float>(samples);
  stats.correct = static_cast<int>((*metrics)[1]);
  return stats;
}

void DeviceBackend::update(float rate) {
  const auto rates = rates_of(optimizer_, rate, updates_ + 1, gradient_scale_);
  if (!fine(memory_.write_steps({}, rates))) return;
  if (!run({Part::kPhase, LaunchPhase::kUpdate, batch_, false}, 1)) return;
  const auto metrics = memory_.read<float>("metrics", kMetrics);
  if (!metrics) return (void)fine(tl::unexpected(metrics.error()));
  if ((*metrics)[2] == 0) {
    ++updates_;
    return scale_.step_made();
  }
  scale_.step_skipped();
  (void)fine(memory_.write<std::int32_t>("state", std::array<std::int32_t, 4>{}));
}

void DeviceBackend::predict(std::span<const float> images, std::span<float> probabilities) {
  const auto pixels = static_cast<std::size_t>(network_.input.count());
  const std::size_t total = images.size() / pixels, batch = static_cast<std::size_t>(batch_);
  for (std::size_t done = 0; done < total; done += batch) {
    const std::size_t n = std::min(batch, total - done);
    if (!fine(memory_.write<float>("images", images.subspan(done * pixels, n * pixels)))) return;
    if (!run({Part::kPrediction, LaunchPhase::kForward, static_cast<int>(n), false}, 1)) return;
    const auto read = memory_.read<float>("probabilities", n * kClasses);
    if (!read) return (void)fine(tl::unexpected(read.error()));
    std::copy(read->begin(), read->end(), probabilities.begin() + static_cast<std::ptrdiff_t>(done * kClasses));
  }
}

}  // namespace warpscope::training
