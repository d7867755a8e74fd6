// drawings/picture_file.h: pictures from files and into PNG, as they are: in grey or colour, of any size. Floor 1.
// Pure but for the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::drawings {

struct ColourPicture {
  int width = 0, height = 0;
  int channels = 1;                 // 1: grey, 3: red, green, blue
  std::vector<std::uint8_t> bytes;  // interleaved: (height, width, channels)
};

// Whatever stb_image reads: PNG, JPEG, BMP and others. What is transparent lies on white. Errors name the file.
base::Result<ColourPicture> read_picture(const std::filesystem::path& path);
// (planes, height, width), as a convolution takes it; 0 to 255.
std::vector<float> planar(const ColourPicture& picture);
// One plane of brightness of it, as televisions weigh the colours (0.299, 0.587, 0.114).
std::vector<float> brightness(const ColourPicture& picture);

// PNG, grey or RGB, of (planes, height, width) floats: rounded, and what is below 0 or above 255 becomes 0 or 255.
// `planes` is 1 or 3.
base::Result<void> write_png(const std::filesystem::path& path, int width, int height, int planes,
                             std::span<const float> pixels);

}  // namespace warpscope::drawings
