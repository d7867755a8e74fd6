#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "app/panels/learn_network.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using Kind = scene::NetworkColumn::Kind;

struct Names {
  std::vector<std::string> title, caption;  // longest first
};

std::string activation_name(const training::NetworkSpec& network, const scene::NetworkColumn& column) {
  return column.layer == column.made_by || column.layer < 0                                             ? ""
         : network.layers[static_cast<std::size_t>(column.layer)].kind == training::LayerKind::kSigmoid ? "sigmoid"
                                                                                                        : "ReLU";
}

Names names_of(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const training::Shape s = column.shape;
  const int size = column.made_by < 0 ? 0 : n.network().layers[static_cast<std::size_t>(column.made_by)].size;
  const std::string maps = fmt::format("{} maps of {} × {}", s.channels, s.height, s.width);
  const std::string map = fmt::format("{} × {} × {}", s.channels, s.height, s.width);
  const std::string sides = fmt::format("{} × {}", s.height, s.width);
  const bool filters = n.mode != NetworkMode::kMaps && column.kind == Kind::kMaps;
  switch (column.kind) {
    case Kind::kInput:
      return {{"Input"}, {sides}};
    case Kind::kMaps:
      if (filters)
        return {{fmt::format("Filters {0} × {0}", size), "Filters"}, {fmt::format("{} filters", s.channels)}};
      return {{fmt::format("Convolution {0} × {0}", size), fmt::format("Conv {0} × {0}", size), "Conv"},
              {maps, map, sides}};
    case Kind::kPool:
      return {{fmt::format("Max pool {0} × {0}", size), fmt::format("Max {0} × {0}", size), "Max", ""},
              {maps, map, sides, ""}};
    case Kind::kWeights:
      return {{"Weights of each unit", "Weights"},
              {fmt::format("{} pictures of {}", column.count, sides), fmt::format("{} × {}", column.count, sides),
               fmt::format("{}", column.count)}};
    case Kind::kUnits: {
      const std::string activation = activation_name(n.network(), column);
      return {{"Dense"}, {fmt::format("{} units, {}", column.count, activation), fmt::format("{}", column.count)}};
    }
    case Kind::kOutput:
      return {{"Output"}, {fmt::format("{}, softmax", column.count), fmt::format("{}", column.count)}};
  }
  return {};
}

const std::string& longest_fitting(const Frame& f, Type type, const std::vector<std::string>& names, float room) {
  for (const std::string& name : names) {
    if (text_width(f, type, name) <= room) return name;
  }
  return names.back();
}

void arrow_head(const NetworkFrame& n, scene::Vec2 tip_at, scene::Rgba color) {
  const float s = n.f.px(3);
  ImGui::GetWindowDrawList()->AddTriangleFilled({tip_at.x, tip_at.y}, {tip_at.x - 2 * s, tip_at.y - s},
                                                {tip_at.x - 2 * s, tip_at.y + s}, color);
}

void flow_arrow(const NetworkFrame& n, float from, float to, float y) {
  if (to - from < n.f.px(14)) return;
  line(n.f, {from, y}, {to - n.f.px(5), y}, n.f.colors.strong, n.f.px(1));
  arrow_head(n, {to, y + n.f.px(1) / 2}, n.f.colors.strong);
}

// A square bracket beside a grid: everything of it goes on together.
void bracket(const NetworkFrame& n, scene::Rect grid, float x, float towards) {
  const float depth = n.f.px(4) * (towards < x ? -1.0F : 1.0F), thin = n.f.px(1);
  line(n.f, {x, grid.y}, {x, grid.bottom()}, n.f.colors.strong, thin);
  line(n.f, {std::min(x, x + depth), grid.y}, {std::max(x, x + depth), grid.y}, n.f.colors.strong, thin);
  line(n.f, {std::min(x, x + depth), grid.bottom()}, {std::max(x, x + depth), grid.bottom()}, n.f.colors.strong, thin);
}

struct Strand {
  int from = 0;
  float value = 0;  // weight x activation
};

// The strongest inputs of unit `unit` of dense layer `layer`, whose inputs are the cells of `from`.
std::vector<Strand> strands_into(const NetworkFrame& n, const scene::NetworkColumn& from, int layer, int unit) {
  const training::LayerWeights* weights = n.probe.weights->of_layer(layer);
  const std::span<const float> values = n.numbers(from);
  std::vector<Strand> strands;
  for (int i = 0; i < from.count; ++i) {
    const auto at = static_cast<std::size_t>(unit * from.count + i);
    strands.push_back({i, weights->weight.data[at] * values[static_cast<std::size_t>(i)]});
  }
  return strands;
}

