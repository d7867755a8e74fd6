// training/inference.h: one picture through a network with everything in between kept, for looking at. Floor 4.
// Plain loops in the order of the formulas, fast enough to follow a pen. Pure functions, any thread.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "compute/training/network.h"

namespace warpscope::training {

struct Activations {
  // layers[i] (channels, height, width) is the output of layer i; the last one holds the logits.
  std::vector<std::vector<float>> layers;
  std::array<float, 10> probabilities{};
  int digit = 0;      // most probable
  int runner_up = 0;  // second
};

// input (channels, height, width) in 0..1. Weights must fit (check_fit). Reuses the memory of `out`.
void infer(const NetworkSpec& network, const Weights& weights, std::span<const float> input, Activations& out);

// How one number of a conv layer's map came about: window (channels, size, size) of the input below, the filter, their
// products, and sum + bias before any activation.
struct WorkedSum {
  int size = 0;
  int channels = 0;
  std::vector<float> window, filter, products;  // (channels, size, size)
  float sum = 0;
  float bias = 0;
  float value() const { return sum + bias; }
};
// `below`: the activations the conv layer reads (the input, or layers[layer - 1]).
WorkedSum worked_sum(const NetworkSpec& network, const Weights& weights, int conv_layer, std::span<const float> below,
                     int map, int row, int column);

}  // namespace warpscope::training
