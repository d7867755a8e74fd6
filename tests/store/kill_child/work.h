// What the killed program stores, made from a number alone, so that the test can tell what must be there.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "compute/drawings/prepare.h"
#include "compute/store/store.h"
#include "tests/support/styles.h"

namespace warpscope::tests {

inline store::NewDrawing drawing_number(std::uint64_t n) {
  store::NewDrawing made;
  made.drawing = make_digit(Style::kUsual, static_cast<int>(n % 10), n);
  made.image = drawings::prepare(made.drawing);
  return made;
}

inline store::EpochRecord epoch_number(int epoch) {
  const double e = epoch;
  return {epoch, 859 * epoch, 1.5 + e, 1 / e, 1 - 1 / (e + 1), 1.1 / e, 1 - 1.1 / (e + 2), 36'000 + e};
}

// As many training points an epoch as cnn32 has steps; a few validation points.
inline std::vector<store::CurvePoint> points_of_epoch(int epoch, int count) {
  std::vector<store::CurvePoint> points;
  for (int i = 0; i < count; ++i) {
    const float at = static_cast<float>(epoch - 1) + static_cast<float>(i + 1) / static_cast<float>(count);
    points.push_back({std::int64_t{859} * (epoch - 1) + i + 1, at, 2.3F / (1 + at), at / (1 + at)});
  }
  return points;
}
inline constexpr int kTrainPoints = 859;
inline constexpr int kValidationPoints = 4;

}  // namespace warpscope::tests
