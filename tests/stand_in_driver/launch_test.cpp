#include <gmock/gmock.h>

#include <numeric>
#include <vector>

#include "tests/stand_in_driver/loaded_driver.h"

namespace warpscope::stand_in::testing {
namespace {

constexpr int kCount = 1000;

// y = a * x + y, launched on a stream with the arguments of this test.
class Launch : public WithDriver {
 protected:
  void SetUp() override {
    WithDriver::SetUp();
    saxpy_ = function_of(load_asset("saxpy.ptx"), "saxpy");
    ASSERT_EQ(cu().cuStreamCreate(&stream_, kStreamNonBlocking), kFine);
    std::iota(x_.begin(), x_.end(), 0.0F);
    x_address_ = allocate(kCount * sizeof(float));
    y_address_ = allocate(kCount * sizeof(float));
    ASSERT_EQ(cu().cuMemcpyHtoD_v2(x_address_, x_.data(), kCount * sizeof(float)), kFine);
  }

  CUresult launch(CUdeviceptr y) {
    int n = kCount;
    float a = 2;
    void* arguments[] = {&a, &x_address_, &y, &n};
    return cu().cuLaunchKernel(saxpy_, 8, 1, 1, 128, 1, 1, 0, stream_, arguments, nullptr);
  }
  // y is `times` * 2 * x.
  void expect_sum_of(int times) {
    std::vector<float> y(kCount);
    ASSERT_EQ(cu().cuMemcpyDtoH_v2(y.data(), y_address_, kCount * sizeof(float)), kFine);
    for (int i = 0; i < kCount; ++i) ASSERT_EQ(y[i], static_cast<float>(times) * 2 * static_cast<float>(i)) << i;
  }

  CUfunction saxpy_ = nullptr;
  CUstream stream_ = nullptr;
  std::vector<float> x_ = std::vector<float>(kCount);
  CUdeviceptr x_address_ = 0, y_address_ = 0;
};

TEST_F(Launch, ComputesWhatTheKernelSays) {
  ASSERT_EQ(launch(y_address_), kFine);
  ASSERT_EQ(cu().cuStreamSynchronize(stream_), kFine);
  expect_sum_of(1);
}

TEST_F(Launch, WhatCannotBeLaunchedIsRefused) {
  EXPECT_EQ(cu().cuLaunchKernel(saxpy_, 1, 1, 1, 1025, 1, 1, 0, stream_, nullptr, nullptr), CUresult::kInvalidValue);
  EXPECT_EQ(cu().cuLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, stream_, nullptr, nullptr), CUresult::kInvalidHandle);
  int n = 0;
  float a = 0;
  void* arguments[] = {&a, &x_address_, &y_address_, &n};
  const auto with_shared = [&](unsigned bytes) {
    return cu().cuLaunchKernel(saxpy_, 1, 1, 1, 32, 1, 1, bytes, stream_, arguments, nullptr);
  };
  EXPECT_EQ(with_shared(100 << 10), CUresult::kInvalidValue) << "more than 48 KiB must be asked for";
  ASSERT_EQ(cu().cuFuncSetAttribute(saxpy_, CUfunction_attribute::kMaxDynamicSharedSizeBytes, 100 << 10), kFine);
  EXPECT_EQ(with_shared(100 << 10), kFine);
}

TEST_F(Launch, ACaptureKeepsTheWorkAndEveryReplayDoesIt) {
  ASSERT_EQ(cu().cuStreamBeginCapture_v2(stream_, CUstreamCaptureMode::kThreadLocal), kFine);
  ASSERT_EQ(launch(y_address_), kFine);
  ASSERT_EQ(launch(y_address_), kFine);
  CUgraph graph = nullptr;
  ASSERT_EQ(cu().cuStreamEndCapture(stream_, &graph), kFine);
  expect_sum_of(0);
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cu().cuGraphInstantiateWithFlags(&executable, graph, 0), kFine);
  ASSERT_EQ(cu().cuGraphDestroy(graph), kFine);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(cu().cuGraphLaunch(executable, stream_), kFine);
  expect_sum_of(6);
  EXPECT_EQ(cu().cuGraphExecDestroy(executable), kFine);
  EXPECT_EQ(cu().cuGraphLaunch(executable, stream_), CUresult::kInvalidHandle);
}

TEST_F(Launch, WhatACaptureCannotHoldSpoilsIt) {
  ASSERT_EQ(cu().cuStreamBeginCapture_v2(stream_, CUstreamCaptureMode::kGlobal), kFine);
  CUdeviceptr address = 0;
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), CUresult::kStreamCaptureUnsupported);
  EXPECT_EQ(launch(y_address_), CUresult::kStreamCaptureInvalidated);
  CUgraph graph = nullptr;
  EXPECT_EQ(cu().cuStreamEndCapture(stream_, &graph), CUresult::kStreamCaptureInvalidated);
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), kFine);
}

