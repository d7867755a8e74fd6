// An SM map session that a test sends commands and waits for.
#pragma once

#include <optional>

#include "compute/session/map_session.h"
#include "tests/session/live_convolve.h"

namespace warpscope::tests {

class LiveMap : public ::testing::Test {
 protected:
  using View = session::MapView;
  using Settings = session::MapSettings;

  session::MapSession& session() {
    if (!session_) session_.emplace(options(), [this] { bell_.ring(); });
    return *session_;
  }
  virtual session::MapOptions options() {
    session::MapOptions options;
    options.data_dir = folder_.path();
    options.device.wanted = device::Wanted::kVirtual;
    options.visible = true;
    options.settings = small();
    return options;
  }
  void end_session() { session_.reset(); }

  // A few blocks on a chip of a few SMs: runs in no time.
  static Settings small() { return with_kernel("vector_add", base::Dim3{60, 1, 1}); }
  static Settings with_kernel(const std::string& kernel, std::optional<base::Dim3> grid = {}) {
    Settings settings;
    settings.source.kernel = kernel;
    settings.grid = grid;
    return settings;
  }

  // Sends a command and waits until it is answered.
  template <class Command>
  const View& after(Command command) {
    session().send(std::move(command));
    return settled();
  }
  const View& after(Settings settings) { return after(session::SetMap{std::move(settings)}); }
  const View& settled() {
    return until([this](const View& view) {
      return view.answered >= session().sent() && view.plan && (view.run || !view.plan->problem.empty());
    });
  }
  // Waits until the view is so.
  template <class Holds>
  const View& until(Holds holds) {
    session();
    if (!bell_.wait_until([&] { return holds(*session().view()); })) ADD_FAILURE() << "it never came to that";
    return *session().view();
  }
  static std::string last_message(const View& view) { return view.messages.empty() ? "" : view.messages.back().text; }

  ScratchFolder folder_;
  Bell bell_;

 private:
  std::optional<session::MapSession> session_;  // after what its thread uses
};

}  // namespace warpscope::tests
