// The language of scripts: what it says to lines it does not take, and what conditions mean.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/script.h"
#include "app/script_values.h"
#include "tests/support/sample_view.h"

namespace warpscope::tests {
namespace {

std::string complaint(const std::string& text) {
  const auto script = app::parse_script(text, "lesson.script");
  return script ? "" : script.error().text();
}

TEST(Script, ReadsCommandsCommentsAndQuotes) {
  const auto script = app::parse_script(
      "# a lesson\n"
      "\n"
      "click \"One step, slowly\"   # with a comment\n"
      "wait-until train.step >= 20 and status == training timeout 5\n"
      "hover \"Map 3\" 0.25 0.75\r\n"
      "expect toast contains \"saved as 7\"",
      "lesson.script");
  ASSERT_TRUE(script) << script.error().text();
  ASSERT_EQ(script->commands.size(), 4U);
  EXPECT_EQ(script->commands[0].line, 3);
  EXPECT_EQ(script->commands[0].words[0], "One step, slowly");
  EXPECT_EQ(script->commands[1].timeout, 5);
  ASSERT_EQ(script->commands[1].condition.groups.size(), 1U);
  EXPECT_EQ(script->commands[1].condition.groups[0].size(), 2U);
  EXPECT_EQ(script->commands[2].numbers[2], 0.75);
  EXPECT_EQ(std::get<std::string>(script->commands[3].condition.groups[0][0].value), "saved as 7");
}

struct Wrong {
  const char* line;
  const char* says;  // part of what is said
};
const Wrong kWrong[] = {
    {"jump", "lesson.script:2: there is no command 'jump'"},
    {"move 10", "lesson.script:2: expected `move X Y`"},
    {"move ten 20", "'ten' is not a number"},
    {"wait-frames 2.5", "'2.5' is not a whole number"},
    {"wait-frames -1", "'-1' is not a whole number"},
    {"label-digit 12", "'12' is not a digit from 0 to 9"},
    {"key Hyper+X", "'Hyper+X' is not a key"},
    {"resize wide", "'wide' is not a size like 1280x720"},
    {"theme blue", "'blue' is neither dark nor light"},
    {"workspace maps", "there is no workspace 'maps' in this version; there are learn, convolve, sm and step"},
    {"click \"Pause", "a quote is not closed"},
    {"expect prediction", "a condition is NAME OP VALUE"},
    {"expect foo == 1", "nothing is called 'foo'; there are prediction"},
    {"expect prediction = 1", "'=' is not one of == != < <= > >= contains"},
    {"expect train.step > many", "> compares numbers, and 'many' is none"},
    {"expect prediction == 7 also train.step > 3", "`and` or `or` is expected before 'also'"},
    {"wait-until prediction == 7 timeout soon", "'soon' is not a number of seconds"},
    {"go", "expected `go WHAT [back] [N]`"},
    {"go sideways", "there is no 'sideways' to go to; there are instruction, line"},
    {"go line zero", "'zero' is not how often to go"},
    {"go line back 2 3", "'3' is too much"},
    {"go to-line", "expected the number of a line"},
    {"follow 3", "expected `follow BLOCK WARP`"},
    {"seek -1", "'-1' is not a whole number"},
    {"schedule random", "expected `schedule run-to-wait`"},
    {"schedule chaos", "expected `schedule run-to-wait`"},
    {"show", "expected `show shared|global|BUFFER`"},
    {"argument n i99:5", "expected `argument NAME TYPE:VALUE`"},
    {"expect step.var(sum) == 1", "step.var takes a variable and a lane from 0 to 31, as in step.var(tile[3][5],0)"},
    {"expect step.var(sum,32) == 1", "step.var takes a variable and a lane from 0 to 31"},
    {"expect step.mem(c,x) == 1", "step.mem takes a buffer and the number of an element, as in step.mem(c,17)"},
    {"say \"\"", "the text is empty; expected `say"},
    {"ask \"How many?\" step.active choices 3", "expected `ask \"Question\" VALUE choices A B [C] [D]`"},
    {"ask \"How many?\" step.lanes choices 3 4", "nothing is called 'step.lanes'"},
    {"ask \"How many?\" step.active choices 3 3", "the choice '3' is there twice"},
};

TEST(Script, SaysWhichLineIsWrongAndWhatItShouldBe) {
  for (const Wrong& wrong : kWrong) {
    const std::string said = complaint(fmt::format("wait-frames 1\n{}\n", wrong.line));
    EXPECT_NE(said.find(wrong.says), std::string::npos) << wrong.line << " -> " << said;
    EXPECT_TRUE(said.starts_with("lesson.script:2: ")) << said;
  }
}

TEST(Script, ReadsWaysToGo) {
  using session::StepGoal;
  const auto script = app::parse_script(
      "go barrier\n"
      "go line back 3\n"
      "go to-line 24 back\n"
      "go start\n"
      "schedule random 10\n",
      "lesson.script");
  ASSERT_TRUE(script) << script.error().text();
  const auto& commands = script->commands;
  EXPECT_EQ(commands[0].go.goal, StepGoal::kBarrier);
  EXPECT_EQ(commands[0].go.direction, trace::Direction::kForward);
  EXPECT_EQ(commands[0].go.count, 1);
  EXPECT_EQ(commands[1].go.goal, StepGoal::kLine);
  EXPECT_EQ(commands[1].go.direction, trace::Direction::kBackward);
  EXPECT_EQ(commands[1].go.count, 3);
  EXPECT_EQ(commands[2].go.goal, StepGoal::kAtLine);
  EXPECT_EQ(commands[2].go.line, 24);
  EXPECT_EQ(commands[2].go.direction, trace::Direction::kBackward);
  EXPECT_EQ(commands[3].go.goal, StepGoal::kEnd);
  EXPECT_EQ(commands[3].go.direction, trace::Direction::kBackward) << "the end, backwards, is the start";
  EXPECT_EQ(commands[4].schedule, (vgpu::Schedule{vgpu::WarpScheduler::kRandom, 10}));
}

class Conditions : public ::testing::Test {
 protected:
  bool holds(const std::string& text) const {
    const auto condition = app::parse_condition(text);
    if (!condition) throw std::runtime_error(condition.error().text());
    return app::holds(*condition, {view, step, convolve, map, ui, times, 0});
  }
  session::LearnView view = sample_view({});
  session::StepView step;
  session::ConvolveView convolve;
  session::MapView map;
  panels::UiState ui;
  app::FrameTimes times;
};

TEST_F(Conditions, CompareNumbersAndTexts) {
  view.training.step = 120;
  view.training.accuracy = 0.97F;
  EXPECT_TRUE(holds("train.step == 120"));
  EXPECT_TRUE(holds("train.step > 119 and train.step < 121"));
  EXPECT_FALSE(holds("train.step != 120"));
  EXPECT_TRUE(holds("train.accuracy == 0.97")) << "a float equals the decimals somebody typed";
  EXPECT_TRUE(holds("status == training"));
  EXPECT_FALSE(holds("status == paused"));
  EXPECT_TRUE(holds("status == paused or train.step >= 120"));
  EXPECT_FALSE(holds("status == training and train.step > 500 or train.step < 100"));
}

TEST_F(Conditions, AnEmptyPadPredictsNothing) {
  SampleOptions options;
  options.shows = SampleOptions::Shows::kExample;
  view = sample_view(options);
  EXPECT_TRUE(holds("prediction == none"));
  EXPECT_TRUE(holds("prediction != 7"));
  EXPECT_FALSE(holds("prediction == 7"));
}

TEST_F(Conditions, FindTheTextOfToasts) {
  EXPECT_FALSE(holds("toast contains saved"));
  ui.toasts.push_back({.text = "Drawing 24 saved as 7"});
  EXPECT_TRUE(holds("toast contains \"saved as 7\""));
}

TEST_F(Conditions, KnowTheFrameTimes) {
  for (int i = 1; i <= 9; ++i) times.add(i * 0.01, i * 1e-3);
  EXPECT_TRUE(holds("frames == 9"));
  EXPECT_TRUE(holds("frame.median_ms > 4.9 and frame.median_ms < 5.1"));
  EXPECT_TRUE(holds("frame.max_ms > 8.9 and frame.max_ms < 9.1"));
}

TEST_F(Conditions, EveryNameHasAValue) {
  for (const std::string_view name : app::script_names()) {
    EXPECT_NO_THROW(app::script_value(name, {view, step, convolve, map, ui, times, 0})) << name;
  }
}

TEST_F(Conditions, OfStepSayThatNothingIsOpen) {
  EXPECT_TRUE(holds("step.status == empty"));
  EXPECT_TRUE(holds("step.total == 0 and step.line == none and step.finding == none"));
  EXPECT_TRUE(holds("step.var(tile[3][5],0) == none"));
  EXPECT_TRUE(holds("step.mem(c,17) == none"));
}

TEST(Script, TheLessonsThatShipAreWritten) {
  const std::string file = std::string(WARPSCOPE_SOURCE_DIR) + "/assets/lessons/learn-demo.script";
  std::ifstream in(file);
  ASSERT_TRUE(in);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto script = app::parse_script(text, file);
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_GT(script->commands.size(), 20U);
}

}  // namespace
}  // namespace warpscope::tests
