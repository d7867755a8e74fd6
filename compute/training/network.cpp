#include "compute/training/network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace warpscope::training {
namespace {

using base::fail;
using base::Result;

// The short forms keep the table of networks readable.
LayerSpec conv3(int maps) {
  return {LayerKind::kConv, maps, 3};
}
LayerSpec max_pool2() {
  return {LayerKind::kMaxPool, 0, 2};
}
LayerSpec dense(int units) {
  return {LayerKind::kDense, units, 0};
}
LayerSpec relu() {
  return {LayerKind::kRelu, 0, 0};
}
LayerSpec sigmoid() {
  return {LayerKind::kSigmoid, 0, 0};
}

template <class Kind>
struct NamedKind {
  Kind kind;
  std::string_view name;
};
constexpr NamedKind<OptimizerKind> kOptimizers[] = {
    {OptimizerKind::kSgd, "sgd"}, {OptimizerKind::kMomentum, "momentum"}, {OptimizerKind::kAdam, "adam"}};
constexpr NamedKind<ScheduleKind> kSchedules[] = {{ScheduleKind::kConstant, "constant"},
                                                  {ScheduleKind::kOneCycle, "one-cycle"}};
constexpr NamedKind<LayerKind> kLayers[] = {{LayerKind::kConv, "conv"},
                                            {LayerKind::kMaxPool, "max pool"},
                                            {LayerKind::kDense, "dense"},
                                            {LayerKind::kRelu, "relu"},
                                            {LayerKind::kSigmoid, "sigmoid"}};

template <class Kind, std::size_t kCount>
std::string_view name_of(const NamedKind<Kind> (&table)[kCount], Kind kind) {
  for (const auto& entry : table) {
    if (entry.kind == kind) return entry.name;
  }
  return "?";
}

template <class Kind, std::size_t kCount>
Result<Kind> kind_of(const NamedKind<Kind> (&table)[kCount], std::string_view what, std::string_view text) {
  std::string names;
  for (const auto& entry : table) {
    if (entry.name == text) return entry.kind;
    names += names.empty() ? "" : ", ";
    names += entry.name;
  }
  return fail(fmt::format("there is no {} '{}'; there are: {}", what, text, names));
}

Shape shape_through(const LayerSpec& layer, Shape in) {
  switch (layer.kind) {
    case LayerKind::kConv:
      return {layer.outputs, in.height - layer.size + 1, in.width - layer.size + 1};
    case LayerKind::kMaxPool:
      return {in.channels, in.height / layer.size, in.width / layer.size};
    case LayerKind::kDense:
      return {layer.outputs, 1, 1};
    case LayerKind::kRelu:
    case LayerKind::kSigmoid:
      return in;
  }
  return in;
}

bool has_weights(const LayerSpec& layer) {
  return layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDense;
}

std::vector<std::int64_t> weight_shape(const LayerSpec& layer, Shape in) {
  if (layer.kind == LayerKind::kConv) return {layer.outputs, in.channels, layer.size, layer.size};
  return {layer.outputs, in.count()};
}

std::size_t product(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  return count;
}

Tensor zeros(std::vector<std::int64_t> shape) {
  const std::size_t count = product(shape);
  return {std::move(shape), std::vector<float>(count, 0.0F)};
}

Result<void> check_tensor(const NetworkSpec& network, int layer, std::string_view what, const Tensor& tensor,
                          const std::vector<std::int64_t>& expected) {
  if (tensor.shape == expected && tensor.data.size() == product(expected)) return {};
  return fail(
      fmt::format("the weights do not fit {}: layer {} ({}) needs a {} of shape ({}), found ({}) with {} numbers",
                  network.name, layer, text_of(network.layers[static_cast<std::size_t>(layer)].kind), what,
                  fmt::join(expected, ", "), fmt::join(tensor.shape, ", "), tensor.data.size()));
}

}  // namespace

Shape NetworkSpec::shape_after(int layer) const {
  Shape shape = input;
  for (int i = 0; i <= layer; ++i) shape = shape_through(layers[static_cast<std::size_t>(i)], shape);
  return shape;
}

int NetworkSpec::parameter_count() const {
  int count = 0;
  Shape shape = input;
  for (const LayerSpec& layer : layers) {
    if (has_weights(layer)) count += static_cast<int>(product(weight_shape(layer, shape))) + layer.outputs;
    shape = shape_through(layer, shape);
  }
  return count;
}

std::span<const NetworkSpec> networks() {
  constexpr Shape kDigit{1, 28, 28};
  static const std::array<NetworkSpec, 5> kNetworks = {{
      {"mlp64-sigmoid", "784-64(sigmoid)-10", kDigit, {dense(64), sigmoid(), dense(10)}, OptimizerKind::kSgd, 0.5F},
      {"mlp128", "784-128(relu)-10", kDigit, {dense(128), relu(), dense(10)}, OptimizerKind::kAdam, 1e-3F},
      {"mlp128-64",
       "784-128(relu)-64(relu)-10",
       kDigit,
       {dense(128), relu(), dense(64), relu(), dense(10)},
       OptimizerKind::kAdam,
       1e-3F},
      {"cnn32",
       "conv3x3x32(relu)-pool2-64(relu)-10",
       kDigit,
       {conv3(32), relu(), max_pool2(), dense(64), relu(), dense(10)},
       OptimizerKind::kAdam,
       1e-3F},
      {"cnn32-64",
       "conv3x3x32(relu)-pool2-conv3x3x64(relu)-pool2-64(relu)-10",
       kDigit,
       {conv3(32), relu(), max_pool2(), conv3(64), relu(), max_pool2(), dense(64), relu(), dense(10)},
       OptimizerKind::kAdam,
       1e-3F},
  }};
  return kNetworks;
}

