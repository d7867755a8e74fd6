// device/cuda_state.h: what a CudaDevice holds, and how it recovers. Floor 3. For cuda_device.cpp and cuda_launch.cpp
// alone.
#pragma once

#include <map>

#include "compute/cuda/handles.h"
#include "compute/device/cuda_device.h"

namespace warpscope::device {

struct CudaDevice::State {
  struct Buffer {
    cuda::DeviceMemory memory;
    std::uint64_t size_bytes = 0;
    std::string name;
  };
  struct Image {
    vgpu::Texture shape;  // without its texels
    cuda::Array array;
    cuda::TextureObject texture;
    cuda::SurfaceObject surface;
  };

  std::shared_ptr<cuda::Context> context;
  cuda::Gpu gpu;
  std::shared_ptr<const cuda::Nvml> sensors;  // null where NVML is not there
  cuda::Stream stream;
  cuda::Event begin, end;        // around a launch
  cuda::CudaResult<void> begun;  // whether the work between the two could be put on the stream
  // Pinned memory, where what is read from the GPU lands: the bus is at its fastest only there. Empty before the first.
  cuda::PinnedMemory landing;
  std::size_t landing_bytes = 0;
  std::map<Address, Buffer> buffers;
  std::map<Address, Image> images;
  std::vector<std::shared_ptr<const ptx::Module>> modules;
  std::vector<cuda::ModuleHandle> loaded;  // of each
  std::uint64_t loads = 0;                 // a sequence belongs to one load of modules
  std::uint64_t rebuilds = 0;
  std::optional<base::Error> lost;
  std::string last_fault;  // what the last rebuild was for

  const cuda::Driver& driver() const { return context->driver(); }
  // Stream and events of a fresh context.
  cuda::CudaResult<void> begin_work();
  // Before every call: the device is there, and its context current.
  base::Result<void> ready() const;
  // Recovers from what an error did to the device, and says so in it.
  base::Error respond(const cuda::CudaError& error);
  base::Result<void> check(cuda::CUresult code, std::string_view what);
  // Waits for the stream; `stop` ends the waiting, not the work. False: it was stopped.
  cuda::CudaResult<bool> wait(const std::atomic<bool>* stop) const;
  std::vector<const ptx::Module*> module_pointers() const;
  // Pinned memory for so many bytes; null where that is not worth it, or not to be had.
  void* landing_for(std::size_t bytes);
  // The buffer in which these bytes lie.
  base::Result<void> check_range(Address address, std::uint64_t bytes, std::string_view verb) const;

  // Checks a launch; the function it calls.
  base::Result<cuda::CUfunction> prepare(const LaunchRequest& request);
  cuda::CudaResult<void> put_on_stream(cuda::CUfunction function, const LaunchRequest& request) const;

  // What `work` puts on the stream, timed and waited for. A fault of a kernel is a value.
  struct Timed {
    double seconds = 0;
    bool stopped = false;
    std::optional<vgpu::Fault> fault;
  };
  template <class Work>
  base::Result<void> begin_run(Work work);
  base::Result<Timed> end_run(const std::string& kernels, const std::atomic<bool>* stop);
  // Both.
  template <class Work>
  base::Result<Timed> run(const std::string& kernels, const std::atomic<bool>* stop, Work work);

 private:
  void forget();
};

}  // namespace warpscope::device
