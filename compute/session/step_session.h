// session/step_session.h: the Step workspace without a window. Floor 5.
// One worker thread compiles, records and travels; it works in small pieces and can always be cancelled; when it has
// nothing to do it looks whether the open file changes on disk. The owner (GUI thread, or a test) sends commands and
// takes views; neither ever blocks.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "compute/session/step_commands.h"
#include "compute/session/step_view.h"

namespace warpscope::session {

struct StepOptions {
  std::filesystem::path data_dir;  // its folder kernels: edited shipped ones are saved there, unsaved texts are kept
};

class StepSession {
 public:
  // `wake` is called from the worker when a newer view is there; it must be cheap and thread-safe.
  StepSession(StepOptions options, std::function<void()> wake);
  ~StepSession();
  StepSession(const StepSession&) = delete;
  StepSession& operator=(const StepSession&) = delete;

  void send(StepCommand command);
  // Commands sent so far; those up to StepView::answered are done.
  std::uint64_t sent() const;
  // Owner only. Never null.
  const std::shared_ptr<const StepView>& view();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warpscope::session
