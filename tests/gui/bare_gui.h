// tests/gui/bare_gui.h: panels drawn into an ImGui context without window, OpenGL or clock, and a hand to use them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/panels/ui.h"
#include "compute/session/learn_commands.h"
#include "compute/session/learn_view.h"

namespace warpscope::tests {

class BareGui {
 public:
  using Draw = std::function<void(const panels::Frame&)>;

  // Physical pixels, and how many of them a logical one takes.
  BareGui(float width, float height, float scale = 1);
  ~BareGui();
  BareGui(const BareGui&) = delete;
  BareGui& operator=(const BareGui&) = delete;

  panels::UiState ui;
  session::LearnView view;
  panels::Images images;
  session::StepView step;
  session::ConvolveView convolve;
  session::MapView map;
  std::vector<session::LearnCommand> commands;  // of all frames since cleared
  std::vector<session::StepCommand> step_commands;
  std::vector<session::ConvolveCommand> convolve_commands;
  std::vector<session::MapCommand> map_commands;

  // One frame, 1/60 s after the last.
  void frame(const Draw& draw);
  void frames(int count, const Draw& draw);

  // The pointer; each makes one frame.
  void move(scene::Vec2 to, const Draw& draw);
  void press(const Draw& draw);
  void release(const Draw& draw);
  void click(scene::Vec2 at, const Draw& draw);
  void wheel(float steps, const Draw& draw);
  // A key of panels/keys.h, as written there ("Ctrl+Z", "7").
  void key(const std::string& key, const Draw& draw);
  // Clicks the widget or area of this name; fails the test where there is none.
  void click(std::string_view name, const Draw& draw);
  scene::Rect target(std::string_view name) const;

  template <class Command>
  std::vector<Command> sent() const {
    std::vector<Command> out;
    for (const session::LearnCommand& command : commands) {
      if (const auto* one = std::get_if<Command>(&command)) out.push_back(*one);
    }
    return out;
  }

 private:
  ImGuiIO& io();  // of this context, made the current one
  ImGuiContext* context_ = nullptr;
  panels::Fonts fonts_{};
  float scale_;
};

}  // namespace warpscope::tests
