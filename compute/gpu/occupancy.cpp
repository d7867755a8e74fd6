// The rules of cuda_occupancy.h in own words: each resource alone allows so many blocks, and the least of them counts.
#include "compute/gpu/occupancy.h"

#include <fmt/format.h>

#include <algorithm>

namespace warpscope::gpu {
namespace {

template <class T>
T divided_up(T value, T by) {
  return (value + by - 1) / by;
}

// "101376 bytes (99 KiB)"
std::string text_of_bytes(std::uint64_t bytes) {
  if (bytes >= 1024 && bytes % 1024 == 0) return fmt::format("{} bytes ({} KiB)", bytes, bytes / 1024);
  return fmt::format("{} bytes", bytes);
}

base::Result<void> check(const SmLimits& limits, const KernelUse& use) {
  const std::string capability = text_of(limits.capability);
  if (use.block_threads < 1 || use.block_threads > kMaxBlockThreads)
    return base::fail(
        fmt::format("a block of {} threads runs on no GPU; one has 1 to {}", use.block_threads, kMaxBlockThreads));
  if (use.registers_per_thread < 0 || use.registers_per_thread > limits.registers_per_thread)
    return base::fail(fmt::format("{} registers for a thread: the most on compute capability {} is {}",
                                  use.registers_per_thread, capability, limits.registers_per_thread));
  const std::uint64_t most = limits.shared_per_block_optin;
  // Each alone first: their sum could overflow.
  if (use.static_shared > most || use.dynamic_shared > most || use.static_shared + use.dynamic_shared > most)
    return base::fail(fmt::format(
        "{} of static and {} of dynamic shared memory in a block: the most on compute "
        "capability {} is {} together",
        text_of_bytes(use.static_shared), text_of_bytes(use.dynamic_shared), capability, text_of_bytes(most)));
  if (use.carveout_percent < -1 || use.carveout_percent > 100)
    return base::fail(
        fmt::format("a carve-out of {} %: 0 to 100 are accepted, and -1 for the largest", use.carveout_percent));
  return {};
}

// Registers are given to warps, and each sub-partition has its own share of them.
int blocks_by_registers(const SmLimits& limits, int sub_partitions, int registers_per_warp, int warps_per_block) {
  // When a block is launched the hardware asks whether it fits as if every sub-partition got as many of its warps: five
  // warps are charged as eight.
  const int charged_warps = divided_up(warps_per_block, sub_partitions) * sub_partitions;
  if (registers_per_warp * charged_warps > limits.registers_per_block) return 0;
  if (registers_per_warp == 0) return kUnlimited;
  const int warps_of_partition = limits.registers / sub_partitions / registers_per_warp;
  return warps_of_partition * sub_partitions / warps_per_block;
}

int register_limit(const SmLimits& limits, int registers_per_warp, int warps_per_block) {
  const int blocks = blocks_by_registers(limits, limits.sub_partitions, registers_per_warp, warps_per_block);
  // What the other GPUs of Pascal, with four sub-partitions, could not run is not let onto 6.0 either.
  constexpr int kOtherPascal = 4;
  if (limits.capability == ComputeCapability{6, 0} &&
      blocks_by_registers(limits, kOtherPascal, registers_per_warp, warps_per_block) == 0)
    return 0;
  return blocks;
}

// The smallest size an SM can be set to that holds `bytes`; there is one, as `bytes` is at most the largest.
std::uint32_t carveout_for(const SmLimits& limits, std::uint64_t bytes) {
  return *std::find_if(limits.carveouts.begin(), limits.carveouts.end(),
                       [&](std::uint32_t size) { return size >= bytes; });
}

std::uint32_t shared_of_sm(const SmLimits& limits, const KernelUse& use, std::uint32_t of_block) {
  const std::uint64_t percent = use.carveout_percent < 0 ? 100 : static_cast<std::uint64_t>(use.carveout_percent);
  const std::uint32_t preferred = carveout_for(limits, percent * limits.shared_bytes / 100);
  // A preference that not one block would fit into is not heard.
  return preferred >= of_block ? preferred : carveout_for(limits, of_block);
}

}  // namespace

base::Result<Occupancy> occupancy(const SmLimits& limits, const KernelUse& use) {
  if (auto fine = check(limits, use); !fine) return tl::unexpected(fine.error());
  Occupancy found;
  found.warps_per_block = divided_up(use.block_threads, kWarpSize);
  const int registers_per_warp =
      divided_up(use.registers_per_thread * kWarpSize, limits.register_unit) * limits.register_unit;
  found.registers_per_block = registers_per_warp * found.warps_per_block;
  const auto shared = static_cast<std::uint32_t>(use.static_shared + use.dynamic_shared) + limits.reserved_shared;
  found.shared_per_block = divided_up(shared, limits.shared_unit) * limits.shared_unit;
  found.shared_per_sm = shared_of_sm(limits, use, found.shared_per_block);

  found.by_warps = limits.warps / found.warps_per_block;
  found.by_registers = register_limit(limits, registers_per_warp, found.warps_per_block);
  found.by_shared =
      found.shared_per_block > 0 ? static_cast<int>(found.shared_per_sm / found.shared_per_block) : kUnlimited;
  found.by_blocks = limits.blocks;
  found.blocks = std::min({found.by_warps, found.by_registers, found.by_shared, found.by_blocks});
  if (found.by_warps == found.blocks) found.limiters |= kByWarps;
  if (found.by_registers == found.blocks) found.limiters |= kByRegisters;
  if (found.by_shared == found.blocks) found.limiters |= kByShared;
  if (found.by_blocks == found.blocks) found.limiters |= kByBlocks;

  found.warps = found.blocks * found.warps_per_block;
  found.threads = found.blocks * use.block_threads;
  found.share = static_cast<double>(found.warps) / limits.warps;
  return found;
}

std::string text_of_limiters(std::uint8_t limiters) {
  struct Named {
    Limiter limiter;
    const char* name;
  };
  constexpr Named kNames[] = {
      {kByWarps, "warps"}, {kByRegisters, "registers"}, {kByShared, "shared memory"}, {kByBlocks, "blocks"}};
  std::vector<std::string> names;
  for (const Named& each : kNames)
    if ((limiters & each.limiter) != 0) names.emplace_back(each.name);
  if (names.empty()) return "nothing";
  const std::string last = names.back();
  names.pop_back();
  return names.empty() ? last : fmt::format("{} and {}", fmt::join(names, ", "), last);
}

double waves(std::uint64_t blocks, int sms, const Occupancy& occupancy) {
  const double at_a_time = static_cast<double>(sms) * occupancy.blocks;
  return at_a_time > 0 ? static_cast<double>(blocks) / at_a_time : 0;
}

}  // namespace warpscope::gpu
