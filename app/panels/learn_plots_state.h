// panels/learn_plots_state.h: what toolbar, curves, confusion, runs and slow step remember between frames. Floor 7.
// Owned by the GUI thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/scene/plot.h"
#include "compute/session/learn_view.h"

namespace warpscope::panels {

struct ToolbarState {
  enum class Popover { kNone, kAugment, kMore, kBackend };
  Popover open = Popover::kNone;
  // Settings that were asked for and have not come back in a view yet: fields show them at once.
  std::optional<session::LearnSettings> sent;
  double sent_at = 0;                        // `now`
  training::Augmentation last_augmentation;  // what the toggle turns on again
  bool has_last_augmentation = false;
  float backend_scroll = 0;  // physical pixels, of the card "Where it trains"
};

struct CurvesState {
  std::optional<scene::Range> zoom;  // epochs shown; none: the whole run
  double crosshair = 0;              // epoch; where it is pinned while ui.pinned is about a curve
  bool dragging = false;             // the pointer went down in a plot
  float drag_from = 0;               // physical pixels
  float drag_moved = 0;              // the farthest it came from there
  scene::Range drag_range;

  scene::CurveColumns columns;  // of the raw line
  struct Stored {
    std::shared_ptr<const store::RunCurve> curve;
    std::vector<store::CurvePoint> smoothed;
  };
  std::vector<Stored> stored;  // of the compared runs, same order

  enum class Menu { kNone, kLoss, kAccuracy };
  Menu menu = Menu::kNone;  // the open export menu
  // A picture is taken two frames after the menu closed, when it is gone from the screen.
  int picture_in = 0;
  scene::Rect picture_of;
  std::filesystem::path picture_file;
};

struct ConfusionState {
  enum class Tab { kMatrix, kMostWrong };
  Tab tab = Tab::kMatrix;
  float scroll = 0;  // physical pixels, of the pictures
  // Pictures of the chosen cell: found once for each evaluation and cell.
  std::shared_ptr<const session::EvaluationView> found_in;
  std::optional<std::array<int, 2>> found_for;
  std::vector<int> found;
};

struct RunsState {
  float scroll = 0;
  std::int64_t row = 0;       // id the keyboard stands on; 0: none
  std::int64_t renaming = 0;  // id; 0: none
  std::string name;           // as it is typed
  std::int64_t deleting = 0;  // id that waits for "Delete" to be confirmed
};

// "One step, slowly".
struct SlowStepState {
  std::int64_t step = -1;             // for which a picture was chosen to begin with
  std::optional<std::size_t> weight;  // of the first layer, whose update is worked out; none: the one that changed most
  bool list_was_open = false;         // at the end of the last frame: then Escape was for the list
};

}  // namespace warpscope::panels
