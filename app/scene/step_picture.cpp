#include "app/scene/step_picture.h"

#include <algorithm>
#include <cmath>

#include "app/scene/theme.h"

namespace warpscope::scene {
namespace {

constexpr std::uint64_t kRangeSamples = 1 << 14;
constexpr double kMostAcross = 3;  // elements looked at along a side of a pixel

// What one element is worth in the source's mode; nullopt: nothing is there.
std::optional<float> worth(const PictureSource& source, const ElementReader& reader, std::uint64_t element) {
  if (source.mode == PictureMode::kValue) {
    const auto number = reader.number(element);
    return number ? std::optional(static_cast<float>(*number)) : std::nullopt;
  }
  const auto& counts = source.mode == PictureMode::kReads ? source.buffer.reads : source.buffer.writes;
  if (counts.empty()) return std::nullopt;
  return std::log1p(static_cast<float>(count_of(counts, source.type, element)));
}

bool is_never(const PictureSource& source, std::uint64_t element) {
  if (source.mode != PictureMode::kValue) return false;
  const auto bytes = static_cast<std::uint64_t>(kernels::bytes_of(source.type));
  return session::is_never_written(source.buffer, element * bytes / 4, source.position);
}

// Of `count` places from `first` on, the k-th of n that are looked at.
std::uint64_t sampled(std::uint64_t first, std::uint64_t count, std::uint64_t k, std::uint64_t n) {
  return first + (2 * k + 1) * count / (2 * n);
}

struct Cell {
  std::uint64_t x, columns, y, rows;
};

void paint_pixel(const PictureSource& source, const ElementReader& reader, const Cell& cell, std::uint64_t most,
                 float& value, Picture::Pixel& pixel) {
  const std::uint64_t across = std::min(cell.columns, most), down = std::min(cell.rows, most);
  double sum = 0;
  int seen = 0, never = 0;
  for (std::uint64_t j = 0; j < down; ++j) {
    const std::uint64_t row = sampled(cell.y, cell.rows, j, down);
    for (std::uint64_t i = 0; i < across; ++i) {
      const std::uint64_t element = row * source.shape.width + sampled(cell.x, cell.columns, i, across);
      if (element >= source.shape.elements) continue;
      if (is_never(source, element)) {
        ++never;
        continue;
      }
      if (const auto number = worth(source, reader, element); number && std::isfinite(*number)) {
        sum += *number;
        ++seen;
      }
    }
  }
  value = seen > 0 ? static_cast<float>(sum / seen) : 0;
  pixel = seen > 0 ? Picture::Pixel::kValue : never > 0 ? Picture::Pixel::kNever : Picture::Pixel::kOutside;
}

}  // namespace

ElementReader::ElementReader(const vgpu::GlobalMemory& memory, std::uint64_t address, kernels::ElementType type)
    : memory_(memory), address_(address), type_(type), size_(static_cast<std::uint64_t>(kernels::bytes_of(type))) {}

std::span<const std::uint8_t> ElementReader::bytes(std::uint64_t element) const {
  const std::uint64_t address = address_ + element * size_;
  const vgpu::Page* page = memory_.page(address);
  const std::uint64_t in_page = (address - vgpu::kGlobalBase) % vgpu::kPageBytes;
  if (page == nullptr || in_page + size_ > page->valid_bytes) return {};
  return {page->data + in_page, size_};
}

std::optional<double> ElementReader::number(std::uint64_t element) const {
  const auto found = bytes(element);
  if (found.empty()) return std::nullopt;
  return session::element_number(type_, found);
}

std::uint64_t count_of(const std::vector<std::uint32_t>& counts, kernels::ElementType type, std::uint64_t element) {
  const auto bytes = static_cast<std::uint64_t>(kernels::bytes_of(type));
  const std::uint64_t first = element * bytes / 4, last = (element * bytes + bytes - 1) / 4;
  std::uint64_t most = 0;
  for (std::uint64_t word = first; word <= last && word < counts.size(); ++word) {
    most = std::max<std::uint64_t>(most, counts[word]);
  }
  return most;
}

PictureRegion seen_region(const PictureView& view, const BufferShape& shape, const Rect& where) {
  PictureRegion region;
  region.x = static_cast<std::uint64_t>(std::max(0.0, std::floor(view.x)));
  region.y = static_cast<std::uint64_t>(std::max(0.0, std::floor(view.y)));
  const auto end = [](double first, double size, double cell) {
    return static_cast<std::uint64_t>(std::max(0.0, std::ceil(first + size / cell)));
  };
  const std::uint64_t right = std::min(end(view.x, where.w, view.cell_x), shape.width);
  const std::uint64_t bottom = std::min(end(view.y, where.h, view.cell_y), shape.rows());
  region.columns = right > region.x ? right - region.x : 0;
  region.rows = bottom > region.y ? bottom - region.y : 0;
  return region;
}

Picture decode_picture(const PictureSource& source, const PictureRegion& region, int width, int height) {
  Picture picture{.width = width, .height = height, .values = {}, .pixels = {}};
  const auto count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  picture.values.assign(count, 0);
  picture.pixels.assign(count, Picture::Pixel::kOutside);
  if (region.columns == 0 || region.rows == 0 || count == 0) return picture;
  const ElementReader reader(source.memory, source.buffer.address, source.type);
  const double a_pixel = std::sqrt(static_cast<double>(kPictureSamples) / static_cast<double>(count));
  const auto most = static_cast<std::uint64_t>(std::clamp(std::floor(a_pixel), 1.0, kMostAcross));
  const auto w = static_cast<std::uint64_t>(width), h = static_cast<std::uint64_t>(height);
  for (std::uint64_t py = 0; py < h; ++py) {
    const std::uint64_t y = region.y + py * region.rows / h, y_end = region.y + (py + 1) * region.rows / h;
    for (std::uint64_t px = 0; px < w; ++px) {
      const std::uint64_t x = region.x + px * region.columns / w, x_end = region.x + (px + 1) * region.columns / w;
      const Cell cell{x, std::max<std::uint64_t>(x_end - x, 1), y, std::max<std::uint64_t>(y_end - y, 1)};
      const std::size_t at = py * w + px;
      paint_pixel(source, reader, cell, most, picture.values[at], picture.pixels[at]);
    }
  }
  return picture;
}

ValueRange value_range(const PictureSource& source) {
  ValueRange range;
  const ElementReader reader(source.memory, source.buffer.address, source.type);
  const std::uint64_t count = std::min(source.shape.elements, kRangeSamples);
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::uint64_t element = sampled(0, source.shape.elements, k, count);
    if (is_never(source, element)) continue;
    const auto number = worth(source, reader, element);
    if (!number || !std::isfinite(*number)) continue;
    range.low = range.any ? std::min(range.low, *number) : std::min(*number, 0.0F);
    range.high = range.any ? std::max(range.high, *number) : std::max(*number, 0.0F);
    range.any = true;
  }
  return range;
}

Rgba value_color(const ValueRange& range, float value) {
  if (!std::isfinite(value)) return rgb(0xCC79A7);
  if (range.is_signed()) {
    const float most = std::max(-range.low, range.high);
    return signed_color(most > 0 ? value / most : 0);
  }
  return cividis(range.high > 0 ? value / range.high : 0);
}

}  // namespace warpscope::scene
