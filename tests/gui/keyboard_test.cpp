// Keys, the Tab order, the palette and text fields, through the app's own input queue.
#include <gtest/gtest.h>

#include <set>

#include "app/actions.h"
#include "app/panels/keys.h"
#include "tests/gui/bare_frame.h"
#include "tests/support/sample_view.h"

namespace warpscope::tests {
namespace {

namespace key = panels::key;
using panels::KeyId;

session::LearnView training_view() {
  return sample_view({});
}

TEST(Keys, NoTwoBindingsThatHoldAtOnceShareAKey) {
  for (const auto workspace : {panels::Workspace::kLearn, panels::Workspace::kConvolve, panels::Workspace::kStep}) {
    std::set<std::tuple<int, bool, bool>> seen;
    for (const panels::KeyBinding& bound : panels::key_bindings()) {
      if (!panels::holds_in(bound, workspace)) continue;
      EXPECT_TRUE(seen.insert({bound.code, bound.control, bound.shift}).second) << bound.keys;
    }
  }
}

TEST(Keys, EveryBindingCanBeWrittenInAScript) {
  for (const panels::KeyBinding& bound : panels::key_bindings()) {
    const bool several = bound.id == KeyId::kTourChoice || bound.id == KeyId::kConvolveVariant;  // "1-6"
    const std::string text = bound.id == KeyId::kLabel ? "0" : several ? "1" : std::string(bound.keys);
    const panels::KeyPress press = panels::parse_key(text);
    EXPECT_EQ(press.code, bound.code) << text;
    EXPECT_EQ(press.control, bound.control) << text;
    EXPECT_EQ(press.shift, bound.shift) << text;
  }
  EXPECT_EQ(panels::parse_key("F13").code, 0);
  EXPECT_EQ(panels::parse_key("Ctrl+Hyper").code, 0);
}

TEST(Keys, TabGoesThroughTheControlsAndEnterPressesTheFocusedOne) {
  const auto view = training_view();
  BareFrame frame({1280, 720, 1});
  frame.draw(view);
  std::set<std::string> reached;
  for (int i = 0; i < 100; ++i) {
    frame.key(key::kTab);
    frame.draw(view);
    if (!reached.insert(frame.ui().widgets.focus).second) break;
  }
  EXPECT_TRUE(reached.contains("Theme"));
  EXPECT_TRUE(reached.contains("Presenter"));
  EXPECT_TRUE(reached.contains("Device"));
  EXPECT_GT(reached.size(), 15U);

  while (frame.ui().widgets.focus != "Theme") {
    frame.key(key::kTab);
    frame.draw(view);
  }
  ASSERT_TRUE(frame.ui().dark);
  frame.key(key::kEnter);
  frame.draw(view);
  EXPECT_FALSE(frame.ui().dark);
  frame.key(key::kSpace);
  frame.draw(view);
  EXPECT_TRUE(frame.ui().dark) << "Space presses the focused button";
  EXPECT_EQ(frame.count<session::PauseTraining>(), 0) << "and does not pause training then";
  frame.key(key::kEscape);
  frame.draw(view);
  EXPECT_TRUE(frame.ui().widgets.focus.empty());
}

TEST(Palette, FindsByRunsOfLettersAndByStartsOfWords) {
  const auto view = training_view();
  BareFrame frame({1280, 720, 1});
  std::vector<session::LearnCommand> commands;
  panels::Images images;
  const panels::Fonts fonts{};
  const session::StepView step;
  std::vector<session::StepCommand> step_commands;
  const session::ConvolveView convolve;
  const session::MapView map;
  std::vector<session::ConvolveCommand> convolve_commands;
  std::vector<session::MapCommand> map_commands;
  const panels::Frame f{view,
                        step,
                        convolve,
                        map,
                        frame.ui(),
                        commands,
                        step_commands,
                        convolve_commands,
                        map_commands,
                        fonts,
                        images,
                        scene::palette(true),
                        1};
  const auto all = app::find_actions(f, "");
  EXPECT_GT(all.size(), 20U);
  const auto first = [&](const char* query) {
    const auto found = app::find_actions(f, query);
    return found.empty() ? std::string("nothing") : found.front().text;
  };
  EXPECT_EQ(first("light"), "Light or dark");
  EXPECT_EQ(first("lod"), "Light or dark");
  EXPECT_EQ(first("reset lay"), "Reset the layout: panels as designed");
  EXPECT_TRUE(first("mlp64").starts_with("Network mlp64-sigmoid"));
  EXPECT_EQ(first("zzz"), "nothing");
}

TEST(Palette, RunsTheChosenCommandByEnter) {
  const auto view = training_view();
  BareFrame frame({1280, 720, 1});
  frame.draw(view);
  frame.key('K', true);
  frame.draw(view);
  frame.draw(view);
  frame.type("light or");
  frame.draw(view);
  EXPECT_EQ(frame.ui().palette_text, "light or");
  frame.key(key::kEnter);
  frame.draw(view);
  frame.draw(view);
  EXPECT_FALSE(frame.ui().palette_open);
  EXPECT_FALSE(frame.ui().dark);
}

TEST(Palette, TypingInItLabelsNothing) {
  const auto view = training_view();
  BareFrame frame({1280, 720, 1});
  frame.draw(view);
  frame.key('K', true);
  frame.draw(view);
  frame.draw(view);
  frame.key('7');
  frame.key(key::kSpace);
  frame.type("7 ");
  frame.draw(view);
  EXPECT_EQ(frame.count<session::LabelDrawing>(), 0);
  EXPECT_EQ(frame.count<session::RelabelDrawing>(), 0);
  EXPECT_EQ(frame.count<session::PauseTraining>(), 0);
}

TEST(Palette, OpensAFileByItsPath) {
  const auto view = training_view();
  BareFrame frame({1280, 720, 1});
  frame.draw(view);
  frame.key('O', true);
  frame.draw(view);
  frame.draw(view);
  frame.type("/tmp/seven.json");
  frame.draw(view);
  frame.key(key::kEnter);
  frame.draw(view);
  ASSERT_TRUE(frame.ui().requests.open.has_value());
  EXPECT_EQ(*frame.ui().requests.open, "/tmp/seven.json");
}

TEST(Keys, ZoomThemeAndPresenterAskForNewFonts) {
  const auto view = training_view();
  BareFrame frame({1280, 720, 1});
  frame.key('=', true);  // Ctrl++ as most keyboards have it
  frame.draw(view);
  EXPECT_NEAR(frame.ui().zoom, 1.1F, 1e-6);
  EXPECT_TRUE(frame.ui().requests.fonts_changed);
  frame.key('0', true);
  frame.draw(view);
  EXPECT_EQ(frame.ui().zoom, 1);
  EXPECT_EQ(frame.count<session::LabelDrawing>(), 0);
  frame.key('P', true, true);
  frame.draw(view);
  EXPECT_NEAR(frame.ui().scale(), 1.35F, 1e-6);
}

TEST(Input, AClickBetweenTwoFramesIsNotLost) {
  app::InputQueue queue;
  panels::UiState ui;
  ImGuiContext* context = ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  queue.push({.kind = app::InputEvent::Kind::kMove, .at = {10, 10}});
  queue.push({.kind = app::InputEvent::Kind::kButton, .code = 0, .down = true});
  queue.push({.kind = app::InputEvent::Kind::kMove, .at = {20, 10}});
  queue.push({.kind = app::InputEvent::Kind::kButton, .code = 0, .down = false});
  queue.apply(io, ui);
  EXPECT_TRUE(io.MouseDown[0]);
  EXPECT_EQ(io.MousePos.x, 10) << "the button went down before the pointer moved on";
  queue.apply(io, ui);
  EXPECT_EQ(io.MousePos.x, 20);
  EXPECT_FALSE(io.MouseDown[0]);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(ui.pointer_path.size(), 2U) << "a pad sees every place the pointer passed";
  ImGui::DestroyContext(context);
}

}  // namespace
}  // namespace warpscope::tests
