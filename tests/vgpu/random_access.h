// tests/vgpu/random_access.h: accesses of a warp as kernels have them, at random: rows, pairs of rows, broadcasts,
// strides, scattered lanes, with all lanes or some, aligned to their width as PTX wants it.
#pragma once

#include <fmt/format.h>

#include <array>
#include <random>
#include <string>

#include "compute/vgpu/address_space.h"
#include "compute/vgpu/exec.h"

namespace warpscope::vgpu::testing {

class RandomAccesses {
 public:
  explicit RandomAccesses(std::uint32_t seed) : random_(seed) {}

  Access next() {
    Access access;
    constexpr std::array<std::uint16_t, 5> kWidths = {1, 2, 4, 8, 16};
    access.bytes = kWidths[below(kWidths.size())];
    access.alignment = access.bytes;
    access.kind = below(3) == 0 ? AccessKind::kStore : AccessKind::kLoad;
    access.mask = mask();
    const std::uint64_t start = kGlobalBase + below(1U << 12) * access.bytes;
    const std::uint64_t row = access.bytes * (std::uint64_t{1} << below(10)), rows = std::uint64_t{1} << below(6);
    const bool broadcast = below(2) == 0;
    const std::uint64_t stride = access.bytes * below(65);
    const std::uint64_t range = 1 + below(std::uint64_t{1} << below(12));
    const std::uint64_t pattern = below(4);
    for (std::uint64_t lane = 0; lane < 32; ++lane) {
      // Lanes are parted into rows, of one address each or of neighbours; or they go in steps, up or down; or anywhere.
      const std::uint64_t in_row = broadcast ? 0 : lane % (32 / rows);
      const std::array<std::uint64_t, 4> places = {lane / (32 / rows) * row + in_row * access.bytes, lane * stride,
                                                   (31 - lane) * stride, below(range) * access.bytes};
      access.address[lane] = start + places[pattern];
    }
    return access;
  }

 private:
  std::uint64_t below(std::uint64_t count) { return random_() % count; }
  LaneMask mask() {
    if (below(2) == 0) return base::kAllLanes;
    const auto some = static_cast<LaneMask>(random_());
    return some == 0 ? 1 : some;
  }
  std::mt19937_64 random_;
};

inline std::string text_of(const Access& access) {
  std::string text = fmt::format("{} bytes, lanes {:08x}, at", access.bytes, access.mask);
  for (const std::uint64_t address : access.address) text += fmt::format(" {}", address - kGlobalBase);
  return text;
}

}  // namespace warpscope::vgpu::testing
