// panels/ui.h: what a panel is given to draw itself: the state of the interface, fonts, theme, and where commands go.
// Floor 7. Owned by the GUI thread. draw_frame(view, ui, commands) needs no window: tests draw into a bare ImGui
// context.
#pragma once

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/panels/convolve_state.h"
#include "app/panels/focus.h"
#include "app/panels/images.h"
#include "app/panels/learn_state.h"
#include "app/panels/map_state.h"
#include "app/panels/step_state.h"
#include "app/panels/tour_state.h"
#include "app/scene/theme.h"
#include "compute/drawings/stroke_editor.h"
#include "compute/session/convolve_commands.h"
#include "compute/session/convolve_view.h"
#include "compute/session/learn_commands.h"
#include "compute/session/learn_view.h"
#include "compute/session/map_commands.h"
#include "compute/session/map_view.h"
#include "compute/session/step_commands.h"
#include "compute/session/step_view.h"

namespace warpscope::panels {

// Type roles of the design; sizes are in theme notes: display 56, value 20 mono, heading 18, brand 15, body 14, title
// 13 ...
enum class Type {
  kDisplay,
  kValue,
  kHeading,
  kBrand,
  kBody,
  kBodyStrong,
  kTitle,
  kLabel,
  kSmall,
  kCaption,
  kMicro,
  kCode,
  kNumber,
  kTick,
  kCount
};
using Fonts = std::array<ImFont*, static_cast<std::size_t>(Type::kCount)>;

// What the window must do after a frame; everything else is a LearnCommand.
struct AppRequests {
  bool quit = false;
  std::optional<std::filesystem::path> open;           // whatever it is: strokes, a picture, weights, a folder
  bool screenshot = false;                             // F12: into data_dir/screenshots
  bool fonts_changed = false;                          // zoom or presenter mode changed: rebuild at the new scale
  std::vector<std::filesystem::path> save_region_png;  // with save_region: export of a plot
  scene::Rect save_region;
  std::string tour_topic;  // "race": opens the list of tours at what there is about it
};

// One key going down (or repeating), as the window saw it. Letters, digits and '?' are their capital ASCII character in
// the person's own layout; other keys have GLFW's numbers (panels/keys.h names the ones in use).
struct KeyPress {
  int code = 0;
  bool control = false, shift = false, alt = false;
  bool repeat = false;
};

// Where the pointer was between two frames, in order: a pen moves several times a frame.
struct PointerSample {
  scene::Vec2 at;
  double seconds = 0;  // same clock as UiState::now
};

// A line that stays five seconds and never blocks.
struct Toast {
  session::Message::Kind kind = session::Message::Kind::kGood;
  std::string text;
  session::Message::Action action = session::Message::Action::kNone;
  double until = 0;  // of UiState::now
};

// What a text field remembers while it is edited.
struct FieldState {
  std::string text;
  std::string problem;  // why the text is not accepted; "" while it is
  bool editing = false;
};

// What the widgets remember between frames.
struct WidgetState {
  std::string active;              // pressed and held
  std::string focus;               // reached by Tab; "" where none, then no ring is drawn
  std::vector<std::string> order;  // of this frame's focusable widgets
  bool enter_field = false;        // the focused field takes the keyboard in this frame
  bool takes_tab = false;          // in the last frame an editor had the keyboard: Tab is its own
  std::string open_popup;          // name of the combo whose list is open
  int popup_row = -1;              // highlighted by the arrow keys
  std::map<std::string, FieldState> fields;
  std::vector<std::string> tips;  // drawn at the end of the frame, beside the pointer
};

// One thing that can be clicked or set by name: filled every frame by the widgets, read by the script player.
struct Target {
  std::string name;
  scene::Rect rect;
  bool enabled = true;
};

enum class Workspace : std::uint8_t { kLearn, kConvolve, kMap, kStep };

struct UiState {
  Workspace workspace = Workspace::kLearn;

  // Look.
  bool dark = true;
  bool presenter = false;  // every size times 1.35
  bool reduced_motion = false;
  float zoom = 1;           // Ctrl +/-
  float display_scale = 1;  // HiDPI
  float scale() const { return display_scale * zoom * (presenter ? 1.35F : 1.0F); }

