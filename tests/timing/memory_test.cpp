// What memory instructions cost beside their latency: atomics at one address, asynchronous copies, fences, local
// memory, loads that are under way together.
#include "tests/timing/bench_kernel.h"

namespace warpscope::timing::testing {
namespace {

// Every thread adds to the word `tid << shift`.
Timeline run_atomics(int shift, const char* space_and_address) {
  const std::string text = std::string(R"(
.visible .entry k(.param .u64 p) {
.reg .b64 %rd<4>; .reg .b32 %r<6>;
.shared .align 4 .b8 s[8192];
ld.param.u64 %rd1, [p];
mov.u32 %r1, %tid.x;
shl.b32 %r2, %r1, )") + std::to_string(shift) +
                           R"(;
and.b32 %r2, %r2, 8188;
mov.u32 %r3, s;
add.s32 %r3, %r3, %r2;
cvt.u64.u32 %rd2, %r2;
add.s64 %rd3, %rd1, %rd2;
)" + space_and_address + "\nret;\n}\n";
  BenchKernel kernel(text);
  kernel.out(8192);
  return kernel.run({64, 1, 1}, {256, 1, 1}, options_for(make_gpu(8))).timeline;
}

TEST(Atomics, OfOneAddressFollowEachOther) {
  const char* const global = "red.global.add.u32 [%rd3], 1;";
  const Cycle apart = run_atomics(2, global).cycles, together = run_atomics(20, global).cycles;
  // 64 blocks of 256 threads at one address, one a cycle.
  EXPECT_GT(together, 64U * 256);
  EXPECT_LT(together, 64U * 256 + 2500);
  EXPECT_LT(apart * 4, together);
  const char* const shared = "red.shared.add.u32 [%r3], 1;";
  EXPECT_LT(run_atomics(2, shared).cycles, run_atomics(20, shared).cycles);
}

// Two loads that do not need each other are under way together, whatever stands between them.
TEST(Loads, OverlapWhereTheirAddressesAreKnown) {
  const auto cycles = [](const char* second_address) {
    const std::string text = std::string(R"(
.visible .entry k(.param .u64 p) {
.reg .b64 %rd<5>; .reg .b32 %r<5>;
ld.param.u64 %rd1, [p];
ld.global.u64 %rd2, [%rd1];
add.s64 %rd3, %rd2, 1;
ld.global.u64 %rd4, [)") + second_address +
                             R"(];
add.s64 %rd3, %rd3, %rd4;
st.global.u64 [%rd1+8], %rd3;
ret;
}
)";
    BenchKernel kernel(text);
    kernel.out(1U << 16);
    const std::uint64_t own = kernel.address(0);
    EXPECT_TRUE(kernel.memory().write(own, {reinterpret_cast<const std::uint8_t*>(&own), 8}));
    return kernel.run({1, 1, 1}, {1, 1, 1}, options_for(make_gpu(1))).timeline.cycles;
  };
  const Cycle beside = cycles("%rd1+4096"), behind = cycles("%rd2+4096");
  EXPECT_GT(behind, beside + 400) << "one more time to DRAM";
}

TEST(AsyncCopies, AreWaitedForOnlyWhereTheyAre) {
  const auto run = [](int open) {
    const std::string text = std::string(R"(
.visible .entry k(.param .u64 p) {
.reg .b64 %rd<3>; .reg .b32 %r<4>;
.shared .align 16 .b8 s[64];
ld.param.u64 %rd1, [p];
mov.u32 %r1, s;
cp.async.ca.shared.global [%r1], [%rd1], 16;
cp.async.commit_group;
cp.async.wait_group )") + std::to_string(open) +
                             ";\nmov.u32 %r2, %tid.x;\nst.shared.u32 [%r1+32], %r2;\nret;\n}\n";
    BenchKernel kernel(text);
    kernel.out(64);
    return kernel.run({1, 1, 1}, {1, 1, 1}, options_for(make_gpu(1))).timeline;
  };
  const Timeline waits = run(0), goes_on = run(1);
  EXPECT_GT(waits.cycles, goes_on.cycles + 400);
  EXPECT_GT(cycles_of(waits, Stall::kLongScoreboard), 400U);
}

TEST(Fences, WaitForTheStoresBeforeThem) {
  constexpr const char* kText = R"(
.visible .entry k(.param .u64 p) {
.reg .b64 %rd<2>; .reg .b32 %r<2>;
ld.param.u64 %rd1, [p];
mov.u32 %r1, 1;
st.global.u32 [%rd1], %r1;
membar.gl;
ret;
}
)";
  BenchKernel kernel(kText);
  kernel.out(64);
  const Timeline timeline = kernel.run({1, 1, 1}, {32, 1, 1}, options_for(make_gpu(1))).timeline;
  EXPECT_GT(cycles_of(timeline, Stall::kMembar), 200U) << "there and back";
}

TEST(Sleep, IsCalledSleeping) {
  BenchKernel kernel(".visible .entry k() {\nnanosleep.u32 1600;\nret;\n}\n");
  const Timeline timeline = kernel.run({1, 1, 1}, {32, 1, 1}, options_for(make_gpu(1))).timeline;
  EXPECT_NEAR(static_cast<double>(cycles_of(timeline, Stall::kSleeping)), 1600, 20);
}

}  // namespace
}  // namespace warpscope::timing::testing
