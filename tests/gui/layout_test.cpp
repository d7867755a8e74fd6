// Where the parts of the window are, what is remembered of it, and the atlas of small pictures.
#include <gtest/gtest.h>

#include <fstream>

#include "app/panels/images.h"
#include "app/scene/frame_layout.h"
#include "app/scene/settings.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::tests {
namespace {

using scene::FrameLayout;
using scene::Rect;
using scene::RightPanel;

TEST(FrameLayout, HasTheDesignsSizes) {
  const FrameLayout full = scene::frame_layout(1920, 1080, 1, {}, RightPanel::kOpen);
  EXPECT_EQ(full.left.w, 352);
  EXPECT_EQ(full.right.w, 360);
  EXPECT_EQ(full.toolbar.h, 48);
  EXPECT_EQ(full.top_bar.h, 44);
  EXPECT_EQ(full.status_bar.h, 28);
  EXPECT_EQ(full.loss.h, 376);
  const FrameLayout laptop = scene::frame_layout(1280, 720, 1, {}, RightPanel::kOpen);
  EXPECT_EQ(laptop.left.w, 248);
  EXPECT_EQ(laptop.right.w, 260);
  EXPECT_EQ(laptop.loss.h, 266);
  EXPECT_TRUE(laptop.compact);
  const FrameLayout wall = scene::frame_layout(3840, 2160, 1, {}, RightPanel::kOpen);
  EXPECT_EQ(wall.left.w, 440);
  EXPECT_EQ(wall.right.w, 480);
}

TEST(FrameLayout, AtScaleTwoIsTheSameWithEveryLengthDoubled) {
  const FrameLayout one = scene::frame_layout(1920, 1080, 1, {}, RightPanel::kOpen);
  const FrameLayout two = scene::frame_layout(3840, 2160, 2, {}, RightPanel::kOpen);
  EXPECT_EQ(two.left.w, 2 * one.left.w);
  EXPECT_EQ(two.network.y, 2 * one.network.y);
  EXPECT_EQ(two.loss.h, 2 * one.loss.h);
}

TEST(FrameLayout, CoversTheWindowWithoutGapsAtAnySize) {
  for (float width = 320; width <= 4000; width += 53) {
    for (const float height : {240.0F, 600.0F, 1080.0F}) {
      for (const RightPanel right : {RightPanel::kOpen, RightPanel::kFolded}) {
        const FrameLayout l = scene::frame_layout(width, height, 1, {}, right);
        const Rect& side = l.folded() ? l.right_tab : l.right;
        const float covered = l.top_bar.h * width + l.status_bar.h * width + (l.left.w + side.w) * l.left.h +
                              l.toolbar.w * (l.toolbar.h + l.network.h) +
                              (l.loss.w + l.accuracy.w + l.confusion.w) * l.loss.h;
        EXPECT_NEAR(covered, width * height, width * height * 0.02F) << width << " x " << height;
        EXPECT_GE(l.network.w, 0);
        EXPECT_GE(l.network.h, 0);
        EXPECT_FLOAT_EQ(l.confusion.right(), side.x);
      }
    }
  }
}

TEST(FrameLayout, SplittersStayWithinTheirLimits) {
  const FrameLayout l = scene::frame_layout(1920, 1080, 1, {.left_width = 5000, .plots_height = 1}, RightPanel::kOpen);
  EXPECT_EQ(l.left.w, 640);
  EXPECT_EQ(l.loss.h, 150);
  EXPECT_EQ(scene::dragged_place(l, FrameLayout::kLeft, {10, 300}, 1), 220);
  EXPECT_EQ(scene::dragged_place(l, FrameLayout::kLeft, {400, 300}, 1), 400);
  EXPECT_EQ(scene::dragged_place(l, FrameLayout::kRight, {1900, 300}, 1), 240);
}

TEST(Settings, ComeBackAsTheyWere) {
  const ScratchFolder folder;
  scene::Settings settings;
  settings.width = 1600;
  settings.dark = false;
  settings.zoom = 1.3F;
  settings.splitters.left_width = 301;
  EXPECT_EQ(scene::save_settings(settings, folder.path()), "");
  const scene::LoadedSettings loaded = scene::load_settings(folder.path());
  EXPECT_EQ(loaded.notice, "");
  EXPECT_EQ(loaded.settings.width, 1600);
  EXPECT_FALSE(loaded.settings.dark);
  EXPECT_FLOAT_EQ(loaded.settings.zoom, 1.3F);
  EXPECT_EQ(loaded.settings.splitters.left_width, 301);
}

TEST(Settings, ADamagedFileIsSetAsideAndSaid) {
  for (const char* damage : {"{\"width\": ", "[1, 2]", "{\"width\": \"wide\"}", ""}) {
    const ScratchFolder folder;
    std::ofstream(folder.path() / "settings.json") << damage;
    const scene::LoadedSettings loaded = scene::load_settings(folder.path());
    EXPECT_NE(loaded.notice.find("settings.json.damaged-1"), std::string::npos) << damage;
    EXPECT_EQ(loaded.settings.width, scene::Settings{}.width);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "settings.json.damaged-1"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "settings.json"));
  }
}

