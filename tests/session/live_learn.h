// A Learn session on the small data set, made when it is first asked for.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/session/live_session.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {

class LiveLearn : public ::testing::Test {
 protected:
  using View = session::LearnView;

  session::LiveSession& session() {
    if (!session_) session_.emplace(options());
    return *session_;
  }
  virtual session::LearnOptions options() {
    session::LearnOptions options = session::small_options(folder_.path() / "data");
    options.settings.epochs = 500;
    return options;
  }
  void end_session() { session_.reset(); }

  const View& view() { return session().view(); }
  template <class Command>
  void send(Command command) {
    session().send(std::move(command));
  }
  // Waits until the view is so.
  template <class Holds>
  const View& until(Holds holds) {
    if (!session().wait(holds)) ADD_FAILURE() << "it never came to that; " << last_message();
    return view();
  }
  const View& until_step(std::int64_t step) {
    return until([step](const View& v) { return v.training.step >= step; });
  }
  // Back ends were looked for, and none is being set up.
  const View& until_settled() {
    return until([](const View& v) {
      return v.training.total_steps > 0 && !v.training.backends->empty() && !v.training.switching;
    });
  }
  void start(std::int64_t steps = 20) {
    send(session::StartTraining{});
    until_step(view().training.step + steps);
  }
  void train_on(const std::string& backend, training::Precision precision = training::Precision::kF32) {
    session::LearnSettings settings = view().training.settings;
    settings.backend = backend;
    settings.precision = precision;
    send(session::ApplySettings{settings});
  }
  const View& until_on(const std::string& backend) {
    return until([&](const View& v) { return v.training.backend == backend && !v.training.switching; });
  }
  std::string last_message() {
    const auto& messages = session().view().messages;
    return messages.empty() ? "no message" : messages.back().text;
  }
  // The weights that the reader has, of this step.
  std::shared_ptr<const training::Weights> weights_at(std::int64_t step) {
    return until([&](const View& v) { return v.probe && v.probe->step == step; }).probe->weights;
  }

  ScratchFolder folder_;

 private:
  std::optional<session::LiveSession> session_;  // after what its threads use
};

}  // namespace warpscope::tests
