// training/max_pool.h: max pooling of windows that do not overlap, in oneDNN's blocked layouts. Floor 4.
// oneDNN's own pooling clears and scatters through memory and took more than half of a training step of cnn32; these
// two loops write every number once, and give the same result.
#pragma once

#include <cstdint>

namespace warpscope::training {

// Planes of (height, width) pixels of `block` neighbouring channels each: nChw8c or nChw16c. Windows of size x size,
// stride = size; rows and columns that do not fill a window belong to none.
struct PoolGeometry {
  std::int64_t planes = 0;  // samples * channels / block
  int height = 0;           // of the input
  int width = 0;
  int size = 2;
  int block = 16;  // 8 or 16
};

// winners: per output number the place of its maximum in the window, row-major; the first of equals, as oneDNN does.
void max_pool_forward(const PoolGeometry& g, const float* input, float* output, std::uint8_t* winners);
void max_pool_backward(const PoolGeometry& g, const float* output_diff, const std::uint8_t* winners, float* input_diff);

}  // namespace warpscope::training
