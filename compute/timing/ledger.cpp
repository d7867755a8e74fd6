#include "compute/timing/ledger.h"

#include <algorithm>
#include <limits>

namespace warpscope::timing {

void Ledger::add_over(std::size_t stall, Cycle from, Cycle to) {
  while (from < to) {
    const Cycle end = std::min(to, ((from >> shift_) + 1) << shift_);
    stretches_[from >> shift_].cycles[stall] += end - from;
    from = end;
  }
}

// Two become one until there is room.
void Ledger::widen(Cycle until) {
  while (until >> shift_ >= kMostStretches) {
    for (std::size_t i = 0; i < kMostStretches; ++i) {
      Stretch sum;
      for (std::size_t part = 2 * i; part < 2 * i + 2 && part < kMostStretches; ++part) {
        for (std::size_t s = 0; s < kStalls; ++s) sum.cycles[s] += stretches_[part].cycles[s];
        sum.l2_bytes += stretches_[part].l2_bytes;
        sum.dram_bytes += stretches_[part].dram_bytes;
      }
      stretches_[i] = sum;
    }
    ++shift_;
  }
}

void Ledger::close(Timeline& timeline) const {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  timeline.pc_warp_cycles.resize(pcs_.size());
  timeline.warp_cycles.fill(0);
  for (std::size_t pc = 0; pc < pcs_.size(); ++pc) {
    for (std::size_t s = 0; s < kStalls; ++s) {
      timeline.pc_warp_cycles[pc][s] = static_cast<std::uint32_t>(std::min(pcs_[pc][s], kMost));
      timeline.warp_cycles[s] += pcs_[pc][s];
    }
  }
  timeline.warp_instructions = timeline.warp_cycles[static_cast<std::size_t>(Stall::kIssued)];
  timeline.interval = Cycle{1} << shift_;
  const Cycle count = timeline.cycles == 0 ? 0 : ((timeline.cycles - 1) >> shift_) + 1;
  timeline.intervals.clear();
  for (Cycle i = 0; i < count && i < kMostStretches; ++i) {
    const Stretch& stretch = stretches_[i];
    const Cycle length = std::min(timeline.interval, timeline.cycles - (i << shift_));
    Interval interval;
    interval.warp_cycles = stretch.cycles;
    interval.issued = stretch.cycles[static_cast<std::size_t>(Stall::kIssued)];
    interval.l2_bytes = stretch.l2_bytes;
    interval.dram_bytes = stretch.dram_bytes;
    std::uint64_t resident = 0;
    for (const std::uint64_t cycles : stretch.cycles) resident += cycles;
    interval.resident_warps = static_cast<double>(resident) / static_cast<double>(length * timeline.sms);
    timeline.intervals.push_back(interval);
  }
}

}  // namespace warpscope::timing
