#include "compute/session/step_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "compute/ptx/parser.h"

namespace warpscope::session {
namespace {

using vgpu::FragmentState;

constexpr LaneMask bit(int lane) {
  return LaneMask{1} << lane;
}

const vgpu::Block* find_block(const StepMoment& moment, std::uint64_t number) {
  const auto& blocks = moment.state->blocks;
  const auto found =
      std::find_if(blocks.begin(), blocks.end(), [number](const vgpu::Block& block) { return block.number == number; });
  return found == blocks.end() ? nullptr : &*found;
}

LaneMask lanes_of_warp(const StepRun& run, trace::WarpIndex warp) {
  const std::uint64_t first = warp % run.warps_per_block * base::kWarpSize;
  const std::uint64_t threads = run.launch.block.count();
  const std::uint64_t count = threads <= first ? 0 : std::min<std::uint64_t>(32, threads - first);
  return count == 32 ? base::kAllLanes : bit(static_cast<int>(count)) - 1;
}

bool is_next_warp(const StepMoment& moment, const vgpu::Block& block, std::uint32_t warp) {
  return moment.has_next && moment.next.block < moment.state->blocks.size() &&
         &moment.state->blocks[moment.next.block] == &block && moment.next.warp == warp;
}

LaneState state_of(const vgpu::Fragment& fragment, bool runs_next, bool warp_is_next) {
  switch (fragment.state) {
    case FragmentState::kAtBarrier:
      return LaneState::kAtBarrier;
    case FragmentState::kAtWarpSync:
      return LaneState::kAtWarpSync;
    case FragmentState::kReady:
      break;
  }
  if (!runs_next) return LaneState::kOff;
  return warp_is_next ? LaneState::kIssues : LaneState::kReady;
}

void fill_fragments(const StepMoment& moment, const vgpu::Block& block, std::uint32_t index, WarpRow& row) {
  const vgpu::Warp& warp = block.warps[index];
  row.is_next = is_next_warp(moment, block, index);
  for (std::size_t f = 0; f < warp.fragments.size(); ++f) {
    const vgpu::Fragment& fragment = warp.fragments[f];
    const bool runs_next =
        row.is_next ? fragment.pc == moment.next.pc && fragment.mask == moment.next.active : f == warp.current;
    if (runs_next) {
      row.pc = fragment.pc;
      row.active = fragment.mask;
    }
    if (fragment.state == FragmentState::kAtBarrier) row.barrier = fragment.barrier;
    for (int lane = 0; lane < 32; ++lane) {
      if ((fragment.mask & bit(lane)) == 0) continue;
      row.lanes[static_cast<std::size_t>(lane)] = state_of(fragment, runs_next, row.is_next);
      row.pcs[static_cast<std::size_t>(lane)] = fragment.pc;
    }
  }
  // Lanes that are neither in a fragment nor gone wait where paths join.
  for (const vgpu::Join& join : warp.joins) {
    for (int lane = 0; lane < 32; ++lane) {
      const auto i = static_cast<std::size_t>(lane);
      if ((join.arrived & bit(lane)) != 0 && row.pcs[i] == vgpu::kNoPc) row.pcs[i] = join.pc;
    }
  }
}

WarpRow row_of(const StepRun& run, const StepMoment& moment, const vgpu::Block* block, trace::WarpIndex warp) {
  WarpRow row;
  row.warp = warp;
  row.exists = lanes_of_warp(run, warp);
  row.pcs.fill(vgpu::kNoPc);
  const std::uint32_t index = warp % run.warps_per_block;
  const std::uint64_t number = warp / run.warps_per_block;
  const bool begun = block != nullptr || (number >= run.launch.first_block && number < moment.state->next_block);
  for (int lane = 0; lane < 32; ++lane) {
    const bool exists = (row.exists & bit(lane)) != 0;
    const bool gone = begun && (block == nullptr || (block->warps[index].exited & bit(lane)) != 0);
    row.lanes[static_cast<std::size_t>(lane)] = !exists || !begun ? LaneState::kAbsent
                                                : gone            ? LaneState::kDone
                                                                  : LaneState::kOff;
  }
  if (block == nullptr) return row;
  fill_fragments(moment, *block, index, row);
  std::vector<vgpu::Pc> places;
  for (int lane = 0; lane < 32; ++lane) {
    const vgpu::Pc pc = row.pcs[static_cast<std::size_t>(lane)];
    if (pc != vgpu::kNoPc && std::find(places.begin(), places.end(), pc) == places.end()) places.push_back(pc);
  }
  row.groups = static_cast<int>(places.size());
  if (row.pc == vgpu::kNoPc && !places.empty()) row.pc = places.front();
  if (row.pc != vgpu::kNoPc) row.line = line_at(run, run.lines.told_at(row.pc, block->warps[index]));
  return row;
}

}  // namespace

std::vector<WarpRow> warp_rows(const StepRun& run, const StepMoment& moment) {
  const std::uint64_t number = moment.followed / run.warps_per_block;
  const vgpu::Block* const block = find_block(moment, number);
  std::vector<WarpRow> rows;
  for (std::uint32_t w = 0; w < run.warps_per_block; ++w) {
    rows.push_back(row_of(run, moment, block, static_cast<trace::WarpIndex>(number * run.warps_per_block + w)));
  }
  const bool faulted = run.fault && moment.position == run.size() && run.fault->block == number;
  if (faulted && run.fault->thread / 32 < rows.size()) {
    rows[run.fault->thread / 32].lanes[run.fault->thread % 32] = LaneState::kFaulted;
  }
  return rows;
}

std::vector<BarrierRow> barrier_rows(const StepRun& run, const StepMoment& moment) {
  std::vector<BarrierRow> rows;
  const vgpu::Block* const block = find_block(moment, moment.followed / run.warps_per_block);
  if (block == nullptr) return rows;
  std::uint32_t live = 0;
  for (const vgpu::Warp& warp : block->warps)
    live += static_cast<std::uint32_t>(std::popcount(warp.threads & ~warp.exited));
  for (std::size_t id = 0; id < block->barriers.size(); ++id) {
    const vgpu::Barrier& barrier = block->barriers[id];
    BarrierRow row;
    row.id = static_cast<int>(id);
    row.lanes = barrier.arrived;
    row.lanes.resize(block->warps.size());
    for (const LaneMask lanes : row.lanes) row.arrived += static_cast<std::uint32_t>(std::popcount(lanes));
    if (row.arrived == 0) continue;
    row.expected = barrier.expected_threads != 0 ? barrier.expected_threads : live;
    for (const vgpu::Warp& warp : block->warps) {
      for (const vgpu::Fragment& fragment : warp.fragments) {
        if (fragment.state != FragmentState::kAtBarrier || fragment.barrier != id) continue;
        row.line = line_at(run, run.lines.told_at(fragment.pc, warp));
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string thread_text(const base::Dim3& shape, const base::Dim3& index) {
  if (shape.z > 1) return fmt::format("({}, {}, {})", index.x, index.y, index.z);
  return shape.y > 1 ? fmt::format("({}, {})", index.x, index.y) : fmt::format("{}", index.x);
}

base::Dim3 thread_index(const StepRun& run, trace::WarpIndex warp, int lane) {
  return run.launch.block.at(std::uint64_t{warp % run.warps_per_block} * base::kWarpSize +
                             static_cast<std::uint64_t>(lane));
}

base::Dim3 block_index(const StepRun& run, trace::WarpIndex warp) {
  return run.launch.grid.at(warp / run.warps_per_block);
}

std::string with_commas(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::uint64_t step_in_block(const StepRun& run, trace::Position position) {
  const BlockSteps& index = run.by_block;
  if (position >= run.size()) return 0;
  const std::uint64_t block = (*run.records)[position].warp / run.warps_per_block;
  const auto number = std::lower_bound(index.blocks.begin(), index.blocks.end(), block) - index.blocks.begin();
  const auto first = index.order.begin() + index.offsets[static_cast<std::size_t>(number)];
  const auto last = index.order.begin() + index.offsets[static_cast<std::size_t>(number) + 1];
  return static_cast<std::uint64_t>(std::lower_bound(first, last, position) - first);
}

std::string instruction_text(const StepRun& run, vgpu::Pc pc) {
  const ptx::Instruction* const instruction = pc < run.program->code.size() ? run.program->source(pc) : nullptr;
  return instruction == nullptr ? "" : ptx::print(*run.module, run.program->source_function(pc), *instruction);
}

int line_at(const StepRun& run, vgpu::Pc pc) {
  if (run.source_file.empty()) {
    const ptx::Instruction* const instruction = pc < run.program->code.size() ? run.program->source(pc) : nullptr;
    return instruction == nullptr ? 0 : instruction->where.line;
  }
  const vgpu::SourceLine& place = run.lines.at(pc);
  return place.file == run.source_file ? place.line : 0;
}

std::vector<vgpu::Pc> pcs_of_line(const StepRun& run, int line) {
  std::vector<vgpu::Pc> pcs;
  if (line <= 0) return pcs;
  for (vgpu::Pc pc = 0; pc < run.program->code.size(); ++pc) {
    if (line_at(run, pc) == line) pcs.push_back(pc);
  }
  return pcs;
}

}  // namespace warpscope::session
