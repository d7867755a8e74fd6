// vgpu/access/lane_memory.h: from the addresses of lanes to bytes of the host, with every check. Floor 2.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/state.h"

namespace warpscope::vgpu::access {

inline constexpr int kLanes = base::kWarpSize;
inline constexpr int kSpaces = 7;  // of AccessSpace

using LaneAddresses = std::array<std::uint64_t, kLanes>;

enum class Intent : std::uint8_t { kRead, kWrite, kModify };

// Where the lanes of one instruction go. What is of no lane in `lanes` is not set.
struct Located {
  std::array<LaneMask, kSpaces> lanes{};    // by AccessSpace
  LaneAddresses address;                    // as Access::address
  std::array<std::uint8_t*, kLanes> bytes;  // of the host. Local memory: see copy_in()
  LaneMask in(AccessSpace space) const { return lanes[static_cast<std::size_t>(space)]; }
  bool is_local(int lane) const { return (in(AccessSpace::kLocal) >> lane & 1U) != 0; }
};

// Calls visit(lane) for the lanes of a mask, in order.
template <class Visit>
void for_each_lane(LaneMask mask, Visit&& visit) {
  for (; mask != 0; mask &= mask - 1) visit(std::countr_zero(mask));
}

// The addresses an instruction's lanes ask for: row `base` + offset, wrapped at the width of the base.
void read_addresses(const Exec& exec, RowRef base, int base_bytes, std::int64_t offset, LaneAddresses& out);
// The same for an Inst packed by pack(): s[0], imm, and the frame where it is relative to it.
void read_addresses(const Exec& exec, const Inst& inst, const MemoryOp& op, LaneAddresses& out);

// The space an address is in, by its reach and, where that is generic, by the windows of address_space.h.
AccessSpace space_of(Reach reach, std::uint64_t address);
// Where a space's window of the generic addresses begins; 0: it has none.
std::uint64_t window_of(AccessSpace space);

// Finds the bytes of every lane in `mask`. False where one of them may not be touched: exec.trouble then says which.
bool locate(Exec& exec, Reach reach, const LaneAddresses& address, LaneMask mask, std::uint32_t bytes,
            std::uint32_t alignment, Intent intent, Located& out);

// Memory of a lane's own is interleaved with that of the other lanes word by word (Warp::local), everything else lies
// as it is addressed.
void copy_in(const Located& from, int lane, std::uint32_t bytes, std::uint8_t* to);
void copy_out(const std::uint8_t* from, std::uint32_t bytes, const Located& to, int lane);

// Trouble of one lane at an address of a space, unless another lane's was noted before.
void raise(Exec& exec, FaultKind kind, int lane, AccessSpace space, std::uint64_t address, std::uint32_t bytes,
           bool store, const char* text = nullptr);

// What an observer is told about an instruction as a whole.
struct Told {
  AccessKind kind = AccessKind::kLoad;
  MemoryOrder order = MemoryOrder::kWeak;
  MemoryScope scope = MemoryScope::kDevice;
  bool non_coherent = false;
  std::uint32_t bytes = 4;
  std::uint32_t alignment = 4;
};
inline Told told(const MemoryOp& op, AccessKind kind) {
  return {kind, op.order, op.scope, op.non_coherent, op.bytes(), op.bytes()};
}

// Adds an entry to exec.log for each space some lane goes to. store_bits(lane) is asked only of stores and atomics of
// up to 8 bytes. Addresses of other lanes stay what they were.
// Common: Told, or an Access that says the same.
template <class Common, class StoreBits>
void record(Exec& exec, const Located& located, const Common& told, StoreBits&& store_bits) {
  for (int space = 0; space < kSpaces; ++space) {
    const LaneMask lanes = located.lanes[static_cast<std::size_t>(space)];
    if (lanes == 0 || exec.log->count == kMaxAccesses) continue;
    Access& access = exec.log->accesses[exec.log->count++];
    access.kind = told.kind;
    access.space = static_cast<AccessSpace>(space);
    access.order = told.order;
    access.scope = told.scope;
    access.non_coherent = told.non_coherent;
    access.bytes = static_cast<std::uint16_t>(told.bytes);
    access.alignment = static_cast<std::uint16_t>(told.alignment);
    access.mask = lanes;
    for_each_lane(lanes, [&](int lane) { access.address[lane] = located.address[static_cast<std::size_t>(lane)]; });
    if (told.kind == AccessKind::kLoad || told.bytes > 8) continue;
    for_each_lane(lanes, [&](int lane) { access.store_bits[lane] = store_bits(lane); });
  }
}

// The host's own fence, where other threads run blocks on the same memory.
void host_fence(const Exec& exec);

}  // namespace warpscope::vgpu::access
