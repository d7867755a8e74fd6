// The pad and the gallery: reading as the pen moves, labels that are stored and learned.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "compute/drawings/prepare.h"
#include "compute/session/pictures.h"
#include "tests/session/live_session.h"
#include "tests/support/styles.h"

namespace warpscope::session {
namespace {

using tests::make_digit;
using tests::Style;

class DrawingTest : public ::testing::Test {
 protected:
  DrawingTest() : session_(options()) {}
  LearnOptions options() {
    LearnOptions made = small_options(folder_.path());
    made.settings.epochs = 2;
    return made;
  }
  bool gallery_has(std::size_t count) {
    return session_.wait([&](const LearnView& view) { return view.gallery->items.size() == count; });
  }

  TemporaryFolder folder_;
  LiveSession session_;
};

TEST_F(DrawingTest, AnEmptyPadPredictsNothingAndShowsAnExample) {
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.probe != nullptr; }));
  EXPECT_FALSE(session_.view().probe->from_pad);
  EXPECT_EQ(session_.view().probe->drawing_version, 0U);
  EXPECT_EQ(session_.view().probe->example_index, 0);
  // The first validation picture of the small set is the 2,201st of MNIST.
  const auto split = training::read_split(small_mnist());
  ASSERT_TRUE(split);
  const auto picture = split->validation->picture(0);
  EXPECT_TRUE(std::equal(picture.begin(), picture.end(), session_.view().probe->image.begin()));
  EXPECT_EQ(session_.view().probe->example_label, split->validation->labels[0]);

  session_.send(SetDrawing{3, drawings::Drawing{}});  // cleared
  session_.send(ShowExample{5});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.probe->example_index == 5; }));
  EXPECT_FALSE(session_.view().probe->from_pad);
  session_.send(ShowExample{});
  EXPECT_TRUE(session_.wait([](const LearnView& view) { return view.probe->example_index == 6; }));
}

TEST_F(DrawingTest, ADrawingIsReadWithTheNewestWeightsAndComesBackWithItsVersion) {
  ASSERT_TRUE(session_.train_to_the_end());
  const drawings::Drawing seven = make_digit(Style::kUsual, 7, 1);
  session_.send(SetDrawing{41, seven});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.probe->drawing_version == 41; }));
  const auto probe = session_.view().probe;
  EXPECT_TRUE(probe->from_pad);
  EXPECT_EQ(probe->image, drawings::prepare(seven));
  EXPECT_EQ(probe->step, session_.view().training.step);
  training::Activations expected;
  training::infer(*probe->network, *probe->weights, floats_of(probe->image), expected);
  EXPECT_EQ(probe->activations.probabilities, expected.probabilities);
  // The pad is emptied: its prediction is gone.
  session_.send(SetDrawing{42, drawings::Drawing{}});
  EXPECT_TRUE(session_.wait([](const LearnView& view) { return !view.probe->from_pad; }));
}

TEST_F(DrawingTest, ThePenIsAnsweredAtOnceAlsoWhileCnn32Trains) {
  TemporaryFolder other;
  LearnOptions options;
  options.data_dir = other.path();
  options.mnist_dir = real_mnist();
  LiveSession session(options);
  session.send(StartTraining{});
  ASSERT_TRUE(session.wait([](const LearnView& view) { return view.training.step > 20; }));
  std::vector<double> milliseconds;
  for (std::uint64_t version = 1; version <= 100; ++version) {
    const auto begin = std::chrono::steady_clock::now();
    session.send(SetDrawing{version, make_digit(Style::kUsual, static_cast<int>(version % 10), version)});
    ASSERT_TRUE(session.wait([&](const LearnView& view) { return view.probe->drawing_version == version; }));
    milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  ASSERT_EQ(session.view().training.status, TrainingStatus::kTraining);
  std::sort(milliseconds.begin(), milliseconds.end());
  RecordProperty("pen_median_ms", std::to_string(milliseconds[50]));
  RecordProperty("pen_95_percent_ms", std::to_string(milliseconds[95]));
  std::printf("pen answered in %.2f ms (median), %.2f ms (95 %%)\n", milliseconds[50], milliseconds[95]);
}

TEST_F(DrawingTest, TheProbeFollowsTraining) {
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.probe != nullptr; }));
  session_.send(SetDrawing{9, make_digit(Style::kUsual, 3, 1)});
  ASSERT_TRUE(session_.train_to_the_end());
  EXPECT_TRUE(session_.wait([](const LearnView& view) {
    return view.probe->drawing_version == 9 && view.probe->step == view.training.total_steps;
  }));
}

