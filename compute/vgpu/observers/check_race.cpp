#include "compute/vgpu/observers/check_race.h"

#include <algorithm>
#include <array>
#include <bit>

#include "compute/vgpu/machine.h"
#include "compute/vgpu/observers/lane_runs.h"
#include "compute/vgpu/observers/race_step.h"
#include "compute/vgpu/observers/rows.h"

namespace warpscope::vgpu {

using race::Cells;
using race::Entries;
using race::Info;
using race::Stamp;
using race::Thread;

// What an instruction means to the order of threads.
enum class CheckRace::Task : std::uint8_t {
  kNone,
  kFenceBlock,
  kFenceDevice,
  kSyncWarp,
  kArrive,
  kCommitCopies,
  kWaitForGroups,
  kWaitForAll,
  kCopiesArrive,
  kUnwatched,
};

namespace {

using Modifier = ptx::Modifier;
using Opcode = ptx::Opcode;

Info info_of(const Access& access, Pc pc) {
  Info info = pc & race::kPcMask;
  const bool copies = access.kind == AccessKind::kAsyncCopy;
  if (access.kind == AccessKind::kStore || access.kind == AccessKind::kAtomic) info |= race::kWrite;
  if (copies && access.space == AccessSpace::kShared) info |= race::kWrite | race::kAsync;
  if (access.kind == AccessKind::kAtomic) info |= race::kStrong | race::kAtomic;
  if (access.order != MemoryOrder::kWeak && !copies) info |= race::kStrong;
  if (access.order == MemoryOrder::kVolatile) info |= race::kVolatile;
  if ((info & race::kStrong) != 0 && access.scope == MemoryScope::kThreadBlock &&
      access.order != MemoryOrder::kVolatile) {
    info |= race::kBlockScope;
  }
  return info;
}

}  // namespace

CheckRace::CheckRace(std::size_t limit, std::uint64_t limit_bytes) : list_(limit), limit_bytes_(limit_bytes) {}
CheckRace::~CheckRace() = default;

// ---- The launch

void CheckRace::on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) {
  places_ = {&program, SourceMap(program), launch.grid, launch.block};
  memory_ = &memory;
  warps_per_block_ = static_cast<std::uint32_t>((launch.block.count() + 31) / 32);
  order_.begin(warps_per_block_);
  blocks_.clear();
  recent_ = nullptr;
  pages_.clear();
  bytes_ = 0;
  complete_ = true;
  tasks_.assign(program.code.size(), Task::kNone);
  copy_groups_.assign(program.code.size(), 0);
  for (Pc pc = 0; pc < program.code.size(); ++pc) {
    const ptx::Instruction* in = program.source(pc);
    if (in == nullptr) continue;
    Task& task = tasks_[pc];
    const bool is_fence = in->opcode == Opcode::kMembar || (in->opcode == Opcode::kFence && !in->has(Modifier::kProxy));
    if (is_fence)
      task = in->has(Modifier::kCta) || in->has(Modifier::kCluster) ? Task::kFenceBlock : Task::kFenceDevice;
    if (in->opcode == Opcode::kBarWarpSync) task = Task::kSyncWarp;
    if ((in->opcode == Opcode::kBar || in->opcode == Opcode::kBarrier) && in->has(Modifier::kArrive))
      task = Task::kArrive;
    if (in->opcode == Opcode::kCpAsyncBulk) task = Task::kUnwatched;
    if (in->opcode != Opcode::kCpAsync) continue;
    if (in->has(Modifier::kCommitGroup)) task = Task::kCommitCopies;
    if (in->has(Modifier::kWaitAll)) task = Task::kWaitForAll;
    if (in->has(Modifier::kMbarrier)) task = Task::kCopiesArrive;
    if (in->has(Modifier::kWaitGroup) && !in->operands.empty()) {
      task = Task::kWaitForGroups;
      copy_groups_[pc] = static_cast<std::uint32_t>(in->operands[0].value);
    }
  }
}

CheckRace::BlockState& CheckRace::state_of(const Block& block) {
  if (recent_ != nullptr && recent_->order.number == block.number) return *recent_;
  for (const auto& state : blocks_) {
    if (state->running && state->order.number == block.number) return *(recent_ = state.get());
  }
  on_block_start(block);
  return *recent_;
}

