#include <algorithm>
#include <cmath>

#include "app/scene/learn_layout.h"

namespace warpscope::scene {

namespace {

constexpr float kPicture = 28;  // pixels on a side of what a network sees

float round_px(float logical, float scale) {
  return std::round(logical * scale);
}
bool narrow(float width, float scale) {
  return width < 300 * scale;
}
float padding_of(float width, float scale) {
  return round_px(narrow(width, scale) ? 12 : 16, scale);
}

// Logical lengths of the reading, from the top.
struct ReadingLengths {
  float title, picture, picture_caption, bar_label, bars, gap, keys, caption;
  float sum() const { return title + picture + picture_caption + bar_label + bars + gap + keys + caption; }
};
constexpr ReadingLengths kFull{32, 112, 24, 20, 78, 6, 26, 28};
constexpr ReadingLengths kNarrow{26, 84, 22, 20, 46, 6, 20, 24};
constexpr ReadingLengths kTight{24, 56, 6, 18, 26, 4, 20, 6};

}  // namespace

float reading_height(float panel_width, float scale) {
  return round_px((narrow(panel_width, scale) ? kNarrow : kFull).sum(), scale);
}
float smallest_reading_height(float scale) {
  return round_px(kTight.sum(), scale);
}

LearnLeftLayout layout_learn_left(Rect panel, float scale) {
  LearnLeftLayout left;
  left.padding = padding_of(panel.w, scale);
  const float header = round_px(36, scale), tools = round_px(28, scale);
  const float above = round_px(narrow(panel.w, scale) ? 8 : 12, scale), between = round_px(8, scale);
  const float below = round_px(narrow(panel.w, scale) ? 4 : 12, scale);
  const float fixed = header + above + between + tools + below;
  const float smallest_gallery = round_px(90, scale), smallest_pad = round_px(190, scale);

  float reading = reading_height(panel.w, scale);
  float pad = panel.w - 2 * left.padding;
  float gallery = panel.h - fixed - pad - reading;
  // Too little height: the reading tightens, then the pad shrinks, then the gallery goes.
  if (gallery < smallest_gallery) {
    const float give = std::min(smallest_gallery - gallery, reading - smallest_reading_height(scale));
    reading -= give;
    gallery += give;
  }
  if (gallery < smallest_gallery) {
    const float give = std::clamp(smallest_gallery - gallery, 0.0F, std::max(0.0F, pad - smallest_pad));
    pad -= give;
    gallery += give;
  }
  if (gallery < smallest_gallery) {
    pad = std::min(panel.w - 2 * left.padding, panel.h - fixed - reading);
    gallery = 0;
  }
  pad = std::max(std::floor(pad), round_px(80, scale));
  left.header = {panel.x, panel.y, panel.w, header};
  left.pad = {std::round(panel.x + (panel.w - pad) / 2), panel.y + header + above, pad, pad};
  left.tools = {panel.x + left.padding, left.pad.bottom() + between, panel.w - 2 * left.padding, tools};
  left.reading = {panel.x, left.tools.bottom() + below, panel.w, reading};
  if (gallery > 0) left.gallery = {panel.x, left.reading.bottom(), panel.w, panel.bottom() - left.reading.bottom()};
  return left;
}

ReadingLayout layout_reading(Rect area, float scale) {
  const float padding = padding_of(area.w, scale), width = area.w - 2 * padding;
  const float logical_height = area.h / scale;
  // A little too low, and the bars give way; much too low, and everything is smaller.
  constexpr float kBarsGive = 16, kBarsTake = 40;
  ReadingLengths lengths = narrow(area.w, scale) ? kNarrow : kFull;
  for (const ReadingLengths& smaller : {kNarrow, kTight}) {
    if (lengths.sum() - kBarsGive > logical_height) lengths = smaller;
  }
  lengths.bars += std::clamp(logical_height - lengths.sum(), -kBarsGive, kBarsTake);

  ReadingLayout out;
  float y = area.y;
  out.title = {area.x + padding, y + round_px(lengths.title > 30 ? 7 : 4, scale), width, round_px(18, scale)};
  y += round_px(lengths.title, scale);
  const float zoom = std::max(1.0F, std::floor(lengths.picture * scale / kPicture + 0.01F));
  out.picture = {area.x + padding, y, kPicture * zoom, kPicture * zoom};
  const float beside = out.picture.right() + round_px(narrow(area.w, scale) ? 24 : 20, scale);
  out.verdict = {beside, y, area.x + area.w - padding - beside, out.picture.h};
  y += round_px(lengths.picture, scale);
  if (lengths.picture_caption > 12) {
    out.picture_caption = {area.x + padding, y + round_px(4, scale), width, round_px(16, scale)};
  }
  y += round_px(lengths.picture_caption + lengths.bar_label, scale);
  out.bars = {area.x + padding, y, width, round_px(lengths.bars, scale)};
  out.keys = {area.x + padding, out.bars.bottom() + round_px(lengths.gap, scale), width, round_px(lengths.keys, scale)};
  if (lengths.caption > 12) {
    out.caption = {area.x + padding, out.keys.bottom() + round_px(5, scale), width, round_px(18, scale)};
  }
  return out;
}

namespace {
Rect tenth(Rect row, int digit) {
  const float pitch = row.w / 10;
  const float x = std::round(row.x + static_cast<float>(digit) * pitch);
  const float next = std::round(row.x + static_cast<float>(digit + 1) * pitch);
  const float gap = std::max(1.0F, std::round(pitch / 16));
  return {x + gap, row.y, next - x - 2 * gap, row.h};
}
}  // namespace

Rect ReadingLayout::bar(int digit) const {
  return tenth(bars, digit);
}
Rect ReadingLayout::key(int digit) const {
  return tenth(keys, digit);
}

GalleryLayout layout_gallery(Rect area, int count, float scale) {
  GalleryLayout out;
  const float padding = padding_of(area.w, scale), width = area.w - 2 * padding;
  out.title = {area.x + padding, area.y + round_px(6, scale), width, round_px(24, scale)};
  const float top = area.y + round_px(34, scale);
  out.view = {area.x + padding, top, width, std::max(0.0F, area.bottom() - top)};
  // Twice the size where two rows of it fit, else once: whole-number zooms of 28 pixels.
  const float label = round_px(20, scale);
  const bool small = narrow(area.w, scale) || out.view.h < 2 * scale * kPicture + label;
  const float zoom = std::max(1.0F, std::round((small ? 1 : 2) * scale));
  out.side = kPicture * zoom;
  const float gap = std::max(2.0F, round_px(small ? 5 : 8, scale));
  out.columns = std::max(1, static_cast<int>((width + gap) / (out.side + gap)));
  out.pitch_x = out.columns > 1 ? (width - out.side) / static_cast<float>(out.columns - 1) : out.side;
  out.pitch_y = out.side + label;
  const int rows = (count + out.columns - 1) / out.columns;
  out.content_height = static_cast<float>(rows) * out.pitch_y;
  return out;
}

Rect GalleryLayout::thumbnail(int index, float scroll) const {
  const int row = index / columns, column = index % columns;
  return {std::floor(view.x + static_cast<float>(column) * pitch_x),
          std::floor(view.y + static_cast<float>(row) * pitch_y - scroll), side, side};
}

int GalleryLayout::first_visible(float scroll) const {
  return std::max(0, static_cast<int>(scroll / pitch_y)) * columns;
}

int GalleryLayout::last_visible(float scroll, int count) const {
  const int rows = static_cast<int>(std::ceil((scroll + view.h) / pitch_y));
  return std::min(count, rows * columns);
}

}  // namespace warpscope::scene
