// Where the pictures of Convolve lie: pure geometry, in whole screen pixels.
#include <algorithm>
#include <cmath>

#include "app/panels/convolve_centre.h"

namespace warpscope::panels {
namespace {

constexpr float kPad = 36, kPadCompact = 12, kBetween = 110, kBetweenCompact = 44;
constexpr float kHead = 44, kHeadCompact = 32, kFoot = 12, kMapGap = 6;
constexpr int kLargestZoom = 32, kSmallestZoom = 16;

float scale_of(int zoom) {
  return zoom >= 0 ? static_cast<float>(std::max(1, zoom)) : 1.0F / static_cast<float>(-zoom);
}

// How many stand side by side, so that the whole is as nearly as wide and high as its place.
int columns_for(scene::Rect place, int width, int height, int maps) {
  int best = 1;
  float largest = 0;
  for (int columns = 1; columns <= maps; ++columns) {
    const int rows = (maps + columns - 1) / columns;
    const float zoom =
        std::min(place.w / static_cast<float>(columns * width), place.h / static_cast<float>(rows * height));
    if (zoom > largest * 1.001F) {
      largest = zoom;
      best = columns;
    }
  }
  return best;
}

}  // namespace

scene::Rect ConvolveMaps::map(int index) const {
  const float w = static_cast<float>(width) * zoom, h = static_cast<float>(height) * zoom;
  return {at.x + static_cast<float>(index % columns) * (w + gap),
          at.y + static_cast<float>(index / columns) * (h + gap), w, h};
}

scene::Rect ConvolveMaps::pixel(int index, int x, int y) const {
  const scene::Rect whole = map(index);
  const float side = std::max(zoom, 1.0F);
  return {std::floor(whole.x + static_cast<float>(x) * zoom), std::floor(whole.y + static_cast<float>(y) * zoom), side,
          side};
}

scene::Vec2 ConvolveMaps::hidden() const {
  const int rows = (maps + columns - 1) / columns;
  const float wide = static_cast<float>(columns * width) * zoom + static_cast<float>(columns - 1) * gap;
  const float high = static_cast<float>(rows * height) * zoom + static_cast<float>(rows - 1) * gap;
  return {std::max(0.0F, wide - place.w), std::max(0.0F, high - place.h)};
}

std::optional<ConvolveHit> hit(const ConvolveMaps& maps, scene::Vec2 at) {
  if (!maps.place.contains(at)) return std::nullopt;
  for (int i = 0; i < maps.maps; ++i) {
    const scene::Rect r = maps.map(i);
    if (!r.contains(at)) continue;
    return ConvolveHit{i, std::min(maps.width - 1, static_cast<int>((at.x - r.x) / maps.zoom)),
                       std::min(maps.height - 1, static_cast<int>((at.y - r.y) / maps.zoom))};
  }
  return std::nullopt;
}

int fitting_zoom(scene::Rect place, int width, int height, int maps, float gap) {
  const int columns = columns_for(place, width, height, maps), rows = (maps + columns - 1) / columns;
  const float fits = std::min((place.w - static_cast<float>(columns - 1) * gap) / static_cast<float>(columns * width),
                              (place.h - static_cast<float>(rows - 1) * gap) / static_cast<float>(rows * height));
  if (fits >= 1) return std::min(kLargestZoom, static_cast<int>(fits));
  const int part = fits > 0 ? static_cast<int>(std::ceil(1 / fits)) : kSmallestZoom;
  return -std::min(kSmallestZoom, part);
}

ConvolveMaps lay_out_maps(scene::Rect place, int width, int height, int maps, int zoom, scene::Vec2 scroll, float gap) {
  ConvolveMaps out{.room = place,
                   .place = place,
                   .at = {},
                   .zoom = scale_of(zoom != 0 ? zoom : fitting_zoom(place, width, height, maps, gap)),
                   .gap = gap,
                   .columns = columns_for(place, width, height, maps),
                   .maps = maps,
                   .width = width,
                   .height = height};
  const scene::Vec2 hidden = out.hidden();
  const int rows = (maps + out.columns - 1) / out.columns;
  const float wide = static_cast<float>(out.columns * width) * out.zoom + static_cast<float>(out.columns - 1) * gap;
  const float high = static_cast<float>(rows * height) * out.zoom + static_cast<float>(rows - 1) * gap;
  const auto begin = [](float from, float room, float length, float over, float part) {
    return std::round(over > 0 ? from - over * part : from + (room - length) / 2);
  };
  out.at = {begin(place.x, place.w, wide, hidden.x, scroll.x), begin(place.y, place.h, high, hidden.y, scroll.y)};
  const float right = std::min(place.right(), out.at.x + wide), bottom = std::min(place.bottom(), out.at.y + high);
  out.place = {std::max(place.x, out.at.x), std::max(place.y, out.at.y), 0, 0};
  out.place.w = right - out.place.x;
  out.place.h = bottom - out.place.y;
  return out;
}

int stepped_zoom(int zoom, int by) {
  const int place = (zoom >= 1 ? zoom - 1 : zoom + 1) + by;
  return place >= 0 ? std::min(place + 1, kLargestZoom) : std::max(place - 1, -kSmallestZoom);
}

ConvolvePictures place_pictures(const Frame& f, const ChosenStage& view, scene::Rect r) {
  const bool compact = r.w < f.px(1000);
  const float pad = f.px(compact ? kPadCompact : kPad), between = f.px(compact ? kBetweenCompact : kBetween);
  const float head = f.px(compact ? kHeadCompact : kHead), gap = f.px(kMapGap);
  const float w = std::max(f.px(16), std::floor((r.w - 2 * pad - between) / 2));
  const float h = std::max(f.px(16), r.h - head - f.px(kFoot));
  const scene::Rect left{r.x + pad, r.y + head, w, h};
  const scene::Rect right{left.right() + between, left.y, w, h};
  const ConvolveStage& state = f.ui.convolve.stage_state;
  const auto& chain = view.frame->settings.chain;
  const auto is_rgb = [&](const convolution::Picture& picture, int stage) {
    return picture.planes == 3 && look_after(chain, stage) == ConvolveLook::kPhoto;
  };
  ConvolvePictures out;
  out.rgb_in = is_rgb(*view.input, view.stage - 1);
  out.rgb_out =
      is_rgb(*view.output, view.stage) && f.ui.convolve.show == ConvolveShow::kSideBySide && view.filters() == 1;
  out.input = lay_out_maps(left, view.input->width, view.input->height, out.rgb_in ? 1 : view.input->planes, state.zoom,
                           state.scroll, gap);
  out.output = lay_out_maps(right, view.output->width, view.output->height, out.rgb_out ? 1 : view.output->planes,
                            state.zoom, state.scroll, gap);
  out.input_head = {left.x, r.y, w, head};
  out.output_head = {right.x, r.y, w, head};
  // Small pictures leave more room between them than was kept.
  const float from = std::min(out.input.place.right(), left.right()), to = std::max(out.output.place.x, right.x);
  const float wide = std::max(between, std::min(to - from, f.px(kBetween)));
  out.between = {std::round((from + to - wide) / 2), r.y + head, wide, h};
  return out;
}

}  // namespace warpscope::panels
