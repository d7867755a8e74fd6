#include "compute/training/augment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace warpscope::training {
namespace {

using ::testing::HasSubstr;
constexpr Shape kDigit{1, 28, 28};
constexpr int kSide = 28;

using Picture = std::vector<std::uint8_t>;

std::vector<float> changed(const Picture& picture, const Augmentation& augmentation, std::uint64_t seed,
                           Shape shape = kDigit) {
  Random random(seed);
  std::vector<float> out(picture.size());
  augment(picture, shape, augmentation, random, out);
  return out;
}

// A round soft spot of radius about 2 at (x, y).
void add_spot(Picture& picture, double x, double y) {
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      const double distance2 = (column - x) * (column - x) + (row - y) * (row - y);
      auto& pixel = picture[static_cast<std::size_t>(row * kSide + column)];
      pixel = static_cast<std::uint8_t>(std::max<double>(pixel, std::round(250 * std::exp(-distance2 / 3))));
    }
  }
}

Picture spot(double x, double y) {
  Picture picture(784, 0);
  add_spot(picture, x, y);
  return picture;
}

struct Mass {
  double total = 0, x = 0, y = 0;
};

template <class Pixels>
Mass mass_of(const Pixels& pixels) {
  Mass mass;
  for (int i = 0; i < 784; ++i) {
    const double value = pixels[static_cast<std::size_t>(i)];
    mass.total += value;
    mass.x += value * (i % kSide);
    mass.y += value * (i / kSide);
  }
  mass.x /= mass.total;
  mass.y /= mass.total;
  return mass;
}

TEST(Augment, LeavesThePictureAsItIsWhereAllIsOff) {
  Picture picture(784);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<std::uint8_t>(i * 31 % 256);
  const std::vector<float> out = changed(picture, no_augmentation(), 1);
  for (std::size_t i = 0; i < picture.size(); ++i) EXPECT_EQ(out[i], static_cast<float>(picture[i]) / 255.0F);
}

// A single pixel shows what the shift was; every other picture must move by exactly that, bilinearly.
TEST(Augment, ShiftMovesEveryPixelByTheSameAmount) {
  Picture dot(784, 0), noise(784, 0);
  dot[14 * kSide + 14] = 255;
  for (int y = 6; y < 22; ++y) {
    for (int x = 6; x < 22; ++x)
      noise[static_cast<std::size_t>(y * kSide + x)] = static_cast<std::uint8_t>((x * 57 + y * 91) % 256);
  }
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Augmentation shift{.shift_px = 4};
    const Mass moved = mass_of(changed(dot, shift, seed));
    ASSERT_NEAR(moved.total, 1.0, 1e-5);
    const double dx = moved.x - 14, dy = moved.y - 14;
    ASSERT_LE(std::max(std::abs(dx), std::abs(dy)), 4);
    const auto out = changed(noise, shift, seed);
    const auto pixel = [&](int x, int y) {
      return x < 0 || y < 0 || x >= kSide || y >= kSide ? 0.0 : noise[static_cast<std::size_t>(y * kSide + x)] / 255.0;
    };
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const int left = static_cast<int>(std::floor(x - dx)), top = static_cast<int>(std::floor(y - dy));
        const double fx = x - dx - left, fy = y - dy - top;
        const double expected = (1 - fy) * ((1 - fx) * pixel(left, top) + fx * pixel(left + 1, top)) +
                                fy * ((1 - fx) * pixel(left, top + 1) + fx * pixel(left + 1, top + 1));
        ASSERT_NEAR(out[static_cast<std::size_t>(y * kSide + x)], expected, 1e-4) << x << ' ' << y;
      }
    }
  }
}

TEST(Augment, WhatMovesInFromOutsideIsBlack) {
  const Picture white(784, 255);
  bool moved_right = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto out = changed(white, {.shift_px = 10}, seed);
    const double across = std::accumulate(out.begin() + 14 * kSide, out.begin() + 15 * kSide, 0.0);
    const double shift = 28 - across;  // as many columns are black as it moved
    EXPECT_GE(shift, 0);
    EXPECT_LE(shift, 10);
    moved_right = moved_right || (out[14 * kSide] == 0.0F && out[14 * kSide + 27] == 1.0F);
  }
  EXPECT_TRUE(moved_right);
}

