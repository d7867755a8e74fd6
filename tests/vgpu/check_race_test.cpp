// Races in real kernels, found whatever the order of execution, and kernels without.
#include "compute/vgpu/observers/check_race.h"

#include <gtest/gtest.h>

#include "tests/vgpu/check_kernel.h"

namespace warpscope::vgpu {
namespace {

using tests::CheckKernel;
using tests::find;
using tests::iota;
using tests::line_of;
using tests::texts;

class Races : public tests::CheckTest<CheckRace> {
 protected:
  Races() : CheckTest("race") {}

  // A race between two marked lines; the two are one where no other is given.
  const Finding& expect_race(const std::string& marker, const std::string& other = {},
                             Severity severity = Severity::kError) {
    static const Finding none;
    const int line = line_of("race.cu", marker);
    const Finding* f = find(check_.findings(), line, other.empty() ? line : line_of("race.cu", other));
    EXPECT_NE(f, nullptr) << marker << " " << other << " not among:\n" << texts(check_.findings());
    if (f == nullptr) return none;
    EXPECT_EQ(f->severity, severity) << f->message;
    EXPECT_EQ(f->where.file, "race.cu");
    EXPECT_TRUE(f->at.block != f->other.block || f->at.thread != f->other.thread) << f->message;
    for (const Finding& all : check_.findings()) {
      EXPECT_EQ(all.kind, FindingKind::kRace);
      EXPECT_TRUE(all.where.line == f->where.line || all.where.line == f->other_where.line) << all.message;
    }
    return *f;
  }
};
INSTANTIATE_TEST_SUITE_P(Flavours, Races, testing::Values("", "_debug"), tests::flavour_name);

TEST_P(Races, MissingBarrierBehindATile) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("reverse_missing_barrier", {1}, {64});
  const Finding& f = expect_race("reverse-write", "reverse-read");
  EXPECT_NE(f.message.find("shared memory"), std::string::npos);
  EXPECT_NE(f.message.find("nothing orders"), std::string::npos);
}
TEST_P(Races, BarrierBehindATile) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("reverse", {1}, {64});
  expect_clean();
}
TEST_P(Races, EveryBlockHasItsOwnSharedMemory) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("reverse", {8},
                 {64});  // they all write the same results: that is a race in global memory, with the same values
  for (const Finding& f : check_.findings()) EXPECT_EQ(f.severity, Severity::kInfo) << f.message;
}
TEST_P(Races, ReductionTree) {
  kernel_.in(iota(128)).out(4);
  run_to_the_end("tree", {1}, {128});
  expect_clean();
  EXPECT_EQ(kernel_.read(1, 1)[0], 127 * 64);
}
TEST_P(Races, ReductionTreeWithoutBarriers) {
  kernel_.in(iota(128)).out(4);
  run_to_the_end("tree_missing_barrier", {1}, {128});
  ASSERT_FALSE(check_.findings().empty());
  EXPECT_NE(find(check_.findings(), line_of("race.cu", "tree"), line_of("race.cu", "tree")), nullptr)
      << texts(check_.findings());
}
TEST_P(Races, LanesOfAWarpAreNotInLockstep) {
  kernel_.in(iota(64)).out(128);
  run_to_the_end("warp_synchronous", {1}, {32});
  const int line = line_of("race.cu", "lockstep");
  const Finding* f = find(check_.findings(), line, line);
  ASSERT_NE(f, nullptr) << texts(check_.findings());
  EXPECT_NE(f->message.find("__syncwarp()"), std::string::npos) << f->message;
}
TEST_P(Races, VolatileIsNoLockstep) {
  kernel_.in(iota(64)).out(128);
  run_to_the_end("warp_synchronous_volatile", {1}, {32});
  const int line = line_of("race.cu", "lockstep-volatile");
  EXPECT_NE(find(check_.findings(), line, line), nullptr) << texts(check_.findings());
}
TEST_P(Races, SyncwarpOrdersLanes) {
  kernel_.in(iota(64)).out(128);
  run_to_the_end("warp_synced", {1}, {32});
  expect_clean();
}
TEST_P(Races, SyncwarpOrdersTheLanesOfItsMaskOnly) {
  kernel_.in(iota(32)).out(128);
  run_to_the_end("half_warp_synced", {1}, {32});
  expect_clean();
}
TEST_P(Races, SyncwarpDoesNotOrderOtherLanes) {
  kernel_.in(iota(32)).out(128);
  run_to_the_end("wrong_half_synced", {1}, {32});
  expect_race("wrong-half-write", "wrong-half-read");
}
TEST_P(Races, ShufflesOrderNothing) {
  kernel_.in(iota(32)).out(128);
  run_to_the_end("shuffle_is_no_barrier", {1}, {32});
  expect_race("shuffle-write", "shuffle-read");
}
TEST_P(Races, HistogramWithAtomics) {
  kernel_.in(iota(128)).zeros(64);
  run_to_the_end("histogram_shared", {2}, {128});
  expect_clean();
}
TEST_P(Races, HistogramReadTooEarly) {
  kernel_.in(iota(128)).zeros(64);
  run_to_the_end("histogram_read_too_early", {1}, {128});
  const Finding& f = expect_race("bins-add", "bins-read");
  EXPECT_NE(f.message.find("atomic"), std::string::npos);
}
TEST_P(Races, AtomicsDoNotProtectPlainReads) {
  kernel_.zeros(4).out(4);
  run_to_the_end("mixed_atomic", {1}, {64});
  expect_race("mixed-add", "mixed-read");
}
TEST_P(Races, AtomicsOfTheBlockAreNotAtomicForOthers) {
  kernel_.zeros(4);
  run_to_the_end("block_scope_atomic", {2}, {32});
  EXPECT_NE(expect_race("block-scope").message.find("scope"), std::string::npos);
}
TEST_P(Races, AtomicsOfTheBlockAreEnoughForOne) {
  kernel_.zeros(4);
  run_to_the_end("block_scope_atomic", {1}, {64});
  expect_clean();
}
TEST_P(Races, AtomicsOfTheDevice) {
  kernel_.zeros(4);
  run_to_the_end("device_scope_atomic", {4}, {64});
  expect_clean();
}
TEST_P(Races, APlainReadThatASwapChecksIsToldAsHarmless) {
  kernel_.in(iota(64)).zeros(4);
  run_to_the_end("add_by_swapping", {2}, {32});
  EXPECT_FALSE(check_.findings().empty());
  for (const Finding& f : check_.findings()) {
    EXPECT_EQ(f.severity, Severity::kInfo) << f.message;
    EXPECT_NE(f.message.find("swap checks"), std::string::npos) << f.message;
  }
  EXPECT_EQ(kernel_.read(1, 1)[0], 2 * 31 * 16);
}
TEST_P(Races, APlainReadOfWhatOthersStillAddTo) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("sum_read_too_early", {1}, {64});
  expect_race("early-read", "early-add");
}
TEST_P(Races, WritingTheSameValueIsToldAsSuch) {
  kernel_.in(iota(64, 1)).zeros(4);
  run_to_the_end("same_value_flag", {2}, {64});
  EXPECT_NE(expect_race("same-value", {}, Severity::kInfo).message.find("same value"), std::string::npos);
}
TEST_P(Races, WritingDifferentValuesIsAnError) {
  kernel_.zeros(4);
  run_to_the_end("different_values", {1}, {64});
  expect_race("different-values");
}
TEST_P(Races, TheLastBlockSums) {
  kernel_.in(iota(256)).out(32).zeros(4).out(128);
  run_to_the_end("last_block_sums", {8}, {32});
  expect_clean();
  EXPECT_EQ(kernel_.read(3, 2)[1], 32 * 32 + 31 * 16);
}
TEST_P(Races, TheLastBlockSumsWithoutAFence) {
  kernel_.in(iota(256)).out(32).zeros(4).out(128);
  run_to_the_end("last_block_sums_unfenced", {8}, {32});
  expect_race("unfenced-write", "unfenced-read");
}
TEST_P(Races, FencesOfEveryThreadAndOneTicket) {
  kernel_.out(4 * 256).zeros(4).out(256);
  run_to_the_end("last_block_gathers", {4}, {64});
  expect_clean();
}
TEST_P(Races, SpinLock) {
  kernel_.zeros(4).zeros(4);
  run_to_the_end("spin_lock", {3}, {64});
  expect_clean();
  EXPECT_EQ(kernel_.read(1, 1)[0], 3 * 63 * 32);
}
TEST_P(Races, SpinLockWithoutAFence) {
  kernel_.zeros(4).zeros(4);
  run_to_the_end("spin_lock_unfenced", {3}, {64});
  expect_race("lock-total");
}
TEST_P(Races, TwoBuffersAndOneBarrierAStep) {
  kernel_.in(iota(256)).out(256);
  run_to_the_end("double_buffer", {1}, {64});
  expect_clean();
}
TEST_P(Races, OneBufferAndOneBarrierAStep) {
  kernel_.in(iota(256)).out(256);
  run_to_the_end("single_buffer", {1}, {64});
  expect_race("single-write", "single-read");
}
TEST_P(Races, DecoupledLookBack) {
  kernel_.zeros(24).out(24);
  run_to_the_end("look_back", {6}, {32});
  expect_clean();
  EXPECT_EQ(kernel_.read(1, 6)[5], 6);
}
TEST_P(Races, DecoupledLookBackWithoutFences) {
  kernel_.zeros(24).out(24);
  run_to_the_end("look_back_unfenced", {6}, {32});
  expect_race("chain-write", "chain-read");
}
TEST_P(Races, BarrierOfTheGrid) {
  kernel_.out(4 * 256).zeros(4).out(4 * 256);
  run_to_the_end("grid_barrier", {4}, {64});
  expect_clean();
}
TEST_P(Races, BlocksThatOverlap) {
  kernel_.zeros(4 * 64);
  run_to_the_end("blocks_overlap", {2}, {32});
  EXPECT_NE(expect_race("overlap").message.find("global memory"), std::string::npos);
}
TEST_P(Races, BlocksThatDoNot) {
  kernel_.zeros(4 * 64);
  run_to_the_end("blocks_apart", {2}, {32});
  expect_clean();
}
TEST_P(Races, BytesBesideEachOther) {
  kernel_.zeros(64);
  run_to_the_end("neighbour_bytes", {1}, {64});
  expect_clean();
}
TEST_P(Races, AWordOverBytesOfOthers) {
  kernel_.zeros(64);
  run_to_the_end("overlapping_bytes", {1}, {64});
  EXPECT_FALSE(check_.findings().empty());
  const Finding* f = find(check_.findings(), line_of("race.cu", "byte-write"), line_of("race.cu", "word-write"));
  ASSERT_NE(f, nullptr) << texts(check_.findings());
}
TEST_P(Races, StencilInPlace) {
  kernel_.in(iota(64));
  run_to_the_end("stencil_in_place", {1}, {64});
  expect_race("stencil");
}
TEST_P(Races, NamedBarriers) {
  kernel_.in(iota(32)).out(128);
  run_to_the_end("named_barriers", {1}, {64});
  expect_clean();
}
TEST_P(Races, NamedBarriersTheWrongWay) {
  kernel_.in(iota(32)).out(128);
  run_to_the_end("named_barriers_wrong_way", {1}, {64});
  expect_race("arrive-write", "arrive-read");
}

