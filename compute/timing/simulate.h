// timing/simulate.h: the machine in time: runs a launch on the virtual GPU and says when each warp would have issued
// each instruction on a real one. Floor 3. Any thread; blocks, can be stopped. Deterministic.
// How the model works, and how far from measured GPUs it is: docs/timing-model.md.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <set>

#include "compute/timing/timeline.h"
#include "compute/vgpu/machine.h"

namespace warpscope::timing {

// Which of its ready warps a sub-partition issues.
enum class WarpPolicy : std::uint8_t {
  kGreedyThenOldest,  // the last one while it is ready, else the one that was there first
  kRoundRobin,        // the next one in turn
};

struct Progress {
  Cycle cycles = 0;
  std::uint64_t blocks_ended = 0, blocks = 0;
  std::uint64_t ptx_instructions = 0;
};

struct SimulateOptions {
  gpu::Gpu gpu;
  int registers_per_thread = 32;
  int carveout_percent = -1;
  WarpPolicy policy = WarpPolicy::kGreedyThenOldest;
  bool cold_caches = true;  // else everything the launch reads is in L2 where it fits, as after a launch before
  // SMs whose schedules are kept whatever they take; others as long as all together have no more segments than this.
  std::set<std::uint32_t> close_sms{0};
  std::uint64_t most_segments = 4'000'000;
  std::uint64_t max_instructions = ~0ULL;  // of the virtual GPU; where it has more an error says so
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const Progress&)> progress;  // about every 50 ms
};

struct SimulateResult {
  Timeline timeline;
  std::string printed;               // by printf
  std::optional<vgpu::Fault> fault;  // where the kernel faulted: the timeline ends there
  bool stopped = false;
};

// `launch.multiprocessors` is set to the GPU's. Memory is changed as the kernel changes it. Errors: the launch is
// refused (vgpu::check_launch), no block fits on an SM of this GPU (gpu::occupancy), blocks that wait for each other
// and do not all fit at a time, memory.
base::Result<SimulateResult> simulate(const std::shared_ptr<const vgpu::Program>& program, vgpu::Launch launch,
                                      vgpu::GlobalMemory& memory, vgpu::TextureTable& textures,
                                      const SimulateOptions& options);

// What this GPU can do at most, for a roofline: float operations and bytes of memory a second.
struct Peak {
  double flops = 0, half_flops = 0, double_flops = 0, tensor_flops = 0;
  double dram_bytes = 0, l2_bytes = 0, shared_bytes = 0;
};
Peak peak_of(const gpu::Gpu& gpu);

}  // namespace warpscope::timing
