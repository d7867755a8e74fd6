#include "app/actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "app/panels/keys.h"
#include "app/panels/map_panels.h"
#include "app/panels/widgets.h"
#include "app/scene/frame_layout.h"
#include "app/scene/settings.h"
#include "compute/kernels/catalogue.h"
#include "compute/training/network.h"

namespace warpscope::app {
namespace {

using panels::Frame;
using panels::KeyId;
using panels::UiState;

void open_palette(UiState& ui, UiState::Palette kind) {
  ui.palette_open = true;
  ui.palette_kind = kind;
  ui.palette_text.clear();
  ui.palette_row = 0;
  ui.widgets.open_popup.clear();
  ui.widgets.focus = kind == UiState::Palette::kCommands ? "Command" : "Path";
  ui.widgets.enter_field = true;
}

void toggle_palette(const Frame& f) {
  if (f.ui.palette_open && f.ui.palette_kind == UiState::Palette::kCommands) {
    f.ui.palette_open = false;
  } else {
    open_palette(f.ui, UiState::Palette::kCommands);
  }
}

// Closes what lies on top; false where nothing is open.
bool close_topmost(UiState& ui) {
  for (bool* open : {&ui.palette_open, &ui.help_open, &ui.device_card_open, &ui.messages_open, &ui.runs_open,
                     &ui.tour.list_open, &ui.step.launch_open, &ui.step.breakpoints_open}) {
    if (!*open) continue;
    ui.widgets.focus.clear();
    // What the table of runs is asking for goes first.
    panels::RunsState& runs = ui.learn.runs;
    const bool asks = open == &ui.runs_open && (runs.renaming != 0 || runs.deleting != 0);
    if (asks) {
      runs.renaming = runs.deleting = 0;
    } else {
      *open = false;
    }
    return true;
  }
  if (ui.widgets.focus.empty()) return false;
  ui.widgets.focus.clear();
  return true;
}

void close(const Frame& f) {
  // An open list closes itself, a text field that is typed in gives its text back; the workspace lets go of what it
  // holds.
  if (!f.ui.widgets.open_popup.empty() || !close_topmost(f.ui)) return;
  std::erase_if(f.ui.keys, [](const panels::KeyPress& press) { return press.code == panels::key::kEscape; });
}

void show_in_map(const Frame& f) {
  panels::map_open_kernel(f);
  set_workspace(f.ui, panels::Workspace::kMap);
}

struct KeyAction {
  KeyId id;
  void (*run)(const Frame& f);
};
constexpr KeyAction kKeyActions[] = {
    {KeyId::kLearn, [](const Frame& f) { set_workspace(f.ui, panels::Workspace::kLearn); }},
    {KeyId::kConvolve, [](const Frame& f) { set_workspace(f.ui, panels::Workspace::kConvolve); }},
    {KeyId::kMap, [](const Frame& f) { set_workspace(f.ui, panels::Workspace::kMap); }},
    {KeyId::kStep, [](const Frame& f) { set_workspace(f.ui, panels::Workspace::kStep); }},
    {KeyId::kPalette, toggle_palette},
    {KeyId::kHelp, [](const Frame& f) { f.ui.help_open = !f.ui.help_open; }},
    {KeyId::kHelpMark, [](const Frame& f) { f.ui.help_open = !f.ui.help_open; }},
    {KeyId::kScreenshot, [](const Frame& f) { f.ui.requests.screenshot = true; }},
    {KeyId::kOpen, [](const Frame& f) { open_palette(f.ui, UiState::Palette::kOpenFile); }},
    {KeyId::kZoomIn, [](const Frame& f) { set_zoom(f.ui, f.ui.zoom + 0.1F); }},
    {KeyId::kZoomOut, [](const Frame& f) { set_zoom(f.ui, f.ui.zoom - 0.1F); }},
    {KeyId::kZoomReset, [](const Frame& f) { set_zoom(f.ui, 1); }},
    {KeyId::kTheme, [](const Frame& f) { set_theme(f.ui, !f.ui.dark); }},
    {KeyId::kPresenter, [](const Frame& f) { set_presenter(f.ui, !f.ui.presenter); }},
    {KeyId::kMapThis, show_in_map},
    {KeyId::kFoldRight, [](const Frame& f) { toggle_right_panel(f.ui, ImGui::GetIO().DisplaySize.x / f.scale); }},
    {KeyId::kClose, close},
    {KeyId::kQuit, [](const Frame& f) { f.ui.requests.quit = true; }},
};

// What the palette offers besides the keys.
void reduce_motion(const Frame& f) {
  f.ui.reduced_motion = !f.ui.reduced_motion;
}
void show_messages(const Frame& f) {
  f.ui.messages_open = true;
}
void show_devices(const Frame& f) {
  f.ui.device_card_open = true;
}

// Keys that need no entry: they say it themselves, or are a second one for what another does.
bool is_only_by_key(KeyId id) {
  constexpr KeyId kOnly[] = {KeyId::kLabel,        KeyId::kHelpMark, KeyId::kClose,
                             KeyId::kPalette,      KeyId::kStepGoal, KeyId::kStepGoalEnter,
                             KeyId::kStepGoalBack, KeyId::kStepEdit, KeyId::kTourChoice};
  return std::find(std::begin(kOnly), std::end(kOnly), id) != std::end(kOnly) ||
         (id >= KeyId::kMoveLeft && id <= KeyId::kMoveDown) ||
         (id >= KeyId::kConvolveLeft && id <= KeyId::kConvolveDown);
}

void add_keys(const Frame& f, std::vector<Action>& actions) {
  const auto bindings = panels::key_bindings();
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    const panels::KeyBinding& bound = bindings[i];
    if (is_only_by_key(bound.id) || !panels::holds_in(bound, f.ui.workspace)) continue;
    actions.push_back({.text = std::string(bound.does),
                       .keys = std::string(bound.keys),
                       .where = std::string(bound.where),
                       .key_binding = static_cast<int>(i)});
  }
}

void add_networks(const Frame& f, std::vector<Action>& actions) {
  for (const training::NetworkSpec& network : training::networks()) {
    if (network.name == f.view.training.settings.network) continue;
    actions.push_back({.text = fmt::format("Network {}: {}", network.name, network.about),
                       .where = "Learn",
                       .value = network.name,
                       .run = [](const Frame& frame, const std::string& name) {
                         session::LearnSettings settings =
                             frame.view.training.pending.value_or(frame.view.training.settings);
                         settings.network = name;
                         frame.send(session::ApplySettings{settings});
                       }});
  }
}

void add_kernels(std::vector<Action>& actions) {
  for (const kernels::Kernel& kernel : kernels::catalogue()) {
    actions.push_back({.text = fmt::format("Kernel {}: {}", kernel.name, kernel.title),
                       .where = "Step",
                       .value = std::string(kernel.name),
                       .run = [](const Frame& frame, const std::string& name) {
                         frame.send_step(session::OpenKernel{.name = name, .file = {}});
                       }});
  }
  actions.push_back({.text = "Launch: grid, block, arguments, checkers",
                     .where = "Step",
                     .run = [](const Frame& frame, const std::string&) {
                       frame.ui.step.launch_open = frame.step.launch != nullptr;
                     }});
}

void add_plain(const Frame& f, std::vector<Action>& actions) {
  struct Plain {
    std::string_view text;
    void (*run)(const Frame&, const std::string&);
  };
  const Plain plain[] = {
      {"Reset the layout: panels as designed", [](const Frame& frame, const std::string&) { reset_layout(frame.ui); }},
      {f.ui.reduced_motion ? "Motion as designed" : "Reduce motion",
       [](const Frame& frame, const std::string&) { reduce_motion(frame); }},
      {"Tours: guided lessons on real kernels",
       [](const Frame& frame, const std::string&) { frame.ui.tour.list_open = true; }},
      {"Show the messages so far", [](const Frame& frame, const std::string&) { show_messages(frame); }},
      {"Which device computes, and why", [](const Frame& frame, const std::string&) { show_devices(frame); }},
  };
  for (const Plain& entry : plain) {
    actions.push_back({.text = std::string(entry.text), .where = "Everywhere", .run = entry.run});
  }
}

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool is_word_start(std::string_view text, std::size_t at) {
  return at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]));
}

