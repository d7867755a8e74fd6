// session/curve_recorder.h: collects a run's curve as it grows, and hands out cheap views of it. Floor 5. Owned by the
// trainer's thread.
#pragma once

#include <memory>
#include <vector>

#include "compute/session/learn_view.h"

namespace warpscope::session {

class CurveRecorder {
 public:
  void clear();
  // Goes on from a stored run.
  void restore(const store::RunCurve& curve);

  void add_train(const store::CurvePoint& point);
  void add_validation(const store::CurvePoint& point);
  // Training goes on from this step, from before what was added last.
  void go_back_to(std::int64_t step);

  // Smoothed training loss and accuracy; 0 before the first point.
  float loss() const { return smooth_.loss; }
  float accuracy() const { return smooth_.accuracy; }
  bool empty() const { return train_points_ == 0; }

  // The full chunks are shared with earlier views; only the growing one is copied.
  std::shared_ptr<const CurveView> view() const;

  // Points added since the last call (or since restore).
  std::vector<store::CurvePoint> take_new_train();
  std::vector<store::CurvePoint> take_new_validation();

 private:
  void smooth(const store::CurvePoint& point);

  std::vector<std::shared_ptr<const std::vector<store::CurvePoint>>> full_;
  std::vector<store::CurvePoint> growing_;
  std::vector<store::CurvePoint> smoothed_;
  std::vector<store::CurvePoint> validation_;
  std::vector<store::CurvePoint> new_train_, new_validation_;
  store::CurvePoint smooth_;
  std::int64_t train_points_ = 0;
  std::int64_t smoothed_every_ =
      1;  // a smoothed point is kept for every so many steps; doubles when there are too many
};

}  // namespace warpscope::session
