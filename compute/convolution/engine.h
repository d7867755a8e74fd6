// convolution/engine.h: runs a chain on a device. Floor 4. Owned by the thread that owns the device.
// The kernels are in compute/kernels/convolve.cu; buffers stay on the device as long as sizes stay.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compute/convolution/chain.h"
#include "compute/device/device.h"

namespace warpscope::convolution {

// Which thread computed an output value of a stage, by the launch's own arithmetic.
struct Worker {
  base::Dim3 block{0, 0, 0}, thread{0, 0, 0};
  std::uint64_t block_number = 0;  // x first
  int warp = 0, lane = 0;          // of the block
  int sm = 0;                      // modelled: block number modulo the number of multiprocessors; measured: see Run
};

struct LaunchInfo {
  std::string kernel;  // "convolve_tiled"
  base::Dim3 grid, block;
  int stage = 0;
  int outputs_per_thread = 1;
  Size writes;  // what it makes; of a stage's last launch the stage's output
  bool operator==(const LaunchInfo&) const = default;
};

struct Counts {  // of one run of the chain, all launches together
  std::uint64_t global_requests = 0, sectors = 0, shared_wavefronts = 0, bank_conflicts = 0, warp_instructions = 0;
};

struct Run {
  std::vector<Size> sizes;           // of each stage's output
  std::vector<LaunchInfo> launches;  // in order
  double seconds = 0;                // of the kernels, as the device measures them
  std::optional<Counts> counts;      // where they were asked for; of the virtual GPU
  // Both until the next run: the picture, and each stage's output, as (planes, height, width) floats.
  device::Address input = 0;
  std::vector<device::Address> outputs;
  bool stopped = false;  // by LaunchOptions::stop: the outputs are not all there
};
// The launch that wrote a stage's output. Null where the run has none.
const LaunchInfo* writer_of(const Run& run, int stage);

// What one variant costs for this picture and chain.
struct VariantReport {
  Variant variant = Variant::kNaive;
  std::string why_not;           // it cannot do this chain; the rest is empty then
  double seconds = 0;            // median of a few runs on the engine's device
  std::optional<Counts> counts;  // counted on a virtual GPU, whatever the device
  double largest_error = 0;      // as convolution::largest_error() says
  std::string why;               // one sentence on where its numbers come from
  bool stopped = false;          // by LaunchOptions::stop, half way
};

class Engine {
 public:
  // The device outlives the engine. Loads the kernels' module (optimised).
  static base::Result<Engine> create(device::Device& device);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  // Uploads the picture where its version differs from the last one (0: always), and what of the settings changed. A
  // variant that cannot do a stage falls back to kConstant for it. Settings that check() refuses are an error.
  base::Result<Run> run(const Picture& picture, std::uint64_t picture_version, const Settings& settings,
                        const device::LaunchOptions& options);
  // Copies a stage's output from the device.
  base::Result<Picture> read(const Run& run, int stage) const;
  // The SM that each block of the newest run's launch ran on, as the GPU says; empty of the virtual GPU, whose SMs are
  // modelled: see worker_of().
  base::Result<std::vector<std::uint32_t>> ran_on(int launch) const;

  // What a run counts: on the engine's device where that can count, else on a virtual GPU kept for it.
  base::Result<Counts> count(const Picture& picture, const Settings& settings, const device::LaunchOptions& options);
  // The reference of the picture and chain, computed where they are not those of the last call.
  const std::vector<Picture>& expected(const Picture& picture, const std::vector<Stage>& chain);

  device::Device& device() const;

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One variant measured; compares with the reference. Launches look at options.stop.
base::Result<VariantReport> measure(Engine& engine, const Picture& picture, const Settings& settings, Variant variant,
                                    const device::LaunchOptions& options);

// Who computes output (plane, x, y) of a stage under these settings, for a chip of `multiprocessors`. Of a launch that
// only prepares the output (rows of two passes, unfold): who works on the middle of its window.
Worker worker_of(const Settings& settings, const LaunchInfo& launch, int plane, int x, int y, int multiprocessors);

// A launch of the debug flavour of one stage's kernel, as Step takes it: arguments as kernels::parse_argument() reads
// them, with the stage's input in `input_file` (raw floats, all planes). Where a stage takes several launches, the
// first: it reads that input. `launch` is for worker_of().
struct StepHandover {
  LaunchInfo launch;
  std::string kernel;  // a name of the catalogue
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared_bytes = 0;
  std::vector<std::string> arguments;                        // in the order of the parameters
  std::vector<std::pair<std::string, std::string>> symbols;  // name, spec
};
base::Result<StepHandover> handover(const Settings& settings, int stage, Size input, const std::string& input_file);

}  // namespace warpscope::convolution
