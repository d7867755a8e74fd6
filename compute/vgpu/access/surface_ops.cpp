// suld, sust and sured: surfaces are textures that are read and written texel by texel, in bytes (.b) or samples (.p).
#include <vector>

#include "compute/vgpu/access/atomic_ops.h"
#include "compute/vgpu/access/decode.h"
#include "compute/vgpu/access/half_float.h"
#include "compute/vgpu/access/lane_memory.h"
#include "compute/vgpu/access/texture_handle.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::access {
namespace {

using ptx::Modifier;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;

// What happens outside the surface.
enum class Outside : std::uint8_t { kTrap, kClamp, kZero };

// Inst: flags[0] geometry; flags[1] log2 of an element's bytes, from bit 4 the elements; extra: Outside and
// kSamples. The list has the rows of the values, then of the layer and the coordinates.
constexpr std::uint16_t kSamples = 1U << 8;

struct Surface {
  Texture* texture = nullptr;
  std::uint8_t* at = nullptr;  // null: outside, and nothing is touched
  std::size_t offset = 0;
};

Geometry geometry_of(const Inst& inst) {
  return static_cast<Geometry>(inst.flags[0]);
}
std::uint32_t element_bytes(const Inst& inst) {
  return 1U << (inst.flags[1] & 15);
}
std::uint32_t elements(const Inst& inst) {
  return inst.flags[1] >> 4;
}

// Moves a coordinate into [0, most]; false: it was outside.
bool bring_inside(std::int64_t& coordinate, std::int64_t most) {
  const std::int64_t inside = std::clamp<std::int64_t>(coordinate, 0, std::max<std::int64_t>(most, 0));
  const bool was_inside = inside == coordinate;
  coordinate = inside;
  return was_inside;
}

// Finds `bytes` bytes of a lane's place. False: exec.trouble says why.
bool find_place(Exec& exec, const Inst& inst, const RowRef* rows, int lane, std::uint32_t bytes, bool store,
                Surface& out) {
  out = Surface();
  out.texture = find_texture(exec, inst.s[0], lane);
  if (out.texture == nullptr) return false;
  const Texture& t = *out.texture;
  const Geometry geometry = geometry_of(inst);
  const auto coordinate = [&] { return std::int64_t{exec.row<std::int32_t>(*rows++)[lane]}; };
  std::int64_t layer = is_layered(geometry) ? coordinate() : 0;
  std::int64_t x = coordinate();
  std::int64_t y = dimensions_of(geometry) > 1 ? coordinate() : 0;
  std::int64_t z = dimensions_of(geometry) > 2 ? coordinate() : 0;
  const std::int64_t texel = std::int64_t{t.channels} * bytes_of(t.type);
  if ((inst.extra & kSamples) != 0) x *= texel;
  const bool aligned = x % bytes == 0;
  bool inside = bring_inside(x, std::int64_t{t.width} * texel - bytes);
  inside &= bring_inside(y, t.height - 1);
  inside &= bring_inside(z, t.depth - 1);
  inside &= bring_inside(layer, t.layers - 1);
  out.offset = texel_offset(t, layer, 0, y, z) + static_cast<std::size_t>(x);
  const auto outside = static_cast<Outside>(inst.extra & 3);
  if ((!inside && outside == Outside::kTrap) || !aligned || out.offset + bytes > t.texels.size()) {
    raise(exec, inside && !aligned ? FaultKind::kMisaligned : FaultKind::kOutOfBounds, lane, AccessSpace::kSurface,
          out.offset, bytes, store, inside ? nullptr : "the coordinates are outside the surface");
    return false;
  }
  if (inside || outside == Outside::kClamp) out.at = out.texture->texels.data() + out.offset;
  return true;
}

std::uint64_t handle_of(const Exec& exec, const Inst& inst, int lane) {
  return exec.row<std::uint64_t>(inst.s[0])[lane];
}

// How far apart the values of a row are: 8-bit elements live in 16-bit registers.
std::uint32_t register_bytes(const Inst& inst) {
  return std::max(2U, element_bytes(inst));
}

void load_surface(Exec& exec, const Inst& inst) {
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  const std::uint32_t size = element_bytes(inst), count = elements(inst), width = register_bytes(inst);
  TextureLog log(exec, AccessKind::kLoad, AccessSpace::kSurface);
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    Surface surface;
    if (!find_place(exec, inst, rows + count, lane, size * count, false, surface)) return;
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint8_t* to = exec.row<std::uint8_t>(rows[i]) + static_cast<std::uint32_t>(lane) * width;
      std::memset(to, 0, width);
      if (surface.at != nullptr) std::memcpy(to, surface.at + std::size_t{i} * size, size);
    }
    if (surface.at != nullptr) log.add(lane, handle_of(exec, inst, lane), surface.offset, size * count, 0);
  }
}

