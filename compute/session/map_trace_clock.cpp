#include "compute/session/map_trace_clock.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace warpscope::session {
namespace {

using ptx::WarpTraceRecord;

// Up to here the timer is taken as it is: a warp takes longer to begin.
constexpr std::uint64_t kFineTick = 32;
// So many ticks long a trace must be for its own rate to be trusted.
constexpr std::uint64_t kTicksForRate = 16;

constexpr std::uint64_t kTickUnknown = 1'000'000;

struct Reading {
  std::uint32_t sm = 0;
  double ns = 0, clock = 0;  // since the first of all, and the SM's first
};

// The timer's values are multiples of its tick, counted from wherever it began.
std::uint64_t tick_of(std::span<const WarpTraceRecord> records, std::uint64_t base) {
  std::uint64_t tick = 0;
  for (const WarpTraceRecord& record : records) {
    tick = std::gcd(tick, record.start_ns - base);
    tick = std::gcd(tick, record.end_ns - base);
  }
  // All within one tick: it is longer than the launch.
  return tick == 0 ? kTickUnknown : tick;
}

// One slope for all SMs, which share a clock: least squares around each one's own mean. 0 where nothing can be told.
double slope_of(const std::vector<Reading>& readings) {
  struct Sums {
    double n = 0, ns = 0, clock = 0;
  };
  std::map<std::uint32_t, Sums> sums;
  for (const Reading& reading : readings) {
    Sums& sum = sums[reading.sm];
    sum.n += 1;
    sum.ns += reading.ns;
    sum.clock += reading.clock;
  }
  double both = 0, square = 0;
  for (const Reading& reading : readings) {
    const Sums& sum = sums[reading.sm];
    const double clock = reading.clock - sum.clock / sum.n;
    both += (reading.ns - sum.ns / sum.n) * clock;
    square += clock * clock;
  }
  return square > 0 && both > 0 ? both / square : 0;
}

// The timer shows the beginning of the tick that the true time is in: every reading leaves the offset a tick's room.
double offset_of(const std::vector<Reading>& readings, std::uint32_t sm, double ns_per_clock, double tick) {
  double least = -std::numeric_limits<double>::infinity(), most = -least, sum = 0;
  std::size_t count = 0;
  for (const Reading& reading : readings) {
    if (reading.sm != sm) continue;
    const double offset = reading.ns - ns_per_clock * reading.clock;
    least = std::max(least, offset);
    most = std::min(most, offset + tick);
    sum += offset;
    ++count;
  }
  // Where the clock was not as steady as that, on average half a tick has passed.
  return least <= most ? (least + most) / 2 : sum / static_cast<double>(count) + tick / 2;
}

}  // namespace

TraceClock::TraceClock(std::span<const WarpTraceRecord> records, double clock_ghz) {
  if (records.empty()) return;
  std::uint64_t last = 0;
  base_ns_ = ~0ULL;
  for (const WarpTraceRecord& record : records) {
    base_ns_ = std::min(base_ns_, record.start_ns);
    last = std::max(last, record.end_ns);
    const auto [known, is_new] = offsets_.try_emplace(record.sm, Offset{record.start_clock, 0});
    known->second.first_clock = std::min(known->second.first_clock, record.start_clock);
  }
  tick_ = tick_of(records, base_ns_);
  std::vector<Reading> readings;
  for (const WarpTraceRecord& record : records) {
    const std::uint64_t first = offsets_[record.sm].first_clock;
    readings.push_back(
        {record.sm, static_cast<double>(record.start_ns - base_ns_), static_cast<double>(record.start_clock - first)});
    readings.push_back(
        {record.sm, static_cast<double>(record.end_ns - base_ns_), static_cast<double>(record.end_clock - first)});
  }
  const bool long_enough = last - base_ns_ >= kTicksForRate * tick_;
  ns_per_clock_ = long_enough ? slope_of(readings) : clock_ghz > 0 ? 1 / clock_ghz : 0;
  if (tick_ <= kFineTick || ns_per_clock_ <= 0) {
    offsets_.clear();
    return;
  }
  for (auto& [sm, offset] : offsets_) offset.ns = offset_of(readings, sm, ns_per_clock_, static_cast<double>(tick_));
  first_ = std::numeric_limits<double>::infinity();
  for (const WarpTraceRecord& record : records) {
    first_ = std::min(first_, fine(record.sm, record.start_ns, record.start_clock));
  }
}

double TraceClock::fine(std::uint32_t sm, std::uint64_t ns, std::uint64_t clock) const {
  const auto offset = offsets_.find(sm);
  if (offset == offsets_.end()) return static_cast<double>(ns - base_ns_);
  return offset->second.ns + ns_per_clock_ * static_cast<double>(clock - offset->second.first_clock);
}

std::uint64_t TraceClock::at(std::uint32_t sm, std::uint64_t ns, std::uint64_t clock) const {
  return static_cast<std::uint64_t>(std::llround(std::max(0.0, fine(sm, ns, clock) - first_)));
}

}  // namespace warpscope::session
