#include "compute/vgpu/global_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "compute/vgpu/hash.h"

namespace warpscope::vgpu {
namespace {

constexpr std::uint64_t kMaxPages = 1ULL << 26;  // 1 TiB of addresses

std::uint64_t pages_for(std::uint64_t size_bytes) {
  return std::max<std::uint64_t>(1, (size_bytes + kPageBytes - 1) >> kPageShift);
}

// Zeroed by the system page by page as they are touched: a large buffer nobody uses costs nothing. Begins a cache line
// of the host, so that a warp's load of one line of a GPU does not touch one line of the host more than it must.
std::shared_ptr<std::uint8_t[]> zeroed(std::uint64_t size_bytes) {
  constexpr std::uint64_t kLine = 64;
  void* const got = std::calloc(size_bytes + kLine, 1);
  if (got == nullptr) return nullptr;
  const std::uint64_t skip = kLine - reinterpret_cast<std::uintptr_t>(got) % kLine;
  return {static_cast<std::uint8_t*>(got) + skip, [got](std::uint8_t*) { std::free(got); }};
}

void add_interval(std::vector<Interval>& all, Interval added) {
  if (added.lo >= added.hi) return;
  auto first =
      std::lower_bound(all.begin(), all.end(), added.lo, [](const Interval& i, std::uint64_t lo) { return i.hi < lo; });
  auto last = first;
  for (; last != all.end() && last->lo <= added.hi; ++last) {
    added.lo = std::min(added.lo, last->lo);
    added.hi = std::max(added.hi, last->hi);
  }
  all.insert(all.erase(first, last), added);
}

}  // namespace

GlobalMemory::GlobalMemory(std::uint64_t limit_bytes)
    : limit_bytes_(limit_bytes), mutex_(std::make_unique<std::mutex>()) {}

GlobalMemory::GlobalMemory(const GlobalMemory& other)
    : pages_(other.pages_),
      page_count_(other.page_count_),
      allocations_(other.allocations_),
      limit_bytes_(other.limit_bytes_),
      used_bytes_(other.used_bytes_),
      mutex_(std::make_unique<std::mutex>()) {
  for (Page& page : pages_) page.writable = false;
  for (Page& page : other.pages_) page.writable = false;
}

GlobalMemory& GlobalMemory::operator=(const GlobalMemory& other) {
  if (this != &other) *this = GlobalMemory(other);
  return *this;
}

base::Result<std::uint64_t> GlobalMemory::allocate(std::uint64_t size_bytes, AllocationKind kind, std::string name) {
  const std::uint64_t pages = pages_for(size_bytes);
  if (size_bytes > limit_bytes_ - std::min(limit_bytes_, used_bytes_) || page_count_ + pages > kMaxPages) {
    return base::fail(fmt::format("out of device memory: {} bytes were asked for, {} of {} are free", size_bytes,
                                  limit_bytes_ - std::min(limit_bytes_, used_bytes_), limit_bytes_));
  }
  const std::shared_ptr<std::uint8_t[]> bytes = zeroed(size_bytes);
  if (bytes == nullptr) return base::fail(fmt::format("out of memory: this machine has no {} bytes left", size_bytes));
  Allocation allocation;
  allocation.address = kGlobalBase + (page_count_ << kPageShift);
  allocation.size_bytes = size_bytes;
  allocation.kind = kind;
  allocation.name = std::move(name);
  const bool constant = kind == AllocationKind::kConstantVariable;
  for (std::uint64_t i = 0; i < pages; ++i) {
    Page page;
    page.data = bytes.get() + (i << kPageShift);
    page.valid_bytes =
        static_cast<std::uint32_t>(std::min(kPageBytes, size_bytes - std::min(size_bytes, i << kPageShift)));
    page.constant = constant;
    page.writable = !constant;
    page.allocation = static_cast<std::int32_t>(allocations_.size());
    page.owner = bytes;
    pages_.push_back(std::move(page));
  }
  page_count_ += pages;
  used_bytes_ += size_bytes;
  allocations_.push_back(std::move(allocation));
  return allocations_.back().address;
}

base::Result<void> GlobalMemory::free(std::uint64_t address) {
  const auto found = std::find_if(allocations_.begin(), allocations_.end(),
                                  [&](const Allocation& a) { return a.address == address && !a.freed; });
  if (found == allocations_.end()) {
    return base::fail(fmt::format("0x{:x} cannot be freed: it is not the beginning of live memory, but {}", address,
                                  describe(address)));
  }
  found->freed = true;
  used_bytes_ -= found->size_bytes;
  const std::uint64_t first = (address - kGlobalBase) >> kPageShift;
  for (std::uint64_t i = first; i < first + pages_for(found->size_bytes); ++i) {
    const std::int32_t allocation = pages_[i].allocation;
    pages_[i] = Page();
    pages_[i].allocation = allocation;
  }
  return {};
}

std::uint64_t GlobalMemory::allocate_from_device(std::uint64_t size_bytes) {
  const std::lock_guard lock(*mutex_);
  // The page table must not move under threads that read it.
  if (pages_.size() + pages_for(size_bytes) > pages_.capacity()) return 0;
  return allocate(size_bytes, AllocationKind::kDeviceHeap).value_or(0);
}

bool GlobalMemory::free_from_device(std::uint64_t address) {
  const std::lock_guard lock(*mutex_);
  const Page* found = page(address);
  if (found == nullptr) return false;
  const Allocation& allocation = allocations_[static_cast<std::size_t>(found->allocation)];
  return allocation.kind == AllocationKind::kDeviceHeap && free(address).has_value();
}

void GlobalMemory::reserve_device_heap(std::uint64_t pages) {
  pages_.reserve(pages_.size() + pages);
}

base::Result<void> GlobalMemory::read(std::uint64_t address, std::span<std::uint8_t> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const Page* from = page(address + done);
    const std::uint64_t offset = (address + done) & (kPageBytes - 1);
    if (from == nullptr || offset >= from->valid_bytes) {
      return base::fail(
          fmt::format("cannot read {} bytes at 0x{:x}: {}", into.size(), address, describe(address + done)));
    }
    const std::size_t bytes = std::min<std::uint64_t>(into.size() - done, from->valid_bytes - offset);
    std::memcpy(into.data() + done, from->data + offset, bytes);
    done += bytes;
  }
  return {};
}

