// Pictures and settings to test convolutions with.
#pragma once

#include <cstdint>
#include <random>

#include "compute/convolution/chain.h"

namespace warpscope::convolution::testing {

// Whole grey values, from a generator that is the same everywhere.
inline Picture noise(int width, int height, int planes, std::uint32_t seed) {
  std::mt19937 draw(seed);
  Picture picture{width, height, planes, {}};
  for (int i = 0; i < width * height * planes; ++i) picture.pixels.push_back(static_cast<float>(draw() % 256));
  return picture;
}

// 1, 2, 3 ... row by row.
inline Picture counted(int width, int height) {
  Picture picture{width, height, 1, {}};
  for (int i = 0; i < width * height; ++i) picture.pixels.push_back(static_cast<float>(i + 1));
  return picture;
}

inline Filter random_filter(int size, std::uint32_t seed) {
  std::mt19937 draw(seed);
  Filter filter{"Random", size, {}, 1, 0};
  for (int i = 0; i < size * size; ++i) filter.weights.push_back((static_cast<float>(draw() % 2001) - 1000) / 250);
  filter.divide = 1 + static_cast<float>(draw() % 7);
  filter.add = static_cast<float>(draw() % 11) - 5;
  return filter;
}

// A column times a row.
inline Filter random_separable(int size, std::uint32_t seed) {
  Filter filter = random_filter(size, seed);
  const std::vector<float> line = filter.weights;
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      const auto at = static_cast<std::size_t>(row * size + column);
      filter.weights[at] = line[static_cast<std::size_t>(row)] * line[static_cast<std::size_t>(column)];
    }
  }
  return filter;
}

inline Stage filter_stage(Filter filter, Border border = Border::kZero) {
  Stage stage;
  stage.filters = {std::move(filter)};
  stage.border = border;
  return stage;
}

inline Size size_of(const Picture& picture) {
  return {picture.width, picture.height, picture.planes};
}

}  // namespace warpscope::convolution::testing
