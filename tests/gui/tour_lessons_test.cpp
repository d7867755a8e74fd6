// The tours that ship, taken on the real virtual GPU without a window: all that they expect holds, every question has
// one right answer, and what they say in numbers is what is there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "app/tour.h"
#include "tests/gui/tour_host.h"

namespace warpscope::tests {
namespace {

using app::Tour;

const app::Tours& lessons() {
  static const app::Tours tours = app::Tours::find(std::string(WARPSCOPE_SOURCE_DIR) + "/assets/lessons");
  return tours;
}

std::string name_of(const Tour& tour) {
  const std::string file = std::filesystem::path(tour.file).filename().string();
  return file.substr(0, file.find('.'));
}

class Lesson : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    player_.fill_list(state());
    state().requests.start = 0;
    arrive();
  }
  panels::TourState& state() { return host_.ui().tour; }
  const Tour& tour() const { return lessons().all()[GetParam()]; }
  // Until the stop is shown.
  void arrive() {
    using namespace std::chrono_literals;
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    do {
      player_.advance(host_, now_ += 0.02, true);
      if (host_.is_busy()) std::this_thread::sleep_for(1ms);
    } while (state().present >= 0 && state().working && std::chrono::steady_clock::now() < give_up);
  }

  TourHost host_;
  app::TourPlayer player_{app::Tours::only(tour())};
  double now_ = 0;
};

TEST_P(Lesson, HoldsFromStopToStop) {
  for (const app::TourStop& stop : tour().stops) {
    SCOPED_TRACE(stop.heading);
    ASSERT_EQ(state().heading, stop.heading);
    EXPECT_EQ(state().problem, "");
    EXPECT_EQ(state().question.empty(), !stop.ask || !state().problem.empty());
    state().requests.next = true;
    arrive();
  }
  EXPECT_EQ(state().present, -1);
}

TEST_P(Lesson, LooksTheSameToWhoComesBackToAStop) {
  const int last = static_cast<int>(tour().stops.size()) - 1;
  for (int i = 0; i < last; ++i) {
    state().requests.next = true;
    arrive();
  }
  const auto place = [this] {
    const auto& moment = host_.step_view().moment;
    return fmt::format("{} {} {:x}", moment->position, moment->followed, moment->state->hash());
  };
  const std::string first_time = place();
  state().requests.back = true;
  arrive();
  state().requests.next = true;
  arrive();
  ASSERT_EQ(state().stop, last);
  EXPECT_EQ(place(), first_time);
}

INSTANTIATE_TEST_SUITE_P(Lessons, Lesson, ::testing::Range<std::size_t>(0, lessons().all().size()),
                         [](const auto& info) { return name_of(lessons().all()[info.param]); });

}  // namespace
}  // namespace warpscope::tests
