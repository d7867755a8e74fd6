// What an SM of each compute capability holds: the CUDA C++ Programming Guide, table "Technical Specifications per
// Compute Capability", and the sizes that cuda_occupancy.h of CUDA 13.0 rounds to.
#include <algorithm>

#include "compute/gpu/occupancy.h"

namespace warpscope::gpu {
namespace {

constexpr std::uint32_t kKib = 1024;

// One row: what differs from capability to capability; shared memory in KiB.
struct Row {
  ComputeCapability capability;
  int warps, blocks;
  std::uint32_t shared, shared_per_block;  // of an SM; of a block that asks for more than 48
  std::vector<std::uint32_t> carveouts;
};

std::vector<Row> rows() {
  const std::vector<std::uint32_t> volta{0, 8, 16, 32, 64, 96}, small{0, 8, 16, 32, 64, 100},
      ampere{0, 8, 16, 32, 64, 100, 132, 164}, hopper{0, 8, 16, 32, 64, 100, 132, 164, 196, 228};
  return {
      {{6, 0}, 64, 32, 64, 48, {64}},      {{6, 1}, 64, 32, 96, 48, {96}},      {{6, 2}, 64, 32, 64, 48, {64}},
      {{7, 0}, 64, 32, 96, 96, volta},     {{7, 5}, 32, 16, 64, 64, {32, 64}},  {{8, 0}, 64, 32, 164, 163, ampere},
      {{8, 6}, 48, 16, 100, 99, small},    {{8, 7}, 48, 16, 164, 163, ampere},  {{8, 8}, 48, 16, 100, 99, small},
      {{8, 9}, 48, 24, 100, 99, small},    {{9, 0}, 64, 32, 228, 227, hopper},  {{10, 0}, 64, 32, 228, 227, hopper},
      {{10, 3}, 64, 32, 228, 227, hopper}, {{11, 0}, 48, 24, 228, 227, hopper}, {{12, 0}, 48, 24, 100, 99, small},
      {{12, 1}, 48, 24, 100, 99, small},
  };
}

SmLimits limits_of(const Row& row) {
  SmLimits limits;
  limits.capability = row.capability;
  limits.warps = row.warps;
  limits.threads = row.warps * kWarpSize;
  limits.blocks = row.blocks;
  limits.registers = 65'536;
  limits.registers_per_block = row.capability == ComputeCapability{6, 2} ? 32'768 : 65'536;
  limits.sub_partitions = row.capability == ComputeCapability{6, 0} ? 2 : 4;
  limits.shared_bytes = row.shared * kKib;
  limits.shared_per_block_optin = row.shared_per_block * kKib;
  limits.reserved_shared = row.capability.major >= 8 ? kKib : 0;
  limits.shared_unit = row.capability.major >= 8 ? 128 : 256;
  for (const std::uint32_t size : row.carveouts) limits.carveouts.push_back(size * kKib);
  return limits;
}

const std::vector<SmLimits>& table() {
  static const std::vector<SmLimits> kTable = [] {
    std::vector<SmLimits> all;
    for (const Row& row : rows()) all.push_back(limits_of(row));
    return all;
  }();
  return kTable;
}

}  // namespace

std::span<const SmLimits> all_limits() {
  return table();
}

const SmLimits* find_limits(ComputeCapability capability) {
  const std::vector<SmLimits>& all = table();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const SmLimits& l) { return l.capability == capability; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace warpscope::gpu
