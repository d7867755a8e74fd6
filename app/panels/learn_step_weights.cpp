#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

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

// The most columns up to `most` that leave no row half empty.
int whole_rows(int count, int most) {
  int columns = std::min(count, most);
  while (count % columns != 0) --columns;
  return columns;
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
  const float largest = std::max(1.0F, std::floor(f.px(shape.width <= 8 ? 54 : 84) / width));
  const float smallest = std::max(1.0F, std::floor(f.px(shape.width <= 8 ? 12 : 28) / width));
  PictureGrid grid;
  for (float pixel = largest; pixel >= smallest; --pixel) {
    grid.side = pixel * width;
    grid.columns = std::max(1, static_cast<int>(room.x / (grid.side + gap)));
    const int rows = static_cast<int>(room.y / (grid.side + gap));
    // Whole rows look like what they are: 32 filters as 4 rows of 8, not as 5 of 6 and a rest.
    const int whole = whole_rows(shape.count, grid.columns);
    if (whole * rows >= shape.count) return {grid.side, whole};
    if (pixel == smallest) break;
  }
  return grid;
}

float value_at(const WeightPictures& p, std::size_t layer, std::size_t index) {
  const float value = p.values->layers[layer].weight.data[index];
  return p.minus ? value - p.minus->layers[layer].weight.data[index] : value;
}

std::string layer_name(const training::NetworkSpec& network, int layer) {
  const training::LayerSpec& spec = network.layers[static_cast<std::size_t>(layer)];
  return fmt::format("{} {}", training::text_of(spec.kind), spec.outputs);
}

// A number is as small as a screen pixel where pictures are 28 x 28: its mark is a little larger.
void mark_number(const Frame& f, Rect cell, const PictureShape& shape, int place) {
  const float pixel = cell.w / static_cast<float>(shape.width);
  const int row = place / shape.width % std::max(1, shape.height), column = place % shape.width;
  Rect r{cell.x + static_cast<float>(column) * pixel, cell.y + static_cast<float>(row) * pixel, pixel, pixel};
  const float least = f.px(4);
  if (pixel < least) r = r.inset((pixel - least) / 2);
  mark_selected(f, r);
}

