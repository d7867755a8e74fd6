// vgpu/machine.h: runs a launch on the virtual GPU, step by step or at full speed. Floor 2.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/vgpu/global_memory.h"
#include "compute/vgpu/observer.h"
#include "compute/vgpu/program.h"
#include "compute/vgpu/state.h"
#include "compute/vgpu/texture.h"

namespace warpscope::vgpu {

// Which warp of a block goes on, and when it is another one's turn. Every one is deterministic. Lanes of a warp that
// have parted take turns as they do with kRunToWait: the present ones until they wait.
enum class WarpScheduler : std::uint8_t {
  kRunToWait,   // a warp runs until it waits for others; the fastest here
  kRoundRobin,  // one instruction of each ready warp in turn
  // A warp goes on until it waits or asks global memory for something (a load, an atomic; an address that names no
  // space counts as one of global memory). Then the oldest ready warp has its turn, the one of the lowest number, that
  // has not asked since all others had theirs.
  kGreedyThenOldest,
  // Before every instruction a ready warp is drawn, and those of its lanes that go on: from the seed, the number of the
  // block and how many instructions it has executed.
  kRandom,
};
struct Schedule {
  WarpScheduler policy = WarpScheduler::kRunToWait;
  std::uint64_t seed = 0;  // of kRandom
  bool operator==(const Schedule&) const = default;
};

struct Launch {
  int function = -1;  // index into Program::functions, of an entry
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared_bytes = 0;
  std::vector<std::uint8_t> parameters;      // the parameter block, laid out as the entry declares it
  std::uint32_t max_shared_bytes = 232'448;  // per block: static and dynamic (sm_90's largest)
  std::uint32_t multiprocessors = 1;         // what %nsmid says; block b runs on %smid b modulo this
  Schedule schedule;                         // within each block
  // Only these blocks of the grid run, both among them; what they are told of the grid (%ctaid, %nctaid) stays the
  // same. Whoever waits for a block that does not run waits in vain. Behind the grid's end: up to its last.
  std::uint64_t first_block = 0, last_block = ~0ULL;

  std::uint64_t end_block() const;                                         // behind the last one that runs
  std::uint64_t block_count() const { return end_block() - first_block; }  // that run
};

// Everything a launch shares between its blocks and threads.
struct LaunchContext {
  std::shared_ptr<const Program> program;
  Launch launch;
  TextureTable* textures = nullptr;
  std::function<void(std::string_view)> print;  // what printf writes, whole calls at a time; threads may call it
};

enum class RunStatus : std::uint8_t { kRunning, kDone, kFaulted };

struct RunOptions {
  std::vector<Observer*> observers;  // any observer makes the run sequential
  int threads = 1;                   // 0: all cores
  std::uint64_t max_steps = ~0ULL;   // warp instructions, over all blocks
  const std::atomic<bool>* stop = nullptr;
};

struct RunReport {
  RunStatus status = RunStatus::kDone;
  bool stopped = false;  // RunOptions::stop was set
  std::optional<Fault> fault;
  std::uint64_t warp_instructions = 0;
  std::uint64_t thread_instructions = 0;
  std::string printed;  // by printf
  double seconds = 0;
};

// Refuses impossible launches (no such entry, sizes, shared memory, parameters, unsupported instructions).
base::Result<void> check_launch(const Program& program, const Launch& launch);

// The whole launch. With one thread or an observer in deterministic order.
RunReport run(const std::shared_ptr<const Program>& program, const Launch& launch, GlobalMemory& memory,
              TextureTable& textures, const RunOptions& options = {});

// The state of a launch between two steps.
struct MachineState {
  GlobalMemory memory;
  TextureTable textures;
  std::vector<Block> blocks;     // started and not ended, in the order they take turns
  std::uint32_t current = 0;     // index into blocks
  std::uint64_t next_block = 0;  // the next to be started; at first Launch::first_block
  std::uint64_t ended_blocks = 0;
  std::uint64_t steps = 0;
  std::uint64_t thread_instructions = 0;
  std::string printed;
  std::optional<Fault> fault;
  RunStatus status = RunStatus::kRunning;

  std::uint64_t hash() const;  // of everything that matters to what follows
};

// Deterministic execution one warp instruction at a time.
class Machine {
 public:
  static base::Result<Machine> create(std::shared_ptr<const Program> program, Launch launch, GlobalMemory memory,
                                      TextureTable textures = {});
  // At most `steps` warp instructions; returns how many were made (fewer at the end or a fault). What happens between
  // two steps is done then too, so that the state shows where the next one is: blocks that have ended are gone, a block
  // is started, lanes that meet have met. run(0) does just that. Who brings observers calls their on_launch(), with the
  // memory of state(), and on_launch_end().
  std::uint64_t run(std::uint64_t steps, const std::vector<Observer*>& observers = {});
  const MachineState& state() const { return state_; }
  // Goes on from a copy of an earlier state of the same launch.
  void restore(MachineState state) { state_ = std::move(state); }
  // Between two steps, by a person who tries what would happen if: no observer is told. What may be changed is what
  // instructions could: bytes of memory, registers.
  void edit(const std::function<void(MachineState&)>& change) { change(state_); }
  // Which block, warp, fragment and pc the next step will execute; nullopt at the end.
  struct Next {
    std::uint32_t block = 0, warp = 0;
    Pc pc = 0;
    LaneMask active = 0;
  };
  std::optional<Next> next() const;
  MachineState take_state() { return std::move(state_); }
  const Program& program() const { return *program_; }
  const Launch& launch() const { return launch_; }

 private:
  Machine() = default;
  std::shared_ptr<const Program> program_;
  Launch launch_;
  MachineState state_;
  std::vector<Block> spare_;  // ended blocks, whose buffers the next one takes
};

}  // namespace warpscope::vgpu
