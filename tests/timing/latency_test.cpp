// Published latencies come out of kernels that measure them as the publications did: chains of dependent instructions.
#include "tests/timing/bench_kernel.h"

namespace warpscope::timing::testing {
namespace {

std::string repeat(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string chain_kernel(int length) {
  return ".visible .entry k(.param .u64 p) {\n.reg .f32 %f<3>; .reg .b64 %rd<2>;\nld.param.u64 %rd1,[p];\n"
         "mov.f32 %f1, 0f3f800000;\n" +
         repeat("fma.rn.f32 %f1, %f1, %f1, %f1;\n", length) + "st.global.f32 [%rd1], %f1;\nret;\n}\n";
}

Cycle cycles_of_chain(int length, const gpu::Gpu& gpu) {
  BenchKernel kernel(chain_kernel(length));
  kernel.out(4);
  return kernel.run({1, 1, 1}, {32, 1, 1}, options_for(gpu)).timeline.cycles;
}

TEST(Latency, DependentMultiplyAddsTakeFourCyclesEach) {
  const gpu::Gpu gpu = make_gpu(1);
  EXPECT_EQ(cycles_of_chain(600, gpu) - cycles_of_chain(100, gpu), 500U * 4);
}

TEST(Latency, DependentMultiplyAddsTakeSixCyclesEachOnPascal) {
  gpu::Gpu gpu = make_gpu(1, 6, 1);
  gpu.l1_kib = 48;
  EXPECT_EQ(cycles_of_chain(600, gpu) - cycles_of_chain(100, gpu), 500U * 6);
}

// A list of pointers of `bytes`, a line apart, gone through `steps` times.
Cycle cycles_of_chase(std::uint64_t bytes, int steps, const gpu::Gpu& gpu, bool cold, const char* load) {
  const std::string text = std::string(
                               ".visible .entry k(.param .u64 p, .param .u32 n) {\n.reg .b64 %rd<3>; .reg .b32 %r<3>; "
                               ".reg .pred %q;\nld.param.u64 %rd1,[p]; ld.param.u32 %r1,[n];\n$L:\n") +
                           load +
                           " %rd1, [%rd1];\nadd.s32 %r1, %r1, -1;\nsetp.ne.s32 %q, %r1, 0;\n@%q bra $L;\n"
                           "ld.param.u64 %rd2,[p];\nst.global.u64 [%rd2], %rd1;\nret;\n}\n";
  BenchKernel kernel(text);
  const std::uint64_t count = bytes / 128;
  kernel.out(bytes);
  std::vector<std::uint64_t> links(bytes / 8, 0);
  // Far apart, so that no line is met again soon.
  const std::uint64_t stride = count > 7 ? (count / 2) | 1 : 1;
  for (std::uint64_t i = 0; i < count; ++i) links[i * 16] = kernel.address(0) + (i + stride) % count * 128;
  const auto* from = reinterpret_cast<const std::uint8_t*>(links.data());
  EXPECT_TRUE(kernel.memory().write(kernel.address(0), {from, bytes}));
  kernel.value(std::uint32_t(steps));
  SimulateOptions options = options_for(gpu);
  options.cold_caches = cold;
  return kernel.run({1, 1, 1}, {1, 1, 1}, options).timeline.cycles;
}

double latency_of_chase(std::uint64_t bytes, int few, int many, const gpu::Gpu& gpu, bool cold,
                        const char* load = "ld.global.u64") {
  const Cycle longer = cycles_of_chase(bytes, many, gpu, cold, load);
  const Cycle shorter = cycles_of_chase(bytes, few, gpu, cold, load);
  return static_cast<double>(longer - shorter) / (many - few);
}

struct Published {
  const char* chip;
  int major, minor;
  double l1, l2, dram;
};
// RRZE gpu-benches, gpu-latency.
constexpr Published kPublished[] = {
    {"GV100", 7, 0, 27.9, 212, 430}, {"GA100", 8, 0, 33.1, 206, 539}, {"GA102", 8, 6, 33.1, 250, 552},
    {"AD102", 8, 9, 34.1, 274, 625}, {"GH100", 9, 0, 32.1, 281, 657},
};

class PointerChase : public ::testing::TestWithParam<Published> {};

TEST_P(PointerChase, TakesThePublishedCyclesOfEachLevel) {
  gpu::Gpu gpu = make_gpu(4, GetParam().major, GetParam().minor);
  gpu.chip = GetParam().chip;
  EXPECT_NEAR(latency_of_chase(8U << 10, 256, 1256, gpu, false), GetParam().l1, 0.05 * GetParam().l1);
  EXPECT_NEAR(latency_of_chase(1U << 20, 1000, 3000, gpu, false), GetParam().l2, 0.05 * GetParam().l2);
  EXPECT_NEAR(latency_of_chase(64U << 20, 1000, 3000, gpu, true), GetParam().dram, 0.05 * GetParam().dram);
}
INSTANTIATE_TEST_SUITE_P(Chips, PointerChase, ::testing::ValuesIn(kPublished),
                         [](const auto& info) { return std::string(info.param.chip); });

}  // namespace
}  // namespace warpscope::timing::testing