base::Result<void> GlobalMemory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::uint64_t index = (address + done - kGlobalBase) >> kPageShift;
    const Page* found = page(address + done);
    const std::uint64_t offset = (address + done) & (kPageBytes - 1);
    if (found == nullptr || offset >= found->valid_bytes) {
      return base::fail(
          fmt::format("cannot write {} bytes at 0x{:x}: {}", bytes.size(), address, describe(address + done)));
    }
    Page& page = pages_[index].writable ? pages_[index] : *unshare(index, true);
    const std::size_t count = std::min<std::uint64_t>(bytes.size() - done, page.valid_bytes - offset);
    std::memcpy(page.data + offset, bytes.data() + done, count);
    Allocation& allocation = allocations_[static_cast<std::size_t>(page.allocation)];
    const std::uint64_t begin = address + done - allocation.address;
    add_interval(allocation.written, {begin, begin + count});
    done += count;
  }
  return {};
}

void GlobalMemory::assume_all_written() {
  for (Allocation& allocation : allocations_) allocation.written = {{0, allocation.size_bytes}};
}

Page* GlobalMemory::unshare(std::uint64_t index, bool constants_too) {
  Page& page = pages_[index];
  if (page.constant && !constants_too) return nullptr;
  if (page.owner.use_count() > 1) {
    // Other pages of the same allocation share an owner too: then this page moves out of it, which costs one copy.
    const std::shared_ptr<std::uint8_t[]> bytes = zeroed(page.valid_bytes);
    if (bytes == nullptr) throw std::bad_alloc();
    std::memcpy(bytes.get(), page.data, page.valid_bytes);
    page.data = bytes.get();
    page.owner = bytes;
  }
  page.writable = !page.constant;
  return &page;
}

void GlobalMemory::unshare_all() {
  for (std::uint64_t i = 0; i < page_count_; ++i) {
    if (pages_[i].data != nullptr && !pages_[i].writable) unshare(i, false);
  }
}

const Allocation* GlobalMemory::nearest(std::uint64_t address) const {
  if (allocations_.empty()) return nullptr;
  const auto after = std::upper_bound(allocations_.begin(), allocations_.end(), address,
                                      [](std::uint64_t at, const Allocation& a) { return at < a.address; });
  if (after == allocations_.begin()) return &*after;
  const Allocation& before = *std::prev(after);
  if (after == allocations_.end() || address < before.end()) return &before;
  return address - before.end() <= after->address - address ? &before : &*after;
}

std::string GlobalMemory::describe(std::uint64_t address) const {
  const Allocation* a = nearest(address);
  if (a == nullptr) return "no memory has been allocated";
  const std::string name = a->name.empty() ? fmt::format("memory at 0x{:x}", a->address) : fmt::format("'{}'", a->name);
  const std::string whole = fmt::format("{} ({} bytes at 0x{:x})", name, a->size_bytes, a->address);
  const std::string_view freed = a->freed ? ", which was freed" : "";
  if (address < a->address) return fmt::format("{} bytes before {}{}", a->address - address, whole, freed);
  if (address < a->end()) return fmt::format("byte {} of {}{}", address - a->address, whole, freed);
  const std::uint64_t behind = address - a->end();
  return behind == 0 ? fmt::format("right behind the end of {}{}", whole, freed)
                     : fmt::format("{} bytes behind the end of {}{}", behind, whole, freed);
}

std::uint64_t GlobalMemory::bytes_unlike(const GlobalMemory* other) const {
  std::uint64_t bytes = pages_.size() * sizeof(Page) + allocations_.size() * sizeof(Allocation);
  for (std::uint64_t i = 0; i < page_count_; ++i) {
    const bool shared = other != nullptr && i < other->page_count_ && other->pages_[i].data == pages_[i].data;
    if (!shared && pages_[i].data != nullptr) bytes += pages_[i].valid_bytes;
  }
  return bytes;
}

std::uint64_t GlobalMemory::hash() const {
  Hash hash;
  for (std::uint64_t i = 0; i < page_count_; ++i) {
    const Page& page = pages_[i];
    if (page.data == nullptr) continue;
    hash.add(i);
    hash.add_bytes({page.data, page.valid_bytes});
  }
  return hash.value();
}

}  // namespace warpscope::vgpu
