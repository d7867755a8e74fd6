// Tensors as pictures of their numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "compute/session/microscope_pictures.h"

namespace warpscope::session {
namespace {

training::FrozenTensor floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(values.size() * sizeof(float));
  std::memcpy(bytes->data(), values.data(), bytes->size());
  return {"t", training::TensorType::kF32, std::move(shape), std::move(bytes)};
}

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  return values;
}

TEST(TensorPicture, PutsPlanesSideBySideWithNothingBetweenThem) {
  const auto picture = tensor_picture(floats({3, 1, 2, 2}, counting(12)));
  ASSERT_NE(picture, nullptr);
  EXPECT_EQ(picture->width, 8);
  EXPECT_EQ(picture->height, 2);
  EXPECT_EQ(picture->values[0], 0);
  EXPECT_EQ(picture->values[1], 1);
  EXPECT_TRUE(std::isnan(picture->values[2]));
  EXPECT_EQ(picture->values[3], 4);  // the second plane begins
  EXPECT_EQ(picture->values[8], 2);  // the first plane's second row
  EXPECT_EQ(picture->values[15], 11);
}

TEST(TensorPicture, ShowsAMatrixAsItIs) {
  const auto picture = tensor_picture(floats({2, 5}, counting(10)));
  ASSERT_NE(picture, nullptr);
  EXPECT_EQ(picture->width, 5);
  EXPECT_EQ(picture->height, 2);
  EXPECT_EQ(picture->values, counting(10));
}

TEST(TensorPicture, LetsTheNumberFarthestFromZeroStandForItsNeighbours) {
  std::vector<float> values(480, 0.5F);
  values[7] = -3;  // shares its place with the sixth
  const auto picture = tensor_picture(floats({480}, values));
  ASSERT_NE(picture, nullptr);
  EXPECT_EQ(picture->width, kTensorPictureWidth);
  EXPECT_EQ(picture->values[3], -3);
  EXPECT_EQ(picture->values[4], 0.5F);
}

TEST(TensorPicture, NeverOutgrowsItsRoomAndLeavesOutWhatIsTooSmall) {
  const auto picture = tensor_picture(floats({64, 32, 26, 26}, std::vector<float>(64 * 32 * 26 * 26, 1)));
  ASSERT_NE(picture, nullptr);
  EXPECT_LE(picture->width, kTensorPictureWidth);
  EXPECT_LE(picture->height, kTensorPictureHeight);
  EXPECT_EQ(tensor_picture(floats({4}, counting(4))), nullptr);
}

}  // namespace
}  // namespace warpscope::session
