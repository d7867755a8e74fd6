#include "app/convolve_link.h"

#include "app/actions.h"

namespace warpscope::app {

void ConvolveLink::follow(panels::UiState& ui, const session::LearnView& learn, const session::ConvolveView& convolve,
                          std::vector<session::ConvolveCommand>& commands,
                          std::vector<session::StepCommand>& step_commands) {
  const bool visible = ui.workspace == panels::Workspace::kConvolve;
  if (visible != visible_) commands.emplace_back(session::SetConvolveVisible{visible});
  visible_ = visible;
  if (learn.probe && learn.probe->from_pad && learn.probe->drawing_version != digit_) {
    digit_ = learn.probe->drawing_version;
    commands.emplace_back(session::SetDrawnDigit{learn.probe->image});
  }
  panels::ConvolvePanels& state = ui.convolve;
  if (convolve.step && convolve.step->id > state.step_opened) {
    state.step_opened = convolve.step->id;
    const session::StepRequest& wanted = *convolve.step;
    step_commands.emplace_back(session::OpenKernel{.name = wanted.kernel, .file = {}, .launch = wanted.launch});
    const std::uint64_t warps = (wanted.launch.block.count() + base::kWarpSize - 1) / base::kWarpSize;
    step_commands.push_back(session::FollowWarp{
        static_cast<trace::WarpIndex>(wanted.block * warps + static_cast<std::uint64_t>(wanted.warp))});
    step_commands.push_back(session::Go{.goal = session::StepGoal::kInstruction});  // to where it has begun
    set_workspace(ui, panels::Workspace::kStep);
  }
}

}  // namespace warpscope::app
