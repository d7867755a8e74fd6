// How a block begins: its registers, constants, special registers and shared memory.
#include <algorithm>
#include <cstring>

#include "compute/vgpu/engine.h"
#include "compute/vgpu/launch_check.h"

namespace warpscope::vgpu {
namespace {

using base::Dim3;
using base::kAllLanes;
using base::kWarpSize;
using ptx::SpecialRegister;

template <class T>
void fill_row(std::uint8_t* row, T value) {
  auto* values = reinterpret_cast<T*>(row);
  std::fill(values, values + kWarpSize, value);
}

void write_constant(std::uint8_t* rows, const ConstantRow& constant, std::uint32_t dynamic_shared) {
  const std::uint64_t bits = constant.bits + (constant.dynamic_shared ? dynamic_shared : 0);
  std::uint8_t* row = rows + constant.offset;
  switch (constant.bytes) {
    case 0:
      *reinterpret_cast<LaneMask*>(row) = bits != 0 ? kAllLanes : 0;
      break;
    case 2:
      fill_row(row, static_cast<std::uint16_t>(bits));
      break;
    case 4:
      fill_row(row, static_cast<std::uint32_t>(bits));
      break;
    case 16:
      for (int lane = 0; lane < kWarpSize; ++lane) {
        const std::uint64_t wide[2] = {bits, 0};
        std::memcpy(row + lane * 16, wide, 16);
      }
      break;
    default:
      fill_row(row, bits);
      break;
  }
}

struct Place {
  const Launch& launch;
  const Block& block;
  std::uint32_t warp;
};

// The same for all lanes of a warp.
std::uint64_t uniform_value(SpecialRegister special, const Place& at) {
  const Launch& l = at.launch;
  const auto threads = static_cast<std::uint32_t>(l.block.count());
  switch (special) {
    case SpecialRegister::kNtidX:
      return l.block.x;
    case SpecialRegister::kNtidY:
      return l.block.y;
    case SpecialRegister::kNtidZ:
      return l.block.z;
    case SpecialRegister::kCtaidX:
      return at.block.index.x;
    case SpecialRegister::kCtaidY:
      return at.block.index.y;
    case SpecialRegister::kCtaidZ:
      return at.block.index.z;
    // Without clusters every block is one of its own.
    case SpecialRegister::kClusteridX:
      return at.block.index.x;
    case SpecialRegister::kClusteridY:
      return at.block.index.y;
    case SpecialRegister::kClusteridZ:
      return at.block.index.z;
    case SpecialRegister::kNctaidX:
    case SpecialRegister::kNclusteridX:
      return l.grid.x;
    case SpecialRegister::kNctaidY:
    case SpecialRegister::kNclusteridY:
      return l.grid.y;
    case SpecialRegister::kNctaidZ:
    case SpecialRegister::kNclusteridZ:
      return l.grid.z;
    case SpecialRegister::kClusterNctaidX:
    case SpecialRegister::kClusterNctaidY:
    case SpecialRegister::kClusterNctaidZ:
    case SpecialRegister::kClusterNctarank:
      return 1;
    case SpecialRegister::kWarpid:
      return at.warp;
    case SpecialRegister::kNwarpid:
      return (threads + kWarpSize - 1) / kWarpSize;
    case SpecialRegister::kSmid:
      return at.block.number % std::max(1U, l.multiprocessors);
    case SpecialRegister::kNsmid:
      return std::max(1U, l.multiprocessors);
    case SpecialRegister::kGridid:
      return 1;
    case SpecialRegister::kTotalSmemSize:
    case SpecialRegister::kAggrSmemSize:
      return at.block.shared.size();
    case SpecialRegister::kDynamicSmemSize:
      return l.dynamic_shared_bytes;
    default:
      return 0;
  }
}

std::uint64_t lane_value(SpecialRegister special, const Place& at, std::uint32_t lane) {
  const std::uint32_t thread = at.warp * kWarpSize + lane;
  const Dim3 index = at.launch.block.at(thread);
  const LaneMask self = 1U << lane, below = self - 1;
  switch (special) {
    case SpecialRegister::kTidX:
      return index.x;
    case SpecialRegister::kTidY:
      return index.y;
    case SpecialRegister::kTidZ:
      return index.z;
    case SpecialRegister::kLaneid:
      return lane;
    case SpecialRegister::kLanemaskEq:
      return self;
    case SpecialRegister::kLanemaskLt:
      return below;
    case SpecialRegister::kLanemaskLe:
      return below | self;
    case SpecialRegister::kLanemaskGt:
      return ~(below | self);
    case SpecialRegister::kLanemaskGe:
      return ~below;
    default:
      return uniform_value(special, at);
  }
}

void write_special(std::uint8_t* rows, const SpecialRow& row, const Place& at) {
  const bool wide = ptx::bits_of(ptx::type_of(row.special)) == 64;
  for (std::uint32_t lane = 0; lane < kWarpSize; ++lane) {
    const std::uint64_t value = lane_value(row.special, at, lane);
    if (wide) {
      reinterpret_cast<std::uint64_t*>(rows + row.offset)[lane] = value;
    } else {
      reinterpret_cast<std::uint32_t*>(rows + row.offset)[lane] = static_cast<std::uint32_t>(value);
    }
  }
}

// The same for the w-th warp of every block, whose buffers are used again.
bool is_of_place_in_block(SpecialRegister special) {
  switch (special) {
    case SpecialRegister::kTidX:
    case SpecialRegister::kTidY:
    case SpecialRegister::kTidZ:
    case SpecialRegister::kLaneid:
    case SpecialRegister::kLanemaskEq:
    case SpecialRegister::kLanemaskLt:
    case SpecialRegister::kLanemaskLe:
    case SpecialRegister::kLanemaskGt:
    case SpecialRegister::kLanemaskGe:
      return true;
    default:
      return false;
  }
}

LaneMask lanes_that_exist(std::uint32_t warp, std::uint64_t threads) {
  const std::uint64_t left = threads - std::uint64_t{warp} * kWarpSize;
  return left >= kWarpSize ? kAllLanes : (1U << left) - 1;
}

}  // namespace

void Engine::start(Block& block, std::uint64_t number) const {
  const Launch& launch = launch_.launch;
  const std::uint64_t threads = launch.block.count();
  const std::uint32_t dynamic_base = dynamic_shared_base(program_, entry_);
  block.number = number;
  block.index = launch.grid.at(number);
  block.current = 0;
  block.instructions = 0;
  block.idle_turns = 0;
  block.barriers = {};
  block.shared.assign(shared_bytes(program_, launch), 0);
  block.warps.resize((threads + kWarpSize - 1) / kWarpSize);
  for (std::uint32_t w = 0; w < block.warps.size(); ++w) {
    Warp& warp = block.warps[w];
    const bool is_new = warp.rows.empty();
    warp.rows.resize(std::size_t{program_.constant_bytes} + entry_.frame_bytes);
    std::fill(warp.rows.begin() + (is_new ? 0 : program_.constant_bytes), warp.rows.end(), 0);
    if (is_new) {
      for (const ConstantRow& constant : program_.constants) write_constant(warp.rows.data(), constant, dynamic_base);
    }
    const Place at{launch, block, w};
    for (const SpecialRow& row : program_.specials) {
      if (is_new || !is_of_place_in_block(row.special)) write_special(warp.rows.data(), row, at);
    }
    warp.local.assign(std::size_t{entry_.local_bytes} / 4 * kWarpSize, 0);
    warp.threads = lanes_that_exist(w, threads);
    warp.exited = 0;
    warp.joins.clear();
    warp.current = 0;
    warp.instructions = 0;
    warp.turn = 0;
    warp.polls = 0;
    warp.async = {};
    warp.fragments.assign(1, Fragment());
    warp.fragments[0].pc = entry_.begin;
    warp.fragments[0].mask = warp.threads;
  }
}

}  // namespace warpscope::vgpu
