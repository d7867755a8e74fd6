// The microscope without a window, on a frozen step made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/learn_link.h"
#include "app/panels/learn_microscope.h"
#include "app/panels/learn_panels.h"
#include "tests/gui/bare_gui.h"
#include "tests/support/sample_view.h"

namespace warpscope::tests {
namespace {

using panels::Frame;
using session::MicroscopeLaunch;
using session::MicroscopeView;
using ::testing::HasSubstr;
using training::LaunchPhase;

MicroscopeLaunch launch(const char* kernel, const char* file, const char* about, LaunchPhase phase, double seconds) {
  MicroscopeLaunch l;
  l.kernel = kernel;
  l.file = file;
  l.title = about;
  l.idea = "Tiles of both matrices lie in shared memory, where every number serves a whole row of threads.";
  l.about = about;
  l.shapes = "64 × 5,408 → 64 × 64";
  l.phase = phase;
  l.grid = {4, 2, 13};
  l.block = {16, 16, 1};
  l.shared_bytes = 8192;
  l.registers = 64;
  l.seconds = seconds;
  l.occupancy = 0.667;
  l.limiter = "registers";
  l.tensors = {{"layer 1 output", "input", "64 × 5,408", "f32", false, 0, 1.46F, 0.11F, 0, nullptr},
               {"layer 3 weight", "weight", "64 × 5,408", "f32", false, -0.31F, 0.29F, 0.001F, 0, nullptr},
               {"layer 3 bias", "bias", "64", "f32", false, -0.02F, 0.04F, 0.003F, 0, nullptr},
               {"layer 4 output", "output", "64 × 64", "f32", true, 0, 15.2F, 1.8F, 0, nullptr}};
  return l;
}

// cnn32's step with times that a CPU needs.
std::shared_ptr<MicroscopeView> frozen_step() {
  auto view = std::make_shared<MicroscopeView>();
  view->state = MicroscopeView::State::kReady;
  view->id = 1;
  view->step = 1505;
  view->network = "cnn32";
  view->samples = 64;
  view->device = "Virtual GPU · 2 cores";
  view->gpu = "GeForce RTX 3060";
  view->loss = 0.083F;
  view->correct = 62;
  view->phases = {0.4e-3, 31e-3, 52e-3, 6e-3};
  using enum LaunchPhase;
  view->launches = {
      launch("gather_plain", "train_gather", "64 pictures into a batch", kGather, 0.4e-3),
      launch("conv_relu_pool_forward", "train_conv_pool", "Convolution 3 × 3, 1 → 32 maps, relu, max pool", kForward,
             14e-3),
      launch("dense_forward_tiled", "train_dense_tiled", "Dense 5,408 → 64", kForward, 13e-3),
      launch("dense_finish", "train_dense_tiled", "Sums of 13 parts, bias, relu", kForward, 0.3e-3),
      launch("dense_forward_tiled", "train_dense_tiled", "Dense 64 → 10", kForward, 0.5e-3),
      launch("softmax_cross_entropy", "train_loss", "Softmax and cross entropy", kBackward, 0.2e-3),
      launch("training_metrics", "train_loss", "Loss and right answers", kBackward, 0.1e-3),
      launch("dense_backward_weights_tiled", "train_dense_tiled", "Weights of dense 64 → 10", kBackward, 1e-3),
      launch("dense_backward_data_tiled", "train_dense_tiled", "Through dense 64 → 10", kBackward, 1e-3),
      launch("dense_backward_weights_tiled", "train_dense_tiled", "Weights of dense 5,408 → 64", kBackward, 22e-3),
      launch("dense_backward_data_tiled", "train_dense_tiled", "Through dense 5,408 → 64", kBackward, 19e-3),
      launch("conv_relu_pool_backward_weights", "train_conv_pool", "Filters of the convolution", kBackward, 9e-3),
      launch("sum_partials", "train_conv_pool", "Sums of 16 parts", kBackward, 0.2e-3),
      launch("adam_update_vector", "train_update", "Adam, 347,146 parameters", kUpdate, 6e-3),
      launch("finish_step", "train_update", "On to the next step", kUpdate, 0.02e-3)};
  return view;
}

class Microscope : public ::testing::Test {
 protected:
  explicit Microscope(float width = 1208, float height = 932) : gui(width, height), area{0, 0, width, height} {
    gui.view = sample_view({});
    gui.view.microscope = frozen_step();
    gui.frames(2, draw);
  }
  BareGui gui;
  scene::Rect area;
  const BareGui::Draw draw = [this](const Frame& f) { panels::draw_microscope(f, area); };
  int chosen() const { return gui.ui.learn.microscope.chosen; }
};

TEST_F(Microscope, BeginsWithTheLaunchThatTakesLongest) {
  EXPECT_EQ(chosen(), 9);
}

TEST_F(Microscope, ChoosesALaunchInTheListAndInTheRibbon) {
  gui.click("Launch 3", draw);
  EXPECT_EQ(chosen(), 2);
  gui.click("Ribbon 11", draw);
  EXPECT_EQ(chosen(), 10);
}

TEST_F(Microscope, OpensALaunchInOneClickWithAQuestionOfItsOwn) {
  gui.click("Step launch 3", draw);
  gui.click("Map launch 2", draw);
  gui.click("Open in Step", draw);
  const auto sent = gui.sent<session::OpenLaunch>();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].launch, 2);
  EXPECT_EQ(sent[0].target, session::LaunchTarget::kStep);
  EXPECT_EQ(sent[1].launch, 1);
  EXPECT_EQ(sent[1].target, session::LaunchTarget::kMap);
  EXPECT_EQ(sent[2].launch, 1);
  EXPECT_LT(sent[0].id, sent[1].id);
  EXPECT_LT(sent[1].id, sent[2].id);
}

