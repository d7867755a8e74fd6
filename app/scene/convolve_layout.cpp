#include "app/scene/convolve_layout.h"

#include <algorithm>
#include <cmath>

namespace warpscope::scene {
namespace {

constexpr float kLeft = 352, kLeftCompact = 248;
constexpr float kToolbar = 48, kToolbarCompact = 40;
constexpr float kArithmetic = 164, kArithmeticCompact = 120;
constexpr float kBottom = 226, kBottomCompact = 180;
constexpr float kWorkerShare = 436.0F / 1207;  // of the bottom: who computed this pixel
constexpr float kCompactBelow = 1500;

}  // namespace

ConvolveLayout convolve_layout(Rect area, float window_width, float scale, float left_width) {
  ConvolveLayout layout;
  layout.compact = window_width < kCompactBelow;
  const auto px = [scale](float logical) { return std::round(logical * scale); };
  const float wanted = left_width > 0 ? left_width : layout.compact ? kLeftCompact : kLeft;
  const float left = std::min(px(wanted), area.w / 2);
  layout.left = {area.x, area.y, left, area.h};
  const float x = area.x + left, width = area.w - left;
  const float toolbar = px(layout.compact ? kToolbarCompact : kToolbar);
  const float rest = std::max(0.0F, area.h - toolbar);
  const float bottom = std::min(px(layout.compact ? kBottomCompact : kBottom), rest / 3);
  const float arithmetic = std::min(px(layout.compact ? kArithmeticCompact : kArithmetic), rest / 4);
  layout.toolbar = {x, area.y, width, toolbar};
  layout.pictures = {x, area.y + toolbar, width, rest - bottom - arithmetic};
  layout.arithmetic = {x, layout.pictures.bottom(), width, arithmetic};
  const float y = layout.arithmetic.bottom();
  if (layout.compact) {
    layout.worker = layout.variants = {x, y, width, bottom};
    return layout;
  }
  const float worker = std::round(width * kWorkerShare);
  layout.worker = {x, y, worker, bottom};
  layout.variants = {x + worker, y, width - worker, bottom};
  return layout;
}

}  // namespace warpscope::scene
