// base/command_queue.h: commands on their way to a worker. Floor 0. Any thread may push; one worker pops.
// Where a kind of command says so, a newer one replaces an older one that still waits: scrubbing or drawing sends
// hundreds, and only the last matters.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

namespace warpscope::base {

// Command: a std::variant whose alternatives may declare `static constexpr bool kReplacesOlder = true`.
template <class Command>
class CommandQueue {
 public:
  void push(Command command) {
    {
      const std::lock_guard lock(mutex_);
      if (!replace_waiting(command)) waiting_.push_back(std::move(command));
    }
    arrived_.notify_one();
  }

  std::optional<Command> try_pop() {
    const std::lock_guard lock(mutex_);
    return pop_locked();
  }

  // Waits at most `timeout` for a command.
  template <class Rep, class Period>
  std::optional<Command> pop_within(std::chrono::duration<Rep, Period> timeout) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, timeout, [this] { return !waiting_.empty(); });
    return pop_locked();
  }

 private:
  bool replace_waiting(Command& command) {
    const bool replaces = std::visit(
        [](const auto& c) {
          if constexpr (requires { c.kReplacesOlder; }) {
            return c.kReplacesOlder;
          } else {
            return false;
          }
        },
        command);
    // Only the youngest waiting command may be replaced, so that the order between kinds is kept.
    if (!replaces || waiting_.empty() || waiting_.back().index() != command.index()) return false;
    waiting_.back() = std::move(command);
    return true;
  }

  std::optional<Command> pop_locked() {
    std::optional<Command> first;
    if (!waiting_.empty()) {
      first.emplace(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return first;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Command> waiting_;
};

}  // namespace warpscope::base
