// panels/images.h: all small pictures of the GUI in one atlas texture, so that hundreds of feature maps are one draw
// call. Floor 7. Owned by the GUI thread. Knows no OpenGL: whoever owns a window uploads what is dirty.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/scene/geometry.h"

namespace warpscope::panels {

class Images {
 public:
  static constexpr int kSide = 2048;  // of the atlas, RGBA8

  // Draws picture `key` (width x height pixels) into `where`, nearest neighbour. `paint` fills its pixels and is called
  // only when `version` differs from the one last painted under that key.
  void draw(ImDrawList& list, const std::string& key, std::uint64_t version, int width, int height,
            const std::function<void(std::span<scene::Rgba>)>& paint, scene::Rect where);

  // For the window: the pixels that changed since the last call (empty width: none), then they count as uploaded.
  struct Dirty {
    int x = 0, y = 0, width = 0, height = 0;
  };
  Dirty take_dirty();
  const std::vector<scene::Rgba>& pixels() const { return pixels_; }
  void set_texture(ImTextureID texture) { texture_ = texture; }
  // Frees the places of pictures not drawn for a while, when room is short.
  void end_frame();

 private:
  struct Slot {
    int x = 0, y = 0, width = 0, height = 0;
    std::uint64_t version = 0;
    std::uint64_t last_frame = 0;
  };
  Slot* place(const std::string& key, int width, int height);
  void mark_dirty(const Slot& slot);

  std::vector<scene::Rgba> pixels_;
  std::unordered_map<std::string, Slot> slots_;
  ImTextureID texture_ = nullptr;
  Dirty dirty_;
  std::uint64_t frame_ = 0;
  bool crowded_ = false;  // a picture found no place in this frame
  struct Shelf {
    int y = 0, height = 0, used = 0;
  };
  std::vector<Shelf> shelves_;
};

}  // namespace warpscope::panels
