#include "app/scene/step_memory_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace warpscope::scene {
namespace {

using session::SharedVariableRow;

constexpr std::uint64_t kRowBytes = 128;
constexpr float kSmallestPitch = 9, kLargestPitch = 22, kLabels = 52, kBanks32 = 32;

std::string with_indices(std::string name, std::span<const std::uint64_t> counts, std::uint64_t element) {
  std::vector<std::uint64_t> indices(counts.size());
  for (std::size_t i = counts.size(); i-- > 0;) {
    const std::uint64_t count = std::max<std::uint64_t>(counts[i], 1);
    indices[i] = i == 0 ? element : element % count;
    element /= count;
  }
  for (const std::uint64_t index : indices) name += fmt::format("[{}]", index);
  return name;
}

}  // namespace

std::vector<SharedGroup> shared_groups(std::span<const SharedVariableRow> variables, std::uint64_t total_bytes) {
  std::vector<SharedGroup> groups;
  const std::uint64_t rows = (total_bytes + kRowBytes - 1) / kRowBytes;
  const auto begin_group = [&](std::uint64_t row, const std::string& name) {
    if (row >= rows) return;
    if (!groups.empty() && groups.back().first_row == row) {
      groups.back().name += groups.back().name.empty() ? name : ", " + name;
      return;
    }
    groups.push_back({name, row, 0});
  };
  if (rows > 0 && (variables.empty() || variables.front().offset >= kRowBytes)) begin_group(0, "");
  std::uint64_t end = 0;
  for (const SharedVariableRow& variable : variables) {
    // What begins within a row shares it with its neighbour, and its label too.
    if (variable.offset % kRowBytes == 0 || groups.empty()) {
      begin_group(variable.offset / kRowBytes, variable.name);
    } else if (variable.offset / kRowBytes < rows) {
      groups.back().name += ", " + variable.name;
    }
    end = std::max(end, variable.offset + variable.size_bytes);
  }
  const std::uint64_t rest = (end + kRowBytes - 1) / kRowBytes;
  const bool named = !variables.empty() && variables.back().size_bytes == 0;
  if (!named && rest < rows) begin_group(rest, "dynamic");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i].rows = (i + 1 < groups.size() ? groups[i + 1].first_row : rows) - groups[i].first_row;
    if (groups[i].name.empty()) groups[i].name = "dynamic";
  }
  return groups;
}

const SharedVariableRow* variable_of(std::span<const SharedVariableRow> variables, std::uint64_t byte) {
  for (const SharedVariableRow& variable : variables) {
    const bool open_end = variable.size_bytes == 0;  // of a size that the launch chooses
    if (byte >= variable.offset && (open_end || byte < variable.offset + variable.size_bytes)) return &variable;
  }
  return nullptr;
}

std::string shared_name(std::span<const SharedVariableRow> variables, std::uint64_t byte) {
  const SharedVariableRow* variable = variable_of(variables, byte);
  if (variable == nullptr) return fmt::format("shared + {:#x}", byte);
  const auto element_bytes = static_cast<std::uint64_t>(kernels::bytes_of(variable->element));
  const std::uint64_t element = (byte - variable->offset) / element_bytes;
  if (!variable->counts.empty()) return with_indices(variable->name, variable->counts, element);
  const bool single = variable->size_bytes == element_bytes;
  return single ? variable->name : fmt::format("{}[{}]", variable->name, element);
}

SharedLayout layout_shared(const Rect& body, std::span<const SharedGroup> groups, float scale) {
  const auto px = [scale](float logical) { return std::round(logical * scale); };
  SharedLayout layout;
  std::uint64_t rows = 0;
  for (const SharedGroup& group : groups) rows += group.rows;
  const float labels = px(kLabels), numbers = px(16), bars = px(30), words = px(40);
  layout.gap = px(4);
  const float gaps = layout.gap * static_cast<float>(groups.empty() ? 0 : groups.size() - 1);
  layout.side = body.h < 240 * scale && body.w >= 480 * scale;
  const float below = px(6) + bars + (layout.side ? 0 : words);
  const float high = std::max(0.0F, body.h - numbers - below);
  const float wide = body.w - labels - px(12) - (layout.side ? px(190) : 0);
  const float by_height = rows == 0 ? high : (high - gaps) / static_cast<float>(rows);
  const float by_width = wide / kBanks32;
  const float pitch = std::clamp(by_height, px(kSmallestPitch), px(kLargestPitch));
  layout.pitch = std::max(2.0F, std::floor(std::min(by_width, pitch)));
  layout.cell = layout.pitch - std::max(1.0F, px(1));
  layout.content = layout.pitch * static_cast<float>(rows) + gaps;
  const float grid = layout.pitch * kBanks32;
  const float x = body.x + labels;
  layout.numbers = {x, body.y, grid, numbers};
  layout.view = {x, body.y + numbers, grid, std::min(high, layout.content)};
  layout.bars = {x, layout.view.bottom() + px(6), grid, bars};
  layout.words = layout.side
                     ? Rect{x + grid + px(12), body.y + numbers, body.right() - x - grid - px(16), body.h - numbers}
                     : Rect{x, layout.bars.bottom() + px(3), body.right() - x - px(8), words};
  return layout;
}

