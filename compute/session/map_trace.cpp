#include "compute/session/map_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "compute/session/map_simulate.h"
#include "compute/session/map_trace_clock.h"
#include "compute/session/place_arguments.h"

namespace warpscope::session {
namespace {

using timing::BlockSpan;
using timing::Cycle;
using timing::Timeline;
using timing::WarpSpan;

constexpr Cycle kIntervals = 512;
constexpr int kSubPartitions = 4;

// Buffers and textures of one launch; gone when it is over.
class Placed {
 public:
  explicit Placed(device::Device& device) : device_(device) {}
  ~Placed() {
    for (const PlacedArgument& argument : arguments_) {
      if (argument.address != 0 && argument.same_as < 0) (void)device_.free(argument.address);
    }
  }
  Placed(const Placed&) = delete;
  Placed& operator=(const Placed&) = delete;

  base::Result<std::vector<std::vector<std::uint8_t>>> place(const StepLaunch& launch) {
    std::vector<std::string> specs;
    for (const StepArgument& argument : launch.arguments) specs.push_back(argument.spec);
    auto placed = place_arguments(device_, specs);
    if (!placed) return tl::unexpected(placed.error());
    arguments_ = std::move(*placed);
    std::vector<std::vector<std::uint8_t>> bytes;
    for (const PlacedArgument& argument : arguments_) bytes.push_back(argument.bytes);
    return bytes;
  }

