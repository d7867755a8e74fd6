// vgpu/state.h: everything a paused virtual GPU is. Floor 2. Owned by one worker thread.
// Plain data on purpose: copying it is how a timeline takes a keyframe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compute/vgpu/aligned_bytes.h"
#include "compute/vgpu/program.h"
#include "compute/vgpu/texture.h"

namespace warpscope::vgpu {

// A call in progress: of what was called, and how to come back.
struct Frame {
  Pc call_pc = kNoPc;               // the call to return behind
  std::int32_t function = 0;        // index into Program::functions
  std::uint32_t register_base = 0;  // of its rows, in Warp::rows
  std::uint32_t local_base = 0;     // of its local memory, bytes per lane
  bool operator==(const Frame&) const = default;
};

// A place where diverged lanes meet again.
struct Join {
  Pc pc = kNoPc;
  std::uint32_t depth = 0;  // calls in progress there
  LaneMask expected = 0;    // lanes that have not exited and are on their way or here; 0: this entry is free
  LaneMask arrived = 0;
  std::int32_t parent = -1;  // the join around this one
  std::vector<Frame> calls;  // in progress there; known once somebody has arrived
};

enum class FragmentState : std::uint8_t {
  kReady,
  kAtBarrier,   // of the block: `barrier`
  kAtWarpSync,  // for the lanes of `members` to come to the same instruction
};

// Lanes of a warp that run together: same pc, same calls. A lane that is in no fragment has exited or waits in a join.
struct Fragment {
  Pc pc = 0;
  LaneMask mask = 0;
  std::int32_t join = -1;  // where it will meet others; -1: nowhere
  FragmentState state = FragmentState::kReady;
  std::uint8_t barrier = 0;
  LaneMask members = 0;
  std::vector<Frame> calls;  // in progress, innermost last; empty in the kernel itself
};

// A batch of cp.async copies; the bytes are copied at once, waiting is what is kept.
struct AsyncCopies {
  std::uint32_t open = 0;       // copies since the last commit
  std::uint32_t committed = 0;  // groups not waited for
};

struct Warp {
  AlignedBytes rows;                 // constant rows, then the registers of frame 0, 1, ...
  std::vector<std::uint32_t> local;  // word w of lane l at [w * 32 + l]: neighbours in lanes are neighbours in memory
  std::vector<Fragment> fragments;
  std::vector<Join> joins;
  std::uint32_t current = 0;       // index of the fragment that runs
  LaneMask threads = 0;            // lanes that exist
  LaneMask exited = 0;             // lanes that have ended
  std::uint64_t instructions = 0;  // warp instructions executed
  // Of its present turn, so that a run in pieces is the run in one piece: instructions, and looks at memory in a row
  // that changed nothing (Exec::polls).
  std::uint64_t turn = 0;
  std::uint32_t polls = 0;
  AsyncCopies async;
};

struct Barrier {
  std::uint32_t expected_threads = 0;  // given by the first that came with a count; 0: all live threads of the block
  std::vector<LaneMask> arrived;       // by warp
  std::uint32_t popc = 0;              // the reduction so far
  bool all = true, any = false;
};
inline constexpr int kBarriers = 16;

struct Block {
  std::uint64_t number = 0;  // linear index in the grid
  base::Dim3 index{0, 0, 0};
  std::vector<Warp> warps;
  AlignedBytes shared;
  std::array<Barrier, kBarriers> barriers;
  std::uint32_t current = 0;       // index of the warp that runs
  std::uint64_t instructions = 0;  // warp instructions executed: what %clock counts
  std::uint32_t idle_turns = 0;    // turns of its warps in a row that only waited for others
};

enum class FaultKind : std::uint8_t {
  kOutOfBounds,
  kMisaligned,
  kReadOnly,
  kTrap,
  kAssert,
  kDeadlock,
  kStepLimit,
  kBadCall,
  kStackOverflow,
  kBadOperand,
  kUnsupported,
};

// Why a kernel ended early.
struct Fault {
  FaultKind kind = FaultKind::kTrap;
  std::string message;  // what happened, for people: "read of 4 bytes at 0x..., 4 bytes behind 'x' (1,024 bytes)"
  std::string kernel;
  Pc pc = kNoPc;
  std::uint64_t block = 0;
  base::Dim3 block_index{0, 0, 0};
  std::uint32_t thread = 0;  // linear in the block
  base::Dim3 thread_index{0, 0, 0};
  std::uint64_t address = 0;
  std::string file;  // source (or PTX) file and line
  int line = 0;
  int column = 0;
};

}  // namespace warpscope::vgpu
