#include "compute/trace/writers.h"

#include <algorithm>

namespace warpscope::trace {
namespace {

using vgpu::AccessKind;
using vgpu::AccessSpace;

constexpr std::uint32_t kLanes = base::kWarpSize;

bool overlaps(std::uint64_t a, std::uint64_t a_bytes, std::uint64_t b, std::uint64_t b_bytes) {
  return a < b + b_bytes && b < a + a_bytes;
}

bool is_wanted(const AccessQuery& query, const vgpu::Access& access) {
  switch (access.kind) {
    case AccessKind::kLoad:
      return query.reads;
    case AccessKind::kStore:
      return query.writes;
    case AccessKind::kAtomic:
      return query.reads || query.writes;
    case AccessKind::kAsyncCopy:
      return access.space == AccessSpace::kShared ? query.writes : query.reads;
    case AccessKind::kPrefetch:
      break;
  }
  return false;
}

LaneMask lane_of(std::uint32_t thread, std::uint32_t warp) {
  return warp == thread / kLanes ? LaneMask{1} << thread % kLanes : 0;
}

// Remembers the first and the last access while a part of the run is made again.
class Watcher final : public vgpu::Observer {
 public:
  explicit Watcher(const AccessQuery& query) : query_(query) {}

  void on_step(const vgpu::StepEvent& event) override {
    LaneMask lanes = 0;
    for (const vgpu::Access& access : event.accesses) lanes |= lanes_at(event, access);
    if (lanes == 0) return;
    last_ = FoundAccess{event.step, lanes};
    if (!first_) first_ = last_;
  }
  bool wants_steps(vgpu::InstKind kind) const override {
    return kind != vgpu::InstKind::kLane && kind != vgpu::InstKind::kBranch;
  }
  const std::optional<FoundAccess>& first() const { return first_; }
  const std::optional<FoundAccess>& last() const { return last_; }

 private:
  LaneMask lanes_at(const vgpu::StepEvent& event, const vgpu::Access& access) const {
    const MemoryPlace& place = query_.place;
    const AccessSpace space = access.space == AccessSpace::kConstant ? AccessSpace::kGlobal : access.space;
    if (space != place.space || !is_wanted(query_, access)) return 0;
    LaneMask lanes = access.mask;
    if (query_.by) lanes &= event.block->number == query_.by->block ? lane_of(query_.by->thread, event.warp) : 0;
    if (space != AccessSpace::kGlobal && event.block->number != place.block) return 0;
    if (space == AccessSpace::kLocal) lanes &= lane_of(place.thread, event.warp);
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      if (!overlaps(access.address[lane], access.bytes, place.address, place.bytes)) lanes &= ~(LaneMask{1} << lane);
    }
    return lanes;
  }

  AccessQuery query_;
  std::optional<FoundAccess> first_, last_;
};

// Which records can be of such a step.
class Sieve {
 public:
  Sieve(const Timeline& timeline, const AccessQuery& query) : warps_(timeline.warps_per_block()) {
    const AccessSpace space = query.place.space;
    wanted_ = space == AccessSpace::kShared ? kShared : space == AccessSpace::kLocal ? kLocal : kGlobal;
    if (!query.reads) wanted_ |= kStore;
    if (space == AccessSpace::kShared) keep_block(query.place.block);
    if (space == AccessSpace::kLocal) keep_thread(query.place.block, query.place.thread);
    if (query.by) keep_thread(query.by->block, query.by->thread);
  }

  bool passes(const StepRecord& record) const {
    return (record.flags & wanted_) == wanted_ && first_warp_ <= record.warp && record.warp < end_warp_;
  }

 private:
  void keep(std::uint64_t first, std::uint64_t end) {
    first_warp_ = std::max(first_warp_, first);
    end_warp_ = std::min(end_warp_, end);
  }
  void keep_block(std::uint64_t block) { keep(block * warps_, (block + 1) * warps_); }
  void keep_thread(std::uint64_t block, std::uint32_t thread) {
    const std::uint64_t warp = block * warps_ + thread / kLanes;
    keep(warp, warp + 1);
  }

  std::uint64_t warps_;
  std::uint64_t first_warp_ = 0, end_warp_ = ~0ULL;
  std::uint16_t wanted_ = 0;
};

bool has_stopped(const std::atomic<bool>* stop) {
  return stop != nullptr && *stop;
}

// The part of the run from `begin` on up to `end` once more; not at all where none of its records can be wanted.
Watcher watch(Timeline& timeline, const AccessQuery& query, const Sieve& sieve, std::uint64_t begin,
              std::uint64_t end) {
  Watcher watcher(query);
  const auto at = [&](std::uint64_t n) { return timeline.records().begin() + static_cast<std::ptrdiff_t>(n); };
  if (std::any_of(at(begin), at(end), [&](const StepRecord& r) { return sieve.passes(r); })) {
    timeline.seek(begin);
    timeline.replay(end, {&watcher});
  }
  return watcher;
}

}  // namespace

std::optional<FoundAccess> find_last_access(Timeline& timeline, const AccessQuery& query, std::uint64_t before,
                                            const std::atomic<bool>* stop) {
  const std::uint64_t here = timeline.position(), interval = timeline.keyframe_interval();
  const Sieve sieve(timeline, query);
  std::optional<FoundAccess> found;
  // Part by part from the last one backwards.
  for (std::uint64_t end = std::min(before, timeline.size()); end > 0 && !found && !has_stopped(stop);) {
    const std::uint64_t begin = (end - 1) / interval * interval;
    found = watch(timeline, query, sieve, begin, end).last();
    end = begin;
  }
  timeline.seek(here);
  return found;
}

std::optional<FoundAccess> find_next_access(Timeline& timeline, const AccessQuery& query, std::uint64_t from,
                                            const std::atomic<bool>* stop) {
  const std::uint64_t here = timeline.position(), interval = timeline.keyframe_interval();
  const Sieve sieve(timeline, query);
  std::optional<FoundAccess> found;
  for (std::uint64_t begin = from; begin < timeline.size() && !found && !has_stopped(stop);) {
    const std::uint64_t end = std::min(timeline.size(), (begin / interval + 1) * interval);
    found = watch(timeline, query, sieve, begin, end).first();
    begin = end;
  }
  timeline.seek(here);
  return found;
}

std::optional<Write> find_last_write(Timeline& timeline, const MemoryPlace& place, std::uint64_t before) {
  return find_last_access(timeline, AccessQuery{place, false, true, std::nullopt}, before);
}

}  // namespace warpscope::trace
