#include "app/png_file.h"

#include <fmt/format.h>
#include <stb_image_write.h>

namespace warpscope::app {

base::Result<void> write_png(const gl::Pixels& pixels, const std::filesystem::path& file) {
  std::error_code error;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), error);
  if (stbi_write_png(file.string().c_str(), pixels.width, pixels.height, 4, pixels.rgba.data(), pixels.width * 4) ==
      0) {
    return base::fail(fmt::format("{} cannot be written", file.string()));
  }
  return {};
}

}  // namespace warpscope::app
