// tex, tld4, txq and suq: reading textures and asking about them.
#include <vector>

#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/access/half_float.h"
#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/access/texture_handle.h"
#include "compute/vgpu/access/texture_sampling.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::access {
namespace {

using ptx::Modifier;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;

enum class Result : std::uint8_t { kWord, kHalf, kHalfPair };

// Inst: flags[0] geometry, flags[1] Result and, from bit 4, the channel of tld4; extra: kIntegers, kGather.
// The list has the rows of the results, then of the layer (where there is one) and the coordinates.
constexpr std::uint16_t kIntegers = 1;
constexpr std::uint16_t kGather = 2;

Coordinates read_coordinates(const Exec& exec, const Inst& inst, const RowRef* rows, Geometry geometry, int lane) {
  Coordinates out;
  out.integers = (inst.extra & kIntegers) != 0;
  if (is_layered(geometry)) out.layer = exec.row<std::int32_t>(*rows++)[lane];
  for (int axis = 0; axis < dimensions_of(geometry); ++axis) {
    out.at[static_cast<std::size_t>(axis)] = out.integers
                                                 ? static_cast<double>(exec.row<std::int32_t>(rows[axis])[lane])
                                                 : static_cast<double>(exec.row<float>(rows[axis])[lane]);
  }
  return out;
}

std::uint16_t half_bits(std::uint32_t float_bits) {
  return half_of_float(std::bit_cast<float>(float_bits));
}

void write_result(const Exec& exec, const Inst& inst, const RowRef* rows, int results, int lane,
                  const TexelBits& texel) {
  const auto kind = static_cast<Result>(inst.flags[1] & 15);
  for (int i = 0; i < results; ++i) {
    const auto c = static_cast<std::size_t>(i);
    if (kind == Result::kWord) {
      exec.row<std::uint32_t>(rows[i])[lane] = texel[c];
    } else if (kind == Result::kHalf) {
      exec.row<std::uint16_t>(rows[i])[lane] = half_bits(texel[c]);
    } else {
      exec.row<std::uint32_t>(rows[i])[lane] =
          half_bits(texel[2 * c]) | static_cast<std::uint32_t>(half_bits(texel[2 * c + 1])) << 16;
    }
  }
}

void fetch(Exec& exec, const Inst& inst) {
  const auto geometry = static_cast<Geometry>(inst.flags[0]);
  const int inputs = dimensions_of(geometry) + (is_layered(geometry) ? 1 : 0);
  const int results = inst.list_size - inputs;
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  TextureLog log(exec, AccessKind::kLoad, AccessSpace::kTexture);
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const Texture* texture = find_texture(exec, inst.s[0], lane);
    if (texture == nullptr) return;
    const Coordinates coordinates = read_coordinates(exec, inst, rows + results, geometry, lane);
    const TexelBits texel = (inst.extra & kGather) != 0 ? gather(*texture, geometry, coordinates, inst.flags[1] >> 4)
                                                        : sample(*texture, geometry, coordinates);
    write_result(exec, inst, rows, results, lane, texel);
    log.add(lane, exec.row<std::uint64_t>(inst.s[0])[lane], 0, static_cast<std::uint32_t>(results * 4), 0);
  }
}

// ---- Questions

enum class Query : std::uint8_t {
  kWidth,
  kHeight,
  kDepth,
  kLayers,
  kOne,
  kNormalized,
  kFilter,
  kAddress0,
  kAddress1,
  kAddress2,
  kDataType,
  kOrder,
};
constexpr std::pair<Modifier, Query> kQueries[] = {
    {Modifier::kWidth, Query::kWidth},
    {Modifier::kHeight, Query::kHeight},
    {Modifier::kDepth, Query::kDepth},
    {Modifier::kArraySize, Query::kLayers},
    {Modifier::kNumMipmapLevels, Query::kOne},
    {Modifier::kNumSamples, Query::kOne},
    {Modifier::kNormalizedCoords, Query::kNormalized},
    {Modifier::kFilterMode, Query::kFilter},
    {Modifier::kAddrMode0, Query::kAddress0},
    {Modifier::kAddrMode1, Query::kAddress1},
    {Modifier::kAddrMode2, Query::kAddress2},
    {Modifier::kChannelDataType, Query::kDataType},
    {Modifier::kChannelOrder, Query::kOrder},
};

// PTX takes over the numbers of OpenCL's cl_channel_type and cl_channel_order.
std::uint32_t data_type(const Texture& texture) {
  switch (texture.type) {
    case TexelType::kS8:
      return texture.normalized_read ? 0x10d0 : 0x10d7;
    case TexelType::kS16:
      return texture.normalized_read ? 0x10d1 : 0x10d8;
    case TexelType::kS32:
      return 0x10d9;
    case TexelType::kU8:
      return texture.normalized_read ? 0x10d2 : 0x10da;
    case TexelType::kU16:
      return texture.normalized_read ? 0x10d3 : 0x10db;
    case TexelType::kU32:
      return 0x10dc;
    case TexelType::kF16:
      return 0x10dd;
    case TexelType::kF32:
      break;
  }
  return 0x10de;
}

std::uint32_t address_mode(AddressMode mode) {
  switch (mode) {
    case AddressMode::kWrap:
      return 0;
    case AddressMode::kMirror:
      return 1;
    case AddressMode::kClamp:
      return 2;
    case AddressMode::kBorder:
      break;
  }
  return 3;
}