void CheckRace::on_block_start(const Block& block) {
  auto unused = std::find_if(blocks_.begin(), blocks_.end(), [](const auto& state) { return !state->running; });
  if (unused == blocks_.end()) unused = blocks_.insert(blocks_.end(), std::make_unique<BlockState>());
  recent_ = unused->get();
  recent_->running = true;
  order_.start(recent_->order, block.number);
  const std::size_t pages = (block.shared.size() + kPageBytes - 1) / kPageBytes;
  for (std::size_t page = recent_->shared.size(); page < pages; ++page) {
    const std::uint64_t bytes = std::min<std::uint64_t>(kPageBytes, block.shared.size() - page * kPageBytes);
    recent_->shared.push_back(std::make_unique<Cells>(static_cast<std::uint32_t>(bytes), 2));
  }
}

void CheckRace::on_block_end(const Block& block) {
  BlockState& state = state_of(block);
  state.running = false;
  recent_ = nullptr;
}

// ---- What orders threads

void CheckRace::on_barrier(const BarrierEvent& event) {
  BlockState& state = state_of(*event.block);
  const std::size_t warps = event.block->warps.size();
  std::vector<LaneMask> met(warps, 0), absent(warps, 0);
  for (std::size_t w = 0; w < warps; ++w) {
    const Warp& warp = event.block->warps[w];
    absent[w] = ~warp.threads | warp.exited;
    if (w < event.threads.size()) met[w] = event.threads[w];  // some may have ended since they arrived
  }
  order_.barrier(state.order, event.id, met, absent);
}

void CheckRace::on_warp_sync(const Block& block, std::uint32_t warp, Pc pc, LaneMask met) {
  if (pc >= tasks_.size() || tasks_[pc] != Task::kSyncWarp) return;
  const Warp& w = block.warps[warp];
  order_.sync_warp(state_of(block).order, warp, met, ~w.threads | w.exited);
}

// Lanes of one instruction may have different masks: tiles of a warp. Each meets those of its own.
void CheckRace::sync_groups(const StepEvent& event, race::BlockOrder& order, LaneMask absent) {
  const Warp& warp = event.block->warps[event.warp];
  for (LaneMask left = event.executed; left != 0;) {
    const auto mask_of = [&](int lane) {
      return static_cast<LaneMask>(read_lane(*places_.program, warp, event.inst->members, 4, lane));
    };
    const LaneMask mask = mask_of(std::countr_zero(left));
    LaneMask met = 0;
    for (LaneMask rest = left; rest != 0; rest &= rest - 1) {
      if (mask_of(std::countr_zero(rest)) == mask) met |= rest & (~rest + 1);
    }
    left &= ~met;
    order_.sync_warp(order, event.warp, met, absent);
  }
}

void CheckRace::synchronise(const StepEvent& event, Task task) {
  race::BlockOrder& order = state_of(*event.block).order;
  race::WarpOrder& warp = order.warps[event.warp];
  const Warp& lanes = event.block->warps[event.warp];
  switch (task) {
    case Task::kFenceBlock:
      return order_.fence(order, event.warp, event.executed, race::Scope::kBlock);
    case Task::kFenceDevice:
      return order_.fence(order, event.warp, event.executed, race::Scope::kDevice);
    case Task::kSyncWarp: {
      // Where lanes had to wait for others, on_warp_sync tells when they met.
      const LaneMask absent = ~lanes.threads | lanes.exited;
      if ((event.members & ~absent & ~event.executed) != 0) return;
      return sync_groups(event, order, absent);
    }
    case Task::kArrive: {
      const BarrierUse& use = places_.program->barriers[event.inst->target];
      const std::uint64_t id = read_lane(*places_.program, lanes, use.id, 4, std::countr_zero(event.executed));
      const bool is_over = id >= kBarriers || event.block->barriers[id].arrived.size() <= event.warp ||
                           (event.block->barriers[id].arrived[event.warp] & event.executed) == 0;
      if (!is_over) order_.arrive(order, static_cast<int>(id), event.warp);
      return;
    }
    case Task::kCommitCopies:
      return order_.commit_copies(warp);
    case Task::kWaitForGroups:
      return order_.wait_for_copies(warp, copy_groups_[event.pc]);
    case Task::kCopiesArrive:
    case Task::kWaitForAll:
      order_.commit_copies(warp);
      return order_.wait_for_copies(warp, 0);
    case Task::kUnwatched:
    case Task::kNone:
      return;
  }
}

// ---- Accesses

