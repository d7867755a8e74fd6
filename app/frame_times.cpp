#include "app/frame_times.h"

#include <algorithm>

namespace warpscope::app {
namespace {

constexpr std::size_t kKeptEnds = 256;

template <class T>
void put(std::vector<T>& ring, std::size_t& next, std::size_t size, T value) {
  if (ring.size() < size) {
    ring.push_back(value);
  } else {
    ring[next] = value;
  }
  next = (next + 1) % size;
}

}  // namespace

void FrameTimes::add(double end, double took) {
  put(took_, next_, kKept, static_cast<float>(took));
  put(ends_, next_end_, kKeptEnds, end);
  ++count_;
  last_ = took;
  max_ = std::max(max_, took);
}

double FrameTimes::median_ms() const {
  if (took_.empty()) return 0;
  std::vector<float> sorted = took_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return static_cast<double>(*middle) * 1e3;
}

double FrameTimes::per_second(double now) const {
  return static_cast<double>(std::count_if(ends_.begin(), ends_.end(), [now](double end) { return end > now - 1; }));
}

}  // namespace warpscope::app
