#include "app/step_handover.h"

#include "app/actions.h"

namespace warpscope::app {

void open_in_step(const session::StepRequest& wanted, panels::UiState& ui,
                  std::vector<session::StepCommand>& step_commands) {
  step_commands.emplace_back(session::OpenKernel{.name = wanted.kernel, .file = wanted.file, .launch = wanted.launch});
  const std::uint64_t warps = (wanted.launch.block.count() + base::kWarpSize - 1) / base::kWarpSize;
  step_commands.push_back(session::FollowWarp{
      static_cast<trace::WarpIndex>(wanted.block * warps + static_cast<std::uint64_t>(wanted.warp))});
  step_commands.push_back(session::Go{.goal = session::StepGoal::kInstruction});
  set_workspace(ui, panels::Workspace::kStep);
}

}  // namespace warpscope::app
