#include "compute/trace/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "compute/trace/places.h"
#include "compute/vgpu/address_space.h"

namespace warpscope::trace {
namespace {

using base::kWarpSize;
using base::Result;
using Bytes = std::span<const std::uint8_t>;
using Place = ptx::VariablePlace;
using ptx::Space;
using vgpu::AccessSpace;

struct Parts {
  vgpu::Block* block = nullptr;
  vgpu::Warp* warp = nullptr;  // of local memory
};

// ---- Memory

Result<void> check_size(std::uint64_t address, std::uint64_t bytes, std::uint64_t exist, const std::string& what) {
  if (address <= exist && bytes <= exist - address) return {};
  return base::fail(fmt::format("cannot write {} bytes at offset {} of {}, which has {}", bytes, address, what, exist));
}

Result<Parts> find_parts(vgpu::MachineState& state, const MemoryPlace& place) {
  const auto block = std::find_if(state.blocks.begin(), state.blocks.end(),
                                  [&](const vgpu::Block& b) { return b.number == place.block; });
  if (block == state.blocks.end()) {
    return base::fail(
        fmt::format("block {} does not run here: only blocks that have begun and not ended have shared "
                    "and local memory",
                    place.block));
  }
  Parts parts{&*block, nullptr};
  if (place.space == AccessSpace::kShared) {
    if (auto fine = check_size(place.address, place.bytes, block->shared.size(),
                               fmt::format("the shared memory of block {}", place.block));
        !fine) {
      return tl::unexpected(fine.error());
    }
    return parts;
  }
  const std::size_t warp = place.thread / kWarpSize;
  if (warp >= block->warps.size() || (block->warps[warp].threads >> place.thread % kWarpSize & 1U) == 0) {
    return base::fail(fmt::format("block {} has no thread {}", place.block, place.thread));
  }
  parts.warp = &block->warps[warp];
  if (auto fine = check_size(place.address, place.bytes, parts.warp->local.size() / kWarpSize * sizeof(std::uint32_t),
                             fmt::format("the local memory of thread {}", place.thread));
      !fine) {
    return tl::unexpected(fine.error());
  }
  return parts;
}

// Whether write_memory() will do it.
Result<void> check_memory(vgpu::MachineState& state, const MemoryPlace& place) {
  switch (place.space) {
    case AccessSpace::kGlobal:
    case AccessSpace::kConstant: {
      std::vector<std::uint8_t> present(place.bytes);
      return state.memory.read(place.address, present);
    }
    case AccessSpace::kShared:
    case AccessSpace::kLocal: {
      const auto parts = find_parts(state, place);
      return parts ? Result<void>() : tl::unexpected(parts.error());
    }
    default:
      return base::fail("only global, constant, shared and local memory can be changed");
  }
}

void write_local(vgpu::Warp& warp, std::uint32_t lane, std::uint64_t address, Bytes bytes) {
  for (const std::uint8_t byte : bytes) {
    std::uint32_t& word = warp.local[address / sizeof word * kWarpSize + lane];
    const auto shift = static_cast<std::uint32_t>(8 * (address % sizeof word));
    word = (word & ~(0xffU << shift)) | std::uint32_t{byte} << shift;
    ++address;
  }
}

// ---- Registers

Result<void> write_register(const WarpView& view, vgpu::Warp& warp, LaneMask lanes, int reg, std::uint64_t offset,
                            Bytes bytes) {
  const auto place = place_of_register(view, reg);
  if (!place) return base::fail("the register does not exist here");
  const std::uint64_t exist = std::max<std::uint64_t>(1, place->bytes);
  for (std::uint64_t i = 0; i < bytes.size(); ++i) {
    if (offset + i >= exist && bytes[i] != 0) {
      return base::fail(
          fmt::format("the variable lives in a register of {} bytes here: a larger value does not fit", exist));
    }
  }
  for (LaneMask left = lanes; left != 0; left &= left - 1) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(left));
    std::uint8_t* const row = warp.rows.data() + place->offset;
    if (place->bytes == 0) {
      if (offset != 0 || bytes.empty()) continue;
      auto& mask = *reinterpret_cast<LaneMask*>(row);
      mask = bytes[0] != 0 ? mask | 1U << lane : mask & ~(1U << lane);
      continue;
    }
    for (std::uint64_t i = 0; i < bytes.size() && offset + i < exist; ++i) {
      row[place->bytes * lane + offset + i] = bytes[i];
    }
  }
  return {};
}

// The value's bytes, one register behind the other.
Result<void> write_registers(const WarpView& view, vgpu::Warp& warp, LaneMask lanes, const Place& place,
                             std::uint64_t offset, Bytes bytes) {
  if (place.pieces.empty()) return write_register(view, warp, lanes, place.reg, offset, bytes);
  std::uint64_t begin = 0;
  for (const Place::Piece& piece : place.pieces) {
    const std::uint64_t end = begin + static_cast<std::uint64_t>(piece.bytes);
    const std::uint64_t lo = std::max(begin, offset), hi = std::min(end, offset + bytes.size());
    if (lo < hi) {
      auto done = write_register(view, warp, lanes, piece.reg, lo - begin, bytes.subspan(lo - offset, hi - lo));
      if (!done) return done;
    }
    begin = end;
  }
  if (offset + bytes.size() > begin) {
    return base::fail(fmt::format("the variable lives in registers of {} bytes together here", begin));
  }
  return {};
}

