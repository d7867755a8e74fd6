#include "compute/trace/inspect.h"

#include <algorithm>
#include <cstring>

#include "compute/trace/places.h"
#include "compute/vgpu/address_space.h"

namespace warpscope::trace {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ptx::Space;
using Place = ptx::VariablePlace;

// A variable that a type of no size is asked of would be a mistake of the debug information.
constexpr std::uint64_t kMostBytes = 1U << 20;

Bytes read_local(const vgpu::Warp& warp, int lane, std::uint64_t address, std::uint64_t bytes) {
  const std::uint64_t exist = warp.local.size() / base::kWarpSize * sizeof(std::uint32_t);
  if (address > exist || bytes > exist - address) return {};
  Bytes out(bytes);
  for (std::uint64_t i = 0; i < bytes; ++i) {
    const std::uint64_t at = address + i;
    const std::uint32_t word = warp.local[at / 4 * base::kWarpSize + static_cast<std::uint64_t>(lane)];
    out[i] = static_cast<std::uint8_t>(word >> (8 * (at % 4)));
  }
  return out;
}

template <class Source>
Bytes slice(const Source& from, std::uint64_t address, std::uint64_t bytes) {
  if (address > from.size() || bytes > from.size() - address) return {};
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(address);
  return {begin, begin + static_cast<std::ptrdiff_t>(bytes)};
}

Bytes bytes_of(std::uint64_t value, std::uint64_t bytes) {
  Bytes out(std::min<std::uint64_t>(bytes, 8));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
  out.resize(bytes, 0);
  return out;
}

Bytes read_at(const WarpView& view, int lane, const ptx::SymbolRef& symbol, std::int64_t offset, std::uint64_t bytes) {
  const auto place = place_of_symbol(view, symbol);
  if (!place) return {};
  return read_memory(view, lane, place->space, place->address + static_cast<std::uint64_t>(offset), bytes);
}

Bytes read_place(const WarpView& view, int lane, const Place& place, std::uint64_t bytes) {
  switch (place.kind) {
    case Place::Kind::kRegister: {
      if (place.pieces.empty()) return bytes_of(read_register(view, lane, place.reg), bytes);
      Bytes out;
      for (const Place::Piece& piece : place.pieces) {
        const Bytes part = bytes_of(read_register(view, lane, piece.reg), static_cast<std::uint64_t>(piece.bytes));
        out.insert(out.end(), part.begin(), part.end());
      }
      out.resize(bytes, 0);
      return out;
    }
    case Place::Kind::kMemory:
    case Place::Kind::kParameter:
      return read_at(view, lane, place.symbol, place.offset, bytes);
    case Place::Kind::kBased:
      return read_memory(view, lane, place.space,
                         read_register(view, lane, place.reg) + static_cast<std::uint64_t>(place.offset), bytes);
    case Place::Kind::kConstant:
      return bytes_of(place.value, bytes);
  }
  return {};
}

}  // namespace

std::optional<WarpView> find_warp(const vgpu::Program& program, const vgpu::Launch& launch,
                                  const vgpu::MachineState& state, WarpIndex warp) {
  const std::uint64_t warps = (launch.block.count() + 31) / 32;
  const auto block = std::find_if(state.blocks.begin(), state.blocks.end(),
                                  [&](const vgpu::Block& b) { return b.number == warp / warps; });
  if (block == state.blocks.end()) return std::nullopt;
  const vgpu::Warp& found = block->warps[warp % warps];
  if (found.fragments.empty()) return std::nullopt;
  const std::size_t fragment = found.current < found.fragments.size() ? found.current : 0;
  return WarpView{&program, &launch, &state, &*block, &found, &found.fragments[fragment]};
}

std::vector<std::uint8_t> read_memory(const WarpView& view, int lane, Space space, std::uint64_t address,
                                      std::uint64_t bytes) {
  if (bytes > kMostBytes) return {};
  if (space == Space::kGeneric) {
    if (vgpu::in_window(address, vgpu::kSharedWindow)) {
      return read_memory(view, lane, Space::kShared, address - vgpu::kSharedWindow, bytes);
    }
    if (vgpu::in_window(address, vgpu::kLocalWindow)) {
      return read_memory(view, lane, Space::kLocal, address - vgpu::kLocalWindow, bytes);
    }
    if (vgpu::in_window(address, vgpu::kParamWindow)) {
      return read_memory(view, lane, Space::kParam, address - vgpu::kParamWindow, bytes);
    }
  }
  switch (space) {
    case Space::kShared:
      return slice(view.block->shared, address, bytes);
    case Space::kLocal:
      return read_local(*view.warp, lane, address, bytes);
    case Space::kParam:
    case Space::kParamEntry:
      return slice(view.launch->parameters, address, bytes);
    default: {
      Bytes out(bytes);
      return view.state->memory.read(address, out) ? out : Bytes();
    }
  }
}

std::uint64_t read_register(const WarpView& view, int lane, int reg) {
  const auto row = place_of_register(view, reg);
  if (!row) return 0;
  const std::uint8_t* const bytes = view.warp->rows.data() + row->offset;
  if (row->bytes == 0) {
    LaneMask mask = 0;
    std::memcpy(&mask, bytes, sizeof mask);
    return mask >> lane & 1U;
  }
  std::uint64_t value = 0;
  std::memcpy(&value, bytes + row->bytes * static_cast<std::size_t>(lane), std::min<std::size_t>(8, row->bytes));
  return value;
}

std::vector<std::uint8_t> read_variable(const WarpView& view, int lane, const ptx::VariableInfo& variable,
                                        const ptx::TypeInfo& type) {
  const Place* const place = present_place(view, variable);
  return place != nullptr ? read_place(view, lane, *place, std::min(type.size_bytes, kMostBytes)) : Bytes();
}

namespace {

// A generic address by the window it points into.
VariableMemory without_window(Space space, std::uint64_t address) {
  if (space != Space::kGeneric) return {space, address};
  if (vgpu::in_window(address, vgpu::kSharedWindow)) return {Space::kShared, address - vgpu::kSharedWindow};
  if (vgpu::in_window(address, vgpu::kLocalWindow)) return {Space::kLocal, address - vgpu::kLocalWindow};
  if (vgpu::in_window(address, vgpu::kParamWindow)) return {Space::kParam, address - vgpu::kParamWindow};
  return {Space::kGlobal, address};
}

}  // namespace

std::optional<VariableMemory> find_memory(const WarpView& view, int lane, const ptx::VariableInfo& variable) {
  const int pc = view.instruction();
  for (const Place& place : variable.places) {
    if (pc < place.lo || place.hi <= pc) continue;
    if (place.kind == Place::Kind::kBased) {
      return without_window(place.space,
                            read_register(view, lane, place.reg) + static_cast<std::uint64_t>(place.offset));
    }
    if (place.kind != Place::Kind::kMemory && place.kind != Place::Kind::kParameter) return std::nullopt;
    const auto symbol = place_of_symbol(view, place.symbol);
    if (!symbol) return std::nullopt;
    return VariableMemory{symbol->space, symbol->address + static_cast<std::uint64_t>(place.offset)};
  }
  return std::nullopt;
}

}  // namespace warpscope::trace
