// panels/ui.h: what a panel is given to draw itself: the state of the interface, fonts, theme, and where commands go.
// Floor 7. Owned by the GUI thread. draw_frame(view, ui, commands) needs no window: tests draw into a bare ImGui context.
#pragma once

#include <imgui.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/panels/images.h"
#include "app/scene/theme.h"
#include "compute/drawings/stroke_editor.h"
#include "compute/session/learn_commands.h"
#include "compute/session/learn_view.h"

namespace warpscope::panels {

// Type roles of the design; sizes are in theme notes: display 56, value 20 mono, heading 18, brand 15, body 14, title 13 ...
enum class Type {
  kDisplay, kValue, kHeading, kBrand, kBody, kBodyStrong, kTitle, kLabel, kSmall, kCaption, kMicro, kCode, kNumber, kTick,
  kCount
};
using Fonts = std::array<ImFont*, static_cast<std::size_t>(Type::kCount)>;

// What the window must do after a frame; everything else is a LearnCommand.
struct AppRequests {
  bool quit = false;
  bool screenshot = false;               // F12: into data_dir/screenshots
  bool fonts_changed = false;            // zoom or presenter mode changed: rebuild at the new scale
  std::vector<std::filesystem::path> save_region_png;  // with save_region: export of a plot
  scene::Rect save_region;
};

// What is hovered or pinned in the network picture; the explanation and all panels follow it.
struct Focus {
  enum class Kind { kNone, kPad, kInput, kMapPixel, kMap, kPoolPixel, kFilter, kUnit, kOutput, kLossCurve, kAccuracyCurve,
                    kConfusion, kGalleryItem, kControl, kStep };
  Kind kind = Kind::kNone;
  int layer = -1;    // index into NetworkSpec::layers
  int index = -1;    // map, unit, class, gallery item, sample
  int row = -1;
  int column = -1;
  std::string name;  // of a control
  bool operator==(const Focus&) const = default;
};

// One thing that can be clicked or set by name: filled every frame by the widgets, read by the script player.
struct Target {
  std::string name;
  scene::Rect rect;
  bool enabled = true;
};

struct UiState {
  // Look.
  bool dark = true;
  bool presenter = false;        // every size times 1.35
  bool reduced_motion = false;
  float zoom = 1;                // Ctrl +/-
  float display_scale = 1;       // HiDPI
  float scale() const { return display_scale * zoom * (presenter ? 1.35F : 1.0F); }

  // Splitters: logical pixels; 0 = the design's default for this window size.
  float left_width = 0, right_width = 0, plots_height = 0, loss_width = 0, accuracy_width = 0;
  bool right_folded = false;

  // Overlays.
  bool palette_open = false, help_open = false, device_card_open = false, runs_open = false, messages_open = false;
  std::string palette_text;

  // Learn.
  drawings::StrokeEditor editor;
  bool eraser = false;
  float pen_width_px = 20;       // on the pad's 280 x 280 canvas; what the network sees is controlled apart
  Focus hovered;                 // of this frame (of the last one while panels are drawn before it is known)
  Focus pinned;                  // click; kNone: nothing
  const Focus& focus() const { return pinned.kind != Focus::Kind::kNone ? pinned : hovered; }
  bool log_loss = true;
  std::set<std::int64_t> compared_runs;
  std::optional<std::array<int, 2>> confusion_cell;  // {true, read as}
  std::optional<std::int64_t> selected_drawing;      // gallery
  bool slide_window = false;     // "Slide the window": the focus walks over the map
  bool show_weight_change = false;
  double now = 0;                // seconds; animation clock (tests set it)

  // Scripting: names seen this frame, and values to be entered as if typed.
  std::vector<Target> targets;
  std::map<std::string, std::string> pending_sets;

  AppRequests requests;
};

// Everything a panel gets.
struct Frame {
  const session::LearnView& view;
  UiState& ui;
  std::vector<session::LearnCommand>& commands;
  const Fonts& fonts;
  Images& images;
  const scene::Palette& colors;
  float scale;             // physical pixels for a logical one
  float fps = 0;           // measured by the window
  float frame_ms = 0;

  float px(float logical) const;             // rounded to whole physical pixels, at least 1 for > 0
  ImFont* font(Type type) const { return fonts[static_cast<std::size_t>(type)]; }
  void send(session::LearnCommand command) const { commands.push_back(std::move(command)); }
};

}  // namespace warpscope::panels
