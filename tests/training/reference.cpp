#include "tests/training/reference.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/training/helpers.h"

namespace warpscope::training {
namespace {

using Numbers = std::vector<double>;

// y[m][r][s] = b[m] + sum over c, i, j of w[m][c][i][j] x[c][r+i][s+j]
Numbers conv(const Numbers& x, Shape in, const Numbers& w, const Numbers& b, int maps, int size) {
  const int height = in.height - size + 1, width = in.width - size + 1;
  Numbers y;
  for (int m = 0; m < maps; ++m) {
    for (int r = 0; r < height; ++r) {
      for (int s = 0; s < width; ++s) {
        double sum = b[m];
        for (int c = 0; c < in.channels; ++c) {
          for (int i = 0; i < size; ++i) {
            for (int j = 0; j < size; ++j) {
              sum += w[((m * in.channels + c) * size + i) * size + j] * x[(c * in.height + r + i) * in.width + s + j];
            }
          }
        }
        y.push_back(sum);
      }
    }
  }
  return y;
}

Numbers max_pool(const Numbers& x, Shape in, int size) {
  Numbers y;
  for (int c = 0; c < in.channels; ++c) {
    for (int r = 0; r < in.height / size; ++r) {
      for (int s = 0; s < in.width / size; ++s) {
        double largest = -INFINITY;
        for (int i = 0; i < size; ++i) {
          for (int j = 0; j < size; ++j) {
            largest = std::max(largest, x[(c * in.height + r * size + i) * in.width + s * size + j]);
          }
        }
        y.push_back(largest);
      }
    }
  }
  return y;
}

Numbers dense(const Numbers& x, const Numbers& w, const Numbers& b) {
  Numbers y;
  for (std::size_t unit = 0; unit < b.size(); ++unit) {
    double sum = b[unit];
    for (std::size_t i = 0; i < x.size(); ++i) sum += w[unit * x.size() + i] * x[i];
    y.push_back(sum);
  }
  return y;
}

}  // namespace

ReferenceNetwork::ReferenceNetwork(NetworkSpec network, const Weights& weights) : network_(std::move(network)) {
  for (const LayerWeights& layer : weights.layers) {
    weights_.push_back(to_double(layer.weight.data));
    biases_.push_back(to_double(layer.bias.data));
  }
}

std::vector<Numbers> ReferenceNetwork::forward(std::span<const double> input) const {
  std::vector<Numbers> outputs;
  Numbers x(input.begin(), input.end());
  Shape shape = network_.input;
  std::size_t k = 0;
  for (const LayerSpec& layer : network_.layers) {
    switch (layer.kind) {
      case LayerKind::kConv:
        x = conv(x, shape, weights_[k], biases_[k], layer.outputs, layer.size);
        shape = {layer.outputs, shape.height - layer.size + 1, shape.width - layer.size + 1};
        ++k;
        break;
      case LayerKind::kMaxPool:
        x = max_pool(x, shape, layer.size);
        shape = {shape.channels, shape.height / layer.size, shape.width / layer.size};
        break;
      case LayerKind::kDense:
        x = dense(x, weights_[k], biases_[k]);
        shape = {layer.outputs, 1, 1};
        ++k;
        break;
      case LayerKind::kRelu:
        for (double& v : x) v = v > 0 ? v : 0;
        break;
      case LayerKind::kSigmoid:
        for (double& v : x) v = 1 / (1 + std::exp(-v));
        break;
    }
    outputs.push_back(x);
  }
  return outputs;
}

Numbers ReferenceNetwork::probabilities(std::span<const double> input) const {
  Numbers p = forward(input).back();
  const double largest = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& v : p) sum += v = std::exp(v - largest);
  for (double& v : p) v /= sum;
  return p;
}

double ReferenceNetwork::loss(std::span<const double> images, std::span<const std::uint8_t> labels) const {
  const std::size_t pixels = images.size() / labels.size();
  double sum = 0;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    sum -= std::log(probabilities(images.subspan(n * pixels, pixels))[labels[n]]);
  }
  return sum / static_cast<double>(labels.size());
}

Numbers to_double(std::span<const float> values) {
  return {values.begin(), values.end()};
}

std::vector<float> random_images(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> images(count);
  for (float& value : images) value = static_cast<float>(generator() >> 8) * 0x1p-24F;
  return images;
}

}  // namespace warpscope::training
