#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_step.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using scene::Rgba;

// One filter, or one unit's weights, as a picture of what it is laid over.
struct PictureShape {
  int width = 0;
  int height = 0;
  std::size_t stride = 0;  // numbers from one picture to the next
  int count = 0;
};

PictureShape shape_of(const training::NetworkSpec& network, const training::LayerWeights& layer) {
  const auto& sizes = layer.weight.shape;
  const auto count = static_cast<int>(sizes[0]);
  const std::size_t stride = layer.weight.data.size() / static_cast<std::size_t>(count);
  if (sizes.size() == 4) return {static_cast<int>(sizes[3]), static_cast<int>(sizes[2]), stride, count};
  return {network.input.width, network.input.height, stride, count};
}

// Whole pixels of the screen for one number, as large as lets all pictures stand in the room; where even the smallest
// does not, as many of those as fit are shown.
struct PictureGrid {
  float side = 1;
  int columns = 1;
};
PictureGrid picture_grid(const Frame& f, const PictureShape& shape, scene::Vec2 room, float gap) {
  const float width = static_cast<float>(shape.width);
  // Small filters are enlarged until they can be read; pictures of 28 x 28 stay near their own size.
  const float largest = std::max(1.0F, std::floor(f.px(shape.width <= 8 ? 36 : 56) / width));
  const float smallest = std::max(1.0F, std::floor(f.px(shape.width <= 8 ? 12 : 28) / width));
  PictureGrid grid;
  for (float pixel = largest; pixel >= smallest; --pixel) {
    grid.side = pixel * width;
    grid.columns = std::max(1, static_cast<int>(room.x / (grid.side + gap)));
    if (grid.columns * static_cast<int>(room.y / (grid.side + gap)) >= shape.count) break;
  }
  return grid;
}

float value_at(const WeightPictures& p, std::size_t layer, std::size_t index) {
  const float value = p.values->layers[layer].weight.data[index];
  return p.minus ? value - p.minus->layers[layer].weight.data[index] : value;
}

}  // namespace

float largest_of(const training::Weights& values, const training::Weights* minus, int layer) {
  float largest = 0;
  for (std::size_t k = 0; k < values.layers.size(); ++k) {
    if (layer >= 0 && values.layers[k].layer != layer) continue;
    const std::vector<float>& now = values.layers[k].weight.data;
    for (std::size_t i = 0; i < now.size(); ++i) {
      largest = std::max(largest, std::abs(minus ? now[i] - minus->layers[k].weight.data[i] : now[i]));
    }
  }
  return largest;
}

float draw_weight_pictures(const StepFrame& s, Rect r, const WeightPictures& pictures) {
  const Frame& f = s.f;
  const training::LayerWeights& layer = pictures.values->layers.front();
  const PictureShape shape = shape_of(*s.trace.network, layer);
  const float gap = f.px(6);
  const auto [side, columns] = picture_grid(f, shape, {r.w + gap, r.h + gap}, gap);
  const int rows_that_fit = std::max(0, static_cast<int>((r.h + gap) / (side + gap)));
  const int shown = std::min(shape.count, columns * rows_that_fit);
  for (int i = 0; i < shown; ++i) {
    const Rect cell{r.x + static_cast<float>(i % columns) * (side + gap),
                    r.y + static_cast<float>(i / columns) * (side + gap), side, side};
    const std::size_t first = static_cast<std::size_t>(i) * shape.stride;
    fill(f, cell.inset(-f.px(1)), f.colors.strong);
    f.images.draw(
        *ImGui::GetWindowDrawList(), fmt::format("step/{}/{}", pictures.name, i), s.version, shape.width, shape.height,
        [&](std::span<Rgba> out) {
          for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = scene::signed_color(value_at(pictures, 0, first + k) / pictures.range);
          }
        },
        cell);
    if (!hovered(f, cell)) continue;
    mark_hovered(f, cell);
    f.ui.hovered = {.kind = Focus::Kind::kStep, .layer = layer.layer, .index = i, .name = std::string(pictures.name)};
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const int column =
        std::clamp(static_cast<int>((mouse.x - cell.x) / side * static_cast<float>(shape.width)), 0, shape.width - 1);
    const int row =
        std::clamp(static_cast<int>((mouse.y - cell.y) / side * static_cast<float>(shape.height)), 0, shape.height - 1);
    const float value = value_at(pictures, 0, first + static_cast<std::size_t>(row * shape.width + column));
    tip(f, fmt::format("{} {}, row {}, column {}\n{} {:+.3g}", shape.width <= 8 ? "filter" : "unit", i + 1, row + 1,
                       column + 1, pictures.name, static_cast<double>(value)));
  }
  const int rows = (shown + columns - 1) / columns;
  return static_cast<float>(rows) * (side + gap);
}

}  // namespace warpscope::panels
