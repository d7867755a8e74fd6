#include "compute/vgpu/access/lane_memory.h"

#include <atomic>

#include "compute/vgpu/address_space.h"
#include "compute/vgpu/global_memory.h"

namespace warpscope::vgpu::access {

std::uint64_t window_of(AccessSpace space) {
  switch (space) {
    case AccessSpace::kShared:
      return kSharedWindow;
    case AccessSpace::kLocal:
      return kLocalWindow;
    case AccessSpace::kParameter:
      return kParamWindow;
    default:
      return 0;
  }
}

AccessSpace space_of(Reach reach, std::uint64_t address) {
  switch (reach) {
    case Reach::kGlobal:
      return AccessSpace::kGlobal;
    case Reach::kConstant:
      return AccessSpace::kConstant;
    case Reach::kShared:
      return AccessSpace::kShared;
    case Reach::kLocal:
      return AccessSpace::kLocal;
    case Reach::kParameter:
      return AccessSpace::kParameter;
    case Reach::kGeneric:
      break;
  }
  if (in_window(address, kSharedWindow)) return AccessSpace::kShared;
  if (in_window(address, kLocalWindow)) return AccessSpace::kLocal;
  if (in_window(address, kParamWindow)) return AccessSpace::kParameter;
  return AccessSpace::kGlobal;
}

namespace {

// One lane's bytes in global memory; constants that a generic address found are told apart from the rest.
bool locate_global(Exec& exec, std::uint64_t address, std::uint32_t bytes, Intent intent, AccessSpace& space,
                   std::uint8_t*& out, FaultKind& why) {
  const Page* page = exec.memory->page(address);
  const std::uint64_t offset = address & (kPageBytes - 1);
  why = FaultKind::kOutOfBounds;
  if (page == nullptr || offset + bytes > page->valid_bytes) return false;
  if (page->constant) space = AccessSpace::kConstant;
  if (intent != Intent::kRead) {
    page = exec.memory->writable_page(address);
    why = FaultKind::kReadOnly;
    if (page == nullptr) return false;
  }
  out = page->data + offset;
  return true;
}

bool locate_lane(Exec& exec, int lane, std::uint64_t address, std::uint32_t bytes, Intent intent, AccessSpace& space,
                 std::uint8_t*& out, FaultKind& why) {
  why = FaultKind::kOutOfBounds;
  switch (space) {
    case AccessSpace::kShared:
      out = exec.shared + address;
      return address + bytes <= exec.shared_bytes;
    case AccessSpace::kLocal: {
      if (address + bytes > exec.local_bytes) return false;
      auto* word = reinterpret_cast<std::uint8_t*>(exec.local + address / 4 * kLanes + static_cast<std::size_t>(lane));
      out = word + address % 4;
      if (intent != Intent::kModify) return true;
      why = FaultKind::kBadOperand;
      return false;
    }
    case AccessSpace::kParameter:
      if (address + bytes > exec.parameter_bytes) return false;
      // Only ever read from: every other intent fails here.
      out = const_cast<std::uint8_t*>(exec.parameters) + address;
      why = FaultKind::kReadOnly;
      return intent == Intent::kRead;
    default:
      return locate_global(exec, address, bytes, intent, space, out, why);
  }
}

}  // namespace

void read_addresses(const Exec& exec, RowRef base, int base_bytes, std::int64_t offset, LaneAddresses& out) {
  if (base_bytes == 4) {
    const auto* from = exec.row<std::uint32_t>(base);
    for (std::size_t lane = 0; lane < kLanes; ++lane) out[lane] = from[lane] + static_cast<std::uint32_t>(offset);
  } else {
    const auto* from = exec.row<std::uint64_t>(base);
    for (std::size_t lane = 0; lane < kLanes; ++lane) out[lane] = from[lane] + static_cast<std::uint64_t>(offset);
  }
}

void read_addresses(const Exec& exec, const Inst& inst, const MemoryOp& op, LaneAddresses& out) {
  const std::uint32_t frame = op.frame_relative ? exec.frame_local_base : 0;
  read_addresses(exec, inst.s[0], op.base_bytes, inst.imm + frame, out);
}

void raise(Exec& exec, FaultKind kind, int lane, AccessSpace space, std::uint64_t address, std::uint32_t bytes,
           bool store, const char* text) {
  if (exec.trouble.raised) return;
  exec.trouble.raised = true;
  exec.trouble.kind = static_cast<std::uint8_t>(kind);
  exec.trouble.lane = static_cast<std::uint8_t>(lane);
  exec.trouble.store = store;
  exec.trouble.bytes = bytes;
  exec.trouble.address = window_of(space) + address;
  exec.trouble.text = text;
}

bool locate(Exec& exec, Reach reach, const LaneAddresses& address, LaneMask mask, std::uint32_t bytes,
            std::uint32_t alignment, Intent intent, Located& out) {
  for (; mask != 0; mask &= mask - 1) {
    const int lane = std::countr_zero(mask);
    const auto l = static_cast<std::size_t>(lane);
    AccessSpace space = space_of(reach, address[l]);
    const std::uint64_t at = reach == Reach::kGeneric ? address[l] - window_of(space) : address[l];
    FaultKind why = FaultKind::kMisaligned;
    // A 64-bit address that reaches beyond a window's 4 GiB must not wrap around in the sums below.
    const bool sane = window_of(space) == 0 || at < kWindowBytes;
    if (sane && at % alignment != 0) {
      raise(exec, why, lane, space, at, bytes, intent != Intent::kRead);
      return false;
    }
    const bool found = sane && locate_lane(exec, lane, at, bytes, intent, space, out.bytes[l], why);
    if (!found) {
      if (!sane) why = FaultKind::kOutOfBounds;
      raise(exec, why, lane, space, at, bytes, intent != Intent::kRead,
            why == FaultKind::kBadOperand ? "atomics need global or shared memory, this is a lane's local memory"
                                          : nullptr);
      return false;
    }
    out.address[l] = at;
    out.lanes[static_cast<std::size_t>(space)] |= LaneMask{1} << lane;
  }
  return true;
}

[[gnu::no_sanitize("thread")]] void copy_in(const Located& from, int lane, std::uint32_t bytes, std::uint8_t* to) {
  const std::uint8_t* source = from.bytes[static_cast<std::size_t>(lane)];
  if (from.is_local(lane) && bytes > 4) {
    for (std::uint32_t i = 0; i < bytes; i += 4) __builtin_memcpy(to + i, source + std::size_t{i} * kLanes, 4);
    return;
  }
  switch (bytes) {  // sizes known to the compiler become single loads, which other threads cannot tear
    case 1:
      *to = *source;
      break;
    case 2:
      __builtin_memcpy(to, source, 2);
      break;
    case 4:
      __builtin_memcpy(to, source, 4);
      break;
    default:
      for (std::uint32_t i = 0; i < bytes; i += 8) __builtin_memcpy(to + i, source + i, 8);
  }
}

[[gnu::no_sanitize("thread")]] void copy_out(const std::uint8_t* from, std::uint32_t bytes, const Located& to,
                                             int lane) {
  std::uint8_t* target = to.bytes[static_cast<std::size_t>(lane)];
  if (to.is_local(lane) && bytes > 4) {
    for (std::uint32_t i = 0; i < bytes; i += 4) __builtin_memcpy(target + std::size_t{i} * kLanes, from + i, 4);
    return;
  }
  switch (bytes) {
    case 1:
      *target = *from;
      break;
    case 2:
      __builtin_memcpy(target, from, 2);
      break;
    case 4:
      __builtin_memcpy(target, from, 4);
      break;
    default:
      for (std::uint32_t i = 0; i < bytes; i += 8) __builtin_memcpy(target + i, from + i, 8);
  }
}

void host_fence(const Exec& exec) {
#if !defined(__SANITIZE_THREAD__)  // which does not know fences
  if (exec.threads_share_memory) std::atomic_thread_fence(std::memory_order_seq_cst);
#else
  (void)exec;
#endif
}

}  // namespace warpscope::vgpu::access