TEST(Augment, RotationKeepsTheDistanceToTheCentreAndStaysWithinItsAngle) {
  const Picture picture = spot(20.5, 13.5);  // 7 px right of the centre
  double least = 1, most = -1;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Mass mass = mass_of(changed(picture, {.rotate_degrees = 15}, seed));
    EXPECT_NEAR(std::hypot(mass.x - 13.5, mass.y - 13.5), 7, 0.05);
    const double degrees = std::atan2(mass.y - 13.5, mass.x - 13.5) * 180 / 3.14159265358979;
    EXPECT_LE(std::abs(degrees), 15.3);
    least = std::min(least, degrees);
    most = std::max(most, degrees);
  }
  EXPECT_LT(least, -13) << "200 draws come near both ends";
  EXPECT_GT(most, 13);
}

TEST(Augment, ScaleChangesDistancesByAtMostItsFactorAndInkByItsSquare) {
  const Picture picture = spot(19.5, 17.5);  // (6, 4) from the centre
  const double ink = mass_of(changed(picture, {}, 1)).total;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Mass mass = mass_of(changed(picture, {.scale = 0.2F}, seed));
    const double factor = std::hypot(mass.x - 13.5, mass.y - 13.5) / std::hypot(6, 4);
    EXPECT_GT(factor, 0.795);
    EXPECT_LT(factor, 1.205);
    EXPECT_NEAR((mass.y - 13.5) / (mass.x - 13.5), 4.0 / 6.0, 0.02) << "the direction stays";
    EXPECT_NEAR(mass.total / ink, factor * factor, 0.03);
  }
}

TEST(Augment, ShearMovesRowsSidewaysInProportionToTheirHeight) {
  const double most = 7 * std::tan(10 * 3.14159265358979 / 180);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Augmentation shear{.shear_degrees = 10};
    const Mass above = mass_of(changed(spot(13.5, 6.5), shear, seed));
    const Mass beside = mass_of(changed(spot(20.5, 13.5), shear, seed));
    const Mass below = mass_of(changed(spot(13.5, 20.5), shear, seed));
    EXPECT_LE(std::abs(above.x - 13.5), most + 0.02);
    EXPECT_NEAR(above.x - 13.5, 13.5 - below.x, 0.02);
    EXPECT_NEAR(above.y, 6.5, 0.02);
    EXPECT_NEAR(beside.x, 20.5, 0.02);
  }
}

TEST(Augment, ThicknessMakesABarWiderOrThinnerByUpToItsAmount) {
  Picture bar(784, 0);
  for (int y = 2; y < 26; ++y) {
    for (int x = 12; x < 15; ++x) bar[static_cast<std::size_t>(y * kSide + x)] = 255;  // 3 px wide
  }
  double thinnest = 3, thickest = 3;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto out = changed(bar, {.thickness_px = 1}, seed);
    const double width = std::accumulate(out.begin() + 14 * kSide, out.begin() + 15 * kSide, 0.0);
    thinnest = std::min(thinnest, width);
    thickest = std::max(thickest, width);
  }
  EXPECT_GE(thinnest, 2.0 - 1e-4);
  EXPECT_LT(thinnest, 2.1);
  EXPECT_LE(thickest, 4.0 + 1e-4);
  EXPECT_GT(thickest, 3.9);
}

// On a ramp, brightness tells how far a pixel was moved.
TEST(Augment, ElasticFieldIsSmoothBoundedAndAsStrongAsItsSplineSays) {
  Picture ramp(784);
  for (int i = 0; i < 784; ++i) ramp[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(8 * (i % kSide));
  double squares = 0, sum = 0;
  int count = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto out = changed(ramp, {.elastic_px = 3}, seed);
    double before = 0;
    for (int x = 4; x < 24; ++x) {
      const double displacement = out[static_cast<std::size_t>(14 * kSide + x)] * 255.0 / 8.0 - x;
      EXPECT_LE(std::abs(displacement), 3.0);
      if (x > 4) {
        // The slope of the spline is below amplitude * 2 / spacing anywhere.
        EXPECT_LE(std::abs(displacement - before), 3.0 * 2 / 7);
      }
      before = displacement;
      sum += displacement;
      squares += displacement * displacement;
      ++count;
    }
  }
  EXPECT_NEAR(sum / count, 0, 0.1);
  // A uniform value has deviation 3 / sqrt(3); the weights of a cubic B-spline have squares that sum to about 0.48 a
  // dimension, so 0.48 / 2 = 0.48^2 for both.
  EXPECT_NEAR(std::sqrt(squares / count), 3 / std::sqrt(3.0) * 0.48, 0.08);
}

