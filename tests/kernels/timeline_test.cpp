// Every kernel can be gone through forwards and backwards: n steps forward are one state, whichever way it was reached.
#include <gtest/gtest.h>

#include <random>

#include "compute/trace/timeline.h"
#include "tests/kernels/launches.h"

namespace warpscope::kernels::testing {
namespace {

class Traced : public ::testing::TestWithParam<KernelAndFlavour> {};

TEST_P(Traced, ForwardAndBackIsWhereItWas) {
  const auto& [name, flavour] = GetParam();
  const Prepared prepared = prepare(small_launch(*find_kernel(name)), flavour);
  ASSERT_NE(prepared.program, nullptr);
  trace::TimelineOptions options;
  options.keyframe_interval = 37;
  auto timeline = trace::Timeline::create(prepared.program, prepared.launch, prepared.memory, {}, options);
  ASSERT_TRUE(timeline) << timeline.error().text();
  while (!timeline->has_ended()) timeline->record(1000);
  ASSERT_TRUE(timeline->is_complete());
  std::mt19937 random(7);
  for (int i = 0; i < 25; ++i) {
    const std::uint64_t n = random() % timeline->size(), k = random() % (timeline->size() - n) + 1;
    timeline->seek(n);
    const std::uint64_t there = timeline->state().hash();
    timeline->seek(n + k);
    EXPECT_NE(timeline->state().hash(), there) << n << " forward " << k;
    timeline->seek(n);
    ASSERT_EQ(timeline->state().hash(), there) << n << " forward and back " << k;
    // The same without keyframes.
    auto machine = vgpu::Machine::create(prepared.program, prepared.launch, prepared.memory);
    machine->run(n);
    ASSERT_EQ(machine->state().hash(), there) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Traced, in_both_flavours(all_names()), test_name);

}  // namespace
}  // namespace warpscope::kernels::testing
