#include "compute/base/threads.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <array>
#include <string>
#include <thread>

namespace warpscope::base {
namespace {

std::string name_after(const char* wanted) {
  std::array<char, 16> name{};
  std::thread([&] {
    name_this_thread(wanted);
    pthread_getname_np(pthread_self(), name.data(), name.size());
  }).join();
  return name.data();
}

TEST(Threads, CarryTheNameTheyWereGiven) {
  EXPECT_EQ(name_after("trainer"), "trainer");
}

TEST(Threads, CutANameThatIsTooLongInsteadOfDroppingIt) {
  EXPECT_EQ(name_after("a-name-that-linux-would-refuse"), "a-name-that-lin");
}

// On Linux getpriority(PRIO_PROCESS, 0) answers for the calling thread.
int politeness() {
  return getpriority(PRIO_PROCESS, 0);
}

TEST(Threads, YieldingLowersThisThreadAndItsOwnThreadsButNotTheOthers) {
  const int before = politeness();
  int lowered = 0, inherited = 0;
  std::thread([&] {
    yield_to_interactive_threads();
    lowered = politeness();
    std::thread([&] { inherited = politeness(); }).join();
  }).join();
  if (before > 10) GTEST_SKIP() << "this process already runs at nice " << before;
  EXPECT_EQ(lowered, 10);
  EXPECT_EQ(inherited, 10);
  EXPECT_EQ(politeness(), before);
}

}  // namespace
}  // namespace warpscope::base
