// Guided tours: what a file has to be, how the player takes a person through it, and what the panel sends.
#include "app/tour.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/panels/tour.h"
#include "tests/gui/bare_gui.h"
#include "tests/gui/tour_host.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

using app::Tour;

constexpr const char* kHead =
    "tour \"Looks\"\n"
    "about \"How things look.\"\n"
    "topic start banks\n";
constexpr const char* kTwoStops =
    "stop \"Light\"\n"
    "say \"It is day.\"\n"
    "theme light\n"
    "ask \"What is it?\" theme choices dark light\n"
    "right \"So it is.\"\n"
    "wrong \"Look again.\"\n"
    "stop \"Dark\"\n"
    "say \"It is night.\"\n"
    "say \"Sleep well.\"\n"
    "theme dark\n"
    "expect theme == dark\n";

base::Result<Tour> tour_of(const std::string& text) {
  const auto script = app::parse_script(text, "looks.tour.script");
  if (!script) return tl::unexpected(script.error());
  return app::parse_tour(*script);
}

TEST(TourFile, HasAHeadAndStops) {
  const auto tour = tour_of(std::string(kHead) + kTwoStops);
  ASSERT_TRUE(tour) << tour.error().text();
  EXPECT_EQ(tour->title, "Looks");
  EXPECT_EQ(tour->about, "How things look.");
  EXPECT_EQ(tour->topics, (std::vector<std::string>{"start", "banks"}));
  ASSERT_EQ(tour->stops.size(), 2U);
  EXPECT_EQ(tour->stops[0].commands.size(), 1U);
  ASSERT_TRUE(tour->stops[0].ask);
  EXPECT_EQ(tour->stops[0].wrong, "Look again.");
  EXPECT_EQ(tour->stops[1].paragraphs.size(), 2U);
  EXPECT_EQ(tour->stops[1].commands.size(), 2U);
}

struct Wrong {
  const char* text;  // behind kHead
  const char* says;
};
const Wrong kWrong[] = {
    {"", "looks.tour.script:3: a tour has at least one `stop`"},
    {"say \"Hello.\"\n", "looks.tour.script:4: expected `stop \"Heading\"` before what is done and said"},
    {"stop \"A\"\ntheme dark\n", "the stop \"A\" of line 4 lacks a `say`"},
    {"stop \"A\"\nsay \"Hm.\"\nright \"Yes.\"\n", "looks.tour.script:6: `right` and `wrong` come behind an `ask`"},
    {"stop \"A\"\nsay \"Hm.\"\nask \"Q?\" zoom choices 1 2\nright \"Yes.\"\nstop \"B\"\n",
     "looks.tour.script:8: the stop \"A\" of line 4 lacks a `wrong` behind its question"},
    {"stop \"A\"\nsay \"Hm.\"\nask \"Q?\" zoom choices 1 2\ntheme dark\n",
     "looks.tour.script:7: a question ends its stop"},
    {"stop \"A\"\nsay \"Hm.\"\ntour \"B\"\n", "a tour has one title"},
};

TEST(TourFile, SaysWhatItLacksAndWhere) {
  for (const Wrong& wrong : kWrong) {
    const auto tour = tour_of(std::string(kHead) + wrong.text);
    ASSERT_FALSE(tour) << wrong.text;
    EXPECT_NE(tour.error().text().find(wrong.says), std::string::npos) << tour.error().text();
  }
  const auto headless = tour_of("tour \"Looks\"\n" + std::string(kTwoStops));
  ASSERT_FALSE(headless);
  EXPECT_NE(headless.error().text().find("expected `about`"), std::string::npos) << headless.error().text();
}

TEST(TourFile, OneThatIsWrongIsToldAndTheOthersStay) {
  const ScratchFolder folder;
  std::ofstream(folder.path() / "a.tour.script") << kHead << kTwoStops;
  std::ofstream(folder.path() / "b.tour.script") << "tour \"Half\"\n";
  std::ofstream(folder.path() / "c.script") << "theme dark\n";
  const app::Tours tours = app::Tours::find(folder.path());
  ASSERT_EQ(tours.all().size(), 1U);
  EXPECT_EQ(tours.all()[0].title, "Looks");
  ASSERT_EQ(tours.problems().size(), 1U);
  EXPECT_NE(tours.problems()[0].find("b.tour.script:1: "), std::string::npos) << tours.problems()[0];
  EXPECT_EQ(app::Tours::find(folder.path() / "nowhere").problems().size(), 1U);
}

