// Pictures from files as they are, and into PNG.
#include "compute/drawings/picture_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stb_image_write.h>

#include <fstream>

#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

using drawings::read_picture;
using testing::ElementsAre;
using testing::HasSubstr;

class PictureFile : public ::testing::Test {
 protected:
  std::filesystem::path file(const char* name) const { return folder.path() / name; }
  ScratchFolder folder;
};

TEST_F(PictureFile, ColoursLieSideBySideInTheFileAndInPlanesForAConvolution) {
  const std::uint8_t pixels[] = {1, 2, 3, 4, 5, 6};
  ASSERT_NE(stbi_write_png(file("a.png").c_str(), 2, 1, 3, pixels, 6), 0);
  const auto picture = read_picture(file("a.png"));
  ASSERT_TRUE(picture) << picture.error().text();
  EXPECT_EQ(picture->width, 2);
  EXPECT_EQ(picture->height, 1);
  EXPECT_EQ(picture->channels, 3);
  EXPECT_THAT(picture->bytes, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(drawings::planar(*picture), ElementsAre(1, 4, 2, 5, 3, 6));
  const auto grey = drawings::brightness(*picture);
  ASSERT_EQ(grey.size(), 2U);
  EXPECT_FLOAT_EQ(grey[0], 0.299F * 1 + 0.587F * 2 + 0.114F * 3);
}

TEST_F(PictureFile, WhatIsTransparentLiesOnWhite) {
  const std::uint8_t colour[] = {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 51};
  const std::uint8_t grey[] = {10, 255, 10, 0, 100, 51};
  ASSERT_NE(stbi_write_png(file("c.png").c_str(), 3, 1, 4, colour, 12), 0);
  ASSERT_NE(stbi_write_png(file("g.png").c_str(), 3, 1, 2, grey, 6), 0);
  // A fifth of the colour, four fifths of white.
  EXPECT_THAT(read_picture(file("c.png"))->bytes, ElementsAre(10, 20, 30, 255, 255, 255, 204, 224, 244));
  EXPECT_THAT(read_picture(file("g.png"))->bytes, ElementsAre(10, 255, 224));
  EXPECT_EQ(read_picture(file("g.png"))->channels, 1);
}

TEST_F(PictureFile, BmpAndJpegAreReadToo) {
  const std::vector<std::uint8_t> even(3 * 64, 77);
  ASSERT_NE(stbi_write_bmp(file("a.bmp").c_str(), 8, 8, 3, even.data()), 0);
  ASSERT_NE(stbi_write_jpg(file("a.jpg").c_str(), 8, 8, 3, even.data(), 95), 0);
  EXPECT_EQ(read_picture(file("a.bmp"))->bytes, even);
  const auto jpeg = read_picture(file("a.jpg"));
  ASSERT_TRUE(jpeg);
  for (const std::uint8_t value : jpeg->bytes) EXPECT_NEAR(value, 77, 2);
}

TEST_F(PictureFile, WritesRoundedAndCutToWhatABytesHolds) {
  const std::vector<float> pixels{-3, 0.49F, 0.5F, 254.6F, 255, 900, 1, 2, NAN, 3, 4, 5};
  ASSERT_TRUE(drawings::write_png(file("g.png"), 4, 3, 1, pixels));
  EXPECT_THAT(read_picture(file("g.png"))->bytes, ElementsAre(0, 0, 1, 255, 255, 255, 1, 2, 0, 3, 4, 5));
  ASSERT_TRUE(drawings::write_png(file("c.png"), 2, 2, 3, pixels));
  EXPECT_THAT(read_picture(file("c.png"))->bytes, ElementsAre(0, 255, 0, 0, 255, 3, 1, 1, 4, 255, 2, 5));
}

TEST_F(PictureFile, ErrorsNameTheFile) {
  std::ofstream(file("text.png")) << "this is no picture";
  const auto text = read_picture(file("text.png"));
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().text(), HasSubstr("text.png: this is not a picture that can be read"));
  const auto none = read_picture(file("none.png"));
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().text(), HasSubstr("none.png"));
  const auto planes = drawings::write_png(file("a.png"), 2, 2, 2, std::vector<float>(8));
  ASSERT_FALSE(planes);
  EXPECT_THAT(planes.error().message, HasSubstr("a PNG has 1 plane (grey) or 3"));
}

}  // namespace
}  // namespace warpscope::tests
