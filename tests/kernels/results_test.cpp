// Every teaching kernel, in both flavours, computes what plain loops in double precision compute.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/launches.h"
#include "tests/kernels/reference.h"

namespace warpscope::kernels::testing {
namespace {

std::string describe(const LaunchCase& launch) {
  return fmt::format("{} <<<({}, {}), ({}, {}), {}>>>({})", launch.kernel, launch.grid.x, launch.grid.y, launch.block.x,
                     launch.block.y, launch.shared_bytes, fmt::join(launch.arguments, ", "));
}

void expect_results(const LaunchCase& launch, Flavour flavour, int threads) {
  SCOPED_TRACE(describe(launch));
  Prepared prepared = prepare(launch, flavour);
  const Outcome outcome = run(prepared, {.observers = {}, .threads = threads});
  ASSERT_EQ(outcome.report.status, vgpu::RunStatus::kDone)
      << (outcome.report.fault ? outcome.report.fault->message : std::string());

  const Expected expected = reference(launch, prepared);
  const auto index = static_cast<std::size_t>(expected.argument);
  const std::vector<double> values = numbers(launch.arguments[index], outcome.buffers[index]);
  ASSERT_EQ(values.size(), expected.values.size());
  std::size_t checked = 0, wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected.values[i])) continue;
    ++checked;
    const double tolerance = expected.absolute + expected.relative * std::fabs(expected.values[i]);
    if (std::fabs(values[i] - expected.values[i]) <= tolerance) continue;
    if (++wrong <= 3) ADD_FAILURE() << "element " << i << ": " << values[i] << ", should be " << expected.values[i];
  }
  EXPECT_EQ(wrong, 0U) << "of " << values.size();
  EXPECT_GE(checked * 10, values.size() * 8) << "the reference leaves too much open";

  for (std::size_t i = 0; i < outcome.buffers.size(); ++i) {
    if (i == index || prepared.addresses[i] == 0) continue;
    EXPECT_EQ(outcome.buffers[i], prepared.inputs[i]) << "argument " << i;
  }
}

class Results : public ::testing::TestWithParam<KernelAndFlavour> {};

TEST_P(Results, AgreeWithPlainLoopsForManySizes) {
  const auto& [name, flavour] = GetParam();
  for (const LaunchCase& launch : launches_of(*find_kernel(name))) expect_results(launch, flavour, 1);
}

TEST_P(Results, AreTheSameWithSeveralThreads) {
  const auto& [name, flavour] = GetParam();
  expect_results(default_launch(*find_kernel(name)), flavour, 3);
}

std::vector<std::string> names_without_bugs() {
  std::vector<std::string> names;
  for (const Kernel& kernel : catalogue()) {
    if (kernel.findings.empty()) names.emplace_back(kernel.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Kernels, Results, in_both_flavours(names_without_bugs()), test_name);

}  // namespace
}  // namespace warpscope::kernels::testing
