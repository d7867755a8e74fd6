// store/point_blob.h: a curve's points as bytes. Floor 2. Pure functions. Used only inside compute/store.
// 20 bytes a point, little-endian on every machine: step int64, epoch float32, loss float32, accuracy float32.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/store/store.h"

namespace warpscope::store {

inline constexpr std::size_t kPointBytes = 20;

std::vector<std::uint8_t> pack_points(const std::vector<CurvePoint>& points);
// Appends the points to `to`; false where the blob is not a whole number of points.
bool unpack_points(std::span<const std::uint8_t> blob, std::vector<CurvePoint>& to);

}  // namespace warpscope::store
