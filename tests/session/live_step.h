// A Step session that a test sends commands and waits for.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "compute/session/step_reading.h"
#include "compute/session/step_session.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {

using namespace std::chrono_literals;

class LiveStep : public ::testing::Test {
 protected:
  using Go = session::Go;
  using StepGoal = session::StepGoal;
  using StepView = session::StepView;
  using Direction = trace::Direction;

  // Sends a command and waits until it is answered.
  template <class Command>
  const StepView& after(Command command) {
    session_.send(std::move(command));
    return settled();
  }
  const StepView& settled() {
    const auto give_up = std::chrono::steady_clock::now() + 120s;
    while (session_.view()->answered < session_.sent()) {
      if (std::chrono::steady_clock::now() > give_up) {
        ADD_FAILURE() << "no answer";
        break;
      }
      std::this_thread::sleep_for(1ms);
    }
    return *session_.view();
  }
  const StepView& open(const std::string& name) {
    session::OpenKernel command;
    command.name = name;
    return after(command);
  }
  const StepView& go(StepGoal goal, Direction direction = Direction::kForward, int line = 0) {
    return after(Go{.goal = goal, .direction = direction, .line = line});
  }
  int line() {
    const StepView& view = *session_.view();
    const auto rows = session::warp_rows(*view.run, *view.moment);
    return rows[view.moment->followed % view.run->warps_per_block].line;
  }
  // A line of the open text that contains this.
  int line_with(const std::string& what) {
    const std::string& text = *session_.view()->source->text;
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  static session::GoToWriter writer_of(const std::string& variable) {
    session::GoToWriter command;
    command.place.variable = variable;
    return command;
  }
  std::string value(const std::string& path, int lane) {
    const StepView& view = *session_.view();
    std::vector<std::string> unfolded;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i] == '[' || path[i] == '.') unfolded.push_back(path.substr(0, i));
    }
    for (const auto& row : session::variable_rows(*view.run, *view.moment, unfolded)) {
      if (row.path != path || (row.has_value >> lane & 1U) == 0) continue;
      return session::value_text(view.run->debug->types(), row.type_index, row.of(lane));
    }
    return "none";
  }

  ScratchFolder folder_;
  session::StepSession session_{{folder_.path()}, [] {}};
};

}  // namespace warpscope::tests
