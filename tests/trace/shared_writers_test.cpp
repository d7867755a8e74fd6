// Who wrote each word of shared memory last, at every position, against a list of all that was written.
#include "compute/trace/shared_writers.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/trace/traced_kernel.h"

namespace warpscope::trace {
namespace {

// Three rounds of stores of words, bytes, pairs and of all lanes to one word, with divergence and an atomic.
const std::string kStores =
    ".version 7.0\n.target sm_70\n.address_size 64\n"
    ".visible .entry k(.param .u64 out) {\n.reg .b32 %r<12>; .reg .pred %p<3>;\n.shared .align 8 .b8 tile[1030];\n"
    "mov.u32 %r8, tile;\nmov.u32 %r1, %tid.x;\nshl.b32 %r2, %r1, 2;\nshl.b32 %r3, %r1, 3;\nmov.u32 %r4, 0;\nmov.u32 "
    "%r9, %laneid;\n"
    "LOOP:\nst.shared.u32 [%r2], %r1;\nsetp.gt.u32 %p1, %r9, %r4;\n@%p1 bra LATE;\n"
    "st.shared.v2.u32 [%r3+256], {%r1, %r4};\nbra MEET;\nLATE:\nst.shared.u8 [%r1+5], %r1;\n"
    "atom.shared.add.u32 %r6, [1020], 1;\nMEET:\nst.shared.u16 [1026], %r1;\nbar.sync 0;\nadd.u32 %r4, %r4, 7;\n"
    "setp.lt.u32 %p2, %r4, 20;\n@%p2 bra LOOP;\nst.shared.u8 [1029], %r1;\nret;\n}\n";

struct Done {
  std::uint64_t step = 0, block = 0;
  std::uint32_t thread = 0;
  std::uint64_t begin = 0, end = 0;  // bytes
};
class AllStores final : public vgpu::Observer {
 public:
  void on_step(const vgpu::StepEvent& event) override {
    for (const vgpu::Access& a : event.accesses) {
      if (a.space != vgpu::AccessSpace::kShared || a.kind == vgpu::AccessKind::kLoad) continue;
      for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if ((a.mask >> lane & 1U) == 0) continue;
        all.push_back(
            {event.step, event.block->number, event.warp * 32 + lane, a.address[lane], a.address[lane] + a.bytes});
      }
    }
  }
  std::vector<Done> all;
};

// What a run of the whole up to the position says.
std::optional<SharedWriters::Words> by_brute_force(Timeline& timeline, std::uint64_t position, std::uint64_t block) {
  timeline.seek(0);
  AllStores stores;
  timeline.replay(position, {&stores});
  for (const vgpu::Block& each : timeline.state().blocks) {
    if (each.number != block) continue;
    SharedWriters::Words words((each.shared.size() + 3) / 4);
    for (const Done& s : stores.all) {
      for (std::uint64_t byte = s.begin; s.block == block && byte < s.end; ++byte) {
        words[byte / 4] = SharedWriters::word_of({s.step, s.thread});
      }
    }
    return words;
  }
  return std::nullopt;
}

void expect_same_everywhere(const SharedWriters& writers, Timeline& timeline, std::uint64_t blocks,
                            std::uint64_t stride) {
  for (std::uint64_t n = 0; n <= timeline.size(); n += n + stride < timeline.size() ? stride : 1) {
    for (std::uint64_t block = 0; block < blocks; ++block) {
      const auto expected = by_brute_force(timeline, n, block);
      const std::uint64_t here = (n * 7 + block) % timeline.size();
      timeline.seek(here);
      const auto words = writers.at(timeline, n, block);
      ASSERT_EQ(timeline.position(), here);
      ASSERT_EQ(words != nullptr, expected.has_value()) << "block " << block << " at " << n;
      if (!expected) continue;
      ASSERT_EQ(*words, *expected) << "block " << block << " at " << n;
    }
  }
}

TEST(SharedWriters, AreWhatARunFromTheStartSays) {
  for (const vgpu::Schedule schedule : {vgpu::Schedule{}, vgpu::Schedule{vgpu::WarpScheduler::kRandom, 9}}) {
    for (const std::uint64_t interval : {1ULL, 16ULL, 50ULL, 100'000ULL}) {
      SharedWritersOptions options;
      options.interval = interval;
      SharedWriters writers(options);
      TimelineOptions timeline_options;
      timeline_options.keyframe_interval = 40;
      timeline_options.shared_store_watchers = {&writers};
      tests::Loaded loaded = tests::load(kStores);
      vgpu::Launch launch = tests::launch_of(loaded, {3, 1, 1}, {70, 1, 1});
      launch.schedule = schedule;
      Timeline timeline = *Timeline::create(loaded.program, launch, loaded.memory, {}, timeline_options);
      while (!timeline.has_ended()) timeline.record(77);
      ASSERT_TRUE(timeline.is_complete() && !timeline.fault());
      expect_same_everywhere(writers, timeline, 4, interval == 16 ? 1 : 13);
    }
  }
}

TEST(SharedWriters, KeepWithinTheirMemoryByThinningOut) {
  SharedWritersOptions options;
  options.interval = 2;
  options.bytes = 20'000;
  SharedWriters writers(options);
  TimelineOptions timeline_options;
  timeline_options.shared_store_watchers = {&writers};
  Timeline timeline = tests::traced(kStores, {3, 1, 1}, {70, 1, 1}, timeline_options);
  timeline.record(1'000'000);
  EXPECT_LE(writers.bytes(), options.bytes);
  EXPECT_GT(writers.interval(), 2U);
  EXPECT_GT(writers.copies(), 2U);
  expect_same_everywhere(writers, timeline, 3, 5);
}

TEST(SharedWriters, NeedNothingWhereNothingIsWritten) {
  // Stores at the beginning only, and then a long loop.
  const std::string quiet =
      ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry k(.param .u64 out) {\n"
      ".reg .b32 %r<4>; .reg .b64 %rd<2>; .reg .pred %p;\n.shared .align 4 .b8 tile[4096];\n"
      "mov.u32 %r3, tile;\nmov.u32 %r1, %tid.x;\nshl.b32 %r2, %r1, 2;\nst.shared.u32 [%r2], %r1;\nmov.u32 %r3, "
      "0;\nLOOP:\n"
      "ld.shared.u32 %r1, [%r2];\nadd.u32 %r3, %r3, 1;\nsetp.lt.u32 %p, %r3, 1000;\n@%p bra LOOP;\nret;\n}\n";
  SharedWritersOptions options;
  options.interval = 100;
  SharedWriters writers(options);
  TimelineOptions timeline_options;
  timeline_options.shared_store_watchers = {&writers};
  Timeline timeline = tests::traced(quiet, {1, 1, 1}, {32, 1, 1}, timeline_options);
  timeline.record(1'000'000);
  EXPECT_EQ(writers.copies(), 1U);
  EXPECT_LT(writers.bytes(), 1000U);
  const auto writer = SharedWriters::writer((*writers.at(timeline, 3000, 0))[5]);
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->step, 3U);
  EXPECT_EQ(writer->thread, 5U);
  EXPECT_FALSE(SharedWriters::writer((*writers.at(timeline, 3000, 0))[32]));
}

}  // namespace
}  // namespace warpscope::trace
