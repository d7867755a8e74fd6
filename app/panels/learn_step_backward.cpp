#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/learn_step.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using scene::Rgba;

// p, y and p - y of the ten classes of the chosen sample; returns the height used.
float draw_output_gradient(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  const float* p = s.trace.probabilities.data() + 10 * static_cast<std::size_t>(s.trace.sample);
  const float head = f.px(48), row = f.px(24);
  const float pitch = std::min((r.w - head) / 10, f.px(60));
  const auto top = [&](int line, Type type) {
    return r.y + row * static_cast<float>(line) + std::round((row - line_height(f, type)) / 2);
  };
  constexpr std::array kNames{"digit", "p", "y", "p − y"};
  for (int k = 0; k < static_cast<int>(kNames.size()); ++k) {
    text(f, {r.x, top(k, Type::kCaption)}, Type::kCaption, f.colors.text3, kNames[static_cast<std::size_t>(k)]);
  }
  for (int c = 0; c < 10; ++c) {
    const float x = r.x + head + pitch * static_cast<float>(c), middle = x + (pitch - f.px(2)) / 2;
    const float y = c == s.label() ? 1.0F : 0.0F;
    const Rgba ink = c == s.label() ? f.colors.positive : f.colors.text2;
    text(f, {middle, top(0, Type::kNumber)}, Type::kNumber, ink, fmt::format("{}", c), Align::kCentre);
    text(f, {middle, top(1, Type::kTick)}, Type::kTick, f.colors.text, fmt::format("{:.3f}", static_cast<double>(p[c])),
         Align::kCentre);
    text(f, {middle, top(2, Type::kTick)}, Type::kTick, ink, fmt::format("{:.0f}", static_cast<double>(y)),
         Align::kCentre);
    const Rgba ground = scene::signed_color(p[c] - y);
    fill(f, {x, r.y + 3 * row, pitch - f.px(2), row - f.px(2)}, ground, f.px(2));
    text(f, {middle, top(3, Type::kTick) - f.px(1)}, Type::kTick, scene::text_on(ground),
         fmt::format("{:+.2f}", static_cast<double>(p[c] - y)), Align::kCentre);
  }
  return 4 * row + f.px(8);
}

}  // namespace

void draw_step_backward(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  StepColumn column{r, r.y};
  const training::Weights& gradients = *s.trace.gradients;
  step_title(s, column, "Where it starts", fmt::format("picture {}, a {}", s.trace.sample + 1, s.label()));
  step_formula(s, column, "∂L / ∂z = p − y");
  column.y += draw_output_gradient(s, column.rest());
  column.y +=
      paragraph(
          f, {r.x, column.y}, std::min(r.w, f.px(620)), Type::kBody, f.colors.text2,
          "Orange outputs should fall, blue ones rise. The chain rule carries this back through every layer: each "
          "weight learns how the **mean loss** would change with it. That is its **gradient**.") +
      f.px(12);
  step_title(s, column, "Gradients of the mean loss", "the largest of each layer");
  column.y += draw_layer_bars(s, column.rest(), gradients, nullptr, "gradient") + f.px(4);
  const int first = gradients.layers.front().layer;
  const float weight_range = largest_of(*s.trace.before, nullptr, first);
  const float gradient_range = std::max(1e-12F, largest_of(gradients, nullptr, first));
  const std::optional<std::size_t> chosen = f.ui.learn.slow_step.weight;
  const auto clicked = draw_weight_blocks(
      s, column.rest(),
      {{"Weights", "first layer, now", {"weight", s.trace.before.get(), nullptr, weight_range, chosen}},
       {"Gradients", "of the same weights", {"gradient", &gradients, nullptr, gradient_range, chosen}}});
  if (clicked) f.ui.learn.slow_step.weight = clicked;
}

}  // namespace warpscope::panels
