// "Who wrote this?", against a list of all writes of the run.
#include "compute/trace/writers.h"

#include <gtest/gtest.h>

#include <algorithm>

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

// ---- Reads too, of threads, and forwards. A kernel made for it: each thread t stores to word t, reads word t ^ 1,
// adds to word 40 and copies word t of the constants, twice over.
const std::string kAccesses =
    ".version 7.0\n.target sm_70\n.address_size 64\n.const .align 4 .u32 table[64] = {1, 2, 3};\n"
    ".visible .entry k(.param .u64 out) {\n.reg .b32 %r<8>; .reg .b64 %rd<8>; .reg .pred %p<2>;\n"
    ".shared .align 4 .b8 tile[256];\nld.param.u64 %rd1, [out];\nmov.u32 %r1, %tid.x;\nshl.b32 %r2, %r1, 2;\n"
    "xor.b32 %r3, %r2, 4;\nmov.u64 %rd3, table;\nmul.wide.u32 %rd4, %r1, 4;\nadd.u64 %rd3, %rd3, %rd4;\n"
    "mov.u32 %r4, tile;\nmov.u32 %r4, 0;\nLOOP:\nst.shared.u32 [%r2], %r1;\nbar.sync 0;\nld.shared.u32 %r5, [%r3];\n"
    "atom.global.add.u32 %r6, [%rd1+160], 1;\nld.const.u32 %r7, [%rd3];\nadd.u32 %r4, %r4, 1;\n"
    "setp.lt.u32 %p1, %r4, 2;\n@%p1 bra LOOP;\nret;\n}\n";

struct Did {
  std::uint64_t step = 0, block = 0;
  std::uint32_t warp = 0;
  vgpu::Access access;
};
class AllAccesses final : public vgpu::Observer {
 public:
  void on_step(const vgpu::StepEvent& event) override {
    for (const vgpu::Access& a : event.accesses) all.push_back({event.step, event.block->number, event.warp, a});
  }
  std::vector<Did> all;
};

class Accesses : public testing::Test {
 protected:
  Accesses() : timeline(make()) {
    timeline.record(1'000'000);
    EXPECT_FALSE(timeline.fault());
    timeline.seek(0);
    timeline.replay(timeline.size(), {&accesses});
    timeline.seek(23);
  }
  static Timeline make() {
    TimelineOptions options;
    options.keyframe_interval = 16;
    return tests::traced(kAccesses, {2, 1, 1}, {64, 1, 1}, options);
  }
  // All steps of the run that a query means, by looking through the list.
  std::vector<FoundAccess> expected(const AccessQuery& query) const {
    std::vector<FoundAccess> found;
    for (const Did& did : accesses.all) {
      const bool is_read = did.access.kind != vgpu::AccessKind::kStore;
      const bool is_write = did.access.kind != vgpu::AccessKind::kLoad;
      if (!(query.reads && is_read) && !(query.writes && is_write)) continue;
      const bool is_constant = did.access.space == vgpu::AccessSpace::kConstant;
      if ((is_constant ? vgpu::AccessSpace::kGlobal : did.access.space) != query.place.space) continue;
      if (query.place.space == vgpu::AccessSpace::kShared && did.block != query.place.block) continue;
      LaneMask lanes = 0;
      for (std::uint32_t lane = 0; lane < 32; ++lane) {
        const std::uint64_t at = did.access.address[lane];
        const bool own = !query.by || (query.by->block == did.block && query.by->thread == did.warp * 32 + lane);
        const bool hit = at < query.place.address + query.place.bytes && query.place.address < at + did.access.bytes;
        if ((did.access.mask >> lane & 1U) != 0 && own && hit) lanes |= 1U << lane;
      }
      if (lanes != 0) found.push_back({did.step, lanes});
    }
    return found;
  }
  // Forwards and backwards from everywhere. How many there are.
  std::size_t expect_same(const AccessQuery& query) {
    const std::vector<FoundAccess> all = expected(query);
    for (std::uint64_t at = 0; at <= timeline.size() + 1; ++at) {
      const auto next = std::find_if(all.begin(), all.end(), [&](const FoundAccess& f) { return f.step >= at; });
      const auto found = find_next_access(timeline, query, at);
      EXPECT_EQ(found.has_value(), next != all.end()) << at;
      if (found && next != all.end()) {
        EXPECT_EQ(found->step, next->step) << at;
        EXPECT_EQ(found->lanes, next->lanes) << at;
      }
      const auto before = find_last_access(timeline, query, at);
      EXPECT_EQ(before.has_value(), next != all.begin()) << at;
      if (before && next != all.begin()) {
        EXPECT_EQ(before->step, (next - 1)->step) << at;
        EXPECT_EQ(before->lanes, (next - 1)->lanes) << at;
      }
    }
    EXPECT_EQ(timeline.position(), 23U) << "looking does not move";
    return all.size();
  }

  AllAccesses accesses;
  Timeline timeline;
};

TEST_F(Accesses, ReadsAndWritesOfSharedMemory) {
  AccessQuery query;
  query.place = {vgpu::AccessSpace::kShared, 4 * 33, 4, 1, 0};
  EXPECT_EQ(expect_same(query), 2U) << "a store in each round";
  query.reads = true;
  EXPECT_EQ(expect_same(query), 4U);
  query.writes = false;
  EXPECT_EQ(expect_same(query), 2U);
  query.place.bytes = 8;
  EXPECT_EQ(expect_same(query), 2U) << "by two lanes at once";
}

TEST_F(Accesses, OfOneThread) {
  AccessQuery query;
  query.place = {vgpu::AccessSpace::kShared, 4 * 33, 4, 1, 0};
  query.reads = true;
  query.by = ThreadFilter{1, 33};
  EXPECT_EQ(expect_same(query), 2U) << "it writes its own word";
  query.by = ThreadFilter{1, 32};
  EXPECT_EQ(expect_same(query), 2U) << "it reads its neighbour's";
  query.by = ThreadFilter{1, 31};
  EXPECT_EQ(expect_same(query), 0U);
  query.by = ThreadFilter{0, 33};
  EXPECT_EQ(expect_same(query), 0U) << "another block's memory";
}

TEST_F(Accesses, AtomicsReadAndWriteAndConstantsAreRead) {
  AccessQuery query;
  std::memcpy(&query.place.address, timeline.launch().parameters.data(), 8);
  query.place.address += 160;
  EXPECT_EQ(expect_same(query), 8U) << "two rounds of two warps of two blocks";
  query.reads = true;
  query.writes = false;
  EXPECT_EQ(expect_same(query), 8U);
  query.by = ThreadFilter{1, 40};
  EXPECT_EQ(expect_same(query), 2U);
  query.by.reset();
  query.place.address = timeline.program().variable_addresses[0] + 4 * 34;
  EXPECT_EQ(expect_same(query), 4U);
  query.reads = false;
  query.writes = true;
  EXPECT_EQ(expect_same(query), 0U);
}

TEST_F(Accesses, NothingIsFoundOnceItIsStopped) {
  AccessQuery query;
  query.place = {vgpu::AccessSpace::kShared, 0, 4, 0, 0};
  std::atomic<bool> stop = false;
  EXPECT_TRUE(find_last_access(timeline, query, timeline.size(), &stop));
  stop = true;
  EXPECT_FALSE(find_last_access(timeline, query, timeline.size(), &stop));
  EXPECT_FALSE(find_next_access(timeline, query, 0, &stop));
  EXPECT_EQ(timeline.position(), 23U);
}

}  // namespace
}  // namespace warpscope::trace
