#include "compute/base/command_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace warpscope::base {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Seek {
  static constexpr bool kReplacesOlder = true;
  int step = 0;
};
struct Zoom {
  static constexpr bool kReplacesOlder = true;
  int factor = 0;
};
struct Label {
  int digit = 0;
};
struct Play {  // says outright what the others leave out
  static constexpr bool kReplacesOlder = false;
  int speed = 0;
};
struct Owned {
  static constexpr bool kReplacesOlder = true;
  std::unique_ptr<int> value;
};
using Command = std::variant<Seek, Zoom, Label, Play>;

std::string spelled(const Command& command) {
  constexpr std::array<const char*, 4> kNames = {"seek", "zoom", "label", "play"};
  const int number = std::visit(
      [](const auto& c) {
        const auto& [value] = c;
        return value;
      },
      command);
  return std::string(kNames[command.index()]) + " " + std::to_string(number);
}

// Everything that waits, in order.
std::vector<std::string> drain(CommandQueue<Command>& queue) {
  std::vector<std::string> commands;
  while (const auto command = queue.try_pop()) commands.push_back(spelled(*command));
  return commands;
}

using Commands = std::vector<std::string>;

TEST(CommandQueue, IsEmptyAtFirst) {
  CommandQueue<Command> queue;
  EXPECT_FALSE(queue.try_pop().has_value());
}

TEST(CommandQueue, KeepsEveryCommandThatDoesNotReplaceOlderOnesInOrder) {
  CommandQueue<Command> queue;
  queue.push(Label{3});
  queue.push(Label{5});
  queue.push(Play{1});
  queue.push(Play{2});
  queue.push(Label{5});
  EXPECT_EQ(drain(queue), (Commands{"label 3", "label 5", "play 1", "play 2", "label 5"}));
}

TEST(CommandQueue, OfManySeeksInARowOnlyTheLastRemains) {
  CommandQueue<Command> queue;
  for (int step = 0; step < 500; ++step) queue.push(Seek{step});
  EXPECT_EQ(drain(queue), (Commands{"seek 499"}));
}

TEST(CommandQueue, ASeekDoesNotReplaceAnOlderOneAcrossAnotherCommand) {
  CommandQueue<Command> queue;
  queue.push(Seek{1});
  queue.push(Label{7});  // labels what the first seek shows
  queue.push(Seek{2});
  queue.push(Seek{3});
  EXPECT_EQ(drain(queue), (Commands{"seek 1", "label 7", "seek 3"}));
}

TEST(CommandQueue, KindsThatReplaceTheirOlderOnesDoNotReplaceEachOther) {
  CommandQueue<Command> queue;
  queue.push(Seek{1});
  queue.push(Zoom{1});
  queue.push(Zoom{2});
  queue.push(Seek{2});
  EXPECT_EQ(drain(queue), (Commands{"seek 1", "zoom 2", "seek 2"}));
}

TEST(CommandQueue, WhatWasTakenIsNotReplaced) {
  CommandQueue<Command> queue;
  queue.push(Seek{1});
  EXPECT_EQ(spelled(*queue.try_pop()), "seek 1");
  queue.push(Seek{2});
  EXPECT_EQ(drain(queue), (Commands{"seek 2"}));
}

TEST(CommandQueue, CarriesCommandsThatCannotBeCopied) {
  CommandQueue<std::variant<Label, Owned>> queue;
  queue.push(Owned{std::make_unique<int>(1)});
  queue.push(Owned{std::make_unique<int>(2)});
  const auto command = queue.try_pop();
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(*std::get<Owned>(*command).value, 2);
  EXPECT_FALSE(queue.try_pop().has_value());
}

TEST(CommandQueue, WaitsNoLongerThanItWasTold) {
  CommandQueue<Command> queue;
  const auto start = Clock::now();
  EXPECT_FALSE(queue.pop_within(30ms).has_value());
  const auto waited = Clock::now() - start;
  EXPECT_GE(waited, 30ms);
  EXPECT_LT(waited, 5s);  // a busy machine may be late, but not this late
}

TEST(CommandQueue, DoesNotWaitWhereACommandIsThereOrNoTimeIsGiven) {
  CommandQueue<Command> queue;
  const auto start = Clock::now();
  EXPECT_FALSE(queue.pop_within(0ms).has_value());
  queue.push(Label{4});
  EXPECT_EQ(spelled(*queue.pop_within(60s)), "label 4");
  EXPECT_LT(Clock::now() - start, 30s);
}

TEST(CommandQueue, ACommandWakesTheWaitingWorker) {
  CommandQueue<Command> queue;
  const auto start = Clock::now();
  std::thread gui([&queue] {
    std::this_thread::sleep_for(20ms);
    queue.push(Label{9});
  });
  const auto command = queue.pop_within(60s);
  gui.join();
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(spelled(*command), "label 9");
  EXPECT_LT(Clock::now() - start, 30s);
}

TEST(CommandQueue, FromSeveralThreadsLosesNothingAndKeepsEachThreadsOrder) {
  constexpr int kSenders = 3;
  constexpr int kEach = 2'000;
  CommandQueue<Command> queue;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&queue, sender] {
      for (int i = 0; i < kEach; ++i) queue.push(Label{sender * kEach + i});
    });
  }
  std::array<int, kSenders> next{};
  for (int received = 0; received < kSenders * kEach; ++received) {
    const auto command = queue.pop_within(60s);
    ASSERT_TRUE(command.has_value()) << "lost after " << received;
    const int number = std::get<Label>(*command).digit;
    const auto sender = static_cast<std::size_t>(number / kEach);
    ASSERT_EQ(number % kEach, next[sender]) << "of sender " << sender;
    ++next[sender];
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_FALSE(queue.try_pop().has_value());
}

TEST(CommandQueue, WhileSomebodyScrubsTheWorkerNeverGoesBackAndEndsAtTheLastSeek) {
  constexpr int kSeeks = 20'000;
  CommandQueue<Command> queue;
  std::thread gui([&queue] {
    for (int step = 1; step <= kSeeks; ++step) queue.push(Seek{step});
  });
  int at = 0;
  while (at < kSeeks) {
    const auto command = queue.pop_within(60s);
    ASSERT_TRUE(command.has_value()) << "the last seek was lost; at " << at;
    const int step = std::get<Seek>(*command).step;
    ASSERT_GT(step, at);
    at = step;
  }
  gui.join();
  EXPECT_FALSE(queue.try_pop().has_value());
}

}  // namespace
}  // namespace warpscope::base
