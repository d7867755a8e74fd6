#include "tests/gpu_check/gl_context.h"

#define GLFW_INCLUDE_NONE  // OpenGL comes from glad
#include <GLFW/glfw3.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <glad/gl.h>

#include <array>
#include <cstdint>

namespace warpscope::gpu_check {
namespace {

// ---- EGL, of which the build needs no header: the calls and numbers of EGL 1.5 that are used.

using Handle = void*;
constexpr unsigned kPlatformDevice = 0x313f, kPlatformSurfaceless = 0x31dd, kOpenGlApi = 0x30a2;
constexpr std::array<int, 5> kConfig = {0x3033, 0, 0x3040, 0x8, 0x3038};            // any surface, OpenGL
constexpr std::array<int, 7> kContext = {0x3098, 3, 0x30fb, 3, 0x30fd, 1, 0x3038};  // 3.3, core

struct Egl {
  Handle (*eglGetProcAddress)(const char*) = nullptr;
  Handle (*eglGetPlatformDisplay)(unsigned, Handle, const std::intptr_t*) = nullptr;
  unsigned (*eglQueryDevicesEXT)(int, Handle*, int*) = nullptr;
  unsigned (*eglInitialize)(Handle, int*, int*) = nullptr;
  unsigned (*eglBindAPI)(unsigned) = nullptr;
  unsigned (*eglChooseConfig)(Handle, const int*, Handle*, int, int*) = nullptr;
  Handle (*eglCreateContext)(Handle, Handle, Handle, const int*) = nullptr;
  unsigned (*eglMakeCurrent)(Handle, Handle, Handle, Handle) = nullptr;
  unsigned (*eglDestroyContext)(Handle, Handle) = nullptr;
  bool complete = false;

  Egl() {
    void* library = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    complete = take(dlsym(library, "eglGetProcAddress"), eglGetProcAddress) &&
               take(dlsym(library, "eglGetPlatformDisplay"), eglGetPlatformDisplay) &&
               take(dlsym(library, "eglInitialize"), eglInitialize) && take(dlsym(library, "eglBindAPI"), eglBindAPI) &&
               take(dlsym(library, "eglChooseConfig"), eglChooseConfig) &&
               take(dlsym(library, "eglCreateContext"), eglCreateContext) &&
               take(dlsym(library, "eglMakeCurrent"), eglMakeCurrent) &&
               take(dlsym(library, "eglDestroyContext"), eglDestroyContext);
    if (complete) take(eglGetProcAddress("eglQueryDevicesEXT"), eglQueryDevicesEXT);
  }

 private:
  template <class Function>
  static bool take(void* address, Function& function) {
    function = reinterpret_cast<Function>(address);
    return address != nullptr;
  }
};

const Egl& egl() {
  static const Egl functions;
  return functions;
}

GLADapiproc egl_address(const char* name) {
  return reinterpret_cast<GLADapiproc>(egl().eglGetProcAddress(name));
}

class EglContext final : public GlContext {
 public:
  EglContext(Handle display, Handle context, std::string name)
      : display_(display), context_(context), name_(std::move(name)) {}
  ~EglContext() override {
    egl().eglMakeCurrent(display_, nullptr, nullptr, nullptr);
    egl().eglDestroyContext(display_, context_);
  }
  std::string name() const override { return fmt::format("{}: {}", name_, renderer()); }