Result<NetworkSpec> find_network(std::string_view name) {
  std::string names;
  for (const NetworkSpec& network : networks()) {
    if (network.name == name) return network;
    names += names.empty() ? "" : ", ";
    names += network.name;
  }
  return fail(fmt::format("there is no network '{}'; there are: {}", name, names));
}

Result<NetworkSpec> with_input(NetworkSpec network, Shape input) {
  if (input.channels < 1 || input.height < 1 || input.width < 1) {
    return fail(fmt::format("a network cannot read pictures of {}x{} with {} channels: each must be at least 1",
                            input.width, input.height, input.channels));
  }
  network.input = input;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const Shape shape = network.shape_after(i);
    if (shape.height >= 1 && shape.width >= 1) continue;
    const Shape below = network.shape_after(i - 1);
    return fail(fmt::format(
        "{} cannot read pictures of {}x{}: layer {} ({} {}x{}) would get {}x{} pixels and have none left", network.name,
        input.width, input.height, i, text_of(network.layers[static_cast<std::size_t>(i)].kind),
        network.layers[static_cast<std::size_t>(i)].size, network.layers[static_cast<std::size_t>(i)].size, below.width,
        below.height));
  }
  return network;
}

std::string_view text_of(OptimizerKind kind) {
  return name_of(kOptimizers, kind);
}
std::string_view text_of(ScheduleKind kind) {
  return name_of(kSchedules, kind);
}
std::string_view text_of(LayerKind kind) {
  return name_of(kLayers, kind);
}
Result<OptimizerKind> parse_optimizer(std::string_view text) {
  return kind_of(kOptimizers, "optimiser", text);
}
Result<ScheduleKind> parse_schedule(std::string_view text) {
  return kind_of(kSchedules, "schedule", text);
}

const LayerWeights* Weights::of_layer(int layer) const {
  for (const LayerWeights& entry : layers) {
    if (entry.layer == layer) return &entry;
  }
  return nullptr;
}

Weights initial_weights(const NetworkSpec& network, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  Weights weights;
  Shape below = network.input;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const LayerSpec& layer = network.layers[i];
    if (has_weights(layer)) {
      LayerWeights entry{static_cast<int>(i), zeros(weight_shape(layer, below)), zeros({layer.outputs})};
      const auto inputs_of_a_unit = entry.weight.data.size() / static_cast<std::size_t>(layer.outputs);
      const bool before_relu = i + 1 < network.layers.size() && network.layers[i + 1].kind == LayerKind::kRelu;
      const double bound = std::sqrt((before_relu ? 6.0 : 1.0) / static_cast<double>(inputs_of_a_unit));
      const auto fill = [&](std::vector<float>& data) {
        for (float& value : data) {
          const double unit = static_cast<double>(generator() >> 11) * 0x1p-53;  // 53 random bits in [0, 1)
          value = static_cast<float>((2.0 * unit - 1.0) * bound);
        }
      };
      fill(entry.weight.data);
      if (!before_relu) fill(entry.bias.data);
      weights.layers.push_back(std::move(entry));
    }
    below = shape_through(layer, below);
  }
  return weights;
}

Weights zeros_like(const Weights& weights) {
  Weights result = weights;
  for (LayerWeights& layer : result.layers) {
    std::fill(layer.weight.data.begin(), layer.weight.data.end(), 0.0F);
    std::fill(layer.bias.data.begin(), layer.bias.data.end(), 0.0F);
  }
  return result;
}

Result<void> check_fit(const NetworkSpec& network, const Weights& weights) {
  std::size_t next = 0;
  Shape below = network.input;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const LayerSpec& layer = network.layers[static_cast<std::size_t>(i)];
    if (has_weights(layer)) {
      if (next >= weights.layers.size() || weights.layers[next].layer != i) {
        return fail(fmt::format("the weights do not fit {}: none for layer {} ({} {})", network.name, i,
                                text_of(layer.kind), layer.outputs));
      }
      const LayerWeights& entry = weights.layers[next++];
      if (auto fit = check_tensor(network, i, "weight", entry.weight, weight_shape(layer, below)); !fit) return fit;
      if (auto fit = check_tensor(network, i, "bias", entry.bias, {layer.outputs}); !fit) return fit;
    }
    below = shape_through(layer, below);
  }
  if (next != weights.layers.size()) {
    return fail(fmt::format("the weights do not fit {}: it has {} layers with weights, found {}", network.name, next,
                            weights.layers.size()));
  }
  return {};
}

}  // namespace warpscope::training
