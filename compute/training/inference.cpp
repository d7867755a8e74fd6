#include "compute/training/inference.h"

#include <algorithm>
#include <cmath>

#include "compute/training/vector_clones.h"

namespace warpscope::training {
namespace {

// Of one output map. out (height, width): bias, then the terms of the sum in the order channel, row, column of the
// filter.
WARPSCOPE_VECTOR_CLONES
void conv_map(const float* in, Shape below, const float* filter, int size, float bias, float* __restrict out) {
  const int height = below.height - size + 1;
  const int width = below.width - size + 1;
  std::fill_n(out, height * width, bias);
  for (int c = 0; c < below.channels; ++c) {
    const float* const channel = in + c * below.height * below.width;
    for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j) {
        const float weight = filter[(c * size + i) * size + j];
        for (int y = 0; y < height; ++y) {
          const float* const row = channel + (y + i) * below.width + j;
          for (int x = 0; x < width; ++x) out[y * width + x] += weight * row[x];
        }
      }
    }
  }
}

// Sixteen sums side by side, then one of them: a fixed order that vector units can follow.
WARPSCOPE_VECTOR_CLONES
float dot(const float* a, const float* b, int count) {
  constexpr int kLanes = 16;
  float sums[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float total = 0;
  for (const float sum : sums) total += sum;
  for (; i < count; ++i) total += a[i] * b[i];
  return total;
}

void conv(const LayerWeights& weights, const LayerSpec& layer, Shape below, const float* in, float* out) {
  const std::size_t filter_count = static_cast<std::size_t>(below.channels) * static_cast<std::size_t>(layer.size) *
                                   static_cast<std::size_t>(layer.size);
  const std::size_t map_count =
      static_cast<std::size_t>(below.height - layer.size + 1) * static_cast<std::size_t>(below.width - layer.size + 1);
  for (std::size_t map = 0; map < static_cast<std::size_t>(layer.outputs); ++map) {
    conv_map(in, below, weights.weight.data.data() + map * filter_count, layer.size, weights.bias.data[map],
             out + map * map_count);
  }
}

void max_pool(int size, Shape below, const float* in, float* out) {
  const int height = below.height / size;
  const int width = below.width / size;
  for (int c = 0; c < below.channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const float* const window = in + (c * below.height + y * size) * below.width + x * size;
        float largest = window[0];
        for (int i = 0; i < size; ++i) {
          for (int j = 0; j < size; ++j) largest = std::max(largest, window[i * below.width + j]);
        }
        *out++ = largest;
      }
    }
  }
}

void dense(const LayerWeights& weights, int inputs, const float* in, std::span<float> out) {
  for (std::size_t unit = 0; unit < out.size(); ++unit) {
    const float* const row = weights.weight.data.data() + unit * static_cast<std::size_t>(inputs);
    out[unit] = weights.bias.data[unit] + dot(row, in, inputs);
  }
}

void run_layer(const LayerSpec& layer, const LayerWeights* weights, Shape below, const float* in,
               std::vector<float>& out) {
  switch (layer.kind) {
    case LayerKind::kConv:
      return conv(*weights, layer, below, in, out.data());
    case LayerKind::kMaxPool:
      return max_pool(layer.size, below, in, out.data());
    case LayerKind::kDense:
      return dense(*weights, below.count(), in, out);
    case LayerKind::kRelu:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::max(in[i], 0.0F);
      return;
    case LayerKind::kSigmoid:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = 1.0F / (1.0F + std::exp(-in[i]));
      return;
  }
}

void read_digit(const std::vector<float>& logits, Activations& out) {
  const std::size_t classes = std::min(logits.size(), out.probabilities.size());
  const float largest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  out.probabilities.fill(0);
  for (std::size_t i = 0; i < classes; ++i) sum += out.probabilities[i] = std::exp(logits[i] - largest);
  for (float& probability : out.probabilities) probability /= sum;
  const auto& p = out.probabilities;
  out.digit = static_cast<int>(std::max_element(p.begin(), p.end()) - p.begin());
  out.runner_up = out.digit == 0 ? 1 : 0;
  for (int i = 0; i < static_cast<int>(p.size()); ++i) {
    if (i != out.digit && p[static_cast<std::size_t>(i)] > p[static_cast<std::size_t>(out.runner_up)])
      out.runner_up = i;
  }
}

}  // namespace

void infer(const NetworkSpec& network, const Weights& weights, std::span<const float> input, Activations& out) {
  out.layers.resize(network.layers.size());
  Shape below = network.input;
  const float* in = input.data();
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Shape shape = network.shape_after(static_cast<int>(i));
    out.layers[i].resize(static_cast<std::size_t>(shape.count()));
    run_layer(network.layers[i], weights.of_layer(static_cast<int>(i)), below, in, out.layers[i]);
    below = shape;
    in = out.layers[i].data();
  }
  read_digit(out.layers.back(), out);
}

WorkedSum worked_sum(const NetworkSpec& network, const Weights& weights, int conv_layer, std::span<const float> below,
                     int map, int row, int column) {
  const LayerSpec& layer = network.layers[static_cast<std::size_t>(conv_layer)];
  const LayerWeights& of_layer = *weights.of_layer(conv_layer);
  const Shape shape = network.shape_after(conv_layer - 1);
  WorkedSum worked;
  worked.size = layer.size;
  worked.channels = shape.channels;
  const auto count = static_cast<std::size_t>(shape.channels * layer.size * layer.size);
  const auto first = of_layer.weight.data.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(map) * count);
  worked.filter.assign(first, first + static_cast<std::ptrdiff_t>(count));
  for (int c = 0; c < shape.channels; ++c) {
    for (int i = 0; i < layer.size; ++i) {
      const auto at = static_cast<std::size_t>((c * shape.height + row + i) * shape.width + column);
      for (std::size_t j = 0; j < static_cast<std::size_t>(layer.size); ++j) worked.window.push_back(below[at + j]);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    worked.products.push_back(worked.window[i] * worked.filter[i]);
    worked.sum += worked.products.back();
  }
  worked.bias = of_layer.bias.data[static_cast<std::size_t>(map)];
  return worked;
}

}  // namespace warpscope::training
