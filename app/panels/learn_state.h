// panels/learn_state.h: what the panels of the Learn workspace remember between frames. Floor 7. Owned by the GUI
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/panels/focus.h"
#include "app/panels/learn_microscope_state.h"
#include "app/panels/learn_plots_state.h"
#include "app/scene/learn_layout.h"
#include "compute/session/learn_view.h"

namespace warpscope::panels {

// The pad between pen down and pen up, and what became of the drawing on it.
struct PadState {
  bool drawing = false;            // the pen is down
  bool erasing = false;            // the eraser is down
  double first_point = 0;          // `now` at the drawing's first point: stroke times count from here
  scene::Vec2 last;                // canvas units
  std::uint64_t sent_version = 1;  // of the editor: what the session was told last (1: an editor nobody has touched)
  drawings::Drawing labelled;      // what was labelled last; the pad keeps showing it until the next pen-down
  int labelled_as = -1;
  bool label_seen = false;  // it came back in the gallery
};

struct GalleryState {
  enum class Asking { kNothing, kExportFolder, kImportFolder };
  float scroll = 0;  // physical pixels
  Asking asking = Asking::kNothing;
  std::string folder;
};

// What the network picture shows in place of the maps.
enum class NetworkMode { kMaps, kFilters, kChange };

// Numbers of one probe that drawing needs again and again, made once for each probe.
struct ProbeCache {
  std::shared_ptr<const session::Probe> probe;
  std::shared_ptr<const training::Weights> weights;
  std::uint64_t version = 0;          // goes up with every new probe: the version of its pictures
  std::uint64_t weights_version = 0;  // goes up when the weights are others
  std::vector<float> largest;         // of each layer's activations, at least a little above 0
  std::vector<float> largest_weight;  // absolute, of each layer; 0 where it has none
  std::vector<float> largest_change;  // absolute, weights now minus weights at the start
};

struct NetworkState {
  NetworkMode mode = NetworkMode::kMaps;
  ProbeCache cache;
  std::uint64_t layout_version = 0;
  scene::NetworkLayout layout;  // of the last frame drawn; tests and the explanation read it
  bool sum_in_panel = false;    // no room for the worked sum in the picture: the explanation shows it
  Focus before;                 // hovered at the end of the last frame: what a panel drawn later will hover again
  double slide_at = 0;          // `now` of the sliding window's next pixel; 0: not begun
};

struct ExplanationState {
  Focus shown;            // what the text is about
  double hovered_at = 0;  // `now` when something was hovered last
  float scroll = 0;
  float content_height = 0;
  int drawn_in_frame = -2;  // ImGui's count: tells whether the panel is open
};

struct LearnPanels {
  PadState pad;
  GalleryState gallery;
  NetworkState network;
  ExplanationState explanation;
  ToolbarState toolbar;
  CurvesState curves;
  ConfusionState confusion;
  RunsState runs;
  SlowStepState slow_step;
  MicroscopeState microscope;
};

}  // namespace warpscope::panels
