// cuda/driver_types.h: the types and numbers of NVIDIA's driver API and of NVML that are used here, as their headers of
// CUDA 12 and 13 define them on 64-bit Linux. Floor 2. Plain data.
// Declared by ourselves, because the program is built on machines without a CUDA toolkit. Types keep NVIDIA's names, so
// that NVIDIA's manual explains them; a test compares sizes, offsets and numbers with cuda.h where that is installed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace warpscope::cuda {

// ---- Handles

using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUtexObject = unsigned long long;
using CUsurfObject = unsigned long long;
using CUcontext = struct CUctx_st*;
using CUmodule = struct CUmod_st*;
using CUfunction = struct CUfunc_st*;
using CUarray = struct CUarray_st*;
using CUstream = struct CUstream_st*;
using CUevent = struct CUevent_st*;
using CUgraph = struct CUgraph_st*;
using CUgraphExec = struct CUgraphExec_st*;
using CUgraphicsResource = struct CUgraphicsResource_st*;

// ---- Results

enum class CUresult : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kDeinitialized = 4,
  kStubLibrary = 34,
  kCallRequiresNewerDriver = 36,
  kDeviceUnavailable = 46,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kInvalidContext = 201,
  kMapFailed = 205,
  kUnmapFailed = 206,
  kAlreadyMapped = 208,
  kNoBinaryForGpu = 209,
  kNotMapped = 211,
  kEccUncorrectable = 214,
  kInvalidPtx = 218,
  kInvalidGraphicsContext = 219,
  kNvlinkUncorrectable = 220,
  kJitCompilerNotFound = 221,
  kUnsupportedPtxVersion = 222,
  kContained = 226,
  kOperatingSystem = 304,
  kInvalidHandle = 400,
  kIllegalState = 401,
  kNotFound = 500,
  kNotReady = 600,
  kIllegalAddress = 700,
  kLaunchOutOfResources = 701,
  kLaunchTimeout = 702,
  kContextIsDestroyed = 709,
  kAssert = 710,
  kHardwareStackError = 714,
  kIllegalInstruction = 715,
  kMisalignedAddress = 716,
  kInvalidAddressSpace = 717,
  kInvalidPc = 718,
  kLaunchFailed = 719,
  kNotPermitted = 800,
  kNotSupported = 801,
  kSystemNotReady = 802,
  kSystemDriverMismatch = 803,
  kCompatNotSupportedOnDevice = 804,
  kStreamCaptureUnsupported = 900,
  kStreamCaptureInvalidated = 901,
  kExternalDevice = 911,
  kUnknown = 999,
};

// ---- Attributes and flags

enum class CUdevice_attribute : int {
  kMaxThreadsPerBlock = 1,
  kMaxBlockDimX = 2,
  kMaxBlockDimY = 3,
  kMaxBlockDimZ = 4,
  kMaxGridDimX = 5,
  kMaxGridDimY = 6,
  kMaxGridDimZ = 7,
  kMaxSharedMemoryPerBlock = 8,
  kTotalConstantMemory = 9,
  kWarpSize = 10,
  kClockRate = 13,  // kHz
  kMultiprocessorCount = 16,
  kKernelExecTimeout = 17,
  kIntegrated = 18,
  kMemoryClockRate = 36,       // kHz
  kGlobalMemoryBusWidth = 37,  // bits
  kL2CacheSize = 38,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kMaxSharedMemoryPerBlockOptin = 97,
};

enum class CUfunction_attribute : int {
  kMaxThreadsPerBlock = 0,
  kSharedSizeBytes = 1,
  kConstSizeBytes = 2,
  kLocalSizeBytes = 3,
  kNumRegs = 4,
  kPtxVersion = 5,
  kBinaryVersion = 6,
  kMaxDynamicSharedSizeBytes = 8,
};

enum class CUjit_option : int {
  kInfoLogBuffer = 3,
  kInfoLogBufferSizeBytes = 4,
  kErrorLogBuffer = 5,
  kErrorLogBufferSizeBytes = 6,
};

enum class CUstreamCaptureMode : int { kGlobal = 0, kThreadLocal = 1, kRelaxed = 2 };
enum class CUGLDeviceList : int { kAll = 1, kCurrentFrame = 2, kNextFrame = 3 };

