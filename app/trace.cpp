#include "app/trace.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace warpscope::app {
namespace {

constexpr int kSide = drawings::kImageSide;
constexpr int kBorder = kSide + 2;  // one empty pixel around, so that every pixel has eight neighbours
constexpr int kInk = 100;           // of 255: the middle of an anti-aliased edge, a little on the generous side
constexpr float kCanvasPixel = 280.0F / kSide;
constexpr std::size_t kShortestStroke = 4;  // points
constexpr float kTimeStep = 12;             // ms between points

using Grid = std::array<bool, static_cast<std::size_t>(kBorder) * kBorder>;

struct Pixel {
  int row = 0, column = 0;
};
// Clockwise from above.
constexpr std::array<Pixel, 8> kAround{{{-1, 0}, {-1, 1}, {0, 1}, {1, 1}, {1, 0}, {1, -1}, {0, -1}, {-1, -1}}};

std::size_t at(int row, int column) {
  return static_cast<std::size_t>(row + 1) * kBorder + static_cast<std::size_t>(column + 1);
}

std::array<bool, 8> neighbours(const Grid& grid, int row, int column) {
  std::array<bool, 8> result{};
  for (std::size_t i = 0; i < 8; ++i) result[i] = grid[at(row + kAround[i].row, column + kAround[i].column)];
  return result;
}

int count(const std::array<bool, 8>& around) {
  int sum = 0;
  for (const bool ink : around) sum += ink ? 1 : 0;
  return sum;
}

// One of the two half passes of Zhang and Suen; true where a pixel went.
bool thin_once(Grid& grid, int half) {
  std::vector<std::size_t> gone;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      if (!grid[at(row, column)]) continue;
      const auto n = neighbours(grid, row, column);  // n[0] above, n[2] right, n[4] below, n[6] left
      int changes = 0;
      for (std::size_t i = 0; i < 8; ++i) changes += !n[i] && n[(i + 1) % 8] ? 1 : 0;
      const int ink = count(n);
      const bool edge = half == 0 ? !(n[0] && n[2] && n[4]) && !(n[2] && n[4] && n[6])
                                  : !(n[0] && n[2] && n[6]) && !(n[0] && n[4] && n[6]);
      if (ink >= 2 && ink <= 6 && changes == 1 && edge) gone.push_back(at(row, column));
    }
  }
  for (const std::size_t pixel : gone) grid[pixel] = false;
  return !gone.empty();
}

std::optional<Pixel> find_start(const Grid& left) {
  std::optional<Pixel> any;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      if (!left[at(row, column)]) continue;
      if (count(neighbours(left, row, column)) <= 1) return Pixel{row, column};  // an end
      if (!any) any = Pixel{row, column};
    }
  }
  return any;
}

// The neighbour that bends least from the way so far.
std::optional<Pixel> next_pixel(const Grid& left, Pixel from, Pixel way) {
  std::optional<Pixel> best;
  int straightest = -3;
  for (const Pixel& step : kAround) {
    if (!left[at(from.row + step.row, from.column + step.column)]) continue;
    const int along = step.row * way.row + step.column * way.column;
    if (along > straightest) {
      straightest = along;
      best = step;
    }
  }
  return best;
}

drawings::Stroke follow(Grid& left, Pixel pixel, float& time) {
  std::vector<Pixel> path{pixel};
  left[at(pixel.row, pixel.column)] = false;
  Pixel way;
  while (const auto step = next_pixel(left, pixel, way)) {
    way = *step;
    pixel = {pixel.row + way.row, pixel.column + way.column};
    left[at(pixel.row, pixel.column)] = false;
    path.push_back(pixel);
  }
  drawings::Stroke stroke;
  for (std::size_t i = 0; i < path.size(); ++i) {
    // The staircase of pixels is evened out by the mean with both neighbours.
    const Pixel& before = path[i == 0 ? 0 : i - 1];
    const Pixel& after = path[i + 1 == path.size() ? i : i + 1];
    const auto mean = [](int a, int b, int c) { return static_cast<float>(a + 2 * b + c) / 4 + 0.5F; };
    stroke.push_back({mean(before.column, path[i].column, after.column) * kCanvasPixel,
                      mean(before.row, path[i].row, after.row) * kCanvasPixel, time});
    time += kTimeStep;
  }
  return stroke;
}

}  // namespace

drawings::Drawing trace_picture(const drawings::DigitImage& picture) {
  Grid grid{};
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      grid[at(row, column)] = picture[static_cast<std::size_t>(row * kSide + column)] >= kInk;
    }
  }
  for (bool thinner = true; thinner;) {
    thinner = thin_once(grid, 0);
    thinner = thin_once(grid, 1) || thinner;
  }
  drawings::Drawing drawing;
  float time = 0;
  while (const auto start = find_start(grid)) drawing.strokes.push_back(follow(grid, *start, time));
  // Where lines meet, thinning leaves a pixel or two beside the way: no strokes of their own, unless there is nothing
  // else.
  const auto is_stub = [](const drawings::Stroke& stroke) { return stroke.size() < kShortestStroke; };
  if (!std::all_of(drawing.strokes.begin(), drawing.strokes.end(), is_stub)) std::erase_if(drawing.strokes, is_stub);
  return drawing;
}

}  // namespace warpscope::app
