#include "app/map_link.h"

#include "app/actions.h"
#include "app/step_handover.h"

namespace warpscope::app {

void MapLink::follow(panels::UiState& ui, const session::MapView& map, std::vector<session::MapCommand>& commands,
                     std::vector<session::StepCommand>& step_commands) {
  const bool visible = ui.workspace == panels::Workspace::kMap;
  if (visible != visible_) commands.emplace_back(session::SetMapVisible{visible});
  visible_ = visible;
  if (map.step && map.step->id > ui.map.step_opened) {
    ui.map.step_opened = map.step->id;
    open_in_step(*map.step, ui, step_commands);
  }
}

}  // namespace warpscope::app
