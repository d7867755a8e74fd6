// Occupancy over one thing that changes, and the change nearby that gains most.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compute/gpu/occupancy.h"

namespace warpscope::gpu {
namespace {

constexpr std::uint64_t kSharedStep = 512;
constexpr std::uint64_t kLeastRegisters = 16, kRegistersNearby = 16;

std::uint64_t shared_of(const KernelUse& use) {
  return use.static_shared + use.dynamic_shared;
}

std::uint64_t value_of(const KernelUse& use, Axis axis) {
  switch (axis) {
    case Axis::kBlockThreads:
      return static_cast<std::uint64_t>(use.block_threads);
    case Axis::kRegisters:
      return static_cast<std::uint64_t>(use.registers_per_thread);
    case Axis::kShared:
      break;
  }
  return shared_of(use);
}

KernelUse with(KernelUse use, Axis axis, std::uint64_t value) {
  switch (axis) {
    case Axis::kBlockThreads:
      use.block_threads = static_cast<int>(value);
      break;
    case Axis::kRegisters:
      use.registers_per_thread = static_cast<int>(value);
      break;
    case Axis::kShared:
      use.static_shared = 0;
      use.dynamic_shared = value;
      break;
  }
  return use;
}

int warps_with(const SmLimits& limits, const KernelUse& use, Axis axis, std::uint64_t value) {
  const auto found = occupancy(limits, with(use, axis, value));
  return found ? found->warps : 0;
}

std::vector<std::uint64_t> fewer_registers(std::uint64_t now) {
  std::vector<std::uint64_t> values;
  for (std::uint64_t fewer = 1; fewer <= kRegistersNearby && fewer < now; ++fewer) values.push_back(now - fewer);
  return values;
}

// Only where what is given out changes: with the reserve, a multiple of the unit.
std::vector<std::uint64_t> less_shared(const SmLimits& limits, std::uint64_t now) {
  const std::uint64_t reserve = limits.reserved_shared, unit = limits.shared_unit;
  const std::uint64_t least = now - now / 4;
  std::vector<std::uint64_t> values;
  for (std::uint64_t given = (now + reserve) / unit * unit; given >= least + reserve && given > 0; given -= unit)
    if (given - reserve < now) values.push_back(given - reserve);
  return values;
}

std::vector<std::uint64_t> other_threads(std::uint64_t now) {
  const auto most = std::min<std::uint64_t>(2 * now, kMaxBlockThreads);
  std::vector<std::uint64_t> values;
  for (std::uint64_t threads = kWarpSize; threads <= most; threads += kWarpSize)
    if (2 * threads >= now && threads != now) values.push_back(threads);
  return values;
}

std::vector<std::uint64_t> nearby(const SmLimits& limits, const KernelUse& use, Axis axis) {
  const std::uint64_t now = value_of(use, axis);
  switch (axis) {
    case Axis::kRegisters:
      return fewer_registers(now);
    case Axis::kShared:
      return less_shared(limits, now);
    case Axis::kBlockThreads:
      break;
  }
  return other_threads(now);
}

std::string text_of_change(Axis axis, std::uint64_t now, std::uint64_t to) {
  switch (axis) {
    case Axis::kRegisters:
      return now - to == 1 ? "1 register fewer gives" : fmt::format("{} registers fewer gives", now - to);
    case Axis::kShared:
      return fmt::format("{} bytes less shared memory in a block gives", now - to);
    case Axis::kBlockThreads:
      break;
  }
  return fmt::format("a block of {} threads gives", to);
}

std::string text_of_gain(int before, int after) {
  if (before == 0) return fmt::format("{} warps where no block fits now", after);
  return fmt::format("{:.0f} % more warps", 100.0 * (after - before) / before);
}

}  // namespace

std::vector<CurvePoint> curve(const SmLimits& limits, const KernelUse& use, Axis axis) {
  struct Span {
    std::uint64_t first, last, step;
  };
  const Span span = axis == Axis::kBlockThreads ? Span{kWarpSize, kMaxBlockThreads, kWarpSize}
                    : axis == Axis::kRegisters
                        ? Span{kLeastRegisters, static_cast<std::uint64_t>(limits.registers_per_thread), 1}
                        : Span{0, limits.shared_per_block_optin, kSharedStep};
  std::vector<CurvePoint> points;
  for (std::uint64_t x = span.first; x <= span.last; x += span.step)
    points.push_back({x, warps_with(limits, use, axis, x)});
  return points;
}

std::optional<Suggestion> suggest(const SmLimits& limits, const KernelUse& use) {
  const auto now = occupancy(limits, use);
  if (!now) return {};
  std::optional<Suggestion> best;
  double most_for_it = 0;  // warps gained over the share of the value that is given up or added
  for (const Axis axis : {Axis::kRegisters, Axis::kShared, Axis::kBlockThreads}) {
    const auto here = static_cast<double>(value_of(use, axis));
    for (const std::uint64_t value : nearby(limits, use, axis)) {
      const int warps = warps_with(limits, use, axis, value);
      const double for_it = (warps - now->warps) * here / std::abs(static_cast<double>(value) - here);
      if (for_it <= most_for_it) continue;
      most_for_it = for_it;
      best = Suggestion{axis, value, warps, {}};
    }
  }
  if (best)
    best->text = fmt::format("{} {}", text_of_change(best->axis, value_of(use, best->axis), best->to),
                             text_of_gain(now->warps, best->warps));
  return best;
}

}  // namespace warpscope::gpu
