// timing/calendar.h: something that serves so much a cycle, and when it has time. Floor 3. Plain values.
// Requests may come a little out of order (multiprocessors take turns), so that a single "free from" would leave gaps
// that nobody fills: what is given out is counted in stretches of time instead.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/timing/timeline.h"

namespace warpscope::timing {

class Calendar {
 public:
  // `per_cycle`: what is served a cycle (bytes, operations).
  explicit Calendar(double per_cycle = 1, int stretch_shift = 4, std::size_t stretches = 2048)
      : shift_(stretch_shift),
        capacity_(static_cast<std::uint32_t>(per_cycle * (1 << stretch_shift) * kUnits + 0.5)),
        entries_(stretches) {
    if (capacity_ == 0) capacity_ = 1;
  }

  // When the service of something that comes at `at` begins.
  Cycle take(Cycle at, std::uint32_t amount) {
    std::uint64_t number = at >> shift_;
    if (number >= full_from_ && number < full_to_) number = full_to_;
    while (entry(number).used >= capacity_) ++number;
    Entry& found = entry(number);
    const Cycle begins = (number << shift_) + (static_cast<std::uint64_t>(found.used) << shift_) / capacity_;
    std::uint64_t left = std::uint64_t{amount} * kUnits;
    for (std::uint64_t n = number; left > 0; ++n) {
      Entry& e = entry(n);
      const std::uint64_t room = e.used >= capacity_ ? 0 : capacity_ - e.used;
      const std::uint64_t taken = left < room ? left : room;
      e.used += static_cast<std::uint32_t>(taken);
      left -= taken;
      if (e.used >= capacity_) mark_full(n);
    }
    return begins > at ? begins : at;
  }

 private:
  static constexpr std::uint32_t kUnits = 16;  // parts that amounts are counted in
  struct Entry {
    std::uint64_t number = 0;
    std::uint32_t used = 0;
  };
  Entry& entry(std::uint64_t number) {
    Entry& e = entries_[number & (entries_.size() - 1)];
    if (e.number < number) e = {number, 0};
    return e;  // a later one where time has gone round: as full as that
  }
  void mark_full(std::uint64_t number) {
    if (number == full_to_) {
      ++full_to_;
    } else if (number > full_to_ || number < full_from_) {
      if (number > full_to_) {
        full_from_ = number;
        full_to_ = number + 1;
      }
    }
  }

  int shift_;
  std::uint32_t capacity_;
  std::uint64_t full_from_ = 0, full_to_ = 0;  // all of these are full
  std::vector<Entry> entries_;                 // a power of two
};

}  // namespace warpscope::timing
