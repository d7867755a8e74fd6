#include "compute/drawings/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compute/drawings/atomic_file.h"

namespace warpscope::drawings {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

bool within(float value, double limit) {
  return std::isfinite(value) && std::abs(value) <= limit;
}

bool is_canvas_side(float side) {
  return within(side, kMaxCoordinate) && side > 0;
}

}  // namespace

bool Drawing::empty() const {
  return std::all_of(strokes.begin(), strokes.end(), [](const Stroke& stroke) { return stroke.empty(); });
}

base::Result<void> validate(const Drawing& drawing) {
  if (drawing.label && (*drawing.label < 0 || *drawing.label > 9)) {
    return base::fail(fmt::format("the label is {}; it must be a digit from 0 to 9", *drawing.label));
  }
  if (!is_canvas_side(drawing.canvas_width) || !is_canvas_side(drawing.canvas_height)) {
    return base::fail(fmt::format("the canvas is {} x {}; both sides must be above 0 and at most {}",
                                  drawing.canvas_width, drawing.canvas_height, kMaxCoordinate));
  }
  if (drawing.strokes.size() > kMaxStrokes) {
    return base::fail(
        fmt::format("the drawing has {} strokes; at most {} are kept", drawing.strokes.size(), kMaxStrokes));
  }
  std::size_t points = 0;
  for (std::size_t s = 0; s < drawing.strokes.size(); ++s) {
    const Stroke& stroke = drawing.strokes[s];
    points += stroke.size();
    for (std::size_t p = 0; p < stroke.size(); ++p) {
      const auto [x, y, t] = stroke[p];
      if (within(x, kMaxCoordinate) && within(y, kMaxCoordinate) && within(t, kMaxTimeMs)) continue;
      return base::fail(fmt::format("point {} of stroke {} is ({}, {}) at {} ms; coordinates must be within +-{}",
                                    p + 1, s + 1, x, y, t, kMaxCoordinate));
    }
  }
  if (points > kMaxPoints) {
    return base::fail(fmt::format("the drawing has {} points; at most {} are kept", points, kMaxPoints));
  }
  return {};
}

base::Result<Drawing> read_strokes_file(const std::filesystem::path& path) {
  const auto text = read_whole_file(path, kMaxFileBytes);
  if (!text) return tl::unexpected(text.error());
  return parse_strokes_json(*text, path.string());
}

base::Result<void> write_strokes_file(const Drawing& drawing, const std::filesystem::path& path) {
  if (const auto valid = validate(drawing); !valid) return base::fail(valid.error().message, {path.string()});
  return write_file_atomically(path, strokes_json(drawing) + "\n");
}

}  // namespace warpscope::drawings
