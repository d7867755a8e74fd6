// vgpu/warp_ops/lanes_of.h: small tools for handlers whose lanes exchange values. Floor 2.
// Within a handler, exec.mask is the lanes that met at the instruction; rows of other lanes are never written.
#pragma once

#include <bit>
#include <cstdint>

#include "compute/vgpu/exec.h"

namespace warpscope::vgpu::warp_ops {

inline constexpr int kLanes = base::kWarpSize;

// The bit of each lane: a table, because shifts by a lane's number are not vectors' strength.
struct LaneBits {
  std::uint32_t bit[kLanes];
  constexpr LaneBits() : bit() {
    for (int lane = 0; lane < kLanes; ++lane) bit[lane] = 1U << lane;
  }
};
inline constexpr LaneBits kLaneBits;

inline bool has_lane(LaneMask mask, int lane) {
  return (mask & kLaneBits.bit[lane]) != 0;
}

// The lanes whose value is not 0.
inline LaneMask mask_of(const std::uint32_t* truths) {
  LaneMask mask = 0;
  for (int lane = 0; lane < kLanes; ++lane) mask |= truths[lane] != 0 ? kLaneBits.bit[lane] : 0;
  return mask;
}

// The first lane of a mask that is not empty.
inline int first_lane(LaneMask mask) {
  return std::countr_zero(mask);
}

// Writes values (kLanes) to the lanes that take part.
template <class T>
void write_row(Exec& exec, RowRef row, const T* values) {
  T* to = exec.row<T>(row);
  if (exec.mask == base::kAllLanes) {
    for (int lane = 0; lane < kLanes; ++lane) to[lane] = values[lane];
  } else {
    for (int lane = 0; lane < kLanes; ++lane) to[lane] = has_lane(exec.mask, lane) ? values[lane] : to[lane];
  }
}

// Writes the same value to every lane that takes part.
template <class T>
void fill_row(Exec& exec, RowRef row, T value) {
  T* to = exec.row<T>(row);
  if (exec.mask == base::kAllLanes) {
    for (int lane = 0; lane < kLanes; ++lane) to[lane] = value;
  } else {
    for (int lane = 0; lane < kLanes; ++lane) to[lane] = has_lane(exec.mask, lane) ? value : to[lane];
  }
}

inline void write_predicate(Exec& exec, RowRef row, LaneMask value) {
  LaneMask& to = exec.predicate(row);
  to = (to & ~exec.mask) | (value & exec.mask);
}

}  // namespace warpscope::vgpu::warp_ops
