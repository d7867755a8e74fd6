// Calls of device functions, returns, and the end of threads.
#include <algorithm>
#include <bit>
#include <cstring>

#include "compute/vgpu/address_space.h"
#include "compute/vgpu/engine.h"
#include "compute/vgpu/fragments.h"
#include "compute/vgpu/intrinsics.h"

namespace warpscope::vgpu {
namespace {

using base::kWarpSize;

constexpr std::uint32_t kMaxStackBytes = 512U << 10;     // of local memory per lane, as CUDA's limit
constexpr std::uint32_t kMaxRegisterBytes = 256U << 20;  // of all frames of a warp
constexpr std::size_t kMaxDepth = 1U << 16;

std::uint8_t* local_byte(std::uint32_t* local, std::uint32_t offset, int lane) {
  const std::size_t word = static_cast<std::size_t>(offset / 4) * kWarpSize + static_cast<std::size_t>(lane);
  return reinterpret_cast<std::uint8_t*>(local + word) + offset % 4;
}

void copy_local(std::uint32_t* local, std::uint32_t from, std::uint32_t to, std::uint32_t bytes, LaneMask lanes) {
  const std::uint32_t step = (from % 4 == 0 && to % 4 == 0) ? 4 : 1;
  for (LaneMask left = lanes; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    std::uint32_t done = 0;
    for (; step == 4 && done + 4 <= bytes; done += 4) {
      std::memcpy(local_byte(local, to + done, lane), local_byte(local, from + done, lane), 4);
    }
    for (; done < bytes; ++done) *local_byte(local, to + done, lane) = *local_byte(local, from + done, lane);
  }
}

enum class Direction : std::uint8_t { kRowToLocal, kLocalToRow };

void copy_row(std::uint8_t* row, const CallSite::Value& value, std::uint32_t* local, std::uint32_t offset,
              LaneMask lanes, Direction direction) {
  const std::uint32_t bytes = std::min<std::uint32_t>(value.size_bytes, value.row_bytes);
  for (LaneMask left = lanes; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    std::uint8_t* element = row + static_cast<std::size_t>(lane) * value.row_bytes;
    if (direction == Direction::kLocalToRow) std::memset(element, 0, value.row_bytes);
    for (std::uint32_t i = 0; i < bytes; ++i) {
      std::uint8_t* at = local_byte(local, offset + i, lane);
      direction == Direction::kRowToLocal ? * at = element[i] : element[i] = *at;
    }
  }
}

}  // namespace

int Engine::called_function(const Inst& inst, const CallSite& site, Pc pc) {
  if (site.function >= 0) return site.function;
  const auto* address = exec_.row<std::uint64_t>(site.address);
  const LaneMask lanes = fragment().mask;
  const std::uint64_t target = address[std::countr_zero(lanes)];
  LaneMask same = 0;
  for (LaneMask left = lanes; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    if (address[lane] == target) same |= 1U << lane;
  }
  if (same != lanes) part(*warp_, warp_->current, lanes & ~same, pc, pc, pc + 1);
  const std::uint64_t index = (target - kCodeBase) / 16;
  const bool known = target >= kCodeBase && target % 16 == 0 && index < program_.functions.size();
  const ptx::Function* function = known ? &program_.module->functions[index] : nullptr;
  if (function == nullptr || function->is_entry || function->is_declaration) {
    raise(FaultKind::kBadCall, inst, same, "a call through a pointer that is not the address of a device function",
          target);
    return -1;
  }
  return static_cast<int>(index);
}

// Lanes of another fragment that are in other functions keep their rows: a function's rows are laid out in its own way,
// so that rows of different functions share bytes of different lanes. The same function at the same place has room for
// all lanes.
std::uint32_t Engine::find_room(const Fragment& caller, std::int32_t function, std::uint32_t base) const {
  const std::uint32_t bytes = program_.functions[static_cast<std::size_t>(function)].frame_bytes;
  const std::uint32_t lowest = base;
  bool moved = true;
  const auto avoid = [&](const std::vector<Frame>& calls) {
    for (auto frame = calls.rbegin(); frame != calls.rend(); ++frame) {
      const std::uint32_t begin = frame->register_base;
      const std::uint32_t end = begin + program_.functions[static_cast<std::size_t>(frame->function)].frame_bytes;
      if (end <= lowest) return;  // those further out lie below
      if (end <= base || begin >= base + bytes || (frame->function == function && begin == base)) continue;
      base = end;
      moved = true;
    }
  };
  while (moved) {
    moved = false;
    for (const Fragment& other : warp_->fragments) {
      if (&other != &caller) avoid(other.calls);
    }
    for (const Join& join : warp_->joins) {
      if (join.arrived != 0) avoid(join.calls);
    }
  }
  return base;
}

void Engine::enter_function(const Inst& inst, const CallSite& site, int function, Pc pc) {
  Fragment& f = fragment();
  const FunctionCode& callee = program_.functions[static_cast<std::size_t>(function)];
  const FunctionCode& caller =
      f.calls.empty() ? entry_ : program_.functions[static_cast<std::size_t>(f.calls.back().function)];
  Frame frame;
  frame.call_pc = pc;
  frame.function = function;
  const std::uint32_t caller_base = f.calls.empty() ? program_.constant_bytes : f.calls.back().register_base;
  frame.register_base = find_room(f, function, caller_base + caller.frame_bytes);
  frame.local_base = (f.calls.empty() ? 0 : f.calls.back().local_base) + caller.local_bytes;
  const std::uint64_t local_end = std::uint64_t{frame.local_base} + callee.local_bytes;
  const std::uint64_t register_end = std::uint64_t{frame.register_base} + callee.frame_bytes;
  if (local_end > kMaxStackBytes || register_end > kMaxRegisterBytes || f.calls.size() >= kMaxDepth) {
    return raise(FaultKind::kStackOverflow, inst, f.mask, "calls are nested so deeply that the stack is full");
  }
  if (warp_->local.size() < local_end / 4 * kWarpSize) warp_->local.resize(local_end / 4 * kWarpSize);
  if (warp_->rows.size() < register_end) warp_->rows.resize(register_end);
  load_frame();
  std::uint32_t* local = warp_->local.data();
  const std::size_t count = std::min(site.arguments.size(), callee.parameter_offsets.size());
  for (std::size_t i = 0; i < count; ++i) {
    const CallSite::Value& value = site.arguments[i];
    const std::uint32_t to = frame.local_base + callee.parameter_offsets[i];
    if (value.in_local) {
      copy_local(local, exec_.frame_local_base + value.offset, to, value.size_bytes, f.mask);
    } else {
      copy_row(exec_.row<std::uint8_t>(value.row), value, local, to, f.mask, Direction::kRowToLocal);
    }
  }
  f.calls.push_back(frame);
  f.pc = callee.begin;
}

void Engine::call(const Inst& inst, Pc pc, LaneMask on) {
  const CallSite& site = program_.calls[inst.target];
  if (site.intrinsic >= 0) {
    set_mask(on);
    call_intrinsic(site.intrinsic, exec_, site);
    fragment().pc = pc + 1;
    return;
  }
  keep_only(on, pc);
  const int function = called_function(inst, site, pc);
  if (function < 0) return;
  // Lanes that return one after the other meet again behind the call.
  if (join_pc(*warp_, fragment()) != pc + 1) push_join(*warp_, fragment(), pc + 1);
  enter_function(inst, site, function, pc);
}

void Engine::return_lanes(Pc pc, LaneMask on) {
  if (fragment().calls.empty()) {
    fragment().pc = pc + 1;
    return exit_lanes(on);
  }
  if (on != fragment().mask) part(*warp_, warp_->current, fragment().mask & ~on, pc + 1, pc, kNoPc);
  Fragment& f = fragment();
  const Frame frame = f.calls.back();
  const FunctionCode& callee = program_.functions[static_cast<std::size_t>(frame.function)];
  const CallSite& site = program_.calls[program_.code[frame.call_pc].target];
  f.calls.pop_back();
  load_frame();
  std::uint32_t* local = warp_->local.data();
  const std::size_t count = std::min(site.results.size(), callee.return_offsets.size());
  for (std::size_t i = 0; i < count; ++i) {
    const CallSite::Value& value = site.results[i];
    const std::uint32_t from = frame.local_base + callee.return_offsets[i];
    if (value.in_local) {
      copy_local(local, from, exec_.frame_local_base + value.offset, value.size_bytes, f.mask);
    } else {
      copy_row(exec_.row<std::uint8_t>(value.row), value, local, from, f.mask, Direction::kLocalToRow);
    }
  }
  f.pc = frame.call_pc + 1;
  leave_joins(*warp_, warp_->current, f.calls.size());
}

void Engine::exit_lanes(LaneMask lanes) {
  end_lanes(*warp_, warp_->current, lanes);
  // Others may have waited at a barrier for these threads alone.
  release_complete_barriers();
}

}  // namespace warpscope::vgpu
