// What is asked of the driver and its GPUs, and their contexts.
#include <algorithm>
#include <cstring>
#include <string>

#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"

namespace warpscope::stand_in {
namespace {

struct ResultName {
  CUresult result;
  const char* name;
  const char* text;
};

// Names and texts as cuda.h and NVIDIA's driver have them.
constexpr ResultName kResultNames[] = {
    {CUresult::kSuccess, "CUDA_SUCCESS", "no error"},
    {CUresult::kInvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUresult::kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUresult::kNotInitialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CUresult::kDeinitialized, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {CUresult::kDeviceUnavailable, "CUDA_ERROR_DEVICE_UNAVAILABLE",
     "CUDA-capable device(s) is/are busy or unavailable"},
    {CUresult::kNoDevice, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CUresult::kInvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {CUresult::kInvalidImage, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {CUresult::kInvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {CUresult::kAlreadyMapped, "CUDA_ERROR_ALREADY_MAPPED", "resource already mapped"},
    {CUresult::kNoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {CUresult::kNotMapped, "CUDA_ERROR_NOT_MAPPED", "resource not mapped"},
    {CUresult::kInvalidPtx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {CUresult::kInvalidGraphicsContext, "CUDA_ERROR_INVALID_GRAPHICS_CONTEXT", "invalid OpenGL or DirectX context"},
    {CUresult::kUnsupportedPtxVersion, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {CUresult::kOperatingSystem, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {CUresult::kInvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {CUresult::kNotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUresult::kIllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {CUresult::kLaunchTimeout, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {CUresult::kContextIsDestroyed, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {CUresult::kAssert, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {CUresult::kHardwareStackError, "CUDA_ERROR_HARDWARE_STACK_ERROR", "hardware stack error"},
    {CUresult::kIllegalInstruction, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "an illegal instruction was encountered"},
    {CUresult::kMisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {CUresult::kInvalidPc, "CUDA_ERROR_INVALID_PC", "invalid program counter"},
    {CUresult::kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CUresult::kNotSupported, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CUresult::kStreamCaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {CUresult::kStreamCaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {CUresult::kUnknown, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

CUresult name_result(CUresult result, const char** text, const char* ResultName::*what) {
  if (text == nullptr) return CUresult::kInvalidValue;
  const auto found = std::ranges::find(kResultNames, result, &ResultName::result);
  *text = found == std::end(kResultNames) ? nullptr : (*found).*what;
  return *text == nullptr ? CUresult::kInvalidValue : CUresult::kSuccess;
}

CUresult put_text(const std::string& text, char* into, int length) {
  if (into == nullptr || length <= 0) return CUresult::kInvalidValue;
  std::strncpy(into, text.c_str(), static_cast<std::size_t>(length - 1));
  into[length - 1] = 0;
  return CUresult::kSuccess;
}

struct Attribute {
  cuda::CUdevice_attribute attribute;
  int value;
};

using enum cuda::CUdevice_attribute;
constexpr Attribute kAttributes[] = {
    {kMaxThreadsPerBlock, 1024},   {kMaxBlockDimX, 1024},
    {kMaxBlockDimY, 1024},         {kMaxBlockDimZ, 64},
    {kMaxGridDimX, 2147483647},    {kMaxGridDimY, 65535},
    {kMaxGridDimZ, 65535},         {kMaxSharedMemoryPerBlock, 49152},
    {kTotalConstantMemory, 65536}, {kWarpSize, 32},
    {kClockRate, 1'980'000},       {kMultiprocessorCount, 16},
    {kKernelExecTimeout, 0},       {kIntegrated, 0},
    {kMemoryClockRate, 2'619'000}, {kGlobalMemoryBusWidth, 5120},
    {kL2CacheSize, 50 << 20},      {kMaxSharedMemoryPerBlockOptin, 232'448},
};

CUresult find_attribute(int* value, cuda::CUdevice_attribute attribute, const Settings& settings) {
  if (value == nullptr) return CUresult::kInvalidValue;
  if (attribute == kComputeCapabilityMajor || attribute == kComputeCapabilityMinor) {
    *value = attribute == kComputeCapabilityMajor ? settings.capability / 10 : settings.capability % 10;
    return CUresult::kSuccess;
  }
  const auto found = std::ranges::find(kAttributes, attribute, &Attribute::attribute);
  if (found == std::end(kAttributes)) return CUresult::kInvalidValue;
  *value = found->value;
  return CUresult::kSuccess;
}

CUresult gone(Driver& driver) {
  return static_cast<CUresult>(driver.control.settings().lost.value_or(0));
}

CUresult retain(Driver& driver, cuda::CUcontext* context, int gpu) {
  if (context == nullptr) return CUresult::kInvalidValue;
  if (const CUresult result = gone(driver); result != CUresult::kSuccess) return result;
  PrimaryContext& primary = driver.primary[gpu];
  if (primary.context == nullptr) {
    primary.context = std::make_unique<Context>(gpu, driver.control.settings().memory_bytes);
  }
  ++primary.retained;
  *context = Driver::handle_of(gpu);
  return CUresult::kSuccess;
}

CUresult release(Driver& driver, int gpu) {
  PrimaryContext& primary = driver.primary[gpu];
  if (primary.retained == 0) return CUresult::kInvalidContext;
  if (--primary.retained == 0) primary.context.reset();
  return CUresult::kSuccess;
}

}  // namespace
}  // namespace warpscope::stand_in

namespace warpscope::cuda {

using stand_in::context_call;
using stand_in::device_call;
using stand_in::driver_call;

CUresult cuInit(unsigned flags) {
  stand_in::Driver& driver = stand_in::Driver::instance();
  const std::lock_guard lock(driver.mutex);
  if (const CUresult result = stand_in::injected_result(driver, __func__); result != CUresult::kSuccess) return result;
  if (flags != 0) return CUresult::kInvalidValue;
  if (driver.control.settings().gpus == 0) return CUresult::kNoDevice;
  driver.initialized = true;
  return CUresult::kSuccess;
}

CUresult cuDriverGetVersion(int* version) {
  stand_in::Driver& driver = stand_in::Driver::instance();
  const std::lock_guard lock(driver.mutex);
  if (const CUresult result = stand_in::injected_result(driver, __func__); result != CUresult::kSuccess) return result;
  if (version == nullptr) return CUresult::kInvalidValue;
  *version = driver.control.settings().driver;
  return CUresult::kSuccess;
}

CUresult cuGetErrorName(CUresult error, const char** text) {
  return stand_in::name_result(error, text, &stand_in::ResultName::name);
}

CUresult cuGetErrorString(CUresult error, const char** text) {
  return stand_in::name_result(error, text, &stand_in::ResultName::text);
}

CUresult cuDeviceGetCount(int* count) {
  return driver_call(__func__, [&](stand_in::Driver& driver) {
    if (count == nullptr) return CUresult::kInvalidValue;
    *count = driver.control.settings().gpus;
    return CUresult::kSuccess;
  });
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return device_call(__func__, ordinal, [&](stand_in::Driver&) {
    if (device == nullptr) return CUresult::kInvalidValue;
    *device = ordinal;
    return CUresult::kSuccess;
  });
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  return device_call(__func__, device, [&](stand_in::Driver& driver) {
    return stand_in::put_text(driver.control.settings().name_of(device), name, length);
  });
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  return device_call(__func__, device, [&](stand_in::Driver& driver) {
    return stand_in::find_attribute(value, attribute, driver.control.settings());
  });
}

CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice device) {
  return device_call(__func__, device, [&](stand_in::Driver& driver) {
    if (bytes == nullptr) return CUresult::kInvalidValue;
    *bytes = driver.control.settings().memory_bytes;
    return CUresult::kSuccess;
  });
}

CUresult cuDeviceGetPCIBusId(char* id, int length, CUdevice device) {
  return device_call(__func__, device, [&](stand_in::Driver&) {
    // Sixteen at most are told apart, which is more than any test has.
    return stand_in::put_text(std::string("0000:0") + "0123456789ABCDEF"[device & 15] + ":00.0", id, length);
  });
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  return device_call(__func__, device,
                     [&](stand_in::Driver& driver) { return stand_in::retain(driver, context, device); });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return device_call(__func__, device, [&](stand_in::Driver& driver) { return stand_in::release(driver, device); });
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  return device_call(__func__, device, [&](stand_in::Driver& driver) {
    driver.primary[device].context.reset();
    return stand_in::gone(driver);
  });
}

CUresult cuCtxSetCurrent(CUcontext context) {
  return driver_call(__func__, [&](stand_in::Driver& driver) {
    const auto is_it = [context](const auto& one) { return stand_in::Driver::handle_of(one.first) == context; };
    if (context != nullptr && std::ranges::none_of(driver.primary, is_it)) return CUresult::kInvalidContext;
    stand_in::Driver::current() = context;
    return CUresult::kSuccess;
  });
}

CUresult cuCtxSynchronize() {
  return stand_in::uncaptured_call(__func__, [](stand_in::Context& context) {
    context.show_printed();
    return CUresult::kSuccess;
  });
}

}  // namespace warpscope::cuda