void CheckRace::on_step(const StepEvent& event) {
  const Task task = event.pc < tasks_.size() ? tasks_[event.pc] : Task::kNone;
  if (task != Task::kNone && event.executed != 0) synchronise(event, task);
  if (task == Task::kUnwatched) return;
  for (const Access& access : event.accesses) {
    const bool is_shared = access.space == AccessSpace::kShared;
    if ((!is_shared && access.space != AccessSpace::kGlobal) || access.kind == AccessKind::kPrefetch) continue;
    Step step;
    step.access = &access;
    step.state = &state_of(*event.block);
    race::BlockOrder& order = step.state->order;
    step.warp = &order.warps[event.warp];
    step.viewer = {&order, event.warp};
    step.pc = places_.map.told_at(event.pc, event.block->warps[event.warp]);
    step.task_releases = task == Task::kCopiesArrive;
    step.stamp = step.warp->stamp;
    step.look = {order.first,
                 static_cast<race::WarpNumber>(order.warps.size()),
                 order.first + event.warp,
                 order.synced,
                 step.stamp,
                 info_of(access, step.pc),
                 is_shared};
    step.is_plain_write = (step.look.info & race::kKind) == race::kWrite;
    step.values_known = access.kind == AccessKind::kStore && access.bytes <= 8;
    if ((step.look.info & race::kStrong) != 0) pass_flags(step);
    check(step);
  }
}

void CheckRace::pass_flags(Step& step) {
  const Access& access = *step.access;
  const bool releases = access.order == MemoryOrder::kRelease || access.order == MemoryOrder::kAcquireRelease ||
                        access.order == MemoryOrder::kSequential || step.task_releases;
  const bool writes = (step.look.info & race::kWrite) != 0;
  if (releases && writes) order_.publish_from_now_on();
  if (!order_.publishes()) return;
  if (writes && !step.look.own_block_only && !releases)
    step.stamp = race::Order::stamp_of_atomic(*step.warp, access.mask);
  race::Order::Strong how;
  how.reads = access.kind != AccessKind::kStore;
  how.writes = writes;
  how.releases = releases && writes;
  how.scope = (step.look.info & race::kBlockScope) != 0 ? race::Scope::kBlock : race::Scope::kDevice;
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    const std::uint64_t address = access.address[lane];
    const std::uint64_t space = step.look.own_block_only ? 1ULL << 63 | step.state->order.number << 24 : 0;
    for (std::uint64_t word = address / 4; word <= (address + access.bytes - 1) / 4; ++word) {
      order_.strong(step.state->order, step.viewer.warp, lane, space | word, how);
    }
  }
}

void CheckRace::check(Step& step) {
  const Access& access = *step.access;
  step.piece_bytes = std::min(4U, 1U << std::countr_zero(access.bytes | access.alignment | 4U));
  for_each_run(access, [&](const LaneRun& run) { check_span(step, run); });
}

void CheckRace::check_span(Step& step, const LaneRun& lanes) {
  const std::uint64_t begin = step.access->address[lanes.first];
  step.run = lanes;
  step.lanes = (lanes.count >= 32 ? ~LaneMask{0} : (LaneMask{1} << lanes.count) - 1) << lanes.first;
  const std::uint64_t bytes = std::uint64_t{step.access->bytes} * lanes.in_a_row();
  for (std::uint64_t done = 0; done < bytes;) {
    const std::uint64_t at = begin + done;
    const std::uint64_t here = std::min(bytes - done, kPageBytes - (at & (kPageBytes - 1)));
    Cells* cells = cells_at(step, at, step.piece_bytes);
    const auto offset = static_cast<std::uint32_t>(at & (kPageBytes - 1));
    if (cells != nullptr && offset + here <= cells->bytes()) {
      race::Run run;
      run.cells = cells;
      run.first = offset >> cells->shift();
      run.count = static_cast<std::uint32_t>(here) >> cells->shift();
      step.address = at;
      const std::uint32_t per_lane = static_cast<std::uint32_t>(step.access->bytes) >> cells->shift();
      check_cells(step, run, per_lane, static_cast<std::uint32_t>(done) >> cells->shift());
    }
    done += here;
  }
}

namespace {

// What a lane stores to a part of its bytes.
std::uint32_t value_of(const Access& access, std::uint32_t lane, std::uint32_t part, std::uint32_t cell_bytes) {
  const std::uint64_t bits = access.store_bits[lane] >> (8 * cell_bytes * part);
  return static_cast<std::uint32_t>(cell_bytes >= 4 ? bits : bits & ((1ULL << 8 * cell_bytes) - 1));
}

}  // namespace

