// scene/step_layout.h: where the parts of the Step workspace are. Floor 6. Pure geometry: nothing is drawn here.
#pragma once

#include <array>

#include "app/scene/geometry.h"

namespace warpscope::scene {

// What a person moved; each a part (0..1) of what it divides, 0 where the design's own value holds.
struct StepPlaces {
  float code = 0;       // width of the code, of the whole
  float ptx = 0;        // height (or width, where they stand side by side) of the PTX, of the code's
  float lanes = 0;      // height of the lanes, of the middle
  float variables = 0;  // height of the variables, of the middle
  float shared = 0;     // width of shared memory, of the middle
  float scrub = 0;      // height of the scrub bar, of the whole
};

struct StepLayout {
  Rect toolbar, source, ptx, lanes, variables, shared, memory, scrub;
  bool compact = false;       // shared and global memory are tabs in one place: `memory` is empty
  bool side_by_side = false;  // source and PTX stand beside each other
  enum Splitter { kCode, kPtx, kLanes, kVariables, kShared, kScrub, kSplitterCount };
  std::array<Rect, kSplitterCount> splitters{};  // what can be grabbed; empty where there is none
};

// `whole`: everything between top bar, status bar and right panel. `lanes_height`: what the block's warps need,
// logical.
StepLayout step_layout(const Rect& whole, float window_width_logical, float scale, const StepPlaces& places,
                       float lanes_height);

// A splitter dragged to `pointer`: its new part.
float dragged_part(const StepLayout& layout, const Rect& whole, StepLayout::Splitter which, Vec2 pointer);

}  // namespace warpscope::scene