// Lines from cells to one target: orange speaks for, blue against, width is size.
void draw_strands(const NetworkFrame& n, const scene::NetworkColumn& from, scene::Vec2 to, std::vector<Strand> strands,
                  float largest) {
  constexpr std::size_t kMost = 24;
  std::sort(strands.begin(), strands.end(), [](const Strand& a, const Strand& b) {
    return std::abs(a.value) != std::abs(b.value) ? std::abs(a.value) > std::abs(b.value) : a.from < b.from;
  });
  if (strands.size() > kMost) strands.resize(kMost);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (const Strand& strand : strands) {
    const float part = std::min(1.0F, std::abs(strand.value) / largest);
    if (part < 0.03F) continue;
    const scene::Rect cell = from.cell(strand.from);
    const scene::Vec2 a{from.grid.right() + n.f.px(1), cell.centre().y};
    const float half = (to.x - a.x) / 2;
    const scene::Rgba ink = strand.value > 0 ? n.f.colors.positive : n.f.colors.negative;
    list.AddBezierCubic({a.x, a.y}, {a.x + half, a.y}, {to.x - half, to.y}, {to.x, to.y},
                        scene::with_alpha(ink, 0.35F + 0.6F * part), n.f.scale * (0.7F + 2.0F * part), 20);
  }
}

float largest_of(const std::vector<Strand>& strands) {
  float largest = 1e-6F;
  for (const Strand& strand : strands) largest = std::max(largest, std::abs(strand.value));
  return largest;
}

// To the two leading digits; to one digit alone while it is in focus.
void draw_output_strands(const NetworkFrame& n) {
  const scene::NetworkColumn& output = n.layout.output();
  const scene::NetworkColumn& from = n.layout.columns[static_cast<std::size_t>(output.reads)];
  if (from.kind != Kind::kUnits) return;
  std::vector<int> digits{n.probe.activations.runner_up, n.probe.activations.digit};
  if (n.focus.kind == Focus::Kind::kOutput) digits = {n.focus.index};
  const bool one_unit = n.focus.kind == Focus::Kind::kUnit && n.focus.layer == from.made_by;
  if (one_unit) digits = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  float largest = 1e-6F;
  std::vector<std::vector<Strand>> all;
  for (const int digit : digits) {
    all.push_back(strands_into(n, from, output.made_by, digit));
    largest = std::max(largest, largest_of(all.back()));
  }
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const scene::Rect row = output.cell(digits[i]);
    std::vector<Strand> strands = std::move(all[i]);
    if (one_unit) strands = {strands[static_cast<std::size_t>(n.focus.index)]};
    draw_strands(n, from, {row.x - n.f.px(6), row.centre().y}, std::move(strands), largest);
  }
}

// Between hidden layers: what reaches the unit in focus.
void draw_unit_strands(const NetworkFrame& n) {
  if (n.focus.kind != Focus::Kind::kUnit) return;
  const int at = n.layout.column_of(n.focus.layer, Kind::kUnits);
  if (at < 0) return;
  const scene::NetworkColumn& column = n.layout.columns[static_cast<std::size_t>(at)];
  const scene::NetworkColumn& from = n.layout.columns[static_cast<std::size_t>(column.reads)];
  if (from.kind != Kind::kUnits) return;
  std::vector<Strand> strands = strands_into(n, from, column.made_by, n.focus.index);
  const float largest = largest_of(strands);
  const scene::Rect cell = column.cell(n.focus.index);
  draw_strands(n, from, {column.grid.x - n.f.px(2), cell.centre().y}, std::move(strands), largest);
}

void draw_bridge(const NetworkFrame& n, const scene::NetworkColumn& from, const scene::NetworkColumn& to) {
  const Frame& f = n.f;
  const float gap = to.grid.x - from.grid.right();
  if (to.kind == Kind::kPool) {
    const float margin = std::min(f.px(9), gap / 5);
    for (int row = 0; row < from.rows; ++row) {
      const float y = std::round(from.cell(row * from.columns).centre().y);
      line(f, {from.grid.right() + margin, y}, {to.grid.x - margin, y}, f.colors.strong, f.px(1));
    }
    return;
  }
  if (to.kind == Kind::kOutput || from.kind == Kind::kInput) return;
  const float inset = std::min(f.px(5), gap / 4);
  const float left = from.grid.right() + inset + f.px(3), right = to.grid.x - inset;
  bracket(n, from.grid, left, left - 1);
  if (to.kind == Kind::kUnits) line(f, {right, to.grid.y}, {right, to.grid.bottom()}, f.colors.strong, f.px(1));
  flow_arrow(n, left, right - f.px(1), std::round(n.layout.columns[1].grid.centre().y));
}

}  // namespace

void draw_headers(const NetworkFrame& n) {
  const Frame& f = n.f;
  const auto& columns = n.layout.columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const scene::NetworkColumn& column = columns[i];
    const Names names = names_of(n, column);
    const std::string& title = longest_fitting(f, Type::kTitle, names.title, column.title_width);
    const float width = text(f, {column.title_x, n.layout.title_y}, Type::kTitle, f.colors.text, title);
    text(f, {column.title_x, n.layout.caption_y}, Type::kTick, f.colors.text3,
         longest_fitting(f, Type::kTick, names.caption, column.title_width));
    if (i + 1 < columns.size() && !n.layout.compact) {
      flow_arrow(n, column.title_x + width + f.px(12), columns[i + 1].title_x - f.px(12),
                 std::round(n.layout.title_y + line_height(f, Type::kTitle) / 2));
    }
  }
}

