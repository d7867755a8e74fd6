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

std::string layer_name(const training::NetworkSpec& network, int layer) {
  const training::LayerSpec& spec = network.layers[static_cast<std::size_t>(layer)];
  return fmt::format("{} {}", training::text_of(spec.kind), spec.outputs);
}

// p, y and p - y of the ten classes of the chosen sample; returns the height used.
float draw_output_gradient(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  const float* p = s.trace.probabilities.data() + 10 * static_cast<std::size_t>(s.trace.sample);
  const float head = f.px(48), row = f.px(24);
  const float pitch = std::min((r.w - head) / 10, f.px(60));
  constexpr std::array kNames{"digit", "p", "y", "p − y"};
  for (std::size_t k = 0; k < kNames.size(); ++k) {
    text(f, {r.x, r.y + row * static_cast<float>(k) + f.px(4)}, Type::kCaption, f.colors.text3, kNames[k]);
  }
  for (int c = 0; c < 10; ++c) {
    const float x = r.x + head + pitch * static_cast<float>(c), middle = x + (pitch - f.px(2)) / 2;
    const float y = c == s.label() ? 1.0F : 0.0F;
    const float top = r.y + f.px(4);
    const Rgba ink = c == s.label() ? f.colors.positive : f.colors.text2;
    text(f, {middle, top}, Type::kNumber, ink, fmt::format("{}", c), Align::kCentre);
    text(f, {middle, top + row}, Type::kTick, f.colors.text, fmt::format("{:.3f}", static_cast<double>(p[c])),
         Align::kCentre);
    text(f, {middle, top + 2 * row}, Type::kTick, ink, fmt::format("{:.0f}", static_cast<double>(y)), Align::kCentre);
    const Rgba ground = scene::signed_color(p[c] - y);
    fill(f, {x, r.y + 3 * row, pitch - f.px(2), row - f.px(2)}, ground, f.px(2));
    text(f, {middle, top + 3 * row - f.px(1)}, Type::kTick, scene::text_on(ground),
         fmt::format("{:+.2f}", static_cast<double>(p[c] - y)), Align::kCentre);
  }
  return 4 * row + f.px(8);
}

// A bar a layer on a log scale from 1e-7 to 1e+1, with its number; returns the height used.
float draw_layer_bars(const StepFrame& s, Rect r, const training::Weights& values, const training::Weights* minus,
                      std::string_view what) {
  const Frame& f = s.f;
  const float row = f.px(24), name = f.px(92), number = f.px(84);
  for (std::size_t k = 0; k < values.layers.size(); ++k) {
    const int layer = values.layers[k].layer;
    const float largest = largest_of(values, minus, layer);
    const float y = r.y + row * static_cast<float>(k);
    text(f, {r.x, y + f.px(2)}, Type::kSmall, f.colors.text2, layer_name(*s.trace.network, layer), Align::kLeft, name);
    const Rect bar{r.x + name, y + f.px(7), std::max(f.px(20), std::min(r.w, f.px(560)) - name - number), f.px(8)};
    fill(f, bar, f.colors.raised, f.px(2));
    const float share = largest > 0 ? std::clamp((std::log10(largest) + 7) / 8, 0.0F, 1.0F) : 0.0F;
    fill(f, {bar.x, bar.y, bar.w * share, bar.h}, f.colors.train, f.px(2));
    text(f, {bar.right() + number, y + f.px(3)}, Type::kNumber, f.colors.text,
         fmt::format("{:.2e}", static_cast<double>(largest)), Align::kRight);
    if (hovered(f, {r.x, y, r.w, row})) {
      tip(f, fmt::format("largest {} of layer {}; the bar is logarithmic, 1e-7 to 10", what, k));
    }
  }
  return row * static_cast<float>(values.layers.size()) + f.px(8);
}

// Two blocks of pictures of the first layer, each with its own scale. Returns the height used.
struct Block {
  std::string_view title;
  std::string_view caption;
  WeightPictures pictures;
};
void draw_blocks(const StepFrame& s, Rect r, std::initializer_list<Block> blocks) {
  const Frame& f = s.f;
  const float gap = f.px(20);
  const auto count = static_cast<float>(blocks.size());
  const float width = (r.w - gap * (count - 1)) / count;
  const float scale_room = f.px(44);
  float x = r.x;
  for (const Block& block : blocks) {
    StepColumn column{{x, r.y, width, r.h}, r.y};
    step_title(s, column, block.title, block.caption);
    const Rect rest = column.rest();
    const float used = draw_weight_pictures(s, {rest.x, rest.y, rest.w, rest.h - scale_room}, block.pictures);
    color_scale(f, {rest.x, rest.y + used + f.px(4), std::min(width, f.px(120)), f.px(8)}, Scale::kSigned,
                -block.pictures.range, block.pictures.range, "");
    x += width + gap;
  }
}

