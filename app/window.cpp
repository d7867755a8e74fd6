#include "app/window.h"

#include <GLFW/glfw3.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "app/gl/screen.h"

namespace warpscope::app {
namespace {

constexpr int kSmallestWidth = 480, kSmallestHeight = 320;

Window& self(GLFWwindow* handle) {
  return *static_cast<Window*>(glfwGetWindowUserPointer(handle));
}

struct CursorShape {
  ImGuiMouseCursor imgui;
  int glfw;
};
constexpr std::array kCursorShapes{
    CursorShape{ImGuiMouseCursor_Arrow, GLFW_ARROW_CURSOR},
    CursorShape{ImGuiMouseCursor_TextInput, GLFW_IBEAM_CURSOR},
    CursorShape{ImGuiMouseCursor_ResizeEW, GLFW_HRESIZE_CURSOR},
    CursorShape{ImGuiMouseCursor_ResizeNS, GLFW_VRESIZE_CURSOR},
    CursorShape{ImGuiMouseCursor_Hand, GLFW_HAND_CURSOR},
};

std::string glfw_problem() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text == nullptr ? "no reason given" : text;
}

// A letter key by what is printed on it in the person's layout: Ctrl+Z is where Z is.
int code_of(int glfw_key, int scancode) {
  if (glfw_key >= GLFW_KEY_KP_0 && glfw_key <= GLFW_KEY_KP_9) return '0' + glfw_key - GLFW_KEY_KP_0;
  if (glfw_key == GLFW_KEY_KP_ENTER) return GLFW_KEY_ENTER;
  if (glfw_key == GLFW_KEY_KP_ADD) return '+';
  if (glfw_key == GLFW_KEY_KP_SUBTRACT) return '-';
  const bool digit_row = glfw_key >= GLFW_KEY_0 && glfw_key <= GLFW_KEY_9;  // the digits, even where they need Shift
  if (digit_row || glfw_key < GLFW_KEY_APOSTROPHE || glfw_key > GLFW_KEY_GRAVE_ACCENT || scancode == 0) return glfw_key;
  const char* name = glfwGetKeyName(glfw_key, scancode);
  if (name == nullptr || name[0] == 0 || name[1] != 0) return glfw_key;
  return std::toupper(static_cast<unsigned char>(name[0]));
}

void set_clipboard(void* window, const char* text) {
  glfwSetClipboardString(static_cast<GLFWwindow*>(window), text);
}
const char* get_clipboard(void* window) {
  return glfwGetClipboardString(static_cast<GLFWwindow*>(window));
}

}  // namespace

base::Result<std::unique_ptr<Window>> Window::open(int width, int height, const std::string& title) {
  if (glfwInit() != GLFW_TRUE) {
    return base::fail(
        fmt::format("No window can be opened here ({}). Without a display, `tools/run --demo` plays the demo under a "
                    "virtual one.",
                    glfw_problem()));
  }
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  GLFWwindow* handle = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
  if (handle == nullptr) {
    const std::string why = glfw_problem();
    glfwTerminate();
    return base::fail(
        fmt::format("No window with OpenGL 3.3 can be opened ({}). LIBGL_ALWAYS_SOFTWARE=1 draws without a GPU.", why));
  }
  std::unique_ptr<Window> window(new Window(handle));
  glfwMakeContextCurrent(handle);
  if (!gl::load_functions(glfwGetProcAddress))
    return base::fail("OpenGL 3.3 is not there: the driver offers an older version.");
  glfwSwapInterval(1);
  glfwSetWindowSizeLimits(handle, kSmallestWidth, kSmallestHeight, GLFW_DONT_CARE, GLFW_DONT_CARE);
  window->install_callbacks();
  return window;
}

Window::Window(GLFWwindow* handle) : handle_(handle) {
  for (const CursorShape& shape : kCursorShapes) cursors_[shape.imgui] = glfwCreateStandardCursor(shape.glfw);
}

Window::~Window() {
  for (void* cursor : cursors_) {
    if (cursor != nullptr) glfwDestroyCursor(static_cast<GLFWcursor*>(cursor));
  }
  glfwDestroyWindow(handle_);
  glfwTerminate();
}

