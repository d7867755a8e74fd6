#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_network.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using Kind = scene::NetworkColumn::Kind;
using scene::Rgba;

// Pixels of one picture (height, width) through a colour; with shrink 2 each colour stands for the mean of 2 x 2
// values.
template <class Color>
void paint(std::span<Rgba> out, std::span<const float> values, training::Shape shape, int shrink, Color color) {
  const int width = shape.width / shrink, height = shape.height / shrink;
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      float sum = 0;
      for (int i = 0; i < shrink * shrink; ++i) {
        const int y = row * shrink + i / shrink, x = column * shrink + i % shrink;
        sum += values[static_cast<std::size_t>(y * shape.width + x)];
      }
      out[static_cast<std::size_t>(row * width + column)] = color(sum / static_cast<float>(shrink * shrink));
    }
  }
}

std::span<const float> slice(std::span<const float> all, int index, std::size_t size) {
  return all.subspan(static_cast<std::size_t>(index) * size, size);
}

// Weights, or what became of them since the start, of one row (unit or filter) of a layer.
struct ShownWeights {
  std::vector<float> values;
  float largest = 1;
};
ShownWeights shown_weights(const NetworkFrame& n, int layer, int row, std::size_t size) {
  const training::LayerWeights* now = n.probe.weights->of_layer(layer);
  const training::LayerWeights* start = n.probe.start_weights->of_layer(layer);
  const std::span<const float> weights = slice(now->weight.data, row, size);
  ShownWeights out{{weights.begin(), weights.end()}, n.cache.largest_weight[static_cast<std::size_t>(layer)]};
  if (n.mode != NetworkMode::kChange) return out;
  const std::span<const float> before = slice(start->weight.data, row, size);
  for (std::size_t i = 0; i < size; ++i) out.values[i] -= before[i];
  out.largest = n.cache.largest_change[static_cast<std::size_t>(layer)];
  return out;
}

std::uint64_t weights_version(const NetworkFrame& n) {
  return n.cache.weights_version * 2 + (n.mode == NetworkMode::kChange ? 1 : 0);
}

// One picture of a column in its cell. `value(i)` is pixel i's number, `color` what it looks like.
template <class Value, class Color>
void draw_picture(const NetworkFrame& n, const scene::NetworkColumn& column, int index, const char* key,
                  std::uint64_t version, Value value, Color color) {
  const int shrink = column.shrink;
  n.f.images.draw(
      *ImGui::GetWindowDrawList(), fmt::format("{}{}/{}", key, column.made_by, index),
      version * 4 + static_cast<std::uint64_t>(shrink - 1) % 4, column.shape.width / shrink,
      column.shape.height / shrink,
      [&](std::span<Rgba> out) {
        std::vector<float> values(static_cast<std::size_t>(column.shape.width * column.shape.height));
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = value(i);
        paint(out, values, column.shape, shrink, color);
      },
      column.cell(index));
}

// White is 0 in signed pictures: on a white stage they need an edge.
void frame_signed(const NetworkFrame& n, scene::Rect cell) {
  fill(n.f, cell.inset(-n.f.px(1)), n.f.colors.strong);
}

std::size_t area_of(const scene::NetworkColumn& column) {
  return static_cast<std::size_t>(column.shape.width * column.shape.height);
}

// weight x activation of every pixel of picture `index`, seen by the dense unit in focus.
void draw_contributions(const NetworkFrame& n, const scene::NetworkColumn& column, int index, int unit) {
  const training::LayerWeights* layer = n.probe.weights->of_layer(n.focus.layer);
  const auto inputs = static_cast<std::size_t>(layer->weight.shape[1]);
  const std::span<const float> weights = slice(slice(layer->weight.data, unit, inputs), index, area_of(column));
  const std::span<const float> values = slice(n.numbers(column), index, area_of(column));
  const float largest = n.contribution;
  frame_signed(n, column.cell(index));
  draw_picture(
      n, column, index, "c", n.cache.version * 4096 + static_cast<std::uint64_t>(unit),
      [&](std::size_t i) { return weights[i] * values[i]; },
      [largest](float v) { return scene::signed_color(v / largest); });
}

void draw_activations(const NetworkFrame& n, const scene::NetworkColumn& column, int index) {
  const std::span<const float> values = slice(n.numbers(column), index, area_of(column));
  const auto value = [&](std::size_t i) { return values[i]; };
  if (column.layer < 0) {
    draw_picture(n, column, index, "a", n.cache.version, value, [](float v) { return scene::grey(v); });
  } else {
    const float scale = 1 / n.largest(column);
    draw_picture(n, column, index, "a", n.cache.version, value, [scale](float v) { return scene::cividis(v * scale); });
  }
}

