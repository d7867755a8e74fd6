// Memory of the device, pinned memory of the host, and copies of plain runs of bytes.
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"

namespace warpscope::stand_in {
namespace {

using Bytes = std::span<const std::uint8_t>;

CUresult write(Context& context, std::uint64_t to, Bytes bytes) {
  if (bytes.empty()) return CUresult::kSuccess;
  return context.memory.write(to, bytes) ? CUresult::kSuccess : CUresult::kInvalidValue;
}

CUresult read(Context& context, std::uint64_t from, std::span<std::uint8_t> into) {
  if (into.empty()) return CUresult::kSuccess;
  return context.memory.read(from, into) ? CUresult::kSuccess : CUresult::kInvalidValue;
}

CUresult copy(Context& context, std::uint64_t to, std::uint64_t from, std::size_t bytes) {
  std::vector<std::uint8_t> between(bytes);
  const CUresult result = read(context, from, between);
  return result == CUresult::kSuccess ? write(context, to, between) : result;
}

Bytes host_bytes(const void* memory, std::size_t bytes) {
  return {static_cast<const std::uint8_t*>(memory), bytes};
}
std::span<std::uint8_t> host_bytes(void* memory, std::size_t bytes) {
  return {static_cast<std::uint8_t*>(memory), bytes};
}

CUresult allocate(Context& context, cuda::CUdeviceptr* address, std::size_t bytes) {
  if (address == nullptr || bytes == 0) return CUresult::kInvalidValue;
  if (!context.has_room_for(bytes)) return CUresult::kOutOfMemory;
  const auto allocated = context.memory.allocate(bytes, vgpu::AllocationKind::kBuffer, "cuMemAlloc");
  if (!allocated) return CUresult::kOutOfMemory;
  *address = *allocated;
  return CUresult::kSuccess;
}

}  // namespace
}  // namespace warpscope::stand_in

namespace warpscope::cuda {

using stand_in::Context;
using stand_in::context_call;
using stand_in::host_bytes;
using stand_in::uncaptured_call;

CUresult cuMemAlloc_v2(CUdeviceptr* address, std::size_t bytes) {
  return uncaptured_call(__func__, [&](Context& context) { return stand_in::allocate(context, address, bytes); });
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  return uncaptured_call(__func__, [&](Context& context) {
    if (address == 0) return CUresult::kSuccess;
    return context.memory.free(address) ? CUresult::kSuccess : CUresult::kInvalidValue;
  });
}

CUresult cuMemGetInfo_v2(std::size_t* free_bytes, std::size_t* total_bytes) {
  return context_call(__func__, [&](Context& context) {
    if (free_bytes == nullptr || total_bytes == nullptr) return CUresult::kInvalidValue;
    *total_bytes = context.limit_bytes;
    *free_bytes = *total_bytes - context.memory.used_bytes() - context.array_bytes;
    return CUresult::kSuccess;
  });
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, std::size_t bytes) {
  return uncaptured_call(__func__,
                         [&](Context& context) { return stand_in::write(context, to, host_bytes(from, bytes)); });
}

CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, std::size_t bytes) {
  return uncaptured_call(__func__,
                         [&](Context& context) { return stand_in::read(context, from, host_bytes(to, bytes)); });
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream) {
  return context_call(__func__, [&](Context& context) {
    return context.enqueue(stream, [=](Context& c) { return stand_in::write(c, to, host_bytes(from, bytes)); });
  });
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  return context_call(__func__, [&](Context& context) {
    return context.enqueue(stream, [=](Context& c) { return stand_in::read(c, from, host_bytes(to, bytes)); });
  });
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  return context_call(__func__, [&](Context& context) {
    return context.enqueue(stream, [=](Context& c) { return stand_in::copy(c, to, from, bytes); });
  });
}

CUresult cuMemHostAlloc(void** memory, std::size_t bytes, unsigned /*flags*/) {
  return context_call(__func__, [&](Context& context) {
    if (memory == nullptr || bytes == 0) return CUresult::kInvalidValue;
    constexpr std::size_t kPage = 4096;
    void* block = std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage);
    if (block == nullptr) return CUresult::kOutOfMemory;
    context.pinned[block] = bytes;
    *memory = block;
    return CUresult::kSuccess;
  });
}

CUresult cuMemFreeHost(void* memory) {
  return context_call(__func__, [&](Context& context) {
    if (context.pinned.erase(memory) == 0) return CUresult::kInvalidValue;
    std::free(memory);
    return CUresult::kSuccess;
  });
}

}  // namespace warpscope::cuda
