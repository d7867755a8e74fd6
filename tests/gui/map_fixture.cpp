#include "tests/gui/map_fixture.h"

#include <algorithm>
#include <random>

namespace warpscope::tests {
namespace {

using timing::BlockSpan;
using timing::Cycle;
using timing::Segment;
using timing::SmSchedule;
using timing::Stall;
using timing::Timeline;

gpu::Gpu sample_gpu(const MapSample& what) {
  gpu::Gpu gpu;
  gpu.name = "GeForce RTX 3060";
  gpu.kind = "desktop";
  gpu.architecture = "Ampere";
  gpu.chip = "GA106";
  gpu.year = 2021;
  gpu.capability = {8, 6};
  gpu.gpcs = what.gpcs;
  gpu.clock_mhz = 1777;
  gpu.memory_gib = 12;
  gpu.memory_type = "GDDR6";
  gpu.bandwidth_gbs = 360;
  gpu.l2_mib = 3;
  gpu.l1_kib = 128;
  return gpu;
}

gpu::SmLimits sample_limits() {
  gpu::SmLimits limits;
  limits.capability = {8, 6};
  limits.warps = 48;
  limits.threads = 1536;
  limits.blocks = 16;
  limits.registers = limits.registers_per_block = 65'536;
  limits.shared_bytes = 102'400;
  limits.shared_per_block_optin = 101'376;
  limits.reserved_shared = 1024;
  limits.shared_unit = 128;
  limits.carveouts = {0, 8192, 16'384, 32'768, 65'536, 102'400};
  return limits;
}

gpu::Occupancy sample_occupancy(const MapSample& what) {
  gpu::Occupancy occupancy;
  const int warps = static_cast<int>(what.threads + 31) / 32;
  occupancy.blocks = what.slots;
  occupancy.warps = what.slots * warps;
  occupancy.threads = what.slots * static_cast<int>(what.threads);
  occupancy.share = occupancy.warps / 48.0;
  occupancy.limiters = gpu::kByRegisters;
  occupancy.by_warps = 48 / warps;
  occupancy.by_registers = what.slots;
  occupancy.by_shared = 33;
  occupancy.by_blocks = 16;
  occupancy.warps_per_block = warps;
  occupancy.registers_per_block = warps * 1536;
  occupancy.shared_per_block = 3072;
  occupancy.shared_per_sm = 102'400;
  return occupancy;
}

std::vector<gpu::CurvePoint> sample_curve(std::uint64_t first, std::uint64_t last, std::uint64_t step) {
  std::vector<gpu::CurvePoint> curve;
  for (std::uint64_t x = first; x <= last; x += step) {
    const double part = static_cast<double>(x - first) / static_cast<double>(last - first);
    curve.push_back({x, static_cast<int>(48 - 40 * part) / 8 * 8});
  }
  return curve;
}

// Blocks go to the slot that is free first, SM after SM.
void schedule_blocks(const MapSample& what, Timeline& t, std::mt19937& random) {
  const std::size_t slots = t.slots;
  std::vector<Cycle> free(t.sms * slots, 0);
  std::vector<std::uint16_t> waves(free.size(), 0);
  const std::uint64_t blocks = std::uint64_t{what.blocks_x} * what.blocks_y;
  for (std::uint64_t b = 0; b < blocks; ++b) {
    std::size_t best = 0;
    for (std::size_t slot = 0; slot < slots; ++slot) {
      for (std::size_t sm = 0; sm < t.sms; ++sm) {
        const std::size_t at = sm * slots + slot;
        if (free[at] < free[best]) best = at;
      }
    }
    const Cycle length = 20'000 + random() % 20'000;
    BlockSpan span{b,
                   static_cast<std::uint32_t>(best / slots),
                   static_cast<std::uint16_t>(best % slots),
                   waves[best]++,
                   free[best] + 40,
                   free[best] + 40 + length,
                   Stall::kShortScoreboard};
    if (b % 3 == 0) span.longest = Stall::kLongScoreboard;
    free[best] = span.end;
    t.blocks.push_back(span);
  }
  t.cycles = *std::max_element(free.begin(), free.end());
  t.tail = *std::min_element(free.begin(), free.end());
  std::sort(t.blocks.begin(), t.blocks.end(), [](const BlockSpan& a, const BlockSpan& b) {
    return a.start != b.start ? a.start < b.start : a.sm < b.sm;
  });
  t.block_at.resize(blocks);
  for (std::uint32_t i = 0; i < t.blocks.size(); ++i) t.block_at[t.blocks[i].block] = i;
}

void add_warps(Timeline& t, std::mt19937& random) {
  for (std::uint32_t i = 0; i < t.blocks.size(); ++i) {
    const BlockSpan& block = t.blocks[i];
    for (std::uint32_t w = 0; w < t.warps_per_block; ++w) {
      const std::uint32_t place = block.slot * t.warps_per_block + w;
      t.warps.push_back({i, static_cast<std::uint16_t>(w), static_cast<std::uint8_t>(place % 4),
                         static_cast<std::uint8_t>(place / 4), block.start, block.end - random() % 500});
    }
  }
}

// Of one SM: every warp waits, is not selected, issues, again and again.
std::shared_ptr<const SmSchedule> close_schedule(const Timeline& t, std::uint32_t sm, std::mt19937& random) {
  auto schedule = std::make_shared<SmSchedule>();
  schedule->sm = sm;
  schedule->slots = 12;
  schedule->segments.resize(48);
  constexpr Stall kWaits[] = {Stall::kShortScoreboard, Stall::kLongScoreboard, Stall::kMioThrottle, Stall::kBarrier,
                              Stall::kWait};
  for (std::uint32_t w = 0; w < t.warps.size(); ++w) {
    const timing::WarpSpan& warp = t.warps[w];
    if (t.blocks[warp.block].sm != sm) continue;
    auto& segments = schedule->segments[warp.sub_partition * 12U + warp.slot];
    for (Cycle at = warp.start; at < warp.end;) {
      const auto wait = static_cast<std::uint32_t>(std::min<Cycle>(4 + random() % 60, warp.end - at));
      segments.push_back({at, wait, 10, w, kWaits[random() % 5]});
      at += wait;
      if (at >= warp.end) break;
      segments.push_back({at, 1, 11, w, Stall::kIssued});
      ++at;
    }
  }
  return schedule;
}

void add_intervals(Timeline& t) {
  t.interval = 256;
  for (Cycle from = 0; from < t.cycles; from += t.interval) {
    timing::Interval interval;
    std::uint64_t resident = 0;
    for (const BlockSpan& block : t.blocks) resident += block.start <= from && from < block.end ? 1 : 0;
    const std::uint64_t warps = resident * t.warps_per_block;
    interval.resident_warps = static_cast<double>(warps) / t.sms;
    interval.issued = warps * t.interval / 16;
    const std::uint64_t all = warps * t.interval;
    interval.warp_cycles[static_cast<std::size_t>(Stall::kIssued)] = interval.issued;
    interval.warp_cycles[static_cast<std::size_t>(Stall::kLongScoreboard)] = all / 8;
    interval.warp_cycles[static_cast<std::size_t>(Stall::kShortScoreboard)] = all - all / 8 - interval.issued;
    interval.l2_bytes = interval.issued * 40;
    interval.dram_bytes = interval.issued * 3;
    t.intervals.push_back(interval);
  }
}

void add_totals(Timeline& t) {
  t.warp_instructions = 10'303'841;
  t.ptx_instructions = 9'800'000;
  t.thread_instructions = t.ptx_instructions * 32;
  t.flops = 128e6;
  const double all = static_cast<double>(t.cycles) * 30 * t.sms;
  constexpr double kShares[timing::kStalls] = {0.058, 0.066, 0.129, 0.314, 0.02, 0.151, 0, 0.021, 0.227};
  for (std::size_t i = 0; i < timing::kStalls; ++i) t.warp_cycles[i] = static_cast<std::uint64_t>(kShares[i] * all);
  t.traffic = {.l1_requests = 400'000,
               .l1_sectors = 3'200'000,
               .l1_hits = 1'000'000,
               .l2_sectors = 2'200'000,
               .l2_hits = 2'100'000,
               .l2_read_bytes = 64'000'000,
               .l2_write_bytes = 640'000,
               .dram_read_bytes = 1'280'000,
               .dram_write_bytes = 640'000,
               .shared_wavefronts = 5'000'000,
               .shared_conflicts = 20'000};
}

std::shared_ptr<const session::MapRun> sample_run(const MapSample& what, std::shared_ptr<const session::MapPlan> plan) {
  std::mt19937 random(7);
  auto timeline = std::make_shared<Timeline>();
  timeline->gpu = plan->gpu;
  timeline->sms = static_cast<std::uint32_t>(plan->gpu.sms());
  timeline->occupancy = *plan->occupancy;
  timeline->slots = static_cast<std::uint16_t>(what.slots);
  timeline->ticks_per_second = 1.777e9;
  timeline->warps_per_block = static_cast<std::uint32_t>(plan->occupancy->warps_per_block);
  schedule_blocks(what, *timeline, random);
  add_warps(*timeline, random);
  add_intervals(*timeline);
  add_totals(*timeline);
  timeline->schedules[0] = close_schedule(*timeline, 0, random);
  auto run = std::make_shared<session::MapRun>();
  run->id = what.run;
  run->plan = std::move(plan);
  run->timeline = std::move(timeline);
  run->peak = {.flops = 12.7e12,
               .half_flops = 12.7e12,
               .double_flops = 0.2e12,
               .tensor_flops = 51e12,
               .dram_bytes = 360e9,
               .l2_bytes = 1.2e12,
               .shared_bytes = 6.4e12};
  run->host_seconds = 4.7;
  return run;
}

std::shared_ptr<const session::MapPlan> sample_plan(const MapSample& what) {
  static const gpu::SmLimits limits = sample_limits();
  auto plan = std::make_shared<session::MapPlan>();
  plan->version = what.run;
  plan->title = "Matrix product in strips";
  plan->kernel = "matmul_strip";
  plan->source_name = "matmul_strip.cu";
  plan->settings.source.kernel = plan->kernel;
  plan->gpu = sample_gpu(what);
  plan->limits = &limits;
  plan->grid = {what.blocks_x, what.blocks_y, 1};
  plan->block = {32, what.threads / 32, 1};
  plan->dynamic_shared = 2048;
  plan->registers = {.count = 42, .of_kernel = 42, .origin = session::RegisterOrigin::kPtxas};
  plan->occupancy = sample_occupancy(what);
  plan->waves = what.blocks_x * what.blocks_y / (static_cast<double>(plan->gpu.sms()) * what.slots);
  plan->by_threads = sample_curve(32, 1024, 32);
  plan->by_registers = sample_curve(16, 255, 1);
  plan->by_shared = sample_curve(0, 101'376, 512);
  plan->suggestion = gpu::Suggestion{gpu::Axis::kRegisters, 40, 48, "2 registers fewer gives 20 % more warps"};
  return plan;
}

}  // namespace

session::MapView map_view(const MapSample& what) {
  session::MapView view;
  view.version = what.run;
  view.kernels = std::make_shared<const std::vector<session::MapChoice>>(
      std::vector<session::MapChoice>{{"matmul_strip", "Matrix product in strips", "matrix product"},
                                      {"transpose_naive", "Transpose, naive", "transpose"},
                                      {"transpose_padded", "Transpose, padded", "transpose"}});
  const auto plan = sample_plan(what);
  view.gpus = std::make_shared<const std::vector<gpu::Gpu>>(std::vector<gpu::Gpu>{plan->gpu});
  view.settings = plan->settings;
  view.plan = plan;
  view.run = sample_run(what, plan);
  if (what.before) {
    MapSample before = what;
    before.run = 0;
    before.slots = what.slots + 1;
    view.before = sample_run(before, sample_plan(before));
  }
  if (what.compared) {
    MapSample other = what;
    other.run = 0;
    other.gpcs = {8, 8};
    view.compared = sample_run(other, sample_plan(other));
  }
  view.trace_note = "No NVIDIA GPU was found here, so there is nothing to trace on.";
  return view;
}

}  // namespace warpscope::tests