// Whether `query` is found in `text`: every letter follows the one before it or begins a word, as in "ot" for "One
// step". Returns the score, larger for longer runs, or -1.
int match_score(std::string_view text, std::string_view query, std::size_t at, bool in_run) {
  if (query.empty()) return 0;
  if (query.front() == ' ') return match_score(text, query.substr(1), at, false);
  int best = -1;
  for (std::size_t i = at; i < text.size(); ++i) {
    const bool follows = in_run && i == at;
    if (lower(text[i]) != lower(query.front()) || !(follows || is_word_start(text, i))) continue;
    const int rest = match_score(text, query.substr(1), i + 1, true);
    if (rest >= 0) best = std::max(best, rest + (follows ? 3 : 1));
  }
  return best;
}

// The same letters in a shorter text say more.
int score_of(const Action& action, std::string_view query) {
  const int score = match_score(action.text, query, 0, false);
  return score < 0 ? -1 : score * 256 + 255 - static_cast<int>(std::min<std::size_t>(action.text.size(), 255));
}

}  // namespace

std::vector<Action> find_actions(const Frame& f, std::string_view query) {
  std::vector<Action> actions;
  add_keys(f, actions);
  add_plain(f, actions);
  if (f.ui.workspace == panels::Workspace::kStep) {
    add_kernels(actions);
  } else {
    add_networks(f, actions);
  }
  if (query.empty()) return actions;
  std::vector<std::pair<int, std::size_t>> order;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (const int score = score_of(actions[i], query); score >= 0) order.emplace_back(-score, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<Action> found;
  for (const auto& [score, index] : order) found.push_back(std::move(actions[index]));
  return found;
}

void run_action(const Frame& f, const Action& action) {
  if (action.run != nullptr) {
    action.run(f, action.value);
    return;
  }
  const panels::KeyBinding& bound = panels::key_bindings()[static_cast<std::size_t>(action.key_binding)];
  f.ui.next_keys.push_back({.code = bound.code, .control = bound.control, .shift = bound.shift});
  f.ui.wake_in(0);
}

void handle_frame_keys(const Frame& f) {
  for (const KeyAction& action : kKeyActions) {
    if (panels::key_pressed(f, action.id)) action.run(f);
  }
}

void set_workspace(UiState& ui, panels::Workspace workspace) {
  if (ui.workspace == workspace) return;
  ui.workspace = workspace;
  ui.widgets.focus.clear();
  ui.widgets.open_popup.clear();
  ui.wake_in(0);
}

std::optional<panels::Workspace> find_workspace(std::string_view name) {
  if (name == "learn") return panels::Workspace::kLearn;
  if (name == "convolve") return panels::Workspace::kConvolve;
  if (name == "sm") return panels::Workspace::kMap;
  if (name == "step") return panels::Workspace::kStep;
  return std::nullopt;
}

void set_theme(UiState& ui, bool dark) {
  ui.dark = dark;
  ui.wake_in(0);
}

void set_zoom(UiState& ui, float zoom) {
  const float rounded = std::round(std::clamp(zoom, scene::kSmallestZoom, scene::kLargestZoom) * 10) / 10;
  if (rounded == ui.zoom) return;
  ui.zoom = rounded;
  ui.requests.fonts_changed = true;
}

void set_presenter(UiState& ui, bool on) {
  if (ui.presenter == on) return;
  ui.presenter = on;
  ui.requests.fonts_changed = true;
}

void reset_layout(UiState& ui) {
  ui.left_width = ui.right_width = ui.plots_height = ui.loss_width = ui.accuracy_width = 0;
  ui.step_code = ui.step_ptx = ui.step_lanes = ui.step_variables = ui.step_shared = ui.step_scrub = 0;
  ui.right_folded = ui.right_wanted = false;
  ui.wake_in(0);
}

void toggle_right_panel(UiState& ui, float window_width_logical) {
  bool& decides = window_width_logical < scene::kFoldBelow ? ui.right_wanted : ui.right_folded;
  decides = !decides;
  ui.wake_in(0);
}

}  // namespace warpscope::app
