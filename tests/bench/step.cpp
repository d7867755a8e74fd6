// The Step workspace without its window: a run of more than a million warp instructions, recorded with all checkers,
// gone through by commands. What is timed is what a person waits for: from the command to the view that answers it.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>
#include <vector>

#include "compute/session/step_session.h"

namespace {

using namespace warpscope;
using Clock = std::chrono::steady_clock;

int failed = 0;

void show(const char* what, double figure, const char* unit, double asked, bool at_least) {
  const bool met = at_least ? figure >= asked : figure <= asked;
  failed += met ? 0 : 1;
  fmt::print("{:<44} {:>10.4g} {:<6} asked: {} {} {}\n", what, figure, unit, at_least ? ">=" : "<=", asked,
             met ? "met" : "NOT MET");
}

double milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

// How long until the session has answered a command.
template <class Command>
double answer_ms(session::StepSession& session, Command command) {
  const auto begin = Clock::now();
  session.send(std::move(command));
  while (session.view()->answered < session.sent()) std::this_thread::yield();
  return milliseconds(begin);
}

struct Times {
  std::vector<double> all;
  double longest() const { return *std::max_element(all.begin(), all.end()); }
  double median() {
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
    return all[all.size() / 2];
  }
};

}  // namespace

int main() {
  session::StepSession session({std::filesystem::temp_directory_path()}, [] {});
  session::OpenKernel open;
  open.name = "matmul_tiled";
  answer_ms(session, open);
  session::StepLaunch launch = *session.view()->launch;
  launch.grid = {7, 7, 1};
  for (std::size_t i = 0; i < 2; ++i) launch.arguments[i].spec = "buf:f32:12544:rand:1";
  launch.arguments[2].spec = "buf:f32:12544:zero";
  launch.arguments[3].spec = "i32:112";
  const double recording_ms = answer_ms(session, session::SetLaunch{launch});
  const std::uint64_t steps = session.view()->run->size();
  fmt::print("{} steps recorded with all checkers in {:.0f} ms\n", steps, recording_ms);
  show("steps", static_cast<double>(steps), "", 1e6, true);

  std::mt19937_64 random(1);
  Times jumps, forward, back, lines;
  for (int i = 0; i < 300; ++i) {
    jumps.all.push_back(answer_ms(session, session::SeekTo{1 + random() % (steps - 2), true}));
    forward.all.push_back(answer_ms(session, session::Go{}));
    back.all.push_back(answer_ms(session, session::Go{.direction = trace::Direction::kBackward}));
    lines.all.push_back(answer_ms(session, session::Go{.goal = session::StepGoal::kLine}));
  }
  show("longest jump of 300, to the view", jumps.longest(), "ms", 50, false);
  show("median jump", jumps.median(), "ms", 50, false);
  show("longest step forward", forward.longest(), "ms", 5, false);
  show("median step forward", forward.median(), "ms", 5, false);
  show("longest step back", back.longest(), "ms", 5, false);
  show("median step back", back.median(), "ms", 5, false);
  show("median step to the next line", lines.median(), "ms", 5, false);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  show("memory of the process, at most", static_cast<double>(usage.ru_maxrss) / 1024, "MB", 512, false);
  return failed == 0 ? 0 : 1;
}
