#include "compute/timing/streams.h"

#include <algorithm>
#include <bit>

#include "compute/timing/access_lines.h"
#include "compute/vgpu/observers/coalescing.h"
#include "compute/vgpu/observers/rows.h"

namespace warpscope::timing {
namespace {

using vgpu::AccessKind;
using vgpu::AccessSpace;

std::uint32_t count_lanes(base::LaneMask mask) {
  mask -= mask >> 1 & 0x5555'5555U;
  mask = (mask & 0x3333'3333U) + (mask >> 2 & 0x3333'3333U);
  return ((mask + (mask >> 4)) & 0x0f0f'0f0fU) * 0x0101'0101U >> 24;
}

// As many as a record can count.
std::uint32_t capped(std::uint64_t count) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, AccessRecord::kMost));
}

void add_global(const vgpu::Access& access, WarpStream& warp, AccessRecord& record) {
  const std::size_t lines = append_lines(access, warp.lines);
  const bool alone = record.lines == 0 && record.wavefronts == 0;
  record.lines = capped(record.lines + lines);
  if (access.kind == AccessKind::kAtomic) record.serial = most_at_one_address(access);
  if (access.kind == AccessKind::kLoad && alone) {
    record.wavefronts = capped(static_cast<std::uint64_t>(vgpu::count_wavefronts(access).taken));
    record.flags |= kBanks;
  }
  if (access.kind != AccessKind::kStore) return;
  std::uint32_t sectors = 0;
  for (std::size_t i = warp.lines.size() - lines; i < warp.lines.size(); ++i)
    sectors += count_lanes(warp.lines[i] & 15);
  if (count_lanes(access.mask) * access.bytes * 2 <= sectors * 32) record.flags |= kPartial;
}

// What a load brings that others have become part of.
vgpu::Access whole_of(const vgpu::Access& access, std::uint32_t words) {
  vgpu::Access whole = access;
  whole.bytes = static_cast<decltype(whole.bytes)>(4 * words);
  for (std::uint64_t& address : whole.address) address &= ~(std::uint64_t{4} * words - 1);
  return whole;
}

}  // namespace

void WarpStream::clear() {
  runs.clear();
  accesses.clear();
  lines.clear();
}

StreamRecorder::StreamRecorder(const vgpu::Program& program, const Lowered& lowered)
    : program_(program), lowered_(lowered), warps_(program.code.size(), 0), lanes_(program.code.size(), 0) {}

StreamRecorder::Open& StreamRecorder::open(std::uint64_t block) {
  if (block != current_number_) {
    current_number_ = block;
    current_ = &open_[block];
  }
  return *current_;
}

void StreamRecorder::on_block_start(const vgpu::Block& block) {
  Open& state = open(block.number);
  if (spare_.empty()) spare_.push_back(std::make_unique<BlockStream>());
  state.stream = std::move(spare_.back());
  spare_.pop_back();
  state.stream->number = block.number;
  state.stream->complete = false;
  state.stream->meetings.clear();
  state.stream->warps.resize(block.warps.size());
  for (WarpStream& warp : state.stream->warps) warp.clear();
  for (Meeting& meeting : state.meetings) {
    meeting.number = -1;
    meeting.opened = false;
  }
  state.any_opened = false;
}

// Instructions with accesses that were passed over have records without any.
void StreamRecorder::end_run(WarpStream& warp) const {
  if (warp.runs.empty()) return;
  const RegionRun& run = warp.runs.back();
  const std::size_t size = run.access + lowered_.regions[run.region].accesses;
  if (warp.accesses.size() < size) warp.accesses.resize(size);
}

void StreamRecorder::on_step(const vgpu::StepEvent& event) {
  Open& block = open(event.block->number);
  WarpStream& warp = block.stream->warps[event.warp];
  const Pc pc = event.pc;
  ++warps_[pc];
  lanes_[pc] += count_lanes(event.executed);
  const std::uint32_t region = lowered_.region_of[pc];
  const bool goes_on = !warp.runs.empty() && warp.runs.back().region == region && pc > warp.runs.back().last;
  if (goes_on) {
    warp.runs.back().last = pc;
  } else {
    end_run(warp);
    warp.runs.push_back({region, static_cast<std::uint32_t>(warp.accesses.size()), pc, pc});
  }
  const bool is_barrier = event.inst->kind == vgpu::InstKind::kBarrier;
  if (block.any_opened && !is_barrier) close_meetings(block);
  const std::uint16_t access = lowered_.access_of[pc];
  if (access == Op::kNoAccess) return;
  const std::size_t at = warp.runs.back().access + access;
  if (warp.accesses.size() <= at) warp.accesses.resize(at + 1);
  if (is_barrier) {
    AccessRecord& record = warp.accesses[at];
    if (event.executed != 0) record_barrier(event, block, record);
  } else if (!event.accesses.empty()) {
    record_access(event, warp);
  }
}

