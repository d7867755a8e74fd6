// scene/geometry.h: points, rectangles, colours. Floor 6. Pure data. Lengths are physical pixels unless a name says
// otherwise.
#pragma once

#include <cstdint>

namespace warpscope::scene {

struct Vec2 {
  float x = 0;
  float y = 0;
  bool operator==(const Vec2&) const = default;
};

struct Rect {
  float x = 0;
  float y = 0;
  float w = 0;
  float h = 0;
  float right() const { return x + w; }
  float bottom() const { return y + h; }
  Vec2 centre() const { return {x + w / 2, y + h / 2}; }
  bool contains(Vec2 p) const { return p.x >= x && p.y >= y && p.x < x + w && p.y < y + h; }
  Rect inset(float by) const { return {x + by, y + by, w - 2 * by, h - 2 * by}; }
  bool operator==(const Rect&) const = default;
};

// 0xAABBGGRR: the byte order of ImGui's ImU32 and of RGBA8 textures on little-endian machines.
using Rgba = std::uint32_t;
constexpr Rgba rgb(std::uint32_t hex) {  // rgb(0x0F1114)
  return 0xFF000000U | ((hex & 0xFFU) << 16) | (hex & 0xFF00U) | (hex >> 16 & 0xFFU);
}
constexpr Rgba with_alpha(Rgba color, float alpha) {
  return (color & 0x00FFFFFFU) | (static_cast<Rgba>(alpha * 255.0F + 0.5F) << 24);
}
Rgba mix(Rgba a, Rgba b, float t);  // t = 0: a

}  // namespace warpscope::scene