 private:
  device::Device& device_;
  std::vector<PlacedArgument> arguments_;
};

// Blocks in the order in which they began, with the record of their first warp; the error names one that is torn.
base::Result<void> take_blocks(const device::WarpTrace& trace, const TraceClock& clock, Timeline& timeline) {
  const std::size_t warps = trace.warps_per_block;
  for (std::size_t first = 0; first + warps <= trace.records.size(); first += warps) {
    BlockSpan span;
    span.block = first / warps;
    span.sm = trace.records[first].sm;
    span.start = ~Cycle{0};
    for (std::size_t w = first; w < first + warps; ++w) {
      const ptx::WarpTraceRecord& record = trace.records[w];
      if (record.sm != span.sm) {
        return base::fail(fmt::format("block {} was seen on SM {} and on SM {}: what the GPU wrote cannot be",
                                      span.block, span.sm, record.sm));
      }
      span.start = std::min(span.start, clock.start(record));
      span.end = std::max({span.end, clock.end(record), span.start});
    }
    timeline.sms = std::max(timeline.sms, span.sm + 1);
    timeline.cycles = std::max(timeline.cycles, span.end);
    timeline.blocks.push_back(span);
  }
  std::sort(timeline.blocks.begin(), timeline.blocks.end(), [](const BlockSpan& a, const BlockSpan& b) {
    return std::tie(a.start, a.sm, a.block) < std::tie(b.start, b.sm, b.block);
  });
  timeline.block_at.resize(timeline.blocks.size());
  for (std::uint32_t i = 0; i < timeline.blocks.size(); ++i) timeline.block_at[timeline.blocks[i].block] = i;
  return {};
}

// Each block takes the first slot of its SM that is free. What is left over at the end is the tail.
void give_slots(Timeline& timeline) {
  struct Slot {
    Cycle free = 0;
    std::uint16_t blocks = 0;
  };
  std::vector<std::vector<Slot>> slots(timeline.sms);
  for (BlockSpan& span : timeline.blocks) {
    auto& of_sm = slots[span.sm];
    auto slot = std::find_if(of_sm.begin(), of_sm.end(), [&](const Slot& each) { return each.free <= span.start; });
    if (slot == of_sm.end()) slot = of_sm.insert(of_sm.end(), Slot{});
    span.slot = static_cast<std::uint16_t>(slot - of_sm.begin());
    span.wave = slot->blocks++;
    slot->free = span.end;
  }
  timeline.tail = timeline.cycles;
  for (const auto& of_sm : slots) {
    timeline.slots = std::max(timeline.slots, static_cast<std::uint16_t>(of_sm.size()));
    for (const Slot& slot : of_sm) timeline.tail = std::min(timeline.tail, slot.free);
  }
}

void take_warps(const device::WarpTrace& trace, const TraceClock& clock, Timeline& timeline) {
  timeline.warps.reserve(trace.records.size());
  for (std::uint32_t i = 0; i < timeline.blocks.size(); ++i) {
    const std::uint64_t first = timeline.blocks[i].block * trace.warps_per_block;
    for (std::uint32_t w = 0; w < trace.warps_per_block; ++w) {
      const ptx::WarpTraceRecord& record = trace.records[first + w];
      const Cycle start = clock.start(record);
      timeline.warps.push_back(
          {i, static_cast<std::uint16_t>(w), static_cast<std::uint8_t>(record.warp_slot % kSubPartitions),
           static_cast<std::uint8_t>(record.warp_slot / kSubPartitions), start, std::max(start, clock.end(record))});
    }
  }
}

// How many warps were there, on average, in each stretch of time: a warp adds whole stretches at once.
void count_residents(Timeline& timeline) {
  timeline.interval = std::max<Cycle>(1, (timeline.cycles + kIntervals - 1) / kIntervals);
  const Cycle length = timeline.interval;
  const std::size_t count = static_cast<std::size_t>(timeline.cycles / length) + 1;
  std::vector<double> part(count, 0), change(count + 1, 0);
  for (const WarpSpan& warp : timeline.warps) {
    const auto first = static_cast<std::size_t>(warp.start / length),
               last = static_cast<std::size_t>(warp.end / length);
    if (first == last) {
      part[first] += static_cast<double>(warp.end - warp.start);
      continue;
    }
    part[first] += static_cast<double>((first + 1) * length - warp.start);
    part[last] += static_cast<double>(warp.end - last * length);
    change[first + 1] += 1;
    change[last] -= 1;
  }
  double whole = 0;
  timeline.intervals.resize(timeline.cycles % length == 0 && count > 1 ? count - 1 : count);
  for (std::size_t i = 0; i < timeline.intervals.size(); ++i) {
    whole += change[i];
    const Cycle here = std::min<Cycle>(length, timeline.cycles - i * length);
    const double all = part[i] + whole * static_cast<double>(length);
    timeline.intervals[i].resident_warps = here == 0 ? 0 : all / static_cast<double>(here) / timeline.sms;
  }
}

}  // namespace

gpu::Gpu gpu_of(const cuda::Gpu& real, const std::vector<gpu::Gpu>& catalogue) {
  std::string_view name = real.name;
  if (name.starts_with("NVIDIA ")) name.remove_prefix(7);
  const auto known = std::find_if(catalogue.begin(), catalogue.end(), [&](const gpu::Gpu& each) {
    return each.name == name && each.sms() == real.multiprocessors;
  });
  if (known != catalogue.end()) return *known;
  gpu::Gpu gpu;
  gpu.name = real.name;
  gpu.capability = {real.compute_major, real.compute_minor};
  gpu.gpcs = {real.multiprocessors};
  gpu.clock_mhz = real.clock_khz / 1000.0;
  gpu.memory_gib = static_cast<double>(real.memory_bytes) / (1 << 30);
  gpu.bandwidth_gbs = 2.0 * real.memory_clock_khz * real.memory_bus_bits / 8 / 1e6;
  // The caches, and what they are called, as of its kind.
  for (const gpu::Gpu& each : catalogue) {
    if (each.capability != gpu.capability) continue;
    gpu.architecture = each.architecture;
    gpu.kind = each.kind;
    gpu.l1_kib = each.l1_kib;
    gpu.l2_mib = each.l2_mib;
    break;
  }
  return gpu;
}

base::Result<device::WarpTrace> trace_map(const MapPlan& plan, const MapCode& code, device::Device& device,
                                          const std::atomic<bool>* stop) {
  Placed placed(device);
  auto arguments = placed.place(code.launch);
  if (!arguments) return tl::unexpected(arguments.error());
  device::WarpTraceOptions options;
  options.launch.stop = stop;
  options.measure_overhead = true;
  const auto prepare = [&](device::Device& loaded) { return set_symbols(loaded, code.launch.symbols); };
  return device::trace_warps(device, code.module, launch_request(plan, std::move(*arguments)), options, prepare);
}

base::Result<Timeline> timeline_of(const device::WarpTrace& trace, const MapPlan& plan) {
  Timeline timeline;
  timeline.origin = Timeline::Origin::kTraced;
  timeline.gpu = plan.gpu;
  timeline.sms = static_cast<std::uint32_t>(std::max(1, plan.gpu.sms()));
  if (plan.occupancy) timeline.occupancy = *plan.occupancy;
  timeline.slots = static_cast<std::uint16_t>(std::max(1, timeline.occupancy.blocks));
  timeline.ticks_per_second = 1e9;
  timeline.warps_per_block = trace.warps_per_block;
  const TraceClock clock(trace.records, plan.gpu.clock_mhz / 1000);
  if (auto taken = take_blocks(trace, clock, timeline); !taken) return tl::unexpected(taken.error());
  give_slots(timeline);
  take_warps(trace, clock, timeline);
  count_residents(timeline);
  return timeline;
}

}  // namespace warpscope::session
