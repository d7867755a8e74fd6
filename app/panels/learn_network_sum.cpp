#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "app/panels/learn_network.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using training::LayerKind;

struct Canvas {
  const Frame& f;
  const session::Probe& probe;
  const ProbeCache& cache;
  scene::Rect r;
  bool measure_only;
  bool wide() const { return r.w >= f.px(286); }
  const Frame* operator->() const { return &f; }
};

// Never "-0.00".
std::string fixed(float value, int decimals) {
  std::string string = fmt::format("{:.{}f}", value, decimals);
  const bool zero = string.find_first_not_of("-0.") == std::string::npos;
  return zero && string.front() == '-' ? string.substr(1) : string;
}

// A grid of numbers in cells coloured by their value.
template <class Color>
void number_grid(const Canvas& c, scene::Rect r, std::span<const float> values, int side, Color color) {
  const float w = r.w / static_cast<float>(side), h = r.h / static_cast<float>(side), gap = c->px(1);
  const float top = std::round((h - line_height(c.f, Type::kTick)) / 2);
  fill(c.f, r.inset(-gap), c->colors.strong);
  for (int i = 0; i < side * side; ++i) {
    const float x = std::round(r.x + static_cast<float>(i % side) * w),
                y = std::round(r.y + static_cast<float>(i / side) * h);
    const float value = values[static_cast<std::size_t>(i)];
    const scene::Rgba ground = color(value);
    const float right = std::round(r.x + static_cast<float>(i % side + 1) * w) - (i % side + 1 < side ? gap : 0);
    const float bottom = std::round(r.y + static_cast<float>(i / side + 1) * h) - (i / side + 1 < side ? gap : 0);
    fill(c.f, {x, y, right - x, bottom - y}, ground);
    text(c.f, {std::round((x + right) / 2), y + top}, Type::kTick, scene::text_on(ground), fixed(value, 2),
         Align::kCentre);
  }
}

void caption_over(const Canvas& c, scene::Rect r, std::string_view caption) {
  text(c.f, {r.centre().x, r.y - line_height(c.f, Type::kCaption)}, Type::kCaption, c->colors.text3, caption,
       Align::kCentre);
}

void sign_between(const Canvas& c, scene::Rect left, scene::Rect right, std::string_view sign) {
  text(c.f, {std::round((left.right() + right.x) / 2), std::round(left.centre().y - line_height(c.f, Type::kCode) / 2)},
       Type::kCode, c->colors.text2, sign, Align::kCentre);
}

// The result in its own colour, as it stands in the picture.
void result_pill(const Canvas& c, scene::Rect r, float value, float largest) {
  const scene::Rgba ground = scene::cividis(value / largest);
  fill(c.f, r, ground, c->px(4));
  text(c.f, {r.centre().x, std::round(r.centre().y - line_height(c.f, Type::kCode) / 2)}, Type::kCode,
       scene::text_on(ground), fixed(value, 3), Align::kCentre);
}

void arrow(const Canvas& c, float from, float to, float y) {
  line(c.f, {from, y}, {to - c->px(3), y}, c->colors.text2, c->px(1));
  const float s = c->px(3), tip_y = y + c->px(1) / 2;
  ImGui::GetWindowDrawList()->AddTriangleFilled({to, tip_y}, {to - 2 * s, tip_y - s}, {to - 2 * s, tip_y + s},
                                                c->colors.text2);
}

