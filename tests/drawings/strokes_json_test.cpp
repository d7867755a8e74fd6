#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <random>
#include <string>

#include "compute/drawings/drawing.h"

namespace warpscope::drawings {
namespace {

using testing::HasSubstr;

TEST(AStrokesFile, GivesLabelCanvasAndPoints) {
  const auto drawing = *parse_strokes_json(R"({"label": 7, "canvas": [280, 140.5], "strokes":
    [[[1, 2, 0], [3.5, -4e1, 16.5]], [[9, 9, 20]]]})",
                                           "seven.json");
  EXPECT_EQ(drawing.label, 7);
  EXPECT_EQ(drawing.canvas_width, 280);
  EXPECT_EQ(drawing.canvas_height, 140.5F);
  ASSERT_EQ(drawing.strokes.size(), 2U);
  EXPECT_EQ(drawing.strokes[0], (Stroke{{1, 2, 0}, {3.5F, -40, 16.5F}}));
  EXPECT_EQ(drawing.strokes[1], (Stroke{{9, 9, 20}}));
}

TEST(AStrokesFile, MayLeaveOutLabelAndTimes) {
  const char* const text = R"({"canvas": [10, 10], "strokes": [[[1, 2], [3, 4]]]})";
  EXPECT_EQ(parse_strokes_json(text, "")->label, std::nullopt);
  EXPECT_EQ(parse_strokes_json(text, "")->strokes[0][1], (StrokePoint{3, 4, 0}));
  EXPECT_EQ(parse_strokes_json(R"({"label": null, "canvas": [10, 10], "strokes": []})", "")->label, std::nullopt);
}

TEST(AStrokesFile, MayHoldKeysOfOtherPrograms) {
  const auto drawing = parse_strokes_json(
      R"({"made by": {"label": [3, {"canvas": null}], "x": "\"]}"}, "pen": true, "strokes": [[[1, 2]]], "v": 1.5,
          "canvas": [10, 10], "note": "", "list": [[], {}], "label": 4})",
      "");
  ASSERT_TRUE(drawing.has_value()) << drawing.error().text();
  EXPECT_EQ(drawing->label, 4);
  EXPECT_EQ(drawing->strokes[0].size(), 1U);
}

struct Wrong {
  const char* text;
  const char* where;  // line:column
  const char* says;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.text;
}

class AWrongStrokesFile : public testing::TestWithParam<Wrong> {};

TEST_P(AWrongStrokesFile, IsRefusedAtThePlaceOfTheMistakeAndSaysWhatIsAccepted) {
  const auto& [text, where, says] = GetParam();
  const auto drawing = parse_strokes_json(text, "f.json");
  ASSERT_FALSE(drawing.has_value());
  EXPECT_THAT(drawing.error().text(), testing::StartsWith(std::string("f.json:") + where + ": "));
  EXPECT_THAT(drawing.error().message, HasSubstr(says));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, AWrongStrokesFile,
    testing::Values(Wrong{"", "1:1", "this is not JSON"},
                    Wrong{"\n\n  [1]", "3:3", "a strokes file holds one object, not a list"},
                    Wrong{"12", "1:1", "a strokes file holds one object, not the number 12"},
                    Wrong{"{\"canvas\": [1, 1],\n \"strokes\": [[[1, 2]]]", "2:23", "this is not JSON"},
                    Wrong{"{\"canvas\": [1, 1], \"strokes\": []} x", "1:35", "this is not JSON"},
                    Wrong{"{'canvas': [1, 1]}", "1:2", "this is not JSON"},
                    Wrong{R"({"label": 10, "canvas": [1, 1], "strokes": []})", "1:11",
                          "a whole number from 0 to 9, or null, not 10"},
                    Wrong{R"({"label": -1, "canvas": [1, 1], "strokes": []})", "1:11", "not -1"},
                    Wrong{R"({"label": 2.5, "canvas": [1, 1], "strokes": []})", "1:11", "not 2.5"},
                    Wrong{R"({"label": "seven", "canvas": [1, 1], "strokes": []})", "1:11", "not a text in quotes"},
                    Wrong{R"({"label": "\"\\", "canvas": [1, 1], "strokes": []})", "1:11", "not a text in quotes"},
                    Wrong{R"({"label": true})", "1:11", "not true"}, Wrong{R"({"label": [7]})", "1:11", "not a list"},
                    Wrong{R"({"label": {}})", "1:11", "not an object"},
                    Wrong{R"({"label": 7, "label": 8})", "1:14", "\"label\" stands here a second time"},
                    Wrong{"{\"canvas\": [0, 10], \"strokes\": []}", "1:13", "above 0"},
                    Wrong{"{\"canvas\": [10, -3], \"strokes\": []}", "1:17", "above 0"},
                    Wrong{"{\"canvas\": [10, 1e-60], \"strokes\": []}", "1:17", "above 0"},
                    Wrong{"{\"canvas\": [10], \"strokes\": []}", "1:15", "two numbers, [width, height]; here is 1"},
                    Wrong{"{\"canvas\": [1, 2, 3], \"strokes\": []}", "1:19", "here is a third"},
                    Wrong{"{\"canvas\": 5, \"strokes\": []}", "1:12", "two numbers, [width, height], not the number 5"},
                    Wrong{"{\"canvas\": null, \"strokes\": []}", "1:12", "not null"},
                    Wrong{"\n {\"strokes\": []}", "2:2", "\"canvas\" is missing"},
                    Wrong{"{\"canvas\": [1, 1]}", "1:1", "\"strokes\" is missing"},
                    Wrong{"{\"canvas\": [1, 1], \"strokes\": 3}", "1:31", "strokes must be a list of strokes"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [5]}", "2:13", "a stroke must be a list of points"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[1, 2]]}", "2:14", "a point must be a list of numbers"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, 2],\n[3]]]}", "3:1",
                          "a point needs two or three numbers"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, 2, 3, 4]]]}", "2:24", "here is a fourth"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, null]]]}", "2:18",
                          "a point holds numbers only, [x, y] or [x, y, t_ms], not null"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, \"2\"]]]}", "2:18", "numbers only"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, [2]]]]}", "2:18", "numbers only"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, NaN]]]}", "2:18", "this is not JSON"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, 1e999]]]}", "2:18", "too large for any coordinate"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, -2e6]]]}", "2:18",
                          "a coordinate must be within +-1000000, not -2e6"},
                    Wrong{"{\"canvas\": [1, 1],\n\"strokes\": [[[1, 2, 1e16]]]}", "2:21", "a time must be within"},
                    // Characters count, not bytes.
                    Wrong{"{\"ä€😀\": 1, \"label\": 77}", "1:21", "not 77"}));