// ---- Variables in memory

Result<MemoryPlace> place_for_lane(const WarpView& view, int lane, Space space, std::uint64_t address,
                                   std::uint64_t bytes) {
  if (space == Space::kGeneric) {
    if (vgpu::in_window(address, vgpu::kSharedWindow)) {
      space = Space::kShared;
      address -= vgpu::kSharedWindow;
    } else if (vgpu::in_window(address, vgpu::kLocalWindow)) {
      space = Space::kLocal;
      address -= vgpu::kLocalWindow;
    } else if (vgpu::in_window(address, vgpu::kParamWindow)) {
      space = Space::kParam;
    }
  }
  const auto warp = static_cast<std::uint32_t>(view.warp - view.block->warps.data());
  const auto thread = warp * static_cast<std::uint32_t>(kWarpSize) + static_cast<std::uint32_t>(lane);
  switch (space) {
    case Space::kShared:
    case Space::kSharedCluster:
      return MemoryPlace{AccessSpace::kShared, address, bytes, view.block->number, 0};
    case Space::kLocal:
      return MemoryPlace{AccessSpace::kLocal, address, bytes, view.block->number, thread};
    case Space::kParam:
    case Space::kParamEntry:
    case Space::kParamFunc:
      return base::fail("a kernel's parameter is a constant of the launch: it can be changed there, before the run");
    default:
      return MemoryPlace{AccessSpace::kGlobal, address, bytes, 0, 0};
  }
}

Result<MemoryPlace> place_for_lane(const WarpView& view, int lane, const Place& place, std::uint64_t offset,
                                   std::uint64_t bytes) {
  const std::uint64_t behind = static_cast<std::uint64_t>(place.offset) + offset;
  if (place.kind == Place::Kind::kBased) {
    return place_for_lane(view, lane, place.space, read_register(view, lane, place.reg) + behind, bytes);
  }
  const auto symbol = place_of_symbol(view, place.symbol);
  if (!symbol) return base::fail("what the variable is called in PTX has no address here");
  return place_for_lane(view, lane, symbol->space, symbol->address + behind, bytes);
}

Result<void> write_in_memory(const WarpView& view, vgpu::MachineState& state, LaneMask lanes, const Place& place,
                             std::uint64_t offset, Bytes bytes) {
  std::vector<MemoryPlace> all;
  for (LaneMask left = lanes; left != 0; left &= left - 1) {
    auto one = place_for_lane(view, std::countr_zero(left), place, offset, bytes.size());
    if (!one) return tl::unexpected(one.error());
    if (auto fine = check_memory(state, *one); !fine) return fine;
    all.push_back(*one);
  }
  for (const MemoryPlace& one : all) {
    if (auto done = write_memory(state, one, bytes); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> write_memory(vgpu::MachineState& state, const MemoryPlace& place, Bytes bytes) {
  if (place.bytes != bytes.size()) {
    return base::fail(fmt::format("the place has {} bytes, {} were given", place.bytes, bytes.size()));
  }
  if (auto fine = check_memory(state, place); !fine) return fine;
  if (place.space == AccessSpace::kGlobal || place.space == AccessSpace::kConstant) {
    return state.memory.write(place.address, bytes);
  }
  const auto parts = find_parts(state, place);
  if (!parts) return tl::unexpected(parts.error());
  if (parts->warp != nullptr) {
    write_local(*parts->warp, place.thread % kWarpSize, place.address, bytes);
  } else {
    std::copy(bytes.begin(), bytes.end(), parts->block->shared.begin() + static_cast<std::ptrdiff_t>(place.address));
  }
  return {};
}

Result<void> write_variable(const vgpu::Program& program, const vgpu::Launch& launch, vgpu::MachineState& state,
                            WarpIndex warp, LaneMask lanes, const ptx::VariableInfo& variable,
                            std::uint64_t offset_bytes, Bytes bytes) {
  const auto view = find_warp(program, launch, state, warp);
  if (!view) return base::fail(fmt::format("warp {} has not begun, or has ended: it has no variables", warp));
  if ((lanes & ~view->warp->threads) != 0) {
    return base::fail(fmt::format("lanes 0x{:08x} of warp {} are no threads", lanes & ~view->warp->threads, warp));
  }
  const Place* const place = present_place(*view, variable);
  if (place == nullptr) {
    return base::fail(
        fmt::format("'{}' has no value at this instruction: it is not yet computed, or the compiler needs it no more",
                    variable.name));
  }
  const auto named = [&](Result<void> done) {
    if (!done) done.error().message = fmt::format("'{}': {}", variable.name, done.error().message);
    return done;
  };
  switch (place->kind) {
    case Place::Kind::kRegister: {
      vgpu::Block& block = state.blocks[static_cast<std::size_t>(view->block - state.blocks.data())];
      vgpu::Warp& changed = block.warps[static_cast<std::size_t>(view->warp - block.warps.data())];
      return named(write_registers(*view, changed, lanes, *place, offset_bytes, bytes));
    }
    case Place::Kind::kConstant:
      return named(base::fail("the compiler has worked its value out: nothing holds it"));
    case Place::Kind::kMemory:
    case Place::Kind::kParameter:
    case Place::Kind::kBased:
      break;
  }
  return named(write_in_memory(*view, state, lanes, *place, offset_bytes, bytes));
}

}  // namespace warpscope::trace
