// Every teaching kernel, in both flavours, computes what plain loops in double precision compute.
#include <gtest/gtest.h>

#include "tests/kernels/expect_results.h"
#include "tests/kernels/launches.h"

namespace warpscope::kernels::testing {
namespace {

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
