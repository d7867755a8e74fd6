// scene/step_picture.h: a part of a buffer as numbers for pixels: as many as there is room for, each the mean of the
// elements it stands for. Floor 6. Pure functions of a moment; the work is bounded, however large the buffer is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "app/scene/step_memory_layout.h"
#include "compute/session/step_view.h"

namespace warpscope::scene {

enum class PictureMode : std::uint8_t { kValue, kReads, kWrites };

// Reads elements of device memory without copying pages.
class ElementReader {
 public:
  ElementReader(const vgpu::GlobalMemory& memory, std::uint64_t address, kernels::ElementType type);
  std::span<const std::uint8_t> bytes(std::uint64_t element) const;  // empty: there is no memory
  std::optional<double> number(std::uint64_t element) const;

 private:
  const vgpu::GlobalMemory& memory_;
  std::uint64_t address_;
  kernels::ElementType type_;
  std::uint64_t size_;
};

// By how many lanes, in the whole run, the words of an element were read (or written).
std::uint64_t count_of(const std::vector<std::uint32_t>& counts, kernels::ElementType type, std::uint64_t element);

// Elements [x, x + columns) x [y, y + rows) of a shape.
struct PictureRegion {
  std::uint64_t x = 0, y = 0, columns = 0, rows = 0;
  bool operator==(const PictureRegion&) const = default;
};
PictureRegion seen_region(const PictureView& view, const BufferShape& shape, const Rect& where);

struct Picture {
  enum class Pixel : std::uint8_t { kValue, kNever, kOutside };
  int width = 0, height = 0;
  std::vector<float> values;  // (height, width); of counts: log(1 + count)
  std::vector<Pixel> pixels;
};
inline constexpr int kPictureSide = 512;  // at most, and elements looked at:
inline constexpr int kPictureSamples = 1 << 18;

struct PictureSource {
  const session::StepBuffer& buffer;
  const vgpu::GlobalMemory& memory;
  trace::Position position = 0;
  kernels::ElementType type = kernels::ElementType::kF32;
  const BufferShape& shape;
  PictureMode mode = PictureMode::kValue;
};
Picture decode_picture(const PictureSource& source, const PictureRegion& region, int width, int height);

// Of the whole buffer, from a sample of it where it is large.
struct ValueRange {
  float low = 0, high = 0;
  bool any = false;
  bool is_signed() const { return low < 0; }
};
ValueRange value_range(const PictureSource& source);
// The colour of a number within a range: cividis from 0 on, blue-white-orange where it is signed.
Rgba value_color(const ValueRange& range, float value);

}  // namespace warpscope::scene
