// Our declarations of the driver's types and calls against NVIDIA's own header, where a toolkit is installed.
#include <gtest/gtest.h>

#include "compute/cuda/driver_functions.h"

#ifdef WARPSCOPE_HAS_CUDA_H
#include <cuda.h>
// cudaGL.h includes OpenGL's header, of which it needs these two.
using GLuint = unsigned;
using GLenum = unsigned;
#define __gl_h_
#include <cudaGL.h>

namespace warpscope::cuda {
namespace {

namespace theirs {
using ::CUDA_ARRAY3D_DESCRIPTOR;
using ::CUDA_MEMCPY2D;
using ::CUDA_MEMCPY3D;
using ::CUDA_RESOURCE_DESC;
using ::CUDA_TEXTURE_DESC;
}  // namespace theirs

#define SAME_SIZE(type) static_assert(sizeof(type) == sizeof(theirs::type) && alignof(type) == alignof(theirs::type))
#define SAME_PLACE(type, field) static_assert(offsetof(type, field) == offsetof(theirs::type, field))
#define SAME_VALUE(ours, number) static_assert(static_cast<long long>(ours) == static_cast<long long>(number))

SAME_SIZE(CUDA_MEMCPY2D);
SAME_PLACE(CUDA_MEMCPY2D, srcMemoryType);
SAME_PLACE(CUDA_MEMCPY2D, srcHost);
SAME_PLACE(CUDA_MEMCPY2D, srcDevice);
SAME_PLACE(CUDA_MEMCPY2D, srcArray);
SAME_PLACE(CUDA_MEMCPY2D, srcPitch);
SAME_PLACE(CUDA_MEMCPY2D, dstXInBytes);
SAME_PLACE(CUDA_MEMCPY2D, dstMemoryType);
SAME_PLACE(CUDA_MEMCPY2D, dstHost);
SAME_PLACE(CUDA_MEMCPY2D, dstDevice);
SAME_PLACE(CUDA_MEMCPY2D, dstArray);
SAME_PLACE(CUDA_MEMCPY2D, dstPitch);
SAME_PLACE(CUDA_MEMCPY2D, WidthInBytes);
SAME_PLACE(CUDA_MEMCPY2D, Height);

SAME_SIZE(CUDA_MEMCPY3D);
SAME_PLACE(CUDA_MEMCPY3D, srcLOD);
SAME_PLACE(CUDA_MEMCPY3D, srcMemoryType);
SAME_PLACE(CUDA_MEMCPY3D, srcHost);
SAME_PLACE(CUDA_MEMCPY3D, srcArray);
SAME_PLACE(CUDA_MEMCPY3D, srcPitch);
SAME_PLACE(CUDA_MEMCPY3D, srcHeight);
SAME_PLACE(CUDA_MEMCPY3D, dstXInBytes);
SAME_PLACE(CUDA_MEMCPY3D, dstMemoryType);
SAME_PLACE(CUDA_MEMCPY3D, dstHost);
SAME_PLACE(CUDA_MEMCPY3D, dstArray);
SAME_PLACE(CUDA_MEMCPY3D, dstPitch);
SAME_PLACE(CUDA_MEMCPY3D, dstHeight);
SAME_PLACE(CUDA_MEMCPY3D, WidthInBytes);
SAME_PLACE(CUDA_MEMCPY3D, Depth);

SAME_SIZE(CUDA_ARRAY3D_DESCRIPTOR);
SAME_PLACE(CUDA_ARRAY3D_DESCRIPTOR, Depth);
SAME_PLACE(CUDA_ARRAY3D_DESCRIPTOR, Format);
SAME_PLACE(CUDA_ARRAY3D_DESCRIPTOR, NumChannels);
SAME_PLACE(CUDA_ARRAY3D_DESCRIPTOR, Flags);

SAME_SIZE(CUDA_RESOURCE_DESC);
SAME_PLACE(CUDA_RESOURCE_DESC, res);
SAME_PLACE(CUDA_RESOURCE_DESC, res.array.hArray);
SAME_PLACE(CUDA_RESOURCE_DESC, flags);

SAME_SIZE(CUDA_TEXTURE_DESC);
SAME_PLACE(CUDA_TEXTURE_DESC, filterMode);
SAME_PLACE(CUDA_TEXTURE_DESC, flags);
SAME_PLACE(CUDA_TEXTURE_DESC, maxAnisotropy);
SAME_PLACE(CUDA_TEXTURE_DESC, mipmapFilterMode);
SAME_PLACE(CUDA_TEXTURE_DESC, maxMipmapLevelClamp);
SAME_PLACE(CUDA_TEXTURE_DESC, borderColor);
SAME_PLACE(CUDA_TEXTURE_DESC, reserved);

SAME_VALUE(CUresult::kSuccess, CUDA_SUCCESS);
SAME_VALUE(CUresult::kInvalidValue, CUDA_ERROR_INVALID_VALUE);
SAME_VALUE(CUresult::kOutOfMemory, CUDA_ERROR_OUT_OF_MEMORY);
SAME_VALUE(CUresult::kNotInitialized, CUDA_ERROR_NOT_INITIALIZED);
SAME_VALUE(CUresult::kDeinitialized, CUDA_ERROR_DEINITIALIZED);
SAME_VALUE(CUresult::kStubLibrary, CUDA_ERROR_STUB_LIBRARY);
SAME_VALUE(CUresult::kCallRequiresNewerDriver, CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER);
SAME_VALUE(CUresult::kDeviceUnavailable, CUDA_ERROR_DEVICE_UNAVAILABLE);
SAME_VALUE(CUresult::kNoDevice, CUDA_ERROR_NO_DEVICE);
SAME_VALUE(CUresult::kInvalidDevice, CUDA_ERROR_INVALID_DEVICE);
SAME_VALUE(CUresult::kInvalidImage, CUDA_ERROR_INVALID_IMAGE);
SAME_VALUE(CUresult::kInvalidContext, CUDA_ERROR_INVALID_CONTEXT);
SAME_VALUE(CUresult::kMapFailed, CUDA_ERROR_MAP_FAILED);
SAME_VALUE(CUresult::kUnmapFailed, CUDA_ERROR_UNMAP_FAILED);
SAME_VALUE(CUresult::kAlreadyMapped, CUDA_ERROR_ALREADY_MAPPED);
SAME_VALUE(CUresult::kNoBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU);
SAME_VALUE(CUresult::kNotMapped, CUDA_ERROR_NOT_MAPPED);
SAME_VALUE(CUresult::kEccUncorrectable, CUDA_ERROR_ECC_UNCORRECTABLE);
SAME_VALUE(CUresult::kInvalidPtx, CUDA_ERROR_INVALID_PTX);
SAME_VALUE(CUresult::kInvalidGraphicsContext, CUDA_ERROR_INVALID_GRAPHICS_CONTEXT);
SAME_VALUE(CUresult::kNvlinkUncorrectable, CUDA_ERROR_NVLINK_UNCORRECTABLE);
SAME_VALUE(CUresult::kJitCompilerNotFound, CUDA_ERROR_JIT_COMPILER_NOT_FOUND);
SAME_VALUE(CUresult::kUnsupportedPtxVersion, CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
SAME_VALUE(CUresult::kOperatingSystem, CUDA_ERROR_OPERATING_SYSTEM);
SAME_VALUE(CUresult::kInvalidHandle, CUDA_ERROR_INVALID_HANDLE);
SAME_VALUE(CUresult::kIllegalState, CUDA_ERROR_ILLEGAL_STATE);
SAME_VALUE(CUresult::kNotFound, CUDA_ERROR_NOT_FOUND);
SAME_VALUE(CUresult::kNotReady, CUDA_ERROR_NOT_READY);
SAME_VALUE(CUresult::kIllegalAddress, CUDA_ERROR_ILLEGAL_ADDRESS);
SAME_VALUE(CUresult::kLaunchOutOfResources, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
SAME_VALUE(CUresult::kLaunchTimeout, CUDA_ERROR_LAUNCH_TIMEOUT);
SAME_VALUE(CUresult::kContextIsDestroyed, CUDA_ERROR_CONTEXT_IS_DESTROYED);
SAME_VALUE(CUresult::kAssert, CUDA_ERROR_ASSERT);
SAME_VALUE(CUresult::kHardwareStackError, CUDA_ERROR_HARDWARE_STACK_ERROR);
SAME_VALUE(CUresult::kIllegalInstruction, CUDA_ERROR_ILLEGAL_INSTRUCTION);
SAME_VALUE(CUresult::kMisalignedAddress, CUDA_ERROR_MISALIGNED_ADDRESS);
SAME_VALUE(CUresult::kInvalidAddressSpace, CUDA_ERROR_INVALID_ADDRESS_SPACE);
SAME_VALUE(CUresult::kInvalidPc, CUDA_ERROR_INVALID_PC);
SAME_VALUE(CUresult::kLaunchFailed, CUDA_ERROR_LAUNCH_FAILED);
SAME_VALUE(CUresult::kNotPermitted, CUDA_ERROR_NOT_PERMITTED);
SAME_VALUE(CUresult::kNotSupported, CUDA_ERROR_NOT_SUPPORTED);
SAME_VALUE(CUresult::kSystemNotReady, CUDA_ERROR_SYSTEM_NOT_READY);
SAME_VALUE(CUresult::kSystemDriverMismatch, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH);
SAME_VALUE(CUresult::kCompatNotSupportedOnDevice, CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE);
SAME_VALUE(CUresult::kStreamCaptureUnsupported, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
SAME_VALUE(CUresult::kStreamCaptureInvalidated, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
SAME_VALUE(CUresult::kExternalDevice, CUDA_ERROR_EXTERNAL_DEVICE);
SAME_VALUE(CUresult::kUnknown, CUDA_ERROR_UNKNOWN);

SAME_VALUE(CUdevice_attribute::kMaxThreadsPerBlock, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
SAME_VALUE(CUdevice_attribute::kMaxBlockDimX, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X);
SAME_VALUE(CUdevice_attribute::kMaxBlockDimY, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y);
SAME_VALUE(CUdevice_attribute::kMaxBlockDimZ, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z);
SAME_VALUE(CUdevice_attribute::kMaxGridDimX, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X);
SAME_VALUE(CUdevice_attribute::kMaxGridDimY, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y);
SAME_VALUE(CUdevice_attribute::kMaxGridDimZ, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z);
SAME_VALUE(CUdevice_attribute::kMaxSharedMemoryPerBlock, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
SAME_VALUE(CUdevice_attribute::kTotalConstantMemory, CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY);
SAME_VALUE(CUdevice_attribute::kWarpSize, CU_DEVICE_ATTRIBUTE_WARP_SIZE);
SAME_VALUE(CUdevice_attribute::kClockRate, CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
SAME_VALUE(CUdevice_attribute::kMultiprocessorCount, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
SAME_VALUE(CUdevice_attribute::kKernelExecTimeout, CU_DEVICE_ATTRIBUTE_KERNEL_EXEC_TIMEOUT);
SAME_VALUE(CUdevice_attribute::kIntegrated, CU_DEVICE_ATTRIBUTE_INTEGRATED);
SAME_VALUE(CUdevice_attribute::kMemoryClockRate, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE);
SAME_VALUE(CUdevice_attribute::kGlobalMemoryBusWidth, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
SAME_VALUE(CUdevice_attribute::kL2CacheSize, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
SAME_VALUE(CUdevice_attribute::kComputeCapabilityMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SAME_VALUE(CUdevice_attribute::kComputeCapabilityMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SAME_VALUE(CUdevice_attribute::kMaxSharedMemoryPerBlockOptin, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
SAME_VALUE(CUfunction_attribute::kMaxThreadsPerBlock, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
SAME_VALUE(CUfunction_attribute::kSharedSizeBytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
SAME_VALUE(CUfunction_attribute::kConstSizeBytes, CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES);
SAME_VALUE(CUfunction_attribute::kLocalSizeBytes, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
SAME_VALUE(CUfunction_attribute::kNumRegs, CU_FUNC_ATTRIBUTE_NUM_REGS);
SAME_VALUE(CUfunction_attribute::kPtxVersion, CU_FUNC_ATTRIBUTE_PTX_VERSION);
SAME_VALUE(CUfunction_attribute::kBinaryVersion, CU_FUNC_ATTRIBUTE_BINARY_VERSION);
SAME_VALUE(CUfunction_attribute::kMaxDynamicSharedSizeBytes, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
SAME_VALUE(CUjit_option::kInfoLogBuffer, CU_JIT_INFO_LOG_BUFFER);
SAME_VALUE(CUjit_option::kInfoLogBufferSizeBytes, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES);
SAME_VALUE(CUjit_option::kErrorLogBuffer, CU_JIT_ERROR_LOG_BUFFER);
SAME_VALUE(CUjit_option::kErrorLogBufferSizeBytes, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
SAME_VALUE(CUstreamCaptureMode::kGlobal, CU_STREAM_CAPTURE_MODE_GLOBAL);
SAME_VALUE(CUstreamCaptureMode::kThreadLocal, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
SAME_VALUE(CUstreamCaptureMode::kRelaxed, CU_STREAM_CAPTURE_MODE_RELAXED);
SAME_VALUE(CUGLDeviceList::kAll, CU_GL_DEVICE_LIST_ALL);
SAME_VALUE(CUGLDeviceList::kCurrentFrame, CU_GL_DEVICE_LIST_CURRENT_FRAME);
SAME_VALUE(CUGLDeviceList::kNextFrame, CU_GL_DEVICE_LIST_NEXT_FRAME);
SAME_VALUE(CUmemorytype::kHost, CU_MEMORYTYPE_HOST);
SAME_VALUE(CUmemorytype::kDevice, CU_MEMORYTYPE_DEVICE);
SAME_VALUE(CUmemorytype::kArray, CU_MEMORYTYPE_ARRAY);
SAME_VALUE(CUmemorytype::kUnified, CU_MEMORYTYPE_UNIFIED);
SAME_VALUE(CUarray_format::kU8, CU_AD_FORMAT_UNSIGNED_INT8);
SAME_VALUE(CUarray_format::kU16, CU_AD_FORMAT_UNSIGNED_INT16);
SAME_VALUE(CUarray_format::kU32, CU_AD_FORMAT_UNSIGNED_INT32);
SAME_VALUE(CUarray_format::kS8, CU_AD_FORMAT_SIGNED_INT8);
SAME_VALUE(CUarray_format::kS16, CU_AD_FORMAT_SIGNED_INT16);
SAME_VALUE(CUarray_format::kS32, CU_AD_FORMAT_SIGNED_INT32);
SAME_VALUE(CUarray_format::kHalf, CU_AD_FORMAT_HALF);
SAME_VALUE(CUarray_format::kFloat, CU_AD_FORMAT_FLOAT);
SAME_VALUE(CUresourcetype::kArray, CU_RESOURCE_TYPE_ARRAY);
SAME_VALUE(CUresourcetype::kMipmappedArray, CU_RESOURCE_TYPE_MIPMAPPED_ARRAY);
SAME_VALUE(CUresourcetype::kLinear, CU_RESOURCE_TYPE_LINEAR);
SAME_VALUE(CUresourcetype::kPitch2D, CU_RESOURCE_TYPE_PITCH2D);
SAME_VALUE(CUaddress_mode::kWrap, CU_TR_ADDRESS_MODE_WRAP);
SAME_VALUE(CUaddress_mode::kClamp, CU_TR_ADDRESS_MODE_CLAMP);
SAME_VALUE(CUaddress_mode::kMirror, CU_TR_ADDRESS_MODE_MIRROR);
SAME_VALUE(CUaddress_mode::kBorder, CU_TR_ADDRESS_MODE_BORDER);
SAME_VALUE(CUfilter_mode::kPoint, CU_TR_FILTER_MODE_POINT);
SAME_VALUE(CUfilter_mode::kLinear, CU_TR_FILTER_MODE_LINEAR);
SAME_VALUE(kStreamNonBlocking, CU_STREAM_NON_BLOCKING);
SAME_VALUE(kEventDefault, CU_EVENT_DEFAULT);
SAME_VALUE(kEventBlockingSync, CU_EVENT_BLOCKING_SYNC);
SAME_VALUE(kEventDisableTiming, CU_EVENT_DISABLE_TIMING);
SAME_VALUE(kMemHostAllocPortable, CU_MEMHOSTALLOC_PORTABLE);
SAME_VALUE(kRegisterFlagsWriteDiscard, CU_GRAPHICS_REGISTER_FLAGS_WRITE_DISCARD);
SAME_VALUE(kArrayLayered, CUDA_ARRAY3D_LAYERED);
SAME_VALUE(kArraySurface, CUDA_ARRAY3D_SURFACE_LDST);
SAME_VALUE(kArrayCubemap, CUDA_ARRAY3D_CUBEMAP);
SAME_VALUE(kArrayGather, CUDA_ARRAY3D_TEXTURE_GATHER);
SAME_VALUE(kReadAsInteger, CU_TRSF_READ_AS_INTEGER);
SAME_VALUE(kNormalizedCoordinates, CU_TRSF_NORMALIZED_COORDINATES);

// Two calls of one shape: as many parameters, each of the same size.
template <class Ours, class Theirs>
struct SameShape : std::false_type {};
template <class R, class... A, class S, class... B>
requires(sizeof...(A) == sizeof...(B)) struct SameShape<R (*)(A...), S (*)(B...)>
    : std::bool_constant<sizeof(R) == sizeof(S) && ((sizeof(A) == sizeof(B)) && ...)> {
};
// The macros of cuda.h turn plain names into today's; the shape of both is the same. This one tells whether the header
// still gives every name of the table.
#define WARPSCOPE_SAME_SHAPE(name, parameters) \
  static_assert(SameShape<CUresult(*) parameters, decltype(&::name)>::value, #name);
WARPSCOPE_CUDA_FUNCTIONS(WARPSCOPE_SAME_SHAPE)

TEST(DriverTypes, AreThoseOfTheInstalledToolkit) {
  EXPECT_GE(CUDA_VERSION, 12000) << "the declarations are those of CUDA 12 and 13";
}

}  // namespace
}  // namespace warpscope::cuda
#else
TEST(DriverTypes, AreThoseOfTheInstalledToolkit) {
  GTEST_SKIP() << "there is no cuda.h on this machine";
}
#endif
