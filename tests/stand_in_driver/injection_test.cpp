#include "tests/stand_in_driver/injection.h"

#include <gmock/gmock.h>

#include "tests/stand_in_driver/loaded_driver.h"

namespace warpscope::stand_in::testing {
namespace {

TEST(ControlFile, SaysWhatThereIs) {
  const ReadSettings read = read_settings(
      "# two of them\ngpus 2\nname 1  NVIDIA Imaginary  2\ndriver 11040\nmemory 64M\ngl none\nptx 7.8\n"
      "fail cuMemAlloc_v2 2 after 3\nfault 719\nunfinished",
      "file");
  EXPECT_EQ(read.problem, "");
  EXPECT_EQ(read.settings.gpus, 2);
  EXPECT_EQ(read.settings.name_of(0), "Stand-in GPU 0");
  EXPECT_EQ(read.settings.name_of(1), "NVIDIA Imaginary  2");
  EXPECT_EQ(read.settings.driver, 11040);
  EXPECT_EQ(read.settings.memory_bytes, 64ULL << 20);
  EXPECT_EQ(read.settings.ptx, 78);
  EXPECT_FALSE(read.settings.gl_device.has_value());
  ASSERT_EQ(read.settings.rules.size(), 2U);
  EXPECT_EQ(read.settings.rules[0].after, 3U);
  EXPECT_EQ(read.settings.rules[1].code, 719);
  EXPECT_EQ(read.settings.rules[1].times, 1U);
}

TEST(ControlFile, SaysWhatItDoesNotUnderstandAndWhere) {
  for (const char* wrong : {"gpu 2", "gpus two", "fail cuInit", "fail cuInit 1 after", "memory 1T", "nvml some"}) {
    EXPECT_THAT(read_settings(std::string("gpus 1\n") + wrong + "\n", "file").problem,
                ::testing::StartsWith(std::string("file:2: '") + wrong + "'"));
  }
}

class Injected : public WithDriver {};

TEST_F(Injected, GpusDriverAndNames) {
  inject("gpus 3\nname 2 NVIDIA GeForce RTX 4090\ndriver 11080\nmemory 24G\n");
  int count = 0, version = 0;
  ASSERT_EQ(cu().cuDeviceGetCount(&count), kFine);
  ASSERT_EQ(cu().cuDriverGetVersion(&version), kFine);
  EXPECT_EQ(count, 3);
  EXPECT_EQ(version, 11080);
  char name[100] = {};
  ASSERT_EQ(cu().cuDeviceGetName(name, 100, 2), kFine);
  EXPECT_STREQ(name, "NVIDIA GeForce RTX 4090");
  std::size_t bytes = 0;
  ASSERT_EQ(cu().cuDeviceTotalMem_v2(&bytes, 2), kFine);
  EXPECT_EQ(bytes, 24ULL << 30);
  inject("gpus 0\n");
  EXPECT_EQ(cu().cuInit(0), CUresult::kNoDevice);
}

TEST_F(Injected, ACallFailsFromTheOneThatWasSaidOn) {
  inject("fail cuMemAlloc_v2 2 after 2 times 1\n");
  CUdeviceptr address = 0;
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), kFine);
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), kFine);
  inject("fail cuMemAlloc_v2 2 after 2 times 1\ngpus 1\n");  // another line more does not begin the counting anew
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), CUresult::kOutOfMemory);
  EXPECT_EQ(cu().cuMemAlloc_v2(&address, 4), kFine);
}

TEST_F(Injected, AGpuThatIsGoneComesBackOnlyWithANewContext) {
  const CUdeviceptr address = allocate(4);
  inject("lost\n");
  char byte = 0;
  EXPECT_EQ(cu().cuMemcpyDtoH_v2(&byte, address, 1), CUresult::kUnknown);
  CUcontext context = nullptr;
  EXPECT_EQ(cu().cuDevicePrimaryCtxRetain(&context, 0), CUresult::kUnknown);
  inject("");
  EXPECT_EQ(cu().cuMemcpyDtoH_v2(&byte, address, 1), CUresult::kUnknown);
  EXPECT_EQ(cu().cuDevicePrimaryCtxReset_v2(0), kFine);
  begin_context();
  EXPECT_NE(allocate(4), 0U);
}

TEST_F(Injected, AFaultHappensOnce) {
  inject("fault 716\n");
  const char* text = ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry k() { ret; }\n";
  const auto launch = [&] {
    return cu().cuLaunchKernel(function_of(load(text), "k"), 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr);
  };
  ASSERT_EQ(launch(), kFine);
  EXPECT_EQ(cu().cuCtxSynchronize(), CUresult::kMisalignedAddress);
  ASSERT_EQ(cu().cuDevicePrimaryCtxReset_v2(0), kFine);
  begin_context();
  ASSERT_EQ(launch(), kFine);
  EXPECT_EQ(cu().cuCtxSynchronize(), kFine);
}

TEST_F(Injected, WhichGpuDrivesOpenGl) {
  unsigned found = 0;
  CUdevice device = -1;
  const auto ask = [&] { return cu().cuGLGetDevices_v2(&found, &device, 1, CUGLDeviceList::kAll); };
  ASSERT_EQ(ask(), kFine);
  EXPECT_EQ(device, 0);
  inject("gpus 2\ngl 1\n");
  ASSERT_EQ(ask(), kFine);
  EXPECT_EQ(device, 1);
  inject("gl none\n");
  EXPECT_EQ(ask(), CUresult::kNoDevice);
  inject("gl refused\n");
  EXPECT_EQ(ask(), CUresult::kOperatingSystem);
  CUgraphicsResource resource = nullptr;
  EXPECT_EQ(cu().cuGraphicsGLRegisterImage(&resource, 1, kGlTexture2D, 0), CUresult::kOperatingSystem);
}

TEST_F(Injected, NvmlReadsTheSameGpu) {
  inject("nvml none\n");
  EXPECT_NE(nvml().nvmlInit_v2(), nvmlReturn::kSuccess);
  inject("memory 4G\n");
  ASSERT_EQ(nvml().nvmlInit_v2(), nvmlReturn::kSuccess);
  char bus_id[20] = {};
  ASSERT_EQ(cu().cuDeviceGetPCIBusId(bus_id, 20, 0), kFine);
  nvmlDevice device = nullptr;
  ASSERT_EQ(nvml().nvmlDeviceGetHandleByPciBusId_v2(bus_id, &device), nvmlReturn::kSuccess);
  nvmlMemory memory;
  ASSERT_EQ(nvml().nvmlDeviceGetMemoryInfo(device, &memory), nvmlReturn::kSuccess);
  EXPECT_EQ(memory.total, 4ULL << 30);
  EXPECT_EQ(memory.used + memory.free, memory.total);
  unsigned celsius = 0;
  ASSERT_EQ(nvml().nvmlDeviceGetTemperature(device, nvmlTemperatureSensor::kGpu, &celsius), nvmlReturn::kSuccess);
  EXPECT_GT(celsius, 0U);
  inject("lost\n");
  EXPECT_EQ(nvml().nvmlDeviceGetTemperature(device, nvmlTemperatureSensor::kGpu, &celsius), nvmlReturn::kGpuIsLost);
  EXPECT_EQ(nvml().nvmlShutdown(), nvmlReturn::kSuccess);
}

}  // namespace
}  // namespace warpscope::stand_in::testing