void StreamRecorder::add_access(const vgpu::Access& access, std::uint32_t words, WarpStream& warp,
                                AccessRecord& record) {
  switch (access.space) {
    case AccessSpace::kGlobal:
      add_global(access, warp, record);
      break;
    case AccessSpace::kLocal:
      record.lines = capped(record.lines + append_local_lines(access, warp.lines));
      record.flags |= kLocalLines;
      break;
    case AccessSpace::kShared: {
      if (words == 0) break;
      if ((record.flags & kBanks) != 0) {
        record.wavefronts = 0;
        record.flags &= ~kBanks;
      }
      const vgpu::Wavefronts wavefronts = vgpu::count_wavefronts(words > 1 ? whole_of(access, words) : access);
      shared_wavefronts_ += static_cast<std::uint64_t>(wavefronts.taken);
      shared_conflicts_ += static_cast<std::uint64_t>(wavefronts.conflicts());
      record.wavefronts = capped(record.wavefronts + static_cast<std::uint64_t>(wavefronts.taken));
      if (access.kind == AccessKind::kAtomic) {
        record.serial = most_at_one_address(access);
        record.flags |= kShared;
      }
      break;
    }
    case AccessSpace::kConstant:
      record.serial = distinct_addresses(access);
      break;
    case AccessSpace::kTexture:
    case AccessSpace::kSurface:
      record.serial = count_lanes(access.mask) & 63U;
      break;
    case AccessSpace::kParameter:
      break;
  }
}

void StreamRecorder::record_access(const vgpu::StepEvent& event, WarpStream& warp) {
  AccessRecord record;
  record.first = static_cast<std::uint32_t>(warp.lines.size());
  for (const vgpu::Access& access : event.accesses) {
    if (access.mask != 0) add_access(access, lowered_.joined[event.pc], warp, record);
  }
  if (record.lines == 1) {
    record.first = warp.lines.back();
    warp.lines.pop_back();
  }
  warp.accesses[warp.runs.back().access + lowered_.access_of[event.pc]] = record;
}

void StreamRecorder::record_barrier(const vgpu::StepEvent& event, Open& block, AccessRecord& record) {
  const vgpu::BarrierUse& use = program_.barriers[event.inst->target];
  const int lane = std::countr_zero(event.executed);
  const auto id = static_cast<std::size_t>(vgpu::read_lane(program_, event.block->warps[event.warp], use.id, 4, lane) %
                                           vgpu::kBarriers);
  if (block.any_opened && !block.meetings[id].opened) close_meetings(block);
  Meeting& meeting = block.meetings[id];
  WarpStream& warp = block.stream->warps[event.warp];
  if (meeting.number < 0) {
    meeting.number = static_cast<std::int64_t>(block.stream->meetings.size());
    block.stream->meetings.push_back(0);
    meeting.arrivals.assign(block.stream->warps.size(), -1);
  }
  ++block.stream->meetings[static_cast<std::size_t>(meeting.number)];
  record.first = static_cast<std::uint32_t>(meeting.number);
  record.flags = kArrivesThere;
  if (use.action != vgpu::BarrierUse::Action::kArrive) record.flags |= kWaitsThere;
  // Lanes of a warp that come apart: it waits from the last on.
  std::int64_t& before = meeting.arrivals[event.warp];
  if (before >= 0) warp.accesses[static_cast<std::size_t>(before)].flags &= ~kWaitsThere;
  before = &record - warp.accesses.data();
  if (block.any_opened) close_meetings(block);
}

void StreamRecorder::on_barrier(const vgpu::BarrierEvent& event) {
  Open& block = open(event.block->number);
  block.meetings[static_cast<std::size_t>(event.id)].opened = true;
  block.any_opened = true;
}

void StreamRecorder::close_meetings(Open& block) {
  for (Meeting& meeting : block.meetings) {
    if (!meeting.opened) continue;
    meeting.opened = false;
    meeting.number = -1;
  }
  block.any_opened = false;
}

void StreamRecorder::on_block_end(const vgpu::Block& block) {
  Open& state = open(block.number);
  for (WarpStream& warp : state.stream->warps) end_run(warp);
  state.stream->complete = true;
  ended_[block.number] = std::move(state.stream);
  open_.erase(block.number);
  current_number_ = ~0ULL;
}

std::unique_ptr<BlockStream> StreamRecorder::take(std::uint64_t block) {
  const auto found = ended_.find(block);
  if (found == ended_.end()) return nullptr;
  std::unique_ptr<BlockStream> stream = std::move(found->second);
  ended_.erase(found);
  return stream;
}

std::unique_ptr<BlockStream> StreamRecorder::take_unfinished(std::uint64_t block) {
  if (auto whole = take(block)) return whole;
  const auto found = open_.find(block);
  if (found == open_.end()) return nullptr;
  std::unique_ptr<BlockStream> stream = std::move(found->second.stream);
  for (WarpStream& warp : stream->warps) end_run(warp);
  open_.erase(found);
  current_number_ = ~0ULL;
  return stream;
}

void StreamRecorder::give_back(std::unique_ptr<BlockStream> stream) {
  spare_.push_back(std::move(stream));
}

}  // namespace warpscope::timing
