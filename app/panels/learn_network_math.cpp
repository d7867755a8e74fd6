#include "app/panels/learn_network_math.h"

#include <algorithm>
#include <cmath>

namespace warpscope::panels {

namespace {

using training::LayerKind;

const training::LayerSpec& layer_of(const training::NetworkSpec& network, int layer) {
  return network.layers[static_cast<std::size_t>(layer)];
}

// The layer whose output is shown for `layer`: the activation function after it, where there is one.
int shown_layer(const training::NetworkSpec& network, int layer) {
  if (layer + 1 >= static_cast<int>(network.layers.size())) return layer;
  const LayerKind next = layer_of(network, layer + 1).kind;
  return next == LayerKind::kRelu || next == LayerKind::kSigmoid ? layer + 1 : layer;
}

std::span<const float> output_of(const session::Probe& probe, int layer) {
  if (layer < 0) return probe.input;
  return probe.activations.layers[static_cast<std::size_t>(layer)];
}

float largest_of(const session::Probe& probe, int layer) {
  if (layer_of(*probe.network, layer).kind == LayerKind::kSigmoid) return 1;
  float largest = 1e-6F;
  for (const float value : output_of(probe, layer)) largest = std::max(largest, value);
  return largest;
}

std::size_t at(training::Shape shape, int channel, int row, int column) {
  return static_cast<std::size_t>((channel * shape.height + row) * shape.width + column);
}

bool inside(training::Shape shape, const Focus& focus) {
  return focus.index >= 0 && focus.index < shape.channels && focus.row >= 0 && focus.row < shape.height &&
         focus.column >= 0 && focus.column < shape.width;
}

struct KindPair {
  Focus::Kind focus;
  LayerKind layer;
};
constexpr KindPair kPairs[] = {
    {Focus::Kind::kMapPixel, LayerKind::kConv}, {Focus::Kind::kMap, LayerKind::kConv},
    {Focus::Kind::kFilter, LayerKind::kConv},   {Focus::Kind::kPoolPixel, LayerKind::kMaxPool},
    {Focus::Kind::kUnit, LayerKind::kDense},    {Focus::Kind::kOutput, LayerKind::kDense}};

}  // namespace

bool is_in(const training::NetworkSpec& network, const Focus& focus) {
  if (focus.kind == Focus::Kind::kInput) {
    return inside(network.input, {focus.kind, -1, 0, focus.row, focus.column, {}});
  }
  const int last = static_cast<int>(network.layers.size()) - 1;
  if (focus.layer < 0 || focus.layer > last) return false;
  const bool pixel = focus.kind == Focus::Kind::kMapPixel || focus.kind == Focus::Kind::kPoolPixel;
  const training::Shape shape = network.shape_after(focus.layer);
  if (focus.index < 0 || focus.index >= shape.channels || (pixel && !inside(shape, focus))) return false;
  if ((focus.kind == Focus::Kind::kOutput) != (focus.layer == last)) return false;
  return std::any_of(std::begin(kPairs), std::end(kPairs), [&](const KindPair& pair) {
    return pair.focus == focus.kind && pair.layer == layer_of(network, focus.layer).kind;
  });
}

float shown_value(const session::Probe& probe, const Focus& focus) {
  if (focus.kind == Focus::Kind::kInput) return probe.input[at(probe.network->input, 0, focus.row, focus.column)];
  if (focus.kind == Focus::Kind::kOutput) return probe.activations.probabilities[static_cast<std::size_t>(focus.index)];
  const training::Shape shape = probe.network->shape_after(focus.layer);
  const std::span<const float> values = output_of(probe, shown_layer(*probe.network, focus.layer));
  if (focus.kind == Focus::Kind::kUnit) return values[static_cast<std::size_t>(focus.index)];
  return values[at(shape, focus.index, focus.row, focus.column)];
}

ConvSum conv_sum(const session::Probe& probe, const Focus& focus) {
  const training::WorkedSum worked =
      training::worked_sum(*probe.network, *probe.weights, focus.layer, output_of(probe, focus.layer - 1), focus.index,
                           focus.row, focus.column);
  ConvSum out;
  out.size = worked.size;
  out.channels = worked.channels;
  out.sum = worked.sum;
  out.bias = worked.bias;
  const auto area = static_cast<std::size_t>(worked.size * worked.size);
  for (int c = 0; c < worked.channels; ++c) {
    float sum = 0;
    for (std::size_t i = 0; i < area; ++i) sum += worked.products[static_cast<std::size_t>(c) * area + i];
    if (c > 0 && std::abs(sum) <= std::abs(out.channel_sum)) continue;
    out.channel = c;
    out.channel_sum = sum;
  }
  const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(out.channel) * area);
  const auto end = first + static_cast<std::ptrdiff_t>(area);
  out.window.assign(worked.window.begin() + first, worked.window.begin() + end);
  out.filter.assign(worked.filter.begin() + first, worked.filter.begin() + end);
  out.products.assign(worked.products.begin() + first, worked.products.begin() + end);
  out.result = shown_value(probe, focus);
  out.largest = largest_of(probe, shown_layer(*probe.network, focus.layer));
  return out;
}

PoolSum pool_sum(const session::Probe& probe, const Focus& focus) {
  PoolSum out;
  out.size = layer_of(*probe.network, focus.layer).size;
  const training::Shape below = probe.network->shape_after(focus.layer - 1);
  const std::span<const float> values = output_of(probe, focus.layer - 1);
  for (int i = 0; i < out.size * out.size; ++i) {
    const int row = focus.row * out.size + i / out.size, column = focus.column * out.size + i % out.size;
    out.values.push_back(values[at(below, focus.index, row, column)]);
    if (out.values.back() > out.values[static_cast<std::size_t>(out.winner)]) out.winner = i;
  }
  out.winner_row = focus.row * out.size + out.winner / out.size;
  out.winner_column = focus.column * out.size + out.winner % out.size;
  out.value = shown_value(probe, focus);
  out.largest = largest_of(probe, focus.layer - 1);
  return out;
}

DenseSum dense_sum(const session::Probe& probe, const Focus& focus, int terms) {
  DenseSum out;
  const training::LayerWeights* layer = probe.weights->of_layer(focus.layer);
  const std::span<const float> inputs = output_of(probe, focus.layer - 1);
  out.inputs = static_cast<int>(inputs.size());
  const std::size_t first = static_cast<std::size_t>(focus.index) * inputs.size();
  std::vector<DenseTerm> all;
  all.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const float weight = layer->weight.data[first + i];
    all.push_back({static_cast<int>(i), inputs[i], weight, inputs[i] * weight});
    out.sum += all.back().product;
  }
  const auto kept = std::min(static_cast<std::size_t>(std::max(terms, 0)), all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    [](const DenseTerm& a, const DenseTerm& b) {
                      const float left = std::abs(a.product), right = std::abs(b.product);
                      return left != right ? left > right : a.input < b.input;
                    });
  all.resize(kept);
  out.strongest = std::move(all);
  out.bias = layer->bias.data[static_cast<std::size_t>(focus.index)];
  out.result = shown_value(probe, focus);
  if (focus.kind != Focus::Kind::kOutput) out.largest = largest_of(probe, shown_layer(*probe.network, focus.layer));
  return out;
}

}  // namespace warpscope::panels
