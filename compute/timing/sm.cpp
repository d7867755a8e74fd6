#include "compute/timing/sm.h"

#include <algorithm>
#include <bit>

namespace warpscope::timing {

Sm::Sm(const Chip& chip, std::uint32_t number, std::uint16_t block_slots, std::uint32_t warps_per_block)
    : chip_(chip),
      model_(chip.model),
      subs_(static_cast<std::size_t>(chip.model.sub_partitions)),
      warps_(subs_.size() * kMostSlots),
      boards_(warps_.size() * chip.lowered.scoreboard),
      blocks_(block_slots),
      number_(number),
      warps_per_block_(warps_per_block),
      l1_(chip.model.l1_capacity),
      open_loads_(static_cast<std::size_t>(chip.model.open_loads), 0),
      open_stores_(static_cast<std::size_t>(chip.model.open_stores), 0),
      segments_(subs_.size() * static_cast<std::size_t>(chip.model.warp_slots)) {
  for (SubPartition& sub : subs_) sub.ready.fill(kNever);
  for (std::size_t w = 0; w < warps_.size(); ++w) warps_[w].board = boards_.data() + w * chip.lowered.scoreboard;
}

Cycle Sm::find_next() const {
  Cycle next = kNever;
  for (const SubPartition& sub : subs_) next = std::min(next, sub.next);
  return next;
}

void Sm::forget_segments() {
  keeps_segments_ = false;
  segment_count_ = 0;
  std::vector<std::vector<Segment>>().swap(segments_);
}

void Sm::start(std::unique_ptr<BlockStream> stream, std::uint32_t block, std::uint16_t slot, Cycle at) {
  BlockState& state = blocks_[slot];
  state.stream = std::move(stream);
  state.number = block;
  state.slot = slot;
  state.left = static_cast<std::uint32_t>(state.stream->warps.size());
  state.end = at;
  state.cycles.fill(0);
  state.arrived.assign(state.stream->meetings.size(), 0);
  state.waiting.assign(state.stream->meetings.size(), 0);
  state.warps.assign(state.stream->warps.size(), nullptr);
  for (std::uint16_t warp = 0; warp < state.stream->warps.size(); ++warp) place_warp(state, warp, at);
  next_ = find_next();
}

// Where there are fewest.
void Sm::place_warp(BlockState& block, std::uint16_t number, Cycle at) {
  std::size_t least = 0;
  for (std::size_t s = 1; s < subs_.size(); ++s) {
    if (subs_[s].resident < subs_[least].resident) least = s;
  }
  SubPartition& sub = subs_[least];
  std::uint32_t slot = 0;
  while (sub.warps[slot] != nullptr) ++slot;
  WarpState& warp = warps_[least * kMostSlots + slot];
  warp.stream = &block.stream->warps[number];
  warp.run = warp.stream->runs.data();
  warp.runs_end = warp.run + warp.stream->runs.size();
  warp.op = warp.op_end = nullptr;
  warp.earliest = ready_at(at + static_cast<Cycle>(model_.start_latency), Stall::kNoInstruction);
  warp.accounted = warp.start = at;
  warp.stores_taken = warp.stores_done = warp.copies_open = 0;
  warp.copies.clear();
  std::fill_n(warp.board, chip_.lowered.scoreboard, 0);
  warp.next_line = 0;
  warp.last_access = warp.stream->accesses.data();
  warp.block = &block;
  warp.warp = number;
  warp.sub_partition = static_cast<std::uint8_t>(least);
  warp.slot = static_cast<std::uint8_t>(slot);
  warp.waits = false;
  block.warps[number] = &warp;
  sub.warps[slot] = &warp;
  sub.age[slot] = age_++;
  ++sub.resident;
  if (advance(warp)) {
    schedule(warp);
  } else {
    finish(warp, at);
  }
}

void Sm::run_until(Cycle limit) {
  for (;;) {
    const Cycle now = next_ = find_next();
    if (now >= limit) return;
    for (SubPartition& sub : subs_) {
      if (sub.next <= now) step(sub, now);
    }
  }
}

void Sm::fetch_warps(Cycle limit) const {
  constexpr std::size_t kLine = 64 / sizeof(Ready);
  for (std::size_t w = 0; w < warps_.size(); ++w) {
    if (subs_[w / kMostSlots].ready[w % kMostSlots] >= limit) continue;
    __builtin_prefetch(&warps_[w].op, 1);
    __builtin_prefetch(&warps_[w].earliest, 1);
    const Ready* const board = boards_.data() + w * chip_.lowered.scoreboard;
    for (std::size_t slot = 0; slot < chip_.lowered.scoreboard; slot += kLine) __builtin_prefetch(board + slot, 1);
  }
}

void Sm::fetch_streams(Cycle limit) const {
  for (std::size_t w = 0; w < warps_.size(); ++w) {
    if (subs_[w / kMostSlots].ready[w % kMostSlots] >= limit) continue;
    const WarpState& warp = warps_[w];
    __builtin_prefetch(warp.last_access + 1);
    __builtin_prefetch(warp.last_access + 4);
    __builtin_prefetch(warp.run);
    __builtin_prefetch(warp.stream->lines.data() + warp.next_line);
  }
}

// Chooses a warp and issues its instruction, or finds out when one can be.
void Sm::step(SubPartition& sub, Cycle now) {
  Cycle soonest = kNever;
  std::uint32_t can_go = 0;
  for (std::uint32_t slot = 0; slot < kMostSlots; ++slot) {
    const Cycle can = std::max(sub.ready[slot], sub.available[sub.pipe[slot]]);
    const bool later = can > now;
    can_go |= std::uint32_t{!later} << slot;
    soonest = std::min(soonest, later ? can : kNever);
  }
  if (can_go == 0) {
    sub.next = soonest;
    return;
  }
  // Where no other one can go now, none can before that, but the one that is issued: schedule() knows about it.
  sub.next = std::has_single_bit(can_go) ? soonest : now + 1;
  sub.last = choose(sub, can_go);
  issue(sub, sub.last, now);
}

// Greedy: the last one before all; else by age. In turn: the next one behind the last.
std::uint32_t Sm::choose(const SubPartition& sub, std::uint32_t slots) const {
  if (chip_.policy != WarpPolicy::kGreedyThenOldest) {
    const std::uint32_t behind = slots & ~0U << (sub.last + 1);
    return static_cast<std::uint32_t>(std::countr_zero(behind != 0 ? behind : slots));
  }
  if ((slots >> sub.last & 1U) != 0) return sub.last;
  auto oldest = static_cast<std::uint32_t>(std::countr_zero(slots));
  for (std::uint32_t rest = slots & (slots - 1); rest != 0; rest &= rest - 1) {
    const auto slot = static_cast<std::uint32_t>(std::countr_zero(rest));
    if (sub.age[slot] < sub.age[oldest]) oldest = slot;
  }
  return oldest;
}

void Sm::book(WarpState& warp, Pc pc, Stall stall, Cycle from, Cycle to) {
  chip_.ledger.add(pc, stall, from, to);
  warp.block->cycles[static_cast<std::size_t>(stall)] += to - from;
  if (!keeps_segments_) return;
  ++segment_count_;
  const std::size_t place =
      static_cast<std::size_t>(warp.sub_partition) * static_cast<std::size_t>(model_.warp_slots) + warp.slot;
  segments_[place].push_back(
      {from, static_cast<std::uint32_t>(to - from), pc, warp.block->number * warps_per_block_ + warp.warp, stall});
}

// Everything since its last instruction: first it waited for operands, then for the pipe, then for its turn.
void Sm::account(SubPartition& sub, WarpState& warp, Cycle now) {
  const Op& op = *warp.op;
  const Cycle ready = std::max(warp.ready >> 4, warp.accounted);
  if (ready > warp.accounted) book(warp, op.pc, static_cast<Stall>(warp.ready & 15), warp.accounted, ready);
  if (now > ready) {
    static constexpr std::array<Stall, kPipes> kThrottles = {
        Stall::kMathPipeThrottle, Stall::kMathPipeThrottle, Stall::kMathPipeThrottle,
        Stall::kMathPipeThrottle, Stall::kMathPipeThrottle, Stall::kMioThrottle,
        Stall::kLgThrottle,       Stall::kTexThrottle,      Stall::kNotSelected};
    const auto pipe = static_cast<std::size_t>(op.pipe);
    const Cycle available = std::clamp(sub.available[pipe], ready, now);
    Cycle until = available;
    if (kThrottles[pipe] == Stall::kMathPipeThrottle) {
      // While others take turns at the pipe, it is free one cycle in so many, and then somebody else is chosen.
      until = available > ready ? ready + (now - ready) * (op.interval - 1) / op.interval : ready;
    }
    if (until > ready) book(warp, op.pc, kThrottles[pipe], ready, until);
    if (now > until) book(warp, op.pc, Stall::kNotSelected, until, now);
  }
  book(warp, op.pc, Stall::kIssued, now, now + 1);
  warp.accounted = now + 1;
}

void Sm::issue(SubPartition& sub, std::uint32_t slot, Cycle now) {
  WarpState& warp = *sub.warps[slot];
  const Op& op = *warp.op;
  account(sub, warp, now);
  warp.earliest = ready_at(now + 1, Stall::kWait);
  const Result result = execute(sub, warp, op, now);
  const std::uint32_t* const slots = chip_.lowered.slots.data() + op.first + op.sources;
  for (std::uint32_t i = 0; i < op.destinations; ++i) warp.board[slots[i]] = ready_at(result.at, result.why);
  ++warp.op;
  if (advance(warp)) {
    schedule(warp);
  } else {
    finish(warp, now + 1);
  }
}

void Sm::schedule(WarpState& warp) {
  SubPartition& sub = subs_[warp.sub_partition];
  sub.pipe[warp.slot] = static_cast<std::uint8_t>(warp.op->pipe);
  sub.ready[warp.slot] = warp.waits ? kNever : warp.ready >> 4;
  sub.next = std::min(sub.next, sub.ready[warp.slot]);
}

void Sm::enter_run(WarpState& warp) {
  const RegionRun& run = *warp.run++;
  const Region& region = chip_.lowered.regions[run.region];
  warp.first = run.first;
  warp.last = run.last;
  warp.whole = run.first == region.begin && run.last + 1 >= region.end;
  warp.accesses = warp.stream->accesses.data() + run.access;
  warp.op = chip_.lowered.ops.data() + region.first_op;
  warp.op_end = warp.op + region.ops;
}

// Goes to the next instruction that is issued, and finds out when it has its operands. False: there is none.
bool Sm::advance(WarpState& warp) {
  for (;;) {
    if (warp.op == warp.op_end) {
      if (warp.run == warp.runs_end) return false;
      enter_run(warp);
      continue;
    }
    const Op& op = *warp.op;
    if (!warp.whole && (op.pc < warp.first || op.pc > warp.last)) {
      ++warp.op;
      continue;
    }
    const std::uint32_t* const slots = chip_.lowered.slots.data() + op.first;
    Ready* const board = warp.board;
    Ready ready = 0;
    for (std::uint32_t i = 0; i < op.sources; ++i) ready = std::max(ready, board[slots[i]]);
    if (op.kind == OpKind::kFree) {
      for (std::uint32_t i = op.sources; i < std::uint32_t{op.sources} + op.destinations; ++i) board[slots[i]] = ready;
      ++warp.op;
      continue;
    }
    for (std::uint32_t i = op.sources; i < std::uint32_t{op.sources} + op.destinations; ++i) {
      ready = std::max(ready, board[slots[i]]);
    }
    warp.ready = std::max(ready, warp.earliest);
    return true;
  }
}

void Sm::finish(WarpState& warp, Cycle now) {
  const Cycle end = std::max(now, warp.stores_taken);
  BlockState& block = *warp.block;
  // Of the last instruction it executed.
  const Pc pc = warp.stream->runs.empty() ? 0 : warp.stream->runs.back().last;
  if (now > warp.accounted) book(warp, pc, Stall::kNoInstruction, warp.accounted, now);
  if (end > now) book(warp, pc, Stall::kDrain, now, end);
  subs_[warp.sub_partition].ready[warp.slot] = kNever;
  warp_ends_.push_back({block.number, warp.warp, warp.sub_partition, warp.slot, warp.start, end});
  block.end = std::max(block.end, end);
  if (--block.left > 0) return;
  // A block's place is free when all of it is.
  for (const WarpState* each : block.warps) {
    subs_[each->sub_partition].warps[each->slot] = nullptr;
    --subs_[each->sub_partition].resident;
  }
  const auto longest = std::max_element(block.cycles.begin() + 1, block.cycles.end());
  const auto why = *longest == 0 ? Stall::kIssued : static_cast<Stall>(longest - block.cycles.begin());
  block_ends_.push_back({block.number, block.slot, block.end, why, std::move(block.stream)});
}

}  // namespace warpscope::timing
