// training/backend.h: what does the arithmetic of training. Floor 4. Owned and used by one thread.
// The CPU back end (oneDNN) is handed batches; device back ends (our kernels on a GPU or the virtual one) hold the
// pictures and gather batches themselves, and take several steps at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"
#include "compute/training/augment.h"
#include "compute/training/dataset.h"
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

enum class BackendKind : std::uint8_t { kCpu, kCuda, kVirtual };
inline constexpr std::array kBackendKinds{BackendKind::kCpu, BackendKind::kCuda, BackendKind::kVirtual};
std::string_view text_of(BackendKind kind);  // "cpu" "cuda" "virtual"
base::Result<BackendKind> parse_backend(std::string_view text);

// What the matrix products' inputs are rounded to. Sums, weights and everything else stay f32.
enum class Precision : std::uint8_t { kF32, kF16, kBf16 };
std::string_view text_of(Precision precision);  // "f32" "f16" "bf16"
base::Result<Precision> parse_precision(std::string_view text);

// A drawing that takes part in training: replay. Its picture as the network sees it.
struct ReplaySample {
  std::int64_t id = 0;
  std::vector<std::uint8_t> picture;  // (1, 28, 28)
  int label = 0;
};

// A batch by the names of its pictures: below the number of training pictures one of these, else a drawing.
struct BatchRecipe {
  std::vector<std::uint32_t> pictures;  // (n)
  std::vector<std::uint8_t> labels;     // (n)
  std::vector<PictureChange> changes;   // (n), or empty: no picture is changed
  int from_drawings = 0;                // the last so many of the batch
};
struct PlannedStep {
  BatchRecipe batch;
  float rate = 0;
};
struct StepStats {
  BatchStats stats;
  bool skipped = false;  // a gradient was not finite: no update was made (half precision: the loss scale was lowered)
};

// Where a step's time goes, in seconds; of one step, measured now and then.
struct PhaseTimes {
  double gather = 0, forward = 0, backward = 0, update = 0;
  double all() const { return gather + forward + backward + update; }
};

// Why a back end can do no more. What it returns from then on means nothing.
struct BackendFailure {
  enum class Kind : std::uint8_t { kLost, kOutOfMemory, kOther } kind = Kind::kOther;
  std::string message;
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

  // Weights and moments to go back to, kept where they are: once kept they can be had back any number of times.
  virtual void keep_good() = 0;
  virtual void go_back() = 0;

  virtual BackendKind kind() const { return BackendKind::kCpu; }
  virtual Precision precision() const { return Precision::kF32; }
  // For people: "CPU · 2 cores", "NVIDIA H100 80GB HBM3", "Virtual GPU · 2 cores".
  virtual std::string device_name() const = 0;
  // Of the newest measured step.
  virtual PhaseTimes phase_times() const = 0;
  // Sticky: once there, always there.
  virtual std::optional<BackendFailure> failure() const { return std::nullopt; }

  // How long the newest batch took to come, of back ends that are handed batches: part of their phase_times().
  virtual void note_gather(double /*seconds*/) {}
  // predict() works on so many pictures at a time; multiples of it waste nothing.
  virtual int pictures_at_once() const { return 1; }

  // ---- Back ends that gather their batches

  virtual bool gathers() const { return false; }
  // Training pictures, uploaded once. `drawings` are numbered on from them; called again where there are others.
  virtual base::Result<void> set_pictures(std::shared_ptr<const Dataset> /*train*/) { return {}; }
  virtual base::Result<void> set_drawings(std::span<const ReplaySample> /*drawings*/) { return {}; }
  // Steps in a row, updates included; as many stats as steps, fewer where one failed.
  virtual std::vector<StepStats> train(std::span<const PlannedStep> /*steps*/) { return {}; }
  // So many steps keep a call of train() at about 10 ms; at least 1.
  virtual int steps_at_once() const { return 1; }
};

// `threads` 0: all cores. Gradients and weights are the same bits for the same seed and thread count.
base::Result<std::unique_ptr<Backend>> make_cpu_backend(const NetworkSpec& network, int batch, int threads = 0);

}  // namespace warpscope::training