TEST(TourFile, AllThatShipAreTours) {
  const app::Tours tours = app::Tours::find(std::string(WARPSCOPE_SOURCE_DIR) + "/assets/lessons");
  EXPECT_TRUE(tours.problems().empty()) << tours.problems()[0];
  EXPECT_GE(tours.all().size(), 11U);
  for (const Tour& tour : tours.all()) {
    EXPECT_GE(tour.stops.size(), 5U) << tour.file;
    EXPECT_LE(tour.stops.size(), 12U) << tour.file;
    const auto questions =
        std::count_if(tour.stops.begin(), tour.stops.end(), [](const auto& stop) { return stop.ask.has_value(); });
    EXPECT_GE(questions, 2) << tour.file;
  }
}

class Player : public ::testing::Test {
 protected:
  void begin(const std::string& stops, app::TourPlayer::Purpose purpose = app::TourPlayer::Purpose::kTeach) {
    auto tour = tour_of(kHead + stops);
    ASSERT_TRUE(tour) << tour.error().text();
    player.emplace(app::Tours::only(std::move(*tour)), purpose, "shots");
    player->fill_list(state());
    state().requests.start = 0;
    turns();
  }
  // As many turns of the loop as a stop of these needs.
  void turns(int count = 40) {
    for (int i = 0; i < count; ++i) {
      while (host.is_busy() && !host.holds_back_answers) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      player->advance(host, now += 0.02, true);
    }
  }
  void choose(int choice) {
    state().requests.choose = choice;
    turns(1);
  }
  void next() {
    state().requests.next = true;
    turns();
  }
  panels::TourState& state() { return host.ui().tour; }

  TourHost host;
  std::optional<app::TourPlayer> player;
  double now = 0;
};

TEST_F(Player, DoesWhatAStopSaysThenAsks) {
  begin(kTwoStops);
  EXPECT_FALSE(host.ui().dark);
  EXPECT_EQ(state().heading, "Light");
  EXPECT_EQ(state().paragraphs, (std::vector<std::string>{"It is day."}));
  EXPECT_EQ(state().choices, (std::vector<std::string>{"dark", "light"}));
  EXPECT_EQ(state().right_choice, 1);
  EXPECT_EQ(state().stops, 2);
  EXPECT_EQ(host.ui().workspace, panels::Workspace::kStep);
}

TEST_F(Player, TellsRightFromWrongAndLetsOneTryAgain) {
  begin(kTwoStops);
  choose(0);
  EXPECT_FALSE(state().answered_right);
  EXPECT_EQ(state().answer_text, "Look again.");
  choose(1);
  EXPECT_TRUE(state().answered_right);
  EXPECT_EQ(state().answer_text, "So it is.");
}

TEST_F(Player, GoesOnAndBackAndEnds) {
  begin(kTwoStops);
  next();
  EXPECT_EQ(state().heading, "Dark");
  EXPECT_TRUE(host.ui().dark);
  EXPECT_TRUE(state().question.empty());
  state().requests.back = true;
  turns();
  EXPECT_EQ(state().heading, "Light");
  EXPECT_FALSE(host.ui().dark) << "the stop is shown as it was, not as the later one left it";
  next();
  next();
  EXPECT_EQ(state().present, -1);
}

TEST_F(Player, BackMakesEverythingAnewFromTheBeginning) {
  begin("stop \"A\"\nsay \"a\"\nopen vector_add\nstop \"B\"\nsay \"b\"\nstop \"C\"\nsay \"c\"\n");
  next();
  next();
  ASSERT_EQ(host.opened.size(), 1U);
  state().requests.back = true;
  turns();
  EXPECT_EQ(host.opened, (std::vector<std::string>{"vector_add", "vector_add"}));
}

TEST_F(Player, WaitsForStepBeforeItAsks) {
  host.holds_back_answers = true;
  begin("stop \"A\"\nsay \"a\"\nask \"Q?\" zoom choices 1 2\nright \"r\"\nwrong \"w\"\n");
  EXPECT_TRUE(state().working);
  EXPECT_TRUE(state().choices.empty());
  host.holds_back_answers = false;
  turns(2);
  EXPECT_FALSE(state().working);
  EXPECT_EQ(state().choices.size(), 2U);
}

TEST_F(Player, SaysWhatWasExpectedWhereSomethingDoesNotHold) {
  begin("stop \"A\"\nsay \"a\"\nexpect zoom == 3\nstop \"B\"\nsay \"b\"\n");
  EXPECT_EQ(state().problem, "looks.tour.script:6: expected zoom == 3, but zoom is 1");
  next();
  EXPECT_TRUE(state().problem.empty()) << "the tour goes on";
  EXPECT_EQ(state().heading, "B");
}

