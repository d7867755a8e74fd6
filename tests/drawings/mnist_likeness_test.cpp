// A prepared drawing must look to a network as MNIST looks: what is measured on the ten thousand test pictures holds
// for drawings too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "compute/drawings/prepare.h"
#include "tests/drawings/mnist_files.h"
#include "tests/support/styles.h"

namespace warpscope::tests {
namespace {

using drawings::DigitImage;
using drawings::kImageSide;

double at(const DigitImage& image, int x, int y) {
  const bool outside = x < 0 || y < 0 || x >= kImageSide || y >= kImageSide;
  return outside ? 0 : image[static_cast<std::size_t>(y * kImageSide + x)] / 255.0;
}

struct Measures {
  double ink = 0;     // in whole pixels
  double x_mass = 0;  // centre of mass, in indices of pixels
  double y_mass = 0;
  double stroke_width = 0;  // twice the ink over the length of the outline: exact for a long stroke
  double grey_share = 0;    // of the pixels with ink, those that are neither black nor white: how soft the edges are
  double extent = 0;        // longer side of the box around what is at least half covered
};

Measures measure(const DigitImage& image) {
  Measures m;
  double outline = 0;
  int inked = 0;
  int grey = 0;
  int low_x = kImageSide, high_x = -1, low_y = kImageSide, high_y = -1;
  for (int y = -1; y < kImageSide; ++y) {
    for (int x = -1; x < kImageSide; ++x) {
      const double ink = at(image, x, y);
      m.ink += ink;
      m.x_mass += ink * x;
      m.y_mass += ink * y;
      outline += std::hypot(at(image, x + 1, y) - ink, at(image, x, y + 1) - ink);
      inked += ink > 0.1;
      grey += ink > 0.1 && ink < 0.9;
      if (ink < 0.5) continue;
      low_x = std::min(low_x, x), high_x = std::max(high_x, x);
      low_y = std::min(low_y, y), high_y = std::max(high_y, y);
    }
  }
  m.x_mass /= m.ink;
  m.y_mass /= m.ink;
  m.stroke_width = 2 * m.ink / outline;
  m.grey_share = static_cast<double>(grey) / inked;
  m.extent = std::max(high_x - low_x, high_y - low_y) + 1;
  return m;
}

double quantile(std::vector<double> values, double share) {
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

// One measure of all pictures of a set.
std::vector<double> all(const std::vector<Measures>& set, double Measures::*what) {
  std::vector<double> values;
  for (const Measures& m : set) values.push_back(m.*what);
  return values;
}

class PreparedDrawings : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const MnistImage& image : mnist_test_images())
      mnist_of_[static_cast<std::size_t>(image.label)].push_back(measure(image.pixels));
    for (int digit = 0; digit <= 9; ++digit) {
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const DigitImage image = drawings::prepare(make_digit(Style::kUsual, digit, seed));
        ours_of_[static_cast<std::size_t>(digit)].push_back(measure(image));
      }
    }
  }
  static std::vector<Measures> together(const std::array<std::vector<Measures>, 10>& sets) {
    std::vector<Measures> all;
    for (const auto& set : sets) all.insert(all.end(), set.begin(), set.end());
    return all;
  }

  static std::array<std::vector<Measures>, 10> mnist_of_;
  static std::array<std::vector<Measures>, 10> ours_of_;
};
std::array<std::vector<Measures>, 10> PreparedDrawings::mnist_of_;
std::array<std::vector<Measures>, 10> PreparedDrawings::ours_of_;

TEST_F(PreparedDrawings, HaveTheirCentreOfMassWhereMnistHasIt) {
  const auto mnist = together(mnist_of_);
  const double x = quantile(all(mnist, &Measures::x_mass), 0.5);
  const double y = quantile(all(mnist, &Measures::y_mass), 0.5);
  EXPECT_NEAR(x, 14, 0.05);
  EXPECT_NEAR(y, 14, 0.05);
  for (const Measures& m : together(ours_of_)) {
    EXPECT_NEAR(m.x_mass, x, 0.05);
    EXPECT_NEAR(m.y_mass, y, 0.05);
  }
}

TEST_F(PreparedDrawings, HaveStrokesAsWideAsMnists) {
  const auto mnist = all(together(mnist_of_), &Measures::stroke_width);
  const auto ours = all(together(ours_of_), &Measures::stroke_width);
  EXPECT_NEAR(quantile(ours, 0.5), quantile(mnist, 0.5), 0.1);
  for (const double width : ours) {
    EXPECT_GT(width, quantile(mnist, 0.1));
    EXPECT_LT(width, quantile(mnist, 0.9));
  }
}

TEST_F(PreparedDrawings, HaveEdgesAsSoftAsMnists) {
  const auto mnist = all(together(mnist_of_), &Measures::grey_share);
  const auto ours = all(together(ours_of_), &Measures::grey_share);
  EXPECT_NEAR(quantile(ours, 0.5), quantile(mnist, 0.5), 0.06);
}

TEST_F(PreparedDrawings, HaveAsMuchInkAsMnistsPicturesOfTheSameDigit) {
  for (std::size_t digit = 0; digit <= 9; ++digit) {
    SCOPED_TRACE(digit);
    const auto mnist = all(mnist_of_[digit], &Measures::ink);
    for (const double ink : all(ours_of_[digit], &Measures::ink)) {
      EXPECT_GT(ink, quantile(mnist, 0.05));
      EXPECT_LT(ink, quantile(mnist, 0.95));
    }
  }
}

TEST_F(PreparedDrawings, FillABoxOf20AsMnistDoes) {
  const auto mnist = all(together(mnist_of_), &Measures::extent);
  for (const double extent : all(together(ours_of_), &Measures::extent)) {
    EXPECT_GE(extent, quantile(mnist, 0.01));
    EXPECT_LE(extent, 20);
  }
}

// Every digit drawn in its usual shape lies nearest to MNIST's pictures of it: a check of shapes and of preparation at
// once, by a method that has nothing to learn.
TEST_F(PreparedDrawings, LieNearestToMnistsPicturesOfTheSameDigit) {
  int right = 0;
  constexpr int kEach = 6;
  for (int digit = 0; digit <= 9; ++digit) {
    for (std::uint64_t seed = 0; seed < kEach; ++seed) {
      const DigitImage image = drawings::prepare(make_digit(Style::kUsual, digit, seed));
      const auto distance = [&](const MnistImage& other) {
        int sum = 0;
        for (std::size_t i = 0; i < image.size(); ++i)
          sum += (image[i] - other.pixels[i]) * (image[i] - other.pixels[i]);
        return sum;
      };
      const auto& mnist = mnist_test_images();
      const auto nearest = std::min_element(mnist.begin(), mnist.end(),
                                            [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
      right += nearest->label == digit;
    }
  }
  EXPECT_GE(right, 10 * kEach * 95 / 100);
}

}  // namespace
}  // namespace warpscope::tests
