// gl/texture.h: an RGBA8 texture whose pixels stay pixels. Floor 6. Needs the GL context of the calling thread.
#pragma once

#include <cstdint>
#include <vector>

namespace warpscope::gl {

class Texture {
 public:
  // Nearest neighbour, clamped to its edge.
  Texture(int width, int height);
  ~Texture();
  Texture(const Texture&) = delete;
  Texture& operator=(const Texture&) = delete;

  // Copies the part (x, y, width, height) of `pixels`, which is as large as the texture: 0xAABBGGRR, rows from the top.
  void upload(const std::vector<std::uint32_t>& pixels, int x, int y, int width, int height);
  std::uint32_t id() const { return id_; }

 private:
  std::uint32_t id_ = 0;
  int width_ = 0;
};

}  // namespace warpscope::gl
