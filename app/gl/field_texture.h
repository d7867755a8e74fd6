// gl/field_texture.h: a texture of floats (R32F), and the shader that draws parts of it in colours. Floor 6. Need the
// GL context of the calling thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace warpscope::gl {

class FieldTexture {
 public:
  FieldTexture(int width, int height);
  ~FieldTexture();
  FieldTexture(const FieldTexture&) = delete;
  FieldTexture& operator=(const FieldTexture&) = delete;

  // (height, width) floats to (x, y), through a pixel buffer object: the driver copies while the program goes on.
  void upload(std::span<const float> values, int x, int y, int width, int height);
  std::uint32_t id() const { return id_; }
  int width() const { return width_; }
  int height() const { return height_; }
  // Of what this driver can have.
  static int largest_side();

 private:
  std::uint32_t id_ = 0, buffer_ = 0;
  int width_ = 0, height_ = 0;
};

// How a value becomes a colour; the numbers are the shader's.
enum class FieldColours : std::uint8_t { kTable, kRgb, kDifference, kStrength };

struct FieldDraw {
  std::array<float, 4> where{};  // x, y, width, height on the screen, from the top left
  std::array<float, 4> clip{};   // likewise
  float screen_width = 0, screen_height = 0;
  FieldColours colours = FieldColours::kTable;
  int table = 0;            // row of the colour tables: kTable, kDifference
  float low = 0, high = 1;  // kTable: of the table; else see FieldColours
  int width = 0, height = 0;
  std::array<std::array<int, 2>, 3> origins{};  // of up to three planes in the texture
};

class FieldShader {
 public:
  // `tables`: rows of 256 colours, 0xAABBGGRR.
  explicit FieldShader(const std::vector<std::uint32_t>& tables);
  ~FieldShader();
  FieldShader(const FieldShader&) = delete;
  FieldShader& operator=(const FieldShader&) = delete;

  // Leaves the state to be set again by whoever draws next.
  void draw(const FieldTexture& texture, const FieldDraw& what) const;

 private:
  std::uint32_t program_ = 0, vertices_ = 0, tables_ = 0;
};

// What is drawn next is multiplied with what is there.
void multiply_colours();

}  // namespace warpscope::gl
