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

double median_of(std::vector<float> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
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
  return median_of(took_) * 1e3;
}

double FrameTimes::recent_ms() const {
  constexpr std::size_t kRecent = 31;
  std::vector<float> newest;
  const std::size_t size = took_.size();
  for (std::size_t back = 1; back <= std::min(kRecent, size); ++back)
    newest.push_back(took_[(next_ + size - back) % size]);
  return median_of(std::move(newest)) * 1e3;
}

double FrameTimes::per_second(double now) const {
  return static_cast<double>(std::count_if(ends_.begin(), ends_.end(), [now](double end) { return end > now - 1; }));
}

}  // namespace warpscope::app
