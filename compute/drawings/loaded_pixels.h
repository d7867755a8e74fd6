// drawings/loaded_pixels.h: the bytes of a picture file, decoded. Floor 1. Internal to drawings; pure but for the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "compute/base/error.h"

namespace warpscope::drawings {

// (height, width, channels), row-major.
struct LoadedPixels {
  int width = 0, height = 0, channels = 0;
  std::unique_ptr<std::uint8_t, void (*)(void*)> bytes;

  std::size_t count() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }
};

// Whatever stb_image reads, up to 16384 pixels a side. `channels`: converted to so many; 0: as the file has them.
// Errors name the file.
base::Result<LoadedPixels> load_pixels(const std::filesystem::path& path, std::size_t max_file_bytes, int channels);

}  // namespace warpscope::drawings
