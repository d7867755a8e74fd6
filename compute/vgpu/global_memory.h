// vgpu/global_memory.h: the device memory of the virtual GPU. Floor 2.
// Copyable in time proportional to the number of pages: the bytes are shared until one of the copies writes (a copy is
// a keyframe). While several threads run blocks on one memory, nothing may be copied, allocated or freed but by
// allocate_from_device(), which locks.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/vgpu/address_space.h"

namespace warpscope::vgpu {

inline constexpr int kPageShift = 14;
inline constexpr std::uint64_t kPageBytes = 1ULL << kPageShift;

enum class AllocationKind : std::uint8_t { kBuffer, kGlobalVariable, kConstantVariable, kDeviceHeap, kInternal };

struct Interval {
  std::uint64_t lo = 0, hi = 0;  // hi exclusive
  bool operator==(const Interval&) const = default;
};

struct Allocation {
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
  AllocationKind kind = AllocationKind::kBuffer;
  bool freed = false;
  std::string name;               // of a variable, or what the caller gave
  std::vector<Interval> written;  // offsets the host wrote or a launch may have written, merged and in order
  std::uint64_t end() const { return address + size_bytes; }
};

// 16 KiB of addresses. Never shared by two allocations, so that an access one byte behind an allocation is found.
struct Page {
  std::uint8_t* data = nullptr;   // null: no allocation here
  std::uint32_t valid_bytes = 0;  // how much of the page belongs to the allocation
  bool writable = false;          // false: shared with a copy (take writable_page()), or constant
  bool constant = false;
  std::int32_t allocation = -1;
  std::shared_ptr<std::uint8_t[]> owner;
};

class GlobalMemory {
 public:
  explicit GlobalMemory(std::uint64_t limit_bytes = 8ULL << 30);
  GlobalMemory(const GlobalMemory& other);  // shares all pages; both copies write into their own from then on
  GlobalMemory& operator=(const GlobalMemory& other);
  GlobalMemory(GlobalMemory&&) noexcept = default;
  GlobalMemory& operator=(GlobalMemory&&) noexcept = default;

  // Zeroed bytes at an address that is a multiple of 16 KiB. Size 0 gets an address of its own. Fails beyond the limit.
  base::Result<std::uint64_t> allocate(std::uint64_t size_bytes, AllocationKind kind, std::string name = {});
  base::Result<void> free(std::uint64_t address);  // the beginning of a live allocation
  // malloc() in a kernel: 0 where there is no room. Addresses follow the order of the calls.
  std::uint64_t allocate_from_device(std::uint64_t size_bytes);
  bool free_from_device(std::uint64_t address);
  // Room in the page table for that many pages of malloc(), which fails without: the table must not move during a
  // launch.
  void reserve_device_heap(std::uint64_t pages);

  base::Result<void> read(std::uint64_t address, std::span<std::uint8_t> into) const;
  base::Result<void> write(std::uint64_t address,
                           std::span<const std::uint8_t> bytes);  // constants too; counts as written
  // Marks as written what a launch without the init checker may have written: everything that is not constant.
  void assume_all_written();

  // The page an address is in, null where no allocation is. `data` may be read up to valid_bytes.
  const Page* page(std::uint64_t address) const {
    const std::uint64_t index = (address - kGlobalBase) >> kPageShift;
    return index < page_count_ && pages_[index].data != nullptr ? &pages_[index] : nullptr;
  }
  // The same, to write into: unshares it first. Null also for constants.
  Page* writable_page(std::uint64_t address) {
    const std::uint64_t index = (address - kGlobalBase) >> kPageShift;
    if (index >= page_count_ || pages_[index].data == nullptr) return nullptr;
    return pages_[index].writable ? &pages_[index] : unshare(index, false);
  }
  // All pages writable without unshare(): before threads run on this memory.
  void unshare_all();

  const std::vector<Allocation>& allocations() const { return allocations_; }  // in order of address, freed ones too
  // The live or freed allocation that contains the address, or else the nearest one; nullptr where there is none.
  const Allocation* nearest(std::uint64_t address) const;
  // "4 bytes behind 'buffer 2' (1,024 bytes at 0x...)": for fault reports.
  std::string describe(std::uint64_t address) const;
  std::uint64_t used_bytes() const { return used_bytes_; }
  // What this memory needs beside pages that it shares with another one (null: with none).
  std::uint64_t bytes_unlike(const GlobalMemory* other) const;
  // A hash of all live bytes and addresses: equal memories have equal hashes.
  std::uint64_t hash() const;

 private:
  Page* unshare(std::uint64_t index, bool constants_too);

  mutable std::vector<Page> pages_;  // copying marks the pages of both as shared
  std::uint64_t page_count_ = 0;
  std::vector<Allocation> allocations_;
  std::uint64_t limit_bytes_;
  std::uint64_t used_bytes_ = 0;
  std::unique_ptr<std::mutex> mutex_;
};

}  // namespace warpscope::vgpu
