// timing_table/benchmarks.h: what the cycle model and real GPUs are measured with: launches of the kernels in kernels/,
// large enough to tell something, small enough to be simulated. Pure data.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compute/base/launch_types.h"
#include "compute/gpu/gpu.h"

namespace warpscope::timing_table {

// A buffer that a launch takes. Chains are walks along pointers, 64 bytes apart, in an order that nothing foresees.
struct Buffer {
  std::uint64_t bytes = 0;
  enum class Content : std::uint8_t { kZeros, kRing, kPath } content = Content::kZeros;
  std::uint64_t links = 0;  // of a ring or path
};
using Argument = std::variant<std::int32_t, float, double, Buffer>;

struct Launch {
  std::string kernel;
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared = 0;
  std::vector<Argument> arguments;
  double work = 0;  // bytes, operations, steps: what the figure counts
};

// What is measured is the work that a long launch has more than a short one, in the time it takes longer: what begins
// and ends a launch cancels out.
struct Pair {
  Launch few, many;   // `few` without a kernel: the whole of `many` counts
  bool warm = false;  // what `many` reads is in L2 before
};

struct Benchmark {
  std::string_view name;  // "stream_triad"
  std::string_view file;  // of its kernels: "bandwidth"
  bool elapsed = false;   // the kernel's last argument takes the cycles that its first block took
  // `a`, `b`: what the benchmark says in its comment.
  Pair (*make)(const gpu::Gpu& gpu, int a, int b);
};
std::span<const Benchmark> benchmarks();
const Benchmark* find_benchmark(std::string_view name);

// Registers of a thread, as ptxas 13 says for sm_86.
int registers_of(std::string_view kernel);

}  // namespace warpscope::timing_table
