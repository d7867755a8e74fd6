// training/network.h: networks as data. Floor 4. Plain data, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::training {

enum class LayerKind { kConv, kMaxPool, kDense, kRelu, kSigmoid };

// One layer. A softmax with cross entropy follows the last one in every network.
struct LayerSpec {
  LayerKind kind;
  int outputs = 0;  // conv: maps; dense: units; else 0
  int size = 0;     // conv: kernel side (no padding, stride 1); max pool: window side = stride; else 0
};

// Of one sample: channels, height, width. After a dense layer (units, 1, 1).
struct Shape {
  int channels = 1;
  int height = 1;
  int width = 1;
  int count() const { return channels * height * width; }
  bool operator==(const Shape&) const = default;
};

enum class OptimizerKind { kSgd, kMomentum, kAdam };
enum class ScheduleKind { kConstant, kOneCycle };

struct NetworkSpec {
  std::string name;   // "cnn32"
  std::string about;  // "784-128(relu)-10", for people
  Shape input{1, 28, 28};
  std::vector<LayerSpec> layers;
  OptimizerKind optimizer = OptimizerKind::kAdam;  // what it is usually trained with
  float rate = 1e-3F;

  // shape_after(-1) is the input's; a max pool drops the odd row and column.
  Shape shape_after(int layer) const;
  int parameter_count() const;
};

// The five of the product: mlp64-sigmoid, mlp128, mlp128-64, cnn32, cnn32-64.
std::span<const NetworkSpec> networks();
// The error lists the names there are.
base::Result<NetworkSpec> find_network(std::string_view name);
// The same network for other pictures, e.g. cnn32-64 on 32x32x3. Error where a layer would get no pixel.
base::Result<NetworkSpec> with_input(NetworkSpec network, Shape input);

std::string_view text_of(OptimizerKind kind);  // "sgd" "momentum" "adam"
std::string_view text_of(ScheduleKind kind);   // "constant" "one-cycle"
std::string_view text_of(LayerKind kind);      // "conv" "max pool" "dense" "relu" "sigmoid"
base::Result<OptimizerKind> parse_optimizer(std::string_view text);
base::Result<ScheduleKind> parse_schedule(std::string_view text);

// Row-major numbers with a shape, as PyTorch lays them out.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
  bool operator==(const Tensor&) const = default;
};

// Of one layer that has any. conv: weight (maps, channels, size, size); dense: weight (units, inputs), inputs in the
// order channel, row, column. bias (outputs).
struct LayerWeights {
  int layer = 0;  // index into NetworkSpec::layers
  Tensor weight;
  Tensor bias;
  bool operator==(const LayerWeights&) const = default;
};

// All weights of a network, or numbers in the same places: gradients, changes, moments.
struct Weights {
  std::vector<LayerWeights> layers;  // only layers that have weights, in order
  // Null where that layer has no weights.
  const LayerWeights* of_layer(int layer) const;
  bool operator==(const Weights&) const = default;
};

// In front of a ReLU uniform in +-sqrt(6/inputs of a unit), biases 0 (He et al., "Delving deep into rectifiers", 2015);
// else uniform in +-1/sqrt(inputs of a unit), biases too, as PyTorch does. Same seed, same numbers, on every machine
// (std::mt19937_64 draws scaled by hand: distributions differ between standard libraries).
Weights initial_weights(const NetworkSpec& network, std::uint64_t seed);
Weights zeros_like(const Weights& weights);
// A message naming layer and shape where `weights` does not fit `network`.
base::Result<void> check_fit(const NetworkSpec& network, const Weights& weights);

}  // namespace warpscope::training
