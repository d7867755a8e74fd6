#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/panels/learn_microscope.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

using session::MicroscopeLaunch;
using session::MicroscopeView;
using training::LaunchPhase;

std::string launch_time_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.1f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.2f} ms", seconds * 1e3);
  return fmt::format("{:.2f} s", seconds);
}

namespace {

std::string size_text(base::Dim3 size) {
  if (size.z > 1) return fmt::format("{}×{}×{}", size.x, size.y, size.z);
  return size.y > 1 ? fmt::format("{}×{}", size.x, size.y) : std::to_string(size.x);
}

}  // namespace

std::string launch_shape_text(base::Dim3 grid, base::Dim3 block) {
  return fmt::format("{} of {}", size_text(grid), size_text(block));
}

scene::Rgba launch_phase_colour(LaunchPhase phase) {
  return scene::category(static_cast<int>(phase));  // as in the phase bar of "Where it trains"
}

std::string_view launch_phase_title(LaunchPhase phase) {
  constexpr std::string_view kTitles[] = {"Gather", "Forward", "Backward", "Update"};
  return kTitles[static_cast<std::size_t>(phase)];
}

std::string microscope_sentence(const MicroscopeView& view) {
  double all = 0;
  for (const MicroscopeLaunch& launch : view.launches) all += launch.seconds;
  if (view.launches.empty() || all <= 0) return "";
  std::vector<const MicroscopeLaunch*> longest;
  for (const MicroscopeLaunch& launch : view.launches) longest.push_back(&launch);
  std::ranges::stable_sort(longest, std::greater<>(), &MicroscopeLaunch::seconds);
  double sum = 0;
  std::size_t count = 0;
  while (count < longest.size() && sum < 0.5 * all) sum += longest[count++]->seconds;
  const std::string where = count == 1
                                ? fmt::format("{} of its {} launches takes {:.0f} % of the time: {}", 1,
                                              view.launches.size(), 100 * sum / all, longest.front()->about)
                                : fmt::format("{} of its {} launches take {:.0f} % of the time, most of all {}", count,
                                              view.launches.size(), 100 * sum / all, longest.front()->about);
  const double per_sample = all / std::max(1, view.samples);
  return fmt::format("{}. A picture costs {}{}.", where, launch_time_text(per_sample),
                     view.measured ? "" : " of this computer's time: there is no GPU that could be timed");
}

void open_launch(const Frame& f, int launch, session::LaunchTarget target) {
  MicroscopeState& state = f.ui.learn.microscope;
  state.chosen = launch;
  f.send(session::OpenLaunch{++state.asked, launch, target});
}

bool microscope_open(const Frame& f) {
  return f.view.microscope != nullptr && f.view.training.status != session::TrainingStatus::kStepping;
}

}  // namespace warpscope::panels