TEST(Augment, IsTheSameForTheSameSeedAndDiffersForAnother) {
  const Picture picture = spot(10, 12);
  const Augmentation all = drawing_augmentation();
  EXPECT_EQ(changed(picture, all, 5), changed(picture, all, 5));
  EXPECT_NE(changed(picture, all, 5), changed(picture, all, 6));
}

TEST(Augment, StaysWithin0And1AndLeavesMostOfTheInk) {
  Picture picture(784, 0);
  for (int step = 0; step < 40; ++step)
    add_spot(picture, 13.5 + 6 * std::cos(step * 0.15), 13.5 + 6 * std::sin(step * 0.15));
  const double ink = mass_of(changed(picture, {}, 1)).total;
  for (const Augmentation& augmentation : {mnist_augmentation(), drawing_augmentation()}) {
    double mean = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
      const auto out = changed(picture, augmentation, seed);
      for (const float value : out) {
        ASSERT_GE(value, -1e-6F);
        ASSERT_LE(value, 1.0F + 1e-6F);
      }
      mean += mass_of(out).total / ink / 300;
    }
    EXPECT_NEAR(mean, 1, 0.1);
  }
}

TEST(Augment, MovesAllChannelsOfAColourPictureTogether) {
  Picture picture(3 * 784, 0);
  for (std::size_t c = 0; c < 3; ++c) {
    const Picture one = spot(11, 15);
    std::copy(one.begin(), one.end(), picture.begin() + static_cast<std::ptrdiff_t>(c * 784));
  }
  const auto out = changed(picture, drawing_augmentation(), 3, {3, 28, 28});
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + 784, out.begin() + 784));
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + 784, out.begin() + 2 * 784));
  EXPECT_GT(mass_of(out).total, 1);
}

TEST(Augment, TakesPicturesOfOtherSizes) {
  for (const Shape shape : {Shape{1, 1, 1}, Shape{3, 32, 32}, Shape{1, 7, 50}}) {
    const Picture white(static_cast<std::size_t>(shape.count()), 255);
    const auto out = changed(white, {.elastic_px = 0.1F}, 1, shape);
    EXPECT_GT(std::accumulate(out.begin(), out.end(), 0.0), 0.5 * shape.count());
  }
}

TEST(PictureChange, DrawnAndCarriedOutIsWhatAugmentDoes) {
  Picture picture(3 * 32 * 32);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<std::uint8_t>(i * 31 % 256);
  for (const char* text : {"", "shift 2", "rotate 9, shear 5", "thickness 1.5", "scale 0.2, elastic 3",
                           "shift 2.5, rotate 12, scale 0.15, shear 8, thickness 1, elastic 2.5"}) {
    const Augmentation augmentation = parse_augmentation(text).value();
    for (const Shape shape : {kDigit, Shape{3, 32, 32}, Shape{1, 7, 50}}) {
      const auto pixels = std::span(picture).first(static_cast<std::size_t>(shape.count()));
      std::vector<float> at_once(pixels.size()), in_two(pixels.size());
      Random random(4), same(4);
      augment(pixels, shape, augmentation, random, at_once);
      apply_change(pixels, shape, draw_change(shape, augmentation, same), in_two);
      EXPECT_EQ(at_once, in_two) << text;
      EXPECT_EQ(random(), same()) << "as many draws: " << text;
    }
  }
}

TEST(PictureChange, IsDrawnInAFixedOrder) {
  Random random(12), draws(12);
  const PictureChange change = draw_change({1, 28, 20}, {.shift_px = 3, .thickness_px = 1, .elastic_px = 2}, random);
  // With neither angle nor scale the map is the shift alone; these four draw all the same.
  EXPECT_FLOAT_EQ(change.x0, -draws.uniform(-3, 3));
  EXPECT_FLOAT_EQ(change.y0, -draws.uniform(-3, 3));
  for (int i = 0; i < 3; ++i) draws();
  EXPECT_EQ(change.thickness_px, draws.uniform(-1, 1));
  ASSERT_EQ(change.knots_x.size(), 7U * 6U) << "one before each 7 pixels, and two after them";
  ASSERT_EQ(change.knots_y.size(), 7U * 6U);
  for (const float knot : change.knots_x) EXPECT_EQ(knot, draws.uniform(-2, 2));
  for (const float knot : change.knots_y) EXPECT_EQ(knot, draws.uniform(-2, 2));
  EXPECT_TRUE(draw_change(kDigit, {.shift_px = 3}, random).knots_x.empty());
}

