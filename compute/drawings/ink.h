// drawings/ink.h: a picture as an amount of ink, and what is done to its strokes. Floor 1. Pure functions.
// Used only inside compute/drawings.
#pragma once

#include <cstddef>
#include <vector>

namespace warpscope::drawings {

// Ink from 0 (ground) to 1, row-major: (height, width).
struct Ink {
  int width = 0;
  int height = 0;
  std::vector<float> at;

  Ink(int w, int h) : width(w), height(h), at(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
  const float* row(int y) const { return at.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
  float* row(int y) { return at.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
};

// The part that holds all ink of at least `trace`. There must be some.
Ink crop(const Ink& ink, float trace);

// Box-filter resampling to `scale` times the size, rounded up, with the picture in the middle: each pixel is the mean
// of the ink over its area.
Ink resample(const Ink& ink, double scale);

// Mean width of the strokes in pixels: a long stroke's area is length times width and its outline twice the length,
// so the width is twice the ink over the outline (the sum of the gradient's length).
double stroke_width(const Ink& ink);

// Every outline moved outwards by `by` pixels, inwards where negative. The result is larger by the room it may need.
Ink thicken(const Ink& ink, float by);

}  // namespace warpscope::drawings
