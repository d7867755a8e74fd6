// training/plan_builder.h: what step_plan.cpp and plan_layers.cpp build a StepPlan with. Floor 4. For them alone.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compute/training/step_plan.h"

namespace warpscope::training {

inline constexpr int kPlanClasses = 10;
inline constexpr std::int64_t kLineFloats = 64;  // parameters of a layer begin at such multiples
inline constexpr int kChangeNumbers = 8;         // of a picture's change, before the knots of its elastic field

// Layers that one kernel computes together; in the simple plan every layer is one of its own.
struct LayerGroup {
  enum class Kind : std::uint8_t { kConvPool, kConv, kPool, kDense, kActivation };
  Kind kind = Kind::kActivation;
  int first = 0, last = 0;              // index into NetworkSpec::layers
  Shape in, out;                        // of one sample
  int size = 0;                         // conv: side of the kernel; pool: of the window
  std::optional<LayerKind> activation;  // that belongs to it: relu or sigmoid
  bool has_weights() const { return kind == Kind::kConvPool || kind == Kind::kConv || kind == Kind::kDense; }
};
std::vector<LayerGroup> group_layers(const NetworkSpec& network, bool simple);

// Which kernels compute dense layers: dense_forward, ..._backward_data, ..._backward_weights with a suffix.
struct DenseKernels {
  const char* file;
  const char* suffix;
  int tile;    // a block computes tile x tile numbers
  bool tiled;  // sums may be cut, activations are folded in
};

// How the sums of a dense layer are cut so that there is work for a whole GPU.
struct DenseSplit {
  int splits = 1;
  int inputs_per_split = 0;
};
// How the gradients of a convolution's weights are.
struct SampleSplit {
  int splits = 1;
  int samples_per_split = 0;
};

class PlanBuilder {
 public:
  PlanBuilder(const NetworkSpec& network, int batch, int samples, const PlanSettings& settings);

  void add_tensors();
  void add_gather();
  void add_forward();
  void add_probabilities();  // of the forward pass alone
  void add_loss();
  void add_backward();
  void add_update();
  StepPlan take() { return std::move(plan_); }

 private:
  using Arguments = std::vector<PlannedArgument>;

  // ---- Tensors (plan_tensors.cpp)
  int tensor(const std::string& name) const;
  int add_tensor(std::string name, TensorType type, std::vector<std::int64_t> shape);
  void add_parts(const std::string& whole, const std::string& suffix);
  void add_layer_tensors(std::size_t group);
  // Where the gradient of a group's output arrives, and whether the group's activation is in it already.
  bool folds_activation(std::size_t group) const;
  std::string arriving_gradient(std::size_t group) const;
  // The gradient before the group's activation.
  std::string inner_gradient(std::size_t group) const;
  std::string input_of(std::size_t group) const;
  static std::string weight_of(const LayerGroup& group);
  static std::string bias_of(const LayerGroup& group);
  const DenseKernels& dense_kernels() const;
  DenseSplit dense_split(const LayerGroup& group) const;
  SampleSplit sample_split(const LayerGroup& group) const;

  // ---- Arguments and launches
  PlannedArgument reads(std::string name, const std::string& tensor_name) const;
  PlannedArgument writes(std::string name, const std::string& tensor_name) const;
  static PlannedArgument null(std::string name);
  template <class Value>
  static PlannedArgument value(std::string name, Value value) {
    PlannedArgument argument{std::move(name), -1, false, std::vector<std::uint8_t>(sizeof value)};
    std::memcpy(argument.value.data(), &value, sizeof value);
    return argument;
  }
  struct Where {
    const char* file;
    std::string kernel;
    std::string about;
    LaunchPhase phase;
    int layer = -1;
  };
  void launch(Where where, base::Dim3 grid, base::Dim3 block, Arguments arguments, std::uint32_t shared_bytes = 0);
  // A kernel with a thread an element.
  void launch_each(Where where, std::int64_t count, Arguments arguments);

  void add_fused_loss(const std::string& logits, const std::string& gradient);

  // ---- Layers
  void forward_conv_pool(const LayerGroup& g, const std::string& input);
  void forward_conv(const LayerGroup& g, const std::string& input);
  void forward_pool(const LayerGroup& g, const std::string& input);
  void forward_dense(const LayerGroup& g, const std::string& input);
  void forward_activation(const LayerGroup& g, const std::string& input);
  void backward_activation(const LayerGroup& g, const std::string& arriving, const std::string& below);
  // `below`: where the gradient of the group's input goes; empty: nobody needs it.
  void backward_conv_pool(const LayerGroup& g, const std::string& input, const std::string& below);
  void backward_conv(const LayerGroup& g, const std::string& input, const std::string& below);
  void backward_pool(const LayerGroup& g, const std::string& below);
  void backward_dense(std::size_t group, const std::string& input, const std::string& below);

  const NetworkSpec& network_;
  int batch_, samples_;
  const PlanSettings& settings_;
  std::vector<LayerGroup> groups_;
  StepPlan plan_;
};

// "32 of 26 x 26"
std::string picture(const Shape& shape);

// Whether a convolution, relu and pool in one fit into a block's shared memory; `out`: after the pool.
// `goes_on_below`: a gradient of the input is asked for.
bool fits_conv_pool(const Shape& in, const Shape& out, bool goes_on_below);

// Dynamic shared memory of gather_changed.
std::uint32_t changed_shared_bytes(const Shape& picture);

// "5,408"
std::string thousands(std::int64_t number);

}  // namespace warpscope::training
