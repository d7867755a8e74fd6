// tests/gpu_check/gl_context.h: an OpenGL 3.3 context without a window on the screen, wherever one can be had: by EGL,
// which needs no display, or else by a hidden window of GLFW. Current on the thread that made it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::gpu_check {

class GlContext {
 public:
  virtual ~GlContext() = default;
  virtual std::string name() const = 0;  // "EGL device 0: NVIDIA H100 PCIe/PCIe/SSE2"
};

// The first for which `fits` says "", asked while it is current. Otherwise why each was not taken.
base::Result<std::unique_ptr<GlContext>> open_gl(const std::function<std::string()>& fits);

// A texture of R32F texels; deleted with it. Its context is current and outlives it.
class FloatTexture {
 public:
  FloatTexture(int width, int height);
  ~FloatTexture();
  FloatTexture(const FloatTexture&) = delete;
  FloatTexture& operator=(const FloatTexture&) = delete;

  unsigned id() const { return id_; }
  std::vector<float> read() const;  // rows from the first on

 private:
  unsigned id_ = 0;
  int width_, height_;
};

// Whether OpenGL works there, and with which renderer.
std::string renderer();
// Waits for everything that was asked of OpenGL.
void finish_gl();

}  // namespace warpscope::gpu_check