TEST(PictureChange, SaysWhereAPixelComesFrom) {
  Picture picture(784);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<std::uint8_t>(i * 31 % 256);
  PictureChange change;
  change.x0 = 2;
  change.y0 = -3;
  std::vector<float> out(784);
  apply_change(picture, kDigit, change, out);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const bool inside = x + 2 < kSide && y - 3 >= 0;
      const float expected =
          inside ? static_cast<float>(picture[static_cast<std::size_t>((y - 3) * kSide + x + 2)]) / 255.0F : 0.0F;
      EXPECT_EQ(out[static_cast<std::size_t>(y * kSide + x)], expected) << x << ' ' << y;
    }
  }
}

// Runs that were recorded are followed again bit by bit: what a seed makes of a picture must never change. No angle is
// among it, for libraries differ in the last bit of a sine.
TEST(Augment, MakesTheSameBitsOfASeedForEver) {
  Picture picture(784);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<std::uint8_t>(i * 31 % 256);
  const Augmentation augmentation{.shift_px = 2, .scale = 0.1F, .thickness_px = 1, .elastic_px = 2};
  Random random(77);
  std::vector<float> out(784);
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a over words
  for (int i = 0; i < 20; ++i) {
    augment(picture, kDigit, augmentation, random, out);
    for (const float value : out) hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 1099511628211ULL;
  }
  EXPECT_EQ(hash, 16526745499139658988ULL);
}

TEST(AugmentationText, IsReadBack) {
  const Augmentation augmentation{.shift_px = 2, .rotate_degrees = 10, .elastic_px = 1.5F};
  EXPECT_EQ(text_of(augmentation), "shift 2, rotate 10, elastic 1.5");
  for (const Augmentation& a : {augmentation, no_augmentation(), mnist_augmentation(), drawing_augmentation()}) {
    EXPECT_EQ(parse_augmentation(text_of(a)).value(), a);
  }
  EXPECT_EQ(text_of(no_augmentation()), "");
  EXPECT_EQ(parse_augmentation("  rotate   7.5 ").value().rotate_degrees, 7.5F);
}

TEST(AugmentationText, SaysWhatIsAccepted) {
  EXPECT_THAT(parse_augmentation("blur 3").error().message, HasSubstr("no augmentation 'blur 3'"));
  EXPECT_THAT(parse_augmentation("shift").error().message, HasSubstr("a number from 0 to 28"));
  EXPECT_THAT(parse_augmentation("rotate -5").error().message, HasSubstr("'-5' is not an amount for rotate"));
  EXPECT_FALSE(parse_augmentation("scale nan"));
  EXPECT_FALSE(parse_augmentation("shift 2 3"));
  EXPECT_FALSE(parse_augmentation("shift 2,, rotate 3"));
}

// The sequence was computed with Python's integers from the published definitions of splitmix64 and xoshiro256++.
TEST(Random, FollowsThePublishedSequence) {
  Random random(1234567);
  for (const std::uint64_t expected : {437095814655224680ULL, 8127161015984454572ULL, 18128670339019551454ULL,
                                       254746599813523466ULL, 6010839568078443526ULL}) {
    EXPECT_EQ(random(), expected);
  }
}

TEST(Random, DrawsUniformlyWithinItsBounds) {
  Random random(9);
  std::array<int, 7> counts{};
  double sum = 0;
  for (int i = 0; i < 70000; ++i) {
    const float value = random.uniform(-2, 3);
    ASSERT_GE(value, -2);
    ASSERT_LT(value, 3);
    sum += value;
    ++counts.at(random.below(7));
  }
  EXPECT_NEAR(sum / 70000, 0.5, 0.03);
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_EQ(random.uniform(0, 0), 0.0F);
}

}  // namespace
}  // namespace warpscope::training