void store_surface(Exec& exec, const Inst& inst) {
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  const std::uint32_t size = element_bytes(inst), count = elements(inst), width = register_bytes(inst);
  TextureLog log(exec, AccessKind::kStore, AccessSpace::kSurface);
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    Surface surface;
    if (!find_place(exec, inst, rows + count, lane, size * count, true, surface)) return;
    if (surface.at == nullptr) continue;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint8_t* from = exec.row<std::uint8_t>(rows[i]) + static_cast<std::uint32_t>(lane) * width;
      std::memcpy(surface.at + std::size_t{i} * size, from, size);
    }
    std::uint64_t written = 0;
    std::memcpy(&written, surface.at, std::min(size * count, 8U));
    log.add(lane, handle_of(exec, inst, lane), surface.offset, size * count, written);
  }
  exec.polls = 0;
}

// A 32-bit register as a sample of the surface.
void write_sample(const Texture& texture, std::uint8_t* to, std::uint32_t bits) {
  const auto narrow = [&](std::int64_t low, std::int64_t high, bool is_signed) {
    const std::int64_t value = is_signed ? std::int64_t{static_cast<std::int32_t>(bits)} : std::int64_t{bits};
    return static_cast<std::uint32_t>(std::clamp(value, low, high));
  };
  std::uint32_t sample = bits;
  switch (texture.type) {
    case TexelType::kU8:
      sample = narrow(0, 0xff, false);
      break;
    case TexelType::kU16:
      sample = narrow(0, 0xffff, false);
      break;
    case TexelType::kS8:
      sample = narrow(-0x80, 0x7f, true);
      break;
    case TexelType::kS16:
      sample = narrow(-0x8000, 0x7fff, true);
      break;
    case TexelType::kF16:
      sample = half_of_float(std::bit_cast<float>(bits));
      break;
    default:
      break;
  }
  std::memcpy(to, &sample, static_cast<std::size_t>(bytes_of(texture.type)));
}

void store_samples(Exec& exec, const Inst& inst) {
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  const std::uint32_t count = elements(inst);
  TextureLog log(exec, AccessKind::kStore, AccessSpace::kSurface);
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const Texture* texture = find_texture(exec, inst.s[0], lane);
    if (texture == nullptr) return;
    const auto texel = static_cast<std::uint32_t>(texture->channels * bytes_of(texture->type));
    Surface surface;
    if (!find_place(exec, inst, rows + count, lane, texel, true, surface)) return;
    if (surface.at == nullptr) continue;
    for (std::uint32_t i = 0; i < std::min(count, static_cast<std::uint32_t>(texture->channels)); ++i) {
      write_sample(*texture, surface.at + i * static_cast<std::uint32_t>(bytes_of(texture->type)),
                   exec.row<std::uint32_t>(rows[i])[lane]);
    }
    std::uint64_t written = 0;
    std::memcpy(&written, surface.at, std::min(texel, 8U));
    log.add(lane, handle_of(exec, inst, lane), surface.offset, texel, written);
  }
  exec.polls = 0;
}

template <class Op>
void reduce_surface(Exec& exec, const Inst& inst) {
  using T = typename Op::T;
  const RowRef* rows = &exec.launch->program->lists[inst.list];
  TextureLog log(exec, AccessKind::kAtomic, AccessSpace::kSurface);
  bool changed = false;
  for (LaneMask left = exec.mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    Surface surface;
    if (!find_place(exec, inst, rows + 1, lane, sizeof(T), true, surface)) return;
    if (surface.at == nullptr) continue;
    T written;
    const T old = atomic_step<Op>(surface.at, exec.row<T>(rows[0])[lane], T{}, exec.threads_share_memory, written);
    changed |= old != written;
    log.add(lane, handle_of(exec, inst, lane), surface.offset, sizeof(T), written);
  }
  exec.polls = changed ? 0 : exec.polls + 1;
}

// ---- From the text

