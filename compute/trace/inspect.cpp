#include "compute/trace/inspect.h"

#include <algorithm>
#include <cstring>

#include "compute/vgpu/address_space.h"

namespace warpscope::trace {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ptx::Space;
using Place = ptx::VariablePlace;

// A variable that a type of no size is asked of would be a mistake of the debug information.
constexpr std::uint64_t kMostBytes = 1U << 20;

const vgpu::FunctionCode& code_of(const WarpView& view) {
  return view.program->functions[static_cast<std::size_t>(view.function())];
}

std::uint64_t local_base(const WarpView& view) {
  return view.fragment->calls.empty() ? 0 : view.fragment->calls.back().local_base;
}

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

// Where a symbol of the function that runs lies: its space, and its address there.
struct SymbolPlace {
  Space space = Space::kGeneric;
  std::uint64_t address = 0;
};
std::optional<SymbolPlace> place_of(const WarpView& view, const ptx::SymbolRef& symbol) {
  const vgpu::FunctionCode& code = code_of(view);
  const ptx::Function& function = view.program->module->functions[static_cast<std::size_t>(view.function())];
  const auto index = static_cast<std::size_t>(symbol.index);
  const auto is_local = [](Space space) {
    return space == Space::kLocal || space == Space::kParam || space == Space::kParamFunc;
  };
  switch (symbol.kind) {
    case ptx::SymbolKind::kModuleVariable:
      if (index >= view.program->variable_addresses.size()) return std::nullopt;
      return SymbolPlace{view.program->module->variables[index].space, view.program->variable_addresses[index]};
    case ptx::SymbolKind::kFunctionVariable: {
      if (index >= code.variable_offsets.size()) return std::nullopt;
      const Space space = function.variables[index].space;
      if (is_local(space)) return SymbolPlace{Space::kLocal, local_base(view) + code.variable_offsets[index]};
      return SymbolPlace{space, code.variable_offsets[index]};
    }
    case ptx::SymbolKind::kParameter: {
      if (index >= code.parameter_offsets.size()) return std::nullopt;
      const std::uint64_t offset = code.parameter_offsets[index];
      return function.is_entry ? SymbolPlace{Space::kParam, offset}
                               : SymbolPlace{Space::kLocal, local_base(view) + offset};
    }
    default:
      return std::nullopt;
  }
}

Bytes bytes_of(std::uint64_t value, std::uint64_t bytes) {
  Bytes out(std::min<std::uint64_t>(bytes, 8));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
  out.resize(bytes, 0);
  return out;
}

Bytes read_at(const WarpView& view, int lane, const ptx::SymbolRef& symbol, std::int64_t offset, std::uint64_t bytes) {
  const auto place = place_of(view, symbol);
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
  const ptx::Function& function = view.program->module->functions[static_cast<std::size_t>(view.function())];
  const auto index = static_cast<std::size_t>(reg);
  if (index >= function.registers.size() || index >= code_of(view).registers.size()) return 0;
  const ptx::Type type = function.registers[index].type;
  const int bytes = type == ptx::Type::kPred ? 0 : std::clamp(ptx::bits_of(type) / 8, 2, 16);
  const std::size_t base =
      view.fragment->calls.empty() ? view.program->constant_bytes : view.fragment->calls.back().register_base;
  const std::size_t row = base + code_of(view).registers[index].offset();
  const vgpu::AlignedBytes& rows = view.warp->rows;
  std::uint64_t value = 0;
  if (bytes == 0) {
    LaneMask mask = 0;
    if (row + sizeof mask > rows.size()) return 0;
    std::memcpy(&mask, rows.data() + row, sizeof mask);
    return mask >> lane & 1U;
  }
  const std::size_t at = row + static_cast<std::size_t>(bytes) * static_cast<std::size_t>(lane);
  const std::size_t read = std::min<std::size_t>(8, static_cast<std::size_t>(bytes));
  if (at + read > rows.size()) return 0;
  std::memcpy(&value, rows.data() + at, read);
  return value;
}

std::vector<std::uint8_t> read_variable(const WarpView& view, int lane, const ptx::VariableInfo& variable,
                                        const ptx::TypeInfo& type) {
  const int pc = view.instruction();
  for (const Place& place : variable.places) {
    if (place.lo <= pc && pc < place.hi) return read_place(view, lane, place, std::min(type.size_bytes, kMostBytes));
  }
  return {};
}

}  // namespace warpscope::trace