// Hovering tells the number, a click chooses it.
std::optional<std::size_t> point_at(const StepFrame& s, Rect cell, const PictureShape& shape, int index,
                                    const WeightPictures& pictures) {
  const Frame& f = s.f;
  const AreaState pointer = area(f, fmt::format("{} {}", pictures.name, index + 1), cell);
  if (!pointer.hovered && !pointer.clicked) return std::nullopt;
  mark_hovered(f, cell);
  const int layer = pictures.values->layers.front().layer;
  f.ui.hovered = {.kind = Focus::Kind::kStep, .layer = layer, .index = index, .name = std::string(pictures.name)};
  const float pixel = cell.w / static_cast<float>(shape.width);
  const int column = std::clamp(static_cast<int>((pointer.mouse.x - cell.x) / pixel), 0, shape.width - 1);
  const int row = std::clamp(static_cast<int>((pointer.mouse.y - cell.y) / pixel), 0, shape.height - 1);
  const std::size_t at =
      static_cast<std::size_t>(index) * shape.stride + static_cast<std::size_t>(row * shape.width + column);
  tip(f, fmt::format("{} {}, row {}, column {}\n{} {:+.3g}", shape.width <= 8 ? "filter" : "unit", index + 1, row + 1,
                     column + 1, pictures.name, static_cast<double>(value_at(pictures, 0, at))));
  return pointer.clicked ? std::optional(at) : std::nullopt;
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

DrawnPictures draw_weight_pictures(const StepFrame& s, Rect r, const WeightPictures& pictures) {
  const Frame& f = s.f;
  const PictureShape shape = shape_of(*s.trace.network, pictures.values->layers.front());
  const float gap = f.px(6);
  const auto [side, columns] = picture_grid(f, shape, {r.w + gap, r.h + gap}, gap);
  const int rows_that_fit = std::max(0, static_cast<int>((r.h + gap) / (side + gap)));
  DrawnPictures drawn{.shown = std::min(shape.count, columns * rows_that_fit), .of = shape.count};
  for (int i = 0; i < drawn.shown; ++i) {
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
    if (pictures.chosen && *pictures.chosen >= first && *pictures.chosen < first + shape.stride) {
      mark_number(f, cell, shape, static_cast<int>(*pictures.chosen - first));
    }
    if (const auto clicked = point_at(s, cell, shape, i, pictures)) drawn.clicked = clicked;
  }
  const int rows = (drawn.shown + columns - 1) / columns;
  drawn.height = static_cast<float>(rows) * (side + gap);
  return drawn;
}

std::optional<std::size_t> draw_weight_blocks(const StepFrame& s, Rect r, std::initializer_list<WeightBlock> blocks) {
  const Frame& f = s.f;
  const float gap = f.px(20), scale_room = f.px(44);
  const auto count = static_cast<float>(blocks.size());
  const float width = (r.w - gap * (count - 1)) / count;
  float x = r.x;
  std::optional<std::size_t> clicked;
  for (const WeightBlock& block : blocks) {
    const float top = r.y + line_height(f, Type::kTitle) + f.px(8);
    const DrawnPictures drawn =
        draw_weight_pictures(s, {x, top, width, std::max(0.0F, r.bottom() - top - scale_room)}, block.pictures);
    if (drawn.clicked) clicked = drawn.clicked;
    const std::string caption = drawn.shown < drawn.of
                                    ? fmt::format("{} of {}, {}", drawn.shown, drawn.of, block.caption)
                                    : std::string(block.caption);
    panel_title(f, {x, r.y}, block.title, caption, width);
    color_scale(f, {x, top + drawn.height + f.px(4), std::min(width, f.px(120)), f.px(8)}, Scale::kSigned,
                -block.pictures.range, block.pictures.range, "");
    x += width + gap;
  }
  return clicked;
}

float draw_layer_bars(const StepFrame& s, Rect r, const training::Weights& values, const training::Weights* minus,
                      std::string_view what) {
  const Frame& f = s.f;
  const bool tight = r.h < f.px(240);
  const float row = f.px(tight ? 19 : 24), name = f.px(76), number = f.px(76);
  const float width = std::min(r.w, f.px(560));
  for (std::size_t k = 0; k < values.layers.size(); ++k) {
    const int layer = values.layers[k].layer;
    const float largest = largest_of(values, minus, layer);
    const Rect line{r.x, r.y + row * static_cast<float>(k), width, row};
    const float middle = std::round(line.centre().y);
    text(f, {line.x, middle - line_height(f, Type::kSmall) / 2}, Type::kSmall, f.colors.text2,
         layer_name(*s.trace.network, layer), Align::kLeft, name);
    const Rect bar{line.x + name, middle - f.px(4), std::max(f.px(20), width - name - number), f.px(8)};
    fill(f, bar, f.colors.raised, f.px(2));
    const float share = largest > 0 ? std::clamp((std::log10(largest) + 7) / 8, 0.0F, 1.0F) : 0.0F;
    fill(f, {bar.x, bar.y, bar.w * share, bar.h}, f.colors.train, f.px(2));
    text(f, {line.right(), middle - line_height(f, Type::kNumber) / 2}, Type::kNumber, f.colors.text,
         fmt::format("{:.2e}", static_cast<double>(largest)), Align::kRight);
    if (hovered(f, line)) {
      f.ui.hovered = {.kind = Focus::Kind::kStep, .layer = layer, .name = std::string(what)};
      tip(f, fmt::format("largest {} of {}; the bar is logarithmic, 1e-7 to 10", what,
                         layer_name(*s.trace.network, layer)));
    }
  }
  return row * static_cast<float>(values.layers.size()) + f.px(tight ? 4 : 8);
}

}  // namespace warpscope::panels
