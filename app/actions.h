// actions.h: what a person can do anywhere in the window, by key, by the palette or by a script. Floor 8. GUI thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/ui.h"

namespace warpscope::app {

// An entry of the command palette.
struct Action {
  std::string text = {};
  std::string keys = {};  // "" where there is none
  std::string where = {};
  std::string value = {};  // given to `run`
  void (*run)(const panels::Frame& f, const std::string& value) = nullptr;
  int key_binding = -1;  // index into key_bindings(), where `run` is null: choosing it is pressing the key
};
// All there are, best match for `query` first: its letters are in the text, in order, in one run or at the starts of
// words. An empty query gives all.
std::vector<Action> find_actions(const panels::Frame& f, std::string_view query);
void run_action(const panels::Frame& f, const Action& action);

// The keys that hold in every workspace.
void handle_frame_keys(const panels::Frame& f);

void set_workspace(panels::UiState& ui, panels::Workspace workspace);
// By the name that scripts and --workspace use; nullopt: there is none such.
std::optional<panels::Workspace> find_workspace(std::string_view name);
void set_theme(panels::UiState& ui, bool dark);
void set_zoom(panels::UiState& ui, float zoom);
void set_presenter(panels::UiState& ui, bool on);
void reset_layout(panels::UiState& ui);
void toggle_right_panel(panels::UiState& ui, float window_width_logical);

}  // namespace warpscope::app