TEST(AStrokesFile, WithMoreThanAnyHandCanDrawIsRefused) {
  std::string points = "[1, 2]";
  for (int i = 0; i < kMaxPoints; ++i) points += ", [1, 2]";
  EXPECT_THAT(parse_strokes_json("{\"canvas\": [9, 9], \"strokes\": [[" + points + "]]}", "").error().message,
              HasSubstr("more than the 100000 points"));
  std::string strokes = "[]";
  for (int i = 0; i < kMaxStrokes; ++i) strokes += ", []";
  EXPECT_THAT(parse_strokes_json("{\"canvas\": [9, 9], \"strokes\": [" + strokes + "]}", "").error().message,
              HasSubstr("more than the 10000 strokes"));
  // Nesting costs no stack.
  EXPECT_FALSE(parse_strokes_json("{\"x\": " + std::string(1'000'000, '['), "").has_value());
}

TEST(StrokesJson, HasTheFormThatIsWrittenDown) {
  Drawing drawing;
  drawing.label = 7;
  drawing.canvas_height = 140.5F;
  drawing.strokes = {{{1, 2, 0}, {3.5F, 4, 16}}, {{0.1F, 5, 30}}};
  EXPECT_EQ(strokes_json(drawing),
            "{\"label\": 7, \"canvas\": [280, 140.5], \"strokes\": [[[1, 2, 0], [3.5, 4, 16]],\n  [[0.1, 5, 30]]]}");
  EXPECT_EQ(strokes_json(Drawing{}), "{\"label\": null, \"canvas\": [280, 280], \"strokes\": []}");
}

TEST(StrokesJson, ReadsBackToTheSameDrawingToTheLastBit) {
  std::mt19937 random(1);
  const auto number = [&] {
    const float magnitude = std::pow(10.0F, static_cast<float>(random() % 40) / 4 - 4.5F);
    return (static_cast<float>(random()) / 4294967296.0F - 0.5F) * magnitude;
  };
  for (int round = 0; round < 300; ++round) {
    Drawing drawing;
    drawing.canvas_width = std::abs(number()) + 1e-6F;
    drawing.canvas_height = std::abs(number()) + 1e-6F;
    if (random() % 2) drawing.label = static_cast<int>(random() % 10);
    drawing.strokes.resize(random() % 5);
    for (Stroke& stroke : drawing.strokes) {
      stroke.resize(random() % 20);
      for (StrokePoint& p : stroke) p = {number(), number(), number() * 1e6F};
    }
    const auto again = parse_strokes_json(strokes_json(drawing), "again");
    ASSERT_TRUE(again.has_value()) << again.error().text();
    ASSERT_EQ(*again, drawing);
  }
}

TEST(Validation, NamesWhatIsWrong) {
  const auto message_of = [](auto spoil) {
    Drawing drawing;
    drawing.strokes = {{{1, 2, 3}}, {{4, 5, 6}, {7, 8, 9}}};
    EXPECT_TRUE(validate(drawing).has_value());
    spoil(drawing);
    return validate(drawing).error().message;
  };
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(message_of([](Drawing& d) { d.label = 10; }), HasSubstr("must be a digit from 0 to 9"));
  EXPECT_THAT(message_of([](Drawing& d) { d.canvas_width = 0; }), HasSubstr("the canvas is 0 x 280"));
  EXPECT_THAT(message_of([](Drawing& d) { d.canvas_height = kNan; }), HasSubstr("the canvas"));
  EXPECT_THAT(message_of([](Drawing& d) { d.strokes[1][1].x = kInfinity; }),
              HasSubstr("point 2 of stroke 2 is (inf, 8)"));
  EXPECT_THAT(message_of([](Drawing& d) { d.strokes[0][0].y = kNan; }), HasSubstr("point 1 of stroke 1"));
  EXPECT_THAT(message_of([](Drawing& d) { d.strokes[0][0].t_ms = kInfinity; }), HasSubstr("at inf ms"));
  EXPECT_THAT(message_of([](Drawing& d) { d.strokes.resize(10'001); }), HasSubstr("10001 strokes"));
  EXPECT_THAT(message_of([](Drawing& d) { d.strokes[0].resize(100'001); }), HasSubstr("100003 points"));
}

TEST(ADrawing, IsEmptyWithoutAPoint) {
  Drawing drawing;
  EXPECT_TRUE(drawing.empty());
  drawing.strokes = {{}, {}};
  EXPECT_TRUE(drawing.empty());
  drawing.strokes[1].push_back({1, 1, 0});
  EXPECT_FALSE(drawing.empty());
}

}  // namespace
}  // namespace warpscope::drawings
