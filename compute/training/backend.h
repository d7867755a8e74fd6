// training/backend.h: what does the arithmetic of training. Floor 4. Owned and used by one thread.
// The CPU back end (oneDNN) implements it; others can.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "compute/base/error.h"
#include "compute/training/network.h"

namespace warpscope::training {

struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::kAdam;
  float momentum = 0.9F;  // of kMomentum
  float beta1 = 0.9F;     // of kAdam; PyTorch's defaults
  float beta2 = 0.999F;
  float epsilon = 1e-8F;
  bool operator==(const OptimizerSettings&) const = default;
};

// What an optimiser remembers: moments in the weights' places and how many updates it made. Empty for plain SGD.
struct OptimizerState {
  Weights first;   // momentum, or Adam's m
  Weights second;  // Adam's v
  std::int64_t updates = 0;
};

struct BatchStats {
  float loss = 0;   // mean cross entropy of the batch
  int correct = 0;  // samples whose most probable class was the label
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  // "cpu"

  // images (n, channels, height, width) in 0..1, labels (n). Leaves gradients of the mean loss behind.
  virtual BatchStats forward_backward(std::span<const float> images, std::span<const std::uint8_t> labels) = 0;
  // One optimiser step with the gradients of the last forward_backward.
  virtual void update(float rate) = 0;
  // probabilities (n, 10); n = images.size() / input count, any number.
  virtual void predict(std::span<const float> images, std::span<float> probabilities) = 0;

  // Copies in PyTorch's layout, whatever the back end uses inside.
  virtual Weights weights() const = 0;
  virtual Weights gradients() const = 0;
  virtual base::Result<void> set_weights(const Weights& weights) = 0;
  virtual OptimizerState optimizer_state() const = 0;
  virtual base::Result<void> set_optimizer_state(const OptimizerState& state) = 0;
  // Another optimiser starts with fresh moments; the same one keeps them.
  virtual void set_optimizer(const OptimizerSettings& settings) = 0;
  // Per-sample losses and probabilities (n, 10) of the last forward_backward.
  virtual std::span<const float> sample_losses() const = 0;
  virtual std::span<const float> sample_probabilities() const = 0;
};

// `threads` 0: all cores. Gradients and weights are the same bits for the same seed and thread count.
base::Result<std::unique_ptr<Backend>> make_cpu_backend(const NetworkSpec& network, int batch, int threads = 0);

}  // namespace warpscope::training
