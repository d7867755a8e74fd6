// Step mode is deterministic: two thousand runs of each kernel end in the same state, a thousand of them with the same
// counters.
#include <gtest/gtest.h>

#include "compute/vgpu/observers/counters.h"
#include "tests/kernels/launches.h"

namespace warpscope::kernels::testing {
namespace {

constexpr int kRepetitions = 2000;

class Repetition : public ::testing::TestWithParam<KernelAndFlavour> {};

// Every other run is counted: the others go another way through the engine, to the same end.
TEST_P(Repetition, EndsInTheSameStateEveryTime) {
  const auto& [name, flavour] = GetParam();
  const Prepared prepared = prepare(small_launch(*find_kernel(name)), flavour);
  ASSERT_NE(prepared.program, nullptr);
  std::uint64_t first_hash = 0, first_steps = 0;
  std::vector<vgpu::CounterRow> first_counters;
  for (int run = 0; run < kRepetitions; ++run) {
    auto machine = vgpu::Machine::create(prepared.program, prepared.launch, prepared.memory);
    ASSERT_TRUE(machine) << machine.error().text();
    vgpu::Counters counters;
    const bool counted = run % 2 == 0;
    if (counted) counters.on_launch(*prepared.program, prepared.launch, prepared.memory);
    machine->run(1'000'000, counted ? std::vector<vgpu::Observer*>{&counters} : std::vector<vgpu::Observer*>{});
    ASSERT_NE(machine->state().status, vgpu::RunStatus::kRunning);
    if (run == 0) {
      first_hash = machine->state().hash();
      first_steps = machine->state().steps;
      first_counters = counters.rows();
      ASSERT_GT(first_steps, 0U);
    }
    ASSERT_EQ(machine->state().hash(), first_hash) << "run " << run;
    ASSERT_EQ(machine->state().steps, first_steps);
    ASSERT_TRUE(!counted || counters.rows() == first_counters) << "run " << run;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Repetition, in_both_flavours(all_names()), test_name);

}  // namespace
}  // namespace warpscope::kernels::testing