std::uint32_t answer(const Texture& texture, Query query) {
  switch (query) {
    case Query::kWidth:
      return static_cast<std::uint32_t>(texture.width);
    case Query::kHeight:
      return static_cast<std::uint32_t>(texture.height);
    case Query::kDepth:
      return static_cast<std::uint32_t>(texture.depth);
    case Query::kLayers:
      return static_cast<std::uint32_t>(texture.layers);
    case Query::kOne:
      return 1;
    case Query::kNormalized:
      return texture.normalized_coordinates ? 1 : 0;
    case Query::kFilter:
      return texture.linear ? 1 : 0;
    case Query::kAddress0:
      return address_mode(texture.address_modes[0]);
    case Query::kAddress1:
      return address_mode(texture.address_modes[1]);
    case Query::kAddress2:
      return address_mode(texture.address_modes[2]);
    case Query::kDataType:
      return data_type(texture);
    case Query::kOrder:
      break;
  }
  return texture.channels == 1 ? 0x10b0 : texture.channels == 2 ? 0x10b2 : 0x10b5;
}

void query(Exec& exec, const Inst& inst) {
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const Texture* texture = find_texture(exec, inst.s[0], lane);
    if (texture == nullptr) return;
    exec.row<std::uint32_t>(inst.d)[lane] = answer(*texture, static_cast<Query>(inst.extra));
  }
}

// ---- From the text

std::optional<Result> result_of(Type type, std::size_t count) {
  if (type == Type::kF16x2 && count <= 2) return Result::kHalfPair;
  if (type == Type::kF16) return Result::kHalf;
  if (ptx::bits_of(type) == 32 && type != Type::kF16x2) return Result::kWord;
  return std::nullopt;
}

// r, g, b, a; -1: none is written.
int gather_channel(const ptx::Instruction& instruction) {
  static constexpr std::string_view kNames[] = {".r.", ".g.", ".b.", ".a."};
  for (int i = 0; i < 4; ++i) {
    if (instruction.name.find(kNames[i]) != std::string::npos) return i;
  }
  return -1;
}

// tex.level has the level behind the texture, tex.grad two gradients: there is one level here, which they all mean.
std::size_t allowed_operands(const ptx::Instruction& instruction) {
  if (instruction.has(Modifier::kLevel)) return 3;
  return instruction.has(Modifier::kGrad) ? 4 : 2;
}

}  // namespace

void decode_tex(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  const bool is_gather = instruction.opcode == ptx::Opcode::kTld4;
  const auto place = texture_place(decoder, instruction, 1);
  if (!place) return;
  const Operand& destination = instruction.operands[0];
  const std::span<const Operand> results =
      destination.kind == OperandKind::kVector ? std::span(destination.list) : std::span(&destination, 1);
  const auto result = instruction.types.size() == 2 ? result_of(instruction.types[0], results.size()) : std::nullopt;
  if (!result || destination.kind == OperandKind::kPair || results.size() > 4 ||
      (instruction.types[1] != Type::kF32 && instruction.types[1] != Type::kS32)) {
    decoder.refuse(instruction,
                   "textures are read as four values of f32, s32, u32 or f16 (or two of f16x2), at coordinates "
                   "of f32 or s32");
    return;
  }
  if (instruction.operands.size() > allowed_operands(instruction)) {
    decoder.refuse(instruction, "offsets and depth comparisons are not there; add the offset to the coordinates");
    return;
  }
  const int channel = is_gather ? gather_channel(instruction) : 0;
  if (channel < 0 || (is_gather && place->geometry != Geometry::k2D && place->geometry != Geometry::kLayered2D)) {
    decoder.refuse(instruction, "it gathers channel r, g, b or a of .2d and .a2d textures");
    return;
  }
  std::vector<RowRef> rows;
  for (const Operand& operand : results) {
    if (!expect(decoder, instruction, operand, instruction.types[0])) return;
    rows.push_back(decoder.destination(operand));
  }
  if (!use_coordinates(decoder, instruction, *place, instruction.types[1], rows)) return;
  out.list = decoder.add_list(rows);
  out.list_size = static_cast<std::uint16_t>(rows.size());
  out.s[0] = place->handle;
  out.flags[0] = static_cast<std::uint8_t>(place->geometry);
  out.flags[1] = static_cast<std::uint8_t>(static_cast<int>(*result) | channel << 4);
  out.extra =
      static_cast<std::uint16_t>((instruction.types[1] == Type::kS32 ? kIntegers : 0) | (is_gather ? kGather : 0));
  out.kind = InstKind::kMemory;
  out.full = out.masked = fetch;
}

void decode_texture_query(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  const auto handle = instruction.operands.size() < 2 ? std::nullopt : texture_handle(decoder, instruction, 1);
  if (!handle) {
    if (instruction.operands.size() < 2) decoder.refuse(instruction, "it takes a register and a [texture]");
    return;
  }
  for (const auto& [modifier, query_kind] : kQueries) {
    if (!instruction.has(modifier)) continue;
    if (!expect(decoder, instruction, instruction.operands[0], Type::kU32)) return;
    out.s[0] = *handle;
    out.d = decoder.destination(instruction.operands[0]);
    out.extra = static_cast<std::uint16_t>(query_kind);
    out.kind = InstKind::kMemory;
    out.full = out.masked = query;
    return;
  }
  decoder.refuse(instruction, "it asks for none of width, height, depth, array_size, modes, channels and formats");
}

}  // namespace warpscope::vgpu::access
