#include "tests/kernels/expect_results.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/kernels/reference.h"

namespace warpscope::kernels::testing {
namespace {

std::string describe(const LaunchCase& launch) {
  std::vector<std::string> arguments;  // lists may be long
  for (const std::string& argument : launch.arguments) arguments.push_back(argument.substr(0, 80));
  return fmt::format("{} <<<({}, {}), ({}, {}), {}>>>({})", launch.kernel, launch.grid.x, launch.grid.y, launch.block.x,
                     launch.block.y, launch.shared_bytes, fmt::join(arguments, ", "));
}

void expect_values(const Expected& expected, const std::vector<double>& values) {
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
}

}  // namespace

std::uint64_t expect_results(const LaunchCase& launch, Flavour flavour, int threads) {
  SCOPED_TRACE(describe(launch));
  Prepared prepared = prepare(launch, flavour);
  const Outcome outcome = run(prepared, {.observers = {}, .threads = threads});
  EXPECT_EQ(outcome.report.status, vgpu::RunStatus::kDone)
      << (outcome.report.fault ? outcome.report.fault->message : std::string());
  if (outcome.report.status != vgpu::RunStatus::kDone) return 0;

  std::set<std::size_t> results;
  for (const Expected& expected : reference(launch, prepared)) {
    SCOPED_TRACE(fmt::format("argument {}", expected.argument));
    const auto index = static_cast<std::size_t>(expected.argument);
    results.insert(index);
    expect_values(expected, numbers(launch.arguments[index], outcome.buffers[index]));
  }
  for (std::size_t i = 0; i < outcome.buffers.size(); ++i) {
    if (results.contains(i) || prepared.addresses[i] == 0) continue;
    EXPECT_EQ(outcome.buffers[i], prepared.inputs[i]) << "argument " << i;
  }
  return outcome.report.warp_instructions;
}

}  // namespace warpscope::kernels::testing
