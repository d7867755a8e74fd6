// Barriers and warp operations that not everybody comes to, in real kernels.
#include "compute/vgpu/observers/check_sync.h"

#include <gtest/gtest.h>

#include "tests/vgpu/check_kernel.h"

namespace warpscope::vgpu {
namespace {

using tests::find;
using tests::iota;
using tests::line_of;
using tests::texts;

class Syncs : public tests::CheckTest<CheckSync> {
 protected:
  Syncs() : CheckTest("sync") {}

  void expect(const std::string& marker, const std::string& text, Severity severity = Severity::kError) {
    for (const Finding& f : check_.findings()) {
      EXPECT_EQ(f.kind, FindingKind::kSync);
      if (f.where.line == line_of("sync.cu", marker) && f.message.find(text) != std::string::npos) {
        EXPECT_EQ(f.severity, severity) << f.message;
        return;
      }
    }
    ADD_FAILURE() << marker << ": '" << text << "' not among:\n" << texts(check_.findings());
  }
};
INSTANTIATE_TEST_SUITE_P(Flavours, Syncs, testing::Values("", "_debug"), tests::flavour_name);

TEST_P(Syncs, EverybodyComes) {
  kernel_.out(256);
  EXPECT_EQ(run("all_arrive", {2}, {64}), RunStatus::kDone);
  expect_clean();
}
TEST_P(Syncs, HalfOfAWarpNeverComes) {
  kernel_.out(256);
  EXPECT_EQ(run("conditional_barrier", {1}, {64}), RunStatus::kDone);
  expect("conditional", "lanes 16-31 of warp 0");
  expect("conditional", "warp 1", Severity::kWarning);
}
TEST_P(Syncs, AConditionThatIsTheSameForAll) {
  kernel_.out(256).scalar(5);
  EXPECT_EQ(run("uniform_condition", {1}, {64}), RunStatus::kDone);
  expect_clean();
}
TEST_P(Syncs, EarlyExit) {
  kernel_.out(256).scalar(40);
  EXPECT_EQ(run("early_exit", {1}, {96}), RunStatus::kDone);
  expect("early-exit", "lanes 8-31 of warp 1");
  expect("early-exit", "warp 2 of block 0", Severity::kWarning);
}
TEST_P(Syncs, NobodyExitsEarly) {
  kernel_.out(256).scalar(64);
  EXPECT_EQ(run("early_exit", {1}, {64}), RunStatus::kDone);
  expect_clean();
}
TEST_P(Syncs, WarpsAtDifferentBarriers) {
  kernel_.out(256);
  EXPECT_EQ(run("two_barriers", {1}, {64}), RunStatus::kDone);
  expect("second-barrier", "divergent barrier");
  EXPECT_EQ(check_.findings()[0].other_where.line, line_of("sync.cu", "first-barrier"));
}
TEST_P(Syncs, Deadlock) {
  kernel_.out(256);
  EXPECT_EQ(run("deadlock", {1}, {64}), RunStatus::kFaulted);
  expect("deadlock-one", "barrier 1, where 32 of 64 threads have come");
  expect("deadlock-two", "barrier 2, where 32 of 64 threads have come");
}
TEST_P(Syncs, CountsThatDiffer) {
  kernel_.out(512);
  run("counts_differ", {1}, {96});
  expect("count-96", "disagree");
}
TEST_P(Syncs, ProducersAndConsumers) {
  kernel_.out(256);
  EXPECT_EQ(run("producers_and_consumers", {1}, {64}), RunStatus::kDone);
  expect_clean();
}
TEST_P(Syncs, FullMaskInABranch) {
  kernel_.in(iota(32)).out(128);
  run("full_mask_in_a_branch", {1}, {32});
  expect("full-mask", "for lanes 16-31 of their mask 0xffffffff");
}
TEST_P(Syncs, MaskOfTheBranch) {
  kernel_.in(iota(32)).out(128);
  EXPECT_EQ(run("mask_of_the_branch", {1}, {32}), RunStatus::kDone);
  expect_clean();
}
TEST_P(Syncs, NotInItsOwnMask) {
  kernel_.in(iota(32)).out(128);
  run("not_in_own_mask", {1}, {32});
  expect("own-mask", "lanes 16-31");
}
TEST_P(Syncs, ReadsALaneThatIsNotThere) {
  kernel_.in(iota(32)).out(128);
  EXPECT_EQ(run("reads_inactive_lane", {1}, {32}), RunStatus::kDone);
  expect("inactive", "reads from lane 16", Severity::kWarning);
}
TEST_P(Syncs, WarpReduce) {
  kernel_.in(iota(32)).out(4);
  EXPECT_EQ(run("warp_reduce", {1}, {32}), RunStatus::kDone);
  expect_clean();
  EXPECT_EQ(kernel_.read(1, 1)[0], 31 * 16);
}
TEST_P(Syncs, WaitsForLanesThatHaveEnded) {
  kernel_.out(128);
  EXPECT_EQ(run("syncs_with_the_gone", {1}, {32}), RunStatus::kDone);
  expect("gone", "lanes 20-31", Severity::kWarning);
}
TEST_P(Syncs, NamesLanesThatDoNotExist) {
  kernel_.in(iota(32)).out(4);
  EXPECT_EQ(run("warp_reduce", {1}, {20}), RunStatus::kDone);
  bool told = false;
  for (const Finding& f : check_.findings()) told = told || f.message.find("names lanes 20-31") != std::string::npos;
  EXPECT_TRUE(told) << texts(check_.findings());
}

}  // namespace
}  // namespace warpscope::vgpu
