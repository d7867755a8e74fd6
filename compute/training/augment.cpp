#include "compute/training/augment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "compute/training/vector_clones.h"

namespace warpscope::training {
namespace {

using base::fail;
using base::Result;

struct Kind {
  std::string_view name;
  float Augmentation::*value;
  float most;  // beyond it nothing is left of a digit
};
constexpr Kind kKinds[] = {
    {"shift", &Augmentation::shift_px, 28},        {"rotate", &Augmentation::rotate_degrees, 180},
    {"scale", &Augmentation::scale, 0.9F},         {"shear", &Augmentation::shear_degrees, 60},
    {"thickness", &Augmentation::thickness_px, 2}, {"elastic", &Augmentation::elastic_px, 28},
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The picture with zeros around it, so that reading beside it needs no question: one column before, two after, and rows
// likewise. Position (x, y) of the picture is at (x + 1, y + 1).
struct Padded {
  int width;
  int height;
  int stride() const { return width + 3; }
  std::size_t size() const { return static_cast<std::size_t>(stride()) * static_cast<std::size_t>(height + 3); }
};

// One channel in bytes, padded.
void pad(const std::uint8_t* channel, const Padded& padded, std::uint8_t* out) {
  std::fill_n(out, padded.size(), std::uint8_t{0});
  for (int y = 0; y < padded.height; ++y) {
    std::copy_n(channel + y * padded.width, padded.width, out + (y + 1) * padded.stride() + 1);
  }
}

struct Darker {
  static std::uint8_t pick(std::uint8_t a, std::uint8_t b) { return std::min(a, b); }
};
struct Lighter {
  static std::uint8_t pick(std::uint8_t a, std::uint8_t b) { return std::max(a, b); }
};

// Adds to `out` (padded floats in 0..1) `amount` of the step towards the picture with strokes grown or shrunk by one
// pixel: halfway between the 3x3 cross, which reaches 0.7 px on diagonals, and the square, which reaches 1.4.
// `square` is working space as large as `in`.
template <class Choice>
inline void grow_towards(const std::uint8_t* in, const Padded& padded, float amount, std::uint8_t* square, float* out) {
  const int stride = padded.stride();
  const int first = stride + 1;
  const int last = (padded.height + 1) * stride;  // the rows of the picture, read flat; the columns between stay zero
  for (int i = 1; i < last + stride - 1; ++i) square[i] = Choice::pick(in[i], Choice::pick(in[i - 1], in[i + 1]));
  const float half = 0.5F * amount / 255.0F;
  const float rest = (1.0F - amount) / 255.0F;
  for (int i = first; i < last; ++i) {
    const std::uint8_t column = Choice::pick(in[i], Choice::pick(in[i - stride], in[i + stride]));
    const std::uint8_t cross = Choice::pick(column, square[i]);
    const std::uint8_t all = Choice::pick(square[i], Choice::pick(square[i - stride], square[i + stride]));
    out[i] = rest * static_cast<float>(in[i]) + half * static_cast<float>(int{cross} + int{all});
  }
}

WARPSCOPE_VECTOR_CLONES
void thicken(const std::uint8_t* in, const Padded& padded, float amount, std::uint8_t* square, float* out) {
  grow_towards<Lighter>(in, padded, amount, square, out);
}

WARPSCOPE_VECTOR_CLONES
void thin(const std::uint8_t* in, const Padded& padded, float amount, std::uint8_t* square, float* out) {
  grow_towards<Darker>(in, padded, amount, square, out);
}

WARPSCOPE_VECTOR_CLONES
void scale_bytes(const std::uint8_t* in, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(in[i]) / 255.0F;
}

// Thickening spreads into the padding; what lies outside has to be 0.
void clear_padding(const Padded& padded, float* picture) {
  for (int y = 1; y <= padded.height; ++y) {
    float* row = picture + y * padded.stride();
    row[0] = row[padded.width + 1] = row[padded.width + 2] = 0.0F;
  }
}

// Draws the map from a pixel of the result to where it comes from.
void draw_map(const Augmentation& limits, Shape shape, Random& random, PictureChange& change) {
  constexpr double kRadians = std::numbers::pi / 180.0;
  const auto around_zero = [&](float most) { return static_cast<double>(random.uniform(-most, most)); };
  const double shift_x = around_zero(limits.shift_px);
  const double shift_y = around_zero(limits.shift_px);
  const double angle = around_zero(limits.rotate_degrees) * kRadians;
  const double factor = 1.0 + around_zero(limits.scale);
  const double slant = std::tan(around_zero(limits.shear_degrees) * kRadians);
  // Forwards, about the centre: shear, then scale and rotate, then shift. Here its inverse.
  const double cosine = std::cos(angle) / factor;
  const double sine = std::sin(angle) / factor;
  const double xx = cosine + slant * sine, xy = sine - slant * cosine;
  const double yx = -sine, yy = cosine;
  const double centre_x = 0.5 * (shape.width - 1), centre_y = 0.5 * (shape.height - 1);
  const double from_x = centre_x + shift_x, from_y = centre_y + shift_y;
  change.xx = static_cast<float>(xx);
  change.xy = static_cast<float>(xy);
  change.x0 = static_cast<float>(centre_x - xx * from_x - xy * from_y);
  change.yx = static_cast<float>(yx);
  change.yy = static_cast<float>(yy);
  change.y0 = static_cast<float>(centre_y - yx * from_x - yy * from_y);
}

// The smooth field of displacements: a uniform cubic B-spline over random values at knots 7 pixels apart. Its kernel
// has a standard deviation of 7/sqrt(3) = 4 pixels, like Simard's Gaussian; its weights are positive and sum to 1, so
// no displacement is longer than the longest random value.

// basis (knots, side): how much knot k counts at pixel p.
std::vector<float> spline_basis(int side) {
  std::vector<float> basis(static_cast<std::size_t>(knots_along(side) * side), 0.0F);
  for (int p = 0; p < side; ++p) {
    const int first = p / kKnotSpacing;
    const float t = static_cast<float>(p % kKnotSpacing) / static_cast<float>(kKnotSpacing);
    const float rest = 1.0F - t;
    const float weights[4] = {rest * rest * rest / 6.0F, (3.0F * t * t * t - 6.0F * t * t + 4.0F) / 6.0F,
                              (3.0F * rest * rest * rest - 6.0F * rest * rest + 4.0F) / 6.0F, t * t * t / 6.0F};
    for (int k = 0; k < 4; ++k) basis[static_cast<std::size_t>((first + k) * side + p)] = weights[k];
  }
  return basis;
}

// Source positions of every pixel, counted in the padded picture: (height, width) each.
struct Positions {
  std::vector<float> x;
  std::vector<float> y;
};

WARPSCOPE_VECTOR_CLONES
void affine_row(const PictureChange& map, int y, int width, float* xs, float* ys) {
  const float row_x = map.xy * static_cast<float>(y) + map.x0;
  const float row_y = map.yy * static_cast<float>(y) + map.y0;
  for (int x = 0; x < width; ++x) {
    xs[x] = map.xx * static_cast<float>(x) + row_x + 1.0F;
    ys[x] = map.yx * static_cast<float>(x) + row_y + 1.0F;
  }
}

// out[x] += sum over knots of weight[k] * basis[k][x].
WARPSCOPE_VECTOR_CLONES
void add_spline_row(const float* weights, const float* basis, int knots, int width, float* out) {
  for (int k = 0; k < knots; ++k) {
    const float weight = weights[k];
    for (int x = 0; x < width; ++x) out[x] += weight * basis[k * width + x];
  }
}

void add_elastic_field(const PictureChange& change, Shape shape, Positions& positions) {
  const int across = knots_along(shape.width);
  const std::vector<float> basis_x = spline_basis(shape.width);
  const std::vector<float> basis_y = spline_basis(shape.height);
  std::vector<float> of_row(static_cast<std::size_t>(across));
  for (const auto& [knots, axis] :
       {std::pair{&change.knots_x, &positions.x}, std::pair{&change.knots_y, &positions.y}}) {
    for (int y = 0; y < shape.height; ++y) {
      std::fill(of_row.begin(), of_row.end(), 0.0F);
      const int first = y / kKnotSpacing;
      for (int k = first; k < first + 4; ++k) {
        const float weight = basis_y[static_cast<std::size_t>(k * shape.height + y)];
        for (int j = 0; j < across; ++j) {
          of_row[static_cast<std::size_t>(j)] += weight * (*knots)[static_cast<std::size_t>(k * across + j)];
        }
      }
      add_spline_row(of_row.data(), basis_x.data(), across, shape.width, axis->data() + y * shape.width);
    }
  }
}

// Bilinear reading of a padded picture. Positions beyond it are moved into the padding, where all is 0.
WARPSCOPE_VECTOR_CLONES
void sample(const float* padded_picture, int stride, float most_x, float most_y, const float* xs, const float* ys,
            int count, float* out) {
  for (int i = 0; i < count; ++i) {
    const float x = std::min(std::max(xs[i], 0.0F), most_x);
    const float y = std::min(std::max(ys[i], 0.0F), most_y);
    const int column = static_cast<int>(x);
    const int row = static_cast<int>(y);
    const float right = x - static_cast<float>(column);
    const float down = y - static_cast<float>(row);
    const int at = row * stride + column;
    const float top = padded_picture[at] + right * (padded_picture[at + 1] - padded_picture[at]);
    const float bottom =
        padded_picture[at + stride] + right * (padded_picture[at + stride + 1] - padded_picture[at + stride]);
    out[i] = top + down * (bottom - top);
  }
}

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::uint64_t rotated(std::uint64_t value, int bits) {
  return value << bits | value >> (64 - bits);
}

}  // namespace

bool Augmentation::any() const {
  return std::any_of(std::begin(kKinds), std::end(kKinds), [this](const Kind& kind) { return this->*kind.value != 0; });
}

Augmentation no_augmentation() {
  return {};
}

Augmentation mnist_augmentation() {
  return {.shift_px = 1, .rotate_degrees = 8, .scale = 0.05F};
}

Augmentation drawing_augmentation() {
  return {.shift_px = 2.5F,
          .rotate_degrees = 12,
          .scale = 0.15F,
          .shear_degrees = 8,
          .thickness_px = 1,
          .elastic_px = 2.5F};
}

std::string text_of(const Augmentation& augmentation) {
  std::string text;
  for (const Kind& kind : kKinds) {
    if (augmentation.*kind.value == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", kind.name, augmentation.*kind.value);
  }
  return text;
}

Result<Augmentation> parse_augmentation(std::string_view text) {
  Augmentation result;
  std::string_view rest = trimmed(text);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view entry = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const std::size_t space = entry.find(' ');
    const std::string_view name = entry.substr(0, space);
    const std::string_view number = space == std::string_view::npos ? "" : trimmed(entry.substr(space));
    const auto* const kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.name == name; });
    if (kind == std::end(kKinds)) {
      return fail(
          fmt::format("there is no augmentation '{}'; there are: shift, rotate, scale, shear, thickness, "
                      "elastic, each with a number, e.g. 'shift 2, rotate 10'",
                      entry));
    }
    float value = 0;
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (problem != std::errc() || end != number.data() + number.size() || !(value >= 0 && value <= kind->most)) {
      return fail(
          fmt::format("'{}' is not an amount for {}: it takes a number from 0 to {}", number, name, kind->most));
    }
    result.*kind->value = value;
  }
  return result;
}