// The filter of one map. Behind the first layer a filter has a slice for each map below; the strongest one is shown.
void draw_filter(const NetworkFrame& n, const scene::NetworkColumn& column, int index) {
  const int side = n.network().layers[static_cast<std::size_t>(column.made_by)].size;
  const auto area = static_cast<std::size_t>(side * side);
  frame_signed(n, column.cell(index));
  n.f.images.draw(
      *ImGui::GetWindowDrawList(), fmt::format("f{}/{}", column.made_by, index), weights_version(n), side, side,
      [&](std::span<Rgba> out) {
        const auto channels = n.network().shape_after(column.made_by - 1).channels;
        const ShownWeights shown = shown_weights(n, column.made_by, index, area * static_cast<std::size_t>(channels));
        int strongest = 0;
        float most = -1;
        for (int c = 0; c < channels; ++c) {
          float sum = 0;
          for (const float w : slice(shown.values, c, area)) sum += std::abs(w);
          if (sum > most) most = sum, strongest = c;
        }
        paint(out, slice(shown.values, strongest, area), {1, side, side}, 1,
              [&](float v) { return scene::signed_color(v / shown.largest); });
      },
      column.cell(index));
}

void draw_weight_picture(const NetworkFrame& n, const scene::NetworkColumn& column, int index) {
  const float range = weight_range(n, column);
  frame_signed(n, column.cell(index));
  ShownWeights shown;
  draw_picture(
      n, column, index, "w", weights_version(n),
      [&](std::size_t i) {
        if (shown.values.empty()) shown = shown_weights(n, column.made_by, index, area_of(column));
        return shown.values[i];
      },
      [range](float v) { return scene::signed_color(v / range); });
}

void draw_units(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const std::span<const float> values = n.numbers(column);
  const float scale = 1 / n.largest(column);
  for (int i = 0; i < column.count; ++i) {
    fill(n.f, column.cell(i), scene::cividis(values[static_cast<std::size_t>(i)] * scale));
  }
}

std::string percent(float probability) {
  return probability < 0.0005F ? "0" : fmt::format("{:.1f}", 100 * probability);
}

void draw_output(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const Frame& f = n.f;
  const training::Activations& read = n.probe.activations;
  const bool with_unit = !n.layout.compact;
  const float number = text_width(f, Type::kNumber, "100.0"),
              unit = with_unit ? text_width(f, Type::kCaption, " %") : 0;
  for (int digit = 0; digit < column.count; ++digit) {
    const scene::Rect cell = column.cell(digit);
    const float probability = read.probabilities[static_cast<std::size_t>(digit)];
    const bool first = digit == read.digit, second = digit == read.runner_up;
    const float high = std::min(std::floor(cell.h * 0.84F), f.px(40));
    const scene::Rect row{cell.x - f.px(6), std::round(cell.centre().y - high / 2), cell.w + f.px(6), high};
    if (first) fill(f, row, f.colors.accent_tint, f.px(4));
    const float line = std::round(cell.centre().y - line_height(f, Type::kNumber) / 2);
    text(f, {cell.x + f.px(4), std::round(cell.centre().y - line_height(f, Type::kLabel) / 2)},
         first || second ? Type::kBodyStrong : Type::kSmall, first || second ? f.colors.text : f.colors.text2,
         fmt::format("{}", digit));
    const float left = cell.x + f.px(24), right = cell.right() - f.px(6) - unit - number - f.px(10);
    const float thick = std::max(2.0F, std::min(f.px(12), std::floor(cell.h * 0.34F)));
    const scene::Rect track{left, std::round(cell.centre().y - thick / 2), std::max(right - left, f.px(8)), thick};
    fill(f, track, f.colors.raised, f.px(2));
    const Rgba ink = first ? f.colors.accent : second ? f.colors.text2 : f.colors.text3;
    const float width = probability * track.w;
    if (width >= 0.5F) fill(f, {track.x, track.y, std::max(width, f.px(2)), track.h}, ink, f.px(2));
    text(f, {cell.right() - f.px(6) - unit, line}, Type::kNumber, first ? f.colors.text : f.colors.text2,
         percent(probability), Align::kRight);
    if (with_unit) {
      text(f, {cell.right() - f.px(6), line}, Type::kCaption, f.colors.text3, " %", Align::kRight);
    }
  }
}

void draw_pictures(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const int unit = column.kind == Kind::kInput || column.kind == Kind::kPool ? unit_reading(n, column) : -1;
  for (int i = 0; i < column.count; ++i) {
    if (unit >= 0) {
      draw_contributions(n, column, i, unit);
    } else if (column.kind == Kind::kWeights) {
      draw_weight_picture(n, column, i);
    } else if (column.kind == Kind::kMaps && n.mode != NetworkMode::kMaps) {
      draw_filter(n, column, i);
    } else {
      draw_activations(n, column, i);
    }
  }
  if (column.kind == Kind::kInput) stroke(n.f, column.grid.inset(-n.f.px(1)), n.f.colors.strong, 0, n.f.px(1));
}

}  // namespace

void draw_columns(const NetworkFrame& n) {
  for (const scene::NetworkColumn& column : n.layout.columns) {
    switch (column.kind) {
      case Kind::kUnits:
        draw_units(n, column);
        break;
      case Kind::kOutput:
        draw_output(n, column);
        break;
      default:
        draw_pictures(n, column);
        break;
    }
  }
}

}  // namespace warpscope::panels
