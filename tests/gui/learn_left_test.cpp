#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/panels/learn_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/support/sample_view.h"

namespace warpscope::tests {
namespace {

using panels::Frame;

// The left panel of a 1920 x 1080 window; its pad stands at (16, 92) and is 320 pixels wide.
constexpr scene::Rect kPanel{0, 44, 352, 1008};
constexpr scene::Rect kPad{16, 92, 320, 320};

void draw(const Frame& f) {
  panels::handle_learn_keys(f);
  panels::draw_learn_left(f, kPanel);
}

scene::Vec2 on_pad(float x, float y) {
  return {kPad.x + x * kPad.w, kPad.y + y * kPad.h};
}

class LearnLeft : public testing::Test {
 protected:
  LearnLeft() {
    gui.view = sample_view();
    gui.frame(draw);
    gui.commands.clear();
  }

  void draw_line(scene::Vec2 from, scene::Vec2 to) {
    gui.move(from, draw);
    gui.press(draw);
    for (int i = 1; i <= 10; ++i) {
      const float t = static_cast<float>(i) / 10;
      gui.move({from.x + t * (to.x - from.x), from.y + t * (to.y - from.y)}, draw);
    }
    gui.release(draw);
  }

  BareGui gui{1920, 1080};
};

TEST_F(LearnLeft, SendsTheDrawingInTheFrameInWhichItChanged) {
  gui.move(on_pad(0.2F, 0.5F), draw);
  EXPECT_TRUE(gui.sent<session::SetDrawing>().empty());
  gui.press(draw);
  ASSERT_EQ(gui.sent<session::SetDrawing>().size(), 1U);
  gui.move(on_pad(0.4F, 0.5F), draw);
  ASSERT_EQ(gui.sent<session::SetDrawing>().size(), 2U);
  const session::SetDrawing last = gui.sent<session::SetDrawing>().back();
  EXPECT_EQ(last.version, gui.ui.editor.version());
  EXPECT_EQ(last.drawing, gui.ui.editor.drawing());
}

TEST_F(LearnLeft, SendsNothingWhileNothingIsDrawn) {
  gui.frames(5, draw);
  gui.move(on_pad(0.5F, 0.5F), draw);
  EXPECT_TRUE(gui.commands.empty());
}

TEST_F(LearnLeft, KeepsStrokesInCanvasUnitsWithTimes) {
  draw_line(on_pad(0.25F, 0.5F), on_pad(0.75F, 0.5F));
  const drawings::Drawing& drawing = gui.ui.editor.drawing();
  ASSERT_EQ(drawing.strokes.size(), 1U);
  EXPECT_NEAR(drawing.strokes[0].front().x, 70, 0.5F);
  EXPECT_NEAR(drawing.strokes[0].back().x, 210, 0.5F);
  EXPECT_NEAR(drawing.strokes[0].back().y, 140, 0.5F);
  EXPECT_EQ(drawing.strokes[0].front().t_ms, 0);
  EXPECT_NEAR(drawing.strokes[0].back().t_ms, 10 * 1000.0F / 60, 2);
}

TEST_F(LearnLeft, TakesEveryPlaceThePointerPassedBetweenTwoFrames) {
  gui.move(on_pad(0.2F, 0.2F), draw);
  gui.press(draw);
  for (const float y : {0.3F, 0.5F, 0.7F}) gui.ui.pointer_path.push_back({on_pad(0.8F, y), gui.ui.now});
  gui.move(on_pad(0.2F, 0.8F), draw);
  EXPECT_EQ(gui.ui.editor.drawing().strokes[0].size(), 5U);
}

TEST_F(LearnLeft, ClampsAPenThatLeavesThePad) {
  draw_line(on_pad(0.5F, 0.5F), {kPad.right() + 300, kPad.y - 200});
  const drawings::Stroke& stroke = gui.ui.editor.drawing().strokes.at(0);
  for (const drawings::StrokePoint& point : stroke) {
    EXPECT_GE(point.y, 0);
    EXPECT_LE(point.x, 280);
  }
  EXPECT_NEAR(stroke.back().x, 280, 0.5F);
}

TEST_F(LearnLeft, AKeyLabelsTheDrawingAndTheNextStrokeBeginsANewOne) {
  draw_line(on_pad(0.5F, 0.1F), on_pad(0.5F, 0.9F));
  const drawings::Drawing drawn = gui.ui.editor.drawing();
  gui.key("1", draw);
  ASSERT_EQ(gui.sent<session::LabelDrawing>().size(), 1U);
  EXPECT_EQ(gui.sent<session::LabelDrawing>()[0].label, 1);
  EXPECT_EQ(gui.sent<session::LabelDrawing>()[0].drawing, drawn);
  EXPECT_EQ(gui.ui.editor.drawing(), drawn) << "it stays to be looked at";
  draw_line(on_pad(0.2F, 0.2F), on_pad(0.8F, 0.2F));
  EXPECT_EQ(gui.ui.editor.drawing().strokes.size(), 1U);
  EXPECT_NE(gui.ui.editor.drawing(), drawn);
}

TEST_F(LearnLeft, ASecondKeyCorrectsTheLabelInsteadOfStoringTwice) {
  draw_line(on_pad(0.5F, 0.1F), on_pad(0.5F, 0.9F));
  gui.key("1", draw);
  gui.key("1", draw);
  EXPECT_EQ(gui.sent<session::LabelDrawing>().size(), 1U);
  gui.key("7", draw);
  EXPECT_EQ(gui.sent<session::UndoGallery>().size(), 1U);
  ASSERT_EQ(gui.sent<session::LabelDrawing>().size(), 2U);
  EXPECT_EQ(gui.sent<session::LabelDrawing>()[1].label, 7);
}

TEST_F(LearnLeft, ClickingTheKeyUnderABarLabelsToo) {
  draw_line(on_pad(0.5F, 0.1F), on_pad(0.5F, 0.9F));
  gui.click("Label 4", draw);
  ASSERT_EQ(gui.sent<session::LabelDrawing>().size(), 1U);
  EXPECT_EQ(gui.sent<session::LabelDrawing>()[0].label, 4);
}

TEST_F(LearnLeft, PointingAtABarAsksWhatSpeaksForItsDigit) {
  gui.move(gui.target("Label 4").centre(), draw);
  EXPECT_EQ(gui.ui.hovered.kind, panels::Focus::Kind::kNone) << "an empty pad has no reading";
  draw_line(on_pad(0.5F, 0.1F), on_pad(0.5F, 0.9F));
  gui.move(gui.target("Label 4").centre(), draw);
  EXPECT_EQ(gui.ui.hovered.kind, panels::Focus::Kind::kOutput);
  EXPECT_EQ(gui.ui.hovered.index, 4);
}

TEST_F(LearnLeft, AnEmptyPadCannotBeLabelled) {
  gui.key("3", draw);
  gui.click("Label 4", draw);
  EXPECT_TRUE(gui.sent<session::LabelDrawing>().empty());
}

TEST_F(LearnLeft, UndoTakesBackALabelFirstAndThenStrokes) {
  draw_line(on_pad(0.5F, 0.1F), on_pad(0.5F, 0.9F));
  gui.key("1", draw);
  gui.key("Ctrl+Z", draw);
  EXPECT_EQ(gui.sent<session::UndoGallery>().size(), 1U);
  EXPECT_FALSE(gui.ui.editor.drawing().empty());
  gui.key("Ctrl+Z", draw);
  EXPECT_TRUE(gui.ui.editor.drawing().empty());
  EXPECT_TRUE(gui.sent<session::SetDrawing>().back().drawing.empty()) << "the session hears of it in the same frame";
  gui.key("Ctrl+Shift+Z", draw);
  EXPECT_FALSE(gui.ui.editor.drawing().empty());
}

TEST_F(LearnLeft, TheEraserCutsAStrokeInTwo) {
  draw_line(on_pad(0.1F, 0.5F), on_pad(0.9F, 0.5F));
  gui.key("E", draw);
  draw_line(on_pad(0.5F, 0.2F), on_pad(0.5F, 0.8F));
  EXPECT_EQ(gui.ui.editor.drawing().strokes.size(), 2U);
  gui.key("Ctrl+Z", draw);
  EXPECT_EQ(gui.ui.editor.drawing().strokes.size(), 1U) << "one gesture is one undo step";
}

TEST_F(LearnLeft, ForgetsThatADrawingIsLabelledWhenItLeavesTheGallery) {
  draw_line(on_pad(0.5F, 0.1F), on_pad(0.5F, 0.9F));
  gui.key("1", draw);
  const auto before = gui.view.gallery;
  auto with_it = std::make_shared<session::Gallery>(*before);
  session::GalleryItem item;
  item.id = 99;
  item.label = 1;
  item.drawing = std::make_shared<const drawings::Drawing>(gui.ui.editor.drawing());
  with_it->items.insert(with_it->items.begin(), item);
  gui.view.gallery = with_it;
  gui.frame(draw);
  gui.view.gallery = before;  // somebody pressed "Undo" in the message
  gui.frame(draw);
  gui.key("2", draw);
  EXPECT_EQ(gui.sent<session::LabelDrawing>().size(), 2U);
  EXPECT_TRUE(gui.sent<session::UndoGallery>().empty()) << "there is nothing left to correct";
}

TEST_F(LearnLeft, AChosenDrawingTakesTheKeysUntilItIsLetGo) {
  gui.click("Drawing 23", draw);
  ASSERT_EQ(gui.ui.selected_drawing, 23);
  gui.key("5", draw);
  ASSERT_EQ(gui.sent<session::RelabelDrawing>().size(), 1U);
  EXPECT_EQ(gui.sent<session::RelabelDrawing>()[0].id, 23);
  EXPECT_EQ(gui.sent<session::RelabelDrawing>()[0].label, 5);
  gui.key("Delete", draw);
  ASSERT_EQ(gui.sent<session::DeleteDrawing>().size(), 1U);
  EXPECT_EQ(gui.sent<session::DeleteDrawing>()[0].id, 23);
  EXPECT_FALSE(gui.ui.selected_drawing.has_value());
  gui.click("Drawing 22", draw);
  gui.key("Esc", draw);
  EXPECT_FALSE(gui.ui.selected_drawing.has_value());
}

TEST_F(LearnLeft, PointingAtADrawingExplainsIt) {
  gui.move(gui.target("Drawing 21").centre(), draw);
  EXPECT_EQ(gui.ui.hovered.kind, panels::Focus::Kind::kGalleryItem);
  EXPECT_EQ(gui.ui.hovered.index, 2) << "newest first";
}

TEST_F(LearnLeft, ScrollsThroughThousandsDrawingOnlyTheVisibleOnes) {
  gui.view.gallery = [] {
    auto gallery = std::make_shared<session::Gallery>();
    for (int i = 0; i < 3000; ++i) {
      session::GalleryItem item;
      item.id = 3000 - i;
      item.label = i % 10;
      gallery->items.push_back(item);
    }
    return gallery;
  }();
  gui.move({100, 900}, draw);
  const auto drawn = [&] {
    int count = 0;
    for (const panels::Target& target : gui.ui.targets) count += target.name.starts_with("Drawing ") ? 1 : 0;
    return count;
  };
  EXPECT_LE(drawn(), 25);
  gui.wheel(-100, draw);
  gui.frame(draw);
  EXPECT_LE(drawn(), 30);
  EXPECT_GT(gui.target("Drawing 2495").w, 0) << "101 rows of five further down";
  gui.wheel(1e6F, draw);
  gui.frame(draw);
  EXPECT_GT(gui.target("Drawing 3000").w, 0);
}

TEST_F(LearnLeft, AsksForAFolderBeforeItExports) {
  gui.view.data_dir = "/tmp/warpscope-test";
  gui.click("Export drawings", draw);
  EXPECT_TRUE(gui.sent<session::ExportDrawings>().empty());
  gui.frames(2, draw);
  gui.click("Export", draw);
  ASSERT_EQ(gui.sent<session::ExportDrawings>().size(), 1U);
  EXPECT_EQ(gui.sent<session::ExportDrawings>()[0].folder, "/tmp/warpscope-test/export");
}

TEST_F(LearnLeft, DrawsItselfAtEverySizeAndInEveryState) {
  struct Size {
    float width, height, scale;
  };
  for (const Size size : {Size{1920, 1080, 1}, Size{1280, 720, 1}, Size{3840, 2160, 2}, Size{1280, 720, 1.35F}}) {
    for (const auto status :
         {session::TrainingStatus::kLoading, session::TrainingStatus::kReady, session::TrainingStatus::kFailed}) {
      BareGui other(size.width, size.height, size.scale);
      other.view = sample_view({.status = status, .drawings = status == session::TrainingStatus::kReady ? 23 : 0});
      other.frames(2, [&](const Frame& f) {
        panels::draw_learn_left(f, {0, 44 * size.scale, (size.width > 1500 * size.scale ? 352 : 248) * size.scale,
                                    size.height - 72 * size.scale});
      });
      EXPECT_TRUE(other.commands.empty());
      EXPECT_GT(other.target("Pad").w, 100);
    }
  }
}

}  // namespace
}  // namespace warpscope::tests
