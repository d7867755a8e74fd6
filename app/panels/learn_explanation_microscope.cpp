// What "What am I looking at?" says of a frozen training step.
#include <fmt/format.h>

#include "app/panels/learn_explanation.h"
#include "app/panels/learn_microscope.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using session::MicroscopeLaunch;
using session::MicroscopeView;
using training::LaunchPhase;

// In the order of training::LaunchPhase.
constexpr std::string_view kPhaseTexts[] = {
    "**Gather**: the pictures lie on the device already. A kernel copies those of this batch to one place, and turns "
    "and "
    "shifts them a little where that was asked for.",
    "**Forward**: layer by layer the network says what it sees in these pictures; what every layer answers is kept, "
    "because the way back needs it.",
    "**Backward**: the same layers in the opposite order. Each takes the gradient of what it gave, and makes two: of "
    "its "
    "weights, and of what it was given.",
    "**Update**: all weights lie one after the other, so one launch moves every one of them against its gradient."};

Explanation about_the_step(const MicroscopeView& view) {
  Explanation e;
  e.heading = "A training step under the microscope";
  e.text =
      "A training step is no single thing: it is a row of **kernel launches**, one after the other, on numbers that "
      "never leave the device. Here is the step that was about to come, made once more with the very same weights and "
      "pictures.";
  if (view.state == MicroscopeView::State::kFailed) e.more = view.problem;
  return e;
}

}  // namespace

Explanation explain_microscope(const MicroscopeView& view, const MicroscopeState& state) {
  Explanation e = about_the_step(view);
  if (view.state != MicroscopeView::State::kReady) return e;
  if (state.chosen >= 0 && state.chosen < static_cast<int>(view.launches.size())) {
    const MicroscopeLaunch& launch = view.launches[static_cast<std::size_t>(state.chosen)];
    e.more = std::string(kPhaseTexts[static_cast<std::size_t>(launch.phase)]);
  }
  double all = 0;
  for (const MicroscopeLaunch& launch : view.launches) all += launch.seconds;
  e.facts_title = "This step in numbers";
  e.facts = {{"launches", std::to_string(view.launches.size())},
             {"pictures", std::to_string(view.samples)},
             {view.measured ? "time on the GPU" : "time on this computer", launch_time_text(all), true},
             {"loss", fmt::format("{:.4f}", view.loss)},
             {"read right", std::to_string(view.correct)}};
  e.try_text =
      view.measured
          ? "Open the longest launch in the SM map: are all multiprocessors busy, and what do its warps wait for?"
          : "Open a launch in Step: its tensors are those of this step, so what you see there is your network "
            "learning.";
  return e;
}

}  // namespace warpscope::panels
