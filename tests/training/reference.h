// A network in double precision, written as its formulas say and in no other way: what the fast ones are compared with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/training/network.h"

namespace warpscope::training {

class ReferenceNetwork {
 public:
  ReferenceNetwork(NetworkSpec network, const Weights& weights);

  // layers[i] is the output of layer i for one input.
  std::vector<std::vector<double>> forward(std::span<const double> input) const;
  std::vector<double> probabilities(std::span<const double> input) const;
  // Mean cross entropy of a batch.
  double loss(std::span<const double> images, std::span<const std::uint8_t> labels) const;

  // Parameters, to be moved a little: of the k-th layer that has any.
  std::vector<double>& weight(std::size_t k) { return weights_[k]; }
  std::vector<double>& bias(std::size_t k) { return biases_[k]; }

 private:
  NetworkSpec network_;
  std::vector<std::vector<double>> weights_;
  std::vector<std::vector<double>> biases_;
};

std::vector<double> to_double(std::span<const float> values);

}  // namespace warpscope::training
