// convolve_screen.h: how frames of the Convolve session reach the window: one texture of floats, filled by the GPU
// itself where it can, else copied there once a frame of the session. Floor 8. GUI thread, with the window's context.
#pragma once

#include <cstdint>
#include <memory>

#include "app/gl/field_texture.h"
#include "app/panels/fields.h"
#include "compute/session/convolve_session.h"

namespace warpscope::app {

class ConvolveScreen : public panels::FieldPainter {
 public:
  // The session outlives the screen.
  explicit ConvolveScreen(session::ConvolveSession& session);
  ~ConvolveScreen() override;

  // Before a frame is drawn: the newest frame of the view into the texture, and into `fields` where it is.
  void follow(const session::ConvolveView& view, panels::Fields& fields);
  // Of the window, before its draw lists are drawn.
  void set_size(int width, int height);

  void paint(const panels::FieldPicture& picture, scene::Rect clip) override;
  void multiply() override;

 private:
  void make_room(const session::ConvolveFrame& frame);
  void upload(const session::ConvolveFrame& frame);

  session::ConvolveSession& session_;
  std::unique_ptr<gl::FieldTexture> texture_;
  gl::FieldShader shader_;
  std::uint64_t uploaded_ = 0;  // version of the frame that is in the texture; 0: none
  int width_ = 0, height_ = 0;
};

}  // namespace warpscope::app
