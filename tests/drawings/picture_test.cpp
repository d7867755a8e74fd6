#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stb_image_write.h>

#include <cmath>
#include <fstream>
#include <random>

#include "compute/drawings/prepare.h"
#include "tests/drawings/mnist_files.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/styles.h"

namespace warpscope::tests {
namespace {

using drawings::DigitImage;
using drawings::kImageSide;
using drawings::prepare_picture;
using testing::HasSubstr;

double mean_difference(const DigitImage& a, const DigitImage& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / drawings::kImagePixels;
}

// Every pixel as a square of factor x factor, its brightness changed.
template <class Change>
std::vector<std::uint8_t> enlarged(const DigitImage& image, int factor, Change change) {
  const int side = kImageSide * factor;
  std::vector<std::uint8_t> picture;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      picture.push_back(
          static_cast<std::uint8_t>(change(image[static_cast<std::size_t>(y / factor * kImageSide + x / factor)])));
    }
  }
  return picture;
}

// A dark pen of `width` on light paper, `side` pixels square.
std::vector<std::uint8_t> pen_on_paper(const drawings::Drawing& drawing, int side, double width) {
  std::vector<std::uint8_t> picture(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), 235);
  const double scale = side / 280.0;
  for (const auto& stroke : drawing.strokes) {
    for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
      for (double t = 0; t <= 1; t += 0.05) {
        const double cx = (stroke[i].x + t * (stroke[i + 1].x - stroke[i].x)) * scale;
        const double cy = (stroke[i].y + t * (stroke[i + 1].y - stroke[i].y)) * scale;
        for (int y = static_cast<int>(cy - width); y <= cy + width; ++y) {
          for (int x = static_cast<int>(cx - width); x <= cx + width; ++x) {
            if (x < 0 || y < 0 || x >= side || y >= side || std::hypot(x + 0.5 - cx, y + 0.5 - cy) > width / 2)
              continue;
            picture[static_cast<std::size_t>(y * side + x)] = 30;
          }
        }
      }
    }
  }
  return picture;
}

struct Shown {
  const char* how;
  int factor;
  int (*change)(int);
  double worst_mean;  // of 255
};

class AnMnistPicture : public testing::TestWithParam<Shown> {};

TEST_P(AnMnistPicture, ShownAnotherWayComesBackNearlyAsItWas) {
  const auto& [how, factor, change, worst_mean] = GetParam();
  double sum = 0;
  int far = 0;
  constexpr int kPictures = 500;
  for (int i = 0; i < kPictures; ++i) {
    const DigitImage& image = mnist_test_images()[static_cast<std::size_t>(i)].pixels;
    const int side = kImageSide * factor;
    const double difference = mean_difference(prepare_picture(enlarged(image, factor, change), side, side), image);
    sum += difference;
    far += difference > 1;
  }
  EXPECT_LT(sum / kPictures, worst_mean);
  EXPECT_LE(far, kPictures / 100);  // the very thinnest are drawn a little bolder
}

INSTANTIATE_TEST_SUITE_P(Ways, AnMnistPicture,
                         testing::Values(Shown{"large", 10, [](int v) { return v; }, 0.3},
                                         Shown{"large_inverted", 10, [](int v) { return 255 - v; }, 0.3},
                                         Shown{"odd_size", 7, [](int v) { return v; }, 0.3},
                                         Shown{"grey_ink_on_grey_paper", 10, [](int v) { return 210 - v * 5 / 8; },
                                               0.5},
                                         Shown{"small_inverted", 1, [](int v) { return 255 - v; }, 0.1}),
                         [](const auto& info) { return info.param.how; });

TEST(APictureOf28x28, LightOnBlackIsTakenAsItIs) {
  for (std::size_t i = 0; i < 200; ++i) {
    const DigitImage& image = mnist_test_images()[i].pixels;
    EXPECT_EQ(prepare_picture(image, 28, 28), image);
  }
}

TEST(APicture, IsFoundWhereverTheDigitStands) {
  const DigitImage& image = mnist_test_images()[0].pixels;
  constexpr int kWidth = 700;
  constexpr int kHeight = 400;
  std::vector<std::uint8_t> sheet(kWidth * kHeight, 255);
  for (int y = 0; y < 280; ++y) {
    for (int x = 0; x < 280; ++x) {
      sheet[static_cast<std::size_t>((y + 115) * kWidth + x + 410)] =
          static_cast<std::uint8_t>(255 - image[static_cast<std::size_t>(y / 10 * 28 + x / 10)]);
    }
  }
  EXPECT_LT(mean_difference(prepare_picture(sheet, kWidth, kHeight), image), 0.5);
}

