// tests/stand_in_driver/array.h: making and giving up arrays, which textures of OpenGL need too. Test code.
#pragma once

#include <memory>

#include "tests/stand_in_driver/context.h"

namespace warpscope::stand_in {

// Zeros; null where the description is impossible.
std::unique_ptr<Array> make_array(const cuda::CUDA_ARRAY3D_DESCRIPTOR& description);
cuda::CUarray add_array(Context& context, std::unique_ptr<Array> array);
bool remove_array(Context& context, cuda::CUarray handle);

}  // namespace warpscope::stand_in
