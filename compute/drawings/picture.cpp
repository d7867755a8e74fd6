// The picture route of prepare.h: a picture of any size becomes what the makers of MNIST would have made of it.
#include <fmt/format.h>
#include <stb_image_write.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "compute/drawings/atomic_file.h"
#include "compute/drawings/ink.h"
#include "compute/drawings/loaded_pixels.h"
#include "compute/drawings/prepare.h"

namespace warpscope::drawings {
namespace {

constexpr int kBox = 20;           // the ink fits into 20x20
constexpr double kCentre = 14.5;   // where the centre of mass goes: the middle of pixel (14, 14), as in MNIST
constexpr float kTrace = 0.02F;    // of the strongest ink; what a scan or a JPEG leaves around a digit is less
constexpr int kLeastContrast = 8;  // of 255; a picture with less shows nothing
constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

// The brightness of the paper, how much it varies, and on which side of it the ink lies.
struct Ground {
  int level = 0;
  int noise = 0;     // nearly all of the border differs less than this from `level`
  int contrast = 0;  // of the strongest ink
  bool light_ink = false;
};

std::vector<std::uint8_t> border_of(std::span<const std::uint8_t> grey, int width, int height) {
  std::vector<std::uint8_t> border;
  for (int y = 0; y < height; ++y) {
    const bool whole_row = y == 0 || y == height - 1;
    for (int x = 0; x < width; x += whole_row ? 1 : std::max(width - 1, 1)) {
      border.push_back(
          grey[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]);
    }
  }
  return border;
}

Ground judge(std::span<const std::uint8_t> grey, int width, int height) {
  std::vector<std::uint8_t> border = border_of(grey, width, height);
  const auto quantile = [](auto& values, double share) {
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), nth, values.end());
    return static_cast<int>(*nth);
  };
  Ground ground;
  ground.level = quantile(border, 0.5);
  std::vector<int> off(border.size());
  std::transform(border.begin(), border.end(), off.begin(), [&](int v) { return std::abs(v - ground.level); });
  // Digits may touch the border here and there, so its most different tenth says nothing about the paper.
  ground.noise = quantile(off, 0.9);
  const auto [darkest, lightest] = std::minmax_element(grey.begin(), grey.end());
  ground.light_ink = *lightest - ground.level >= ground.level - *darkest;
  ground.contrast = ground.light_ink ? *lightest - ground.level : ground.level - *darkest;
  return ground;
}

Ink ink_of(std::span<const std::uint8_t> grey, int width, int height, const Ground& ground) {
  Ink ink(width, height);
  // With clean paper this is the identity for light on black.
  const int noise = std::min(ground.noise, ground.contrast / 2);
  const auto range = static_cast<float>(ground.contrast - noise);
  std::transform(grey.begin(), grey.end(), ink.at.begin(), [&](int v) {
    const int over = (ground.light_ink ? v - ground.level : ground.level - v) - noise;
    return over <= 0 ? 0.0F : static_cast<float>(over) / range;
  });
  return ink;
}

// To the 20x20 box.
double scale_to_box(const Ink& ink) {
  return static_cast<double>(kBox) / std::max(ink.width, ink.height);
}

// Brings strokes that are far from MNIST's widths near to them: a thin pen on a large sheet would fade to grey, a broad
// brush would fill the holes. Strokes as wide as 995 of 1000 of MNIST's stay as they are. Widths in pixels of the 28x28
// image.
Ink with_usual_strokes(Ink ink) {
  constexpr double kThinnest = 1.25;
  constexpr double kThin = 2.2;
  constexpr double kThickest = 5;
  constexpr double kThick = 3.6;
  constexpr double kMostOfWidth = 0.25;  // taken away on each side at most, so that thinner places do not break
  constexpr int kLeastSide = 3 * kBox;   // below it a picture has too few pixels to move its outlines
  constexpr int kMostSide = 50 * kBox;
  const int side = std::max(ink.width, ink.height);
  if (side < kLeastSide) return ink;
  const double width_in_box = stroke_width(resample(ink, scale_to_box(ink)));
  if (width_in_box >= kThinnest && width_in_box <= kThickest) return ink;
  if (side > kMostSide) ink = resample(ink, static_cast<double>(kMostSide) / side);
  const double width = stroke_width(ink);
  const double wanted = (width_in_box < kThinnest ? kThin : kThick) / scale_to_box(ink);
  const double by = std::max((wanted - width) / 2, -kMostOfWidth * width);
  const Ink changed = thicken(ink, static_cast<float>(by));
  const bool all_gone = *std::max_element(changed.at.begin(), changed.at.end()) < kTrace;
  return all_gone ? ink : crop(changed, kTrace);
}

