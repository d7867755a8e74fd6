#include "tests/support/styles.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "compute/drawings/stroke_editor.h"

namespace warpscope::tests {
namespace {

struct Vec {
  double x;
  double y;
};

// A stroke is one or more smooth pieces; where one piece ends and the next begins is a corner. Points lie in the unit
// square, y down.
using Piece = std::vector<Vec>;
using Shape = std::vector<std::vector<Piece>>;

const std::array<Shape, 10>& usual_shapes() {
  static const std::array<Shape, 10> shapes = {{
      {{{{.52, .02}, {.26, .14}, {.12, .48}, {.2, .84}, {.46, .98}, {.76, .84}, {.88, .5}, {.78, .16}, {.5, .02}}}},
      {{{{.53, 0}, {.5, .5}, {.47, 1}}}},
      {{{{.16, .24}, {.3, .06}, {.58, .02}, {.77, .2}, {.68, .45}, {.42, .72}, {.14, .96}},
        {{.14, .96}, {.5, .94}, {.88, .95}}}},
      {{{{.18, .15}, {.42, .02}, {.7, .12}, {.68, .34}, {.4, .47}},
        {{.4, .47}, {.74, .57}, {.8, .82}, {.5, .99}, {.15, .88}}}},
      {{{{.27, .02}, {.2, .3}, {.13, .54}}, {{.13, .54}, {.5, .53}, {.88, .5}}}, {{{.68, .08}, {.65, .5}, {.62, 1}}}},
      {{{{.3, .05}, {.26, .24}, {.23, .43}}, {{.23, .43}, {.5, .38}, {.78, .55}, {.75, .85}, {.45, .99}, {.14, .9}}},
       {{{.3, .05}, {.56, .04}, {.84, .02}}}},
      {{{{.66, .02}, {.4, .2}, {.21, .55}, {.23, .85}, {.48, .99}, {.75, .84}, {.7, .6}, {.45, .53}, {.23, .7}}}},
      {{{{.12, .08}, {.46, .06}, {.84, .04}}, {{.84, .04}, {.6, .42}, {.42, 1}}}},
      {{{{.7, .14},
         {.46, .02},
         {.26, .17},
         {.4, .41},
         {.68, .65},
         {.7, .88},
         {.45, .99},
         {.22, .86},
         {.31, .62},
         {.6, .38},
         {.71, .15}}}},
      {{{{.76, .2}, {.5, .03}, {.25, .2}, {.29, .44}, {.54, .48}, {.76, .22}}, {{.76, .22}, {.73, .6}, {.62, 1}}}},
  }};
  return shapes;
}

const Shape& unusual_shape(Style style) {
  static const Shape barred_seven = {{{{.1, .14}, {.46, .05}, {.8, .06}}, {{.8, .06}, {.5, .5}, {.1, 1}}},
                                     {{{-.06, .8}, {.45, .77}, {.98, .73}}}};
  static const Shape closed_four = {{{{.7, .03}, {.42, .2}, {.2, .46}, {.26, .54}, {.5, .54}, {.7, .47}},
                                     {{.7, .47}, {.71, .25}, {.7, .03}},
                                     {{.7, .03}, {.68, .5}, {.62, 1}}}};
  static const Shape open_nine = {{{{.26, .06}, {.17, .3}, {.28, .5}, {.52, .5}, {.76, .38}}},
                                  {{{.79, .04}, {.75, .5}, {.68, 1}}}};
  static const Shape serif_one = {{{{.02, .42}, {.36, .16}, {.76, .02}}, {{.76, .02}, {.5, .5}, {.2, .95}}},
                                  {{{-.08, .98}, {.4, .95}, {.94, .92}}}};
  static const Shape looped_two = {{{{.14, .26},
                                     {.34, .04},
                                     {.68, .08},
                                     {.74, .34},
                                     {.5, .68},
                                     {.24, .92},
                                     {.06, .9},
                                     {.06, .74},
                                     {.26, .7},
                                     {.48, .86},
                                     {.7, .96},
                                     {.96, .84}}}};
  static const Shape slashed_zero = {usual_shapes()[0][0], {{{.98, 0}, {.5, .5}, {.02, 1}}}};
  switch (style) {
    case Style::kBarredSeven:
      return barred_seven;
    case Style::kClosedFour:
      return closed_four;
    case Style::kOpenNine:
      return open_nine;
    case Style::kSerifOne:
      return serif_one;
    case Style::kLoopedTwo:
      return looped_two;
    default:
      return slashed_zero;
  }
}

const Shape& shape_of(Style style, int digit) {
  const auto about = std::find_if(kUnusualStyles.begin(), kUnusualStyles.end(),
                                  [&](const StyleOfDigit& s) { return s.style == style && s.digit == digit; });
  return about == kUnusualStyles.end() ? usual_shapes().at(static_cast<std::size_t>(digit)) : unusual_shape(style);
}

// The standard library's distributions differ between implementations; these do not.
class Hand {
 public:
  explicit Hand(std::uint64_t seed) : random_(seed) {}
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() >> 11) * 0x1p-53;
  }
  // Nearly normal, and never further out than 6 sigma: the sum of twelve uniform numbers.
  double normal(double sigma) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform(0, 1);
    return sum * sigma;
  }

 private:
  std::mt19937_64 random_;
};

