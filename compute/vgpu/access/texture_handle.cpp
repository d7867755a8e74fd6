#include "compute/vgpu/access/texture_handle.h"

#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::access {
namespace {

using ptx::Modifier;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;

constexpr std::pair<Modifier, Geometry> kGeometries[] = {
    {Modifier::kDim1d, Geometry::k1D},         {Modifier::kDim2d, Geometry::k2D},
    {Modifier::kDim3d, Geometry::k3D},         {Modifier::kA1d, Geometry::kLayered1D},
    {Modifier::kA2d, Geometry::kLayered2D},    {Modifier::kCube, Geometry::kCube},
    {Modifier::kAcube, Geometry::kLayeredCube}};

std::optional<RowRef> handle_row(Decoder& decoder, const ptx::Instruction& instruction, const Operand& operand) {
  const bool is_register = operand.kind == OperandKind::kRegister ||
                           (operand.kind == OperandKind::kAddress && operand.base == ptx::AddressBase::kRegister);
  if (!is_register) {
    decoder.refuse(instruction,
                   "it names a texture or surface reference of the module; pass an object as a kernel "
                   "parameter instead (cudaTextureObject_t, cudaSurfaceObject_t)");
    return std::nullopt;
  }
  Operand reg;
  reg.reg = operand.reg;
  if (decoder.row_bytes(reg, Type::kU64) == 8) return decoder.source(reg, Type::kU64);
  decoder.refuse(instruction, "a texture or surface object is a 64-bit register");
  return std::nullopt;
}

}  // namespace

std::optional<TexturePlace> texture_place(Decoder& decoder, const ptx::Instruction& instruction, std::size_t index) {
  if (index >= instruction.operands.size() || instruction.operands[index].kind != OperandKind::kTexture ||
      instruction.operands[index].list.size() < 2) {
    decoder.refuse(instruction, "it takes [object, {coordinates}]");
    return std::nullopt;
  }
  const Operand& texture = instruction.operands[index];
  if (texture.list.size() > 2) {
    decoder.refuse(instruction, "samplers apart from textures are not there; use a texture object, which has both");
    return std::nullopt;
  }
  TexturePlace place;
  bool found = false;
  for (const auto& [modifier, geometry] : kGeometries) {
    if (!instruction.has(modifier)) continue;
    place.geometry = geometry;
    found = true;
  }
  const Operand& coordinates = texture.list[1];
  place.coordinates = coordinates.kind == OperandKind::kVector ? coordinates.list : std::vector{coordinates};
  const int needed = dimensions_of(place.geometry) + (is_layered(place.geometry) ? 1 : 0);
  if (!found || static_cast<int>(place.coordinates.size()) < needed) {
    decoder.refuse(instruction,
                   "its geometry is .1d, .2d, .3d, .a1d, .a2d, .cube or .acube, with coordinates to match");
    return std::nullopt;
  }
  place.coordinates.resize(static_cast<std::size_t>(needed));
  const auto handle = handle_row(decoder, instruction, texture.list[0]);
  if (!handle) return std::nullopt;
  place.handle = *handle;
  return place;
}

std::optional<RowRef> texture_handle(Decoder& decoder, const ptx::Instruction& instruction, std::size_t index) {
  const Operand& operand = instruction.operands[index];
  const bool is_list = operand.kind == OperandKind::kTexture && !operand.list.empty();
  return handle_row(decoder, instruction, is_list ? operand.list[0] : operand);
}

bool use_coordinates(Decoder& decoder, const ptx::Instruction& instruction, const TexturePlace& place, Type type,
                     std::vector<RowRef>& rows) {
  for (std::size_t i = 0; i < place.coordinates.size(); ++i) {
    const bool is_layer = i == 0 && is_layered(place.geometry);
    if (!expect(decoder, instruction, place.coordinates[i], is_layer ? Type::kU32 : type)) return false;
    rows.push_back(decoder.source(place.coordinates[i], is_layer ? Type::kU32 : type));
  }
  return true;
}

Texture* find_texture(Exec& exec, RowRef handles, int lane) {
  const std::uint64_t handle = exec.row<std::uint64_t>(handles)[lane];
  TextureTable* table = exec.launch->textures;
  Texture* texture = table == nullptr ? nullptr : table->find(handle);
  if (texture == nullptr) {
    raise(exec, FaultKind::kBadOperand, lane, AccessSpace::kGlobal, handle, 0, false,
          "no texture or surface object has this handle");
  }
  return texture;
}

TextureLog::TextureLog(Exec& exec, AccessKind kind, AccessSpace space) {
  if (exec.log == nullptr || exec.log->count == kMaxAccesses) return;
  access_ = &exec.log->accesses[exec.log->count++];
  *access_ = Access();
  access_->kind = kind;
  access_->space = space;
  access_->alignment = 1;
}

void TextureLog::add(int lane, std::uint64_t handle, std::uint64_t offset, std::uint32_t bytes,
                     std::uint64_t store_bits) {
  if (access_ == nullptr) return;
  access_->bytes = static_cast<std::uint16_t>(bytes);
  access_->mask |= LaneMask{1} << lane;
  access_->address[lane] = (handle - TextureTable::kFirstHandle) << 40 | offset;
  access_->store_bits[lane] = store_bits;
}

}  // namespace warpscope::vgpu::access