void draw_flow(const NetworkFrame& n) {
  const auto& columns = n.layout.columns;
  for (std::size_t i = 1; i < columns.size(); ++i) draw_bridge(n, columns[i - 1], columns[i]);
  draw_unit_strands(n);
  draw_output_strands(n);
}

namespace {

// Pooled numbers share the scale of their convolution, until a unit's view of them takes their place.
bool has_scale(const NetworkFrame& n, const scene::NetworkColumn& column) {
  if (column.scale_bar.w <= 0) return false;
  return column.kind != Kind::kPool || unit_reading(n, column) >= 0;
}

struct LegendEntry {
  scene::Rgba ink;
  std::string label;
};

// What the lines to the output mean, in the words that fit.
struct Legend {
  std::vector<LegendEntry> entries;
  float x = 0, width = 0;
};
float entry_width(const NetworkFrame& n, const LegendEntry& entry) {
  return n.f.px(22 + 14) + text_width(n.f, Type::kCaption, entry.label);
}

Legend legend_of(const NetworkFrame& n) {
  const training::Activations& read = n.probe.activations;
  const std::string whom = n.focus.kind == Focus::Kind::kOutput ? fmt::format("{}", n.focus.index)
                                                                : fmt::format("{} or {}", read.digit, read.runner_up);
  const scene::NetworkColumn& output = n.layout.output();
  const scene::NetworkColumn& from = n.layout.columns[static_cast<std::size_t>(output.reads)];
  const float left = from.scale_bar.right() + n.f.px(14), room = output.grid.right() + n.f.px(14) - left;
  const std::pair<std::string, std::string> words[] = {
      {"speaks for", "against " + whom}, {"for", "against " + whom}, {"for", "against"}};
  for (const auto& [speaks, against] : words) {
    Legend legend{{{n.f.colors.positive, speaks}, {n.f.colors.negative, against}}};
    for (const LegendEntry& entry : legend.entries) legend.width += entry_width(n, entry);
    legend.x = std::max(left, output.grid.right() + n.f.px(14) - legend.width);
    if (legend.width <= room) return legend;
  }
  return {{}, output.grid.right(), 0};
}

// Room for words right of a scale, up to the next one.
float caption_room(const NetworkFrame& n, std::size_t at) {
  float end = legend_of(n).x;
  for (std::size_t i = n.layout.columns.size() - 1; i > at; --i) {
    if (has_scale(n, n.layout.columns[i])) end = n.layout.columns[i].scale_bar.x;
  }
  return end - n.layout.columns[at].scale_bar.right() - n.f.px(20);
}

void draw_scale(const NetworkFrame& n, std::size_t at) {
  const scene::NetworkColumn& column = n.layout.columns[at];
  const bool weights = column.kind == Kind::kWeights || (column.kind == Kind::kMaps && n.mode != NetworkMode::kMaps);
  const bool is_signed = weights || column.kind == Kind::kPool;
  float low = 0, high = 0;
  std::vector<std::string> captions;
  if (weights) {
    high = weight_range(n, column);
    captions = n.mode == NetworkMode::kChange ? std::vector<std::string>{"change since the start", "change", ""}
                                              : std::vector<std::string>{"weight", ""};
  } else if (column.kind == Kind::kPool) {
    high = n.contribution;
    captions = {"weight × activation", "w × a", ""};
  } else {
    high = n.largest(column);
    captions = {"activation after " + activation_name(n.network(), column), "activation", ""};
  }
  if (is_signed) low = -high;
  color_scale(n.f, column.scale_bar, is_signed ? Scale::kSigned : Scale::kCividis, low, high,
              longest_fitting(n.f, Type::kCaption, captions, caption_room(n, at)));
}

void draw_legend(const NetworkFrame& n) {
  const Frame& f = n.f;
  const float y = n.layout.columns[1].scale_bar.centre().y;
  const Legend legend = legend_of(n);
  float x = legend.x;
  for (const LegendEntry& entry : legend.entries) {
    fill(f, {x, std::round(y - f.px(1)), f.px(16), f.px(3)}, entry.ink, f.px(1));
    text(f, {x + f.px(22), std::round(y - line_height(f, Type::kCaption) / 2)}, Type::kCaption, f.colors.text3,
         entry.label);
    x += entry_width(n, entry);
  }
}

}  // namespace

void draw_scales(const NetworkFrame& n) {
  for (std::size_t i = 0; i < n.layout.columns.size(); ++i) {
    if (has_scale(n, n.layout.columns[i])) draw_scale(n, i);
  }
  draw_legend(n);
}

}  // namespace warpscope::panels
