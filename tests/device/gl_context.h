// An OpenGL context without a window, by EGL and opened at run time; tests are skipped where there is none.
#pragma once

#include <dlfcn.h>

#include <array>
#include <vector>

namespace warpscope::device::testing {

class GlContext {
 public:
  GlContext() {
    void* const egl = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (egl == nullptr || !find(egl)) return;
    display_ = get_display_(kSurfaceless, nullptr, nullptr);
    constexpr int kNone = 0x3038, kOpenGl = 0x30a2;
    if (display_ == nullptr || initialize_(display_, nullptr, nullptr) == 0 || bind_api_(kOpenGl) == 0) return;
    const std::array<int, 5> version = {0x3098, 3, 0x30fb, 3, kNone};  // 3.3
    context_ = create_(display_, nullptr, nullptr, version.data());
    current_ = context_ != nullptr && make_current_(display_, nullptr, nullptr, context_) != 0;
    void* const gl = dlopen("libGL.so.1", RTLD_NOW | RTLD_LOCAL);
    current_ = current_ && gl != nullptr && look(gl, gen_, "glGenTextures") && look(gl, bind_, "glBindTexture") &&
               look(gl, image_, "glTexImage2D") && look(gl, get_, "glGetTexImage");
  }
  ~GlContext() {
    if (context_ == nullptr) return;
    make_current_(display_, nullptr, nullptr, nullptr);
    destroy_(display_, context_);
  }
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;

  bool current() const { return current_; }
  // R32F, every texel `value`.
  unsigned make_texture(int width, int height, float value) const {
    const std::vector<float> texels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), value);
    unsigned texture = 0;
    gen_(1, &texture);
    bind_(kTexture2D, texture);
    image_(kTexture2D, 0, 0x822e, width, height, 0, kRed, kFloat, texels.data());
    return texture;
  }
  std::vector<float> read(unsigned texture, int width, int height) const {
    std::vector<float> texels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    bind_(kTexture2D, texture);
    get_(kTexture2D, 0, kRed, kFloat, texels.data());
    return texels;
  }

 private:
  static constexpr unsigned kSurfaceless = 0x31dd, kTexture2D = 0x0de1, kRed = 0x1903, kFloat = 0x1406;

  template <class Function>
  static bool look(void* library, Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
  }
  bool find(void* egl) {
    return look(egl, get_display_, "eglGetPlatformDisplay") && look(egl, initialize_, "eglInitialize") &&
           look(egl, bind_api_, "eglBindAPI") && look(egl, create_, "eglCreateContext") &&
           look(egl, make_current_, "eglMakeCurrent") && look(egl, destroy_, "eglDestroyContext");
  }

  void* (*get_display_)(unsigned, void*, const long*) = nullptr;
  unsigned (*initialize_)(void*, int*, int*) = nullptr;
  unsigned (*bind_api_)(unsigned) = nullptr;
  void* (*create_)(void*, void*, void*, const int*) = nullptr;
  unsigned (*make_current_)(void*, void*, void*, void*) = nullptr;
  unsigned (*destroy_)(void*, void*) = nullptr;
  void (*gen_)(int, unsigned*) = nullptr;
  void (*bind_)(unsigned, unsigned) = nullptr;
  void (*image_)(unsigned, int, int, int, int, int, unsigned, unsigned, const void*) = nullptr;
  void (*get_)(unsigned, int, unsigned, unsigned, void*) = nullptr;
  void* display_ = nullptr;
  void* context_ = nullptr;
  bool current_ = false;
};

}  // namespace warpscope::device::testing
