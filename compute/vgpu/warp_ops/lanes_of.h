// vgpu/warp_ops/lanes_of.h: small tools for handlers whose lanes exchange values. Floor 2.
// Within a handler, exec.mask is the lanes that met at the instruction; rows of other lanes are never written.
#pragma once

#include <bit>
#include <cstdint>

#include "compute/vgpu/exec.h"

namespace warpscope::vgpu::warp_ops {

inline constexpr int kLanes = base::kWarpSize;

inline bool has_lane(LaneMask mask, int lane) {
  return (mask >> lane & 1U) != 0;
}

// The first lane of a mask that is not empty.
inline int first_lane(LaneMask mask) {
  return std::countr_zero(mask);
}

// Writes the same value to every lane that takes part.
template <class T>
void fill_row(Exec& exec, RowRef row, T value) {
  T* to = exec.row<T>(row);
  for (int lane = 0; lane < kLanes; ++lane) to[lane] = has_lane(exec.mask, lane) ? value : to[lane];
}

// Writes values (kLanes) to the lanes that take part.
template <class T>
void write_row(Exec& exec, RowRef row, const T* values) {
  T* to = exec.row<T>(row);
  for (int lane = 0; lane < kLanes; ++lane) to[lane] = has_lane(exec.mask, lane) ? values[lane] : to[lane];
}

inline void write_predicate(Exec& exec, RowRef row, LaneMask value) {
  LaneMask& to = exec.predicate(row);
  to = (to & ~exec.mask) | (value & exec.mask);
}

}  // namespace warpscope::vgpu::warp_ops