// All cells of a run at once, where that is possible: false where it was not.
bool CheckRace::check_alike(Step& step, race::Run& run, std::uint32_t per_lane) {
  // std::has_single_bit() is a call where the compiler may not assume the instruction.
  const bool is_power_of_two = (per_lane & (per_lane - 1)) == 0;
  if ((step.look.info & (race::kStrong | race::kAsync)) != 0 || !is_power_of_two || per_lane > 16) return false;
  const bool writes = (step.look.info & race::kWrite) != 0;
  if (step.run.shape != LaneRun::Shape::kConsecutive && writes) return false;  // which of the lanes is last?
  std::array<LaneMask, 16> lanes{};
  if (step.run.shape == LaneRun::Shape::kSameAddress) {
    std::fill_n(lanes.begin(), per_lane, step.lanes);
    set_many_lanes(run, lanes.data());
  } else if (step.run.shape == LaneRun::Shape::kTwice) {
    set_lanes_twice(run, std::countr_zero(per_lane));
  } else {
    set_consecutive_lanes(run, step.run.first, std::countr_zero(per_lane));
  }
  if (!writes) return record_plain_read(run, step.look);
  const bool known = step.values_known && run.count <= step.values.size();
  const std::uint32_t cell_bytes = 1U << run.cells->shift();
  for (std::uint32_t i = 0; known && i < run.count; ++i) {
    step.values[i] = value_of(*step.access, step.run.first + i / per_lane, i % per_lane, cell_bytes);
  }
  return record_plain_write(run, step.look, step.values.data(), known);
}

// The cells of a run; `done` cells of the same lanes were on the page before.
void CheckRace::check_cells(Step& step, race::Run& run, std::uint32_t per_lane, std::uint32_t done) {
  if (done == 0 && check_alike(step, run, per_lane)) return;
  const std::uint32_t cell_bytes = 1U << run.cells->shift();
  const std::uint64_t begin = step.address;
  for (std::uint32_t i = 0; i < run.count; ++i) {
    const std::uint32_t part = (done + i) % per_lane;
    LaneMask lanes = LaneMask{1} << (step.run.first + (done + i) / per_lane) % 32;
    if (step.run.shape == LaneRun::Shape::kSameAddress) lanes = step.lanes;
    if (step.run.shape == LaneRun::Shape::kTwice) lanes |= lanes << 16;
    for (LaneMask rest = step.values_known ? lanes : 0; rest != 0; rest &= rest - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(rest));
      step.cell_values[lane] = value_of(*step.access, lane, part, cell_bytes);
    }
    step.address = begin + std::uint64_t{i} * cell_bytes;
    check_cell(step, *run.cells, run.first + i, lanes);
  }
}

Cells* CheckRace::cells_at(Step& step, std::uint64_t address, std::uint32_t piece_bytes) {
  const int shift = std::countr_zero(piece_bytes);
  std::unique_ptr<Cells>* slot = nullptr;
  if (step.look.own_block_only) {
    const std::uint64_t page = address >> kPageShift;
    if (page >= step.state->shared.size()) return nullptr;
    slot = &step.state->shared[page];
  } else {
    const std::uint64_t page = (address - kGlobalBase) >> kPageShift;
    if (page >= pages_.size()) {
      if (memory_->page(address) == nullptr) return nullptr;
      pages_.resize(page + 1);
    }
    slot = &pages_[page];
    if (*slot == nullptr) {
      const Page* memory = memory_->page(address);
      if (memory == nullptr) return nullptr;
      const std::uint64_t needed = std::uint64_t{memory->valid_bytes} * 12;
      if (bytes_ + needed > limit_bytes_) {
        complete_ = false;
        return nullptr;
      }
      bytes_ += needed;
      *slot = std::make_unique<Cells>(memory->valid_bytes, 2);
    }
  }
  if ((*slot)->shift() > shift) {
    bytes_ +=
        (std::uint64_t{(*slot)->bytes()} * 48 >> shift) - (std::uint64_t{(*slot)->bytes()} * 48 >> (*slot)->shift());
    *slot = std::make_unique<Cells>((*slot)->refined(shift));
  }
  return slot->get();
}

}  // namespace warpscope::vgpu
