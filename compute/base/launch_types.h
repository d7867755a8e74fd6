// base/launch_types.h: the words of a launch: dimensions, lanes, lane masks. Floor 0. Plain data.
#pragma once

#include <cstdint>

namespace warpscope::base {

inline constexpr int kWarpSize = 32;

// Bit i set: lane i takes part.
using LaneMask = std::uint32_t;
inline constexpr LaneMask kAllLanes = 0xffff'ffffU;

// Sizes or indices along x, y and z; x runs fastest.
struct Dim3 {
  std::uint32_t x = 1;
  std::uint32_t y = 1;
  std::uint32_t z = 1;

  constexpr std::uint64_t count() const { return std::uint64_t{x} * y * z; }
  // The index of `at` in a box of this size, x fastest.
  constexpr std::uint64_t linear(const Dim3& at) const { return (std::uint64_t{at.z} * y + at.y) * x + at.x; }
  // The inverse of linear().
  constexpr Dim3 at(std::uint64_t linear) const {
    return {static_cast<std::uint32_t>(linear % x), static_cast<std::uint32_t>(linear / x % y),
            static_cast<std::uint32_t>(linear / x / y)};
  }
  constexpr bool operator==(const Dim3&) const = default;
};

}  // namespace warpscope::base
