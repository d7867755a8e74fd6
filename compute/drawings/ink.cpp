#include "compute/drawings/ink.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace warpscope::drawings {
namespace {

// How much of source cell `from` lies in target cell `to` along one axis, in units of a target cell.
struct Overlap {
  int from;
  int to;
  float share;
};

// Source cells of size `scale`, in the middle of the target cells of size 1.
std::vector<Overlap> overlaps(int cells, double scale, int targets) {
  const double start = (targets - cells * scale) / 2;
  std::vector<Overlap> all;
  for (int from = 0; from < cells; ++from) {
    const double low = start + from * scale;
    const double high = low + scale;
    for (int to = std::max(0, static_cast<int>(std::floor(low))); to < targets && to < high; ++to) {
      const double share = std::min<double>(high, to + 1) - std::max<double>(low, to);
      if (share > 0) all.push_back({from, to, static_cast<float>(share)});
    }
  }
  return all;
}

// Squared distance of each place of a line to the nearest seed, where `height` adds to the square. Source: P.
// Felzenszwalb, D. Huttenlocher, "Distance transforms of sampled functions", 2012: the lower envelope of parabolas.
class LineDistance {
 public:
  explicit LineDistance(int most) : place_(static_cast<std::size_t>(most)), from_(static_cast<std::size_t>(most) + 1) {}

  void run(const std::vector<float>& height, std::vector<float>& distance) {
    const std::size_t n = height.size();
    std::size_t last = 0;
    place_[0] = 0;
    from_[0] = -kFar;
    from_[1] = kFar;
    for (std::size_t q = 1; q < n; ++q) {
      double crossing = meet(height, q, place_[last]);
      while (crossing <= from_[last]) crossing = meet(height, q, place_[--last]);
      place_[++last] = q;
      from_[last] = crossing;
      from_[last + 1] = kFar;
    }
    last = 0;
    for (std::size_t q = 0; q < n; ++q) {
      while (from_[last + 1] < static_cast<double>(q)) ++last;
      const float away = static_cast<float>(q) - static_cast<float>(place_[last]);
      distance[q] = away * away + height[place_[last]];
    }
  }

  static constexpr double kFar = 1e30;
  static constexpr float kNoSeed = 1e12F;  // finite, so that two of them can be compared

 private:
  // Where the parabolas over places a and b cross.
  static double meet(const std::vector<float>& height, std::size_t a, std::size_t b) {
    const auto x = static_cast<double>(a);
    const auto y = static_cast<double>(b);
    return ((height[a] + x * x) - (height[b] + y * y)) / (2 * (x - y));
  }

  std::vector<std::size_t> place_;
  std::vector<double> from_;
};

// Distance of each pixel's centre to the nearest centre on which `is_seed` holds.
template <class IsSeed>
Ink distance_to(const Ink& ink, IsSeed is_seed) {
  Ink distance(ink.width, ink.height);
  std::transform(ink.at.begin(), ink.at.end(), distance.at.begin(),
                 [&](float v) { return is_seed(v) ? 0.0F : LineDistance::kNoSeed; });
  LineDistance lines(std::max(ink.width, ink.height));
  std::vector<float> in(static_cast<std::size_t>(ink.height));
  std::vector<float> out(in.size());
  for (int x = 0; x < ink.width; ++x) {
    for (int y = 0; y < ink.height; ++y) in[static_cast<std::size_t>(y)] = distance.row(y)[x];
    lines.run(in, out);
    for (int y = 0; y < ink.height; ++y) distance.row(y)[x] = out[static_cast<std::size_t>(y)];
  }
  in.resize(static_cast<std::size_t>(ink.width));
  out.resize(in.size());
  for (int y = 0; y < ink.height; ++y) {
    std::copy_n(distance.row(y), ink.width, in.begin());
    lines.run(in, out);
    std::transform(out.begin(), out.end(), distance.row(y), [](float squared) { return std::sqrt(squared); });
  }
  return distance;
}

}  // namespace

Ink crop(const Ink& ink, float trace) {
  int top = ink.height;
  int bottom = -1;
  int left = ink.width;
  int right = -1;
  for (int y = 0; y < ink.height; ++y) {
    for (int x = 0; x < ink.width; ++x) {
      if (ink.row(y)[x] < trace) continue;
      top = std::min(top, y);
      bottom = y;
      left = std::min(left, x);
      right = std::max(right, x);
    }
  }
  Ink part(right - left + 1, bottom - top + 1);
  for (int y = 0; y < part.height; ++y) std::copy_n(ink.row(top + y) + left, part.width, part.row(y));
  return part;
}

Ink resample(const Ink& ink, double scale) {
  const auto size = [scale](int cells) { return std::max(1, static_cast<int>(std::ceil(cells * scale - 1e-9))); };
  Ink narrow(size(ink.width), ink.height);
  const auto columns = overlaps(ink.width, scale, narrow.width);
  for (int y = 0; y < ink.height; ++y) {
    for (const auto& [from, to, share] : columns) narrow.row(y)[to] += share * ink.row(y)[from];
  }
  Ink result(narrow.width, size(ink.height));
  for (const auto& [from, to, share] : overlaps(ink.height, scale, result.height)) {
    for (int x = 0; x < result.width; ++x) result.row(to)[x] += share * narrow.row(from)[x];
  }
  return result;
}

double stroke_width(const Ink& ink) {
  double area = 0;
  double outline = 0;
  const auto at = [&](int x, int y) {
    return x < 0 || y < 0 || x >= ink.width || y >= ink.height ? 0.0F : ink.row(y)[x];
  };
  for (int y = -1; y < ink.height; ++y) {
    for (int x = -1; x < ink.width; ++x) {
      area += at(x, y);
      outline += std::hypot(at(x + 1, y) - at(x, y), at(x, y + 1) - at(x, y));
    }
  }
  return outline > 0 ? 2 * area / outline : 0;
}

Ink thicken(const Ink& ink, float by) {
  const int room = by > 0 ? static_cast<int>(std::ceil(by)) + 1 : 1;
  Ink wide(ink.width + 2 * room, ink.height + 2 * room);
  for (int y = 0; y < ink.height; ++y) std::copy_n(ink.row(y), ink.width, wide.row(y + room) + room);
  const auto inside = [](float v) { return v >= 0.5F; };
  const Ink to_ink = distance_to(wide, inside);
  const Ink to_ground = distance_to(wide, [&](float v) { return !inside(v); });
  // Between the last centre inside and the first outside lies the outline, half a pixel from both.
  for (std::size_t i = 0; i < wide.at.size(); ++i) {
    const float outwards = inside(wide.at[i]) ? 0.5F - to_ground.at[i] : to_ink.at[i] - 0.5F;
    wide.at[i] = std::clamp(0.5F + by - outwards, 0.0F, 1.0F);
  }
  return wide;
}

}  // namespace warpscope::drawings
