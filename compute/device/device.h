// device/device.h: something that runs kernels: a GPU, or the virtual one. Floor 3. Owned by one thread.
// Device addresses are 64-bit numbers that mean something to the device alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compute/base/error.h"
#include "compute/base/launch_types.h"
#include "compute/ptx/module.h"
#include "compute/vgpu/machine.h"
#include "compute/vgpu/observers/counters.h"
#include "compute/vgpu/observers/finding.h"
#include "compute/vgpu/state.h"
#include "compute/vgpu/texture.h"

namespace warpscope::device {

using Address = std::uint64_t;

// What a launch is watched for. Only the virtual GPU can watch; a real one refuses.
struct Checks {
  bool memory = false, init = false, race = false, sync = false;
  bool any() const { return memory || init || race || sync; }
};

struct LaunchOptions {
  Checks checks;
  bool counters = false;
  int threads = 0;                          // of the host, where it computes; 0: all cores
  std::uint64_t max_steps = ~0ULL;          // warp instructions
  const std::atomic<bool>* stop = nullptr;  // ends the launch early where the device can
};

struct LaunchRequest {
  std::string kernel;
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared_bytes = 0;
  std::vector<std::vector<std::uint8_t>> arguments;  // the bytes of each parameter, in order
  vgpu::Schedule schedule;                           // of warps; a real GPU has its own
};

struct LaunchReport {
  double seconds = 0;
  bool stopped = false;
  // Of the virtual GPU; a real one counts nothing.
  std::uint64_t warp_instructions = 0, thread_instructions = 0;
  std::optional<vgpu::Fault> fault;
  std::string printed;                    // by printf
  std::vector<vgpu::Finding> findings;    // of the checks asked for, a fault among them
  std::vector<vgpu::LineCounters> lines;  // of LaunchOptions::counters
  std::optional<vgpu::CounterRow> totals;
};

// Of a sequence that ran once.
struct SequenceReport {
  double seconds = 0;  // of all launches together, as the device measures them
  bool stopped = false;
  std::optional<vgpu::Fault> fault;    // of the launch that ended it
  std::vector<LaunchReport> launches;  // of the virtual GPU; a real one reports them together
};

// Launches that repeat just as they are: a real GPU makes one graph of them. Lives no longer than its device and the
// modules that were loaded when it was recorded.
class Sequence {
 public:
  virtual ~Sequence() = default;
  // Returns when all have ended.
  base::Result<SequenceReport> run(const LaunchOptions& options) { return run_times(1, options); }
  // The whole sequence so often in a row; the report is of all together, its launches of the last time.
  virtual base::Result<SequenceReport> run_times(int times, const LaunchOptions& options) = 0;
  // The same without waiting, where the device works by itself: it has until finish() to do it. Between the two the
  // host may do anything else; whatever else is asked of the device waits for it. One at a time.
  virtual base::Result<void> start(int times, const LaunchOptions& options) = 0;
  virtual base::Result<SequenceReport> finish() = 0;
};

// A parameter of a kernel, as its module declares it.
struct Parameter {
  std::string name;
  std::uint64_t size_bytes = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual std::string_view kind() const = 0;  // "virtual", "cuda"
  virtual std::string name() const = 0;       // for people

  virtual base::Result<Address> allocate(std::uint64_t size_bytes, std::string name) = 0;
  virtual base::Result<void> free(Address address) = 0;
  virtual base::Result<void> write(Address address, std::span<const std::uint8_t> bytes) = 0;
  virtual base::Result<void> read(Address address, std::span<std::uint8_t> into) const = 0;
  // From one place in the device's memory to another; they do not overlap.
  virtual base::Result<void> copy(Address to, Address from, std::uint64_t size_bytes) = 0;
  // A texture object: the handle a kernel takes.
  virtual base::Result<Address> add_texture(vgpu::Texture texture) = 0;
  // A surface object. The virtual GPU makes no difference.
  virtual base::Result<Address> add_surface(vgpu::Texture surface) { return add_texture(std::move(surface)); }
  // Of a texture or surface.
  virtual base::Result<std::vector<std::uint8_t>> texels(Address texture) const = 0;

  // The module whose kernels are launched from now on; its variables are initialised. Those loaded before go.
  tl::expected<void, std::vector<base::Error>> load(std::shared_ptr<const ptx::Module> module) {
    return load_all({std::move(module)});
  }
  // Several at once. Kernels, and variables that the host sets, have names that occur in one of them only.
  virtual tl::expected<void, std::vector<base::Error>> load_all(
      std::vector<std::shared_ptr<const ptx::Module>> modules) = 0;
  // Overwrites the beginning of a .const or .global variable.
  virtual base::Result<void> set_symbol(std::string_view name, std::span<const std::uint8_t> bytes) = 0;
  // Returns when the kernel has ended. A kernel that faults is a report, a launch that cannot be made an error.
  virtual base::Result<LaunchReport> launch(const LaunchRequest& request, const LaunchOptions& options) = 0;
  // Checks the launches now; nothing runs yet.
  virtual base::Result<std::unique_ptr<Sequence>> record(std::vector<LaunchRequest> launches) = 0;

  // How often the device was set up anew because a kernel had broken it. Where this has gone up, memory, textures and
  // the module are gone: their owner allocates, writes and loads again. The virtual GPU survives its kernels.
  virtual std::uint64_t rebuilds() const { return 0; }
  // Why the device is gone for good: every call fails then. Empty: it is there.
  virtual std::optional<base::Error> lost() const { return std::nullopt; }
};

// Kernels of a module, in order of the text.
std::vector<std::string> kernels_of(const ptx::Module& module);
// Of a kernel; empty where there is no such kernel.
std::vector<Parameter> parameters_of(const ptx::Module& module, std::string_view kernel);
// The kernel that a request names, if its arguments are what the kernel takes, and which of the modules it is in.
struct FoundKernel {
  const ptx::Function* function = nullptr;
  std::size_t module = 0;
};
base::Result<FoundKernel> check_request(std::span<const ptx::Module* const> modules, const LaunchRequest& request);
// The .const or .global variable that set_symbol() overwrites, if these bytes fit in.
struct FoundVariable {
  const ptx::Variable* variable = nullptr;
  std::size_t module = 0;
};
base::Result<FoundVariable> check_symbol(std::span<const ptx::Module* const> modules, std::string_view name,
                                         std::size_t bytes);
// Modules that are loaded together have no kernel of the same name.
base::Result<void> check_names(std::span<const std::shared_ptr<const ptx::Module>> modules);

}  // namespace warpscope::device