TEST_F(DrawingTest, ALabelIsStoredAtOnceAndReadByTheNetwork) {
  session_.send(LabelDrawing{7, make_digit(Style::kUsual, 7, 1)});
  ASSERT_TRUE(gallery_has(1));
  ASSERT_TRUE(session_.wait_message("Drawing 1 saved as 7"));
  EXPECT_EQ(session_.view().messages.back().action, Message::Action::kUndoLabel);
  auto store = store::Store::open_read_only(folder_.path());
  ASSERT_TRUE(store) << store.error().text();
  const auto stored = store->drawings();
  ASSERT_TRUE(stored);
  ASSERT_EQ(stored->size(), 1U);
  EXPECT_EQ(stored->front().drawing.label, 7);
  EXPECT_EQ(stored->front().image, drawings::prepare(make_digit(Style::kUsual, 7, 1)));
  EXPECT_TRUE(session_.wait([](const LearnView& view) { return view.gallery->items.front().read_as >= 0; }));
  EXPECT_TRUE(session_.wait([](const LearnView& view) { return view.training.drawings_in_replay == 1; }));
}

TEST_F(DrawingTest, WhatCannotBeALabelIsRefused) {
  session_.send(LabelDrawing{10, stroke_drawing(1)});
  EXPECT_TRUE(session_.wait_message("labels are 0 to 9"));
  session_.send(LabelDrawing{3, drawings::Drawing{}});
  EXPECT_TRUE(session_.wait_message("The pad is empty"));
  EXPECT_TRUE(session_.view().gallery->items.empty());
}

TEST_F(DrawingTest, LabelRelabelAndDeleteAreTakenBackOneAfterTheOther) {
  session_.send(LabelDrawing{1, stroke_drawing(1)});
  session_.send(LabelDrawing{2, stroke_drawing(2)});
  ASSERT_TRUE(gallery_has(2));
  const std::int64_t first = session_.view().gallery->items.back().id;
  session_.send(RelabelDrawing{first, 9});
  session_.send(DeleteDrawing{first});
  ASSERT_TRUE(gallery_has(1));
  session_.send(UndoGallery{});
  ASSERT_TRUE(gallery_has(2));
  EXPECT_EQ(session_.view().gallery->items.back().id, first);
  EXPECT_EQ(session_.view().gallery->items.back().label, 9);
  session_.send(UndoGallery{});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.gallery->items.back().label == 1; }));
  session_.send(UndoGallery{});
  ASSERT_TRUE(gallery_has(1));
  EXPECT_EQ(session_.view().gallery->items.back().label, 1);
  session_.send(UndoGallery{});
  ASSERT_TRUE(gallery_has(0));
  session_.send(UndoGallery{});
  EXPECT_TRUE(session_.wait_message("nothing to take back"));
  auto store = store::Store::open_read_only(folder_.path());
  ASSERT_TRUE(store);
  EXPECT_TRUE(store->drawings()->empty());
}

