#include "tests/kernels/expect_results.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/reference.h"

namespace warpscope::kernels::testing {
namespace {

std::string describe(const LaunchCase& launch) {
  return fmt::format("{} <<<({}, {}), ({}, {}), {}>>>({})", launch.kernel, launch.grid.x, launch.grid.y, launch.block.x,
                     launch.block.y, launch.shared_bytes, fmt::join(launch.arguments, ", "));
}

}  // namespace

std::uint64_t expect_results(const LaunchCase& launch, Flavour flavour, int threads) {
  SCOPED_TRACE(describe(launch));
  Prepared prepared = prepare(launch, flavour);
  const Outcome outcome = run(prepared, {.observers = {}, .threads = threads});
  EXPECT_EQ(outcome.report.status, vgpu::RunStatus::kDone)
      << (outcome.report.fault ? outcome.report.fault->message : std::string());
  if (outcome.report.status != vgpu::RunStatus::kDone) return 0;

  const Expected expected = reference(launch, prepared);
  const auto index = static_cast<std::size_t>(expected.argument);
  const std::vector<double> values = numbers(launch.arguments[index], outcome.buffers[index]);
  EXPECT_EQ(values.size(), expected.values.size());
  if (values.size() != expected.values.size()) return 0;
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
  return outcome.report.warp_instructions;
}

}  // namespace warpscope::kernels::testing
