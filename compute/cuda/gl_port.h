// cuda/gl_port.h: pictures from the GPU's memory into an OpenGL texture, without a copy over the bus. Floor 2.
// For the thread whose OpenGL context is current. Nothing here calls OpenGL, and nothing throws.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "compute/cuda/atlas.h"

namespace warpscope::cuda {

class GlPort {
 public:
  // CUDA's number of the GPU that drives the current OpenGL context. Ask before a context of CUDA is made. The error
  // says why there is none, and on laptops with two GPUs with which command the program must be started.
  static CudaResult<int> gpu_of_context(const Driver& driver);

  // Registers a GL_TEXTURE_2D of R32F texels once, for writing: what it held is lost with every picture. Errors of
  // OpenGL that nobody has asked for (glGetError) would come out here as CUDA's 304.
  static CudaResult<std::unique_ptr<GlPort>> open(std::shared_ptr<Context> context, unsigned texture, int width,
                                                  int height);
  ~GlPort();
  GlPort(const GlPort&) = delete;
  GlPort& operator=(const GlPort&) = delete;

  // Puts the ring's newest picture into the texture: one map, a copy for each piece, one unmap. Its frame; empty where
  // nothing newer is there. OpenGL may draw the texture afterwards. After an error the port is of no use any more
  // (usable() is false), and pictures take the way through pinned memory.
  CudaResult<std::optional<std::uint64_t>> present(AtlasRing& ring);

  // False after an error, or after a reset of the context: then another port is opened, or none.
  bool usable() const { return usable_ && resource_.alive(); }

 private:
  explicit GlPort(std::shared_ptr<Context> context, int width, int height)
      : context_(std::move(context)), width_(width), height_(height) {}
  CudaResult<void> copy(const AtlasRing::Picture& picture);

  std::shared_ptr<Context> context_;
  int width_, height_;
  bool usable_ = true;
  Stream stream_;
  GraphicsResource resource_;
};

}  // namespace warpscope::cuda
