#include "compute/vgpu/observers/check_init.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "compute/vgpu/machine.h"
#include "compute/vgpu/observers/lane_runs.h"

namespace warpscope::vgpu {

struct CheckInit::BlockState {
  std::uint64_t number = 0;
  bool running = false;
  std::vector<std::uint8_t> shared;      // by byte: 1 where written
  bool all_shared_written = false;       // then nothing can be found there any more
  std::uint64_t reads = 0, look_at = 0;  // of shared memory so far; how many there are at the next look at all of it
  std::vector<std::vector<LaneMask>> local;  // [warp][byte of a lane's memory]: lanes that have written it
};

// Of global memory. No bytes: all of it is written.
struct CheckInit::GlobalPage {
  std::vector<std::uint8_t> bytes;
};

namespace {

// The first of `count` bytes that is not 1; `count` where all are.
std::size_t first_unwritten(const std::uint8_t* bytes, std::size_t count) {
  const void* found = std::memchr(bytes, 0, count);
  return found == nullptr ? count : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes);
}

std::string_view space_name(AccessSpace space) {
  if (space == AccessSpace::kShared) return "shared";
  return space == AccessSpace::kLocal ? "local" : "global";
}

}  // namespace

CheckInit::CheckInit(std::size_t limit) : list_(limit) {}
CheckInit::~CheckInit() = default;

void CheckInit::on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) {
  places_ = {&program, SourceMap(program), launch.grid, launch.block};
  memory_ = &memory;
  blocks_.clear();
  recent_ = nullptr;
  pages_.clear();
}

void CheckInit::on_block_start(const Block& block) {
  auto unused = std::find_if(blocks_.begin(), blocks_.end(), [](const auto& state) { return !state->running; });
  if (unused == blocks_.end()) unused = blocks_.insert(blocks_.end(), std::make_unique<BlockState>());
  recent_ = unused->get();
  recent_->number = block.number;
  recent_->running = true;
  recent_->shared.assign(block.shared.size(), 0);
  recent_->all_shared_written = false;
  recent_->reads = 0;
  recent_->look_at = 16;
  recent_->local.resize(block.warps.size());
  for (auto& warp : recent_->local) std::fill(warp.begin(), warp.end(), 0);
}

void CheckInit::on_block_end(const Block& block) {
  state_of(block).running = false;
  recent_ = nullptr;
}

CheckInit::BlockState& CheckInit::state_of(const Block& block) {
  if (recent_ != nullptr && recent_->number == block.number) return *recent_;
  for (const auto& state : blocks_) {
    if (state->running && state->number == block.number) return *(recent_ = state.get());
  }
  on_block_start(block);
  return *recent_;
}

void CheckInit::on_step(const StepEvent& event) {
  if (event.inst != nullptr && event.inst->kind == InstKind::kCall) forget_frame(event);
  for (const Access& access : event.accesses) {
    if (access.kind == AccessKind::kPrefetch || access.mask == 0) continue;
    const bool copies_in = access.kind == AccessKind::kAsyncCopy && access.space == AccessSpace::kShared;
    const bool writes = access.kind == AccessKind::kStore || access.kind == AccessKind::kAtomic || copies_in;
    const bool reads = access.kind != AccessKind::kStore && !copies_in;
    if (access.space == AccessSpace::kShared) check_shared(event, access, reads, writes);
    if (access.space == AccessSpace::kGlobal) check_global(event, access, reads, writes);
    if (access.space == AccessSpace::kLocal) check_local(event, access, writes);
  }
}

void CheckInit::check_shared(const StepEvent& event, const Access& access, bool reads, bool writes) {
  BlockState& state = state_of(*event.block);
  if (state.all_shared_written) return;
  std::vector<std::uint8_t>& bytes = state.shared;
  // Seldom enough to cost little where a part is never written.
  if (reads && ++state.reads == state.look_at) {
    state.all_shared_written = first_unwritten(bytes.data(), bytes.size()) == bytes.size();
    state.look_at *= 2;
  }
  for_each_run(access, [&](const LaneRun& run) {
    const std::uint32_t lane = run.first, lanes = run.count;
    const std::size_t begin = access.address[lane];
    const std::size_t count = std::size_t{run.in_a_row()} * access.bytes;
    if (begin + count <= bytes.size()) {
      if (reads) {
        const std::size_t wrong = first_unwritten(&bytes[begin], count);
        if (wrong < count)
          report(event, access, static_cast<int>(lane + wrong / access.bytes), wrong % access.bytes, lanes);
      }
      if (writes) std::memset(&bytes[begin], 1, count);
    }
  });
}

