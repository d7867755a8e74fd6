// drawings/prepare.h: turns strokes, or any picture, into the 28x28 image a network sees, the way MNIST was made.
// Floor 1. Pure functions, any thread. Source: LeCun et al., the MNIST page: fit into 20x20 keeping the aspect ratio,
// anti-aliased, then put the centre of mass of the ink at the centre of 28x28.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "compute/drawings/drawing.h"

namespace warpscope::drawings {

struct PrepareOptions {
  // Full width of a stroke in pixels of the 28x28 image. 2.5 is the median of MNIST's own strokes; nine in ten of them
  // measure 1.7 to 3.7 (tests/drawings/mnist_likeness_test.cpp). The vector strokes are scaled first and drawn at this
  // width afterwards, so thickness does not depend on how large somebody draws.
  float stroke_width_px = 2.5F;
};

// All black for an empty drawing. A dot or a straight line is centred and never scaled up beyond what a digit would be.
DigitImage prepare(const Drawing& drawing, const PrepareOptions& options = {});

// A grey picture (height, width), row-major, of a digit, dark on light or light on dark (decided by its border), of
// any size: cropped to the ink, fitted, centred; strokes much thinner or thicker than MNIST's are brought near to its
// widths. All black where nothing stands out, or where `grey` is not width x height bytes. A 28x28 picture that is
// already light on black is taken as it is.
DigitImage prepare_picture(std::span<const std::uint8_t> grey, int width, int height);

// A picture file as brightness (height, width), row-major, 0 black to 255 white; what is transparent shows white paper.
struct GreyPicture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> grey;
};

// Both read whatever stb_image reads. Errors name the file.
base::Result<GreyPicture> read_grey_picture(const std::filesystem::path& path);
base::Result<DigitImage> read_digit_picture(const std::filesystem::path& path);
base::Result<std::string> digit_png(const DigitImage& image);  // the bytes of the file
base::Result<void> write_digit_png(const DigitImage& image, const std::filesystem::path& path);

}  // namespace warpscope::drawings
