#include "app/gl/screen.h"

#include <glad/gl.h>

#include <algorithm>

namespace warpscope::gl {

bool load_functions(void (*(*address_of)(const char*))()) {
  return gladLoadGL(address_of) != 0 && GLAD_GL_VERSION_3_3 != 0;
}

const char* renderer_name() {
  return reinterpret_cast<const char*>(glGetString(GL_RENDERER));
}

namespace {

void clear(std::uint32_t color) {
  const auto part = [color](int shift) { return static_cast<float>(color >> shift & 0xFFU) / 255.0F; };
  glClearColor(part(0), part(8), part(16), 1);
  glClear(GL_COLOR_BUFFER_BIT);
}

}  // namespace

void begin_frame(int width, int height, std::uint32_t color) {
  glDisable(GL_SCISSOR_TEST);
  glViewport(0, 0, width, height);
  clear(color);
}

void clear_rect(int x, int y, int width, int height, std::uint32_t color, int screen_height) {
  if (width <= 0 || height <= 0) return;
  glEnable(GL_SCISSOR_TEST);
  glScissor(x, screen_height - y - height, width, height);
  clear(color);
  glDisable(GL_SCISSOR_TEST);
}

Pixels read_screen(int x, int y, int width, int height, int screen_height) {
  Pixels pixels{width, height, {}};
  const auto row_bytes = static_cast<std::size_t>(width) * 4;
  pixels.rgba.resize(row_bytes * static_cast<std::size_t>(height));
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(x, screen_height - y - height, width, height, GL_RGBA, GL_UNSIGNED_BYTE, pixels.rgba.data());
  for (int top = 0, bottom = height - 1; top < bottom; ++top, --bottom) {  // GL counts rows from the bottom
    const auto at = [&](int row) { return pixels.rgba.begin() + static_cast<std::ptrdiff_t>(row_bytes) * row; };
    std::swap_ranges(at(top), at(top + 1), at(bottom));
  }
  for (std::size_t i = 3; i < pixels.rgba.size(); i += 4) pixels.rgba[i] = 255;
  return pixels;
}

}  // namespace warpscope::gl
