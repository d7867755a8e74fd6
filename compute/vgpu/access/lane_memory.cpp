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

namespace {

// One lane, with every check. False: exec.trouble says why.
bool locate_checked(Exec& exec, Reach reach, std::uint64_t address, int lane, std::uint32_t bytes,
                    std::uint32_t alignment, Intent intent, Located& out) {
  const auto l = static_cast<std::size_t>(lane);
  AccessSpace space = space_of(reach, address);
  const std::uint64_t at = reach == Reach::kGeneric ? address - window_of(space) : address;
  const bool store = intent != Intent::kRead;
  // A 64-bit address that reaches beyond a window's 4 GiB must not wrap around in sums.
  if (window_of(space) != 0 && at >= kWindowBytes) {
    raise(exec, FaultKind::kOutOfBounds, lane, space, at, bytes, store);
    return false;
  }
  if (at % alignment != 0) {
    raise(exec, FaultKind::kMisaligned, lane, space, at, bytes, store);
    return false;
  }
  FaultKind why = FaultKind::kOutOfBounds;
  if (!locate_lane(exec, lane, at, bytes, intent, space, out.bytes[l], why)) {
    raise(exec, why, lane, space, at, bytes, store,
          why == FaultKind::kBadOperand ? "atomics need global or shared memory, this is a lane's local memory"
                                        : nullptr);
    return false;
  }
  out.address[l] = at;
  out.lanes[static_cast<std::size_t>(space)] |= LaneMask{1} << lane;
  return true;
}

// All lanes in one space and nothing wrong with any, which is nearly always so. False: ask lane by lane.
bool locate_shared(const Exec& exec, const LaneAddresses& address, std::uint64_t window, LaneMask mask,
                   std::uint32_t bytes, std::uint32_t alignment, Located& out) {
  bool fine = true;
  for_each_lane(mask, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    const std::uint64_t at = address[l] - window;
    fine &= at < exec.shared_bytes && at + bytes <= exec.shared_bytes && (at & (alignment - 1)) == 0;
    out.address[l] = at;
    out.bytes[l] = exec.shared + (fine ? at : 0);
  });
  if (fine) out.lanes[static_cast<std::size_t>(AccessSpace::kShared)] |= mask;
  return fine;
}

bool locate_local(const Exec& exec, const LaneAddresses& address, std::uint64_t window, LaneMask mask,
                  std::uint32_t bytes, std::uint32_t alignment, Located& out) {
  bool fine = true;
  for_each_lane(mask, [&](int lane) {
    const auto l = static_cast<std::size_t>(lane);
    const std::uint64_t at = address[l] - window;
    fine &= at < exec.local_bytes && at + bytes <= exec.local_bytes && (at & (alignment - 1)) == 0;
    const std::uint64_t word = fine ? at / 4 * kLanes + l : 0;
    out.address[l] = at;
    out.bytes[l] = reinterpret_cast<std::uint8_t*>(exec.local + word) + at % 4;
  });
  if (fine) out.lanes[static_cast<std::size_t>(AccessSpace::kLocal)] |= mask;
  return fine;
}

bool locate_pages(Exec& exec, const LaneAddresses& address, LaneMask mask, std::uint32_t bytes, std::uint32_t alignment,
                  bool store, Located& out) {
  const Page* page = nullptr;
  std::uint64_t page_begin = 1;  // no page begins there
  LaneMask constant = 0;
  for (LaneMask left = mask; left != 0; left &= left - 1) {
    const int lane = std::countr_zero(left);
    const auto l = static_cast<std::size_t>(lane);
    const std::uint64_t offset = address[l] & (kPageBytes - 1);
    if (address[l] - offset != page_begin) {
      page = store ? exec.memory->writable_page(address[l]) : exec.memory->page(address[l]);
      page_begin = address[l] - offset;
      if (page == nullptr) return false;
    }
    if (offset + bytes > page->valid_bytes || (offset & (alignment - 1)) != 0) return false;
    if (page->constant) constant |= LaneMask{1} << lane;
    out.address[l] = address[l];
    out.bytes[l] = page->data + offset;
  }
  out.lanes[static_cast<std::size_t>(AccessSpace::kConstant)] |= constant;
  out.lanes[static_cast<std::size_t>(AccessSpace::kGlobal)] |= mask & ~constant;
  return true;
}

bool locate_at_once(Exec& exec, Reach reach, const LaneAddresses& address, LaneMask mask, std::uint32_t bytes,
                    std::uint32_t alignment, Intent intent, Located& out) {
  if (mask == 0) return true;
  const AccessSpace space = space_of(reach, address[static_cast<std::size_t>(std::countr_zero(mask))]);
  const std::uint64_t window = reach == Reach::kGeneric ? window_of(space) : 0;
  switch (space) {
    case AccessSpace::kShared:
      return locate_shared(exec, address, window, mask, bytes, alignment, out);
    case AccessSpace::kLocal:
      return intent != Intent::kModify && locate_local(exec, address, window, mask, bytes, alignment, out);
    case AccessSpace::kGlobal:
    case AccessSpace::kConstant:
      return locate_pages(exec, address, mask, bytes, alignment, intent != Intent::kRead, out);
    default:
      return false;
  }
}

}  // namespace

bool locate(Exec& exec, Reach reach, const LaneAddresses& address, LaneMask mask, std::uint32_t bytes,
            std::uint32_t alignment, Intent intent, Located& out) {
  if (locate_at_once(exec, reach, address, mask, bytes, alignment, intent, out)) return true;
  for (; mask != 0; mask &= mask - 1) {
    const int lane = std::countr_zero(mask);
    if (!locate_checked(exec, reach, address[static_cast<std::size_t>(lane)], lane, bytes, alignment, intent, out)) {
      return false;
    }
  }
  return true;
}

WARPSCOPE_RACY void copy_in(const Located& from, int lane, std::uint32_t bytes, std::uint8_t* to) {
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

WARPSCOPE_RACY void copy_out(const std::uint8_t* from, std::uint32_t bytes, const Located& to, int lane) {
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