TEST_F(Microscope, IsUsedByKeysAlone) {
  gui.key("Down", draw);
  EXPECT_EQ(chosen(), 10);
  gui.key("Up", draw);
  gui.key("Up", draw);
  EXPECT_EQ(chosen(), 8);
  gui.key("Enter", draw);
  ASSERT_EQ(gui.sent<session::OpenLaunch>().size(), 1U);
  EXPECT_EQ(gui.sent<session::OpenLaunch>().front().launch, 8);
  gui.key("Esc", draw);
  EXPECT_EQ(gui.sent<session::LeaveMicroscope>().size(), 1U);
}

TEST_F(Microscope, AFreshStepBeginsAnewAndAnOldOneKeepsItsPlace) {
  gui.click("Launch 1", draw);
  gui.frames(3, draw);
  EXPECT_EQ(chosen(), 0);
  auto next = frozen_step();
  next->id = 2;
  gui.view.microscope = next;
  gui.frames(1, draw);
  EXPECT_EQ(chosen(), 9);
}

TEST_F(Microscope, SaysHowFarItIsAndWhyItFailed) {
  auto view = std::make_shared<MicroscopeView>();
  view->id = 2;
  view->done = 5;
  view->all = 15;
  gui.view.microscope = view;
  gui.frames(1, draw);
  EXPECT_EQ(gui.target("Leave microscope").w > 0, true);
  auto failed = std::make_shared<MicroscopeView>();
  failed->state = MicroscopeView::State::kFailed;
  failed->problem = "There is no room for 3.2 GB.";
  gui.view.microscope = failed;
  gui.frames(1, draw);
  gui.click("Freeze again", draw);
  EXPECT_EQ(gui.sent<session::FreezeStep>().size(), 1U);
}

class SmallMicroscope : public Microscope {
 protected:
  SmallMicroscope() : Microscope(772, 608) {}
};

TEST_F(SmallMicroscope, ShowsTheChosenLaunchAndItsButtons) {
  const scene::Rect row = gui.target("Launch 10"), open = gui.target("Open in Step");
  EXPECT_LT(row.bottom(), open.y);
  EXPECT_LE(open.bottom(), area.bottom());
  EXPECT_LE(gui.target("Open in SM map").right(), area.right());
}

TEST(MicroscopeWords, NameTheLaunchesThatTakeHalfOfTheTime) {
  const auto view = frozen_step();
  // 22 + 19 of 86.72 ms are less than half; with 14 more they are not.
  const std::string sentence = panels::microscope_sentence(*view);
  EXPECT_THAT(sentence,
              HasSubstr("3 of its 15 launches take 63 % of the time, most of all Weights of dense 5,408 → 64"));
  EXPECT_THAT(sentence, HasSubstr("A picture costs 1.36 ms of this computer's time"));
}

TEST(MicroscopeWords, TellTimesAsTheyAreRead) {
  EXPECT_EQ(panels::launch_time_text(3.14e-6), "3.1 µs");
  EXPECT_EQ(panels::launch_time_text(2.346e-3), "2.35 ms");
  EXPECT_EQ(panels::launch_time_text(1.5), "1.50 s");
  EXPECT_EQ(panels::launch_shape_text({43, 2, 1}, {16, 16, 1}), "43×2 of 16×16");
}

TEST(LearnLink, OpensWhatWasPreparedOnceAndLeavesAWayBack) {
  panels::UiState ui;
  session::LearnView view;
  session::MapView map;
  view.microscope = frozen_step();
  view.launch_to_step = session::StepRequest{};
  view.launch_to_step->id = 1;
  view.launch_to_step->kernel = "conv_forward";
  view.launch_to_step->launch.block = {256, 1, 1};
  std::vector<session::StepCommand> step;
  std::vector<session::MapCommand> maps;
  const app::LearnLink link;
  link.follow(ui, view, map, step, maps);
  EXPECT_EQ(ui.workspace, panels::Workspace::kStep);
  ASSERT_FALSE(step.empty());
  EXPECT_EQ(std::get<session::OpenKernel>(step.front()).name, "conv_forward");
  EXPECT_TRUE(ui.learn.microscope.away);
  step.clear();
  link.follow(ui, view, map, step, maps);
  EXPECT_TRUE(step.empty());
  view.launch_to_map = session::MapRequest{2, "conv_forward", {}};
  link.follow(ui, view, map, step, maps);
  EXPECT_EQ(ui.workspace, panels::Workspace::kMap);
  ASSERT_EQ(maps.size(), 1U);
  const auto& settings = std::get<session::SetMap>(maps.front()).settings;
  EXPECT_EQ(settings.source.kernel, "conv_forward");
  EXPECT_EQ(settings.source.from, "Learn");
  view.microscope = nullptr;
  link.follow(ui, view, map, step, maps);
  EXPECT_FALSE(ui.learn.microscope.away);
}

}  // namespace
}  // namespace warpscope::tests
