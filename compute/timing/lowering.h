// timing/lowering.h: the instructions that a GPU would execute for a PTX program, in the order its compiler would put
// them. Floor 3. Immutable once made.
// A region is straight-line code that is scheduled as a whole: a basic block, and short branches over a few
// instructions in it, which the compiler turns into predicates.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/timing/machine_model.h"
#include "compute/vgpu/program.h"

namespace warpscope::timing {

using vgpu::Pc;

enum class OpKind : std::uint8_t {
  kMath,  // a pipe takes it, its result is ready after its latency
  kFree,  // costs nothing: another name for the same value
  kBranch,
  kExit,
  kBarrier,
  kFence,
  kSleep,
  kLoad,    // global, local, generic; of the access record what it really was
  kStore,   //
  kAtomic,  // red too: then it has no destination
  kConstant,
  kTexture,
  kAsyncCopy,
  kAsyncCommit,
  kAsyncWait,
};

// One machine instruction.
struct Op {
  Pc pc = 0;
  OpKind kind = OpKind::kMath;
  Pipe pipe = Pipe::kAlu;
  std::uint8_t sources = 0;       // slots[first ...], then `destinations` more
  std::uint8_t destinations = 0;  //
  std::uint16_t latency = 4;
  std::uint16_t interval = 1;
  std::uint16_t argument = 0;        // kAsyncWait: groups that may stay open; kSleep: cycles / 16; kLoad: words
                                     // of a lane
  std::uint16_t access = kNoAccess;  // which access of its region
  std::uint32_t first = 0;           // of its slots
  static constexpr std::uint16_t kNoAccess = 0xffff;
};

struct Region {
  Pc begin = 0, end = 0;  // end exclusive
  std::uint32_t first_op = 0, ops = 0;
  std::uint16_t accesses = 0;  // instructions whose accesses are recorded
};

// Float operations of one lane, or of a warp for the tensor units.
struct Flops {
  std::uint16_t single = 0, half = 0, dbl = 0;
  std::uint32_t tensor = 0;  // of the warp
};

struct Lowered {
  std::vector<Op> ops;
  std::vector<std::uint32_t> slots;  // places in a warp's scoreboard
  std::vector<Region> regions;
  std::vector<std::uint32_t> region_of;  // by pc
  std::vector<std::uint16_t> access_of;  // by pc: which access of its region; Op::kNoAccess
  std::vector<Flops> flops;              // by pc
  std::vector<std::uint8_t>
      joined;  // by pc: words that a load brings with those of others; 0: it is part of another; 1: else
  std::uint32_t scoreboard = 0;  // slots of a warp
};

// An entry and all that it may call.
Lowered lower(const vgpu::Program& program, int function, const MachineModel& model);

}  // namespace warpscope::timing