 private:
  Handle display_, context_;
  std::string name_;
};

base::Result<std::unique_ptr<GlContext>> open_egl(unsigned platform, Handle device, const std::string& name) {
  const auto failed = [&](const char* what) { return base::fail(fmt::format("{}: {}", name, what)); };
  const Handle display = egl().eglGetPlatformDisplay(platform, device, nullptr);
  int major = 0, minor = 0;
  if (display == nullptr || egl().eglInitialize(display, &major, &minor) == 0) return failed("no display");
  Handle config = nullptr;
  int found = 0;
  if (egl().eglBindAPI(kOpenGlApi) == 0 || egl().eglChooseConfig(display, kConfig.data(), &config, 1, &found) == 0 ||
      found == 0) {
    return failed("no OpenGL");
  }
  const Handle context = egl().eglCreateContext(display, config, nullptr, kContext.data());
  if (context == nullptr) return failed("no OpenGL 3.3");
  auto owned = std::make_unique<EglContext>(display, context, name);
  if (egl().eglMakeCurrent(display, nullptr, nullptr, context) == 0) return failed("no context without a surface");
  if (gladLoadGL(egl_address) == 0 || GLAD_GL_VERSION_3_3 == 0) return failed("no OpenGL 3.3");
  return owned;
}

// ---- GLFW

class HiddenWindow final : public GlContext {
 public:
  explicit HiddenWindow(GLFWwindow* window) : window_(window) {}
  ~HiddenWindow() override {
    glfwDestroyWindow(window_);
    glfwTerminate();
  }
  std::string name() const override { return "hidden window: " + renderer(); }

 private:
  GLFWwindow* window_;
};

base::Result<std::unique_ptr<GlContext>> open_hidden_window() {
  if (glfwInit() == 0) return base::fail("hidden window: no display");
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  GLFWwindow* window = glfwCreateWindow(64, 64, "warpscope-gpu-check", nullptr, nullptr);
  if (window == nullptr) {
    glfwTerminate();
    return base::fail("hidden window: no OpenGL 3.3");
  }
  auto owned = std::make_unique<HiddenWindow>(window);
  glfwMakeContextCurrent(window);
  if (gladLoadGL(glfwGetProcAddress) == 0) return base::fail("hidden window: no OpenGL 3.3");
  return owned;
}

using Opener = std::function<base::Result<std::unique_ptr<GlContext>>()>;

std::vector<Opener> openers() {
  std::vector<Opener> all;
  if (egl().complete) {
    std::array<Handle, 16> devices{};
    int count = 0;
    if (egl().eglQueryDevicesEXT == nullptr ||
        egl().eglQueryDevicesEXT(static_cast<int>(devices.size()), devices.data(), &count) == 0) {
      count = 0;
    }
    for (int i = 0; i < count; ++i) {
      all.emplace_back([device = devices[static_cast<std::size_t>(i)], i] {
        return open_egl(kPlatformDevice, device, fmt::format("EGL device {}", i));
      });
    }
    all.emplace_back([] { return open_egl(kPlatformSurfaceless, nullptr, "EGL without a surface"); });
  }
  all.emplace_back(open_hidden_window);
  return all;
}

}  // namespace

base::Result<std::unique_ptr<GlContext>> open_gl(const std::function<std::string()>& fits) {
  std::string why = egl().complete ? "" : "EGL: there is no libEGL.so.1";
  for (const Opener& open : openers()) {
    auto context = open();
    const std::string reason = !context         ? context.error().text()
                               : fits().empty() ? ""
                                                : fmt::format("{}: {}", (*context)->name(), fits());
    if (reason.empty()) return context;
    why += (why.empty() ? "" : "; ") + reason;
  }
  return base::fail(why);
}

FloatTexture::FloatTexture(int width, int height) : width_(width), height_(height) {
  glGenTextures(1, &id_);
  glBindTexture(GL_TEXTURE_2D, id_);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, width, height, 0, GL_RED, GL_FLOAT, nullptr);
  // One level, without which a driver may think that the texture is not complete.
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
  glBindTexture(GL_TEXTURE_2D, 0);
}

FloatTexture::~FloatTexture() {
  glDeleteTextures(1, &id_);
}

std::vector<float> FloatTexture::read() const {
  std::vector<float> texels(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
  glBindTexture(GL_TEXTURE_2D, id_);
  glGetTexImage(GL_TEXTURE_2D, 0, GL_RED, GL_FLOAT, texels.data());
  glBindTexture(GL_TEXTURE_2D, 0);
  return texels;
}

std::string renderer() {
  const auto* text = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
  return text == nullptr ? "no renderer" : text;
}

void finish_gl() {
  glFinish();
}

}  // namespace warpscope::gpu_check
