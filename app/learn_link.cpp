#include "app/learn_link.h"

#include "app/actions.h"
#include "app/panels/map_panels.h"
#include "app/step_handover.h"

namespace warpscope::app {

void LearnLink::follow(panels::UiState& ui, const session::LearnView& learn, const session::MapView& map,
                       std::vector<session::StepCommand>& step_commands,
                       std::vector<session::MapCommand>& map_commands) const {
  panels::MicroscopeState& state = ui.learn.microscope;
  if (learn.microscope == nullptr) state.away = false;
  if (learn.launch_to_step && learn.launch_to_step->id > state.step_opened) {
    state.step_opened = learn.launch_to_step->id;
    state.away = true;
    open_in_step(*learn.launch_to_step, ui, step_commands);
  }
  if (learn.launch_to_map && learn.launch_to_map->id > state.map_opened) {
    state.map_opened = learn.launch_to_map->id;
    state.away = true;
    panels::map_open_launch(ui, map, *learn.launch_to_map, map_commands);
    set_workspace(ui, panels::Workspace::kMap);
  }
}

}  // namespace warpscope::app