// "sum 1.310 - 0.005 bias   ReLU -> 1.305" in one line, as far as there is room.
struct SumLine {
  std::string sum_name = "sum";
  float sum = 0, bias = 0, result = 0, largest = 1;
  std::string activation;  // "ReLU", "sigmoid", "" for none
};
void sum_line(const Canvas& c, scene::Rect r, const SumLine& s) {
  const float caption = std::round(r.centre().y - line_height(c.f, Type::kCaption) / 2);
  const float number = std::round(r.centre().y - line_height(c.f, Type::kCode) / 2);
  float x = r.x;
  x += text(c.f, {x, caption}, Type::kCaption, c->colors.text3, s.sum_name) + c->px(5);
  x += text(c.f, {x, number}, Type::kCode, c->colors.text, fixed(s.sum, 3)) + c->px(6);
  x += text(c.f, {x, number}, Type::kCode, c->colors.text2, s.bias < 0 ? "−" : "+") + c->px(6);
  x += text(c.f, {x, number}, Type::kCode, c->colors.text, fixed(std::abs(s.bias), 3)) + c->px(5);
  x += text(c.f, {x, caption}, Type::kCaption, c->colors.text3, "bias") + c->px(14);
  const scene::Rect pill{r.right() - c->px(62), std::round(r.centre().y - c->px(13)), c->px(62), c->px(26)};
  if (!s.activation.empty() && x + text_width(c.f, Type::kCaption, s.activation) < pill.x - c->px(8)) {
    x += text(c.f, {x, caption}, Type::kCaption, c->colors.text3, s.activation) + c->px(8);
  }
  if (pill.x - c->px(6) - x > c->px(10))
    arrow(c, x, std::min(x + c->px(24), pill.x - c->px(6)), std::round(r.centre().y));
  result_pill(c, pill, s.result, s.largest);
}

// The same as rows of name and number, for a narrow place.
void sum_rows(const Canvas& c, scene::Rect r, const SumLine& s) {
  const float pitch = r.h / 3;
  struct Row {
    std::string name;
    float value;
  };
  const Row rows[] = {{s.sum_name, s.sum}, {"bias", s.bias}, {s.activation, s.result}};
  for (int i = 0; i < 3; ++i) {
    const float middle = r.y + (static_cast<float>(i) + 0.5F) * pitch;
    text(c.f, {r.x, std::round(middle - line_height(c.f, Type::kCaption) / 2)}, Type::kCaption, c->colors.text3,
         rows[i].name);
    if (i < 2) {
      text(c.f, {r.right(), std::round(middle - line_height(c.f, Type::kCode) / 2)}, Type::kCode, c->colors.text,
           fixed(rows[i].value, 3), Align::kRight);
    } else {
      const float high = std::min(c->px(22), pitch);
      result_pill(c, {r.right() - c->px(56), std::round(middle - high / 2), c->px(56), high}, s.result, s.largest);
    }
  }
}

std::string activation_after(const training::NetworkSpec& network, int layer) {
  const auto next = static_cast<std::size_t>(layer + 1);
  if (next >= network.layers.size()) return "";
  const LayerKind kind = network.layers[next].kind;
  return kind == LayerKind::kRelu ? "ReLU" : kind == LayerKind::kSigmoid ? "sigmoid" : "";
}

