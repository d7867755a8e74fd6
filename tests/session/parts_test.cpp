// The parts a session is made of, each by itself: the curve, the speed, the board of views, the shelf of drawings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "compute/drawings/prepare.h"
#include "compute/session/curve_recorder.h"
#include "compute/session/drawing_shelf.h"
#include "compute/session/progress_meter.h"
#include "compute/session/view_board.h"
#include "tests/session/live_session.h"

namespace warpscope::session {
namespace {

store::CurvePoint point(std::int64_t step, float loss) {
  return {.step = step, .epoch = static_cast<float>(step) / 100, .loss = loss, .accuracy = 0.5F};
}

TEST(CurveRecorder, FullChunksAreSharedBetweenViewsAndNeverChange) {
  CurveRecorder recorder;
  for (int i = 1; i <= 1500; ++i) recorder.add_train(point(i, 1));
  const auto before = recorder.view();
  for (int i = 1501; i <= 2100; ++i) recorder.add_train(point(i, 1));
  const auto after = recorder.view();
  ASSERT_EQ(before->train_count(), 1500U);
  ASSERT_EQ(after->train_count(), 2100U);
  EXPECT_EQ(before->train[0], after->train[0]) << "the same memory";
  EXPECT_EQ(before->train[1]->size(), 1500U - CurveView::kChunk);
  for (std::size_t i = 0; i < 2100; ++i) ASSERT_EQ(after->train_at(i).step, static_cast<std::int64_t>(i) + 1);
}

TEST(CurveRecorder, TheSmoothedCurveFollowsAStepAndStaysBetweenItsEnds) {
  CurveRecorder recorder;
  for (int i = 1; i <= 500; ++i) recorder.add_train(point(i, 2));
  EXPECT_FLOAT_EQ(recorder.loss(), 2);
  for (int i = 501; i <= 550; ++i) recorder.add_train(point(i, 1));
  // After n steps at a share of 0.02, 0.98^n of the distance is left.
  EXPECT_NEAR(recorder.loss(), 1 + std::pow(0.98, 50), 1e-3);
}

TEST(CurveRecorder, ALongRunIsThinnedAndKeepsItsNewestValue) {
  CurveRecorder recorder;
  for (int i = 1; i <= 100'000; ++i) recorder.add_train(point(i, 1.0F / static_cast<float>(i)));
  const auto view = recorder.view();
  EXPECT_LE(view->smoothed.size(), 4097U);
  EXPECT_GE(view->smoothed.size(), 1500U);
  EXPECT_EQ(view->smoothed.front().step, 1);
  EXPECT_EQ(view->smoothed.back().step, 100'000);
  for (std::size_t i = 1; i < view->smoothed.size(); ++i) {
    ASSERT_LT(view->smoothed[i - 1].step, view->smoothed[i].step);
  }
}

TEST(CurveRecorder, HandsOutNewPointsOnce) {
  CurveRecorder recorder;
  recorder.restore({.train = {point(1, 1), point(2, 1)}, .validation = {point(2, 1)}, .epochs = {}});
  EXPECT_TRUE(recorder.take_new_train().empty()) << "those are in the store already";
  recorder.add_train(point(3, 1));
  recorder.add_validation(point(3, 1));
  EXPECT_EQ(recorder.take_new_train().size(), 1U);
  EXPECT_EQ(recorder.take_new_validation().size(), 1U);
  EXPECT_TRUE(recorder.take_new_train().empty());
  EXPECT_EQ(recorder.view()->train_count(), 3U);
}

TEST(CurveRecorder, GoesBackToAnEarlierStepAcrossItsChunks) {
  CurveRecorder recorder;
  for (int i = 1; i <= 2100; ++i) recorder.add_train(point(i, 1));
  recorder.add_validation(point(900, 1));
  recorder.add_validation(point(1800, 1));
  const auto before = recorder.view();
  recorder.go_back_to(1000);
  EXPECT_EQ(recorder.view()->train_count(), 1000U);
  EXPECT_EQ(recorder.view()->validation.size(), 1U);
  for (int i = 1001; i <= 2100; ++i) recorder.add_train(point(i, 2));
  const auto after = recorder.view();
  ASSERT_EQ(after->train_count(), 2100U);
  for (std::size_t i = 0; i < 2100; ++i) {
    ASSERT_EQ(after->train_at(i).step, static_cast<std::int64_t>(i) + 1);
    ASSERT_EQ(after->train_at(i).loss, i < 1000 ? 1 : 2);
  }
  for (std::size_t i = 1; i < after->smoothed.size(); ++i) {
    ASSERT_LT(after->smoothed[i - 1].step, after->smoothed[i].step);
  }
  EXPECT_EQ(recorder.take_new_train().size(), 2100U);
  EXPECT_EQ(before->train_at(2099).loss, 1) << "a view never changes";
}

TEST(ProgressMeter, CountsTheLastSecond) {
  ProgressMeter meter;
  const ProgressMeter::Time begin{};
  meter.restart(begin);
  using std::chrono::milliseconds;
  for (int i = 1; i <= 30; ++i) meter.add(64, begin + milliseconds(100 * i));
  // From 2.0 s to 3.0 s: both ends count.
  EXPECT_NEAR(meter.per_second(begin + milliseconds(3000)), 11 * 64, 1);
  EXPECT_EQ(meter.per_second(begin + milliseconds(9000)), 0);
  meter.restart(begin + milliseconds(9000));
  meter.add(100, begin + milliseconds(9200));
  EXPECT_NEAR(meter.per_second(begin + milliseconds(9200)), 500, 1);
}

TEST(ViewBoard, KeepsTheLastFiftyMessagesAndNumbersThemAll) {
  int woken = 0;
  ViewBoard board("/somewhere", [&] { ++woken; });
  ASSERT_NE(board.take(), nullptr);
  for (int i = 1; i <= 60; ++i) board.say(Message::Kind::kGood, std::to_string(i));
  const auto view = board.take();
  ASSERT_EQ(view->messages.size(), 50U);
  EXPECT_EQ(view->messages.front().text, "11");
  EXPECT_EQ(view->messages.back().id, 60U);
  EXPECT_EQ(woken, 60);
  EXPECT_EQ(view->data_dir, "/somewhere");
}

TEST(ViewBoard, APublishedViewDoesNotChange) {
  ViewBoard board("", nullptr);
  const auto before = board.take();
  const auto version = before->version;
  board.change([](LearnView& view) { view.store_ok = false; });
  EXPECT_TRUE(before->store_ok);
  EXPECT_FALSE(board.take()->store_ok);
  EXPECT_GT(board.take()->version, version);
}

class ShelfTest : public ::testing::Test {
 protected:
  void add(int variant, int label) {
    drawings::Drawing drawing = stroke_drawing(variant);
    drawing.label = label;
    shelf_.add(drawing, drawings::prepare(drawing));
  }
  std::vector<int> labels() const {  // newest first
    const auto gallery = shelf_.gallery();
    std::vector<int> labels;
    for (const GalleryItem& item : gallery->items) labels.push_back(item.label);
    return labels;
  }

  TemporaryFolder folder_;
  DrawingShelf shelf_;
};

TEST_F(ShelfTest, WithoutAStoreUnwrittenDrawingsCanBeChangedAndTakenBack) {
  add(1, 1);
  add(2, 2);
  const std::int64_t first = shelf_.gallery()->items.back().id;
  EXPECT_LT(first, 0) << "a temporary id";
  EXPECT_TRUE(shelf_.relabel(nullptr, first, 7));
  EXPECT_TRUE(shelf_.remove(nullptr, first));
  EXPECT_THAT(labels(), ::testing::ElementsAre(2));
  EXPECT_TRUE(shelf_.undo(nullptr));
  EXPECT_THAT(labels(), ::testing::ElementsAre(2, 7)) << "back in its place";
  EXPECT_TRUE(shelf_.undo(nullptr));
  EXPECT_THAT(labels(), ::testing::ElementsAre(2, 1));
  EXPECT_EQ(shelf_.unsaved(), 2);
}

TEST_F(ShelfTest, UndoFindsADrawingThatGotItsRealIdMeanwhile) {
  add(1, 4);
  auto store = store::Store::open(folder_.path());
  ASSERT_TRUE(store) << store.error().text();
  const auto id = shelf_.write_unsaved(*store);
  ASSERT_TRUE(id);
  EXPECT_GT(*id, 0);
  EXPECT_EQ(shelf_.newest_id(), *id);
  EXPECT_EQ(shelf_.unsaved(), 0);
  EXPECT_TRUE(shelf_.undo(&*store));
  const auto stored = store->drawings();
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->empty());
  EXPECT_FALSE(shelf_.undo(&*store)) << "nothing is left to take back";
}

TEST_F(ShelfTest, WhatIsOnDiskIsNotChangedBehindTheStoresBack) {
  add(1, 4);
  std::int64_t id = 0;
  {
    auto store = store::Store::open(folder_.path());
    ASSERT_TRUE(store);
    id = *shelf_.write_unsaved(*store);
  }
  EXPECT_FALSE(shelf_.relabel(nullptr, id, 9));
  EXPECT_FALSE(shelf_.remove(nullptr, id));
  EXPECT_THAT(labels(), ::testing::ElementsAre(4));
  EXPECT_FALSE(shelf_.undo(nullptr)) << "and can be taken back once there is a store again";
  auto store = store::Store::open(folder_.path());
  EXPECT_TRUE(shelf_.undo(&*store));
}

}  // namespace
}  // namespace warpscope::session
