#include "app/scene/step_layout.h"

#include <algorithm>
#include <cmath>

#include "app/scene/frame_layout.h"
#include "app/scene/theme.h"

namespace warpscope::scene {
namespace {

constexpr float kSideBySideFrom = 2400;  // logical width of the window
constexpr float kSmallestPart = 0.12F, kLargestPart = 0.8F;

// The design's sizes by the width of the window, logical.
struct Defaults {
  float below, toolbar, code, scrub;
};
constexpr std::array kDefaults{Defaults{kFoldBelow, 40, 400, 76}, Defaults{kCompactBelow, 40, 452, 76},
                               Defaults{kSideBySideFrom, 48, 640, 100}, Defaults{1e9F, 48, 1120, 112}};

float part_of(float chosen, float design, float whole) {
  const float part = chosen > 0 ? chosen : whole > 0 ? design / whole : 0.5F;
  return std::clamp(part, kSmallestPart, kLargestPart);
}

Rect grab_upright(float x, float top, float height, float reach) {
  return {x - reach, top, 2 * reach + 1, height};
}
Rect grab_flat(float y, float left, float width, float reach) {
  return {left, y - reach, width, 2 * reach + 1};
}

}  // namespace

StepLayout step_layout(const Rect& whole, float window_width_logical, float scale, const StepPlaces& places,
                       float lanes_height) {
  const Defaults& design = *std::find_if(kDefaults.begin(), kDefaults.end(),
                                         [&](const Defaults& d) { return window_width_logical < d.below; });
  const auto round = [](float value) { return std::round(value); };
  const float reach = round(size::kSplitterHit * scale / 2);
  StepLayout layout;
  layout.compact = window_width_logical < kCompactBelow;
  layout.side_by_side = window_width_logical >= kSideBySideFrom;
  layout.toolbar = {whole.x, whole.y, whole.w, round(design.toolbar * scale)};
  const float scrub = round(part_of(places.scrub, design.scrub * scale, whole.h) * whole.h);
  layout.scrub = {whole.x, whole.bottom() - scrub, whole.w, scrub};
  const float top = layout.toolbar.bottom(), height = std::max(0.0F, layout.scrub.y - top);

  const float code = round(part_of(places.code, design.code * scale, whole.w) * whole.w);
  if (layout.side_by_side) {
    const float ptx = round(part_of(places.ptx, code * 0.42F, code) * code);
    layout.source = {whole.x, top, code - ptx, height};
    layout.ptx = {whole.x + code - ptx, top, ptx, height};
    layout.splitters[StepLayout::kPtx] = grab_upright(layout.ptx.x, top, height, reach);
  } else {
    const float ptx = round(part_of(places.ptx, height * 0.27F, height) * height);
    layout.source = {whole.x, top, code, height - ptx};
    layout.ptx = {whole.x, top + height - ptx, code, ptx};
    layout.splitters[StepLayout::kPtx] = grab_flat(layout.ptx.y, whole.x, code, reach);
  }

  const float x = whole.x + code, width = std::max(0.0F, whole.w - code);
  const float lanes_wanted = std::min(lanes_height * scale, height * 0.38F);
  const float lanes = round(part_of(places.lanes, lanes_wanted, height) * height);
  const float variables = round(part_of(places.variables, height * 0.27F, height) * height);
  const float used = std::min(lanes + variables, height * 0.9F);
  layout.lanes = {x, top, width, std::min(lanes, used)};
  layout.variables = {x, layout.lanes.bottom(), width, used - layout.lanes.h};
  const Rect rest{x, layout.variables.bottom(), width, std::max(0.0F, layout.scrub.y - layout.variables.bottom())};
  if (layout.compact) {
    layout.shared = rest;
  } else {
    const float shared = round(part_of(places.shared, width * 0.53F, width) * width);
    layout.shared = {rest.x, rest.y, shared, rest.h};
    layout.memory = {rest.x + shared, rest.y, rest.w - shared, rest.h};
    layout.splitters[StepLayout::kShared] = grab_upright(layout.memory.x, rest.y, rest.h, reach);
  }
  layout.splitters[StepLayout::kCode] = grab_upright(x, top, height, reach);
  layout.splitters[StepLayout::kLanes] = grab_flat(layout.variables.y, x, width, reach);
  layout.splitters[StepLayout::kVariables] = grab_flat(rest.y, x, width, reach);
  layout.splitters[StepLayout::kScrub] = grab_flat(layout.scrub.y, whole.x, whole.w, reach);
  return layout;
}

float dragged_part(const StepLayout& layout, const Rect& whole, StepLayout::Splitter which, Vec2 pointer) {
  const float top = layout.toolbar.bottom(), height = std::max(1.0F, layout.scrub.y - top);
  float part = 0;
  switch (which) {
    case StepLayout::kCode:
      part = (pointer.x - whole.x) / whole.w;
      break;
    case StepLayout::kPtx:
      part = layout.side_by_side ? (layout.ptx.right() - pointer.x) / (layout.source.w + layout.ptx.w)
                                 : (layout.scrub.y - pointer.y) / height;
      break;
    case StepLayout::kLanes:
      part = (pointer.y - top) / height;
      break;
    case StepLayout::kVariables:
      part = (pointer.y - layout.variables.y) / height;
      break;
    case StepLayout::kShared:
      part = (pointer.x - layout.shared.x) / std::max(1.0F, layout.shared.w + layout.memory.w);
      break;
    case StepLayout::kScrub:
      part = (whole.bottom() - pointer.y) / std::max(1.0F, whole.h);
      break;
    case StepLayout::kSplitterCount:
      break;
  }
  return std::clamp(part, kSmallestPart, kLargestPart);
}

}  // namespace warpscope::scene