inline constexpr unsigned kStreamNonBlocking = 1;          // CU_STREAM_NON_BLOCKING
inline constexpr unsigned kEventDefault = 0;               // CU_EVENT_DEFAULT
inline constexpr unsigned kEventBlockingSync = 1;          // CU_EVENT_BLOCKING_SYNC
inline constexpr unsigned kEventDisableTiming = 2;         // CU_EVENT_DISABLE_TIMING
inline constexpr unsigned kMemHostAllocPortable = 1;       // CU_MEMHOSTALLOC_PORTABLE
inline constexpr unsigned kRegisterFlagsWriteDiscard = 2;  // CU_GRAPHICS_REGISTER_FLAGS_WRITE_DISCARD
inline constexpr unsigned kArrayLayered = 1;               // CUDA_ARRAY3D_LAYERED
inline constexpr unsigned kArraySurface = 2;               // CUDA_ARRAY3D_SURFACE_LDST
inline constexpr unsigned kArrayCubemap = 4;               // CUDA_ARRAY3D_CUBEMAP
inline constexpr unsigned kArrayGather = 8;                // CUDA_ARRAY3D_TEXTURE_GATHER
inline constexpr unsigned kReadAsInteger = 1;              // CU_TRSF_READ_AS_INTEGER
inline constexpr unsigned kNormalizedCoordinates = 2;      // CU_TRSF_NORMALIZED_COORDINATES
inline constexpr unsigned kGlTexture2D = 0x0de1;           // GL_TEXTURE_2D of the OpenGL headers

// ---- Copies, arrays, textures

enum class CUmemorytype : int { kNone = 0, kHost = 1, kDevice = 2, kArray = 3, kUnified = 4 };

struct CUDA_MEMCPY2D {
  std::size_t srcXInBytes = 0, srcY = 0;
  CUmemorytype srcMemoryType = CUmemorytype::kNone;
  const void* srcHost = nullptr;
  CUdeviceptr srcDevice = 0;
  CUarray srcArray = nullptr;
  std::size_t srcPitch = 0;
  std::size_t dstXInBytes = 0, dstY = 0;
  CUmemorytype dstMemoryType = CUmemorytype::kNone;
  void* dstHost = nullptr;
  CUdeviceptr dstDevice = 0;
  CUarray dstArray = nullptr;
  std::size_t dstPitch = 0;
  std::size_t WidthInBytes = 0, Height = 0;
};

struct CUDA_MEMCPY3D {
  std::size_t srcXInBytes = 0, srcY = 0, srcZ = 0, srcLOD = 0;
  CUmemorytype srcMemoryType = CUmemorytype::kNone;
  const void* srcHost = nullptr;
  CUdeviceptr srcDevice = 0;
  CUarray srcArray = nullptr;
  void* reserved0 = nullptr;
  std::size_t srcPitch = 0, srcHeight = 0;
  std::size_t dstXInBytes = 0, dstY = 0, dstZ = 0, dstLOD = 0;
  CUmemorytype dstMemoryType = CUmemorytype::kNone;
  void* dstHost = nullptr;
  CUdeviceptr dstDevice = 0;
  CUarray dstArray = nullptr;
  void* reserved1 = nullptr;
  std::size_t dstPitch = 0, dstHeight = 0;
  std::size_t WidthInBytes = 0, Height = 0, Depth = 0;
};

enum class CUarray_format : int {
  kU8 = 0x01,
  kU16 = 0x02,
  kU32 = 0x03,
  kS8 = 0x08,
  kS16 = 0x09,
  kS32 = 0x0a,
  kHalf = 0x10,
  kFloat = 0x20,
};

struct CUDA_ARRAY3D_DESCRIPTOR {
  std::size_t Width = 0, Height = 0, Depth = 0;  // 0: a dimension that is not there
  CUarray_format Format = CUarray_format::kFloat;
  unsigned NumChannels = 1;
  unsigned Flags = 0;
};

enum class CUresourcetype : int { kArray = 0, kMipmappedArray = 1, kLinear = 2, kPitch2D = 3 };

struct CUDA_RESOURCE_DESC {
  CUresourcetype resType = CUresourcetype::kArray;
  union {
    struct {
      CUarray hArray;
    } array;
    struct {
      int reserved[32];
    } reserved;
  } res{};
  unsigned flags = 0;
};

enum class CUaddress_mode : int { kWrap = 0, kClamp = 1, kMirror = 2, kBorder = 3 };
enum class CUfilter_mode : int { kPoint = 0, kLinear = 1 };

struct CUDA_TEXTURE_DESC {
  CUaddress_mode addressMode[3] = {};
  CUfilter_mode filterMode = CUfilter_mode::kPoint;
  unsigned flags = 0;
  unsigned maxAnisotropy = 0;
  CUfilter_mode mipmapFilterMode = CUfilter_mode::kPoint;
  float mipmapLevelBias = 0, minMipmapLevelClamp = 0, maxMipmapLevelClamp = 0;
  float borderColor[4] = {};
  int reserved[12] = {};
};

// ---- NVML (nvml.h)

using nvmlDevice = struct nvmlDevice_st*;
enum class nvmlReturn : int { kSuccess = 0, kNotSupported = 3, kNotFound = 6, kGpuIsLost = 15 };
enum class nvmlClock : int { kGraphics = 0, kSm = 1, kMemory = 2 };
enum class nvmlTemperatureSensor : int { kGpu = 0 };

struct nvmlMemory {
  unsigned long long total = 0, free = 0, used = 0;  // bytes
};
struct nvmlUtilization {
  unsigned gpu = 0, memory = 0;  // percent of the time
};

}  // namespace warpscope::cuda
