// frame_times.h: how long frames take the GUI thread, waiting left out. Floor 8. GUI thread.
#pragma once

#include <cstddef>
#include <vector>

namespace warpscope::app {

class FrameTimes {
 public:
  // One drawn frame: when it ended and how long it took, in seconds.
  void add(double end, double took);
  void reset() { *this = {}; }

  std::size_t count() const { return count_; }
  double last_ms() const { return last_ * 1e3; }
  double median_ms() const;                     // of the last kKept frames
  double recent_ms() const;                     // median of the last few dozen frames
  double max_ms() const { return max_ * 1e3; }  // since the last reset
  double per_second(double now) const;          // frames drawn in the second before `now`

 private:
  static constexpr std::size_t kKept = 4096;
  std::vector<float> took_;   // a ring
  std::vector<double> ends_;  // of the last second or so, a ring of its own
  std::size_t next_ = 0;
  std::size_t next_end_ = 0;
  std::size_t count_ = 0;
  double last_ = 0;
  double max_ = 0;
};

}  // namespace warpscope::app
