#include "compute/session/convolve_scene.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace warpscope::session {
namespace {

struct Colour {
  float r = 0, g = 0, b = 0;
};

Colour mix(Colour from, Colour to, float part) {
  return {from.r + (to.r - from.r) * part, from.g + (to.g - from.g) * part, from.b + (to.b - from.b) * part};
}

float brightness(Colour c) {
  return 0.299F * c.r + 0.587F * c.g + 0.114F * c.b;
}

struct Disc {
  float x = 0, y = 0, radius = 0;
  Colour colour;
};

// Digits of 5 x 7 dots, a row a number, the leftmost dot its highest bit.
constexpr int kDotColumns = 5, kDotRows = 7, kDotSide = 9;
constexpr std::array<std::array<std::uint8_t, kDotRows>, 10> kDigits{{
    {0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E},
    {0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E},
    {0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F},
    {0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E},
    {0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02},
    {0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E},
    {0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E},
    {0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
    {0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E},
    {0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C},
}};

struct Bouncing {
  int at = 0;
  std::uint64_t bounces = 0;
};
// To and fro between 0 and `room`, `speed` pixels a frame.
Bouncing bounce(std::uint64_t frame, std::uint64_t start, std::uint64_t speed, int room) {
  const std::uint64_t way = start + frame * speed;
  const auto length = static_cast<std::uint64_t>(room);
  const std::uint64_t along = way % (2 * length);
  return {static_cast<int>(along < length ? along : 2 * length - along), way / length};
}

struct Scene {
  float bars = 0;  // how far they have drifted, in pixels
  std::array<Disc, 3> discs;
  int digit = 0, digit_x = 0, digit_y = 0;
};

Scene scene_at(std::uint64_t frame) {
  constexpr float kMiddle = kSceneSide / 2.0F;
  const auto t = static_cast<float>(frame % 7200) * (6.2831853F / 7200);  // all motion repeats after 7200 frames
  Scene scene;
  scene.bars = static_cast<float>(frame % 32);
  scene.discs = {{{kMiddle + 80 * std::cos(30 * t), kMiddle + 80 * std::sin(30 * t), 30, {250, 205, 90}},
                  {kMiddle + 60 * std::cos(45 * t + 2), kMiddle + 96 * std::sin(30 * t + 1), 20, {225, 70, 60}},
                  {kMiddle + 100 * std::sin(24 * t), kMiddle + 50 * std::cos(48 * t), 14, {70, 190, 235}}}};
  const Bouncing x = bounce(frame, 40, 2, kSceneSide - kDotColumns * kDotSide);
  const Bouncing y = bounce(frame, 90, 1, kSceneSide - kDotRows * kDotSide);
  scene.digit = static_cast<int>((x.bounces + y.bounces) % 10);
  scene.digit_x = x.at;
  scene.digit_y = y.at;
  return scene;
}

bool on_digit(const Scene& scene, int x, int y) {
  const int column = (x - scene.digit_x) / kDotSide, row = (y - scene.digit_y) / kDotSide;
  if (x < scene.digit_x || y < scene.digit_y || column >= kDotColumns || row >= kDotRows) return false;
  const std::uint8_t dots = kDigits[static_cast<std::size_t>(scene.digit)][static_cast<std::size_t>(row)];
  return (dots >> (kDotColumns - 1 - column) & 1U) != 0;
}

Colour pixel_of(const Scene& scene, int x, int y) {
  const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
  Colour colour = mix({24, 38, 84}, {92, 130, 150}, fy / kSceneSide);
  const float along = std::fmod(fx + fy + scene.bars, 32.0F);
  if (y >= 176 && along < 16) colour = mix(colour, {200, 205, 190}, 0.5F);
  for (const Disc& disc : scene.discs) {
    const float distance = std::hypot(fx - disc.x, fy - disc.y);
    colour = mix(colour, disc.colour, std::clamp(disc.radius - distance + 0.5F, 0.0F, 1.0F));
  }
  return on_digit(scene, x, y) ? Colour{246, 246, 240} : colour;
}

}  // namespace

convolution::Picture draw_scene(std::uint64_t frame, bool colour) {
  constexpr std::size_t kPixels = std::size_t{kSceneSide} * kSceneSide;
  const Scene scene = scene_at(frame);
  convolution::Picture picture{kSceneSide, kSceneSide, colour ? 3 : 1, {}};
  picture.pixels.resize(kPixels * static_cast<std::size_t>(picture.planes));
  std::size_t i = 0;
  for (int y = 0; y < kSceneSide; ++y) {
    for (int x = 0; x < kSceneSide; ++x, ++i) {
      const Colour c = pixel_of(scene, x, y);
      picture.pixels[i] = std::round(colour ? c.r : brightness(c));
      if (!colour) continue;
      picture.pixels[i + kPixels] = std::round(c.g);
      picture.pixels[i + 2 * kPixels] = std::round(c.b);
    }
  }
  return picture;
}

}  // namespace warpscope::session
