#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/panels/learn_step.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {
namespace {

using scene::Rect;
using scene::Rgba;
using training::LayerKind;

// A layer as it is shown: after the activation function that follows it.
struct Stage {
  int made_by = -1;  // the conv, pool or dense layer; -1 for the input
  int shown = -1;    // whose numbers
  training::Shape shape;
  std::string title;
  std::string caption;
};

std::vector<Stage> stages_of(const training::NetworkSpec& network) {
  std::vector<Stage> stages;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const training::LayerSpec& layer = network.layers[static_cast<std::size_t>(i)];
    const training::Shape shape = network.shape_after(i);
    switch (layer.kind) {
      case LayerKind::kRelu:
      case LayerKind::kSigmoid:
        stages.back().shown = i;
        stages.back().caption += fmt::format(", {}", training::text_of(layer.kind));
        break;
      case LayerKind::kConv:
      case LayerKind::kMaxPool:
        stages.push_back({i, i, shape, layer.kind == LayerKind::kConv ? "Convolution" : "Max pool",
                          fmt::format("{} maps of {} × {}", shape.channels, shape.height, shape.width)});
        break;
      case LayerKind::kDense:
        stages.push_back({i, i, shape, "Dense", fmt::format("{} units", shape.channels)});
        break;
    }
  }
  stages.pop_back();  // the last dense layer is the output, drawn as bars
  return stages;
}

std::string layers_as_formula(const training::NetworkSpec& network) {
  std::string inner = "x";
  int weights = 0;
  for (const training::LayerSpec& layer : network.layers) {
    switch (layer.kind) {
      case LayerKind::kConv:
        inner = fmt::format("W_{{{}}} * {} + b_{{{}}}", weights + 1, inner, weights + 1);
        ++weights;
        break;
      case LayerKind::kDense:
        inner = fmt::format("W_{{{}}} {} + b_{{{}}}", weights + 1, inner, weights + 1);
        ++weights;
        break;
      case LayerKind::kMaxPool:
        inner = fmt::format("pool( {} )", inner);
        break;
      case LayerKind::kRelu:
        inner = fmt::format("ReLU( {} )", inner);
        break;
      case LayerKind::kSigmoid:
        inner = fmt::format("σ( {} )", inner);
        break;
    }
  }
  return fmt::format("p = softmax( {} )", inner);
}

// Whole rows of maps: as many columns as make the maps largest within the height.
struct MapGrid {
  int columns = 1;
  float side = 0;
};
MapGrid map_grid(const Frame& f, int maps, float width, float height) {
  const float gap = f.px(4), largest = f.px(64);
  MapGrid best;
  for (int columns = 4; columns <= 32; columns *= 2) {
    const float rows = std::ceil(static_cast<float>(maps) / static_cast<float>(columns));
    const float by_width = (width + gap) / static_cast<float>(columns) - gap;
    const float side = std::floor(std::min({by_width, (height + gap) / rows - gap, largest}));
    if (side > best.side) best = {columns, side};
  }
  return best;
}

// Maps of one stage side by side; returns the height used.
float draw_maps(const StepFrame& s, const Stage& stage, Rect r) {
  const Frame& f = s.f;
  const std::vector<float>& numbers = s.trace.activations.layers[static_cast<std::size_t>(stage.shown)];
  const auto area = static_cast<std::size_t>(stage.shape.height * stage.shape.width);
  const float largest = std::max(1e-6F, *std::max_element(numbers.begin(), numbers.end()));
  const float gap = f.px(4);
  const auto [columns, side] = map_grid(f, stage.shape.channels, r.w, r.h);
  for (int i = 0; i < stage.shape.channels; ++i) {
    const Rect cell{r.x + static_cast<float>(i % columns) * (side + gap),
                    r.y + static_cast<float>(i / columns) * (side + gap), side, side};
    f.images.draw(
        *ImGui::GetWindowDrawList(), fmt::format("step/map/{}/{}", stage.made_by, i), s.version, stage.shape.width,
        stage.shape.height,
        [&](std::span<Rgba> out) {
          for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = scene::cividis(numbers[static_cast<std::size_t>(i) * area + k] / largest);
          }
        },
        cell);
    if (hovered(f, cell)) {
      mark_hovered(f, cell);
      const auto from = numbers.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * area);
      tip(f, fmt::format("map {}, largest {:.2f}", i + 1,
                         static_cast<double>(*std::max_element(from, from + static_cast<std::ptrdiff_t>(area)))));
    }
  }
  const int rows = (stage.shape.channels + columns - 1) / columns;
  return static_cast<float>(rows) * (side + gap);
}

