// gpu/gpu.h: what is known of real GPUs: a catalogue in assets/gpus.json. Floor 1. Plain data, any thread.
#pragma once

#include <compare>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::gpu {

struct ComputeCapability {
  int major = 0, minor = 0;
  auto operator<=>(const ComputeCapability&) const = default;
  int number() const { return 10 * major + minor; }  // 86 of 8.6
};
// "8.6".
std::string text_of(ComputeCapability capability);
base::Result<ComputeCapability> parse_capability(std::string_view text);

// One record of the catalogue.
struct Gpu {
  std::string name;          // "GeForce RTX 3060"
  std::string kind;          // "laptop", "desktop", "workstation", "data centre", "embedded"
  std::string architecture;  // "Ampere"
  std::string chip;          // "GA106"
  int year = 0;
  ComputeCapability capability;
  // SMs of each GPC, in the order they are drawn. Which of a chip's SMs are switched off differs from card to card, so
  // where they lie is a drawing; their number is exact.
  std::vector<int> gpcs;
  double clock_mhz = 0;  // boost: what cycles are turned into seconds with
  double memory_gib = 0;
  std::string memory_type;   // "GDDR6"
  double bandwidth_gbs = 0;  // of memory, 1e9 bytes a second
  double l2_mib = 0;
  int l1_kib = 0;  // of an SM: L1 cache and shared memory together; L1 alone where they are apart (6.x)
  std::vector<std::string> sources;  // of the figures

  int sms() const;
};

// As assets/gpus.json holds them. Errors name the file and the record.
base::Result<std::vector<Gpu>> parse_gpus(std::string_view json, const std::string& file);
base::Result<std::vector<Gpu>> read_gpus();
// By name, whatever its case; where none is called so, the only one whose name contains it. The error names those that
// are meant, or all there are.
base::Result<Gpu> find_gpu(std::span<const Gpu> gpus, std::string_view name);

}  // namespace warpscope::gpu