TEST_F(Player, ExactlyOneChoiceMustBeRight) {
  begin("stop \"A\"\nsay \"a\"\nask \"Q?\" zoom choices 2 3\nright \"r\"\nwrong \"w\"\n");
  EXPECT_EQ(state().problem, "looks.tour.script:6: expected one right answer among 2, 3, but zoom is 1");
  EXPECT_TRUE(state().choices.empty());
}

TEST_F(Player, MakesScreenshotsOnlyInATest) {
  const std::string stop = "stop \"A\"\nsay \"a\"\nscreenshot a.png\n";
  begin(stop);
  EXPECT_TRUE(host.screenshots.empty());
  begin(stop, app::TourPlayer::Purpose::kTest);
  EXPECT_EQ(host.screenshots, (std::vector<std::string>{"shots/a.png"}));
}

// ---- The panel

panels::TourState asked() {
  panels::TourState tour;
  tour.list = {{"Looks", "How things look.", {"start"}, "", 9}, {"Races", "Who was first.", {"race"}, "", 7}};
  tour.present = 0;
  tour.title = "Looks";
  tour.stop = 4;
  tour.stops = 9;
  tour.heading = "Light";
  tour.paragraphs = {"It is day."};
  tour.question = "What is it?";
  tour.choices = {"dark", "light", "red"};
  tour.right_choice = 1;
  return tour;
}

void draw_block(const panels::Frame& f) {
  panels::draw_tour(f, {0, 0, 300, panels::tour_height(f, 300)});
}

TEST(TourBlock, SendsWhatIsClickedAndTyped) {
  BareGui gui(300, 400);
  gui.ui.workspace = panels::Workspace::kStep;  // whose keys they are
  gui.ui.tour = asked();
  gui.frame(draw_block);
  gui.click("Choice 3", draw_block);
  EXPECT_EQ(gui.ui.tour.requests.choose, 2);
  gui.key("2", draw_block);
  EXPECT_EQ(gui.ui.tour.requests.choose, 1);
  gui.click("Next stop", draw_block);
  EXPECT_TRUE(gui.ui.tour.requests.next);
  gui.click("Stop before", draw_block);
  EXPECT_TRUE(gui.ui.tour.requests.back);
  gui.ui.tour.requests = {};
  gui.key("Shift+N", draw_block);
  EXPECT_TRUE(gui.ui.tour.requests.back);
  EXPECT_FALSE(gui.ui.tour.requests.next);
  gui.key("N", draw_block);
  EXPECT_TRUE(gui.ui.tour.requests.next);
  gui.click("Leave the tour", draw_block);
  EXPECT_TRUE(gui.ui.tour.requests.leave);
}

TEST(TourBlock, KeepsItsButtonsInViewHoweverLongTheText) {
  BareGui gui(300, 400);
  gui.ui.tour = asked();
  gui.ui.tour.paragraphs.assign(40, "One more thing to say about it, and not a short one.");
  const auto draw = [](const panels::Frame& f) {
    EXPECT_GT(panels::tour_height(f, 300), 400);
    panels::draw_tour(f, {0, 0, 300, 400});
  };
  gui.frame(draw);
  for (const char* name : {"Choice 1", "Choice 2", "Choice 3", "Next stop", "Stop before", "Leave the tour"}) {
    const scene::Rect r = gui.target(name);
    EXPECT_GT(r.h, 20) << name;
    EXPECT_LE(r.bottom(), 400) << name;
  }
}

TEST(TourBlock, InvitesWhereNoTourGoesOn) {
  BareGui gui(300, 400);
  gui.frame([](const panels::Frame& f) { EXPECT_LT(panels::tour_height(f, 300), 60); });
  gui.frame(draw_block);
  gui.click("Tours", draw_block);
  EXPECT_TRUE(gui.ui.tour.list_open);
}

void draw_list(const panels::Frame& f) {
  panels::draw_tour_list(f, {0, 0, 800, 600});
}

TEST(TourList, OpensAtATopicAndStartsWhatIsChosen) {
  BareGui gui(800, 600);
  gui.ui.tour = asked();
  gui.ui.tour.present = -1;
  gui.ui.requests.tour_topic = "race";
  gui.frames(2, draw_list);
  EXPECT_TRUE(gui.ui.tour.list_open);
  EXPECT_LT(gui.target("Races").y, gui.target("Looks").y) << "what was asked for comes first";
  gui.key("Enter", draw_list);
  EXPECT_EQ(gui.ui.tour.requests.start, 1);
  EXPECT_FALSE(gui.ui.tour.list_open);
}

}  // namespace
}  // namespace warpscope::tests
