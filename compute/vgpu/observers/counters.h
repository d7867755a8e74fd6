// vgpu/observers/counters.h: counts what a launch did, exactly. Floor 2. Owned by the thread that runs the launch.
// Counting, not modelling: how accesses are split is said in coalescing.h. Names follow Nsight Compute's.
#pragma once

#include <string>
#include <vector>

#include "compute/vgpu/observer.h"
#include "compute/vgpu/observers/source_map.h"

namespace warpscope::vgpu {

// Of one instruction, one line, or a whole launch.
struct CounterRow {
  std::uint64_t warp_instructions = 0;
  std::uint64_t thread_instructions = 0;  // without predicated-off threads
  std::uint64_t predicated_off_threads = 0;
  std::uint64_t branches = 0;            // executed by a warp
  std::uint64_t divergent_branches = 0;  // whose lanes went different ways
  std::uint64_t global_requests = 0;     // of warps: loads, stores, atomics, asynchronous copies; generic ones too
  std::uint64_t global_sectors = 0;      // of 32 bytes
  std::uint64_t shared_requests = 0;
  std::uint64_t shared_wavefronts = 0;
  std::uint64_t shared_bank_conflicts = 0;  // wavefronts beyond the fewest the access could take
  std::uint64_t local_requests = 0;
  std::uint64_t local_sectors = 0;
  std::uint64_t constant_requests = 0;  // of constant memory, not of kernel parameters
  std::uint64_t texture_requests = 0;   // textures and surfaces
  std::uint64_t atomics = 0;            // requests of warps, in global and shared memory
  std::uint64_t atomic_threads = 0;
  std::uint64_t atomic_contention = 0;  // lanes that wait for another lane of their request at the same address

  CounterRow& operator+=(const CounterRow& other);
  bool operator==(const CounterRow&) const = default;
  // Lanes that were active, whether predicated off or not; 0 where nothing was executed.
  double active_lanes_mean() const;
  double sectors_per_request() const;
};

struct LineCounters {
  SourceLine where;  // the column is 0: a line is counted as a whole
  CounterRow row;
};

class Counters final : public Observer {
 public:
  void on_launch(const Program& program, const Launch& launch, const GlobalMemory& memory) override;
  void on_step(const StepEvent& event) override;

  // By pc of the program that was launched last. Counts add up over launches of the same program.
  const std::vector<CounterRow>& rows() const { return rows_; }
  CounterRow total() const;
  // Lines with anything counted, by file and line; lines of the PTX text where there is no line information.
  std::vector<LineCounters> lines(const SourceMap& map) const;
  void clear();

 private:
  std::vector<CounterRow> rows_;
  const Program* program_ = nullptr;
};

}  // namespace warpscope::vgpu
