// timing/ledger.h: the books of a simulation: what every warp did in every cycle. Floor 3. Owned by one simulation.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "compute/timing/chip_memory.h"
#include "compute/timing/timeline.h"

namespace warpscope::timing {

using StallCycles = std::array<std::uint64_t, kStalls>;

class Ledger final : public TrafficBook {
 public:
  explicit Ledger(std::size_t pcs) : pcs_(pcs), stretches_(kMostStretches) {}

  // One warp from `from` to `to`.
  void add(vgpu::Pc pc, Stall stall, Cycle from, Cycle to) {
    const auto s = static_cast<std::size_t>(stall);
    pcs_[pc][s] += to - from;
    if ((to - 1) >> shift_ >= kMostStretches) widen(to - 1);
    const std::uint64_t first = from >> shift_;
    if (first == (to - 1) >> shift_) {
      stretches_[first].cycles[s] += to - from;
    } else {
      add_over(s, from, to);
    }
  }
  void moved(Cycle at, std::uint32_t l2_bytes, std::uint32_t dram_bytes) override {
    if (at >> shift_ >= kMostStretches) widen(at);
    Stretch& stretch = stretches_[at >> shift_];
    stretch.l2_bytes += l2_bytes;
    stretch.dram_bytes += dram_bytes;
  }

  // Fills in what a timeline says by pc, by interval and in all. `cycles` and `sms` are known.
  void close(Timeline& timeline) const;

 private:
  static constexpr std::size_t kMostStretches = 1024;
  struct Stretch {
    StallCycles cycles{};
    std::uint64_t l2_bytes = 0, dram_bytes = 0;
  };
  void add_over(std::size_t stall, Cycle from, Cycle to);
  void widen(Cycle until);

  std::vector<StallCycles> pcs_;
  std::vector<Stretch> stretches_;
  int shift_ = 0;
};

}  // namespace warpscope::timing
