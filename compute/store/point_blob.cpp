#include "compute/store/point_blob.h"

#include <bit>

namespace warpscope::store {
namespace {

void put(std::vector<std::uint8_t>& to, std::uint64_t bits, int bytes) {
  for (int i = 0; i < bytes; ++i) to.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
}
void put(std::vector<std::uint8_t>& to, float value) {
  put(to, std::bit_cast<std::uint32_t>(value), 4);
}

std::uint64_t get(std::span<const std::uint8_t> from) {
  std::uint64_t bits = 0;
  for (std::size_t i = from.size(); i-- > 0;) bits = bits << 8 | from[i];
  return bits;
}
float get_float(std::span<const std::uint8_t> from) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(get(from)));
}

}  // namespace

std::vector<std::uint8_t> pack_points(const std::vector<CurvePoint>& points) {
  std::vector<std::uint8_t> blob;
  blob.reserve(points.size() * kPointBytes);
  for (const CurvePoint& point : points) {
    put(blob, static_cast<std::uint64_t>(point.step), 8);
    put(blob, point.epoch);
    put(blob, point.loss);
    put(blob, point.accuracy);
  }
  return blob;
}

bool unpack_points(std::span<const std::uint8_t> blob, std::vector<CurvePoint>& to) {
  if (blob.size() % kPointBytes != 0) return false;
  for (; !blob.empty(); blob = blob.subspan(kPointBytes)) {
    to.push_back({static_cast<std::int64_t>(get(blob.first(8))), get_float(blob.subspan(8, 4)),
                  get_float(blob.subspan(12, 4)), get_float(blob.subspan(16, 4))});
  }
  return true;
}

}  // namespace warpscope::store
