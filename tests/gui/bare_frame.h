// The frame without a window: an ImGui context, real fonts, and the input queue of the app.
#pragma once

#include <imgui.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/device_report.h"
#include "app/frame.h"
#include "app/input.h"
#include "app/panels/fonts.h"
#include "app/panels/ui.h"

namespace warpscope::tests {

class BareFrame {
 public:
  struct Size {
    float width = 1280, height = 720, scale = 1;
  };
  explicit BareFrame(Size size);
  ~BareFrame();
  BareFrame(const BareFrame&) = delete;
  BareFrame& operator=(const BareFrame&) = delete;

  // Draws frames until no input waits, at least one. What the panels commanded is added to commands().
  void draw(const session::LearnView& view);
  void resize(Size size);

  void move(scene::Vec2 at);
  void button(bool down);
  void key(int code, bool control = false, bool shift = false);
  void type(const std::string& text);
  // Moves onto the target of the last frame and presses and releases there. False where there is none.
  bool click(const session::LearnView& view, const std::string& name);

  std::optional<panels::Target> target(const std::string& name) const;
  panels::UiState& ui() { return ui_; }
  const panels::Fonts& fonts() const { return fonts_; }
  const std::vector<session::LearnCommand>& commands() const { return commands_; }
  // How many commands of this kind there were so far.
  template <class Command>
  int count() const {
    int found = 0;
    for (const auto& command : commands_) found += std::holds_alternative<Command>(command) ? 1 : 0;
    return found;
  }
  template <class Command>
  const Command* last() const {
    for (auto it = commands_.rbegin(); it != commands_.rend(); ++it) {
      if (const auto* found = std::get_if<Command>(&*it)) return found;
    }
    return nullptr;
  }
  session::StepView step;  // drawn beside the view that draw() is given
  session::ConvolveView convolve;
  session::MapView map;
  std::vector<session::StepCommand> step_commands;
  std::vector<session::ConvolveCommand> convolve_commands;
  std::vector<session::MapCommand> map_commands;
  app::Ground ground() const { return ground_; }
  Size size() const { return size_; }
  int vertices() const { return vertices_; }

 private:
  Size size_;
  ImGuiContext* context_ = nullptr;
  panels::Fonts fonts_{};
  panels::Images images_;
  panels::UiState ui_;
  app::InputQueue input_;
  app::DeviceReport devices_;
  app::Ground ground_;
  std::vector<session::LearnCommand> commands_;
  int vertices_ = 0;
};

}  // namespace warpscope::tests