float largest_absolute(std::span<const float> values) {
  float largest = 1e-6F;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

float draw_conv_sum(const Canvas& c, const Focus& focus) {
  const ConvSum sum = conv_sum(c.probe, focus);
  const int side = sum.size;
  const float across = c.wide() ? 3 : 2, signs = c.wide() ? c->px(20) : c->px(14);
  const float cell_w = std::min(c->px(36), std::floor((c.r.w - signs) / (across * static_cast<float>(side))));
  const float cell_h = c.wide() ? c->px(26) : c->px(22);
  const float w = cell_w * static_cast<float>(side), h = cell_h * static_cast<float>(side), over = c->px(19);
  const bool below_is_input = sum.channels == 1;
  const float note = below_is_input ? 0 : line_height(c.f, Type::kCaption);
  const float height = c.wide() ? note + over + h + c->px(12) + c->px(28) : note + 2 * (over + h) + c->px(6);
  if (c.measure_only) return height;

  if (!below_is_input) {
    const std::string whole = fmt::format("Strongest of {} channels: pooled map {}", sum.channels, sum.channel + 1);
    const std::string brief = fmt::format("strongest of {}: pooled map {}", sum.channels, sum.channel + 1);
    const bool fits = text_width(c.f, Type::kCaption, whole) <= c.r.w;
    text(c.f, {c.r.x, c.r.y}, Type::kCaption, c->colors.text2, fits ? whole : brief, Align::kLeft, c.r.w);
  }
  const float top = c.r.y + note + over;
  const float between = c.wide() ? std::round((c.r.w - 3 * w) / 2) : c.r.w - 2 * w;
  const scene::Rect window{c.r.x, top, w, h}, filter{c.r.x + w + between, top, w, h};
  const scene::Rect products = c.wide() ? scene::Rect{c.r.x + 2 * (w + between), top, w, h}
                                        : scene::Rect{c.r.x, window.bottom() + over + c->px(6), w, h};
  const float weight = c.cache.largest_weight[static_cast<std::size_t>(focus.layer)];
  const float below =
      below_is_input ? 1.0F : largest_absolute(c.probe.activations.layers[static_cast<std::size_t>(focus.layer - 1)]);
  const float product = 1.15F * std::max(largest_absolute(sum.products), 0.05F);
  number_grid(c, window, sum.window, side,
              [&](float v) { return below_is_input ? scene::grey(v) : scene::cividis(v / below); });
  number_grid(c, filter, sum.filter, side, [&](float v) { return scene::signed_color(v / weight); });
  number_grid(c, products, sum.products, side, [&](float v) { return scene::signed_color(v / product); });
  caption_over(c, window, "window");
  caption_over(c, filter, fmt::format("filter {}", focus.index + 1));
  caption_over(c, products, below_is_input ? "products" : fmt::format("products, {}", fixed(sum.channel_sum, 2)));
  sign_between(c, window, filter, "×");

  SumLine s{below_is_input ? "sum" : fmt::format("all {}", sum.channels),
            sum.sum,
            sum.bias,
            sum.result,
            sum.largest,
            activation_after(*c.probe.network, focus.layer)};
  if (c.wide()) {
    sign_between(c, filter, products, "=");
    sum_line(c, {c.r.x, window.bottom() + c->px(12), c.r.w, c->px(28)}, s);
  } else {
    const scene::Rect rows{filter.x, products.y, w, h};
    sign_between(c, products, rows, "=");
    sum_rows(c, rows, s);
  }
  return height;
}

float draw_pool_sum(const Canvas& c, const Focus& focus) {
  const PoolSum sum = pool_sum(c.probe, focus);
  const float over = c->px(19), cell_w = c->px(44), cell_h = c->px(32), pill = c->px(26);
  const auto side = static_cast<float>(sum.size);
  const scene::Rect grid{c.r.x, c.r.y + over, side * cell_w, side * cell_h};
  const float x = grid.right() + c->px(20), room = c.r.right() - x;
  const bool silent = sum.value <= 0;
  const std::string words = silent ? fmt::format("None of the {} lights up: 0 stays.", sum.size * sum.size)
                                   : fmt::format("The largest stays: row {}, column {} of map {}.", sum.winner_row + 1,
                                                 sum.winner_column + 1, focus.index + 1);
  const float said = paragraph(c.f, {}, room, Type::kCaption, c->colors.text2, words, true);
  const float height = over + std::max(grid.h, said + c->px(10) + pill) + c->px(10);
  if (c.measure_only) return height;
  number_grid(c, grid, sum.values, sum.size, [&](float v) { return scene::cividis(v / sum.largest); });
  caption_over(c, grid, fmt::format("map {}", focus.index + 1));
  if (!silent) {
    const auto column = static_cast<float>(sum.winner % sum.size), row = static_cast<float>(sum.winner / sum.size);
    mark_hovered(c.f, scene::Rect{grid.x + column * cell_w, grid.y + row * cell_h, cell_w, cell_h}.inset(c->px(3)));
  }
  paragraph(c.f, {x, grid.y}, room, Type::kCaption, c->colors.text2, words);
  const float y = grid.y + said + c->px(10);
  arrow(c, x, x + c->px(24), std::round(y + pill / 2));
  result_pill(c, {x + c->px(32), y, c->px(62), pill}, sum.value, sum.largest);
  return height;
}

// A dense unit on the picture itself: input x weights = products, each as a picture.
float draw_picture_sum(const Canvas& c, const Focus& focus) {
  const DenseSum sum = dense_sum(c.probe, focus, 1);
  const training::Shape shape = c.probe.network->input;
  const float gap = c->px(20), over = c->px(19);
  const float zoom = std::max(1.0F, std::floor((c.r.w - 2 * gap) / (3 * static_cast<float>(shape.width))));
  const float side = zoom * static_cast<float>(shape.width);
  const float height = over + side + c->px(10) + (c.wide() ? c->px(28) : c->px(72));
  if (c.measure_only) return height;
  const float between = std::round((c.r.w - 3 * side) / 2);
  const auto place = [&](int i) {
    return scene::Rect{c.r.x + static_cast<float>(i) * (side + between), c.r.y + over, side, side};
  };
  const float weight = 0.6F * c.cache.largest_weight[static_cast<std::size_t>(focus.layer)];
  const training::LayerWeights* layer = c.probe.weights->of_layer(focus.layer);
  const auto count = static_cast<std::size_t>(shape.count());
  const std::span<const float> weights =
      std::span(layer->weight.data).subspan(static_cast<std::size_t>(focus.index) * count, count);
  const auto version = c.cache.version * 4096 + static_cast<std::uint64_t>(focus.index);
  const auto picture = [&](int i, const char* key, auto color) {
    c->images.draw(
        *ImGui::GetWindowDrawList(), key, version, shape.width, shape.height,
        [&](std::span<scene::Rgba> out) {
          for (std::size_t k = 0; k < out.size(); ++k) out[k] = color(k);
        },
        place(i));
  };
  picture(0, "sum input", [&](std::size_t k) { return scene::grey(c.probe.input[k]); });
  picture(1, "sum weights", [&](std::size_t k) { return scene::signed_color(weights[k] / weight); });
  picture(2, "sum products",
          [&](std::size_t k) { return scene::signed_color(c.probe.input[k] * weights[k] / weight); });
  caption_over(c, place(0), "input");
  caption_over(c, place(1), fmt::format("weights of unit {}", focus.index + 1));
  caption_over(c, place(2), "products");
  sign_between(c, place(0), place(1), "×");
  sign_between(c, place(1), place(2), "=");
  if (focus.row >= 0 && focus.column >= 0) {
    for (int i = 0; i < 3; ++i) {
      const scene::Rect p = place(i);
      mark_hovered(
          c.f, {p.x + static_cast<float>(focus.column) * zoom, p.y + static_cast<float>(focus.row) * zoom, zoom, zoom});
    }
  }
  const SumLine s{"sum", sum.sum, sum.bias, sum.result, sum.largest, activation_after(*c.probe.network, focus.layer)};
  const float below = c.r.y + over + side + c->px(10);
  if (c.wide()) {
    sum_line(c, {c.r.x, below, c.r.w, c->px(28)}, s);
  } else {
    sum_rows(c, {c.r.x, below, c.r.w, c->px(66)}, s);
  }
  return height;
}

// What an input of a dense layer is called: "unit 12", or "map 3, row 4, column 7".
std::string input_name(const training::NetworkSpec& network, int layer, int input) {
  const training::Shape below = network.shape_after(layer - 1);
  if (below.height == 1 && below.width == 1) return fmt::format("unit {}", input + 1);
  const int area = below.height * below.width;
  return fmt::format("map {} ({}, {})", input / area + 1, input % area / below.width + 1, input % below.width + 1);
}

float draw_dense_sum(const Canvas& c, const Focus& focus) {
  constexpr int kRows = 4;
  const bool output = focus.kind == Focus::Kind::kOutput;
  const DenseSum sum = dense_sum(c.probe, focus, kRows);
  const float pitch = c->px(20), over = c->px(2), rest_line = c->px(20);
  const float height = over + kRows * pitch + rest_line + c->px(6) + (c.wide() ? c->px(28) : c->px(72));
  if (c.measure_only) return height;
  float y = c.r.y + over, shown = 0;
  const float number = text_width(c.f, Type::kNumber, "0.00 × -0.00 = -0.00");
  const float name_width = c.r.w - number - c->px(8);
  for (const DenseTerm& term : sum.strongest) {
    shown += term.product;
    const float middle = std::round(y + (pitch - line_height(c.f, Type::kNumber)) / 2);
    text(c.f, {c.r.x, middle}, Type::kCaption, c->colors.text2, input_name(*c.probe.network, focus.layer, term.input),
         Align::kLeft, name_width);
    const std::string before = fmt::format("{} × {} = ", fixed(term.activation, 2), fixed(term.weight, 2));
    const std::string product = fixed(term.product, 2);
    text(c.f, {c.r.right() - text_width(c.f, Type::kNumber, product), middle}, Type::kNumber, c->colors.text3, before,
         Align::kRight);
    text(c.f, {c.r.right(), middle}, Type::kNumber, term.product < 0 ? c->colors.negative : c->colors.positive, product,
         Align::kRight);
    y += pitch;
  }
  text(c.f, {c.r.x, y}, Type::kCaption, c->colors.text3,
       fmt::format("the other {}", with_thousands(sum.inputs - static_cast<int>(sum.strongest.size()))));
  text(c.f, {c.r.right(), y}, Type::kNumber, c->colors.text2, fixed(sum.sum - shown, 2), Align::kRight);
  y += rest_line;
  line(c.f, {c.r.x, y}, {c.r.right(), y}, c->colors.hair, c->px(1));
  y += c->px(6);
  SumLine s{"sum",      sum.sum,     sum.bias,
            sum.result, sum.largest, output ? "softmax" : activation_after(*c.probe.network, focus.layer)};
  if (c.wide()) {
    sum_line(c, {c.r.x, y, c.r.w, c->px(28)}, s);
  } else {
    sum_rows(c, {c.r.x, y, c.r.w, c->px(66)}, s);
  }
  return height;
}

struct Way {
  Focus::Kind kind;
  float (*draw)(const Canvas& c, const Focus& focus);
};

float draw_unit_sum(const Canvas& c, const Focus& focus) {
  return focus.layer == 0 ? draw_picture_sum(c, focus) : draw_dense_sum(c, focus);
}

constexpr Way kWays[] = {
    {Focus::Kind::kMapPixel, draw_conv_sum},
    {Focus::Kind::kPoolPixel, draw_pool_sum},
    {Focus::Kind::kUnit, draw_unit_sum},
    {Focus::Kind::kOutput, draw_dense_sum},
};

}  // namespace

bool has_sum(const training::NetworkSpec& network, const Focus& focus) {
  const bool known =
      std::any_of(std::begin(kWays), std::end(kWays), [&](const Way& way) { return way.kind == focus.kind; });
  return known && is_in(network, focus);
}

std::string sum_title(const training::NetworkSpec&, const Focus& focus) {
  switch (focus.kind) {
    case Focus::Kind::kMapPixel:
      return fmt::format("Map {}, row {}, column {}", focus.index + 1, focus.row + 1, focus.column + 1);
    case Focus::Kind::kPoolPixel:
      return fmt::format("Pooled map {}, row {}, column {}", focus.index + 1, focus.row + 1, focus.column + 1);
    case Focus::Kind::kUnit:
      return fmt::format("Unit {}", focus.index + 1);
    case Focus::Kind::kOutput:
      return fmt::format("What speaks for {}", focus.index);
    default:
      return "";
  }
}

float draw_sum(const Frame& f, const session::Probe& probe, const Focus& focus, scene::Rect r, bool measure_only) {
  for (const Way& way : kWays) {
    if (way.kind == focus.kind) return way.draw({f, probe, f.ui.learn.network.cache, r, measure_only}, focus);
  }
  return 0;
}

}  // namespace warpscope::panels
