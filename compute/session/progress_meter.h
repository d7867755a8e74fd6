// session/progress_meter.h: samples per second over the last second. Floor 5. Owned by the trainer's thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>

namespace warpscope::session {

class ProgressMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A pause must not count as slowness.
  void restart(Time now) {
    done_.clear();
    samples_ = 0;
    begin_ = now;
  }

  void add(int samples, Time now) {
    done_.push_back({now, samples});
    samples_ += samples;
    drop_old(now);
  }

  double per_second(Time now) {
    drop_old(now);
    const double seconds = std::chrono::duration<double>(std::min<Time::duration>(now - begin_, kWindow)).count();
    return seconds > 0.05 ? static_cast<double>(samples_) / seconds : 0;
  }

 private:
  struct Done {
    Time at;
    int samples;
  };

  void drop_old(Time now) {
    while (!done_.empty() && now - done_.front().at > kWindow) {
      samples_ -= done_.front().samples;
      done_.pop_front();
    }
  }

  static constexpr std::chrono::seconds kWindow{1};
  std::deque<Done> done_;
  std::int64_t samples_ = 0;
  Time begin_{};
};

}  // namespace warpscope::session
