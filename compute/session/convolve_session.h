// session/convolve_session.h: the Convolve workspace without a window. Floor 5.
// One worker thread owns the device, computes frames while something moves, measures variants in between, and goes on
// with the virtual GPU where a real one is lost. The owner (GUI thread, or a test) sends commands and takes views;
// neither ever blocks.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "compute/session/convolve_commands.h"
#include "compute/session/convolve_view.h"

namespace warpscope::session {

struct ConvolveOptions {
  std::filesystem::path data_dir;   // handovers to Step are kept in its folder kernels
  std::filesystem::path mnist_dir;  // IDX folder
  device::Choice device;
  int threads = 0;             // of the host, for the virtual GPU; 0: all cores
  bool visible = true;         // somebody looks from the beginning; see SetConvolveVisible
  int frames_per_second = 60;  // at most: a screen shows no more; 0: as fast as it goes
};

class ConvolveSession {
 public:
  // `wake` is called from the worker when a newer view is there; it must be cheap and thread-safe.
  ConvolveSession(ConvolveOptions options, std::function<void()> wake);
  ~ConvolveSession();
  ConvolveSession(const ConvolveSession&) = delete;
  ConvolveSession& operator=(const ConvolveSession&) = delete;

  void send(ConvolveCommand command);
  std::uint64_t sent() const;
  // Owner only. Never null.
  const std::shared_ptr<const ConvolveView>& view();

  // ---- The way to the screen without a copy: for the thread whose OpenGL context is current.
  // CUDA's number of the GPU that drives the context; empty where there is none, with the reason in `why`.
  static std::optional<int> gpu_of_context(std::string& why);
  // A texture of R32F, width x height, that frames are to be put into: input above, the outputs' planes below, as
  // atlas_place() says. Registered once; where that is impossible ScreenPath says why and view().frame has the values.
  void attach_texture(unsigned gl_texture, int width, int height);
  void detach_texture();  // before the texture or the context goes
  // The newest frame into the texture. The version of the frame that is in it now; 0 where there is none.
  std::uint64_t present();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Where plane `plane` of picture `picture` (0: the input, then one a stage) lies in the atlas. Empty where the atlas
// has no room for it. Pure.
struct AtlasPlace {
  int x = 0, y = 0, width = 0, height = 0;
};
std::optional<AtlasPlace> atlas_place(const ConvolveFrame& frame, int picture, int plane, int atlas_width,
                                      int atlas_height);

}  // namespace warpscope::session
