#include "app/trace.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace warpscope::app {
namespace {

// Thinned at four times the size: at 28 x 28 a stroke is two pixels wide, and diagonal ones would be eaten from their
// ends.
constexpr int kEnlarged = 4;
constexpr int kSide = drawings::kImageSide * kEnlarged;
constexpr int kBorder = kSide + 2;  // one empty pixel around, so that every pixel has eight neighbours
constexpr float kInk = 110;         // of 255: the middle of an anti-aliased edge
constexpr float kCanvasPixel = 280.0F / kSide;
constexpr std::size_t kShortestStroke = 3 * kEnlarged;  // pixels
constexpr std::size_t kPointEvery = kEnlarged;          // pixels
constexpr float kTimeStep = 12;                         // ms between points

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
  const std::size_t last = path.size() - 1;
  for (std::size_t i = 0; i <= last; i = i == last ? last + 1 : std::min(i + kPointEvery, last)) {
    // The staircase of pixels is evened out by the mean of a few around.
    const std::size_t from = i < kPointEvery ? 0 : i - kPointEvery;
    const std::size_t to = std::min(i + kPointEvery, last);
    const bool end = i == 0 || i == last;
    float row = 0;
    float column = 0;
    for (std::size_t k = end ? i : from; k <= (end ? i : to); ++k) {
      row += static_cast<float>(path[k].row);
      column += static_cast<float>(path[k].column);
    }
    const float count = end ? 1.0F : static_cast<float>(to - from + 1);
    stroke.push_back({(column / count + 0.5F) * kCanvasPixel, (row / count + 0.5F) * kCanvasPixel, time});
    time += kTimeStep;
  }
  return stroke;
}

// Bilinear, with pixel centres where they are: enlarged pixel k lies at (k + 0.5) / 4 - 0.5.
float enlarged(const drawings::DigitImage& picture, int row, int column) {
  constexpr int kLast = drawings::kImageSide - 1;
  const auto place = [](int k) {
    return std::clamp((static_cast<float>(k) + 0.5F) / kEnlarged - 0.5F, 0.0F, static_cast<float>(kLast));
  };
  const float y = place(row);
  const float x = place(column);
  const int top = std::min(static_cast<int>(y), kLast - 1);
  const int left = std::min(static_cast<int>(x), kLast - 1);
  const auto pixel = [&](int r, int c) {
    return static_cast<float>(picture[static_cast<std::size_t>(r * drawings::kImageSide + c)]);
  };
  const float down = y - static_cast<float>(top);
  const float right = x - static_cast<float>(left);
  const float upper = pixel(top, left) * (1 - right) + pixel(top, left + 1) * right;
  const float lower = pixel(top + 1, left) * (1 - right) + pixel(top + 1, left + 1) * right;
  return upper * (1 - down) + lower * down;
}

}  // namespace

drawings::Drawing trace_picture(const drawings::DigitImage& picture) {
  Grid grid{};
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) grid[at(row, column)] = enlarged(picture, row, column) >= kInk;
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
  const auto is_stub = [](const drawings::Stroke& stroke) { return stroke.size() < kShortestStroke / kPointEvery + 1; };
  if (!std::all_of(drawing.strokes.begin(), drawing.strokes.end(), is_stub)) std::erase_if(drawing.strokes, is_stub);
  return drawing;
}

}  // namespace warpscope::app
