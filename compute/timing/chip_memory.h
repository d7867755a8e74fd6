// timing/chip_memory.h: L2 and DRAM, which all multiprocessors share. Floor 3. Owned by one simulation.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/timing/calendar.h"
#include "compute/timing/machine_model.h"
#include "compute/timing/sector_cache.h"
#include "compute/timing/streams.h"
#include "compute/vgpu/global_memory.h"

namespace warpscope::timing {

// What went over the wires in a stretch of time is told to whoever keeps the books.
class TrafficBook {
 public:
  virtual ~TrafficBook() = default;
  virtual void moved(Cycle at, std::uint32_t l2_bytes, std::uint32_t dram_bytes) = 0;
};

class ChipMemory {
 public:
  ChipMemory(const MachineModel& model, TrafficBook& book);

  // Everything that is allocated has been read once before.
  void warm_up(const vgpu::GlobalMemory& memory);

  // When the sectors are at the multiprocessor that asked for them at `at`.
  // Requests are numbers as Line is, but of 64 bits: local memory lies beyond all addresses.
  Cycle read(std::uint64_t line, Cycle at);
  // When L2 has taken them. `partial`: parts of sectors.
  Cycle write(std::uint64_t line, Cycle at, bool partial);
  // When the old values are back. `serial`: operations at the address that most go to.
  Cycle atomic(std::uint64_t line, Cycle at, std::uint32_t serial);

  const Traffic& traffic() const { return traffic_; }

 private:
  static constexpr std::size_t kSlices = 32, kChannels = 16;
  static std::size_t slice_of(std::uint64_t line);
  static std::size_t channel_of(std::uint64_t line);
  struct Inserted {
    SectorCache::Way* way = nullptr;
    Cycle room = 0;  // when what was there before is on its way to DRAM
  };
  Inserted insert(std::uint64_t line, Cycle at);
  // What is missing comes from DRAM; when the line is whole.
  Cycle fetch(std::uint64_t line, std::uint8_t sectors, Cycle at);

  const MachineModel& model_;
  TrafficBook& book_;
  SectorCache cache_;
  std::vector<Calendar> slices_, atomics_, channels_;
  Traffic traffic_;
};

}  // namespace warpscope::timing
