// vgpu/access/texture_sampling.h: what a texture holds at a place. Floor 2. Pure functions.
// Source: CUDA C++ Programming Guide, appendix "Texture Fetching".
#pragma once

#include <array>
#include <cstdint>

#include "compute/vgpu/texture.h"

namespace warpscope::vgpu::access {

enum class Geometry : std::uint8_t { k1D, k2D, k3D, kLayered1D, kLayered2D, kCube, kLayeredCube };

// How many coordinates name a place, without the layer.
int dimensions_of(Geometry geometry);
bool is_layered(Geometry geometry);

// Coordinates of one fetch, in texels or in [0, 1), as the texture has it. Integers name texels.
struct Coordinates {
  std::int64_t layer = 0;
  std::array<double, 3> at{};
  bool integers = false;
};

// Four channels as a register gets them: the bits of floats, or integers. Channels that the texture lacks read as 0,
// 0, 1.
using TexelBits = std::array<std::uint32_t, 4>;

bool reads_floats(const Texture& texture);
TexelBits sample(const Texture& texture, Geometry geometry, const Coordinates& coordinates);
// One channel of the four texels that linear filtering would weigh: bottom left, bottom right, top right, top left.
TexelBits gather(const Texture& texture, Geometry geometry, const Coordinates& coordinates, int channel);

// Where in Texture::texels one lies.
std::size_t texel_offset(const Texture& texture, std::int64_t layer, std::int64_t x, std::int64_t y, std::int64_t z);

}  // namespace warpscope::vgpu::access
