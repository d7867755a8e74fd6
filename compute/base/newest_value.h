// base/newest_value.h: a three-slot mailbox that hands the newest value from one thread to another. Floor 0.
// One writer thread, one reader thread, no lock: neither ever waits for the other.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace warpscope::base {

template <class T>
class NewestValue {
 public:
  // Writer only. Replaces a value that was not yet taken.
  void publish(std::shared_ptr<const T> value) {
    slots_[back_] = std::move(value);
    back_ = middle_.exchange(static_cast<std::uint8_t>(back_ | kFresh), std::memory_order_acq_rel) & kIndex;
  }

  // Reader only. The newest value; the same one again while nothing newer was published; null before the first.
  const std::shared_ptr<const T>& take() {
    if (middle_.load(std::memory_order_relaxed) & kFresh) {
      front_ = middle_.exchange(front_, std::memory_order_acq_rel) & kIndex;
    }
    return slots_[front_];
  }

 private:
  static constexpr std::uint8_t kFresh = 4;
  static constexpr std::uint8_t kIndex = 3;
  std::array<std::shared_ptr<const T>, 3> slots_;
  std::uint8_t back_ = 0;                // owned by the writer
  std::atomic<std::uint8_t> middle_{1};  // index of the slot in between, plus kFresh while the reader has not seen it
  std::uint8_t front_ = 2;               // owned by the reader
};

}  // namespace warpscope::base
