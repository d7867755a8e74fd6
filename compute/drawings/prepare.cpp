#include "compute/drawings/prepare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace warpscope::drawings {
namespace {

constexpr float kBox = 20;  // the ink fits into 20x20
constexpr float kMiddle = kImageSide / 2.0F;
constexpr float kCentre = 14.5F;               // where MNIST's centre of mass is: the middle of pixel (14, 14)
constexpr float kMargin = kMiddle - kBox / 2;  // how far the box may move from the middle and stay inside
// What is smaller than this share of the canvas is a dot or a jitter of the hand, and is not blown up to a digit.
constexpr float kSmallestDigit = 0.05F;
// Points closer than this, in pixels of the image, change nothing that can be seen.
constexpr float kDetail = 0.04F;

struct Vec {
  float x = 0;
  float y = 0;
};

using Polyline = std::vector<Vec>;
using Coverage = std::array<float, kImagePixels>;  // 0..1, rows from the top

struct Bounds {
  Vec low{std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
  Vec high{std::numeric_limits<float>::lowest(), std::numeric_limits<float>::lowest()};
  void add(Vec p) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  float longer_side() const { return std::max(high.x - low.x, high.y - low.y); }
};

// Strokes in pixels of the image, their box in the middle of it, without points too close to matter.
std::vector<Polyline> fit(const Drawing& drawing, float stroke_width) {
  Bounds bounds;
  for (const Stroke& stroke : drawing.strokes) {
    for (const StrokePoint& p : stroke) bounds.add({p.x, p.y});
  }
  const float canvas = std::max(drawing.canvas_width, drawing.canvas_height);
  const float extent = std::max({bounds.longer_side(), canvas * kSmallestDigit, std::numeric_limits<float>::min()});
  const float scale = (kBox - stroke_width) / extent;
  const Vec middle{bounds.low.x + (bounds.high.x - bounds.low.x) / 2,
                   bounds.low.y + (bounds.high.y - bounds.low.y) / 2};

  std::vector<Polyline> lines;
  for (const Stroke& stroke : drawing.strokes) {
    if (stroke.empty()) continue;
    Polyline line;
    for (const StrokePoint& p : stroke) {
      const Vec at{(p.x - middle.x) * scale + kMiddle, (p.y - middle.y) * scale + kMiddle};
      const bool last = &p == &stroke.back();
      if (line.empty() || last || std::hypot(at.x - line.back().x, at.y - line.back().y) >= kDetail) line.push_back(at);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

float squared_distance(Vec p, Vec a, Vec b) {
  const Vec along{b.x - a.x, b.y - a.y};
  const float length2 = along.x * along.x + along.y * along.y;
  const float t =
      length2 > 0 ? std::clamp(((p.x - a.x) * along.x + (p.y - a.y) * along.y) / length2, 0.0F, 1.0F) : 0.0F;
  const Vec off{p.x - a.x - t * along.x, p.y - a.y - t * along.y};
  return off.x * off.x + off.y * off.y;
}

// Lowers `nearest`, the squared distance of each pixel's centre to the ink's midline, around one segment.
void approach(Coverage& nearest, Vec a, Vec b, float reach) {
  const auto pixel = [](float at) { return std::clamp(static_cast<int>(std::floor(at)), 0, kImageSide - 1); };
  const int top = pixel(std::min(a.y, b.y) - reach);
  const int bottom = pixel(std::max(a.y, b.y) + reach);
  const int left = pixel(std::min(a.x, b.x) - reach);
  const int right = pixel(std::max(a.x, b.x) + reach);
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      float& d2 = nearest[static_cast<std::size_t>(y * kImageSide + x)];
      d2 = std::min(d2, squared_distance({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F}, a, b));
    }
  }
}

// Coverage of the lines, moved by `shift` and drawn with round ends at `width`. Across an edge it falls from 1 to 0
// over one pixel, which is what averaging a black-and-white picture over each pixel gives.
Coverage rasterise(const std::vector<Polyline>& lines, Vec shift, float width) {
  const float reach = width / 2 + 1;
  Coverage pixels;
  pixels.fill(reach * reach);
  for (const Polyline& line : lines) {
    const auto moved = [&](std::size_t i) { return Vec{line[i].x + shift.x, line[i].y + shift.y}; };
    approach(pixels, moved(0), moved(0), reach);
    for (std::size_t i = 1; i < line.size(); ++i) approach(pixels, moved(i - 1), moved(i), reach);
  }
  for (float& value : pixels) value = std::clamp(0.5F + width / 2 - std::sqrt(value), 0.0F, 1.0F);
  return pixels;
}

Vec centre_of_mass(const Coverage& pixels) {
  double mass = 0;
  double x_moment = 0;
  double y_moment = 0;
  for (int i = 0; i < kImagePixels; ++i) {
    const double ink = pixels[static_cast<std::size_t>(i)];
    mass += ink;
    x_moment += ink * (i % kImageSide + 0.5);
    y_moment += ink * (i / kImageSide + 0.5);
  }
  if (mass == 0) return {kCentre, kCentre};
  return {static_cast<float>(x_moment / mass), static_cast<float>(y_moment / mass)};
}

}  // namespace

DigitImage prepare(const Drawing& drawing, const PrepareOptions& options) {
  DigitImage image{};
  if (drawing.empty()) return image;
  const float width = std::clamp(options.stroke_width_px, 0.5F, kBox / 2);
  const std::vector<Polyline> lines = fit(drawing, width);
  // The centre of mass is found in a first drawing; then the vectors are moved and drawn again, so that the strokes
  // stay as sharp as they were. Covering pixels shifts it by some hundredths of a pixel, which the last round takes
  // away.
  constexpr int kRounds = 2;
  Vec shift;
  Coverage pixels = rasterise(lines, shift, width);
  for (int round = 0; round < kRounds; ++round) {
    const Vec found = centre_of_mass(pixels);
    shift = {std::clamp(shift.x + kCentre - found.x, -kMargin, kMargin),
             std::clamp(shift.y + kCentre - found.y, -kMargin, kMargin)};
    pixels = rasterise(lines, shift, width);
  }
  std::transform(pixels.begin(), pixels.end(), image.begin(),
                 [](float value) { return static_cast<std::uint8_t>(std::lround(value * 255)); });
  return image;
}

}  // namespace warpscope::drawings
