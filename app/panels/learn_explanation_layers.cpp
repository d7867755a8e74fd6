#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/learn_explanation.h"
#include "app/panels/learn_network_math.h"
#include "app/panels/widgets.h"

namespace warpscope::panels {

namespace {

using session::LearnView;
using session::Probe;
using training::LayerKind;
using training::Shape;

std::string number(long long value) {
  return with_thousands(value);
}

std::string activation_of(const training::NetworkSpec& network, int layer) {
  const auto next = static_cast<std::size_t>(layer + 1);
  if (next >= network.layers.size()) return "";
  return network.layers[next].kind == LayerKind::kSigmoid ? "sigmoid" : "ReLU";
}

std::string milliseconds(float ms) {
  return ms < 1 ? fmt::format("{:.0f} µs", ms * 1000) : fmt::format("{:.2f} ms", ms);
}

void add_time(Explanation& e, const Probe& probe) {
  e.facts.push_back({"time for this picture", milliseconds(probe.milliseconds), true});
}

std::string sum_formula(const std::string& activation) {
  return fmt::format("h_{{j}} = {}( b_{{j}} + \\Sigma_{{i}} w_{{j,i}} x_{{i}} )", activation);
}

std::string activation_words(const std::string& activation) {
  return activation == "sigmoid" ? "The **sigmoid** squeezes any sum into a number between 0 and 1: 1 / (1 + e to the "
                                   "power of minus the sum)."
                                 : "**ReLU** turns every negative sum into 0.";
}

std::string ordinal_share(float part) {
  return fmt::format("{:.0f} %", 100 * part);
}

}  // namespace

Explanation explain_input(const LearnView& view, const Focus& focus) {
  const Probe& probe = *view.probe;
  const Shape in = probe.network->input;
  Explanation e;
  e.heading = "The picture it is given";
  e.text = fmt::format(
      "All the network ever gets: **{} × {} pixels**, each a number from 0 (black) to 1 (white). It knows nothing of "
      "lines or loops; it has to find them in these {} numbers.",
      in.height, in.width, number(in.count()));
  if (is_in(*probe.network, focus)) {
    e.more =
        fmt::format("Row {}, column {} is **{:.2f}**.", focus.row + 1, focus.column + 1, shown_value(probe, focus));
  }
  if (!probe.from_pad && probe.example_label >= 0) {
    e.more += fmt::format("{}This one was written by somebody as a **{}**; it was kept out of training.",
                          e.more.empty() ? "" : " ", probe.example_label);
    e.actions = {TryAction::kNextExample};
  } else {
    e.actions = {TryAction::kClearPad};
  }
  long long lit = std::count_if(probe.input.begin(), probe.input.end(), [](float v) { return v > 0; });
  e.facts_title = "This picture in numbers";
  e.facts = {{"numbers", number(in.count())}, {"pixels with ink", number(lit)}};
  add_time(e, probe);
  e.try_text = "Draw the same digit somewhere else on the pad: it is centred before the network sees it.";
  return e;
}

Explanation explain_map_pixel(const LearnView& view, const Focus& focus) {
  const Probe& probe = *view.probe;
  const training::NetworkSpec& network = *probe.network;
  const training::LayerSpec& spec = network.layers[static_cast<std::size_t>(focus.layer)];
  const Shape below = network.shape_after(focus.layer - 1), out = network.shape_after(focus.layer);
  const int window = spec.size * spec.size, products = window * below.channels;
  const bool first = below.channels == 1;
  const training::LayerWeights* weights = probe.weights->of_layer(focus.layer);
  Explanation e;
  const bool whole_map = focus.kind != Focus::Kind::kMapPixel;
  e.heading = whole_map ? fmt::format("Feature map {}", focus.index + 1) : "One pixel of a feature map";
  if (first) {
    e.text = fmt::format(
        "The **{0} × {0} filter** lies over the picture. {1} pixels times {1} weights, added up with a bias, make "
        "**one pixel** of map {2}. Then the filter moves on: {3} × {4} positions, {5} filters.",
        spec.size, window, focus.index + 1, out.height, out.width, out.channels);
    e.formula = "y_{r,c} = ReLU( b + \\Sigma_{u,v} w_{u,v} x_{r+u, c+v} )";
    const auto area = static_cast<std::size_t>(window);
    const FilterMeaning meaning = meaning_of_filter(
        std::span(weights->weight.data).subspan(static_cast<std::size_t>(focus.index) * area, area), spec.size);
    e.more = meaning.weights.empty()
                 ? fmt::format(
                       "Filter {} answers where ink lies under its **orange** weights and none under its **blue** "
                       "ones. ReLU turns "
                       "every negative answer into 0.",
                       focus.index + 1)
                 : fmt::format("Filter {} is {}. So it answers to **{}**: {}. ReLU turns every negative answer into 0.",
                               focus.index + 1, meaning.weights, meaning.finds, meaning.where);
  } else {
    e.text = fmt::format(
        "This layer reads the maps of the one before. Its filter {} has **{} slices**, one for each map below: {} × {} "
        "= {} products and a bias make **one pixel**.",
        focus.index + 1, below.channels, below.channels, window, number(products));
    e.formula = "y = ReLU( b + \\Sigma_{k,u,v} w_{k,u,v} x_{k,r+u,c+v} )";
    e.more =
        "The first layer found edges. Putting several of them together, this one can find **corners, ends and "
        "bows**. Shown is the slice that counts most here.";
  }
  const Shape shown = out;
  const auto map = std::span(probe.activations.layers[static_cast<std::size_t>(focus.layer + 1)])
                       .subspan(static_cast<std::size_t>(focus.index * shown.height * shown.width),
                                static_cast<std::size_t>(shown.height * shown.width));
  const auto lit = std::count_if(map.begin(), map.end(), [](float v) { return v > 0; });
  e.facts_title = "This layer in numbers";
  e.facts = {{fmt::format("weights: {} × ({} + bias)", out.channels, products),
              number(static_cast<long long>(out.channels) * (products + 1))},
             {"multiplications per picture", number(static_cast<long long>(out.count()) * products)},
             {fmt::format("pixels of map {} above 0", focus.index + 1),
              ordinal_share(static_cast<float>(lit) / static_cast<float>(map.size()))}};
  add_time(e, probe);
  e.filter_layer = focus.layer;
  e.filter = focus.index;
  e.try_text =
      "Follow the window over the picture, and watch the sum change. Or erase a stroke on the pad and see which maps "
      "fall silent.";
  e.actions = {TryAction::kSlide, TryAction::kFilters};
  return e;
}

Explanation explain_pool_pixel(const LearnView& view, const Focus& focus) {
  const Probe& probe = *view.probe;
  const training::NetworkSpec& network = *probe.network;
  const int size = network.layers[static_cast<std::size_t>(focus.layer)].size;
  const Shape in = network.shape_after(focus.layer - 1), out = network.shape_after(focus.layer);
  Explanation e;
  e.heading = "The largest of four stays";
  e.text = fmt::format(
      "Max pooling looks at **{0} × {0} neighbours** of a map and keeps only the largest. {1} × {2} become {3} × {4}: "
      "a quarter of the numbers.",
      size, in.height, in.width, out.height, out.width);
  e.formula = "p_{r,c} = max_{u,v} y_{2r+u, 2c+v}";
  e.more =
      "What counts is **whether** a feature was found around here, no longer exactly where. So a stroke that moves "
      "by one pixel often gives the same result.";
  if (in.height % size != 0) e.more += " An odd last row and column are left out.";
  e.facts_title = "This layer in numbers";
  e.facts = {
      {"weights", "0: nothing to learn"}, {"numbers in", number(in.count())}, {"numbers out", number(out.count())}};
  add_time(e, probe);
  e.try_text = "Move along the map with the arrow keys: where the winner changes, only the picture above knows.";
  e.actions = {TryAction::kSlide};
  return e;
}

Explanation explain_unit(const LearnView& view, const Focus& focus) {
  const Probe& probe = *view.probe;
  const training::NetworkSpec& network = *probe.network;
  const Shape in = network.shape_after(focus.layer - 1), out = network.shape_after(focus.layer);
  const std::string activation = activation_of(network, focus.layer);
  const bool reads_picture = focus.layer == 0, reads_maps = !reads_picture && in.height > 1;
  Explanation e;
  e.heading = "One unit of a dense layer";
  e.text = fmt::format(
      "A dense unit is joined to **every** number before it. It multiplies {} {} by as many weights of its own, adds "
      "them up with a bias, and passes on the result.",
      number(in.count()),
      reads_picture ? "pixels"
      : reads_maps  ? "pooled pixels"
                    : "activations");
  e.formula = sum_formula(activation);
  if (reads_picture) {
    e.more =
        "Its weights, laid out like the picture, show what it looks for: ink on **orange** speaks for it, ink on "
        "**blue** against. ";
  } else if (reads_maps) {
    e.more = "The pooled maps now show weight × activation for this unit: **orange** speaks for it, **blue** against. ";
  } else {
    e.more = "The lines show what reaches it from the layer before: **orange** speaks for it, **blue** against. ";
  }
  e.more += activation_words(activation);
  const float value = shown_value(probe, focus);
  e.facts_title = "In numbers";
  e.facts = {{fmt::format("unit {} now", focus.index + 1), fmt::format("{:.3f}", value)},
             {fmt::format("weights: {} × ({} + bias)", out.channels, number(in.count())),
              number(static_cast<long long>(out.channels) * (in.count() + 1))},
             {"multiplications per picture", number(static_cast<long long>(out.channels) * in.count())}};
  add_time(e, probe);
  e.try_text = reads_picture ? "Compare the weights now with how training changed them."
                             : "Draw on: a unit that never lights up for any digit has learned nothing yet.";
  if (reads_picture) e.actions = {TryAction::kChange};
  return e;
}

Explanation explain_output(const LearnView& view, const Focus& focus) {
  const Probe& probe = *view.probe;
  const training::NetworkSpec& network = *probe.network;
  const Shape in = network.shape_after(focus.layer - 1);
  const training::Activations& read = probe.activations;
  const auto at = static_cast<std::size_t>(focus.index);
  Explanation e;
  e.heading = fmt::format("How sure it is of a {}", focus.index);
  e.text = fmt::format(
      "Each output adds up what the {} units say about its digit: that is its score z. **Softmax** turns the ten "
      "scores "
      "into probabilities, all above 0 and together 100 %.",
      in.count());
  e.formula = "p_{k} = exp( z_{k} ) / \\Sigma_{j} exp( z_{j} )";
  e.more = focus.index == read.digit
               ? fmt::format(
                     "**{}** has the highest score, so this is what the network reads. Sure does not mean right: it "
                     "has only ever seen digits, and will call anything one.",
                     focus.index)
               : fmt::format(
                     "The network reads a **{}** here. Orange lines speak for {}, blue ones against it; a wide line "
                     "counts much.",
                     read.digit, focus.index);
  e.facts_title = "In numbers";
  e.facts = {{"score z", fmt::format("{:.2f}", read.layers.back()[at])},
             {"highest score", fmt::format("{:.2f}", read.layers.back()[static_cast<std::size_t>(read.digit)])},
             {"probability", fmt::format("{:.2f} %", 100 * read.probabilities[at])},
             {fmt::format("weights: 10 × ({} + bias)", in.count()), number(10LL * (in.count() + 1))}};
  add_time(e, probe);
  e.try_text = "Add a bar, or open a loop: watch where the probability goes.";
  return e;
}

}  // namespace warpscope::panels
