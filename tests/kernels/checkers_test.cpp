// The checkers find the bugs that were put in, and nothing in the other kernels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "compute/vgpu/observers/check_init.h"
#include "compute/vgpu/observers/check_memory.h"
#include "compute/vgpu/observers/check_race.h"
#include "compute/vgpu/observers/check_sync.h"
#include "tests/kernels/launches.h"

namespace warpscope::kernels::testing {
namespace {

using ::testing::HasSubstr;

struct Checked {
  std::vector<vgpu::Finding> findings;
  Outcome outcome;
};

Checked check(const LaunchCase& launch, Flavour flavour) {
  vgpu::CheckMemory memory;
  vgpu::CheckInit init;
  vgpu::CheckRace race;
  vgpu::CheckSync sync;
  Checked checked;
  Prepared prepared = prepare(launch, flavour);
  checked.outcome = run(prepared, {.observers = {&memory, &init, &race, &sync}});
  for (const auto* found : {&memory.findings(), &init.findings(), &race.findings(), &sync.findings()}) {
    checked.findings.insert(checked.findings.end(), found->begin(), found->end());
  }
  return checked;
}

class Checkers : public ::testing::TestWithParam<KernelAndFlavour> {
 protected:
  const Kernel& kernel() const { return *find_kernel(std::get<0>(GetParam())); }
  Flavour flavour() const { return std::get<1>(GetParam()); }
};

TEST_P(Checkers, FindWhatTheCatalogueSaysAndNothingElse) {
  std::set<std::string_view> kinds;
  std::string all;
  for (const vgpu::Finding& finding : check(default_launch(kernel()), flavour()).findings) {
    kinds.insert(vgpu::name_of(finding.kind));
    all += finding.message + "\n";
    EXPECT_EQ(finding.where.file, source_path(kernel())) << finding.message;
  }
  EXPECT_EQ(kinds, std::set<std::string_view>(kernel().findings.begin(), kernel().findings.end())) << all;
}

TEST_P(Checkers, FindNothingForOtherSizesEither) {
  if (!kernel().findings.empty()) return;
  for (const LaunchCase& launch : launches_of(kernel())) {
    for (const vgpu::Finding& finding : check(launch, flavour()).findings) ADD_FAILURE() << finding.message;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Checkers, in_both_flavours(all_names()), test_name);

int line_of(const std::string& kernel, const std::string& code) {
  const std::string source = read_text("compute/kernels/" + kernel + ".cu");
  const std::size_t at = source.find(code, source.find("\nextern"));
  EXPECT_NE(at, std::string::npos);
  return 1 + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<long>(at), '\n'));
}

TEST(BugMissingBarrier, TheRaceNamesBothLines) {
  const Checked checked = check(default_launch(*find_kernel("bug_missing_barrier")), Flavour::kOptimised);
  const auto race = std::ranges::find(checked.findings, vgpu::FindingKind::kRace, &vgpu::Finding::kind);
  ASSERT_NE(race, checked.findings.end());
  const std::set<int> lines{race->where.line, race->other_where.line};
  EXPECT_EQ(lines, (std::set{line_of("bug_missing_barrier", "tile[t] = in[first + t]"),
                             line_of("bug_missing_barrier", "= tile[blockDim.x - 1 - t]")}));
}

// One warp runs in step here, so that the result is right; the race is found all the same.
TEST(BugMissingBarrier, IsFoundWhereTheResultIsRight) {
  LaunchCase launch = default_launch(*find_kernel("bug_missing_barrier"));
  launch.grid = {1, 1, 1};
  launch.block = {32, 1, 1};
  const Checked checked = check(launch, Flavour::kOptimised);
  const auto out = values_of<std::int32_t>(checked.outcome.buffers.at(1));
  for (int i = 0; i < 32; ++i) EXPECT_EQ(out[static_cast<std::size_t>(i)], 31 - i);
  EXPECT_FALSE(checked.findings.empty());
}

TEST(BugDivergentBarrier, TheBarrierInTheIfIsNamed) {
  const Checked checked = check(default_launch(*find_kernel("bug_divergent_barrier")), Flavour::kDebug);
  ASSERT_FALSE(checked.findings.empty());
  EXPECT_EQ(checked.findings.front().where.line, line_of("bug_divergent_barrier", "partial[t] += ") + 1);
}

TEST(BugOutOfBoundsByOne, TheFaultNamesThreadLineAndAddress) {
  for (const Flavour flavour : {Flavour::kOptimised, Flavour::kDebug}) {
    Prepared prepared = prepare(default_launch(*find_kernel("bug_out_of_bounds_by_one")), flavour);
    const Outcome outcome = run(prepared);
    ASSERT_EQ(outcome.report.status, vgpu::RunStatus::kFaulted);
    const vgpu::Fault& fault = *outcome.report.fault;
    EXPECT_EQ(fault.kind, vgpu::FaultKind::kOutOfBounds);
    EXPECT_EQ(fault.kernel, "bug_out_of_bounds_by_one");
    EXPECT_EQ(fault.block, 3U);
    EXPECT_EQ(fault.thread, 999U - 3 * 256);
    EXPECT_EQ(fault.address, prepared.addresses[0] + 4000);
    EXPECT_EQ(fault.file, "compute/kernels/bug_out_of_bounds_by_one.cu");
    EXPECT_EQ(fault.line, line_of("bug_out_of_bounds_by_one", "out[i] = in[i + 1]"));
    EXPECT_THAT(fault.message, HasSubstr("4 bytes"));
  }
}

TEST(BugOutOfBoundsByOne, DoesNotShowWhereTheBlocksEndEarlier) {
  LaunchCase launch = default_launch(*find_kernel("bug_out_of_bounds_by_one"));
  launch.grid = {3, 1, 1};  // 768 of the 1,000 elements
  EXPECT_TRUE(check(launch, Flavour::kOptimised).findings.empty());
}

}  // namespace
}  // namespace warpscope::kernels::testing
