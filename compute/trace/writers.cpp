#include "compute/trace/writers.h"

#include <algorithm>

namespace warpscope::trace {
namespace {

bool overlaps(std::uint64_t a, std::uint64_t a_bytes, std::uint64_t b, std::uint64_t b_bytes) {
  return a < b + b_bytes && b < a + a_bytes;
}

// Remembers the last write to a place while a part of the run is made again.
class Watcher final : public vgpu::Observer {
 public:
  explicit Watcher(const MemoryPlace& place) : place_(place) {}

  void on_step(const vgpu::StepEvent& event) override {
    LaneMask lanes = 0;
    for (const vgpu::Access& access : event.accesses) lanes |= writers(event, access);
    if (lanes != 0) last_ = Write{event.step, lanes};
  }
  bool wants_steps(vgpu::InstKind kind) const override {
    return kind != vgpu::InstKind::kLane && kind != vgpu::InstKind::kBranch;
  }
  const std::optional<Write>& last() const { return last_; }

 private:
  LaneMask writers(const vgpu::StepEvent& event, const vgpu::Access& access) const {
    const bool copies_in = access.kind == vgpu::AccessKind::kAsyncCopy && access.space == vgpu::AccessSpace::kShared;
    const bool writes =
        access.kind == vgpu::AccessKind::kStore || access.kind == vgpu::AccessKind::kAtomic || copies_in;
    if (!writes || access.space != place_.space) return 0;
    if (place_.space != vgpu::AccessSpace::kGlobal && event.block->number != place_.block) return 0;
    LaneMask lanes = access.mask;
    if (place_.space == vgpu::AccessSpace::kLocal) {
      lanes &= event.warp == place_.thread / base::kWarpSize ? LaneMask{1} << place_.thread % base::kWarpSize : 0;
    }
    for (int lane = 0; lane < base::kWarpSize; ++lane) {
      if (!overlaps(access.address[lane], access.bytes, place_.address, place_.bytes)) lanes &= ~(LaneMask{1} << lane);
    }
    return lanes;
  }

  MemoryPlace place_;
  std::optional<Write> last_;
};

std::uint16_t flag_of(vgpu::AccessSpace space) {
  return space == vgpu::AccessSpace::kShared ? kShared : space == vgpu::AccessSpace::kLocal ? kLocal : kGlobal;
}

}  // namespace

std::optional<Write> find_last_write(Timeline& timeline, const MemoryPlace& place, std::uint64_t before) {
  const std::uint64_t here = timeline.position(), interval = timeline.keyframe_interval();
  const std::uint16_t wanted = kStore | flag_of(place.space);
  std::optional<Write> found;
  // Part by part from the last one backwards; those without such a store need not be made again.
  for (std::uint64_t end = std::min(before, timeline.size()); end > 0 && !found;) {
    const std::uint64_t begin = (end - 1) / interval * interval;
    const auto first = timeline.records().begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = timeline.records().begin() + static_cast<std::ptrdiff_t>(end);
    if (std::any_of(first, last, [&](const StepRecord& r) { return (r.flags & wanted) == wanted; })) {
      Watcher watcher(place);
      timeline.seek(begin);
      timeline.replay(end, {&watcher});
      found = watcher.last();
    }
    end = begin;
  }
  timeline.seek(here);
  return found;
}

}  // namespace warpscope::trace