float draw_units(const StepFrame& s, const Stage& stage, Rect r) {
  const Frame& f = s.f;
  const std::vector<float>& numbers = s.trace.activations.layers[static_cast<std::size_t>(stage.shown)];
  const float largest = std::max(1e-6F, *std::max_element(numbers.begin(), numbers.end()));
  const int columns = 32;
  const float width = std::floor(std::min(f.px(20), r.w / columns)), height = f.px(14);
  for (int i = 0; i < static_cast<int>(numbers.size()); ++i) {
    const float value = numbers[static_cast<std::size_t>(i)];
    const Rect cell{r.x + static_cast<float>(i % columns) * width, r.y + static_cast<float>(i / columns) * height,
                    width - f.px(1), height - f.px(1)};
    fill(f, cell, scene::cividis(value / largest));
    if (!hovered(f, cell)) continue;
    mark_hovered(f, cell);
    tip(f, fmt::format("unit {}: {:.3f}", i + 1, static_cast<double>(value)));
  }
  return static_cast<float>((static_cast<int>(numbers.size()) + columns - 1) / columns) * height;
}

// The ten probabilities standing side by side, the label's marked; returns the height used.
float draw_probabilities(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  const float* p = s.trace.probabilities.data() + 10 * static_cast<std::size_t>(s.trace.sample);
  const float pitch = std::min(r.w / 10, f.px(52)), bars = std::min(f.px(64), r.h - f.px(46));
  if (bars < f.px(12)) return 0;
  const float number = line_height(f, Type::kTick);
  for (int c = 0; c < 10; ++c) {
    const Rect slot{r.x + pitch * static_cast<float>(c), r.y + number + f.px(2), pitch - f.px(6), bars};
    const bool label = c == s.label();
    fill(f, slot, f.colors.raised, f.px(2));
    const float height = std::max(f.px(1), bars * p[c]);
    fill(f, {slot.x, slot.bottom() - height, slot.w, height}, label ? f.colors.positive : f.colors.text2, f.px(2));
    text(f, {slot.centre().x, r.y}, Type::kTick, f.colors.text2, fmt::format("{:.1f}", 100 * static_cast<double>(p[c])),
         Align::kCentre);
    text(f, {slot.centre().x, slot.bottom() + f.px(3)}, Type::kNumber, label ? f.colors.positive : f.colors.text3,
         fmt::format("{}", c), Align::kCentre);
  }
  return number + f.px(2) + bars + f.px(22);
}

std::string sample_caption(const StepFrame& s) {
  return fmt::format("of picture {} of {}, a {}", s.trace.sample + 1, s.samples(), s.label());
}

// The loss of every sample, largest first, with the mean across and the chosen one marked.
void draw_sorted_losses(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  const std::vector<float>& losses = s.trace.losses;
  std::vector<int> order(losses.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return losses[static_cast<std::size_t>(a)] > losses[static_cast<std::size_t>(b)];
  });
  const float largest = std::max(1e-6F, losses[static_cast<std::size_t>(order.front())]);
  const float pitch = r.w / static_cast<float>(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const float loss = losses[static_cast<std::size_t>(order[i])];
    const Rect slot{r.x + pitch * static_cast<float>(i), r.y, pitch, r.h};
    const float height = std::max(f.px(1), r.h * loss / largest);
    const bool chosen = order[i] == s.trace.sample;
    fill(f, {slot.x, r.bottom() - height, std::max(1.0F, pitch - f.px(1)), height},
         chosen ? f.colors.accent : f.colors.positive);
    if (!hovered(f, slot)) continue;
    tip(f, fmt::format("picture {}, a {}: loss {:.3f}", order[i] + 1,
                       s.trace.batch->labels[static_cast<std::size_t>(order[i])], static_cast<double>(loss)));
    if (ImGui::IsMouseClicked(0)) f.send(session::SelectStepSample{order[i]});
  }
  const float mean = r.bottom() - r.h * s.trace.mean_loss / largest;
  line(f, {r.x, mean}, {r.right(), mean}, f.colors.text2);
  text(f, {r.right(), mean - line_height(f, Type::kTick) - f.px(2)}, Type::kTick, f.colors.text,
       fmt::format("mean {:.3f}", static_cast<double>(s.trace.mean_loss)), Align::kRight);
  line(f, {r.x, r.bottom()}, {r.right(), r.bottom()}, f.colors.strong);
}

}  // namespace

