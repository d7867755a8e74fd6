// What NVIDIA's own calculator, cuda_occupancy.h, says. Where no toolkit is installed it says nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace warpscope::nvidia {

// As cudaGetDeviceProperties gives them: the CUDA C++ Programming Guide, "Technical Specifications per Compute
// Capability". Written down here once more, so that a slip in the table of compute/gpu is seen.
struct Device {
  int major, minor;
  int threads_per_sm;
  int registers_per_block;
  int shared_per_sm_kib, shared_per_block_optin_kib, reserved_bytes;
  int capability() const { return 10 * major + minor; }
};
std::span<const Device> devices();

struct Question {
  int block_threads = 0, registers = 0;
  std::uint64_t shared_bytes = 0;  // dynamic
  int carveout_percent = -1;
};
struct Answer {
  int blocks = 0;
  int limiters = 0;  // warps 1, registers 2, shared memory 4, blocks 8
  int by_warps = 0, by_registers = 0, by_shared = 0, by_blocks = 0;
  int registers_per_block = 0;
  int shared_per_block = 0;
  bool operator==(const Answer&) const = default;
};

bool has_calculator();
// Empty where there is no calculator, or it refuses.
std::optional<Answer> answer(const Device& device, const Question& question);

}  // namespace warpscope::nvidia
