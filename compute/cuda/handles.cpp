#include "compute/cuda/handles.h"

#include <fmt/format.h>

#include <array>

namespace warpscope::cuda {
namespace {

constexpr std::size_t kLogBytes = 16 << 10;

// The owned handle, or why the driver made none.
template <class Made, class Handle>
CudaResult<Made> owned(const std::shared_ptr<Context>& context, CUresult code, Handle handle, std::string_view what) {
  if (code != CUresult::kSuccess) return tl::unexpected(context->driver().error(code, what));
  return Made(context, handle);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \n\r\t");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

std::string too_new(const Driver& driver, const PtxText& ptx) {
  const int needed = driver_for_ptx(ptx.major, ptx.minor);
  return fmt::format(
      "the NVIDIA driver knows CUDA {} and cannot read PTX {}.{}, which came with CUDA {}. Update the driver ({}), or "
      "compile with an older toolkit",
      cuda_version_text(driver.version()), ptx.major, ptx.minor, cuda_version_text(needed), driver_release_for(needed));
}

}  // namespace

CudaResult<Stream> make_stream(const std::shared_ptr<Context>& context) {
  CUstream stream = nullptr;
  const CUresult code = context->driver()->cuStreamCreate(&stream, kStreamNonBlocking);
  return owned<Stream>(context, code, stream, "no stream can be made on the GPU");
}

CudaResult<Event> make_event(const std::shared_ptr<Context>& context, EventUse use) {
  CUevent event = nullptr;
  const unsigned flags = use == EventUse::kTime ? kEventDefault : kEventDisableTiming;
  const CUresult code = context->driver()->cuEventCreate(&event, flags);
  return owned<Event>(context, code, event, "no event can be made on the GPU");
}

CudaResult<DeviceMemory> make_device_memory(const std::shared_ptr<Context>& context, std::size_t bytes) {
  const Driver& driver = context->driver();
  CUdeviceptr address = 0;
  const CUresult code = driver->cuMemAlloc_v2(&address, bytes);
  std::string what = "no memory can be had from the GPU";
  std::size_t free_bytes = 0, total_bytes = 0;
  if (code == CUresult::kOutOfMemory && driver->cuMemGetInfo_v2(&free_bytes, &total_bytes) == CUresult::kSuccess) {
    what =
        fmt::format("{} bytes were asked for, and {} of the GPU's {} bytes are free", bytes, free_bytes, total_bytes);
  }
  return owned<DeviceMemory>(context, code, address, what);
}

CudaResult<PinnedMemory> make_pinned_memory(const std::shared_ptr<Context>& context, std::size_t bytes) {
  void* memory = nullptr;
  const CUresult code = context->driver()->cuMemHostAlloc(&memory, bytes, kMemHostAllocPortable);
  return owned<PinnedMemory>(context, code, memory, fmt::format("{} bytes cannot be pinned for the GPU", bytes));
}

CudaResult<ModuleHandle> make_module(const std::shared_ptr<Context>& context, const PtxText& ptx) {
  const Driver& driver = context->driver();
  std::array<char, kLogBytes> log{};
  std::array options = {CUjit_option::kErrorLogBuffer, CUjit_option::kErrorLogBufferSizeBytes};
  // The driver takes numbers in the place of pointers.
  std::array<void*, 2> values = {log.data(), reinterpret_cast<void*>(log.size() - 1)};
  CUmodule module = nullptr;
  const CUresult code =
      driver->cuModuleLoadDataEx(&module, ptx.text.c_str(), options.size(), options.data(), values.data());
  if (code == CUresult::kSuccess) return ModuleHandle(context, module);
  CudaError error = driver.error(code, "the NVIDIA driver cannot compile this PTX");
  if (code == CUresult::kUnsupportedPtxVersion) error.message = too_new(driver, ptx);
  if (const std::string_view said = trimmed(log.data()); !said.empty()) error.message += fmt::format(":\n{}", said);
  return tl::unexpected(std::move(error));
}

CudaResult<void> begin_capture(const Context& context, CUstream stream) {
  return context.driver().check(context.driver()->cuStreamBeginCapture_v2(stream, CUstreamCaptureMode::kThreadLocal),
                                "launches cannot be recorded on the GPU");
}

CudaResult<GraphExecutable> end_capture(const std::shared_ptr<Context>& context, CUstream stream,
                                        const CudaResult<void>& captured) {
  const Driver& driver = context->driver();
  CUgraph graph = nullptr;
  const CUresult code = driver->cuStreamEndCapture(stream, &graph);
  const Graph owner(context, graph);
  if (!captured) return tl::unexpected(captured.error());
  if (code != CUresult::kSuccess) return tl::unexpected(driver.error(code, "launches cannot be recorded on the GPU"));
  CUgraphExec executable = nullptr;
  const CUresult made = driver->cuGraphInstantiateWithFlags(&executable, graph, 0);
  return owned<GraphExecutable>(context, made, executable, "no graph can be made of the launches");
}

}  // namespace warpscope::cuda
