// What a simulation tells when it is over.
#include <algorithm>
#include <numeric>

#include "compute/timing/simulation.h"

namespace warpscope::timing {
namespace {

// Of what a stopped run has begun only what has ended is told.
void drop_unfinished(std::vector<BlockSpan>& blocks, std::vector<WarpSpan>& warps, Cycle until) {
  for (BlockSpan& block : blocks) {
    if (block.end == 0) block.end = std::max(block.start, until);
  }
  for (WarpSpan& warp : warps) {
    const BlockSpan& block = blocks[warp.block];
    if (warp.end == 0) {
      warp.start = block.start;
      warp.end = block.end;
    }
  }
}

void add(Traffic& sum, const Traffic& part) {
  sum.l1_requests += part.l1_requests;
  sum.l1_sectors += part.l1_sectors;
  sum.l1_hits += part.l1_hits;
}

}  // namespace

void Simulation::finish_timeline() {
  timeline_.origin = Timeline::Origin::kModelled;
  timeline_.gpu = options_.gpu;
  timeline_.sms = static_cast<std::uint32_t>(model_.sms);
  timeline_.occupancy = occupancy_;
  timeline_.slots = static_cast<std::uint16_t>(occupancy_.blocks);
  timeline_.ticks_per_second = options_.gpu.clock_mhz * 1e6;
  timeline_.cycles = end_;
  timeline_.warps_per_block = warps_per_block_;
  timeline_.ptx_instructions = machine_.state().steps;
  timeline_.thread_instructions = machine_.state().thread_instructions;
  drop_unfinished(blocks_, warps_, end_);
  for (const BlockSpan& block : blocks_) timeline_.cycles = std::max(timeline_.cycles, block.end);
  timeline_.traffic = chip_memory_.traffic();
  for (const auto& sm : sms_) add(timeline_.traffic, sm->traffic());
  timeline_.traffic.shared_wavefronts = recorder_.shared_wavefronts();
  timeline_.traffic.shared_conflicts = recorder_.shared_conflicts();
  ledger_.close(timeline_);
  count_work();
  find_tail();
  order_blocks();
}

void Simulation::count_work() {
  for (std::size_t pc = 0; pc < lowered_.flops.size(); ++pc) {
    const Flops& flops = lowered_.flops[pc];
    const auto lanes = static_cast<double>(recorder_.lane_counts()[pc]);
    timeline_.flops += flops.single * lanes;
    timeline_.half_flops += flops.half * lanes;
    timeline_.double_flops += flops.dbl * lanes;
    timeline_.tensor_flops += static_cast<double>(flops.tensor) * static_cast<double>(recorder_.warp_counts()[pc]);
  }
}

void Simulation::find_tail() {
  timeline_.tail = timeline_.cycles;
  for (const std::vector<Cycle>& slots : idle_since_) {
    for (const Cycle since : slots) timeline_.tail = std::min(timeline_.tail, since);
  }
}

void Simulation::order_blocks() {
  std::vector<std::uint32_t> order(blocks_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(blocks_[a].start, blocks_[a].sm) < std::tie(blocks_[b].start, blocks_[b].sm);
  });
  std::vector<std::uint32_t> place(blocks_.size());  // by the order they were started
  timeline_.block_at.assign(blocks_.size(), 0);
  for (std::uint32_t at = 0; at < order.size(); ++at) {
    const std::uint32_t from = order[at];
    place[from] = at;
    timeline_.blocks.push_back(blocks_[from]);
    timeline_.block_at[blocks_[from].block] = at;
    for (std::uint32_t w = 0; w < warps_per_block_; ++w) {
      WarpSpan warp = warps_[std::size_t{from} * warps_per_block_ + w];
      warp.block = at;
      timeline_.warps.push_back(warp);
    }
  }
  keep_schedules(place);
}

void Simulation::keep_schedules(const std::vector<std::uint32_t>& place) {
  for (std::uint32_t sm = 0; sm < sms_.size(); ++sm) {
    if (!sms_[sm]->keeps_segments()) continue;
    auto schedule = std::make_shared<SmSchedule>();
    schedule->sm = sm;
    schedule->sub_partitions = model_.sub_partitions;
    schedule->slots = model_.warp_slots;
    schedule->segments = std::move(sms_[sm]->segments());
    for (std::vector<Segment>& slot : schedule->segments) {
      for (Segment& segment : slot) {
        segment.warp = place[segment.warp / warps_per_block_] * warps_per_block_ + segment.warp % warps_per_block_;
      }
    }
    timeline_.schedules[sm] = std::move(schedule);
  }
}

SimulateResult Simulation::result() {
  SimulateResult result;
  result.timeline = std::move(timeline_);
  result.stopped = stopped_;
  result.printed = std::move(printed_);
  result.fault = std::move(fault_);
  return result;
}

}  // namespace warpscope::timing
