// timing/machine_model.h: how fast the parts of a GPU are, in its cycles: what the cycle model is made of. Floor 3.
// Plain data. Tables with their sources in machine_model.cpp; what they are compared with: docs/timing-model.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "compute/gpu/gpu.h"

namespace warpscope::timing {

// What instructions queue for: one of each in a sub-partition.
enum class Pipe : std::uint8_t {
  kFma,     // float and half arithmetic, integer multiplication
  kAlu,     // integers, logic, comparisons, selections
  kFp64,    //
  kSfu,     // special functions, conversions
  kTensor,  //
  kMio,     // shared memory, shuffles, special registers
  kLg,      // global and local memory
  kTex,     // textures
  kControl  // branches, barriers, fences
};
inline constexpr std::size_t kPipes = 9;

// What executes an instruction: a pipe, and how long it takes there.
enum class Unit : std::uint8_t {
  kFloat,
  kHalf,
  kInteger,
  kMultiply,  // of integers
  kDouble,
  kSpecial,  // MUFU
  kConvert,  // between integers and floats, widths of floats; popc, brev, clz
  kTensor,
  kShuffle,
  kReadSpecial,  // %tid and the like
  kControl,
};
inline constexpr std::size_t kUnits = 11;

struct UnitTiming {
  Pipe pipe = Pipe::kAlu;
  int latency = 4;   // until the result can be used
  int interval = 1;  // until the pipe takes the next
};

// What PTX has as one instruction and the machine computes in many.
enum class Macro : std::uint8_t {
  kIntegerDivide,
  kLongDivide,
  kFloatDivide,
  kReciprocal,
  kSquareRoot,
  kDoubleDivide,
  kDoubleSquareRoot
};
inline constexpr std::size_t kMacros = 7;
struct MacroTiming {
  int instructions = 1;
  int latency = 4;  // of all together
};

struct MachineModel {
  int sms = 1, sub_partitions = 4, warp_slots = 16;  // of a sub-partition
  std::array<UnitTiming, kUnits> units{};
  std::array<MacroTiming, kMacros> macros{};
  int tensor_multiplies = 128;  // half multiply-adds a cycle of a sub-partition

  // Until a result can be used, with nothing else under way.
  int l1_latency = 33, l2_latency = 220, dram_latency = 500;
  int shared_latency = 23, constant_latency = 8, texture_latency = 86;
  int shared_way_latency = 1;  // of each wavefront more
  int shared_atomic_latency = 40, l2_atomic_latency = 245;

  int l1_bytes = 128;             // a cycle, of an SM
  int l1_lines = 4;               // 128-byte lines it looks up a cycle
  int l2_read_bytes = 64;         // a cycle, between an SM and L2
  int l2_write_bytes = 32;        //
  double l2_bytes = 2048;         // a cycle, of all of L2
  double dram_bytes = 256;        // a cycle, as much as programs get
  int partial_write_bytes = 160;  // that writing a sector in part costs of l2_bytes
  double atomics = 1;             // a cycle at one address in L2
  double shared_atomics = 1;      // a cycle at one address in shared memory
  std::uint64_t l1_capacity = 32U << 10, l2_capacity = 4U << 20;

  int memory_interval = 4;  // between memory instructions of a sub-partition
  int lg_queue = 8, mio_queue = 8, tex_queue = 8;
  int open_loads = 512, open_stores = 128;  // lines of an SM that L2 has not answered

  int branch_latency = 6, fence_latency = 12;
  int barrier_latency = 23;  // from the last warp's arrival until all go on
  int barrier_interval = 2;  // between arrivals on an SM
  int start_latency = 20;    // from a warp's start to its first instruction
  int block_launch = 300;    // from the end of a block to the start of the next in its place
  int block_interval = 4;    // between the starts of blocks on an SM
};

// `shared_bytes`: what the SM is set to; L1 has the rest where they share their memory.
MachineModel machine_model(const gpu::Gpu& gpu, int max_warps, int sub_partitions, std::uint32_t shared_bytes);

// Lanes of an SM, by the table of arithmetic throughput in NVIDIA's CUDA C++ Programming Guide.
struct Throughput {
  int fp32 = 128, fp16 = 128, fp64 = 2, int32 = 64, special = 16;
  int tensor = 512;  // half multiply-adds a cycle
};
Throughput throughput_of(gpu::ComputeCapability capability);

}  // namespace warpscope::timing