// Puts the box where its centre of mass is nearest to the middle, by whole pixels as MNIST's makers did: moving a
// picture by a part of a pixel would blur it.
DigitImage place(const Ink& box) {
  double mass = 0;
  double x_moment = 0;
  double y_moment = 0;
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const double ink = box.row(y)[x];
      mass += ink;
      x_moment += ink * (x + 0.5);
      y_moment += ink * (y + 0.5);
    }
  }
  const auto offset = [&](double moment, int size) {
    return std::clamp(static_cast<int>(std::lround(kCentre - moment / mass)), 0, kImageSide - size);
  };
  const int left = offset(x_moment, box.width);
  const int top = offset(y_moment, box.height);
  DigitImage image{};
  for (int y = 0; y < box.height; ++y) {
    for (int x = 0; x < box.width; ++x) {
      const float ink = std::clamp(box.row(y)[x], 0.0F, 1.0F);
      image[static_cast<std::size_t>((top + y) * kImageSide + left + x)] =
          static_cast<std::uint8_t>(std::lround(ink * 255));
    }
  }
  return image;
}

// A picture with transparency lies on white paper, or on black where white would hide it.
std::vector<std::uint8_t> flatten(const std::uint8_t* grey_alpha, std::size_t pixels) {
  std::vector<std::uint8_t> grey(pixels);
  for (const int paper : {255, 0}) {
    for (std::size_t i = 0; i < pixels; ++i) {
      const int alpha = grey_alpha[2 * i + 1];
      grey[i] = static_cast<std::uint8_t>((grey_alpha[2 * i] * alpha + paper * (255 - alpha) + 127) / 255);
    }
    const auto [darkest, lightest] = std::minmax_element(grey.begin(), grey.end());
    if (*lightest - *darkest >= kLeastContrast) break;
  }
  return grey;
}

}  // namespace

DigitImage prepare_picture(std::span<const std::uint8_t> grey, int width, int height) {
  const bool whole =
      width > 0 && height > 0 && grey.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if (!whole) return {};
  const Ground ground = judge(grey, width, height);
  if (ground.contrast < kLeastContrast) return {};
  constexpr int kBlack = 16;
  if (width == kImageSide && height == kImageSide && ground.light_ink && ground.level <= kBlack) {
    DigitImage image;
    std::copy(grey.begin(), grey.end(), image.begin());
    return image;
  }
  const Ink ink = with_usual_strokes(crop(ink_of(grey, width, height, ground), kTrace));
  return place(resample(ink, scale_to_box(ink)));
}

base::Result<GreyPicture> read_grey_picture(const std::filesystem::path& path) {
  constexpr int kGreyAndAlpha = 2;
  const auto loaded = load_pixels(path, kMaxFileBytes, kGreyAndAlpha);
  if (!loaded) return tl::unexpected(loaded.error());
  return GreyPicture{loaded->width, loaded->height, flatten(loaded->bytes.get(), loaded->count())};
}

base::Result<DigitImage> read_digit_picture(const std::filesystem::path& path) {
  const auto picture = read_grey_picture(path);
  if (!picture) return tl::unexpected(picture.error());
  const DigitImage image = prepare_picture(picture->grey, picture->width, picture->height);
  if (std::all_of(image.begin(), image.end(), [](std::uint8_t v) { return v == 0; })) {
    return base::fail(
        "this picture shows nothing: all of it has one brightness; a digit must stand out from its ground",
        {path.string()});
  }
  return image;
}

base::Result<std::string> digit_png(const DigitImage& image) {
  std::string bytes;
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  if (stbi_write_png_to_func(append, &bytes, kImageSide, kImageSide, 1, image.data(), kImageSide) == 0) {
    return base::fail("this picture could not be packed as PNG: out of memory");
  }
  return bytes;
}

base::Result<void> write_digit_png(const DigitImage& image, const std::filesystem::path& path) {
  const auto bytes = digit_png(image);
  if (!bytes) return base::fail(bytes.error().message, {path.string()});
  return write_file_atomically(path, *bytes);
}

}  // namespace warpscope::drawings
