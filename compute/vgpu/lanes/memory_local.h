// vgpu/lanes/memory_local.h: elements in memory and in registers; loads and stores of local memory. Floor 2. Compiled
// once for each instruction set, as part of memory.lanes.cpp.
#pragma once

#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/address_space.h"
#include "compute/vgpu/global_memory.h"
#include "compute/vgpu/lanes/lane_addresses.h"
#include "compute/vgpu/lanes/lane_loop.h"

namespace warpscope::vgpu::lanes::WARPSCOPE_LANES {

using access::MemoryOp;
using access::Reach;

namespace {

constexpr int kHalf = 16;

// GCC unrolls loops as short as half a warp before it has looked whether they make vectors, and then they do not.
#if defined(__clang__)
#define WARPSCOPE_EACH_OF_HALF WARPSCOPE_EACH_LANE
#else
#define WARPSCOPE_EACH_OF_HALF WARPSCOPE_EACH_LANE _Pragma("GCC unroll 1")
#endif

// The type of an element in memory and in a register.
template <class Memory, class Register>
struct Cell {
  using M [[gnu::may_alias]] = Memory;
  using R = Register;
};

template <bool kMasked, class T>
WARPSCOPE_RACY_INLINE T keep(const std::int32_t* on, int l, T value, T old) {
  return !kMasked || on[l] ? value : old;
}

// ---- Local memory: word w of lane l is at [w * 32 + l]

// An element whose first word is at `words`, moved to or from a register. kStep is the distance of its words.
template <class C>
WARPSCOPE_RACY_INLINE typename C::R load_local(const std::uint32_t* words, std::uint64_t address) {
  using M = typename C::M;
  if constexpr (sizeof(M) == 8) {
    return static_cast<typename C::R>(words[0] | static_cast<std::uint64_t>(words[kLanes]) << 32);
  } else {
    return static_cast<typename C::R>(static_cast<M>(words[0] >> (8 * (address & (4 - sizeof(M)) & 3))));
  }
}

template <class C>
WARPSCOPE_RACY_INLINE void store_local(std::uint32_t* words, std::uint64_t address, typename C::R value) {
  using M = typename C::M;
  if constexpr (sizeof(M) == 8) {
    words[0] = static_cast<std::uint32_t>(value);
    words[kLanes] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32);
  } else if constexpr (sizeof(M) == 4) {
    words[0] = value;
  } else {
    const int shift = static_cast<int>(8 * (address & 3));
    const std::uint32_t bits = static_cast<std::uint32_t>((1U << (8 * sizeof(M))) - 1) << shift;
    words[0] = (words[0] & ~bits) | (static_cast<std::uint32_t>(value) << shift & bits);
  }
}

// All lanes at the same address: what stack variables nearly always are.
template <class C, int kElements, bool kMasked, bool kStore>
WARPSCOPE_RACY_INLINE void access_local_row(Exec& exec, std::uint64_t first, typename C::R* const (&rows)[4]) {
  const std::int32_t* on = exec.lane_on;
  for (int i = 0; i < kElements; ++i) {
    typename C::R* row = rows[i];
    const std::uint64_t address = first + static_cast<std::uint64_t>(i) * sizeof(typename C::M);
    std::uint32_t* words = exec.local + address / 4 * kLanes;
    if constexpr (kStore) {
      for (int l = 0; l < kLanes; ++l) {
        if (!kMasked || on[l]) store_local<C>(words + l, address, row[l]);
      }
    } else {
      WARPSCOPE_EACH_LANE
      for (int l = 0; l < kLanes; ++l) row[l] = keep<kMasked>(on, l, load_local<C>(words + l, address), row[l]);
    }
  }
}

template <class C, int kElements, bool kMasked, bool kStore>
WARPSCOPE_RACY_INLINE bool access_local(Exec& exec, const std::uint64_t* base, std::uint64_t offset,
                                        typename C::R* const (&rows)[4]) {
  constexpr std::uint32_t kSize = sizeof(typename C::M);
  constexpr std::uint32_t kBytes = kSize * kElements;
  const std::int32_t* on = exec.lane_on;
  const std::uint64_t first = base[kMasked ? std::countr_zero(exec.mask) : 0] + offset;
  alignas(64) std::uint64_t address[kLanes];
  std::uint64_t differ = 0, most = 0;
  WARPSCOPE_EACH_LANE
  for (int l = 0; l < kLanes; ++l) address[l] = !kMasked || on[l] ? base[l] + offset : first;
  for (int l = 0; l < kLanes; ++l) {
    differ |= address[l] ^ first;
    most = most < address[l] ? address[l] : most;
  }
  if (((first | differ) & (kBytes - 1)) != 0 || most >= exec.local_bytes || most + kBytes > exec.local_bytes)
    return false;
  if (differ == 0) {
    access_local_row<C, kElements, kMasked, kStore>(exec, first, rows);
    return true;
  }
  for (int l = 0; l < kLanes; ++l) {
    if (kMasked && !on[l]) continue;
    for (int i = 0; i < kElements; ++i) {
      const std::uint64_t at = address[l] + static_cast<std::uint64_t>(i) * kSize;
      std::uint32_t* words = exec.local + at / 4 * kLanes + l;
      if constexpr (kStore) {
        store_local<C>(words, at, rows[i][l]);
      } else {
        rows[i][l] = load_local<C>(words, at);
      }
    }
  }
  return true;
}

}  // namespace
}  // namespace warpscope::vgpu::lanes::WARPSCOPE_LANES
