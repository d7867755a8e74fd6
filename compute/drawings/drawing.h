// drawings/drawing.h: a drawn digit as a person made it: vector strokes, not pixels. Floor 1. Plain data, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::drawings {

// One place the pen passed. x to the right and y down, in units of the drawing's canvas; time since the first point.
struct StrokePoint {
  float x = 0;
  float y = 0;
  float t_ms = 0;
  bool operator==(const StrokePoint&) const = default;
};

using Stroke = std::vector<StrokePoint>;  // pen down to pen up; a dot is one point

struct Drawing {
  float canvas_width = 280;
  float canvas_height = 280;
  std::vector<Stroke> strokes;
  std::optional<int> label;  // 0..9 once the person said what it is
  bool operator==(const Drawing&) const = default;

  // True where there is no point at all: then there is nothing to predict.
  bool empty() const;
};

inline constexpr int kImageSide = 28;
inline constexpr int kImagePixels = kImageSide * kImageSide;

// What a network sees: rows from the top, 0 = black ground, 255 = ink, as in MNIST.
using DigitImage = std::array<std::uint8_t, kImagePixels>;

// What a drawing may hold. Far more than a hand can do; it keeps a wrong file from filling the memory.
inline constexpr int kMaxPoints = 100'000;
inline constexpr int kMaxStrokes = 10'000;
inline constexpr double kMaxCoordinate = 1e6;  // canvas sides and |x|, |y|
inline constexpr double kMaxTimeMs = 1e15;     // |t_ms|

// Says what makes a drawing unfit to be kept: a label outside 0..9, a coordinate that is not finite, too many points.
base::Result<void> validate(const Drawing& drawing);

// The strokes file: {"label": 7, "canvas": [w, h], "strokes": [[[x, y, t_ms], ...], ...]}; label may be null or absent,
// t_ms may be absent. Errors name file, line and column, and what was expected (a label outside 0..9, a non-finite
// coordinate, an empty canvas, ...).
base::Result<Drawing> parse_strokes_json(std::string_view text, const std::string& file_name);
std::string strokes_json(const Drawing& drawing);  // of a valid drawing; parses back to an equal one
base::Result<Drawing> read_strokes_file(const std::filesystem::path& path);
// Writes to a temporary beside `path` and renames, so that a crash never leaves half a file.
base::Result<void> write_strokes_file(const Drawing& drawing, const std::filesystem::path& path);

}  // namespace warpscope::drawings
