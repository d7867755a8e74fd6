// panels/convolve_state.h: what the Convolve workspace's panels remember between frames. Floor 7. Owned by the GUI
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/panels/fields.h"
#include "compute/session/convolve_view.h"

namespace warpscope::panels {

// One value of an output picture.
struct ConvolvePixel {
  int plane = 0, x = 0, y = 0;
  bool operator==(const ConvolvePixel&) const = default;
};

enum class ConvolveShow : std::uint8_t { kSideBySide, kDifference };
enum class ConvolveColour : std::uint8_t { kNothing, kBlock, kSm, kWarp };
enum class ConvolvePage : std::uint8_t { kPictures, kTextbook };

// Of the left panel.
struct ConvolveControls {
  std::optional<int> dragged_cell;  // of the filter: row * size + column
  float drag_from = 0;              // the cell's value when the drag began
  float drag_y = 0;                 // where the pointer was then
  int filter = 0;                   // which of the stage's filters is edited, where it has several
  int clicked_cell = -1;            // last: a second click begins to type
  int typed_cell = -1;              // a number is being typed into this cell: `typed`
  std::string typed;
  int menu = -1;                 // stage whose menu is open
  float sigma = 1;               // of the Gaussian
  std::optional<bool> how_open;  // "How it is computed"; unset: open where there is room
  float scrolled = 0;            // physical pixels
  float content = 0;             // of what was drawn last
};

// Of the right panel.
struct ConvolveRight {
  std::string shown;  // what it speaks of
  double hovered_at = 0;
  float scroll = 0, content = 0;
};

// Smallest and largest value of a picture, kept while it stays the same.
struct ConvolveRange {
  std::uint64_t version = 0;  // of the frame
  bool difference = false;    // of a stage: its output less its input
  float low = 0, high = 0;
  float shown = 0;  // where the colours end
};

// Of the centre.
struct ConvolveStage {
  float wipe = 0.56F;  // where the colours of threads begin, as a part of the output's width
  bool wipe_held = false;
  bool sliding = false;  // "Slide slowly": the pixel walks over the output
  float pixels_per_second = 6;
  double slid = 0;     // pixels walked so far
  double slid_at = 0;  // UiState::now of it
  int zoom = 0;        // screen pixels for one of the picture; -n: n of its pixels for one; 0: the largest that fits
  int shown_zoom = 1;  // what it came to
  scene::Vec2 scroll{0.5F, 0.5F};  // of pictures larger than their place: part of what is hidden that lies left, above
  scene::Vec2 drag_from;
  bool dragging = false;
  int plane = 0;                      // asked about where several are one picture in colour
  int bottom_tab = 0;                 // in small windows: who computed this pixel, or the variants
  std::vector<ConvolveRange> ranges;  // of the pictures of a chain, its input first
  std::uint64_t colours_version = 0;  // of the picture that says who computed what
  convolution::LaunchInfo colours_of;
  std::vector<std::uint32_t> colours_sms;  // of its blocks, where a GPU told
  ConvolveColour colours = ConvolveColour::kNothing;
};

// Of the textbook page.
struct ConvolveTextbook {
  int page = 0;                // matrix product, filter over a matrix, convolution against cross-correlation
  int step = -1;               // how many cells are worked out; -1: all
  std::optional<int> hovered;  // cell of the result
  int cell = 0;                // of the result: whose sum is written out while none is pointed at
  bool threads = false;        // results coloured by the thread that computes them
  // A person's own numbers; "": the book's. `turned` is the filter of the third page.
  std::string left, right, matrix, filter, turned;
};

struct ConvolvePanels {
  // The settings as the person is editing them: what is sent. Taken from the view when the workspace opens.
  std::optional<convolution::Settings> wanted;
  int stage = 0;  // chosen in the chain: whose filter is edited, whose output is shown
  ConvolvePage page = ConvolvePage::kPictures;
  ConvolveShow show = ConvolveShow::kSideBySide;
  ConvolveColour colour = ConvolveColour::kSm;
  // The output pixel that everything is about: under the pointer, else pinned by a click, else the sliding one.
  std::optional<ConvolvePixel> hovered, before, pinned;
  bool met = false;  // a pixel was pinned for the person to begin with
  std::optional<ConvolvePixel> pixel() const {
    if (hovered) return hovered;
    return pinned ? pinned : before;
  }
  // What the right panel explains: "filter", "chain", "border", "variants", "pixel", "picture", "threads", "textbook".
  std::string about, pinned_about;
  std::uint64_t step_question = 0;  // of the last PrepareStep
  std::uint64_t step_opened = 0;    // StepRequest::id that was taken to Step
  ConvolveControls controls;
  ConvolveRight right;
  ConvolveStage stage_state;
  Fields fields;  // the pictures of this frame
  ConvolveTextbook textbook;
};

}  // namespace warpscope::panels