Random::Random(std::uint64_t seed) : state_{} {
  for (std::uint64_t& word : state_) word = splitmix64(seed);
}

// xoshiro256++ 1.0 by Blackman and Vigna, https://prng.di.unimi.it/xoshiro256plusplus.c
Random::result_type Random::operator()() {
  const std::uint64_t result = rotated(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotated(state_[3], 45);
  return result;
}

float Random::uniform(float low, float high) {
  const float unit = static_cast<float>((*this)() >> 40) * 0x1p-24F;
  const float value = low + unit * (high - low);
  return value < high || low == high ? value : std::nextafter(high, low);  // the sum may round up to `high`
}

// Lemire, "Fast random integer generation in an interval", 2019.
std::uint32_t Random::below(std::uint32_t limit) {
  const auto draw = [this] { return (*this)() >> 32; };
  std::uint64_t product = draw() * limit;
  const std::uint32_t threshold = (0U - limit) % limit;
  while (static_cast<std::uint32_t>(product) < threshold) product = draw() * limit;
  return static_cast<std::uint32_t>(product >> 32);
}

void to_unit_floats(std::span<const std::uint8_t> picture, std::span<float> out) {
  scale_bytes(picture.data(), picture.size(), out.data());
}

int knots_along(int side) {
  return (side - 1) / kKnotSpacing + 4;
}

PictureChange draw_change(Shape shape, const Augmentation& augmentation, Random& random) {
  PictureChange change;
  if (!augmentation.any()) return change;
  draw_map(augmentation, shape, random, change);
  change.thickness_px = random.uniform(-augmentation.thickness_px, augmentation.thickness_px);
  if (augmentation.elastic_px <= 0) return change;
  const auto knots = static_cast<std::size_t>(knots_along(shape.width) * knots_along(shape.height));
  for (std::vector<float>* axis : {&change.knots_x, &change.knots_y}) {
    axis->resize(knots);
    for (float& knot : *axis) knot = random.uniform(-augmentation.elastic_px, augmentation.elastic_px);
  }
  return change;
}

void apply_change(std::span<const std::uint8_t> picture, Shape shape, const PictureChange& change,
                  std::span<float> out) {
  const Padded padded{shape.width, shape.height};
  const auto plane = static_cast<std::size_t>(shape.width * shape.height);
  Positions positions{std::vector<float>(plane), std::vector<float>(plane)};
  for (int y = 0; y < shape.height; ++y) {
    affine_row(change, y, shape.width, positions.x.data() + y * shape.width, positions.y.data() + y * shape.width);
  }
  if (!change.knots_x.empty()) add_elastic_field(change, shape, positions);

  std::vector<std::uint8_t> bytes(2 * padded.size());
  std::uint8_t* const scratch = bytes.data() + padded.size();
  std::vector<float> source(padded.size());
  // A stroke has two sides: growing each by half of the change makes it thicker by all of it. One side moves by at most
  // one pixel, hence the limit of 2 for the change.
  const float amount = std::min(0.5F * std::abs(change.thickness_px), 1.0F);
  for (int c = 0; c < shape.channels; ++c) {
    const auto first = static_cast<std::size_t>(c) * plane;
    pad(picture.data() + first, padded, bytes.data());
    if (change.thickness_px > 0) {
      thicken(bytes.data(), padded, amount, scratch, source.data());
    } else if (change.thickness_px < 0) {
      thin(bytes.data(), padded, amount, scratch, source.data());
    } else {
      scale_bytes(bytes.data(), padded.size(), source.data());
    }
    clear_padding(padded, source.data());
    sample(source.data(), padded.stride(), static_cast<float>(shape.width + 1), static_cast<float>(shape.height + 1),
           positions.x.data(), positions.y.data(), static_cast<int>(plane), out.data() + first);
  }
}

void augment(std::span<const std::uint8_t> picture, Shape shape, const Augmentation& augmentation, Random& random,
             std::span<float> out) {
  if (!augmentation.any()) return to_unit_floats(picture, out);
  apply_change(picture, shape, draw_change(shape, augmentation, random), out);
}

}  // namespace warpscope::training
