// training/augment.h: small random changes to a picture that keep its meaning. Floor 4. Pure for a given generator.
// Elastic distortion after Simard, Steinkraus and Platt, "Best practices for convolutional neural networks", 2003.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"
#include "compute/training/network.h"

namespace warpscope::training {

// Every value is the largest change; the change itself is uniform between. 0 turns a kind off.
struct Augmentation {
  float shift_px = 0;
  float rotate_degrees = 0;
  float scale = 0;  // 0.1: factor 0.9..1.1
  float shear_degrees = 0;
  float thickness_px = 0;  // strokes thicker or thinner by up to this
  float elastic_px = 0;    // displacement amplitude
  bool any() const;
  bool operator==(const Augmentation&) const = default;
};

Augmentation no_augmentation();
Augmentation mnist_augmentation();                      // tuned for pictures prepared like MNIST
Augmentation drawing_augmentation();                    // stronger: few drawings have to stand for many
std::string text_of(const Augmentation& augmentation);  // "shift 2, rotate 10" or ""; parse_augmentation reads it
base::Result<Augmentation> parse_augmentation(std::string_view text);

// A fast generator with a defined sequence (xoshiro256++), seeded by splitmix64; satisfies UniformRandomBitGenerator.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed);
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();
  float uniform(float low, float high);      // low <= x < high
  std::uint32_t below(std::uint32_t limit);  // 0 <= x < limit, unbiased
 private:
  std::array<std::uint64_t, 4> state_;
};

// A change drawn for one picture: whatever carries it out, the CPU or a kernel, makes the same picture of it.
struct PictureChange {
  // Where a pixel (x, y) of the result comes from: (xx x + xy y + x0, yx x + yy y + y0).
  float xx = 1, xy = 0, x0 = 0;
  float yx = 0, yy = 1, y0 = 0;
  float thickness_px = 0;      // above 0: thicker
  std::vector<float> knots_x;  // (knots down, knots across) of the elastic field, in pixels; empty: there is none
  std::vector<float> knots_y;
};
// Knots of the elastic field are so many pixels apart, the first one such distance before pixel 0; a pixel's
// displacement is the uniform cubic B-spline over the 4 x 4 around it.
inline constexpr int kKnotSpacing = 7;
int knots_along(int side);
// Draws just what augment() draws.
PictureChange draw_change(Shape shape, const Augmentation& augmentation, Random& random);
void apply_change(std::span<const std::uint8_t> picture, Shape shape, const PictureChange& change,
                  std::span<float> out);

// Bytes 0..255 to 0..1, what a network reads of a picture that is not changed.
void to_unit_floats(std::span<const std::uint8_t> picture, std::span<float> out);

// picture: bytes (channels, height, width); out: floats 0..1 of the same shape. What moves in from outside is 0.
// Bilinear. One pass: affine map, elastic field and thickness together. The elastic field is a smooth surface over
// random displacements 7 pixels apart, none longer than elastic_px along an axis: the statistics of Simard's Gaussian
// of sigma 4 at a fraction of its cost.
void augment(std::span<const std::uint8_t> picture, Shape shape, const Augmentation& augmentation, Random& random,
             std::span<float> out);

}  // namespace warpscope::training
