// session/slow_step.h: "one step, slowly": one training step, phase by phase, with its real numbers. Floor 5. Owned by
// the trainer's thread.
#pragma once

#include <memory>

#include "compute/session/learn_view.h"

namespace warpscope::session {

class SlowStep {
 public:
  // Takes the next batch and runs it forward. `sample`: the one of the batch to show.
  SlowStep(training::Trainer& trainer, std::shared_ptr<const training::NetworkSpec> network, int sample);

  StepPhase phase() const { return trace_.phase; }
  bool updated() const { return trace_.phase == StepPhase::kUpdate; }
  void show_loss() { trace_.phase = StepPhase::kLoss; }
  void show_backward();
  // The update is made now.
  training::StepResult update();
  void select(int sample);

  // Holds nothing of the phases that are still to come.
  std::shared_ptr<const StepTrace> trace() const;

 private:
  training::Trainer& trainer_;
  StepTrace trace_;
  std::vector<float> losses_;
};

}  // namespace warpscope::session
