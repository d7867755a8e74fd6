// The components by themselves: what they return for what a person does.
#include <gtest/gtest.h>

#include "app/panels/keys.h"
#include "app/panels/widgets.h"
#include "tests/gui/bare_frame.h"
#include "tests/support/sample_view.h"

namespace warpscope::tests {
namespace {

namespace key = panels::key;

// Draws whatever the test wants in a window of its own, with the same input as the app's frame.
class Widgets : public ::testing::Test {
 protected:
  template <class Draw>
  void frame(Draw draw) {
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {640, 480};
    io.DeltaTime = 1.0F / 60;
    input.apply(io, ui);
    ui.targets.clear();
    ui.widgets.order.clear();
    ImGui::NewFrame();
    const panels::Frame f{view,
                          step,
                          convolve,
                          map,
                          ui,
                          commands,
                          step_commands,
                          convolve_commands,
                          map_commands,
                          fonts,
                          images,
                          scene::palette(true),
                          1};
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize({640, 480});
    ImGui::Begin("root", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoNav);
    draw(f);
    ImGui::End();
    ImGui::Render();
    ui.keys.clear();
  }
  void move(float x, float y) { input.push({.kind = app::InputEvent::Kind::kMove, .at = {x, y}}); }
  void button(bool down) { input.push({.kind = app::InputEvent::Kind::kButton, .down = down}); }
  void press_key(int code) {
    input.push({.kind = app::InputEvent::Kind::kKey, .code = code, .down = true});
    input.push({.kind = app::InputEvent::Kind::kKey, .code = code, .down = false});
  }
  void type(const std::string& text) {
    for (const char c : text) input.push({.kind = app::InputEvent::Kind::kCharacter, .code = c});
  }

