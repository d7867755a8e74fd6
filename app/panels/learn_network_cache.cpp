#include <algorithm>
#include <cmath>

#include "app/panels/learn_network.h"
#include "app/panels/learn_network_math.h"

namespace warpscope::panels {

namespace {

// Below this a layer is taken as silent: its pictures stay dark instead of showing rounding noise at full brightness.
constexpr float kSilent = 1e-6F;

float largest_of(const std::vector<float>& values) {
  float largest = kSilent;
  for (const float value : values) largest = std::max(largest, value);
  return largest;
}

void measure_weights(ProbeCache& cache, const session::Probe& probe) {
  cache.largest_weight.assign(probe.network->layers.size(), 0);
  cache.largest_change.assign(probe.network->layers.size(), 0);
  for (const training::LayerWeights& layer : probe.weights->layers) {
    const auto at = static_cast<std::size_t>(layer.layer);
    const training::LayerWeights* start = probe.start_weights->of_layer(layer.layer);
    float weight = kSilent, change = kSilent;
    for (std::size_t i = 0; i < layer.weight.data.size(); ++i) {
      weight = std::max(weight, std::abs(layer.weight.data[i]));
      if (start != nullptr) change = std::max(change, std::abs(layer.weight.data[i] - start->weight.data[i]));
    }
    cache.largest_weight[at] = weight;
    cache.largest_change[at] = change;
  }
}

}  // namespace

void refresh_cache(ProbeCache& cache, const std::shared_ptr<const session::Probe>& probe) {
  if (cache.probe == probe) return;
  cache.probe = probe;
  ++cache.version;
  if (probe == nullptr) return;
  cache.largest.clear();
  for (const std::vector<float>& layer : probe->activations.layers) cache.largest.push_back(largest_of(layer));
  if (cache.weights != probe->weights) {
    cache.weights = probe->weights;
    ++cache.weights_version;
    measure_weights(cache, *probe);
  }
}

std::span<const float> NetworkFrame::numbers(const scene::NetworkColumn& column) const {
  if (column.layer < 0) return probe.input;
  return probe.activations.layers[static_cast<std::size_t>(column.layer)];
}

float NetworkFrame::largest(const scene::NetworkColumn& column) const {
  if (column.layer < 0) return 1;
  // A sigmoid's numbers lie between 0 and 1 whatever the picture.
  const training::LayerSpec& spec = network().layers[static_cast<std::size_t>(column.layer)];
  return spec.kind == training::LayerKind::kSigmoid ? 1 : cache.largest[static_cast<std::size_t>(column.layer)];
}

int unit_reading(const NetworkFrame& n, const scene::NetworkColumn& column) {
  if (n.focus.kind != Focus::Kind::kUnit) return -1;
  const int at = n.layout.column_of(n.focus.layer, scene::NetworkColumn::Kind::kUnits);
  if (at < 0) return -1;
  const scene::NetworkColumn* reads = &n.layout.columns[static_cast<std::size_t>(at)];
  do {
    reads = &n.layout.columns[static_cast<std::size_t>(reads->reads)];
  } while (reads->kind == scene::NetworkColumn::Kind::kWeights);
  return reads == &column ? n.focus.index : -1;
}

float largest_contribution(const session::Probe& probe, const Focus& focus) {
  if (focus.kind != Focus::Kind::kUnit || !is_in(*probe.network, focus)) return 1;
  const DenseSum sum = dense_sum(probe, focus, 1);
  return sum.strongest.empty() ? 1 : std::max(kSilent, std::abs(sum.strongest.front().product));
}

// Single weights are small beside the largest: 60 % of it is full colour.
float weight_range(const NetworkFrame& n, const scene::NetworkColumn& column) {
  const auto at = static_cast<std::size_t>(column.made_by);
  const float part = column.kind == scene::NetworkColumn::Kind::kWeights ? 0.6F : 1.0F;
  return part * (n.mode == NetworkMode::kChange ? n.cache.largest_change : n.cache.largest_weight)[at];
}

}  // namespace warpscope::panels