TEST(Settings, AFolderThatCannotBeWrittenIsSaid) {
  EXPECT_NE(scene::save_settings({}, "/proc/nowhere").find("could not be written"), std::string::npos);
}

TEST(Settings, AbsurdValuesAreBroughtWithinReason) {
  const ScratchFolder folder;
  std::ofstream(folder.path() / "settings.json") << R"({"width": 9, "zoom": 400})";
  const scene::LoadedSettings loaded = scene::load_settings(folder.path());
  EXPECT_EQ(loaded.settings.width, 320);
  EXPECT_EQ(loaded.settings.zoom, scene::kLargestZoom);
}

class Atlas : public ::testing::Test {
 protected:
  Atlas() : shared_(ImGui::GetDrawListSharedData()) { list_._ResetForNewFrame(); }
  void draw(const std::string& key, std::uint64_t version, int side, scene::Rgba color) {
    list_.PushClipRectFullScreen();
    list_.PushTextureID(nullptr);
    images_.draw(list_, key, version, side, side,
                 [&](std::span<scene::Rgba> pixels) {
                   ++painted_;
                   std::fill(pixels.begin(), pixels.end(), color);
                 },
                 {0, 0, 10, 10});
    list_.PopTextureID();
  }
  static ImGuiContext* context() {
    static ImGuiContext* made = ImGui::CreateContext();
    ImGui::SetCurrentContext(made);
    return made;
  }
  ImGuiContext* made_ = context();
  ImDrawListSharedData* shared_;
  ImDrawList list_{shared_};
  panels::Images images_;
  int painted_ = 0;
};

TEST_F(Atlas, PaintsAPictureOnceForEachVersion) {
  draw("map 1", 1, 26, 0xFF0000FF);
  draw("map 1", 1, 26, 0xFF0000FF);
  EXPECT_EQ(painted_, 1);
  draw("map 1", 2, 26, 0xFF00FF00);
  EXPECT_EQ(painted_, 2);
}

TEST_F(Atlas, SaysWhatChangedSinceTheLastUpload) {
  draw("a", 1, 26, 0xFF0000FF);
  const auto first = images_.take_dirty();
  EXPECT_EQ(first.width, 26);
  EXPECT_EQ(first.height, 26);
  EXPECT_EQ(images_.pixels()[static_cast<std::size_t>(first.y) * panels::Images::kSide + first.x], 0xFF0000FFU);
  EXPECT_EQ(images_.take_dirty().width, 0);
  draw("a", 1, 26, 0xFF0000FF);
  EXPECT_EQ(images_.take_dirty().width, 0) << "nothing was painted";
}

TEST_F(Atlas, GivesThePlacesOfOldPicturesToNewOnes) {
  // 6,000 pictures of 28 x 28 do not fit at once; a few hundred a frame always do.
  for (int frame = 0; frame < 40; ++frame) {
    for (int i = 0; i < 300; ++i) {
      draw("frame " + std::to_string(frame) + " picture " + std::to_string(i), 1, 28, 0xFFFFFFFF);
    }
    images_.end_frame();
  }
  EXPECT_EQ(painted_, 40 * 300);
}

TEST_F(Atlas, BeginsAnewWhenOtherSizesAreInTheWay) {
  for (int i = 0; i < 5000; ++i) draw("small " + std::to_string(i), 1, 28, 0xFFFFFFFF);
  for (int frame = 0; frame < 4; ++frame) images_.end_frame();
  painted_ = 0;
  draw("large", 1, 600, 0xFFFFFFFF);
  images_.end_frame();
  draw("large", 1, 600, 0xFFFFFFFF);
  EXPECT_EQ(painted_, 1);
}

}  // namespace
}  // namespace warpscope::tests
