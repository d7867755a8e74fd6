// vgpu/texture.h: textures and surfaces. Floor 2. A texture or surface object is a 64-bit handle into this table.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace warpscope::vgpu {

enum class TexelType : std::uint8_t { kU8, kU16, kU32, kS8, kS16, kS32, kF16, kF32 };
enum class AddressMode : std::uint8_t { kWrap, kClamp, kMirror, kBorder };

struct Texture {
  int width = 1, height = 1, depth = 1;  // texels; 1 where a dimension is not used
  int dimensions = 2;                    // 1, 2 or 3
  int layers = 1;                        // of arrays (a1d, a2d); 6 per cube
  TexelType type = TexelType::kF32;
  int channels = 1;  // 1, 2 or 4
  std::array<AddressMode, 3> address_modes{AddressMode::kClamp, AddressMode::kClamp, AddressMode::kClamp};
  bool linear = false;                  // filter
  bool normalized_coordinates = false;  // in [0, 1) instead of texels
  bool normalized_read = false;         // integers are read as floats in [0, 1] or [-1, 1]
  // (layers, depth, height, width, channels), little-endian, tightly packed. Surfaces write here.
  std::vector<std::uint8_t> texels;
};

int bytes_of(TexelType type);

struct TextureTable {
  static constexpr std::uint64_t kFirstHandle = 0x1'0000'0001;  // handles count up from here
  std::vector<Texture> textures;

  std::uint64_t add(Texture texture) {
    textures.push_back(std::move(texture));
    return kFirstHandle + textures.size() - 1;
  }
  Texture* find(std::uint64_t handle) {
    return handle - kFirstHandle < textures.size() ? &textures[handle - kFirstHandle] : nullptr;
  }
  const Texture* find(std::uint64_t handle) const { return const_cast<TextureTable*>(this)->find(handle); }
};

}  // namespace warpscope::vgpu
