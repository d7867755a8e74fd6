// What an instruction does once it is issued: which pipes and queues it takes, and when its result is there.
#include <algorithm>
#include <bit>

#include "compute/timing/sm.h"

namespace warpscope::timing {
namespace {

constexpr Cycle cycles(int count) {
  return static_cast<Cycle>(count);
}

std::uint32_t bytes_of(std::uint64_t line) {
  return 32U * sectors_in(line);
}

}  // namespace

Sm::Result Sm::execute(SubPartition& sub, WarpState& warp, const Op& op, Cycle now) {
  switch (op.kind) {
    case OpKind::kMath:
      return math(sub, op, now);
    case OpKind::kLoad:
    case OpKind::kStore:
    case OpKind::kAtomic:
    case OpKind::kConstant:
    case OpKind::kAsyncCopy:
      return memory(sub, warp, op, now);
    case OpKind::kTexture:
      return texture(sub, warp, op, now);
    case OpKind::kBarrier:
      barrier(warp, op, now);
      break;
    case OpKind::kBranch:
      warp.earliest = ready_at(now + cycles(model_.branch_latency), Stall::kBranch);
      break;
    case OpKind::kFence:
    case OpKind::kSleep:
    case OpKind::kAsyncCommit:
    case OpKind::kAsyncWait:
      wait(warp, op, now);
      break;
    case OpKind::kExit:
    case OpKind::kFree:
      break;
  }
  return {now + op.latency, Stall::kWait};
}

Sm::Result Sm::math(SubPartition& sub, const Op& op, Cycle now) {
  Cycle& available = sub.available[static_cast<std::size_t>(op.pipe)];
  if (op.pipe == Pipe::kMio) {
    const Cycle begin = std::max(now, lsu_free_);
    lsu_free_ = begin + 1;
    available = std::max(now + cycles(model_.memory_interval), sub.mio.push(lsu_free_, model_.mio_queue));
    return {begin + op.latency, Stall::kShortScoreboard};
  }
  available = now + op.interval;
  return {now + op.latency, op.pipe == Pipe::kSfu ? Stall::kShortScoreboard : Stall::kWait};
}

std::uint64_t Sm::line_of(const WarpState& warp, const AccessRecord& record, std::uint32_t index) const {
  const std::uint64_t line = record.lines == 1 ? record.first : warp.stream->lines[record.first + index];
  if ((record.flags & kLocalLines) == 0) return line;
  // Beyond all addresses; a warp's slot has its own.
  const auto slot = static_cast<std::uint64_t>(&warp - warps_.data());
  return line + ((std::uint64_t{1} << 50 | (number_ * warps_.size() + slot) << 18) << 4);
}

// When all of them are there.
Cycle Sm::load_lines(const WarpState& warp, const AccessRecord& record, Cycle begin) {
  const Cycle hit = begin + cycles(model_.l1_latency);
  Cycle ready = hit;
  ++traffic_.l1_requests;
  for (std::uint32_t i = 0; i < record.lines; ++i) {
    const std::uint64_t request = line_of(warp, record, i);
    const auto wanted = static_cast<std::uint8_t>(request & 15);
    const Cycle looked_up = begin + i / static_cast<std::uint32_t>(model_.l1_lines);
    SectorCache::Way* way = l1_.find(request >> 4);
    if (way == nullptr) {
      SectorCache::Evicted evicted;
      way = l1_.insert(request >> 4, evicted);
    }
    const auto present = static_cast<std::uint8_t>(wanted & way->valid);
    const auto missing = static_cast<std::uint8_t>(wanted & ~way->valid);
    traffic_.l1_sectors += sectors_in(wanted);
    traffic_.l1_hits += sectors_in(present);
    if (present != 0) ready = std::max({ready, looked_up + cycles(model_.l1_latency), way->ready});
    if (missing == 0) continue;
    Cycle& open = open_loads_[next_load_];
    next_load_ = next_load_ + 1 == open_loads_.size() ? 0 : next_load_ + 1;
    const std::uint64_t rest = (request & ~15ULL) | missing;
    const Cycle asked = std::max({looked_up, open, read_port_});
    read_port_ = asked + (bytes_of(rest) + static_cast<std::uint32_t>(model_.l2_read_bytes) - 1) /
                             static_cast<std::uint32_t>(model_.l2_read_bytes);
    lsu_free_ = std::max(lsu_free_, open);
    open = chip_.memory.read(rest, asked);
    way->valid |= missing;
    way->ready = std::max(way->ready, open);
    ready = std::max(ready, open);
  }
  return ready;
}

// When the old values are back, or the last line is under way.
Cycle Sm::store_lines(WarpState& warp, const AccessRecord& record, Cycle begin, bool atomic) {
  Cycle ready = begin;
  for (std::uint32_t i = 0; i < record.lines; ++i) {
    const std::uint64_t line = line_of(warp, record, i);
    Cycle& open = open_stores_[next_store_];
    next_store_ = next_store_ + 1 == open_stores_.size() ? 0 : next_store_ + 1;
    const Cycle sent = std::max({begin + i, open, write_port_});
    write_port_ = sent + (bytes_of(line) + static_cast<std::uint32_t>(model_.l2_write_bytes) - 1) /
                             static_cast<std::uint32_t>(model_.l2_write_bytes);
    lsu_free_ = std::max(lsu_free_, std::max(open, sent));
    if (atomic) {
      open = chip_.memory.atomic(line, sent, i == 0 ? std::uint32_t{record.serial} : 1U);
      ready = std::max(ready, open);
    } else {
      open = chip_.memory.write(line, sent, (record.flags & kPartial) != 0);
    }
    warp.stores_taken = std::max(warp.stores_taken, std::max(open, sent + 1));
    warp.stores_done = std::max(warp.stores_done, open + cycles(model_.l2_latency));
    // What a thread stores into its local memory it mostly reads again.
    if ((record.flags & kLocalLines) == 0) continue;
    SectorCache::Way* way = l1_.find(line >> 4);
    SectorCache::Evicted evicted;
    if (way == nullptr) way = l1_.insert(line >> 4, evicted);
    way->valid |= static_cast<std::uint8_t>(line & 15);
  }
  return ready;
}

// How long a request to global or local memory keeps L1 busy: its lines are looked up, its words read from the banks,
// and what it wants goes to the registers. `words`: of a lane.
Cycle Sm::l1_cycles(const WarpState& warp, const AccessRecord& record, bool loads, std::uint32_t words) const {
  const auto per_cycle = static_cast<std::uint32_t>(model_.l1_bytes),
             lines = static_cast<std::uint32_t>(model_.l1_lines);
  const std::uint32_t banks = (record.flags & kBanks) != 0 ? std::uint32_t{record.wavefronts} : 0;
  std::uint32_t bytes = 128 * std::min(words, banks);
  if (banks == 0) {
    for (std::uint32_t i = 0; i < record.lines; ++i) bytes += bytes_of(line_of(warp, record, i));
  }
  const std::uint32_t moved = (bytes + per_cycle - 1) / per_cycle;
  if (!loads) return std::max<Cycle>(record.lines, moved);
  return std::max<Cycle>({banks, (record.lines + lines - 1) / lines, moved});
}

Sm::Result Sm::memory(SubPartition& sub, WarpState& warp, const Op& op, Cycle now) {
  const AccessRecord& record = warp.accesses[op.access];
  warp.last_access = &record;
  Cycle& available = sub.available[static_cast<std::size_t>(op.pipe)];
  Queue& queue = op.pipe == Pipe::kMio ? sub.mio : sub.lg;
  const int depth = op.pipe == Pipe::kMio ? model_.mio_queue : model_.lg_queue;
  const Cycle begin = std::max(now, lsu_free_);
  Result result{now + 1, Stall::kWait};
  if (op.kind == OpKind::kConstant) {
    available = now + cycles(model_.memory_interval);
    return {now + cycles(model_.constant_latency) * std::max<Cycle>(1, Cycle{record.serial}), Stall::kShortScoreboard};
  }
  if (record.wavefronts > 0 && (record.flags & kBanks) == 0) {
    const bool atomic = (record.flags & kShared) != 0;
    const Cycle serial =
        atomic && record.serial > 1 ? static_cast<Cycle>((record.serial - 1) / model_.shared_atomics) : 0;
    const Cycle taken = std::max<Cycle>(record.wavefronts, op.kind == OpKind::kLoad ? op.argument : 1) + serial;
    lsu_free_ = begin + taken;
    const int latency = atomic ? model_.shared_atomic_latency : model_.shared_latency;
    const Cycle more = (taken - 1) * cycles(atomic ? 1 : model_.shared_way_latency);
    result = {begin + cycles(latency) + more, Stall::kShortScoreboard};
  }
  if (record.lines > 0) {
    const bool loads = op.kind == OpKind::kLoad || op.kind == OpKind::kAsyncCopy;
    if (record.lines > 1) warp.next_line = record.first + record.lines;
    const Cycle taken = l1_cycles(warp, record, loads, std::max<std::uint32_t>(1, op.argument));
    const Cycle from = std::max(begin, lsu_free_);
    lsu_free_ = from + taken;
    const Cycle done =
        loads ? load_lines(warp, record, from) : store_lines(warp, record, from, op.kind == OpKind::kAtomic);
    result = {std::max(result.at, done), Stall::kLongScoreboard};
    // The latency has the moving of one line in it.
    const Cycle line = cycles((127 + model_.l1_bytes) / model_.l1_bytes);
    if (loads) result.at = std::max(result.at, from + std::max(taken, line) - line + cycles(model_.l1_latency));
  }
  const Cycle room = queue.push(std::max(lsu_free_, now + 1), depth);
  available = std::max(now + cycles(model_.memory_interval), room);
  if (op.kind == OpKind::kAsyncCopy) {
    warp.copies_open = std::max(warp.copies_open, result.at);
    return {now + 1, Stall::kWait};
  }
  return result;
}

Sm::Result Sm::texture(SubPartition& sub, const WarpState& warp, const Op& op, Cycle now) {
  const AccessRecord& record = warp.accesses[op.access];
  // Four texels a cycle.
  const Cycle taken = std::max(1U, (record.serial + 3U) / 4);
  const Cycle begin = std::max(now, tex_free_);
  tex_free_ = begin + taken;
  Cycle& available = sub.available[static_cast<std::size_t>(Pipe::kTex)];
  available = std::max(now + cycles(model_.memory_interval), sub.tex.push(tex_free_, model_.tex_queue));
  return {begin + taken - 1 + cycles(model_.texture_latency), Stall::kLongScoreboard};
}

void Sm::barrier(WarpState& warp, const Op& op, Cycle now) {
  const AccessRecord& record = warp.accesses[op.access];
  if ((record.flags & kArrivesThere) == 0) return;
  BlockState& block = *warp.block;
  const std::uint32_t meeting = record.first;
  ++block.arrived[meeting];
  if ((record.flags & kWaitsThere) != 0) {
    block.waiting[meeting] |= 1U << warp.warp;
    warp.waits = true;
  }
  const Cycle arrival = std::max(now, barrier_free_);
  barrier_free_ = arrival + cycles(model_.barrier_interval);
  if (block.arrived[meeting] < block.stream->meetings[meeting]) return;
  release(block, meeting, arrival + cycles(model_.barrier_latency));
}

void Sm::release(BlockState& block, std::uint32_t meeting, Cycle at) {
  for (std::uint32_t rest = block.waiting[meeting]; rest != 0; rest &= rest - 1) {
    WarpState& warp = *block.warps[static_cast<std::size_t>(std::countr_zero(rest))];
    warp.waits = false;
    warp.earliest = ready_at(at, Stall::kBarrier);
    // Its next instruction is known already, but of the one that has just come.
    warp.ready = std::max(warp.ready, warp.earliest);
    SubPartition& sub = subs_[warp.sub_partition];
    sub.ready[warp.slot] = warp.ready >> 4;
    sub.next = std::min(sub.next, sub.ready[warp.slot]);
  }
  block.waiting[meeting] = 0;
}

void Sm::wait(WarpState& warp, const Op& op, Cycle now) {
  switch (op.kind) {
    case OpKind::kFence: {
      const Cycle stores = op.argument == 0 ? warp.stores_done : 0;  // 1: of the block only
      warp.earliest = ready_at(std::max(now + cycles(model_.fence_latency), stores), Stall::kMembar);
      break;
    }
    case OpKind::kSleep:
      warp.earliest = ready_at(now + 16ULL * op.argument, Stall::kSleeping);
      break;
    case OpKind::kAsyncCommit:
      warp.copies.push_back(warp.copies_open);
      warp.copies_open = 0;
      break;
    default: {
      const std::size_t open = op.argument;
      Cycle done = now + 1;
      for (std::size_t i = 0; i + open < warp.copies.size(); ++i) done = std::max(done, warp.copies[i]);
      if (warp.copies.size() > open) {
        warp.copies.erase(warp.copies.begin(), warp.copies.end() - static_cast<std::ptrdiff_t>(open));
      }
      if (op.latency == 0) done = std::max(done, warp.copies_open);  // wait_all
      warp.earliest = ready_at(done, Stall::kLongScoreboard);
      break;
    }
  }
}

}  // namespace warpscope::timing
