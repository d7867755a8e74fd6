// The filter: its cells, what the sum is divided by, and the filters that have a name.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/convolve_left.h"

namespace warpscope::panels {
namespace {

using convolution::Filter;
using convolution::Stage;

constexpr int kSizes[] = {1, 3, 5, 7};
constexpr double kMostScale = 10000;
constexpr float kLowSigma = 0.3F, kHighSigma = 4;

void choose_size(LeftColumn& column, const Stage& stage, scene::Rect header) {
  const Frame& f = column.f;
  const float high = f.px(scene::size::kControlSmall), y = std::round(header.centre().y - high / 2);
  float x = header.right();
  for (auto it = std::rbegin(kSizes); it != std::rend(kSizes); ++it) {
    const std::string name = size_text(*it, *it);
    const ButtonLook look{.selected = stage.filters.front().size == *it, .type = Type::kCaption};
    const float width = text_width(f, Type::kCaption, name) + f.px(column.compact ? 8 : 14);
    x -= width;
    if (button(f, name, {x, y, width, high}, look)) {
      change_convolve_stage(f, with_size(stage, *it, f.ui.convolve.controls.sigma));
    }
    x -= f.px(2);
  }
}

// Which of a bank's filters the cells show.
void choose_filter(LeftColumn& column, const Stage& stage, int chosen) {
  const Frame& f = column.f;
  const auto count = static_cast<int>(stage.filters.size());
  if (count < 2) return;
  const float side = f.px(24), gap = std::min(f.px(8), (column.width - 8 * side) / 7);
  for (int i = 0; i < count; ++i) {
    const scene::Rect r{std::round(column.x + static_cast<float>(i) * (side + gap)), std::round(column.y), side, side};
    const std::string name = fmt::format("Filter {}", i + 1);
    const Filter& filter = stage.filters[static_cast<std::size_t>(i)];
    const AreaState pointer = area(f, name, r);
    const bool chosen_now = register_widget(f, name, r, true) || pointer.clicked;
    draw_filter_picture(f, fmt::format("bank{}", i), filter, r);
    if (pointer.hovered) tip(f, fmt::format("{}: {}", name, filter.name));
    if (i == chosen) mark_selected(f, r);
    if (f.ui.widgets.focus == name) focus_ring(f, r, 0);
    if (chosen_now) f.ui.convolve.controls.filter = i;
  }
  column.y += side + f.px(8);
}

void put_scale(LeftColumn& column, const Stage& stage, int which) {
  const Frame& f = column.f;
  const Filter& filter = stage.filters[static_cast<std::size_t>(which)];
  double sum = 0;
  for (const float weight : filter.weights) sum += static_cast<double>(weight);
  const scene::Rect row = column.row(f.px(scene::size::kControlSmall));
  const auto label = [&](float x, std::string_view words) {
    return x +
           text(f, {x, row.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text2, words) +
           f.px(6);
  };
  const float numbers = row.centre().y - line_height(f, Type::kNumber) / 2;
  const float third = column.width / 3;
  text(f, {label(column.x, "sum"), numbers}, Type::kNumber, f.colors.text, weight_text(sum));
  double divide = static_cast<double>(filter.divide), add = static_cast<double>(filter.add);
  const float second = column.x + std::round(third * 0.8F), last = column.x + std::round(third * 2);
  const float divide_at = label(second, "divide"), add_at = label(last, "add");
  bool changed = number_field(f, "Divide", {divide_at, row.y, last - f.px(8) - divide_at, row.h}, divide, -kMostScale,
                              kMostScale, 3);
  if (changed && divide == 0) {
    f.ui.widgets.fields["Divide"].problem = "Nothing can be divided by 0.";
    changed = false;
  }
  changed |= number_field(f, "Add", {add_at, row.y, row.right() - add_at, row.h}, add, -kMostScale, kMostScale, 3);
  if (changed) {
    change_convolve_stage(
        f, with_scale(stage, which, static_cast<float>(divide == 0 ? 1 : divide), static_cast<float>(add)));
  }
  column.y += row.h + f.px(12);
}

void put_sigma(LeftColumn& column, const Stage& stage, int which) {
  const Frame& f = column.f;
  const Filter& filter = stage.filters[static_cast<std::size_t>(which)];
  if (filter.name != "Gaussian") return;
  float& sigma = f.ui.convolve.controls.sigma;
  const scene::Rect row = column.row(f.px(scene::size::kControlSmall));
  const float middle = row.centre().y;
  const float label =
      text(f, {row.x, middle - line_height(f, Type::kCaption) / 2}, Type::kCaption, f.colors.text2, "sigma") + f.px(6);
  text(f, {row.x + label, middle - line_height(f, Type::kNumber) / 2}, Type::kNumber, f.colors.text,
       fmt::format("{:.2f}", sigma));
  const float bar = row.x + label + f.px(40);
  if (slider(f, "Sigma", {bar, row.y, row.right() - bar, row.h}, sigma, kLowSigma, kHighSigma)) {
    Stage changed = stage;
    changed.filters[static_cast<std::size_t>(which)] = convolution::gaussian(filter.size, sigma);
    change_convolve_stage(f, std::move(changed));
  }
  column.y += row.h + f.px(10);
}

void draw_preset(const Frame& f, const ConvolvePreset& preset, const Stage& stage, scene::Rect r) {
  const AreaState pointer = area(f, preset.title, r);
  const bool by_key = register_widget(f, preset.title, r, true);
  const bool selected = has_preset(stage, preset);
  const float radius = f.px(scene::size::kRadiusControl);
  fill(f, r, selected ? f.colors.accent_tint : pointer.hovered ? f.colors.hover : f.colors.raised, radius);
  stroke(f, r, selected ? f.colors.accent : f.colors.strong, radius, f.px(1));
  if (f.ui.widgets.focus == preset.title) focus_ring(f, r, radius);
  const float side = f.px(18);
  const scene::Rect picture{r.x + f.px(5), std::round(r.centre().y - side / 2), side, side};
  if (preset.filters.size() <= 2) {
    draw_filter_picture(f, preset.title, preset.filters.front(), picture);
  } else {
    for (std::size_t i = 0; i < 4; ++i) {
      const float half = side / 2;
      draw_filter_picture(
          f, fmt::format("{}{}", preset.title, i), preset.filters[i],
          {picture.x + static_cast<float>(i % 2) * half, picture.y + static_cast<float>(i / 2) * half, half, half});
    }
  }
  const float x = picture.right() + f.px(6);
  text(f, {x, r.centre().y - line_height(f, Type::kCaption) / 2}, Type::kCaption,
       selected ? f.colors.accent : f.colors.text, preset.title, Align::kLeft, r.right() - x - f.px(2));
  if (pointer.hovered) tip(f, preset.idea);
  if (!pointer.clicked && !by_key) return;
  ConvolveControls& controls = f.ui.convolve.controls;
  controls.filter = 0;
  f.ui.widgets.fields.erase("Divide");
  f.ui.widgets.fields.erase("Add");
  change_convolve_stage(f, with_preset(stage, preset, controls.sigma));
}

}  // namespace

int edited_filter(const Frame& f, const Stage& stage) {
  return std::clamp(f.ui.convolve.controls.filter, 0, std::max(0, static_cast<int>(stage.filters.size()) - 1));
}

void put_presets(LeftColumn& column) {
  const Frame& f = column.f;
  const Stage& stage = convolve_settings(f).chain[static_cast<std::size_t>(edited_convolve_stage(f))];
  const Stage before = stage;  // a click changes the settings while the row is drawn
  const auto& presets = convolve_presets();
  const int across = column.compact ? 2 : 3;
  const float gap = f.px(6), high = f.px(scene::size::kControl);
  const float width = std::floor((column.width - gap * static_cast<float>(across - 1)) / static_cast<float>(across));
  const float top = std::round(column.y);
  for (std::size_t i = 0; i < presets.size(); ++i) {
    const auto at = static_cast<int>(i);
    draw_preset(f, presets[i], before,
                {column.x + static_cast<float>(at % across) * (width + gap),
                 top + static_cast<float>(at / across) * (high + gap), width, high});
  }
  const auto rows = static_cast<float>((static_cast<int>(presets.size()) + across - 1) / across);
  column.y = top + rows * (high + gap) + f.px(6);
}

void put_filter(LeftColumn& column) {
  const Frame& f = column.f;
  const convolution::Settings& settings = convolve_settings(f);
  if (settings.chain.empty()) return;
  const Stage stage = settings.chain[static_cast<std::size_t>(edited_convolve_stage(f))];
  const scene::Rect header = column.row(f.px(scene::size::kPanelHeader));
  if (!has_filters(stage)) {
    put_section(column, "Filter", "");
    put_note(column,
             stage.kind == convolution::StageKind::kRelu
                 ? "**ReLU** has no weights: what is negative becomes 0, the rest stays."
                 : "**Max pool** has no weights: of each 2 × 2 pixels the largest stays.",
             f.colors.text2);
    put_note(column, "Choose a filter in the chain to change its weights.", f.colors.text3);
  } else {
    const int which = edited_filter(f, stage);
    const float sizes = f.px(column.compact ? 160 : 180);
    put_section(column, "Filter", stage.filters[static_cast<std::size_t>(which)].name, sizes);
    choose_size(column, stage, header);
    choose_filter(column, stage, which);
    put_cells(column, stage, which);
    put_scale(column, stage, which);
    put_sigma(column, stage, which);
    put_presets(column);
  }
  speak_of(f, {column.panel.x, header.y, column.panel.w, column.y - header.y}, "filter");
}

}  // namespace warpscope::panels
