// vgpu/aligned_bytes.h: a byte vector on a cache-line boundary. Floor 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace warpscope::vgpu {

template <class T>
struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <class U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
  bool operator==(const CacheLineAllocator&) const { return true; }
};

// Rows of registers, shared memory: loads of whole vectors never straddle a cache line.
using AlignedBytes = std::vector<std::uint8_t, CacheLineAllocator<std::uint8_t>>;

}  // namespace warpscope::vgpu
