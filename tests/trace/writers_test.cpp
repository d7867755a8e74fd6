// "Who wrote this?", against a list of all writes of the run.
#include "compute/trace/writers.h"

#include <gtest/gtest.h>

#include "tests/trace/traced_kernel.h"

namespace warpscope::trace {
namespace {

struct Told {
  std::uint64_t step = 0;
  std::uint64_t block = 0;
  std::uint32_t warp = 0;
  vgpu::Access access;
};
class AllWrites final : public vgpu::Observer {
 public:
  void on_step(const vgpu::StepEvent& event) override {
    for (const vgpu::Access& access : event.accesses) {
      if (access.kind == vgpu::AccessKind::kStore || access.kind == vgpu::AccessKind::kAtomic) {
        all.push_back({event.step, event.block->number, event.warp, access});
      }
    }
  }
  std::vector<Told> all;
};

class Writers : public testing::Test {
 protected:
  Writers() : timeline(make()) {
    timeline.record(1'000'000);
    timeline.seek(0);
    timeline.replay(timeline.size(), {&writes});
  }
  static Timeline make() {
    TimelineOptions options;
    options.keyframe_interval = 50;
    return tests::traced(tests::kLoops, {2, 1, 1}, {64, 1, 1}, options);
  }
  // By looking through the list.
  std::optional<Write> expected(const MemoryPlace& place, std::uint64_t before) const {
    std::optional<Write> found;
    for (const Told& w : writes.all) {
      if (w.step >= before || w.access.space != place.space) continue;
      if (place.space != vgpu::AccessSpace::kGlobal && w.block != place.block) continue;
      LaneMask lanes = 0;
      for (std::uint32_t lane = 0; lane < 32; ++lane) {
        const std::uint64_t at = w.access.address[lane];
        const bool own = place.space != vgpu::AccessSpace::kLocal || w.warp * 32 + lane == place.thread;
        const bool hit = at < place.address + place.bytes && place.address < at + w.access.bytes;
        if ((w.access.mask >> lane & 1U) != 0 && own && hit) lanes |= 1U << lane;
      }
      if (lanes != 0) found = Write{w.step, lanes};
    }
    return found;
  }
  void expect_same(const MemoryPlace& place, std::uint64_t before) {
    const auto found = find_last_write(timeline, place, before), want = expected(place, before);
    ASSERT_EQ(found.has_value(), want.has_value()) << place.address << " before " << before;
    if (!found) return;
    EXPECT_EQ(found->step, want->step);
    EXPECT_EQ(found->lanes, want->lanes);
    EXPECT_NE(timeline.records()[found->step].flags & kStore, 0);
  }

  AllWrites writes;
  Timeline timeline;
};

TEST_F(Writers, OfSharedMemoryOfEachBlock) {
  ASSERT_GT(writes.all.size(), 10U);
  timeline.seek(17);
  for (std::uint64_t block = 0; block < 2; ++block) {
    for (std::uint64_t word = 0; word < 66; ++word) {
      const MemoryPlace place{vgpu::AccessSpace::kShared, 4 * word, 4, block, 0};
      for (std::uint64_t before = 0; before <= timeline.size(); before += 61) expect_same(place, before);
      expect_same(place, timeline.size());
    }
  }
  EXPECT_EQ(timeline.position(), 17U) << "looking does not move";
}

TEST_F(Writers, OfGlobalMemoryTheCounterAndPartsOfWords) {
  for (const Told& w : writes.all) {
    if (w.access.space != vgpu::AccessSpace::kGlobal) continue;
    for (const std::uint64_t part : {0U, 1U, 3U, 4U}) {
      const MemoryPlace place{vgpu::AccessSpace::kGlobal, w.access.address[5] + part, 2, 0, 0};
      expect_same(place, w.step);
      expect_same(place, w.step + 1);
      expect_same(place, timeline.size() + 1000);
    }
  }
  EXPECT_FALSE(find_last_write(timeline, {vgpu::AccessSpace::kGlobal, 64, 4, 0, 0}, timeline.size()));
}

TEST_F(Writers, OfLocalMemoryOfEachThread) {
  int found = 0;
  for (std::uint64_t block = 0; block < 2; ++block) {
    for (const std::uint32_t thread : {0U, 31U, 32U, 63U}) {
      for (std::uint64_t word = 0; word < 6; ++word) {
        const MemoryPlace place{vgpu::AccessSpace::kLocal, 4 * word, 4, block, thread};
        expect_same(place, timeline.size());
        found += find_last_write(timeline, place, timeline.size()) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(found, 0) << "arguments of calls are there";
}

}  // namespace
}  // namespace warpscope::trace
