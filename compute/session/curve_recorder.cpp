#include "compute/session/curve_recorder.h"

#include <algorithm>
#include <utility>

namespace warpscope::session {

namespace {

// A point's share in the smoothed curve: about the last 50 steps count.
constexpr float kSmoothing = 0.02F;
constexpr std::size_t kMostSmoothed = 4096;

}  // namespace

void CurveRecorder::clear() {
  *this = CurveRecorder();
}

void CurveRecorder::restore(const store::RunCurve& curve) {
  clear();
  for (const store::CurvePoint& point : curve.train) add_train(point);
  for (const store::CurvePoint& point : curve.validation) add_validation(point);
  new_train_.clear();
  new_validation_.clear();
}

void CurveRecorder::add_train(const store::CurvePoint& point) {
  if (growing_.empty()) growing_.reserve(CurveView::kChunk);
  growing_.push_back(point);
  if (growing_.size() == CurveView::kChunk) {
    full_.push_back(std::make_shared<const std::vector<store::CurvePoint>>(std::move(growing_)));
    growing_ = {};
  }
  new_train_.push_back(point);
  smooth(point);
}

void CurveRecorder::add_validation(const store::CurvePoint& point) {
  validation_.push_back(point);
  new_validation_.push_back(point);
}

void CurveRecorder::go_back_to(std::int64_t step) {
  const auto drop = [step](std::vector<store::CurvePoint>& points) {
    std::int64_t dropped = 0;
    for (; !points.empty() && points.back().step > step; ++dropped) points.pop_back();
    return dropped;
  };
  train_points_ -= drop(growing_);
  while (growing_.empty() && !full_.empty() && full_.back()->back().step > step) {
    growing_ = *full_.back();
    full_.pop_back();
    train_points_ -= drop(growing_);
  }
  drop(smoothed_);
  drop(validation_);
  drop(new_train_);
  drop(new_validation_);
  smooth_.step = std::min(smooth_.step, step);
}

void CurveRecorder::smooth(const store::CurvePoint& point) {
  // The first points are a plain mean, so that the curve does not start from a made-up value.
  const float share = std::max(kSmoothing, 1.0F / static_cast<float>(train_points_ + 1));
  smooth_.step = point.step;
  smooth_.epoch = point.epoch;
  smooth_.loss += share * (point.loss - smooth_.loss);
  smooth_.accuracy += share * (point.accuracy - smooth_.accuracy);
  if (train_points_++ % smoothed_every_ != 0) return;
  smoothed_.push_back(smooth_);
  if (smoothed_.size() < kMostSmoothed) return;
  std::vector<store::CurvePoint> thinned;
  for (std::size_t i = 0; i < smoothed_.size(); i += 2) thinned.push_back(smoothed_[i]);
  smoothed_ = std::move(thinned);
  smoothed_every_ *= 2;
}

std::shared_ptr<const CurveView> CurveRecorder::view() const {
  auto view = std::make_shared<CurveView>();
  view->train = full_;
  if (!growing_.empty()) view->train.push_back(std::make_shared<const std::vector<store::CurvePoint>>(growing_));
  view->smoothed = smoothed_;
  // The newest value belongs at the end, also between two kept points.
  if (!smoothed_.empty() && smoothed_.back().step != smooth_.step) view->smoothed.push_back(smooth_);
  view->validation = validation_;
  return view;
}

std::vector<store::CurvePoint> CurveRecorder::take_new_train() {
  return std::exchange(new_train_, {});
}

std::vector<store::CurvePoint> CurveRecorder::take_new_validation() {
  return std::exchange(new_validation_, {});
}

}  // namespace warpscope::session
