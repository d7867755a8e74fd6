#include "tests/gpu/nvidia/nvidia_answer.h"

#ifdef WARPSCOPE_HAS_CUDA_OCCUPANCY_H
#include <cuda_occupancy.h>
#endif

namespace warpscope::nvidia {

std::span<const Device> devices() {
  static constexpr Device kDevices[] = {{6, 0, 2048, 65'536, 64, 48, 0},       {6, 1, 2048, 65'536, 96, 48, 0},
                                        {6, 2, 2048, 32'768, 64, 48, 0},       {7, 0, 2048, 65'536, 96, 96, 0},
                                        {7, 5, 1024, 65'536, 64, 64, 0},       {8, 0, 2048, 65'536, 164, 163, 1024},
                                        {8, 6, 1536, 65'536, 100, 99, 1024},   {8, 7, 1536, 65'536, 164, 163, 1024},
                                        {8, 8, 1536, 65'536, 100, 99, 1024},   {8, 9, 1536, 65'536, 100, 99, 1024},
                                        {9, 0, 2048, 65'536, 228, 227, 1024},  {10, 0, 2048, 65'536, 228, 227, 1024},
                                        {10, 3, 2048, 65'536, 228, 227, 1024}, {11, 0, 1536, 65'536, 228, 227, 1024},
                                        {12, 0, 1536, 65'536, 100, 99, 1024},  {12, 1, 1536, 65'536, 100, 99, 1024}};
  return kDevices;
}

#ifdef WARPSCOPE_HAS_CUDA_OCCUPANCY_H

bool has_calculator() {
  return true;
}

std::optional<Answer> answer(const Device& device, const Question& question) {
  constexpr int kKib = 1024;
  cudaOccDeviceProp properties;
  properties.computeMajor = device.major;
  properties.computeMinor = device.minor;
  properties.maxThreadsPerBlock = 1024;
  properties.maxThreadsPerMultiprocessor = device.threads_per_sm;
  properties.regsPerBlock = device.registers_per_block;
  properties.regsPerMultiprocessor = 65'536;
  properties.warpSize = 32;
  properties.sharedMemPerBlock = 48 * kKib;
  properties.sharedMemPerMultiprocessor = static_cast<std::size_t>(device.shared_per_sm_kib) * kKib;
  properties.numSms = 1;
  properties.sharedMemPerBlockOptin = static_cast<std::size_t>(device.shared_per_block_optin_kib) * kKib;
  properties.reservedSharedMemPerBlock = static_cast<std::size_t>(device.reserved_bytes);
  cudaOccFuncAttributes function;
  function.maxThreadsPerBlock = 1024;
  function.numRegs = question.registers;
  // A kernel that was told, as it must be, that it may have what it asks for.
  function.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
  function.maxDynamicSharedSizeBytes = question.shared_bytes;
  cudaOccDeviceState state;
  state.carveoutConfig = question.carveout_percent;
  cudaOccResult result{};
  if (cudaOccMaxActiveBlocksPerMultiprocessor(&result, &properties, &function, &state, question.block_threads,
                                              question.shared_bytes) != CUDA_OCC_SUCCESS)
    return {};
  // No barriers and no virtual resources were asked for: the other bits would say only that.
  constexpr unsigned kFour = OCC_LIMIT_WARPS | OCC_LIMIT_REGISTERS | OCC_LIMIT_SHARED_MEMORY | OCC_LIMIT_BLOCKS;
  return Answer{result.activeBlocksPerMultiprocessor,
                static_cast<int>(result.limitingFactors & kFour),
                result.blockLimitWarps,
                result.blockLimitRegs,
                result.blockLimitSharedMem,
                result.blockLimitBlocks,
                result.allocatedRegistersPerBlock,
                static_cast<int>(result.allocatedSharedMemPerBlock)};
}

#else

bool has_calculator() {
  return false;
}

std::optional<Answer> answer(const Device&, const Question&) {
  return {};
}

#endif

}  // namespace warpscope::nvidia