  // Splitters: logical pixels; 0 = the design's default for this window size.
  float left_width = 0, right_width = 0, plots_height = 0, loss_width = 0, accuracy_width = 0;
  // Of Step, as parts of what there is to divide; 0 likewise.
  float step_code = 0, step_ptx = 0, step_lanes = 0, step_variables = 0, step_shared = 0, step_scrub = 0;
  bool right_folded = false;
  bool right_wanted = false;  // unfolded by hand in a window so narrow that it folds by itself

  // Overlays.
  bool palette_open = false, help_open = false, device_card_open = false, runs_open = false, messages_open = false;
  std::string palette_text;
  int palette_row = 0;
  enum class Palette { kCommands, kOpenFile } palette_kind = Palette::kCommands;

  // Learn.
  drawings::StrokeEditor editor;
  bool eraser = false;
  float pen_width_px = 20;  // on the pad's 280 x 280 canvas; what the network sees is controlled apart
  Focus hovered;            // of this frame (of the last one while panels are drawn before it is known)
  Focus pinned;             // click; kNone: nothing
  const Focus& focus() const { return pinned.kind != Focus::Kind::kNone ? pinned : hovered; }
  bool log_loss = true;
  std::set<std::int64_t> compared_runs;
  std::optional<std::array<int, 2>> confusion_cell;  // {true, read as}
  std::optional<std::int64_t> selected_drawing;      // gallery
  bool slide_window = false;                         // "Slide the window": the focus walks over the map
  bool show_weight_change = false;
  LearnPanels learn;  // what Learn's panels remember between frames
  StepPanels step;    // what Step's panels remember between frames
  ConvolvePanels convolve;
  MapPanels map;
  TourState tour;
  double now = 0;  // seconds; animation clock (tests set it)

  // Scripting: names seen this frame, and values to be entered as if typed.
  std::vector<Target> targets;
  std::map<std::string, std::string> pending_sets;

  // Input of this frame, beside ImGui's pointer. Cleared by whoever ran the frame.
  std::vector<KeyPress> keys;
  std::vector<KeyPress> next_keys;  // chosen in the palette: pressed in the next frame
  std::vector<PointerSample> pointer_path;

  WidgetState widgets;
  std::vector<Toast> toasts;
  std::uint64_t last_message = 0;  // id of the newest message that became a toast
  std::uint64_t last_step_message = 0, last_convolve_message = 0, last_map_message = 0;
  // Motion: the earliest `now` at which something will look different with no input; the window sleeps until then.
  double wake_at = kNever;
  static constexpr double kNever = 1e300;
  void wake_in(double seconds) { wake_at = std::min(wake_at, now + seconds); }  // 0: draw the next frame at once

  AppRequests requests;
};

// Everything a panel gets.
struct Frame {
  const session::LearnView& view;
  const session::StepView& step;
  const session::ConvolveView& convolve;
  const session::MapView& map;
  UiState& ui;
  std::vector<session::LearnCommand>& commands;
  std::vector<session::StepCommand>& step_commands;
  std::vector<session::ConvolveCommand>& convolve_commands;
  std::vector<session::MapCommand>& map_commands;
  const Fonts& fonts;
  Images& images;
  const scene::Palette& colors;
  float scale;    // physical pixels for a logical one
  float fps = 0;  // measured by the window
  float frame_ms = 0;

  float px(float logical) const;  // rounded to whole physical pixels, at least 1 for > 0
  ImFont* font(Type type) const { return fonts[static_cast<std::size_t>(type)]; }
  void send(session::LearnCommand command) const { commands.push_back(std::move(command)); }
  void send_step(session::StepCommand command) const { step_commands.push_back(std::move(command)); }
  template <class Command>
  void send_convolve(Command command) const {
    convolve_commands.emplace_back(std::move(command));
  }
  template <class Command>
  void send_map(Command command) const {
    map_commands.emplace_back(std::move(command));
  }
};

}  // namespace warpscope::panels
