// The whole window drawn in every state and size, without a window.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/panels/keys.h"
#include "tests/gui/bare_frame.h"
#include "tests/support/sample_view.h"

namespace warpscope::tests {
namespace {

using session::LearnView;
using session::TrainingStatus;

constexpr BareFrame::Size kSizes[] = {{1280, 720, 1}, {1920, 1080, 1}, {3840, 2160, 2}, {900, 600, 1}};

struct State {
  const char* name;
  LearnView (*view)();
};

LearnView with_status(TrainingStatus status) {
  SampleOptions options;
  options.status = status;
  return sample_view(options);
}

LearnView loading() {
  LearnView view = with_status(TrainingStatus::kLoading);
  view.probe = nullptr;
  view.evaluation = nullptr;
  view.training.step = 0;
  return view;
}

LearnView empty() {
  SampleOptions options;
  options.status = TrainingStatus::kReady;
  options.shows = SampleOptions::Shows::kExample;
  options.drawings = 0;
  options.steps = 0;
  options.evaluated = false;
  options.compared_runs = 0;
  return sample_view(options);
}

LearnView diverged() {
  LearnView view = with_status(TrainingStatus::kDiverged);
  view.training.divergence =
      training::Divergence{.step = 812,
                           .loss = 48.7F,
                           .message =
                               "The loss grew from 0.31 to 48.7 within 20 steps: the rate is too high. The "
                               "weights of step 800 are kept.",
                           .suggested_rate = 1e-4F};
  view.messages.push_back({.id = 900,
                           .kind = session::Message::Kind::kError,
                           .text = "Training diverged at step 812",
                           .action = session::Message::Action::kRecover});
  return view;
}

LearnView failed() {
  LearnView view = with_status(TrainingStatus::kFailed);
  view.training.problem = "There is no train-images-idx3-ubyte in /data/mnist, plain or .gz";
  view.probe = nullptr;
  view.evaluation = nullptr;
  return view;
}

LearnView store_lost() {
  LearnView view = with_status(TrainingStatus::kTraining);
  view.store_ok = false;
  view.messages.push_back({.id = 901,
                           .kind = session::Message::Kind::kError,
                           .text = "The disk is full: the last drawing is only in memory",
                           .action = session::Message::Action::kRetryStore});
  return view;
}

LearnView huge_gallery() {
  SampleOptions options;
  options.drawings = 2000;
  return sample_view(options);
}

LearnView other_network() {
  SampleOptions options;
  options.network = "mlp128-64";
  return sample_view(options);
}

LearnView two_convolutions() {
  SampleOptions options;
  options.network = "cnn32-64";
  return sample_view(options);
}

const State kStates[] = {
    {"loading", loading},
    {"empty", empty},
    {"training", [] { return with_status(TrainingStatus::kTraining); }},
    {"paused", [] { return with_status(TrainingStatus::kPaused); }},
    {"stepping", [] { return with_status(TrainingStatus::kStepping); }},
    {"finished", [] { return with_status(TrainingStatus::kFinished); }},
    {"diverged", diverged},
    {"failed", failed},
    {"store lost", store_lost},
    {"huge gallery", huge_gallery},
    {"mlp128-64", other_network},
    {"cnn32-64", two_convolutions},
};

const LearnView& view_of(const State& state) {
  static std::map<std::string, LearnView> made;
  const auto found = made.find(state.name);
  return found != made.end() ? found->second : made.emplace(state.name, state.view()).first->second;
}

std::string text_of(const scene::Rect& r) {
  return fmt::format("({}, {}) {} x {}", r.x, r.y, r.w, r.h);
}

class EveryStateAndSize : public ::testing::TestWithParam<BareFrame::Size> {};

TEST_P(EveryStateAndSize, DrawsInBothThemesWithAllTargetsInTheWindow) {
  for (const State& state : kStates) {
    const LearnView& view = view_of(state);
    BareFrame frame(GetParam());
    for (const bool dark : {true, false}) {
      SCOPED_TRACE(fmt::format("{} {}", state.name, dark ? "dark" : "light"));
      frame.ui().dark = dark;
      frame.draw(view);
      frame.draw(view);
      EXPECT_GT(frame.vertices(), 500);
      for (const panels::Target& target : frame.ui().targets) {
        const scene::Rect& r = target.rect;
        const bool inside =
            r.x >= -1 && r.y >= -1 && r.right() <= GetParam().width + 1 && r.bottom() <= GetParam().height + 1;
        EXPECT_TRUE(inside) << target.name << " at " << text_of(r);
        EXPECT_TRUE(r.w > 0 && r.h > 0) << target.name << " at " << text_of(r);
      }
    }
  }
}

// Areas that hold others by design: whatever is drawn in them lies on top.
bool is_ground(const std::string& name) {
  const std::set<std::string> grounds{"Messages", "Pad", "Gallery", "Network picture", "Confusion matrix"};
  return name.starts_with("Splitter") || grounds.contains(name);
}

TEST_P(EveryStateAndSize, NoControlCoversAnother) {
  for (const State& state : kStates) {
    SCOPED_TRACE(state.name);
    BareFrame frame(GetParam());
    LearnView view = view_of(state);
    view.messages.clear();  // toasts lie above everything for five seconds, and are meant to
    frame.draw(view);
    frame.draw(view);
    const auto& targets = frame.ui().targets;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      for (std::size_t k = i + 1; k < targets.size(); ++k) {
        const scene::Rect& a = targets[i].rect;
        const scene::Rect& b = targets[k].rect;
        if (targets[i].name == targets[k].name || is_ground(targets[i].name) || is_ground(targets[k].name)) continue;
        const float overlap_x = std::min(a.right(), b.right()) - std::max(a.x, b.x);
        const float overlap_y = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
        EXPECT_FALSE(overlap_x > 2 && overlap_y > 2)
            << targets[i].name << " at " << text_of(a) << " and " << targets[k].name << " at " << text_of(b);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, EveryStateAndSize, ::testing::ValuesIn(kSizes), [](const auto& info) {
  return fmt::format("{:.0f}x{:.0f}at{:.0f}", info.param.width, info.param.height, info.param.scale);
});

TEST(Frame, DrawsAtTheSmallestAndLargestZoomAndWithoutAnyRoom) {
  const LearnView view = with_status(TrainingStatus::kTraining);
  BareFrame frame({1280, 720, 1});
  for (const float zoom : {0.6F, 1.5F, 3.0F}) {
    frame.ui().zoom = zoom;
    frame.draw(view);
    EXPECT_GT(frame.vertices(), 100) << zoom;
  }
  frame.ui().zoom = 1;
  for (const BareFrame::Size size :
       {BareFrame::Size{320, 240, 1}, BareFrame::Size{60, 40, 1}, BareFrame::Size{1, 1, 1}}) {
    frame.resize(size);
    frame.draw(view);
  }
}

TEST(Frame, TheStageTakesTheRoomOfThePlotsWhileAStepIsMadeSlowly) {
  BareFrame frame({1280, 720, 1});
  frame.draw(with_status(TrainingStatus::kTraining));
  const float before = frame.ground().stage_rect.h;
  frame.draw(with_status(TrainingStatus::kStepping));
  EXPECT_GT(frame.ground().stage_rect.h, before);
  EXPECT_EQ(frame.ground().stage_rect.bottom(), 720 - 28);
}

TEST(Frame, SpaceStartsAndPauses) {
  BareFrame frame({1280, 720, 1});
  frame.key(panels::key::kSpace);
  frame.draw(with_status(TrainingStatus::kReady));
  EXPECT_EQ(frame.count<session::StartTraining>(), 1);
  frame.key(panels::key::kSpace);
  frame.draw(with_status(TrainingStatus::kTraining));
  EXPECT_EQ(frame.count<session::PauseTraining>(), 1);
}

TEST(Frame, AToastOffersUndoAndGoesAfterFiveSeconds) {
  LearnView view = with_status(TrainingStatus::kTraining);
  view.messages = {{.id = 7,
                    .kind = session::Message::Kind::kGood,
                    .text = "Drawing 24 saved as 7",
                    .action = session::Message::Action::kUndoLabel}};
  BareFrame frame({1280, 720, 1});
  frame.draw(view);
  frame.draw(view);
  ASSERT_EQ(frame.ui().toasts.size(), 1U);
  EXPECT_TRUE(frame.click(view, "Undo"));
  EXPECT_EQ(frame.count<session::UndoGallery>(), 1);
  frame.draw(view);
  EXPECT_TRUE(frame.ui().toasts.empty()) << "what was acted on goes at once";

  view.messages.push_back({.id = 8, .kind = session::Message::Kind::kGood, .text = "Settings kept"});
  frame.draw(view);
  ASSERT_EQ(frame.ui().toasts.size(), 1U) << "an old message is not told twice";
  frame.ui().now += 4.8;
  frame.draw(view);
  EXPECT_EQ(frame.ui().toasts.size(), 1U);
  frame.ui().now += 0.3;
  frame.draw(view);
  EXPECT_TRUE(frame.ui().toasts.empty());
}

TEST(Frame, TheDeviceCardOpensOnAClickAndClosesOnEscapeAndOnAClickBeside) {
  const LearnView view = with_status(TrainingStatus::kTraining);
  BareFrame frame({1280, 720, 1});
  frame.draw(view);
  ASSERT_TRUE(frame.click(view, "Device"));
  EXPECT_TRUE(frame.ui().device_card_open);
  frame.key(panels::key::kEscape);
  frame.draw(view);
  EXPECT_FALSE(frame.ui().device_card_open);
  ASSERT_TRUE(frame.click(view, "Device"));
  EXPECT_TRUE(frame.ui().device_card_open);
  frame.move({600, 300});
  frame.draw(view);
  frame.button(true);
  frame.button(false);
  frame.draw(view);
  EXPECT_FALSE(frame.ui().device_card_open);
}

TEST(Frame, SplittersMoveAreRememberedAndResetByADoubleClick) {
  const LearnView view = with_status(TrainingStatus::kTraining);
  BareFrame frame({1920, 1080, 1});
  frame.draw(view);
  const float before = app::layout_of(frame.ui(), 1920, 1080).left.w;
  frame.move({before, 600});
  frame.draw(view);
  frame.button(true);
  frame.move({before + 50, 600});
  frame.draw(view);
  frame.button(false);
  frame.draw(view);
  EXPECT_NEAR(app::layout_of(frame.ui(), 1920, 1080).left.w, before + 50, 1);
  frame.ui().now += 5;
  for (int i = 0; i < 30; ++i) frame.draw(view);
  for (const bool down : {true, false, true, false}) {
    frame.button(down);
    frame.draw(view);
  }
  EXPECT_EQ(app::layout_of(frame.ui(), 1920, 1080).left.w, before);
}

TEST(Frame, TheRightPanelFoldsToATabBelow1120AndUnfoldsOnAClick) {
  const LearnView view = with_status(TrainingStatus::kTraining);
  BareFrame frame({1000, 700, 1});
  frame.draw(view);
  EXPECT_TRUE(app::layout_of(frame.ui(), 1000, 700).folded());
  ASSERT_TRUE(frame.click(view, "Unfold"));
  EXPECT_FALSE(app::layout_of(frame.ui(), 1000, 700).folded());
}

TEST(Frame, ThePointerOverAnOverlayTouchesNothingUnderneath) {
  const LearnView view = with_status(TrainingStatus::kTraining);
  BareFrame frame({1280, 720, 1});
  frame.draw(view);
  frame.key('K', true);
  frame.draw(view);
  frame.draw(view);
  ASSERT_TRUE(frame.ui().palette_open);
  frame.move({640, 90});  // inside the palette's card, above the toolbar and the network
  frame.draw(view);
  frame.draw(view);
  EXPECT_EQ(frame.ui().hovered.kind, panels::Focus::Kind::kNone);
}

}  // namespace
}  // namespace warpscope::tests
