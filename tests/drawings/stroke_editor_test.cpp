#include "compute/drawings/stroke_editor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace warpscope::drawings {
namespace {

using testing::SizeIs;

void draw(StrokeEditor& editor, const std::vector<StrokePoint>& points) {
  editor.pen_down(points.front());
  for (std::size_t i = 1; i < points.size(); ++i) editor.pen_move(points[i]);
  editor.pen_up();
}

void erase(StrokeEditor& editor, StrokePoint from, StrokePoint to, float radius) {
  editor.erase_begin();
  editor.erase_along(from, to, radius);
  editor.erase_end();
}

TEST(ThePen, LeavesAStrokeFromDownToUp) {
  StrokeEditor editor;
  draw(editor, {{10, 10, 0}, {20, 10, 8}, {30, 15, 16}});
  draw(editor, {{50, 50, 30}});
  ASSERT_THAT(editor.drawing().strokes, SizeIs(2));
  EXPECT_EQ(editor.drawing().strokes[0], (Stroke{{10, 10, 0}, {20, 10, 8}, {30, 15, 16}}));
  EXPECT_EQ(editor.drawing().strokes[1], (Stroke{{50, 50, 30}}));
}

TEST(ThePen, IsSeenWhileItMoves) {
  StrokeEditor editor;
  const auto before = editor.version();
  editor.pen_down({1, 1, 0});
  EXPECT_TRUE(editor.pen_is_down());
  const auto down = editor.version();
  editor.pen_move({9, 9, 1});
  EXPECT_GT(down, before);
  EXPECT_GT(editor.version(), down);
  EXPECT_THAT(editor.drawing().strokes[0], SizeIs(2));
}

TEST(ThePen, DropsPointsTooCloseToMatterAndStaysOnTheCanvas) {
  StrokeEditor editor(100, 50);
  editor.pen_down({-20, 10, 0});
  const auto version = editor.version();
  editor.pen_move({0.1F, 10.1F, 1});
  EXPECT_EQ(editor.version(), version);
  editor.pen_move({130, 80, 2});
  editor.pen_up();
  editor.pen_move({5, 5, 3});  // in the air
  EXPECT_EQ(editor.drawing().strokes[0], (Stroke{{0, 10, 0}, {100, 50, 2}}));
}

TEST(ThePen, IgnoresPlacesThatAreNone) {
  StrokeEditor editor;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  editor.pen_down({nan, 1, 0});
  EXPECT_FALSE(editor.pen_is_down());
  editor.pen_down({1, 1, 0});
  editor.pen_move({5, std::numeric_limits<float>::infinity(), 0});
  EXPECT_EQ(editor.drawing().strokes, (std::vector<Stroke>{{{1, 1, 0}}}));
}

TEST(Undo, TakesBackStrokeByStrokeAndRedoBringsThemBack) {
  StrokeEditor editor;
  EXPECT_FALSE(editor.undo());
  draw(editor, {{1, 1, 0}, {9, 9, 1}});
  const Drawing one = editor.drawing();
  draw(editor, {{20, 20, 2}});
  const Drawing two = editor.drawing();
  EXPECT_TRUE(editor.undo());
  EXPECT_EQ(editor.drawing(), one);
  EXPECT_TRUE(editor.undo());
  EXPECT_TRUE(editor.drawing().empty());
  EXPECT_FALSE(editor.can_undo());
  EXPECT_TRUE(editor.redo());
  EXPECT_TRUE(editor.redo());
  EXPECT_EQ(editor.drawing(), two);
  EXPECT_FALSE(editor.redo());
}

TEST(Undo, ForgetsWhatWasUndoneOnceSomethingNewIsDrawn) {
  StrokeEditor editor;
  draw(editor, {{1, 1, 0}});
  editor.undo();
  EXPECT_TRUE(editor.can_redo());
  draw(editor, {{2, 2, 0}});
  EXPECT_FALSE(editor.can_redo());
}

TEST(Undo, DuringAStrokeEndsItFirst) {
  StrokeEditor editor;
  editor.pen_down({1, 1, 0});
  editor.pen_move({9, 9, 0});
  EXPECT_TRUE(editor.undo());
  editor.pen_move({20, 20, 0});
  EXPECT_FALSE(editor.pen_is_down());
  EXPECT_TRUE(editor.drawing().empty());
}

TEST(Undo, GoesBackOverClearAndReplaceWithLabelAndCanvas) {
  StrokeEditor editor;
  draw(editor, {{1, 1, 0}});
  Drawing other;
  other.canvas_width = 28;
  other.label = 5;
  other.strokes = {{{3, 3, 0}}};
  editor.replace(other);
  EXPECT_EQ(editor.drawing(), other);
  editor.clear();
  EXPECT_TRUE(editor.drawing().empty());
  EXPECT_EQ(editor.drawing().label, std::nullopt);
  EXPECT_TRUE(editor.undo());
  EXPECT_EQ(editor.drawing(), other);
  EXPECT_TRUE(editor.undo());
  EXPECT_EQ(editor.drawing().canvas_width, 280);
  EXPECT_EQ(editor.drawing().strokes, (std::vector<Stroke>{{{1, 1, 0}}}));
}

TEST(Undo, HasNoStepsThatChangeNothing) {
  StrokeEditor editor;
  editor.clear();
  editor.replace(editor.drawing());
  erase(editor, {0, 0, 0}, {280, 280, 0}, 20);
  EXPECT_FALSE(editor.can_undo());
  EXPECT_EQ(editor.version(), 1U);
}

TEST(TheEraser, CutsAStrokeInTwoWhereItCrossesIt) {
  StrokeEditor editor;
  draw(editor, {{0, 100, 0}, {200, 100, 200}});
  erase(editor, {100, 50, 0}, {100, 150, 0}, 10);
  // By hand: from x = 90 to x = 110 is gone, and the times lie in between.
  ASSERT_THAT(editor.drawing().strokes, SizeIs(2));
  EXPECT_EQ(editor.drawing().strokes[0], (Stroke{{0, 100, 0}, {90, 100, 90}}));
  EXPECT_EQ(editor.drawing().strokes[1], (Stroke{{110, 100, 110}, {200, 100, 200}}));
}

TEST(TheEraser, HasRoundEnds) {
  StrokeEditor editor;
  draw(editor, {{0, 100, 0}, {200, 100, 0}});
  erase(editor, {100, 108, 0}, {100, 150, 0}, 10);  // its end's centre is 8 below the stroke: half chord 6
  ASSERT_THAT(editor.drawing().strokes, SizeIs(2));
  EXPECT_NEAR(editor.drawing().strokes[0].back().x, 94, 1e-4);
  EXPECT_NEAR(editor.drawing().strokes[1].front().x, 106, 1e-4);
}

TEST(TheEraser, ShortensAnEndAndTakesDotsAndWholeStrokes) {
  StrokeEditor editor;
  draw(editor, {{0, 100, 0}, {200, 100, 0}});
  draw(editor, {{203, 103, 0}});
  draw(editor, {{195, 90, 0}, {205, 92, 0}});
  erase(editor, {200, 100, 0}, {200, 100, 0}, 20);
  ASSERT_THAT(editor.drawing().strokes, SizeIs(1));
  EXPECT_NEAR(editor.drawing().strokes[0].back().x, 180, 1e-4);
}

TEST(TheEraser, LeavesAloneWhatItDoesNotTouch) {
  StrokeEditor editor;
  draw(editor, {{0, 100, 0}, {50, 100, 0}, {200, 100, 0}});
  draw(editor, {{10, 10, 0}});
  const Drawing before = editor.drawing();
  erase(editor, {0, 120, 0}, {200, 120, 0}, 19);
  EXPECT_EQ(editor.drawing(), before);
}

TEST(TheEraser, MakesOneUndoStepOfAGesture) {
  StrokeEditor editor;
  draw(editor, {{0, 100, 0}, {200, 100, 0}});
  const Drawing before = editor.drawing();
  editor.erase_begin();
  for (float x = 20; x < 180; x += 10) editor.erase_along({x, 100, 0}, {x + 10, 100, 0}, 5);
  editor.erase_end();
  EXPECT_NE(editor.drawing(), before);
  EXPECT_TRUE(editor.undo());
  EXPECT_EQ(editor.drawing(), before);
}

TEST(TheEraser, DoesNothingBeforeItIsSetDown) {
  StrokeEditor editor;
  draw(editor, {{0, 100, 0}, {200, 100, 0}});
  const Drawing before = editor.drawing();
  editor.erase_along({0, 100, 0}, {200, 100, 0}, 50);
  EXPECT_EQ(editor.drawing(), before);
}

double distance_to_segment(StrokePoint p, StrokePoint a, StrokePoint b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  const double t = length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0.0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

// Sampled finely: what is left lies outside the eraser's trace, and what was outside is left.
TEST(TheEraser, TakesExactlyWhatLiesWithinItsRadius) {
  std::mt19937 random(4);
  const auto place = [&] {
    return StrokePoint{static_cast<float>(random() % 280), static_cast<float>(random() % 280), 0};
  };
  for (int round = 0; round < 200; ++round) {
    StrokeEditor editor;
    std::vector<StrokePoint> points;
    for (int i = 0; i < 5; ++i) points.push_back(place());
    draw(editor, points);
    const Stroke whole = editor.drawing().strokes[0];
    const StrokePoint from = place();
    const StrokePoint to = round % 5 ? place() : from;
    constexpr float kRadius = 15;
    erase(editor, from, to, kRadius);
    const auto samples = [](const Stroke& stroke, auto visit) {
      for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
        for (float t = 0; t <= 1; t += 0.01F) {
          visit(StrokePoint{stroke[i].x + t * (stroke[i + 1].x - stroke[i].x),
                            stroke[i].y + t * (stroke[i + 1].y - stroke[i].y), 0});
        }
      }
    };
    for (const Stroke& left : editor.drawing().strokes) {
      samples(left, [&](StrokePoint p) { ASSERT_GE(distance_to_segment(p, from, to), kRadius - 1e-3); });
    }
    samples(whole, [&](StrokePoint p) {
      if (distance_to_segment(p, from, to) < kRadius + 0.6) return;  // crumbs of half a unit may go
      double nearest = 1e9;
      for (const Stroke& left : editor.drawing().strokes) {
        for (std::size_t i = 0; i + 1 < left.size(); ++i)
          nearest = std::min(nearest, distance_to_segment(p, left[i], left[i + 1]));
      }
      ASSERT_LT(nearest, 1e-3);
    });
  }
}

}  // namespace
}  // namespace warpscope::drawings
