// scene/frame_layout.h: where the parts of the window are. Floor 6. Pure geometry: nothing is drawn here.
#pragma once

#include <array>

#include "app/scene/geometry.h"

namespace warpscope::scene {

// What a person moved; logical pixels, 0 where the design's own value holds.
struct SplitterPlaces {
  float left_width = 0, right_width = 0, plots_height = 0, loss_width = 0, accuracy_width = 0;
};

enum class RightPanel { kOpen, kFolded };

struct FrameLayout {
  Rect top_bar, status_bar;
  Rect left, toolbar, network, right;
  Rect right_tab;  // 28 wide while the right panel is folded; then `right` is empty
  Rect loss, accuracy, confusion;
  bool compact = false;  // narrower than 1500: short words, tighter padding
  float padding = 16;    // logical
  enum Splitter { kLeft, kRight, kPlots, kLoss, kAccuracy, kSplitterCount };
  std::array<Rect, kSplitterCount> splitters{};  // the hairlines, with what can be grabbed around them

  bool folded() const { return right_tab.w > 0; }
};

// Narrower than this (logical) the right panel folds unless it was asked for.
inline constexpr float kFoldBelow = 1120;
inline constexpr float kCompactBelow = 1500;

FrameLayout frame_layout(float width_px, float height_px, float scale, const SplitterPlaces& places, RightPanel right);

// A splitter dragged to `pointer`: the new place in logical pixels, within its limits.
float dragged_place(const FrameLayout& layout, FrameLayout::Splitter which, Vec2 pointer, float scale);

}  // namespace warpscope::scene