float SharedLayout::y_of(std::span<const SharedGroup> groups, std::uint64_t row, float scroll) const {
  float gaps = -gap;
  for (const SharedGroup& group : groups) gaps += group.first_row <= row ? gap : 0;
  return view.y - scroll + pitch * static_cast<float>(row) + std::max(0.0F, gaps);
}

Rect SharedLayout::cell_of(std::span<const SharedGroup> groups, std::uint64_t word, float scroll) const {
  return {view.x + pitch * static_cast<float>(word % 32), y_of(groups, word / 32, scroll), cell, cell};
}

std::int64_t SharedLayout::word_at(std::span<const SharedGroup> groups, Vec2 at, float scroll) const {
  if (!view.contains(at) || pitch <= 0) return -1;
  const auto column = static_cast<std::int64_t>((at.x - view.x) / pitch);
  if (column < 0 || column > 31) return -1;
  for (const SharedGroup& group : groups) {
    const float top = y_of(groups, group.first_row, scroll);
    const float into = at.y - top;
    if (into < 0 || into >= pitch * static_cast<float>(group.rows)) continue;
    return static_cast<std::int64_t>(group.first_row + static_cast<std::uint64_t>(into / pitch)) * 32 + column;
  }
  return -1;
}

BufferShape guess_shape(std::uint64_t elements, std::span<const NamedNumber> scalars) {
  const auto two = [elements](std::uint64_t width) { return BufferShape{2, width, elements / width, 1, elements}; };
  const auto speaks_of_width = [](const std::string& name) {
    constexpr std::array<std::string_view, 7> kNames{"w", "width", "cols", "columns", "pitch", "stride", "nx"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
  };
  // Of two numbers whose product it is, the one that is called a width is; else the later one (rows, columns).
  for (const NamedNumber& number : scalars) {
    if (number.value > 1 && number.value < elements && elements % number.value == 0 && speaks_of_width(number.name)) {
      return two(number.value);
    }
  }
  for (const NamedNumber& number : scalars) {
    if (number.value == elements) break;
    if (number.value > 1 && number.value * number.value == elements) return two(number.value);
  }
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    for (std::size_t k = scalars.size(); k-- > i + 1;) {
      const std::uint64_t a = scalars[i].value, b = scalars[k].value;
      if (a > 1 && b > 1 && a < elements && b < elements && a * b == elements) return two(b);
    }
  }
  std::uint64_t width = 1;
  while (width * width < elements && width < (1ULL << 20)) width *= 2;
  if (elements <= 32) width = std::max<std::uint64_t>(elements, 1);
  return {1, width, 1, 1, elements};
}

BufferShape fitting_shape(BufferShape wanted) {
  const std::uint64_t all = std::max<std::uint64_t>(wanted.elements, 1);
  wanted.dimensions = std::clamp(wanted.dimensions, 1, 3);
  wanted.width = std::clamp<std::uint64_t>(wanted.width, 1, all);
  const std::uint64_t rows = (all + wanted.width - 1) / wanted.width;
  if (wanted.dimensions < 3) {
    wanted.height = wanted.dimensions == 1 ? 1 : rows;
    wanted.depth = 1;
    return wanted;
  }
  wanted.height = std::clamp<std::uint64_t>(wanted.height, 1, rows);
  wanted.depth = (rows + wanted.height - 1) / wanted.height;
  return wanted;
}

std::string index_text(const BufferShape& shape, std::uint64_t element) {
  const std::uint64_t row = element / shape.width, column = element % shape.width;
  if (shape.dimensions == 1) return fmt::format("[{}]", element);
  if (shape.dimensions == 2) return fmt::format("[{}][{}]", row, column);
  return fmt::format("[{}][{}][{}]", row / shape.height, row % shape.height, column);
}