// The copy itself is a line of an inline function: the read is what is looked for.
TEST_P(Races, AsynchronousCopy) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("async_copy", {1}, {64});
  expect_clean();
}
TEST_P(Races, AsynchronousCopyNobodyWaitedFor) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("async_copy_not_awaited", {1}, {64});
  ASSERT_FALSE(check_.findings().empty());
  EXPECT_EQ(check_.findings()[0].where.line, line_of("race.cu", "async-read"));
  EXPECT_NE(check_.findings()[0].message.find("asynchronous copy"), std::string::npos);
}
TEST_P(Races, AsynchronousCopyAwaitedBehindTheBarrier) {
  kernel_.in(iota(64)).out(256);
  run_to_the_end("async_copy_of_others", {1}, {64});
  ASSERT_FALSE(check_.findings().empty());
  EXPECT_EQ(check_.findings()[0].where.line, line_of("race.cu", "async-others-read"));
}

TEST(RaceLimits, FindingsAreFoldedByPlace) {
  CheckKernel kernel("race.ptx");
  CheckRace check;
  kernel.zeros(4);
  kernel.run("different_values", {4}, {64}, {&check});
  EXPECT_EQ(check.findings().size(), 1U) << texts(check.findings());
  EXPECT_GE(check.findings()[0].count, 7U);  // a line for every warp but the first at least
}

TEST(RaceLimits, SaysWhereItDidNotLook) {
  CheckKernel kernel("race.ptx");
  CheckRace check(100, 1000);
  kernel.zeros(1 << 16);
  kernel.run("blocks_apart", {2}, {32}, {&check});
  EXPECT_FALSE(check.complete());
}

}  // namespace
}  // namespace warpscope::vgpu
