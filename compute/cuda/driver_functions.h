// cuda/driver_functions.h: the calls of NVIDIA's driver (libcuda.so.1) and of NVML that are used here, in one table
// each, under the names that the libraries export. Floor 2.
// Plain names where a call never changed, _v2 where today's form is the second. The same table makes the pointers that
// are looked up at run time and the functions of the stand-in driver of the tests.
#pragma once

#include "compute/cuda/driver_types.h"

// X(exported name, parameters); each returns CUresult.
#define WARPSCOPE_CUDA_FUNCTIONS(X)                                                                                   \
  X(cuInit, (unsigned flags))                                                                                         \
  X(cuDriverGetVersion, (int* version))                                                                               \
  X(cuGetErrorName, (CUresult error, const char** text))                                                              \
  X(cuGetErrorString, (CUresult error, const char** text))                                                            \
  X(cuDeviceGetCount, (int* count))                                                                                   \
  X(cuDeviceGet, (CUdevice * device, int ordinal))                                                                    \
  X(cuDeviceGetName, (char* name, int length, CUdevice device))                                                       \
  X(cuDeviceGetAttribute, (int* value, CUdevice_attribute attribute, CUdevice device))                                \
  X(cuDeviceTotalMem_v2, (std::size_t * bytes, CUdevice device))                                                      \
  X(cuDeviceGetPCIBusId, (char* id, int length, CUdevice device))                                                     \
  X(cuDevicePrimaryCtxRetain, (CUcontext * context, CUdevice device))                                                 \
  X(cuDevicePrimaryCtxRelease_v2, (CUdevice device))                                                                  \
  X(cuDevicePrimaryCtxReset_v2, (CUdevice device))                                                                    \
  X(cuCtxSetCurrent, (CUcontext context))                                                                             \
  X(cuCtxSynchronize, ())                                                                                             \
  X(cuModuleLoadDataEx, (CUmodule * module, const void* image, unsigned count, CUjit_option* options, void** values)) \
  X(cuModuleUnload, (CUmodule module))                                                                                \
  X(cuModuleGetFunction, (CUfunction * function, CUmodule module, const char* name))                                  \
  X(cuModuleGetGlobal_v2, (CUdeviceptr * address, std::size_t * bytes, CUmodule module, const char* name))            \
  X(cuFuncGetAttribute, (int* value, CUfunction_attribute attribute, CUfunction function))                            \
  X(cuFuncSetAttribute, (CUfunction function, CUfunction_attribute attribute, int value))                             \
  X(cuMemAlloc_v2, (CUdeviceptr * address, std::size_t bytes))                                                        \
  X(cuMemFree_v2, (CUdeviceptr address))                                                                              \
  X(cuMemGetInfo_v2, (std::size_t * free_bytes, std::size_t * total_bytes))                                           \
  X(cuMemcpyHtoD_v2, (CUdeviceptr to, const void* from, std::size_t bytes))                                           \
  X(cuMemcpyDtoH_v2, (void* to, CUdeviceptr from, std::size_t bytes))                                                 \
  X(cuMemcpyHtoDAsync_v2, (CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream))                     \
  X(cuMemcpyDtoHAsync_v2, (void* to, CUdeviceptr from, std::size_t bytes, CUstream stream))                           \
  X(cuMemcpyDtoDAsync_v2, (CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream))                     \
  X(cuMemcpy2DAsync_v2, (const CUDA_MEMCPY2D* copy, CUstream stream))                                                 \
  X(cuMemcpy3D_v2, (const CUDA_MEMCPY3D* copy))                                                                       \
  X(cuMemHostAlloc, (void** memory, std::size_t bytes, unsigned flags))                                               \
  X(cuMemFreeHost, (void* memory))                                                                                    \
  X(cuStreamCreate, (CUstream * stream, unsigned flags))                                                              \
  X(cuStreamDestroy_v2, (CUstream stream))                                                                            \
  X(cuStreamSynchronize, (CUstream stream))                                                                           \
  X(cuStreamQuery, (CUstream stream))                                                                                 \
  X(cuStreamWaitEvent, (CUstream stream, CUevent event, unsigned flags))                                              \
  X(cuStreamBeginCapture_v2, (CUstream stream, CUstreamCaptureMode mode))                                             \
  X(cuStreamEndCapture, (CUstream stream, CUgraph * graph))                                                           \
  X(cuEventCreate, (CUevent * event, unsigned flags))                                                                 \
  X(cuEventDestroy_v2, (CUevent event))                                                                               \
  X(cuEventRecord, (CUevent event, CUstream stream))                                                                  \
  X(cuEventSynchronize, (CUevent event))                                                                              \
  X(cuEventQuery, (CUevent event))                                                                                    \
  X(cuEventElapsedTime, (float* milliseconds, CUevent start, CUevent end))                                            \
  X(cuGraphInstantiateWithFlags, (CUgraphExec * executable, CUgraph graph, unsigned long long flags))                 \
  X(cuGraphLaunch, (CUgraphExec executable, CUstream stream))                                                         \
  X(cuGraphDestroy, (CUgraph graph))                                                                                  \
  X(cuGraphExecDestroy, (CUgraphExec executable))                                                                     \
  X(cuLaunchKernel,                                                                                                   \
    (CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,      \
     unsigned block_z, unsigned shared_bytes, CUstream stream, void** parameters, void** extra))                      \
  X(cuArray3DCreate_v2, (CUarray * array, const CUDA_ARRAY3D_DESCRIPTOR* description))                                \
  X(cuArrayDestroy, (CUarray array))                                                                                  \
  X(cuTexObjectCreate, (CUtexObject * texture, const CUDA_RESOURCE_DESC* resource,                                    \
                        const CUDA_TEXTURE_DESC* description, const void* view))                                      \
  X(cuTexObjectDestroy, (CUtexObject texture))                                                                        \
  X(cuSurfObjectCreate, (CUsurfObject * surface, const CUDA_RESOURCE_DESC* resource))                                 \
  X(cuSurfObjectDestroy, (CUsurfObject surface))                                                                      \
  X(cuGLGetDevices_v2, (unsigned* found, CUdevice* devices, unsigned room, CUGLDeviceList which))                     \
  X(cuGraphicsGLRegisterImage, (CUgraphicsResource * resource, unsigned image, unsigned target, unsigned flags))      \
  X(cuGraphicsUnregisterResource, (CUgraphicsResource resource))                                                      \
  X(cuGraphicsMapResources, (unsigned count, CUgraphicsResource* resources, CUstream stream))                         \
  X(cuGraphicsUnmapResources, (unsigned count, CUgraphicsResource* resources, CUstream stream))                       \
  X(cuGraphicsSubResourceGetMappedArray, (CUarray * array, CUgraphicsResource resource, unsigned layer, unsigned level))

