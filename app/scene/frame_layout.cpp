#include "app/scene/frame_layout.h"

#include <algorithm>
#include <cmath>

#include "app/scene/theme.h"

namespace warpscope::scene {
namespace {

// The design's sizes by the width of the window, all logical (tokens: "panels").
struct Defaults {
  float below;  // window width
  float left, right, toolbar, padding, plots;
};
constexpr std::array kDefaults{
    Defaults{kCompactBelow, 248, 260, 40, 12, 266},
    Defaults{2800, 352, 360, 48, 16, 376},
    Defaults{1e9F, 440, 480, 48, 16, 640},
};
constexpr float kLeftMin = 220, kRightMin = 240, kSideMax = 640, kTab = 28;
constexpr float kPlotsMin = 150, kPlotMin = 130;
constexpr float kPlotsShareMax = 0.7F;       // of the centre's height
constexpr float kPlotsShareDefault = 0.44F;  // never more than this unless dragged
constexpr float kSideShareMax = 0.42F;       // of the window's width, so that a centre always remains

const Defaults& defaults_for(float width) {
  return *std::find_if(kDefaults.begin(), kDefaults.end(), [width](const Defaults& d) { return width < d.below; });
}

float limited(float wanted, float low, float high) {
  return std::clamp(wanted, std::min(low, high), high);
}

float side_width(float chosen, float design, float minimum, float window_width) {
  return limited(chosen > 0 ? chosen : design, minimum, std::min(kSideMax, window_width * kSideShareMax));
}

Rect grab_vertical(float x, float top, float height, float scale) {
  const float reach = std::round(size::kSplitterHit * scale / 2);
  return {x - reach, top, 2 * reach + 1, height};
}

}  // namespace

FrameLayout frame_layout(float width_px, float height_px, float scale, const SplitterPlaces& places, RightPanel right) {
  const float width = width_px / scale;
  const float height = height_px / scale;
  const Defaults& design = defaults_for(width);
  const auto px = [scale](float logical) { return std::round(logical * scale); };

  FrameLayout layout;
  layout.compact = width < kCompactBelow;
  layout.padding = design.padding;
  const float top = px(size::kTopBar);
  const float bottom = height_px - px(size::kStatusBar);
  layout.top_bar = {0, 0, width_px, top};
  layout.status_bar = {0, bottom, width_px, height_px - bottom};
  const float middle_height = std::max(0.0F, bottom - top);

  const float left = px(side_width(places.left_width, design.left, kLeftMin, width));
  const float tab = right == RightPanel::kFolded ? px(kTab) : 0;
  const float right_width = tab > 0 ? tab : px(side_width(places.right_width, design.right, kRightMin, width));
  const float right_edge = width_px - right_width;
  layout.left = {0, top, left, middle_height};
  (tab > 0 ? layout.right_tab : layout.right) = {right_edge, top, right_width, middle_height};

  const float centre_width = std::max(0.0F, right_edge - left);
  const float centre_height = std::max(0.0F, height - size::kTopBar - size::kStatusBar - design.toolbar);
  const float plots_default = std::min(design.plots, centre_height * kPlotsShareDefault);
  const float plots = px(limited(places.plots_height > 0 ? places.plots_height : plots_default, kPlotsMin,
                                 centre_height * kPlotsShareMax));
  const float plots_top = bottom - plots;
  layout.toolbar = {left, top, centre_width, px(design.toolbar)};
  layout.network = {left, top + layout.toolbar.h, centre_width, std::max(0.0F, plots_top - top - layout.toolbar.h)};

  // Two curves of the same width, the confusion matrix a little narrower.
  const float centre = centre_width / scale;
  const float loss_default = centre * 0.3375F;
  const float loss =
      px(limited(places.loss_width > 0 ? places.loss_width : loss_default, kPlotMin, centre - 2 * kPlotMin));
  const float accuracy = px(limited(places.accuracy_width > 0 ? places.accuracy_width : loss_default, kPlotMin,
                                    centre - loss / scale - kPlotMin));
  layout.loss = {left, plots_top, loss, plots};
  layout.accuracy = {left + loss, plots_top, accuracy, plots};
  layout.confusion = {layout.accuracy.right(), plots_top, std::max(0.0F, right_edge - layout.accuracy.right()), plots};

  layout.splitters[FrameLayout::kLeft] = grab_vertical(left, top, middle_height, scale);
  if (tab == 0) layout.splitters[FrameLayout::kRight] = grab_vertical(right_edge, top, middle_height, scale);
  layout.splitters[FrameLayout::kLoss] = grab_vertical(layout.accuracy.x, plots_top, plots, scale);
  layout.splitters[FrameLayout::kAccuracy] = grab_vertical(layout.confusion.x, plots_top, plots, scale);
  const float reach = std::round(size::kSplitterHit * scale / 2);
  layout.splitters[FrameLayout::kPlots] = {left, plots_top - reach, centre_width, 2 * reach + 1};
  return layout;
}

float dragged_place(const FrameLayout& layout, FrameLayout::Splitter which, Vec2 pointer, float scale) {
  const float window_width = layout.top_bar.w / scale;
  const float side_max = std::min(kSideMax, window_width * kSideShareMax);
  const float centre_height = (layout.status_bar.y - layout.toolbar.bottom()) / scale;
  const float centre_width = layout.toolbar.w / scale;
  switch (which) {
    case FrameLayout::kLeft:
      return limited(pointer.x / scale, kLeftMin, side_max);
    case FrameLayout::kRight:
      return limited((layout.top_bar.w - pointer.x) / scale, kRightMin, side_max);
    case FrameLayout::kPlots:
      return limited((layout.status_bar.y - pointer.y) / scale, kPlotsMin, centre_height * kPlotsShareMax);
    case FrameLayout::kLoss:
      return limited((pointer.x - layout.loss.x) / scale, kPlotMin, centre_width - 2 * kPlotMin);
    case FrameLayout::kAccuracy:
      return limited((pointer.x - layout.accuracy.x) / scale, kPlotMin,
                     centre_width - layout.loss.w / scale - kPlotMin);
    case FrameLayout::kSplitterCount:
      break;
  }
  return 0;
}

}  // namespace warpscope::scene