// The weight of the first layer that changed most: the one whose arithmetic is written out.
struct ChosenWeight {
  int picture = 0;
  int place = 0;
  float before = 0, gradient = 0, after = 0;
};
ChosenWeight most_changed(const StepFrame& s) {
  const std::vector<float>& before = s.trace.before->layers.front().weight.data;
  const std::vector<float>& after = s.trace.after->layers.front().weight.data;
  std::size_t best = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (std::abs(after[i] - before[i]) > std::abs(after[best] - before[best])) best = i;
  }
  const std::size_t stride = before.size() / static_cast<std::size_t>(s.trace.before->layers.front().weight.shape[0]);
  return {static_cast<int>(best / stride), static_cast<int>(best % stride), before[best],
          s.trace.gradients->layers.front().weight.data[best], after[best]};
}

// With a true minus sign, as formulas have it.
std::string signed_number(double value, int decimals) {
  return fmt::format("{}{:.{}f}", value < 0 ? "−" : "", std::abs(value), decimals);
}

struct UpdateText {
  std::string_view optimizer;
  std::string_view formula;
  std::string_view about;
};
constexpr std::array kUpdates{
    UpdateText{"sgd", "w ← w − η g",
               "Plain gradient descent: every weight goes against its gradient g, as far as the rate η says."},
    UpdateText{"momentum", "m ← μ m + g ,   w ← w − η m",
               "Momentum: m remembers earlier gradients, so steps in one direction add up and zigzags cancel."},
    UpdateText{
        "adam", "w ← w − η m / ( √v + ε )",
        "Adam: m is the mean of recent gradients, v of their squares. A weight with small but steady gradients moves "
        "as far as one with large ones."},
};

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
  draw_blocks(s, column.rest(),
              {{"Weights",
                "first layer, now",
                {"weight", s.trace.before.get(), nullptr, largest_of(*s.trace.before, nullptr, first)}},
               {"Gradients",
                "of the same weights",
                {"gradient", &gradients, nullptr, std::max(1e-12F, largest_of(gradients, nullptr, first))}}});
}

void draw_step_update(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  StepColumn column{r, r.y};
  const auto& update = *std::find_if(kUpdates.begin(), kUpdates.end(),
                                     [&](const UpdateText& u) { return u.optimizer == s.trace.optimizer; });
  step_title(s, column, "The step",
             fmt::format("{}, rate η = {:.3g}", s.trace.optimizer, static_cast<double>(s.trace.rate)));
  step_formula(s, column, update.formula);
  column.y +=
      paragraph(f, {r.x, column.y}, std::min(r.w, f.px(620)), Type::kBody, f.colors.text2, update.about) + f.px(10);
  const ChosenWeight w = most_changed(s);
  const double change = static_cast<double>(w.after) - static_cast<double>(w.before);
  step_title(s, column, "One weight",
             fmt::format("the one of the first layer that changed most: {} {}, place {}",
                         s.trace.before->layers.front().weight.shape.size() == 4 ? "filter" : "unit", w.picture + 1,
                         w.place + 1));
  const double direction = -change / static_cast<double>(s.trace.rate);  // what the optimiser made of the gradient
  step_formula(
      s, column,
      fmt::format("{} − {:.3g} · {} = {}", signed_number(static_cast<double>(w.before), 5),
                  static_cast<double>(s.trace.rate),
                  direction < 0 ? fmt::format("({})", signed_number(direction, 3)) : signed_number(direction, 3),
                  signed_number(static_cast<double>(w.after), 5)));
  text(f, {r.x, column.y - f.px(6)}, Type::kCaption, f.colors.text3,
       fmt::format("its gradient was {:+.3e}; it moved by {:+.3e}", static_cast<double>(w.gradient), change),
       Align::kLeft, r.w);
  column.y += line_height(f, Type::kCaption) + f.px(8);
  step_title(s, column, "Changes made", "the largest of each layer");
  column.y += draw_layer_bars(s, column.rest(), *s.trace.after, s.trace.before.get(), "change") + f.px(4);
  const int first = s.trace.before->layers.front().layer;
  const float weight_range =
      std::max(largest_of(*s.trace.before, nullptr, first), largest_of(*s.trace.after, nullptr, first));
  const float change_range = std::max(1e-12F, largest_of(*s.trace.after, s.trace.before.get(), first));
  draw_blocks(s, column.rest(),
              {{"Before", "first layer", {"before", s.trace.before.get(), nullptr, weight_range}},
               {"Change", "own scale", {"change", s.trace.after.get(), s.trace.before.get(), change_range}},
               {"After", "first layer", {"after", s.trace.after.get(), nullptr, weight_range}}});
}

}  // namespace warpscope::panels
