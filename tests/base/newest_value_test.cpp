#include "compute/base/newest_value.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace warpscope::base {
namespace {

std::shared_ptr<const int> number(int value) {
  return std::make_shared<const int>(value);
}

TEST(NewestValue, IsNullBeforeTheFirstValue) {
  NewestValue<int> mailbox;
  EXPECT_EQ(mailbox.take(), nullptr);
  EXPECT_EQ(mailbox.take(), nullptr);
}

TEST(NewestValue, HandsOutTheNewestAndSkipsTheOnesBetween) {
  NewestValue<int> mailbox;
  mailbox.publish(number(1));
  EXPECT_EQ(*mailbox.take(), 1);
  mailbox.publish(number(2));
  mailbox.publish(number(3));
  mailbox.publish(number(4));
  EXPECT_EQ(*mailbox.take(), 4);
}

TEST(NewestValue, HandsOutTheSameObjectAgainWhileNothingNewerCame) {
  NewestValue<int> mailbox;
  mailbox.publish(number(1));
  const int* first = mailbox.take().get();
  EXPECT_EQ(mailbox.take().get(), first);
  EXPECT_EQ(mailbox.take().get(), first);
}

TEST(NewestValue, WhatTheReaderKeptStaysAliveHoweverMuchIsPublished) {
  NewestValue<int> mailbox;
  mailbox.publish(number(1));
  const std::shared_ptr<const int> kept = mailbox.take();
  for (int i = 2; i < 100; ++i) mailbox.publish(number(i));
  EXPECT_EQ(*mailbox.take(), 99);
  EXPECT_EQ(*kept, 1);
}

TEST(NewestValue, HoldsNoMoreThanThreeValues) {
  static std::atomic<int> alive{0};
  struct Counted {
    Counted() { ++alive; }
    ~Counted() { --alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
  };
  {
    NewestValue<Counted> mailbox;
    for (int i = 0; i < 50; ++i) {
      mailbox.publish(std::make_shared<const Counted>());
      if (i % 7 == 0) mailbox.take();
      EXPECT_LE(alive.load(), 3);
    }
  }
  EXPECT_EQ(alive.load(), 0);
}

// A value as large as a view is: reading it while it is written would show halves that do not belong together.
struct Pair {
  std::uint64_t first = 0;
  std::uint64_t padding[16] = {};
  std::uint64_t complement = ~std::uint64_t{0};
};

struct Seen {
  std::uint64_t newest = 0;
  std::uint64_t takes = 0;
  std::uint64_t went_back = 0;
  std::uint64_t torn = 0;
};

void look(NewestValue<Pair>& mailbox, Seen& seen) {
  const std::shared_ptr<const Pair> pair = mailbox.take();
  ++seen.takes;
  if (!pair) return;
  if (pair->first < seen.newest) ++seen.went_back;
  if (pair->complement != ~pair->first) ++seen.torn;
  seen.newest = pair->first;
}

TEST(NewestValue, BetweenTwoThreadsNeverGoesBackTearsOrLosesTheLast) {
  constexpr std::uint64_t kRounds = 20;
  constexpr std::uint64_t kValuesPerRound = 20'000;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    NewestValue<Pair> mailbox;
    std::atomic<bool> done{false};
    Seen seen;
    std::thread reader([&] {
      while (!done.load(std::memory_order_acquire)) look(mailbox, seen);
      look(mailbox, seen);  // everything was published by now: this must be the last value
    });
    for (std::uint64_t i = 1; i <= kValuesPerRound; ++i) {
      auto pair = std::make_shared<Pair>();
      pair->first = i;
      pair->complement = ~i;
      mailbox.publish(std::move(pair));
    }
    done.store(true, std::memory_order_release);
    reader.join();
    EXPECT_EQ(seen.went_back, 0U);
    EXPECT_EQ(seen.torn, 0U);
    EXPECT_EQ(seen.newest, kValuesPerRound) << "after " << seen.takes << " takes in round " << round;
  }
}

}  // namespace
}  // namespace warpscope::base
