// panels/fields.h: pictures of numbers, coloured while they are drawn: the numbers lie in one texture of floats, put
// there once a frame of the session (or by the GPU itself), and a shader makes colours of them. Floor 7. Owned by the
// GUI thread. Knows no OpenGL: a painter of the window's own does the drawing; without one (tests) only the orders are
// kept.
#pragma once

#include <imgui.h>

#include <array>
#include <cstdint>
#include <deque>

#include "app/scene/geometry.h"
#include "compute/session/convolve_session.h"

namespace warpscope::panels {

enum class FieldLook : std::uint8_t {
  kGrey,        // low black, high white
  kSigned,      // -high blue, 0 white, high orange
  kCividis,     // low to high
  kRgb,         // three planes, each low to high
  kDifference,  // first plane less the second, as kSigned
  kStrength,    // |value| as half to full white: to be multiplied by colours
};
inline constexpr int kFieldLooks = 6;

// One picture to be drawn: `where` may reach beyond the current clip rectangle.
struct FieldPicture {
  scene::Rect where;
  FieldLook look = FieldLook::kGrey;
  float low = 0, high = 255;
  std::array<session::AtlasPlace, 3> planes{};  // of the texture: one; kRgb: three; kDifference: two
};

// Draws at once, within `clip`; the window has one.
class FieldPainter {
 public:
  FieldPainter() = default;
  FieldPainter(const FieldPainter&) = delete;
  FieldPainter& operator=(const FieldPainter&) = delete;
  virtual ~FieldPainter() = default;
  virtual void paint(const FieldPicture& picture, scene::Rect clip) = 0;
  // From now on what ImGui draws is multiplied with what is there, until its own state is set again.
  virtual void multiply() = 0;
};

class Fields {
 public:
  int atlas_width = 1024, atlas_height = 2048;  // of the texture
  FieldPainter* painter = nullptr;              // outlives the drawing of this frame

  // Forgets the orders of the frame before.
  void begin_frame() { orders_.clear(); }
  void draw(ImDrawList& list, const FieldPicture& picture);
  // Between the two images are multiplied with what lies under them.
  void begin_multiply(ImDrawList& list);
  void end_multiply(ImDrawList& list);

  struct Order {
    FieldPainter* painter = nullptr;
    FieldPicture picture;
  };
  const std::deque<Order>& orders() const { return orders_; }

 private:
  std::deque<Order> orders_;  // ImGui keeps their addresses until the frame is drawn
};

}  // namespace warpscope::panels