// One writing of a shape: how it is turned, slanted, sized and put on the canvas.
struct Writing {
  double width, height, slant, cosine, sine;
  Vec centre;

  explicit Writing(Hand& hand) {
    const double size = hand.uniform(110, 220);
    const double aspect = hand.uniform(0.62, 0.86);
    const double angle = hand.normal(4) * std::numbers::pi / 180;
    width = size * aspect;
    height = size;
    slant = hand.normal(0.09);
    cosine = std::cos(angle);
    sine = std::sin(angle);
    const double room = (280 - size) / 2;
    centre = {140 + hand.uniform(-room, room) * 0.8, 140 + hand.uniform(-room, room) * 0.8};
  }

  Vec place(Vec unit) const {
    const double y = (unit.y - 0.5) * height;
    const double x = (unit.x - 0.5) * width - slant * y;
    return {centre.x + cosine * x - sine * y, centre.y + sine * x + cosine * y};
  }
};

}  // namespace

drawings::Drawing make_digit(Style style, int digit, std::uint64_t seed) {
  // Mixed so that neighbouring seeds, and the same seed for another digit, have nothing in common.
  Hand hand((seed * 16 + static_cast<std::uint64_t>(digit)) * 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(style));
  const Writing writing(hand);
  constexpr double kTremor = 0.018;  // of the unit square, at every control point
  constexpr float kPixelsPerMs = 0.4F;
  constexpr float kStep = 3;

  drawings::Drawing drawing;
  drawing.label = digit;
  float now_ms = 0;
  for (const std::vector<Piece>& pieces : shape_of(style, digit)) {
    drawings::Stroke stroke;
    Vec corner{};
    for (const Piece& piece : pieces) {
      drawings::Stroke control;
      for (std::size_t i = 0; i < piece.size(); ++i) {
        const bool joins = i == 0 && !stroke.empty();
        if (!joins) corner = {piece[i].x + hand.normal(kTremor), piece[i].y + hand.normal(kTremor)};
        const Vec at = writing.place(corner);
        control.push_back(
            {static_cast<float>(std::clamp(at.x, 0.0, 280.0)), static_cast<float>(std::clamp(at.y, 0.0, 280.0))});
      }
      drawings::Stroke curve = drawings::smooth(control, kStep);
      stroke.insert(stroke.end(), curve.begin() + (stroke.empty() ? 0 : 1), curve.end());
    }
    for (std::size_t i = 0; i < stroke.size(); ++i) {
      if (i > 0) now_ms += std::hypot(stroke[i].x - stroke[i - 1].x, stroke[i].y - stroke[i - 1].y) / kPixelsPerMs;
      stroke[i].t_ms = now_ms;
    }
    now_ms += 180;  // the pen in the air
    drawing.strokes.push_back(std::move(stroke));
  }
  return drawing;
}

}  // namespace warpscope::tests