TEST_F(Launch, EventsMeasureTheTimeBetweenThem) {
  CUevent before = nullptr, after = nullptr;
  ASSERT_EQ(cu().cuEventCreate(&before, kEventDefault), kFine);
  ASSERT_EQ(cu().cuEventCreate(&after, kEventDefault), kFine);
  float milliseconds = -1;
  EXPECT_EQ(cu().cuEventElapsedTime(&milliseconds, before, after), CUresult::kInvalidHandle) << "never recorded";
  ASSERT_EQ(cu().cuEventRecord(before, stream_), kFine);
  ASSERT_EQ(launch(y_address_), kFine);
  ASSERT_EQ(cu().cuEventRecord(after, stream_), kFine);
  ASSERT_EQ(cu().cuEventElapsedTime(&milliseconds, before, after), kFine);
  EXPECT_GT(milliseconds, 0);
}

// An address far from every allocation: the launch returns, and everything after it says what happened.
TEST_F(Launch, AFaultStaysUntilTheContextIsReset) {
  ASSERT_EQ(launch(0x1000), kFine);
  EXPECT_EQ(cu().cuStreamSynchronize(stream_), CUresult::kIllegalAddress);
  CUdeviceptr address = 0;
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), CUresult::kIllegalAddress);
  EXPECT_EQ(launch(y_address_), CUresult::kIllegalAddress);
  EXPECT_EQ(cu().cuCtxSynchronize(), CUresult::kIllegalAddress);
  const char* name = nullptr;
  ASSERT_EQ(cu().cuGetErrorName(CUresult::kIllegalAddress, &name), kFine);
  EXPECT_STREQ(name, "CUDA_ERROR_ILLEGAL_ADDRESS");
  ASSERT_EQ(cu().cuDevicePrimaryCtxReset_v2(0), kFine);
  begin_context();
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), kFine);
  EXPECT_EQ(launch(y_address_), CUresult::kInvalidHandle) << "the module went with the context";
}

TEST_F(Launch, MisalignedAccessHasAnErrorOfItsOwn) {
  ASSERT_EQ(launch(y_address_ + 2), kFine);
  EXPECT_EQ(cu().cuCtxSynchronize(), CUresult::kMisalignedAddress);
}

TEST_F(Launch, ALaunchThatTakesTooLongIsStopped) {
  inject("max_steps 10\n");
  ASSERT_EQ(launch(y_address_), kFine);
  EXPECT_EQ(cu().cuCtxSynchronize(), CUresult::kLaunchTimeout);
}

class Modules : public WithDriver {};

TEST_F(Modules, BadTextIsToldWithItsPlace) {
  char log[500] = {};
  CUjit_option options[] = {CUjit_option::kErrorLogBuffer, CUjit_option::kErrorLogBufferSizeBytes};
  void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
  CUmodule module = nullptr;
  const char* text = ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry k() { add.u32 %r1 %r2; }\n";
  EXPECT_EQ(cu().cuModuleLoadDataEx(&module, text, 2, options, values), CUresult::kInvalidPtx);
  EXPECT_THAT(log, ::testing::HasSubstr("4:"));
}

TEST_F(Modules, APtxThatIsTooNewOrForAnotherGpuIsRefused) {
  const std::string text = ".version 8.3\n.target sm_80\n.address_size 64\n.visible .entry k() { ret; }\n";
  CUmodule module = nullptr;
  inject("ptx 8.2\n");
  EXPECT_EQ(cu().cuModuleLoadDataEx(&module, text.c_str(), 0, nullptr, nullptr), CUresult::kUnsupportedPtxVersion);
  inject("capability 7.5\n");
  EXPECT_EQ(cu().cuModuleLoadDataEx(&module, text.c_str(), 0, nullptr, nullptr), CUresult::kNoBinaryForGpu);
  inject("ptx 8.3\ncapability 8.0\n");
  EXPECT_EQ(cu().cuModuleLoadDataEx(&module, text.c_str(), 0, nullptr, nullptr), kFine);
  CUfunction function = nullptr;
  EXPECT_EQ(cu().cuModuleGetFunction(&function, module, "other"), CUresult::kNotFound);
  EXPECT_EQ(cu().cuModuleUnload(module), kFine);
  EXPECT_EQ(cu().cuModuleGetFunction(&function, module, "k"), CUresult::kInvalidHandle);
}

TEST_F(Modules, AVariableIsReadAndWrittenAtItsAddress) {
  const CUmodule module = load(
      ".version 7.0\n.target sm_75\n.address_size 64\n"
      ".const .align 4 .b32 factor = 5;\n"
      ".visible .entry k(.param .u64 out) { .reg .u64 %a; .reg .u32 %v;\n"
      "ld.param.u64 %a, [out]; ld.const.u32 %v, [factor]; st.global.u32 [%a], %v; ret; }\n");
  CUdeviceptr factor = 0;
  std::size_t bytes = 0;
  ASSERT_EQ(cu().cuModuleGetGlobal_v2(&factor, &bytes, module, "factor"), kFine);
  EXPECT_EQ(bytes, 4U);
  const int nine = 9;
  ASSERT_EQ(cu().cuMemcpyHtoD_v2(factor, &nine, 4), kFine);
  CUdeviceptr out = allocate(4);
  void* arguments[] = {&out};
  ASSERT_EQ(cu().cuLaunchKernel(function_of(module, "k"), 1, 1, 1, 1, 1, 1, 0, nullptr, arguments, nullptr), kFine);
  int got = 0;
  ASSERT_EQ(cu().cuMemcpyDtoH_v2(&got, out, 4), kFine);
  EXPECT_EQ(got, 9);
}

}  // namespace
}  // namespace warpscope::stand_in::testing
