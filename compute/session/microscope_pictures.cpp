#include "compute/session/microscope_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace warpscope::session {

using training::FrozenTensor;
using training::TensorType;

namespace {

constexpr std::int64_t kFewest = 8;  // numbers worth a picture
constexpr std::int64_t kMostPlanes = 32, kPlanesAcross = 8;

template <class T>
float number_at(const std::vector<std::uint8_t>& bytes, std::size_t index) {
  T element;
  std::memcpy(&element, bytes.data() + index * sizeof(T), sizeof(T));
  return static_cast<float>(element);
}

float value_at(const FrozenTensor& tensor, std::int64_t index) {
  const auto at = static_cast<std::size_t>(index);
  switch (tensor.type) {
    case TensorType::kF32:
      return number_at<float>(*tensor.bytes, at);
    case TensorType::kU8:
      return number_at<std::uint8_t>(*tensor.bytes, at);
    case TensorType::kU32:
      return number_at<std::uint32_t>(*tensor.bytes, at);
    case TensorType::kI32:
      return number_at<std::int32_t>(*tensor.bytes, at);
  }
  return 0;
}

TensorPicture blank(std::int64_t width, std::int64_t height) {
  TensorPicture picture;
  picture.width = static_cast<int>(width);
  picture.height = static_cast<int>(height);
  picture.values.assign(static_cast<std::size_t>(width * height), std::nanf(""));  // between planes there is nothing
  return picture;
}

TensorPicture of_planes(const FrozenTensor& tensor, std::int64_t planes, std::int64_t height, std::int64_t width) {
  const std::int64_t fit_across = std::max<std::int64_t>(1, (kTensorPictureWidth + 1) / (width + 1));
  const std::int64_t fit_down = std::max<std::int64_t>(1, (kTensorPictureHeight + 1) / (height + 1));
  const std::int64_t across = std::min({planes, kPlanesAcross, fit_across});
  const std::int64_t shown = std::min({planes, kMostPlanes, across * fit_down});
  const std::int64_t down = (shown + across - 1) / across;
  TensorPicture picture = blank(across * (width + 1) - 1, down * (height + 1) - 1);
  for (std::int64_t plane = 0; plane < shown; ++plane) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t column = plane % across * (width + 1) + x, row = plane / across * (height + 1) + y;
        picture.values[static_cast<std::size_t>(row * picture.width + column)] =
            value_at(tensor, (plane * height + y) * width + x);
      }
    }
  }
  return picture;
}

TensorPicture of_matrix(const FrozenTensor& tensor, std::int64_t rows, std::int64_t columns) {
  TensorPicture picture =
      blank(std::min<std::int64_t>(columns, kTensorPictureWidth), std::min<std::int64_t>(rows, kTensorPictureHeight));
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t y = row * picture.height / rows;
    for (std::int64_t column = 0; column < columns; ++column) {
      const std::int64_t x = column * picture.width / columns;
      float& shown = picture.values[static_cast<std::size_t>(y * picture.width + x)];
      const float value = value_at(tensor, row * columns + column);
      if (std::isnan(shown) || std::abs(value) > std::abs(shown)) shown = value;
    }
  }
  return picture;
}

}  // namespace

std::shared_ptr<const TensorPicture> tensor_picture(const FrozenTensor& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t size : tensor.shape) count *= size;
  if (count < kFewest) return nullptr;
  const std::size_t rank = tensor.shape.size();
  if (rank >= 3) {
    const std::int64_t height = tensor.shape[rank - 2], width = tensor.shape[rank - 1];
    if (height > 1 && width > 1 && height <= kTensorPictureHeight && width <= kTensorPictureWidth) {
      return std::make_shared<const TensorPicture>(of_planes(tensor, count / (height * width), height, width));
    }
  }
  const std::int64_t columns = rank == 0 ? count : tensor.shape.back();
  return std::make_shared<const TensorPicture>(of_matrix(tensor, count / columns, columns));
}

}  // namespace warpscope::session
