// tests/support/sample_view.h: views of the Learn workspace as a real session would publish them, made without one.
// Real networks, real inference of a generated digit; curves, evaluation, gallery and runs are plausible and consistent
// with themselves. Pure: the same options give the same view on every machine.
#pragma once

#include <string>

#include "compute/session/learn_view.h"

namespace warpscope::tests {

struct SampleOptions {
  std::string network = "cnn32";
  session::TrainingStatus status = session::TrainingStatus::kTraining;
  enum class Shows { kDrawing, kExample } shows = Shows::kDrawing;
  int digit = 7;           // that is drawn, or the example's label
  std::uint64_t seed = 1;  // of weights and handwriting
  int drawings = 23;       // in the gallery; every fifth is read wrongly
  int steps = 1505;        // of training so far: points of the curve
  bool evaluated = true;   // a validation has been made
  int compared_runs = 1;
};

session::LearnView sample_view(const SampleOptions& options = {});

// The drawing on the pad of such a view.
drawings::Drawing sample_drawing(const SampleOptions& options = {});

// What a session would answer to SetDrawing{version, drawing} with this network and these weights.
std::shared_ptr<const session::Probe> probe_of(const session::Probe& before, const drawings::Drawing& drawing,
                                               std::uint64_t version);

}  // namespace warpscope::tests
