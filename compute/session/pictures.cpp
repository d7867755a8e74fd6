#include "compute/session/pictures.h"

#include <algorithm>

namespace warpscope::session {

namespace {

constexpr int kSide = drawings::kImageSide;

// Mean of the source columns/rows that target index `i` of `count` stands for.
struct Range {
  int begin;
  int end;
};

Range source_range(int i, int count) {
  const int begin = i * kSide / count;
  return {begin, std::max(begin + 1, (i + 1) * kSide / count)};
}

std::uint8_t mean_of(const drawings::DigitImage& image, Range rows, Range columns) {
  int sum = 0;
  for (int row = rows.begin; row < rows.end; ++row) {
    for (int column = columns.begin; column < columns.end; ++column) {
      sum += image[static_cast<std::size_t>(row * kSide + column)];
    }
  }
  return static_cast<std::uint8_t>(sum / ((rows.end - rows.begin) * (columns.end - columns.begin)));
}

// Side by side where there is room, else shrunk.
Range placed(int i, int count) {
  if (count < kSide) return source_range(i, count);
  const int at = i - (count - kSide) / 2;
  return {at, at + 1};
}

}  // namespace

std::vector<std::uint8_t> picture_for(const drawings::DigitImage& image, training::Shape shape) {
  std::vector<std::uint8_t> plane;
  plane.reserve(static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width));
  for (int row = 0; row < shape.height; ++row) {
    for (int column = 0; column < shape.width; ++column) {
      const Range rows = placed(row, shape.height);
      const Range columns = placed(column, shape.width);
      const bool outside = rows.begin < 0 || rows.end > kSide || columns.begin < 0 || columns.end > kSide;
      plane.push_back(outside ? std::uint8_t{0} : mean_of(image, rows, columns));
    }
  }
  std::vector<std::uint8_t> picture;
  for (int channel = 0; channel < shape.channels; ++channel) picture.insert(picture.end(), plane.begin(), plane.end());
  return picture;
}

std::vector<float> floats_of(std::span<const std::uint8_t> picture) {
  std::vector<float> floats(picture.size());
  std::transform(picture.begin(), picture.end(), floats.begin(),
                 [](std::uint8_t byte) { return static_cast<float>(byte) / 255.0F; });
  return floats;
}

drawings::DigitImage tile_of(std::span<const std::uint8_t> picture, training::Shape shape) {
  drawings::DigitImage tile{};
  const int top = (shape.height - kSide) / 2;
  const int left = (shape.width - kSide) / 2;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      const int y = row + top;
      const int x = column + left;
      if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) continue;
      tile[static_cast<std::size_t>(row * kSide + column)] = picture[static_cast<std::size_t>(y * shape.width + x)];
    }
  }
  return tile;
}

}  // namespace warpscope::session
