// session/convolve_screen.h: frames on their way from the GPU that computes them to the window's texture. Floor 5.
// The worker publishes, the thread whose OpenGL context is current presents; neither waits for the other's work.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "compute/cuda/gl_port.h"
#include "compute/device/cuda_device.h"
#include "compute/session/convolve_view.h"

namespace warpscope::session {

class ConvolveScreen {
 public:
  // ---- The thread of the OpenGL context. See ConvolveSession.
  void attach(unsigned texture, int width, int height);
  void detach();
  std::uint64_t present();

  // ---- The worker
  // The frame that `gpu` has just computed; null where the virtual GPU did. True: it will be in the texture, so its
  // values need not be copied. Where an error is returned the GPU is not well.
  base::Result<bool> publish(device::CudaDevice* gpu, const ConvolveFrame& frame);
  ScreenPath path() const;

 private:
  struct Texture {
    unsigned name = 0;  // OpenGL's; 0: none
    int width = 0, height = 0;
    bool operator==(const Texture&) const = default;
  };
  // What the two threads tell each other.
  struct Shared {
    Texture texture;
    std::shared_ptr<cuda::Context> context;
    std::shared_ptr<cuda::AtlasRing> ring;  // null: no frame can come
    bool open = false;                      // a port to the texture is
    std::string why;                        // no port could be opened
  };
  Shared shared() const;
  void close(std::string why);

  mutable std::mutex mutex_;
  Shared shared_;

  // Of the thread of the OpenGL context.
  std::unique_ptr<cuda::GlPort> port_;
  std::shared_ptr<cuda::AtlasRing> presented_;  // whose frames port_ shows
  std::uint64_t in_texture_ = 0;                // version of a frame
};

}  // namespace warpscope::session
