#include "app/convolve_link.h"

#include "app/step_handover.h"

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
    open_in_step(*convolve.step, ui, step_commands);
  }
}

}  // namespace warpscope::app