int least_believed(const session::StepTrace& trace) {
  std::size_t least = 0;
  const auto belief = [&trace](std::size_t sample) {
    return trace.probabilities[10 * sample + trace.batch->labels[sample]];
  };
  for (std::size_t i = 1; i < trace.batch->labels.size(); ++i) {
    if (belief(i) < belief(least)) least = i;
  }
  return static_cast<int>(least);
}

void draw_step_forward(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  StepColumn column{r, r.y};
  step_title(s, column, "Every layer's answer", sample_caption(s));
  step_formula(s, column, layers_as_formula(*s.trace.network));
  const std::vector<Stage> stages = stages_of(*s.trace.network);
  const float title = line_height(f, Type::kTitle) + f.px(8);
  const float probabilities = f.px(120) + title;
  // What is left is shared by the stages with maps; a strip of units takes two lines.
  const auto maps = static_cast<float>(
      std::count_if(stages.begin(), stages.end(), [](const Stage& t) { return t.shape.height > 1; }));
  const auto strips = static_cast<float>(stages.size()) - maps;
  const float room = column.rest().h - probabilities - strips * (title + f.px(70)) - maps * (title + f.px(10));
  for (const Stage& stage : stages) {
    step_title(s, column, stage.title, stage.caption);
    const Rect rest = column.rest();
    if (stage.shape.height > 1) {
      column.y += draw_maps(s, stage, {rest.x, rest.y, rest.w, room / maps}) + f.px(10);
    } else {
      column.y += draw_units(s, stage, rest) + f.px(12);
    }
  }
  step_title(s, column, "Output", "probability of each digit, %; orange is the label");
  column.y += draw_probabilities(s, column.rest()) + f.px(12);
  // A network without maps leaves room for what its units look for.
  if (maps > 0 || column.rest().h < f.px(120)) return;
  const float range = largest_of(*s.trace.before, nullptr, s.trace.before->layers.front().layer);
  draw_weight_blocks(
      s, column.rest(),
      {{"What the first units look for", "weight of each pixel", {"weight", s.trace.before.get(), nullptr, range}}});
}

void draw_step_loss(const StepFrame& s, Rect r) {
  const Frame& f = s.f;
  StepColumn column{r, r.y};
  const auto sample = static_cast<std::size_t>(s.trace.sample);
  const double p = static_cast<double>(s.trace.probabilities[10 * sample + static_cast<std::size_t>(s.label())]);
  step_title(s, column, "What was believed", sample_caption(s));
  column.y += draw_probabilities(s, {r.x, column.y, r.w, f.px(120)}) + f.px(8);
  step_title(s, column, "Its loss", "how surprised the network is by the label");
  step_formula(s, column,
               fmt::format("L = − ln p_{{{}}} = − ln {:.4g} = {:.4f}", s.label(), p,
                           static_cast<double>(s.trace.losses[sample])));
  column.y +=
      paragraph(f, {r.x, column.y}, std::min(r.w, f.px(560)), Type::kBody, f.colors.text2,
                "Sure and right costs almost **0**. Guessing among ten costs **2.3**. Sure and wrong costs more the "
                "surer it was. The whole batch is judged by the **mean**.") +
      f.px(12);
  step_title(s, column, fmt::format("All {} losses", s.samples()),
             fmt::format("largest first; {} of {} read right", s.trace.correct, s.samples()));
  const float height = std::min(f.px(220), column.rest().h - f.px(12));
  if (height > f.px(30)) draw_sorted_losses(s, {r.x, column.y, std::min(r.w, f.px(720)), height});
}

}  // namespace warpscope::panels