std::string box_text(const BufferShape& shape, std::span<const std::uint64_t> elements) {
  if (elements.empty()) return {};
  std::vector<std::uint64_t> sorted(elements.begin(), elements.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::array<std::uint64_t, 3> low{~0ULL, ~0ULL, ~0ULL}, high{};
  const auto parts = [&shape](std::uint64_t element) -> std::array<std::uint64_t, 3> {
    const std::uint64_t row = element / shape.width;
    if (shape.dimensions == 1) return {0, 0, element};
    if (shape.dimensions == 2) return {0, row, element % shape.width};
    return {row / shape.height, row % shape.height, element % shape.width};
  };
  for (const std::uint64_t element : sorted) {
    const auto part = parts(element);
    for (std::size_t i = 0; i < 3; ++i) {
      low[i] = std::min(low[i], part[i]);
      high[i] = std::max(high[i], part[i]);
    }
  }
  std::uint64_t volume = 1;
  for (std::size_t i = 0; i < 3; ++i) volume *= high[i] - low[i] + 1;
  if (volume != sorted.size()) return {};
  std::string text;
  for (auto i = static_cast<std::size_t>(3 - shape.dimensions); i < 3; ++i) {
    text += low[i] == high[i] ? fmt::format("[{}]", low[i]) : fmt::format("[{}..{}]", low[i], high[i]);
  }
  return text;
}

std::string shape_text(const BufferShape& shape) {
  if (shape.dimensions == 1) return fmt::format("{}", shape.elements);
  if (shape.dimensions == 2) return fmt::format("{} × {}", shape.height, shape.width);
  return fmt::format("{} × {} × {}", shape.depth, shape.height, shape.width);
}

PictureView fitted_view(const BufferShape& shape, const Rect& where) {
  const double cell = std::min(where.w / static_cast<double>(std::max<std::uint64_t>(shape.width, 1)),
                               where.h / static_cast<double>(std::max<std::uint64_t>(shape.rows(), 1)));
  // Whole pixels an element as soon as there are some: every element is as large as the next.
  const double whole = cell >= 1 ? std::floor(cell) : cell;
  return {0, 0, std::min(whole, 48.0), std::min(whole, 48.0)};
}

PictureView clamped_view(PictureView view, const BufferShape& shape, const Rect& where) {
  const double most_x = static_cast<double>(shape.width) - where.w / view.cell_x;
  const double most_y = static_cast<double>(shape.rows()) - where.h / view.cell_y;
  view.x = std::clamp(view.x, 0.0, std::max(0.0, most_x));
  view.y = std::clamp(view.y, 0.0, std::max(0.0, most_y));
  return view;
}

PictureView zoomed_view(const PictureView& view, const BufferShape& shape, const Rect& where, Vec2 pointer,
                        double factor, double largest) {
  const double smallest = std::min(fitted_view(shape, where).cell_x, largest);
  const double cell = std::clamp(view.cell_x * factor, smallest, largest);
  const double in_x = pointer.x - where.x, in_y = pointer.y - where.y;
  PictureView zoomed{view.x + in_x / view.cell_x - in_x / cell, view.y + in_y / view.cell_y - in_y / cell, cell, cell};
  return clamped_view(zoomed, shape, where);
}

Rect element_rect(const PictureView& view, const BufferShape& shape, const Rect& where, std::uint64_t element) {
  const auto column = static_cast<double>(element % shape.width), row = static_cast<double>(element / shape.width);
  return {static_cast<float>(where.x + (column - view.x) * view.cell_x),
          static_cast<float>(where.y + (row - view.y) * view.cell_y), static_cast<float>(view.cell_x),
          static_cast<float>(view.cell_y)};
}

std::int64_t element_at(const PictureView& view, const BufferShape& shape, const Rect& where, Vec2 at) {
  if (!where.contains(at)) return -1;
  const double column = std::floor(view.x + (at.x - where.x) / view.cell_x);
  const double row = std::floor(view.y + (at.y - where.y) / view.cell_y);
  if (column < 0 || row < 0 || column >= static_cast<double>(shape.width)) return -1;
  const double element = row * static_cast<double>(shape.width) + column;
  return element < static_cast<double>(shape.elements) ? static_cast<std::int64_t>(element) : -1;
}

}  // namespace warpscope::scene