  BareFrame context{{640, 480, 1}};  // only for its ImGui context
  session::LearnView view = sample_view({.network = "mlp128", .drawings = 0, .steps = 0, .evaluated = false});
  panels::UiState ui;
  std::vector<session::LearnCommand> commands;
  session::StepView step;
  std::vector<session::StepCommand> step_commands;
  session::ConvolveView convolve;
  session::MapView map;
  std::vector<session::ConvolveCommand> convolve_commands;
  std::vector<session::MapCommand> map_commands;
  panels::Fonts fonts = context.fonts();
  panels::Images images;
  app::InputQueue input;
};

TEST_F(Widgets, AButtonIsPressedWhenTheMouseGoesUpWhereItWentDown) {
  int pressed = 0;
  const auto draw = [&](const panels::Frame& f) { pressed += panels::button(f, "Go", {100, 100, 80, 28}); };
  frame(draw);
  move(120, 110);
  frame(draw);
  button(true);
  frame(draw);
  EXPECT_EQ(pressed, 0);
  button(false);
  frame(draw);
  EXPECT_EQ(pressed, 1);
  button(true);
  frame(draw);
  move(400, 400);
  frame(draw);
  button(false);
  frame(draw);
  EXPECT_EQ(pressed, 1) << "dragged away: not meant";
}

TEST_F(Widgets, AButtonThatIsOffDoesNothingAndSaysSo) {
  int pressed = 0;
  const auto draw = [&](const panels::Frame& f) {
    pressed += panels::button(f, "Go", {100, 100, 80, 28}, {.enabled = false});
  };
  move(120, 110);
  frame(draw);
  button(true);
  frame(draw);
  button(false);
  frame(draw);
  ui.pending_sets["Go"] = "";
  frame(draw);
  EXPECT_EQ(pressed, 0);
  ASSERT_FALSE(ui.targets.empty());
  EXPECT_FALSE(ui.targets.back().enabled);
}

TEST_F(Widgets, AScriptPressesAndSetsByName) {
  bool on = false;
  int pressed = 0;
  int choice = 0;
  float width = 1;
  const auto draw = [&](const panels::Frame& f) {
    pressed += panels::button(f, "Go", {100, 100, 80, 28});
    panels::toggle(f, "Augment", {10, 10}, on);
    panels::combo(f, "Network", {200, 10, 120, 28}, {"mlp128", "cnn32"}, choice);
    panels::slider(f, "Width", {10, 60, 120, 20}, width, 0, 10);
  };
  frame(draw);
  ui.pending_sets = {{"Go", ""}, {"Augment", "on"}, {"Network", "cnn32"}, {"Width", "7"}};
  frame(draw);
  EXPECT_EQ(pressed, 1);
  EXPECT_TRUE(on);
  EXPECT_EQ(choice, 1);
  EXPECT_EQ(width, 7);
  EXPECT_TRUE(ui.pending_sets.empty());
  ui.pending_sets["Network"] = "resnet";
  frame(draw);
  EXPECT_TRUE(ui.pending_sets.contains("Network")) << "no such item: the script is told in time";
}

TEST_F(Widgets, ANumberFieldKeepsTheOldValueUntilTheTextIsOne) {
  double rate = 0.001;
  bool changed = false;
  const auto draw = [&](const panels::Frame& f) {
    changed = panels::number_field(f, "Rate", {100, 100, 80, 28}, rate, 1e-5, 1, 5);
  };
  frame(draw);
  EXPECT_EQ(ui.widgets.fields["Rate"].text, "0.001");
  ui.pending_sets["Rate"] = "abc";
  frame(draw);
  EXPECT_FALSE(changed);
  EXPECT_EQ(rate, 0.001);
  EXPECT_EQ(ui.widgets.fields["Rate"].problem, "\"abc\" is not a number.");
  ui.pending_sets["Rate"] = "7";
  frame(draw);
  EXPECT_EQ(ui.widgets.fields["Rate"].problem, "From 0.00001 to 1.");
  EXPECT_EQ(rate, 0.001);
  ui.pending_sets["Rate"] = "0,02";  // a decimal comma
  frame(draw);
  EXPECT_TRUE(changed);
  EXPECT_EQ(rate, 0.02);
  EXPECT_EQ(ui.widgets.fields["Rate"].problem, "");
}

TEST_F(Widgets, ANumberIsTypedAfterAClickAndTakenByEnter) {
  double batch = 64;
  int changes = 0;
  const auto draw = [&](const panels::Frame& f) {
    changes += panels::number_field(f, "Batch", {100, 100, 80, 28}, batch, 1, 1024, 0);
  };
  frame(draw);
  move(120, 110);
  frame(draw);
  button(true);
  frame(draw);
  button(false);
  frame(draw);
  frame(draw);
  EXPECT_TRUE(ImGui::GetIO().WantTextInput);
  type("128");
  frame(draw);
  EXPECT_EQ(batch, 64) << "not before Enter";
  press_key(key::kEnter);
  frame(draw);
  frame(draw);
  EXPECT_EQ(batch, 128);
  EXPECT_EQ(changes, 1);
}

TEST_F(Widgets, AComboOpensByClickAndTakesTheItemClicked) {
  int choice = 0;
  const std::vector<std::string> items{"mlp128", "cnn32", "cnn32-64"};
  const auto draw = [&](const panels::Frame& f) { panels::combo(f, "Network", {100, 100, 120, 28}, items, choice); };
  frame(draw);
  move(120, 110);
  frame(draw);
  button(true);
  frame(draw);
  button(false);
  frame(draw);
  frame(draw);
  const auto row =
      std::find_if(ui.targets.begin(), ui.targets.end(), [](const auto& t) { return t.name == "cnn32-64"; });
  ASSERT_NE(row, ui.targets.end());
  move(row->rect.centre().x, row->rect.centre().y);
  frame(draw);
  frame(draw);
  button(true);
  frame(draw);
  button(false);
  frame(draw);
  EXPECT_EQ(choice, 2);
  EXPECT_TRUE(ui.widgets.open_popup.empty());
}

TEST_F(Widgets, ParagraphsWrapAndMeasureAlike) {
  float measured = 0;
  float drawn = 0;
  float narrow = 0;
  const char* text = "The **3 × 3 filter** lies over the drawing. Nine pixels times nine weights, added up.";
  frame([&](const panels::Frame& f) {
    measured = panels::paragraph(f, {0, 0}, 300, panels::Type::kBody, f.colors.text2, text, true);
    drawn = panels::paragraph(f, {10, 10}, 300, panels::Type::kBody, f.colors.text2, text);
    narrow = panels::paragraph(f, {0, 0}, 120, panels::Type::kBody, f.colors.text2, text, true);
    EXPECT_EQ(panels::paragraph(f, {0, 0}, 100, panels::Type::kBody, 0, "", true), 0);
  });
  EXPECT_EQ(measured, drawn);
  EXPECT_EQ(measured, 42) << "two lines of 21";
  EXPECT_GT(narrow, measured);
}

TEST_F(Widgets, TextTooLongEndsInAnEllipsisWithinItsWidth) {
  frame([&](const panels::Frame& f) {
    const float width =
        panels::text(f, {0, 0}, panels::Type::kSmall, f.colors.text, "Drawing 24 saved as 7", panels::Align::kLeft, 60);
    EXPECT_LE(width, 60.5F);
    EXPECT_GT(width, 30);
  });
}

TEST_F(Widgets, TextIsAsWideAsTheFontsDesignerMadeIt) {
  // Inter Medium: the advances of H, e, l, l, o in 2816 units an em are 2090, 1654, 701, 701, 1696.
  frame([&](const panels::Frame& f) {
    const float at_13 = panels::text_width(f, panels::Type::kLabel, "Hello");
    EXPECT_NEAR(at_13, (2090 + 1654 + 701 + 701 + 1696) * 13.0F / 2816, 1.2F);
  });
}

TEST_F(Widgets, ThousandsAreSeparated) {
  EXPECT_EQ(panels::with_thousands(0), "0");
  EXPECT_EQ(panels::with_thousands(999), "999");
  EXPECT_EQ(panels::with_thousands(12940), "12,940");
  EXPECT_EQ(panels::with_thousands(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace warpscope::tests
