// gl/screen.h: the window's own pixels. Floor 6. Needs the GL context of the calling thread.
#pragma once

#include <cstdint>
#include <vector>

namespace warpscope::gl {

// Loads OpenGL's functions through `address_of`; false where the context is older than 3.3.
bool load_functions(void (*(*address_of)(const char*))());
// What draws: "llvmpipe (LLVM 15.0.6, 256 bits)".
const char* renderer_name();

// Colours are 0xAABBGGRR: the bytes R, G, B, A in memory.
void begin_frame(int width, int height, std::uint32_t color);
// Pixels counted from the top left like everything else.
void clear_rect(int x, int y, int width, int height, std::uint32_t color, int screen_height);

// Rows from the top, RGBA, of what was drawn last: (height, width, 4).
struct Pixels {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgba;
};
Pixels read_screen(int x, int y, int width, int height, int screen_height);

}  // namespace warpscope::gl