void Window::install_callbacks() {
  glfwSetWindowUserPointer(handle_, this);
  glfwSetCursorPosCallback(handle_, [](GLFWwindow* w, double x, double y) { self(w).on_pointer(x, y); });
  glfwSetMouseButtonCallback(handle_, [](GLFWwindow* w, int button, int action, int mods) {
    self(w).on_button(button, action == GLFW_PRESS, mods);
  });
  glfwSetKeyCallback(handle_, [](GLFWwindow* w, int key, int scancode, int action, int mods) {
    self(w).on_key(key, scancode, action, mods);
  });
  glfwSetCharCallback(handle_, [](GLFWwindow* w, unsigned int character) { self(w).on_character(character); });
  glfwSetScrollCallback(handle_, [](GLFWwindow* w, double x, double y) { self(w).on_scroll(x, y); });
  glfwSetCursorEnterCallback(handle_, [](GLFWwindow* w, int entered) {
    if (entered == GLFW_FALSE) self(w).on_leave();
  });
  glfwSetDropCallback(handle_, [](GLFWwindow* w, int count, const char** paths) {
    for (int i = 0; i < count; ++i) {
      if (self(w).on_drop) self(w).on_drop(paths[i]);
    }
    self(w).happened_ = true;
  });
  // These change what is seen without being input.
  glfwSetFramebufferSizeCallback(handle_, [](GLFWwindow* w, int, int) { self(w).happened_ = true; });
  glfwSetWindowRefreshCallback(handle_, [](GLFWwindow* w) { self(w).happened_ = true; });
  glfwSetWindowFocusCallback(handle_, [](GLFWwindow* w, int) { self(w).happened_ = true; });

  ImGuiIO& io = ImGui::GetIO();
  io.SetClipboardTextFn = set_clipboard;
  io.GetClipboardTextFn = get_clipboard;
  io.ClipboardUserData = handle_;
}

void Window::show() {
  glfwShowWindow(handle_);
}

bool Window::wait(double seconds) {
  happened_ = false;
  seconds > 0 ? glfwWaitEventsTimeout(seconds) : glfwPollEvents();
  return happened_ || !input_.empty();
}

void Window::wake() {
  glfwPostEmptyEvent();
}

void Window::swap() {
  glfwSwapBuffers(handle_);
}

bool Window::close_wanted() const {
  return glfwWindowShouldClose(handle_) != 0;
}

bool Window::visible() const {
  return glfwGetWindowAttrib(handle_, GLFW_ICONIFIED) == 0 && glfwGetWindowAttrib(handle_, GLFW_VISIBLE) != 0;
}

void Window::resize(int width, int height) {
  glfwSetWindowSize(handle_, width, height);
}

Window::Size Window::framebuffer() const {
  Size size;
  glfwGetFramebufferSize(handle_, &size.width, &size.height);
  return size;
}

Window::Size Window::size() const {
  Size size;
  glfwGetWindowSize(handle_, &size.width, &size.height);
  return size;
}

float Window::content_scale() const {
  float x = 1;
  float y = 1;
  glfwGetWindowContentScale(handle_, &x, &y);
  return std::max(1.0F, x);
}

void Window::set_cursor(ImGuiMouseCursor cursor) {
  if (cursor == cursor_) return;
  cursor_ = cursor;
  glfwSetInputMode(handle_, GLFW_CURSOR, cursor == ImGuiMouseCursor_None ? GLFW_CURSOR_HIDDEN : GLFW_CURSOR_NORMAL);
  if (cursor >= 0) glfwSetCursor(handle_, static_cast<GLFWcursor*>(cursors_[cursor]));
}

double Window::seconds() {
  return glfwGetTime();
}

InputEvent Window::stamped(InputEvent event) const {
  event.seconds = seconds();
  return event;
}

void Window::on_pointer(double x, double y) {
  // The window system counts in its own units; everything here is physical pixels.
  const Size units = size();
  const Size pixels = framebuffer();
  const double ratio = units.width > 0 ? static_cast<double>(pixels.width) / units.width : 1.0;
  input_.push(
      stamped({.kind = InputEvent::Kind::kMove, .at = {static_cast<float>(x * ratio), static_cast<float>(y * ratio)}}));
}

void Window::on_button(int button, bool down, int) {
  if (button < 0 || button > 2) return;
  input_.push(stamped({.kind = InputEvent::Kind::kButton, .code = button, .down = down}));
}

void Window::on_key(int glfw_key, int scancode, int action, int mods) {
  if (glfw_key == GLFW_KEY_UNKNOWN) return;
  const bool down = action != GLFW_RELEASE;
  // X11 reports the modifiers as they were before this key: a modifier itself says what it is now.
  const auto held = [&](int flags, int left, int right) {
    return glfw_key == left || glfw_key == right ? down : (mods & flags) != 0;
  };
  input_.push(stamped({.kind = InputEvent::Kind::kKey,
                       .code = code_of(glfw_key, scancode),
                       .down = down,
                       .repeat = action == GLFW_REPEAT,
                       .control = held(GLFW_MOD_CONTROL, GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL) ||
                                  held(GLFW_MOD_SUPER, GLFW_KEY_LEFT_SUPER, GLFW_KEY_RIGHT_SUPER),
                       .shift = held(GLFW_MOD_SHIFT, GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT),
                       .alt = held(GLFW_MOD_ALT, GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT)}));
}

void Window::on_character(unsigned int code_point) {
  input_.push(stamped({.kind = InputEvent::Kind::kCharacter, .code = static_cast<int>(code_point)}));
}

void Window::on_scroll(double x, double y) {
  input_.push(stamped({.kind = InputEvent::Kind::kScroll, .at = {static_cast<float>(x), static_cast<float>(y)}}));
}

void Window::on_leave() {
  input_.push(stamped({.kind = InputEvent::Kind::kLeave}));
}

}  // namespace warpscope::app
