// Networks with every kind of layer where a mistake would hide behind round numbers.
#pragma once

#include <vector>

#include "compute/training/network.h"

namespace warpscope::training {

// Odd sizes, other windows, colour, two activations in a row.
inline std::vector<NetworkSpec> small_odd_networks() {
  constexpr LayerKind kConv = LayerKind::kConv, kPool = LayerKind::kMaxPool, kDense = LayerKind::kDense;
  constexpr LayerKind kRelu = LayerKind::kRelu, kSigmoid = LayerKind::kSigmoid;
  return {
      {"dense only", "", {1, 3, 5}, {{kDense, 10}}},
      {"sigmoids", "", {2, 3, 3}, {{kDense, 7}, {kSigmoid}, {kDense, 5}, {kSigmoid}, {kDense, 10}}},
      {"relu of relu", "", {1, 4, 4}, {{kDense, 9}, {kRelu}, {kRelu}, {kDense, 10}}},
      {"conv without pool", "", {3, 6, 5}, {{kConv, 5, 3}, {kSigmoid}, {kDense, 10}}},
      {"pool first", "", {2, 9, 7}, {{kPool, 0, 2}, {kConv, 3, 2}, {kRelu}, {kDense, 10}}},
      {"pool of three", "", {1, 11, 10}, {{kConv, 6, 2}, {kPool, 0, 3}, {kRelu}, {kDense, 10}}},
      {"three convs",
       "",
       {1, 12, 11},
       {{kConv, 3, 4}, {kRelu}, {kConv, 7, 1}, {kSigmoid}, {kConv, 17, 3}, {kRelu}, {kPool, 0, 2}, {kDense, 10}}},
      {"two pools in colour",
       "",
       {3, 13, 12},
       {{kConv, 5, 3}, {kRelu}, {kPool, 0, 2}, {kConv, 6, 3}, {kRelu}, {kPool, 0, 2}, {kDense, 10}}},
  };
}

inline std::vector<NetworkSpec> all_networks() {
  std::vector<NetworkSpec> all = small_odd_networks();
  all.insert(all.end(), networks().begin(), networks().end());
  all.push_back(with_input(find_network("cnn32-64").value(), {3, 32, 32}).value());
  return all;
}

}  // namespace warpscope::training
