#include "compute/timing/chip_memory.h"

#include <cmath>

namespace warpscope::timing {
namespace {

constexpr std::uint32_t kSectorBytes = 32;

std::uint32_t bytes_of(std::uint8_t sectors) {
  return kSectorBytes * sectors_in(sectors);
}

// Spreads lines that are powers of two apart.
std::uint64_t fold(std::uint64_t line) {
  return line ^ line >> 5 ^ line >> 10 ^ line >> 15 ^ line >> 20;
}

}  // namespace

ChipMemory::ChipMemory(const MachineModel& model, TrafficBook& book)
    : model_(model),
      book_(book),
      cache_(model.l2_capacity),
      slices_(kSlices, Calendar(model.l2_bytes / kSlices)),
      atomics_(kSlices, Calendar(model.atomics, 6, 8192)),
      channels_(kChannels, Calendar(model.dram_bytes / kChannels)) {}

std::size_t ChipMemory::slice_of(std::uint64_t line) {
  return fold(line) % kSlices;
}

std::size_t ChipMemory::channel_of(std::uint64_t line) {
  return (fold(line) >> 1) % kChannels;
}

ChipMemory::Inserted ChipMemory::insert(std::uint64_t line, Cycle at) {
  SectorCache::Evicted evicted;
  Inserted inserted{cache_.insert(line, evicted), at};
  if (evicted.dirty != 0) {
    const std::uint32_t bytes = bytes_of(evicted.dirty);
    traffic_.dram_write_bytes += bytes;
    inserted.room = channels_[channel_of(evicted.line)].take(at, bytes);
    book_.moved(at, 0, bytes);
  }
  return inserted;
}

Cycle ChipMemory::fetch(std::uint64_t line, std::uint8_t sectors, Cycle at) {
  const std::uint32_t bytes = bytes_of(sectors);
  const auto there = static_cast<Cycle>(model_.l2_latency / 2);
  const Cycle begins = channels_[channel_of(line)].take(at + there, bytes);
  traffic_.dram_read_bytes += bytes;
  book_.moved(begins, 0, bytes);
  return begins + static_cast<Cycle>(model_.dram_latency) - there;
}

Cycle ChipMemory::read(std::uint64_t request, Cycle at) {
  const std::uint64_t line = request >> 4;
  const auto sectors = static_cast<std::uint8_t>(request & 15);
  const std::uint32_t bytes = bytes_of(sectors);
  const Cycle begins = slices_[slice_of(line)].take(at, bytes);
  Cycle ready = begins + static_cast<Cycle>(model_.l2_latency);
  SectorCache::Way* way = cache_.find(line);
  if (way == nullptr) way = insert(line, begins).way;
  const auto present = static_cast<std::uint8_t>(sectors & way->valid);
  const auto missing = static_cast<std::uint8_t>(sectors & ~way->valid);
  if (present != 0) ready = std::max(ready, way->ready);
  if (missing != 0) {
    way->valid |= missing;
    way->ready = fetch(line, missing, begins);
    ready = std::max(ready, way->ready);
  }
  traffic_.l2_sectors += bytes / kSectorBytes;
  traffic_.l2_hits += sectors_in(present);
  traffic_.l2_read_bytes += bytes;
  book_.moved(begins, bytes, 0);
  return ready;
}

Cycle ChipMemory::write(std::uint64_t request, Cycle at, bool partial) {
  const std::uint64_t line = request >> 4;
  const auto sectors = static_cast<std::uint8_t>(request & 15);
  const std::uint32_t bytes = bytes_of(sectors);
  const std::uint32_t work =
      partial ? static_cast<std::uint32_t>(std::popcount(sectors) * model_.partial_write_bytes) : bytes;
  const Cycle begins = slices_[slice_of(line)].take(at, work);
  Cycle done = begins;
  SectorCache::Way* way = cache_.find(line);
  if (way == nullptr) {
    const Inserted inserted = insert(line, begins);
    way = inserted.way;
    done = inserted.room;
  }
  way->valid |= sectors;
  way->dirty |= sectors;
  traffic_.l2_sectors += bytes / kSectorBytes;
  traffic_.l2_hits += bytes / kSectorBytes;
  traffic_.l2_write_bytes += bytes;
  book_.moved(begins, bytes, 0);
  return done;
}

Cycle ChipMemory::atomic(std::uint64_t request, Cycle at, std::uint32_t serial) {
  const std::uint64_t line = request >> 4;
  const auto sectors = static_cast<std::uint8_t>(request & 15);
  const Cycle data = read(request, at) - static_cast<Cycle>(model_.l2_latency);
  const Cycle begins = atomics_[slice_of(line)].take(data, std::max(1U, serial));
  if (SectorCache::Way* way = cache_.find(line); way != nullptr) way->dirty |= sectors;
  const auto work = static_cast<Cycle>(std::lround(std::max(1U, serial) / model_.atomics));
  return begins + work - 1 + static_cast<Cycle>(model_.l2_atomic_latency);
}

void ChipMemory::warm_up(const vgpu::GlobalMemory& memory) {
  SectorCache::Evicted evicted;
  for (const vgpu::Allocation& allocation : memory.allocations()) {
    if (allocation.freed || allocation.size_bytes == 0) continue;
    const std::uint64_t first = (allocation.address - vgpu::kGlobalBase) >> 7;
    const std::uint64_t last = (allocation.end() - 1 - vgpu::kGlobalBase) >> 7;
    for (std::uint64_t line = first; line <= last; ++line) {
      if (cache_.find(line) == nullptr) cache_.insert(line, evicted)->valid = 15;
    }
  }
}

}  // namespace warpscope::timing
