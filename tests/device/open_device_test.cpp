// Which device computes: with the stand-in driver in every state a person's machine may be in.
#include "compute/device/open_device.h"

#include <gmock/gmock.h>

#include "tests/device/stand_in.h"

namespace warpscope::device {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class Opening : public testing::StandIn {
 protected:
  OpenedDevice opened(const std::string& control, Choice choice = {}) const {
    inject(control);
    return open_device(choice);
  }
};

TEST_F(Opening, ARealGpuIsTakenWhereThereIsOne) {
  const OpenedDevice gpu = opened("name 0 NVIDIA RTX 4070\ndriver 12040\n");
  EXPECT_EQ(gpu.device->kind(), "cuda");
  EXPECT_EQ(gpu.status.state, DeviceState::kGpu);
  EXPECT_EQ(gpu.status.name, "NVIDIA RTX 4070");
  EXPECT_EQ(gpu.status.why, "A GPU was found.");
  EXPECT_THAT(gpu.status.facts, Contains(HasSubstr("compute capability 9.0")));
  EXPECT_THAT(gpu.status.facts, Contains(AllOf(HasSubstr("GHz"), HasSubstr("°C"), HasSubstr(" W"))));
  EXPECT_THAT(gpu.status.facts, Contains(HasSubstr("GiB in use")));
  EXPECT_THAT(gpu.status.facts, Contains(HasSubstr("CUDA 12.4")));
}

TEST_F(Opening, WithoutNvmlTheDriverStillTellsTheMemory) {
  const OpenedDevice gpu = opened("nvml none\n");
  EXPECT_EQ(gpu.status.state, DeviceState::kGpu);
  EXPECT_THAT(gpu.status.facts, Contains("8.0 GiB of memory"));
  EXPECT_THAT(gpu.status.facts, Not(Contains(HasSubstr("°C"))));
}

TEST_F(Opening, TheVirtualOneIsTakenWhenAskedFor) {
  const OpenedDevice device = opened("", {Wanted::kVirtual, std::nullopt});
  EXPECT_EQ(device.device->kind(), "virtual");
  EXPECT_EQ(device.status.state, DeviceState::kVirtual);
  EXPECT_EQ(device.status.why, "The virtual GPU was asked for.");
}

struct Failure {
  const char* control;
  const char* said;
};

TEST_F(Opening, EveryFailureEndsAtTheVirtualGpuAndSaysWhy) {
  for (const Failure& each : {
           Failure{"gpus 0\n", "CUDA_ERROR_NO_DEVICE"},
           Failure{"driver 10020\n",
                   "The NVIDIA driver is too old: it knows CUDA 10.2, and CUDA 11.4 is needed "
                   "(driver 470 or newer)"},
           Failure{"fail cuInit 803\n", "restart the computer"},
           Failure{"fail cuInit 999\n", "modprobe"},
           Failure{"fail cuInit 34\n", "stub"},
           Failure{"capability 6.1\n", "has compute capability 6.1, and kernels need 7.5"},
           Failure{"fail cuDevicePrimaryCtxRetain 2\n", "CUDA_ERROR_OUT_OF_MEMORY"},
           Failure{"fail cuStreamCreate 46\n", "CUDA_ERROR_DEVICE_UNAVAILABLE"},
           Failure{"lost 999\n", "CUDA_ERROR_UNKNOWN"},
       }) {
    const OpenedDevice device = opened(each.control);
    EXPECT_EQ(device.device->kind(), "virtual") << each.control;
    EXPECT_EQ(device.status.state, DeviceState::kVirtual) << each.control;
    EXPECT_THAT(device.status.why, AllOf(HasSubstr(each.said), HasSubstr("The virtual GPU computes instead.")))
        << each.control;
  }
  EXPECT_THAT(opened("gpus 0\n", {Wanted::kCuda, std::nullopt}).status.why, HasSubstr("A real GPU was asked for."));
}

TEST_F(Opening, ADriverThatIsNotThereIsSaid) {
  setenv("WARPSCOPE_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1);
  const OpenedDevice device = opened("");
  EXPECT_EQ(device.device->kind(), "virtual");
  EXPECT_THAT(device.status.why, HasSubstr("No NVIDIA driver is on this machine"));
}

TEST_F(Opening, ALibraryThatIsNoDriverNamesWhatItLacks) {
  setenv("WARPSCOPE_CUDA_DRIVER", WARPSCOPE_STAND_IN_NVML, 1);
  EXPECT_THAT(opened("").status.why, AllOf(HasSubstr("too old"), HasSubstr("lacks cuInit, cuDriverGetVersion")));
}

TEST_F(Opening, OfSeveralTheOneThatDrawsTheWindowIsTaken) {
  const std::string two = "gpus 2\nname 0 GPU A\nname 1 GPU B\n";
  const OpenedDevice second = opened(two, {Wanted::kAuto, 1});
  EXPECT_EQ(second.status.name, "GPU B");
  EXPECT_EQ(second.status.why, "This GPU also draws the window. Also there: GPU A.");
  const OpenedDevice first = opened(two);
  EXPECT_EQ(first.status.name, "GPU A") << "equal ones: the first";
  EXPECT_THAT(first.status.why, HasSubstr("Also there: GPU B."));
}

TEST_F(Opening, WhereTheFirstCannotBeUsedTheNextIsTried) {
  const OpenedDevice device = opened("gpus 2\nname 0 GPU A\nname 1 GPU B\nfail cuDevicePrimaryCtxRetain 46 times 1\n");
  EXPECT_EQ(device.status.name, "GPU B");
  EXPECT_THAT(device.status.why, AllOf(HasSubstr("GPU A: the GPU cannot be used: CUDA_ERROR_DEVICE_UNAVAILABLE")));
}

TEST_F(Opening, AfterALossTheVirtualGpuGoesOn) {
  OpenedDevice gpu = opened("name 0 GPU A\n");
  auto& cuda = dynamic_cast<CudaDevice&>(*gpu.device);
  EXPECT_EQ(status_of(cuda, "why").why, "why");
  inject("lost 999\n");
  EXPECT_FALSE(cuda.allocate(4, "x"));
  const DeviceStatus status = status_of(cuda, "why");
  EXPECT_EQ(status.state, DeviceState::kLost);
  EXPECT_THAT(status.why, HasSubstr("GPU A is lost"));
  const OpenedDevice next = replace_lost(cuda);
  EXPECT_EQ(next.device->kind(), "virtual");
  EXPECT_EQ(next.status.state, DeviceState::kLost);
  EXPECT_EQ(next.status.name, "Virtual GPU");
  EXPECT_THAT(next.status.why, HasSubstr("The virtual GPU goes on."));
}

}  // namespace
}  // namespace warpscope::device
