// window.h: the window, its OpenGL 3.3 context, and what happens to it. Floor 8. GUI thread, except wake().
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "app/input.h"
#include "app/scene/geometry.h"
#include "compute/base/error.h"

struct GLFWwindow;

namespace warpscope::app {

// What a script does to a window: the callbacks the window system calls, so that it goes the way a hand goes.
class InputPort {
 public:
  virtual ~InputPort() = default;
  virtual InputQueue& input() = 0;
  virtual void resize(int width, int height) = 0;
  virtual void on_pointer(double x, double y) = 0;  // window system's units
  virtual void on_button(int button, bool down, int mods) = 0;
  virtual void on_key(int glfw_key, int scancode, int action, int mods) = 0;
  virtual void on_character(unsigned int code_point) = 0;
};

class Window final : public InputPort {
 public:
  // Sizes in the window system's units. Opens hidden; show() once there is something to see.
  static base::Result<std::unique_ptr<Window>> open(int width, int height, const std::string& title);
  ~Window() override;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  void show();
  // Waits at most `seconds` (0: not at all) and puts what happened into input(). True where something did.
  bool wait(double seconds);
  // Ends a wait() from any thread.
  static void wake();
  void swap();

  // What to do with a file dropped onto the window.
  std::function<void(const std::filesystem::path&)> on_drop;

  InputQueue& input() override { return input_; }
  bool close_wanted() const;
  bool visible() const;  // false while minimised
  void resize(int width, int height) override;
  struct Size {
    int width = 0, height = 0;
  };
  Size framebuffer() const;     // physical pixels
  Size size() const;            // window system's units
  float content_scale() const;  // of the display the window is on
  void set_cursor(ImGuiMouseCursor cursor);
  static double seconds();  // since the program started; what events are stamped with

  void on_pointer(double x, double y) override;
  void on_button(int button, bool down, int mods) override;
  void on_key(int glfw_key, int scancode, int action, int mods) override;
  void on_character(unsigned int code_point) override;
  void on_scroll(double x, double y);
  void on_leave();

 private:
  explicit Window(GLFWwindow* handle);
  void install_callbacks();
  InputEvent stamped(InputEvent event) const;

  GLFWwindow* handle_ = nullptr;
  InputQueue input_;
  bool happened_ = false;
  void* cursors_[ImGuiMouseCursor_COUNT] = {};
  int cursor_ = -1;
};

}  // namespace warpscope::app
