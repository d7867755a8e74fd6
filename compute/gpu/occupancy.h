// gpu/occupancy.h: how many blocks of a kernel one SM holds at a time, by the rules of NVIDIA's cuda_occupancy.h, and
// what would change it. Floor 1. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/gpu/gpu.h"

namespace warpscope::gpu {

// Of one SM of a compute capability.
struct SmLimits {
  ComputeCapability capability;
  int warps = 0, threads = 0, blocks = 0;
  int registers = 0, registers_per_block = 0, registers_per_thread = 255;
  int register_unit = 256;  // registers of a warp are given out in multiples of this
  int sub_partitions = 4;
  std::uint32_t shared_bytes = 0;            // of an SM, at most
  std::uint32_t shared_per_block = 49'152;   // without asking
  std::uint32_t shared_per_block_optin = 0;  // where a kernel asks for more
  std::uint32_t reserved_shared = 0;         // that the driver keeps, of every block
  std::uint32_t shared_unit = 256;
  std::vector<std::uint32_t> carveouts;  // shared memory an SM can be set to, ascending; bytes
};
inline constexpr int kWarpSize = 32;
inline constexpr int kMaxBlockThreads = 1024;

// Null where the capability is not known. Known ones, ascending.
const SmLimits* find_limits(ComputeCapability capability);
std::span<const SmLimits> all_limits();

// What a kernel takes.
struct KernelUse {
  int block_threads = 0;
  int registers_per_thread = 0;
  std::uint64_t static_shared = 0, dynamic_shared = 0;  // bytes of a block
  int carveout_percent = -1;  // of the SM's largest shared memory that is preferred; -1: the largest
  bool operator==(const KernelUse&) const = default;
};

enum Limiter : std::uint8_t { kByWarps = 1, kByRegisters = 2, kByShared = 4, kByBlocks = 8 };

struct Occupancy {
  int blocks = 0;  // of an SM; 0: no block can run
  int warps = 0, threads = 0;
  double share = 0;           // warps of those the SM has room for
  std::uint8_t limiters = 0;  // every Limiter that allows no more than `blocks`
  // How many blocks each alone allows. kUnlimited where it does not matter.
  int by_warps = 0, by_registers = 0, by_shared = 0, by_blocks = 0;
  // What is given out, per block; and what the SM is set to.
  int warps_per_block = 0;
  int registers_per_block = 0;
  std::uint32_t shared_per_block = 0;  // with what the driver reserves, rounded up
  std::uint32_t shared_per_sm = 0;     // the carve-out
};
inline constexpr int kUnlimited = 0x7fff'ffff;

// The error says what no GPU of this kind can run: 0 or more than 1024 threads, more registers or shared memory than
// there are, and what is the most.
base::Result<Occupancy> occupancy(const SmLimits& limits, const KernelUse& use);
// "registers", "warps and blocks": the limiters for people.
std::string text_of_limiters(std::uint8_t limiters);

// Blocks of the grid over what the chip holds at a time: 4.46.
double waves(std::uint64_t blocks, int sms, const Occupancy& occupancy);

// Warps an SM holds when one of the three is changed and the rest stays: as NVIDIA's spreadsheet drew them.
enum class Axis : std::uint8_t { kBlockThreads, kRegisters, kShared };
struct CurvePoint {
  std::uint64_t x = 0;  // threads of a block, registers of a thread, bytes of shared memory of a block (all of it)
  int warps = 0;        // 0: cannot run
  bool operator==(const CurvePoint&) const = default;
};
// Threads: 32 to 1024 in steps of 32. Registers: 16 to 255. Shared memory: 0 to the most in steps of 512 bytes.
std::vector<CurvePoint> curve(const SmLimits& limits, const KernelUse& use, Axis axis);

// The change nearby that gains most warps for the least: "3 registers fewer gives 25 % more warps".
struct Suggestion {
  Axis axis = Axis::kRegisters;
  std::uint64_t to = 0;  // what the axis should be
  int warps = 0;         // then
  std::string text;
};
// Nearby: registers up to 16 fewer, shared memory up to a quarter less, threads up to half or twice as many. Empty
// where nothing nearby gains anything.
std::optional<Suggestion> suggest(const SmLimits& limits, const KernelUse& use);

}  // namespace warpscope::gpu
