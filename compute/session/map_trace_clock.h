// session/map_trace_clock.h: when something happened on a GPU, in nanoseconds that all its SMs share. Floor 5. Pure.
// %globaltimer is the same for all SMs, but on some GPUs it ticks every 32 ns, on others every microsecond; %clock64
// counts every cycle, but each SM's begins where it likes.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "compute/ptx/warp_trace.h"

namespace warpscope::session {

class TraceClock {
 public:
  // `clock_ghz`: of the GPU, where the trace is too short to tell; 0: not known.
  TraceClock(std::span<const ptx::WarpTraceRecord> records, double clock_ghz);

  // Since the first record's start.
  std::uint64_t start(const ptx::WarpTraceRecord& record) const {
    return at(record.sm, record.start_ns, record.start_clock);
  }
  std::uint64_t end(const ptx::WarpTraceRecord& record) const { return at(record.sm, record.end_ns, record.end_clock); }
  // What the global timer counts in.
  std::uint64_t tick_ns() const { return tick_; }
  bool refined() const { return !offsets_.empty(); }

 private:
  std::uint64_t at(std::uint32_t sm, std::uint64_t ns, std::uint64_t clock) const;
  double fine(std::uint32_t sm, std::uint64_t ns, std::uint64_t clock) const;

  std::uint64_t base_ns_ = 0, tick_ = 1;
  double ns_per_clock_ = 0, first_ = 0;
  // By SM: from its clock, counted from `first_clock`, to nanoseconds since base_ns_.
  struct Offset {
    std::uint64_t first_clock = 0;
    double ns = 0;
  };
  std::map<std::uint32_t, Offset> offsets_;  // empty: the global timer is fine enough
};

}  // namespace warpscope::session
