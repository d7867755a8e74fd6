#include "compute/drawings/loaded_pixels.h"

#include <fmt/format.h>
#include <stb_image.h>

#include "compute/drawings/atomic_file.h"

namespace warpscope::drawings {
namespace {

constexpr int kMaxSide = 16384;

}  // namespace

base::Result<LoadedPixels> load_pixels(const std::filesystem::path& path, std::size_t max_file_bytes, int channels) {
  const auto bytes = read_whole_file(path, max_file_bytes);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes->data());
  const int size = static_cast<int>(bytes->size());
  int width = 0, height = 0, stored = 0;
  if (stbi_info_from_memory(data, size, &width, &height, &stored) == 0) {
    return base::fail(
        fmt::format("this is not a picture that can be read ({}); PNG, JPEG, BMP, GIF, PGM, PSD and TGA are",
                    stbi_failure_reason()),
        {path.string()});
  }
  if (width > kMaxSide || height > kMaxSide) {
    return base::fail(
        fmt::format("this picture is {} x {}; at most {} x {} is read", width, height, kMaxSide, kMaxSide),
        {path.string()});
  }
  LoadedPixels loaded{width, height, 0, {nullptr, stbi_image_free}};
  loaded.bytes.reset(stbi_load_from_memory(data, size, &loaded.width, &loaded.height, &stored, channels));
  if (!loaded.bytes) {
    return base::fail(fmt::format("this picture is damaged or cut off ({})", stbi_failure_reason()), {path.string()});
  }
  loaded.channels = channels == 0 ? stored : channels;
  return loaded;
}

}  // namespace warpscope::drawings
