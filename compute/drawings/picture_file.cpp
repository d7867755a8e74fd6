#include "compute/drawings/picture_file.h"

#include <fmt/format.h>
#include <stb_image_write.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "compute/drawings/atomic_file.h"
#include "compute/drawings/loaded_pixels.h"

namespace warpscope::drawings {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;
constexpr int kWhite = 255;

// Without the last of `channels`, which says how much of the others is seen before white paper.
std::vector<std::uint8_t> on_white(const std::uint8_t* pixels, std::size_t count, int channels) {
  const auto all = static_cast<std::size_t>(channels);
  std::vector<std::uint8_t> flat;
  flat.reserve(count * (all - 1));
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const pixel = pixels + i * all;
    const int alpha = pixel[all - 1];
    for (std::size_t channel = 0; channel + 1 < all; ++channel) {
      flat.push_back(
          static_cast<std::uint8_t>((pixel[channel] * alpha + kWhite * (kWhite - alpha) + kWhite / 2) / kWhite));
    }
  }
  return flat;
}

std::uint8_t to_byte(float value) {
  if (!(value > 0)) return 0;  // not a number is black
  return static_cast<std::uint8_t>(std::lround(std::min(value, 255.0F)));
}

}  // namespace

base::Result<ColourPicture> read_picture(const std::filesystem::path& path) {
  const auto loaded = load_pixels(path, kMaxFileBytes, 0);
  if (!loaded) return tl::unexpected(loaded.error());
  const std::uint8_t* const pixels = loaded->bytes.get();
  const int channels = loaded->channels;
  const bool transparent = channels % 2 == 0;
  ColourPicture picture{loaded->width, loaded->height, transparent ? channels - 1 : channels, {}};
  if (transparent) {
    picture.bytes = on_white(pixels, loaded->count(), channels);
  } else {
    picture.bytes.assign(pixels, pixels + loaded->count() * static_cast<std::size_t>(channels));
  }
  return picture;
}

std::vector<float> planar(const ColourPicture& picture) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t count = picture.bytes.size() / channels;
  std::vector<float> pixels(picture.bytes.size());
  for (std::size_t i = 0; i < picture.bytes.size(); ++i) {
    pixels[i % channels * count + i / channels] = static_cast<float>(picture.bytes[i]);
  }
  return pixels;
}

std::vector<float> brightness(const ColourPicture& picture) {
  if (picture.channels == 1) return planar(picture);
  std::vector<float> pixels;
  pixels.reserve(picture.bytes.size() / 3);
  for (std::size_t i = 0; i + 2 < picture.bytes.size(); i += 3) {
    const int weighed = 299 * picture.bytes[i] + 587 * picture.bytes[i + 1] + 114 * picture.bytes[i + 2];
    pixels.push_back(static_cast<float>(weighed) / 1000);
  }
  return pixels;
}

base::Result<void> write_png(const std::filesystem::path& path, int width, int height, int planes,
                             std::span<const float> pixels) {
  const auto channels = static_cast<std::size_t>(planes);
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if ((planes != 1 && planes != 3) || width < 1 || height < 1 || pixels.size() != count * channels) {
    return base::fail(fmt::format("{} numbers are no picture of {} x {} with {} planes; a PNG has 1 plane (grey) or 3",
                                  pixels.size(), width, height, planes),
                      {path.string()});
  }
  std::vector<std::uint8_t> bytes(pixels.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = to_byte(pixels[i % channels * count + i / channels]);
  std::string packed;
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  if (stbi_write_png_to_func(append, &packed, width, height, planes, bytes.data(), width * planes) == 0) {
    return base::fail("this picture could not be packed as PNG: out of memory", {path.string()});
  }
  return write_file_atomically(path, packed);
}

}  // namespace warpscope::drawings