// ---- Global memory

CheckInit::GlobalPage* CheckInit::global_page(std::uint64_t address) {
  const std::uint64_t index = (address - kGlobalBase) >> kPageShift;
  if (index < pages_.size() && pages_[index] != nullptr) return pages_[index].get();
  const Page* page = memory_->page(address);
  if (page == nullptr || page->allocation < 0) return nullptr;
  if (index >= pages_.size()) pages_.resize(index + 1);
  pages_[index] = std::make_unique<GlobalPage>();
  std::vector<std::uint8_t>& bytes = pages_[index]->bytes;
  const Allocation& allocation = memory_->allocations()[static_cast<std::size_t>(page->allocation)];
  if (allocation.kind == AllocationKind::kGlobalVariable || allocation.kind == AllocationKind::kConstantVariable) {
    return pages_[index].get();
  }
  const std::uint64_t begin = (address & ~(kPageBytes - 1)) - allocation.address;
  const std::uint64_t end = begin + page->valid_bytes;
  bytes.assign(page->valid_bytes, 0);
  for (const Interval& interval : allocation.written) {
    const std::uint64_t lo = std::max(interval.lo, begin), hi = std::min(interval.hi, end);
    if (lo < hi) std::memset(&bytes[lo - begin], 1, hi - lo);
  }
  if (first_unwritten(bytes.data(), bytes.size()) == bytes.size()) bytes.clear();
  return pages_[index].get();
}

void CheckInit::check_global(const StepEvent& event, const Access& access, bool reads, bool writes) {
  for_each_run(access, [&](const LaneRun& run) {
    const std::uint32_t lane = run.first, lanes = run.count;
    const std::uint64_t begin = access.address[lane];
    const std::uint64_t count = std::uint64_t{run.in_a_row()} * access.bytes;
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t offset = (begin + done) & (kPageBytes - 1);
      const std::uint64_t here = std::min(count - done, kPageBytes - offset);
      GlobalPage* page = global_page(begin + done);
      if (page != nullptr && offset + here <= page->bytes.size()) {
        if (reads) {
          const std::size_t wrong = done + first_unwritten(&page->bytes[offset], here);
          if (wrong < done + here) {
            report(event, access, static_cast<int>(lane + wrong / access.bytes), wrong % access.bytes, lanes);
          }
        }
        if (writes) std::memset(&page->bytes[offset], 1, here);
      }
      done += here;
    }
  });
}

std::vector<Interval> CheckInit::written(const Allocation& allocation) const {
  std::vector<Interval> result = allocation.written;
  for (std::uint64_t at = allocation.address; at < allocation.end(); at += kPageBytes) {
    const std::uint64_t index = (at - kGlobalBase) >> kPageShift;
    if (index >= pages_.size() || pages_[index] == nullptr) continue;
    const std::vector<std::uint8_t>& bytes = pages_[index]->bytes;
    for (std::size_t i = 0; i < bytes.size();) {
      const std::size_t lo = i;
      while (i < bytes.size() && bytes[i] == bytes[lo]) ++i;
      const std::uint64_t base = at - allocation.address;
      if (bytes[lo] != 0) result.push_back({base + lo, base + i});
    }
  }
  std::sort(result.begin(), result.end(), [](const Interval& a, const Interval& b) { return a.lo < b.lo; });
  std::vector<Interval> merged;
  for (const Interval& interval : result) {
    if (!merged.empty() && interval.lo <= merged.back().hi) {
      merged.back().hi = std::max(merged.back().hi, interval.hi);
    } else {
      merged.push_back(interval);
    }
  }
  return merged;
}

// ---- Local memory

