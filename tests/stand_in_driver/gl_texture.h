// tests/stand_in_driver/gl_texture.h: the pixels of a texture of OpenGL, read and written as a driver would. Test code.
// OpenGL is looked up at run time; every call needs a current context and leaves its bindings as they were.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "compute/cuda/driver_types.h"

namespace warpscope::stand_in {

// Level 0 of a 2D texture as an array; empty where there is no context, no such texture, or a format CUDA does not
// take.
std::optional<cuda::CUDA_ARRAY3D_DESCRIPTOR> describe_texture(unsigned texture);
// Rows from the first on, tightly packed.
bool read_texture(unsigned texture, std::span<std::uint8_t> into);
bool write_texture(unsigned texture, std::span<const std::uint8_t> bytes);
// Whether this thread has a context of OpenGL.
bool has_gl_context();

}  // namespace warpscope::stand_in
