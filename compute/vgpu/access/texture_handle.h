// vgpu/access/texture_handle.h: the texture or surface and the place that an instruction names. Floor 2.
#pragma once

#include <optional>
#include <vector>

#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/access/texture_sampling.h"
#include "compute/vgpu/decoder.h"
#include "compute/vgpu/texture.h"

namespace warpscope::vgpu::access {

// ---- While a program is decoded

struct TexturePlace {
  RowRef handle;  // u64 row
  Geometry geometry = Geometry::k1D;
  std::vector<ptx::Operand> coordinates;  // layer first, where there is one
};

// Operand `index`, [handle, coordinates]. Empty: it was refused.
std::optional<TexturePlace> texture_place(Decoder& decoder, const ptx::Instruction& instruction, std::size_t index);
// Operand `index`, [handle].
std::optional<RowRef> texture_handle(Decoder& decoder, const ptx::Instruction& instruction, std::size_t index);
// Adds the rows of layer and coordinates; what PTX pads vectors with is left out. False: refused.
bool use_coordinates(Decoder& decoder, const ptx::Instruction& instruction, const TexturePlace& place, ptx::Type type,
                     std::vector<RowRef>& rows);

// ---- While it runs

// Null: exec.trouble says that there is no such texture.
Texture* find_texture(Exec& exec, RowRef handles, int lane);

// What observers are told: the address is the handle's low half above 2^40, and the byte in the texture below.
class TextureLog {
 public:
  TextureLog(Exec& exec, AccessKind kind, AccessSpace space);
  void add(int lane, std::uint64_t handle, std::uint64_t offset, std::uint32_t bytes, std::uint64_t store_bits);

 private:
  Access* access_ = nullptr;  // null: nobody watches
};

}  // namespace warpscope::vgpu::access
