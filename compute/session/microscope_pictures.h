// session/microscope_pictures.h: a tensor as a small picture of its numbers. Floor 5. Pure functions.
#pragma once

#include <memory>

#include "compute/session/learn_view.h"
#include "compute/training/device_backend.h"

namespace warpscope::session {

// At most so many numbers across and down.
inline constexpr int kTensorPictureWidth = 240, kTensorPictureHeight = 120;

// Planes (the last two dimensions of three or more) side by side, the first 32 of them; a matrix as it is; a vector as
// a line. Where there is no room for every number, the one farthest from 0 stands for its neighbours. Null for fewer
// than eight numbers.
std::shared_ptr<const TensorPicture> tensor_picture(const training::FrozenTensor& tensor);

}  // namespace warpscope::session
