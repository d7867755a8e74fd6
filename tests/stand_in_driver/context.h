// tests/stand_in_driver/context.h: what belongs to the context of one stand-in GPU: memory, modules, streams, graphs,
// arrays, textures. Test code; used under the driver's lock.
// Work runs when it is asked for, so that a stream is in order by itself; only a captured stream collects it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "compute/cuda/driver_types.h"
#include "compute/vgpu/machine.h"

namespace warpscope::stand_in {

using cuda::CUresult;

// Objects that the program knows by a handle. Handles are numbers that no table gives out twice, so that a stale one is
// found out, and a program that follows one as a pointer crashes.
template <class Handle, class Object>
class Handles {
 public:
  Handle add(std::unique_ptr<Object> object) {
    static std::uintptr_t next = 0x1000;
    const std::uintptr_t number = next += 16;
    objects_[number] = std::move(object);
    return reinterpret_cast<Handle>(number);
  }
  Object* find(Handle handle) const {
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    return found == objects_.end() ? nullptr : found->second.get();
  }
  bool erase(Handle handle) { return objects_.erase(reinterpret_cast<std::uintptr_t>(handle)) != 0; }
  auto begin() const { return objects_.begin(); }
  auto end() const { return objects_.end(); }

 private:
  std::map<std::uintptr_t, std::unique_ptr<Object>> objects_;
};

struct Context;
using Operation = std::function<CUresult(Context&)>;

struct Module {
  std::shared_ptr<const vgpu::Program> program;
};

struct Function {
  std::shared_ptr<const vgpu::Program> program;
  cuda::CUmodule module = nullptr;
  int index = -1;  // in Program::functions
  int max_dynamic_shared_bytes = 48 << 10;
};

struct Array {
  cuda::CUDA_ARRAY3D_DESCRIPTOR description;
  std::size_t texel_bytes = 4, row_bytes = 0, rows = 1, slices = 1;
  std::vector<std::uint8_t> bytes;  // (slices, rows, row_bytes)
  std::uint64_t version = 0;        // counts changes of the bytes
};

// A texture or surface object: a texture of the virtual GPU that is kept equal to an array.
struct TextureObject {
  cuda::CUarray array = nullptr;
  bool surface = false;
  std::uint64_t version = ~0ULL;  // of the array's bytes that the texture has
};

struct Capture {
  cuda::CUstreamCaptureMode mode = cuda::CUstreamCaptureMode::kGlobal;
  std::thread::id thread;
  bool invalidated = false;
  std::vector<Operation> operations;
};

struct Stream {
  std::unique_ptr<Capture> capture;  // null: not captured
};

struct Event {
  bool timed = true;
  bool recorded = false;
  std::chrono::steady_clock::time_point when;
};

struct Graph {
  std::vector<Operation> operations;
};

// A texture of OpenGL.
struct GraphicsResource {
  unsigned texture = 0, flags = 0;
  cuda::CUarray mapped = nullptr;
};

struct Context {
  Context(int gpu_number, std::uint64_t limit) : gpu(gpu_number), limit_bytes(limit), memory(limit) {}
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Runs it now, or keeps it where the stream is being captured.
  CUresult enqueue(cuda::CUstream stream, Operation operation);
  // What no capture may contain: success, or an error that also spoils the captures it disturbs.
  CUresult outside_captures();
  // A stream that can be waited for.
  CUresult settled(cuda::CUstream stream);
  bool has_room_for(std::uint64_t bytes) const {
    return bytes <= limit_bytes && memory.used_bytes() + array_bytes <= limit_bytes - bytes;
  }
  // What kernels have printed goes to the standard output, as it does where a program waits for a real GPU.
  void show_printed();

  int gpu;
  std::uint64_t limit_bytes;             // of memory and arrays together
  CUresult broken = CUresult::kSuccess;  // what a faulted kernel has left behind: every call's answer from then on
  vgpu::GlobalMemory memory;
  vgpu::TextureTable textures;
  std::uint64_t array_bytes = 0;
  std::string printed;
  Handles<cuda::CUmodule, Module> modules;
  Handles<cuda::CUfunction, Function> functions;
  Handles<cuda::CUarray, Array> arrays;
  Handles<cuda::CUstream, Stream> streams;
  Handles<cuda::CUevent, Event> events;
  Handles<cuda::CUgraph, Graph> graphs;
  Handles<cuda::CUgraphExec, Graph> executables;
  Handles<cuda::CUgraphicsResource, GraphicsResource> graphics;
  std::map<std::uint64_t, TextureObject> texture_objects;  // by handle
  std::map<void*, std::size_t> pinned;
};

// Streams of every context that are there without being created: the default stream under its three names.
inline bool is_default_stream(cuda::CUstream stream) {
  return reinterpret_cast<std::uintptr_t>(stream) <= 2;
}

}  // namespace warpscope::stand_in
