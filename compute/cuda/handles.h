// cuda/handles.h: what lives in a context, each given back once. Floor 2. Made and given back by the context's owner,
// or by a thread that holds it (cuda/context.h); the context must be current there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "compute/cuda/context.h"

namespace warpscope::cuda {

// A handle and the driver's call that ends it. After a reset of the context it is gone already, and nothing is called.
template <class Handle, CUresult (*DriverFunctions::*kEnd)(Handle)>
class Owned {
 public:
  Owned() = default;
  Owned(std::shared_ptr<const Context> context, Handle handle)
      : context_(std::move(context)), handle_(handle), generation_(context_->generation()) {}
  Owned(Owned&& other) noexcept { *this = std::move(other); }
  Owned& operator=(Owned&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(handle_, other.handle_);
    std::swap(generation_, other.generation_);
    return *this;
  }
  ~Owned() {
    if (alive()) (context_->driver().calls().*kEnd)(handle_);
  }

  Handle get() const { return handle_; }
  bool alive() const { return context_ != nullptr && handle_ != Handle{} && generation_ == context_->generation(); }

 private:
  std::shared_ptr<const Context> context_;
  Handle handle_{};
  std::uint64_t generation_ = 0;
};

using Stream = Owned<CUstream, &DriverFunctions::cuStreamDestroy_v2>;
using Event = Owned<CUevent, &DriverFunctions::cuEventDestroy_v2>;
using ModuleHandle = Owned<CUmodule, &DriverFunctions::cuModuleUnload>;
using DeviceMemory = Owned<CUdeviceptr, &DriverFunctions::cuMemFree_v2>;
using PinnedMemory = Owned<void*, &DriverFunctions::cuMemFreeHost>;
using Array = Owned<CUarray, &DriverFunctions::cuArrayDestroy>;
using TextureObject = Owned<CUtexObject, &DriverFunctions::cuTexObjectDestroy>;
using SurfaceObject = Owned<CUsurfObject, &DriverFunctions::cuSurfObjectDestroy>;
using Graph = Owned<CUgraph, &DriverFunctions::cuGraphDestroy>;
using GraphExecutable = Owned<CUgraphExec, &DriverFunctions::cuGraphExecDestroy>;
using GraphicsResource = Owned<CUgraphicsResource, &DriverFunctions::cuGraphicsUnregisterResource>;

// One that waits for no other stream, not even the null stream.
CudaResult<Stream> make_stream(const std::shared_ptr<Context>& context);
// For the time between two, or only for the order.
enum class EventUse { kTime, kOrder };
CudaResult<Event> make_event(const std::shared_ptr<Context>& context, EventUse use);
// Where there is no room the error says how much was asked for and how much is free.
CudaResult<DeviceMemory> make_device_memory(const std::shared_ptr<Context>& context, std::size_t bytes);
CudaResult<PinnedMemory> make_pinned_memory(const std::shared_ptr<Context>& context, std::size_t bytes);

// A PTX text compiled by the driver. `major`.`minor` is the version that the text says: the error of an old driver
// names the driver it needs; other errors hold what the compiler said.
struct PtxText {
  std::string text;
  int major = 0, minor = 0;
};
CudaResult<ModuleHandle> make_module(const std::shared_ptr<Context>& context, const PtxText& ptx);

// A graph of what `launches` puts on the stream.
template <class Launches>
CudaResult<GraphExecutable> make_graph(const std::shared_ptr<Context>& context, CUstream stream, Launches launches);

// ---- of make_graph

CudaResult<void> begin_capture(const Context& context, CUstream stream);
CudaResult<GraphExecutable> end_capture(const std::shared_ptr<Context>& context, CUstream stream,
                                        const CudaResult<void>& captured);

template <class Launches>
CudaResult<GraphExecutable> make_graph(const std::shared_ptr<Context>& context, CUstream stream, Launches launches) {
  if (auto fine = begin_capture(*context, stream); !fine) return tl::unexpected(fine.error());
  return end_capture(context, stream, launches());
}

}  // namespace warpscope::cuda