void CheckInit::check_local(const StepEvent& event, const Access& access, bool writes) {
  std::vector<LaneMask>& written = state_of(*event.block).local[event.warp];
  const std::size_t exist = event.block->warps[event.warp].local.size() / 8;  // bytes of a lane: 4 of 32 x 4
  if (written.size() < exist) written.resize(exist, 0);
  const bool is_told = !places_.map.in_toolkit(event.pc);
  const int first = std::countr_zero(access.mask);
  bool uniform = true;
  for (LaneMask rest = access.mask; rest != 0; rest &= rest - 1) {
    uniform &= access.address[std::countr_zero(rest)] == access.address[first];
  }
  LaneMask left = access.mask;
  while (left != 0) {
    const int lane = std::countr_zero(left);
    const LaneMask lanes = uniform ? left : LaneMask{1} << lane;
    left &= ~lanes;
    const std::uint64_t begin = access.address[lane];
    for (std::uint32_t i = 0; i < access.bytes && begin + i < written.size(); ++i) {
      const LaneMask missing = lanes & ~written[begin + i];
      if (writes) {
        written[begin + i] |= lanes;
      } else if (missing != 0 && is_told) {
        report(event, access, std::countr_zero(missing), i, static_cast<std::uint64_t>(std::popcount(missing)));
        break;
      }
    }
  }
}

// The local memory of a function that is entered holds nothing yet but its parameters, and what it returns is written.
void CheckInit::forget_frame(const StepEvent& event) {
  const Program& program = *places_.program;
  const Warp& warp = event.block->warps[event.warp];
  if (event.inst->target >= program.calls.size() || warp.current >= warp.fragments.size()) return;
  const CallSite& site = program.calls[event.inst->target];
  const std::vector<Frame>& calls = warp.fragments[warp.current].calls;
  std::vector<LaneMask>& written = state_of(*event.block).local[event.warp];
  const std::size_t exist = warp.local.size() / 8;
  if (written.size() < exist) written.resize(exist, 0);
  const auto set = [&](std::uint64_t begin, std::uint64_t bytes, bool is_written) {
    for (std::uint64_t i = begin; i < begin + bytes && i < written.size(); ++i) {
      written[i] = is_written ? written[i] | event.executed : written[i] & ~event.executed;
    }
  };
  std::uint64_t caller_base = 0;
  if (site.intrinsic < 0) {
    if (calls.empty()) return;
    const Frame& frame = calls.back();
    const FunctionCode& callee = program.functions[static_cast<std::size_t>(frame.function)];
    set(frame.local_base, callee.local_bytes, false);
    set(frame.local_base, std::uint64_t{callee.return_bytes} + callee.parameter_bytes, true);
    if (calls.size() > 1) caller_base = calls[calls.size() - 2].local_base;
  } else if (!calls.empty()) {
    caller_base = calls.back().local_base;
  }
  for (const CallSite::Value& result : site.results) {
    if (result.in_local) set(caller_base + result.offset, result.size_bytes, true);
  }
}

void CheckInit::report(const StepEvent& event, const Access& access, int lane, std::uint32_t byte,
                       std::uint64_t lanes) {
  const Pc pc = places_.map.told_at(event.pc, event.block->warps[event.warp]);
  if (!list_.is_new(static_cast<std::uint32_t>(access.space), places_.map.number(pc), kNoPc, lanes)) return;
  Finding finding;
  finding.kind = FindingKind::kInit;
  finding.where = places_.map.at(pc);
  finding.pc = pc;
  finding.at = places_.thread(event.block->number, event.warp * 32 + static_cast<std::uint32_t>(lane));
  finding.address = access.address[lane];
  finding.count = lanes;
  const std::string which = byte == 0 ? "" : fmt::format(" (byte {} of them is the first)", byte);
  const std::string at = access.space == AccessSpace::kGlobal
                             ? fmt::format("0x{:x}, {}", finding.address, memory_->describe(finding.address))
                             : fmt::format("offset {}", finding.address);
  finding.message = fmt::format("{} {} {} bytes of {} memory at {} that nobody has written{}, at {}",
                                places_.text(finding.at), access.kind == AccessKind::kAtomic ? "updates" : "reads",
                                access.bytes, space_name(access.space), at, which, finding.where.text());
  list_.add(std::move(finding));
}

}  // namespace warpscope::vgpu