TEST_F(DrawingTest, ExportedDrawingsComeBackByImport) {
  for (int digit = 0; digit < 4; ++digit) session_.send(LabelDrawing{digit, make_digit(Style::kUsual, digit, 3)});
  const std::filesystem::path folder = folder_.path() / "exported";
  session_.send(ExportDrawings{folder});
  ASSERT_TRUE(session_.wait_message("4 drawings exported"));
  TemporaryFolder other;
  LiveSession second(small_options(other.path()));
  second.send(ImportDrawings{folder});
  ASSERT_TRUE(second.wait([](const LearnView& view) { return view.gallery->items.size() == 4; }));
  EXPECT_EQ(second.view().gallery->items.back().drawing->strokes,
            session_.view().gallery->items.back().drawing->strokes);
  second.send(ImportDrawings{folder / "not-there"});
  EXPECT_TRUE(second.wait_message("not-there"));
}

TEST_F(DrawingTest, APausedRunWaitsAndSaysSo) {
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kReady));
  session_.send(AdvanceStep{});
  session_.send(LeaveStep{});
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kPaused));
  session_.send(LabelDrawing{7, make_digit(Style::kUsual, 7, 1)});
  ASSERT_TRUE(session_.wait_message("joins when training resumes"));
  EXPECT_EQ(session_.view().training.status, TrainingStatus::kPaused);
  EXPECT_EQ(session_.view().training.step, 1);
}

TEST_F(DrawingTest, AStepAfterALabelHoldsItManyTimes) {
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kReady));
  session_.send(LabelDrawing{7, make_digit(Style::kUsual, 7, 1)});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.training.drawings_in_replay == 1; }));
  session_.send(AdvanceStep{});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.step != nullptr; }));
  // Half of the 50 is replay; the nine digits nobody has drawn share it with the one that was (batch_source.cpp).
  EXPECT_GE(session_.view().step->batch->from_drawings, 6);
  EXPECT_LE(session_.view().step->batch->from_drawings, 25);
}

TEST_F(DrawingTest, AFinishedNetworkLearnsANewDrawingByItself) {
  ASSERT_TRUE(session_.train_to_the_end());
  const std::int64_t steps = session_.view().training.step;
  const drawings::Drawing odd = make_digit(Style::kSlashedZero, 0, 5);
  session_.send(LabelDrawing{0, odd});
  ASSERT_TRUE(session_.wait_message("The network learns it now"));
  ASSERT_TRUE(session_.wait_message("of your 1 drawing is read correctly now"));
  EXPECT_TRUE(session_.wait_status(TrainingStatus::kFinished));
  EXPECT_EQ(session_.view().training.step, steps + 800);
  EXPECT_EQ(session_.view().training.learning_steps_left, 0);
  EXPECT_TRUE(session_.wait([](const LearnView& view) { return view.gallery->items.front().read_as == 0; }));
}

TEST_F(DrawingTest, PauseEndsLearningADrawing) {
  ASSERT_TRUE(session_.train_to_the_end());
  session_.send(LabelDrawing{0, make_digit(Style::kSlashedZero, 0, 5)});
  ASSERT_TRUE(session_.wait([](const LearnView& view) { return view.training.learning_steps_left > 0; }));
  session_.send(PauseTraining{});
  ASSERT_TRUE(session_.wait_status(TrainingStatus::kFinished));
  EXPECT_LT(session_.view().training.step, session_.view().training.total_steps + 800);
}

TEST(Pictures, TakeTheShapeANetworkReads) {
  drawings::DigitImage image{};
  image[0] = 200;
  image[27 * 28 + 27] = 100;
  const auto larger = picture_for(image, {3, 32, 32});
  ASSERT_EQ(larger.size(), 3U * 32 * 32);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    EXPECT_EQ(larger[channel * 1024 + 2 * 32 + 2], 200);
    EXPECT_EQ(larger[channel * 1024 + 29 * 32 + 29], 100);
    EXPECT_EQ(larger[channel * 1024], 0);
  }
  const auto smaller = picture_for(image, {1, 14, 14});
  EXPECT_EQ(smaller[0], 50);  // the mean of 2x2
  EXPECT_EQ(smaller[195], 25);
  EXPECT_EQ(tile_of(larger, {3, 32, 32}), image);
}

}  // namespace
}  // namespace warpscope::session