// X(exported name, parameters); each returns nvmlReturn. nvmlErrorString, which returns a text, stands alone.
#define WARPSCOPE_NVML_FUNCTIONS(X)                                                                 \
  X(nvmlInit_v2, ())                                                                                \
  X(nvmlShutdown, ())                                                                               \
  X(nvmlSystemGetDriverVersion, (char* version, unsigned length))                                   \
  X(nvmlDeviceGetHandleByPciBusId_v2, (const char* bus_id, nvmlDevice* device))                     \
  X(nvmlDeviceGetMemoryInfo, (nvmlDevice device, nvmlMemory * memory))                              \
  X(nvmlDeviceGetClockInfo, (nvmlDevice device, nvmlClock clock, unsigned* megahertz))              \
  X(nvmlDeviceGetTemperature, (nvmlDevice device, nvmlTemperatureSensor sensor, unsigned* celsius)) \
  X(nvmlDeviceGetPowerUsage, (nvmlDevice device, unsigned* milliwatts))                             \
  X(nvmlDeviceGetUtilizationRates, (nvmlDevice device, nvmlUtilization * percent))

namespace warpscope::cuda {

// All are there in a Driver (cuda/driver.h) that has been opened.
struct DriverFunctions {
#define WARPSCOPE_POINTER(name, parameters) CUresult(*name) parameters = nullptr;
  WARPSCOPE_CUDA_FUNCTIONS(WARPSCOPE_POINTER)
#undef WARPSCOPE_POINTER
};

// Each may be missing.
struct NvmlFunctions {
#define WARPSCOPE_POINTER(name, parameters) nvmlReturn(*name) parameters = nullptr;
  WARPSCOPE_NVML_FUNCTIONS(WARPSCOPE_POINTER)
#undef WARPSCOPE_POINTER
  const char* (*nvmlErrorString)(nvmlReturn) = nullptr;
};

}  // namespace warpscope::cuda