Handler find_reduction(const ptx::Instruction& instruction, Type type) {
  const bool wide = ptx::bits_of(type) == 64;
  const auto pick = [&](Handler narrow, Handler other) { return wide ? other : narrow; };
  if (instruction.has(Modifier::kAdd)) {
    return pick(reduce_surface<AddInteger<std::uint32_t>>, reduce_surface<AddInteger<std::uint64_t>>);
  }
  if (instruction.has(Modifier::kAnd))
    return pick(reduce_surface<And<std::uint32_t>>, reduce_surface<And<std::uint64_t>>);
  if (instruction.has(Modifier::kOr)) return pick(reduce_surface<Or<std::uint32_t>>, reduce_surface<Or<std::uint64_t>>);
  const bool is_signed = ptx::is_signed(type);
  if (instruction.has(Modifier::kMin)) {
    return is_signed ? pick(reduce_surface<MinInteger<std::uint32_t, std::int32_t>>,
                            reduce_surface<MinInteger<std::uint64_t, std::int64_t>>)
                     : pick(reduce_surface<MinInteger<std::uint32_t, std::uint32_t>>,
                            reduce_surface<MinInteger<std::uint64_t, std::uint64_t>>);
  }
  if (instruction.has(Modifier::kMax)) {
    return is_signed ? pick(reduce_surface<MaxInteger<std::uint32_t, std::int32_t>>,
                            reduce_surface<MaxInteger<std::uint64_t, std::int64_t>>)
                     : pick(reduce_surface<MaxInteger<std::uint32_t, std::uint32_t>>,
                            reduce_surface<MaxInteger<std::uint64_t, std::uint64_t>>);
  }
  return nullptr;
}

std::optional<Outside> outside_of(const ptx::Instruction& instruction) {
  if (instruction.has(Modifier::kTrap)) return Outside::kTrap;
  if (instruction.has(Modifier::kClamp)) return Outside::kClamp;
  if (instruction.has(Modifier::kZero)) return Outside::kZero;
  return std::nullopt;
}

Handler surface_handler(const ptx::Instruction& instruction, Type type, bool samples) {
  switch (instruction.opcode) {
    case ptx::Opcode::kSuld:
      return samples ? nullptr : load_surface;
    case ptx::Opcode::kSust:
      return samples ? store_samples : store_surface;
    default:
      return ptx::bits_of(type) >= 32 ? find_reduction(instruction, type) : nullptr;
  }
}

}  // namespace

void decode_surface(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  const bool is_load = instruction.opcode == ptx::Opcode::kSuld;
  const auto place = texture_place(decoder, instruction, is_load ? 1 : 0);
  if (!place) return;
  const Operand* value = operand_at(instruction, is_load ? 0 : 1);
  const Type type = instruction.types.empty() ? Type::kNone : instruction.types.back();
  const bool samples = instruction.has(Modifier::kP);
  const auto outside = outside_of(instruction);
  const Handler handler = surface_handler(instruction, type, samples);
  const int bits = ptx::bits_of(type);
  const bool has_width = samples ? bits == 32 : bits == 8 || bits == 16 || bits == 32 || bits == 64;
  if (value == nullptr || handler == nullptr || !outside || !has_width || place->geometry == Geometry::kCube ||
      place->geometry == Geometry::kLayeredCube) {
    decoder.refuse(instruction,
                   "surfaces are 1d, 2d, 3d, a1d or a2d, with .trap, .clamp or .zero, and values of 8 to 64 bits "
                   "(32 with .p)");
    return;
  }
  const std::span<const Operand> values =
      value->kind == OperandKind::kVector ? std::span(value->list) : std::span(value, 1);
  if (values.size() > 4 || (instruction.opcode == ptx::Opcode::kSured && values.size() != 1)) {
    decoder.refuse(instruction, "it moves one value, or vectors of 2 or 4");
    return;
  }
  std::vector<RowRef> rows;
  for (const Operand& operand : values) {
    if (!expect(decoder, instruction, operand, type)) return;
    rows.push_back(is_load ? decoder.destination(operand) : decoder.source(operand, type));
  }
  if (!use_coordinates(decoder, instruction, *place, Type::kS32, rows)) return;
  out.list = decoder.add_list(rows);
  out.list_size = static_cast<std::uint16_t>(rows.size());
  out.s[0] = place->handle;
  out.flags[0] = static_cast<std::uint8_t>(place->geometry);
  out.flags[1] = static_cast<std::uint8_t>(std::countr_zero(static_cast<unsigned>(bits / 8)) |
                                           static_cast<int>(values.size()) << 4);
  out.extra = static_cast<std::uint16_t>(static_cast<std::uint16_t>(*outside) | (samples ? kSamples : 0));
  out.kind = InstKind::kMemory;
  out.full = out.masked = handler;
}

}  // namespace warpscope::vgpu::access