TEST(APicture, OfAnyPenWidthLooksAsTheSameDrawingDoes) {
  for (const double width : {3.0, 8.0, 20.0, 45.0}) {
    SCOPED_TRACE(width);
    double sum = 0;
    for (int digit = 0; digit <= 9; ++digit) {
      const drawings::Drawing drawing = make_digit(Style::kUsual, digit, 8);
      sum += mean_difference(prepare_picture(pen_on_paper(drawing, 560, width), 560, 560), drawings::prepare(drawing));
    }
    // The ink of a digit is about a seventh of the picture, so a picture that missed it would be some 60 away.
    EXPECT_LT(sum / 10, 16);
  }
}

TEST(APicture, WithAThinPenOnALargeSheetDoesNotFade) {
  const auto picture = pen_on_paper(make_digit(Style::kUsual, 3, 1), 1400, 5);
  const DigitImage image = prepare_picture(picture, 1400, 1400);
  EXPECT_GE(*std::max_element(image.begin(), image.end()), 200);
  double ink = 0;
  for (const int v : image) ink += v / 255.0;
  EXPECT_GT(ink, 55);  // the fifth percentile of MNIST's threes is 67
}

TEST(APicture, WithNoisyPaperIsReadAsIfItWereClean) {
  const drawings::Drawing drawing = make_digit(Style::kUsual, 5, 2);
  auto picture = pen_on_paper(drawing, 400, 20);
  const DigitImage clean = prepare_picture(picture, 400, 400);
  std::mt19937 random(1);
  for (auto& v : picture)
    v = static_cast<std::uint8_t>(std::clamp(static_cast<int>(v) - 5 + static_cast<int>(random() % 9), 0, 255));
  EXPECT_LT(mean_difference(prepare_picture(picture, 400, 400), clean), 4);
}

TEST(APicture, OfOneColourOrWithoutPixelsIsBlack) {
  for (const int grey : {0, 128, 255}) {
    EXPECT_EQ(prepare_picture(std::vector<std::uint8_t>(100 * 50, static_cast<std::uint8_t>(grey)), 100, 50),
              DigitImage{});
  }
  EXPECT_EQ(prepare_picture({}, 0, 0), DigitImage{});
  EXPECT_EQ(prepare_picture(std::vector<std::uint8_t>(99, 9), 10, 10), DigitImage{});
}

TEST(APicture, OfAnySizeAndContentIsSafe) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    const int width = 1 + static_cast<int>(random() % 90);
    const int height = 1 + static_cast<int>(random() % 90);
    std::vector<std::uint8_t> picture(static_cast<std::size_t>(width * height), static_cast<std::uint8_t>(random()));
    for (std::size_t i = random() % 40; i-- > 0;)
      picture[random() % picture.size()] = static_cast<std::uint8_t>(random());
    (void)prepare_picture(picture, width, height);
  }
}

class PictureFiles : public testing::Test {
 protected:
  ScratchFolder folder;
  std::filesystem::path path = folder.path() / "digit.png";
};

TEST_F(PictureFiles, ComeBackAsTheyWereWritten) {
  const DigitImage& image = mnist_test_images()[4].pixels;
  ASSERT_TRUE(drawings::write_digit_png(image, path).has_value());
  EXPECT_EQ(*drawings::read_digit_picture(path), image);
}

TEST_F(PictureFiles, MayHaveColourAndTransparency) {
  const DigitImage& image = mnist_test_images()[4].pixels;
  for (const int ink : {0, 255}) {  // black or white on nothing
    std::vector<std::uint8_t> rgba;
    for (int y = 0; y < 280; ++y) {
      for (int x = 0; x < 280; ++x) {
        for (int c = 0; c < 3; ++c) rgba.push_back(static_cast<std::uint8_t>(ink));
        rgba.push_back(image[static_cast<std::size_t>(y / 10 * 28 + x / 10)]);
      }
    }
    ASSERT_TRUE(stbi_write_png(path.c_str(), 280, 280, 4, rgba.data(), 280 * 4));
    EXPECT_LT(mean_difference(*drawings::read_digit_picture(path), image), 0.5);
  }
}

TEST_F(PictureFiles, ThatCannotBeReadSayWhy) {
  const auto message = [&] { return drawings::read_digit_picture(path).error().text(); };
  EXPECT_THAT(message(), HasSubstr("digit.png: cannot read this file: No such file"));
  std::ofstream(path) << "no picture";
  EXPECT_THAT(message(), HasSubstr("digit.png: this is not a picture that can be read"));
  const std::string png = *drawings::digit_png(mnist_test_images()[0].pixels);
  std::ofstream(path, std::ios::binary) << png.substr(0, png.size() / 2);
  EXPECT_THAT(message(), HasSubstr("this picture is damaged or cut off"));
  ASSERT_TRUE(drawings::write_digit_png(DigitImage{}, path).has_value());
  EXPECT_THAT(message(), HasSubstr("this picture shows nothing"));
}

}  // namespace
}  // namespace warpscope::tests
