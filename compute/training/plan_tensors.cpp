// The memory of a training step.
#include <fmt/format.h>

#include <algorithm>

#include "compute/training/augment.h"
#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

std::int64_t up_to_line(std::int64_t count) {
  return (count + kLineFloats - 1) / kLineFloats * kLineFloats;
}

bool is_activation(LayerKind kind) {
  return kind == LayerKind::kRelu || kind == LayerKind::kSigmoid;
}

bool has_weights_below(const NetworkSpec& network, int layer) {
  return std::any_of(network.layers.begin(), network.layers.begin() + layer,
                     [](const LayerSpec& l) { return l.kind == LayerKind::kConv || l.kind == LayerKind::kDense; });
}

// Which layers from `at` on one kernel computes; the first of them decides.
LayerGroup group_at(const NetworkSpec& network, int at, bool simple) {
  const auto& layers = network.layers;
  const auto kind = [&](int i) {
    return i < static_cast<int>(layers.size()) ? std::optional(layers[static_cast<std::size_t>(i)].kind) : std::nullopt;
  };
  const LayerSpec& layer = layers[static_cast<std::size_t>(at)];
  LayerGroup group;
  group.first = group.last = at;
  group.size = layer.size;
  switch (layer.kind) {
    case LayerKind::kConv: {
      const bool pools = kind(at + 1) == LayerKind::kRelu && kind(at + 2) == LayerKind::kMaxPool &&
                         layers[static_cast<std::size_t>(at) + 2].size == 2;
      const bool fused =
          !simple && layer.size == 3 && pools &&
          fits_conv_pool(network.shape_after(at - 1), network.shape_after(at + 2), has_weights_below(network, at));
      group.kind = fused ? LayerGroup::Kind::kConvPool : LayerGroup::Kind::kConv;
      if (fused) group.last = at + 2;
      break;
    }
    case LayerKind::kMaxPool:
      group.kind = LayerGroup::Kind::kPool;
      break;
    case LayerKind::kDense:
      group.kind = LayerGroup::Kind::kDense;
      if (!simple && kind(at + 1) && is_activation(*kind(at + 1))) group.activation = kind(++group.last);
      break;
    case LayerKind::kRelu:
    case LayerKind::kSigmoid:
      group.kind = LayerGroup::Kind::kActivation;
      group.activation = layer.kind;
      break;
  }
  group.in = network.shape_after(group.first - 1);
  group.out = network.shape_after(group.last);
  return group;
}

}  // namespace

std::vector<LayerGroup> group_layers(const NetworkSpec& network, bool simple) {
  std::vector<LayerGroup> groups;
  for (int at = 0; at < static_cast<int>(network.layers.size()); at = groups.back().last + 1) {
    groups.push_back(group_at(network, at, simple));
  }
  return groups;
}

PlanBuilder::PlanBuilder(const NetworkSpec& network, int batch, int samples, const PlanSettings& settings)
    : network_(network),
      batch_(batch),
      samples_(samples),
      settings_(settings),
      groups_(group_layers(network, settings.simple)) {}

int PlanBuilder::tensor(const std::string& name) const {
  return plan_.find(name);
}

int PlanBuilder::add_tensor(std::string name, TensorType type, std::vector<std::int64_t> shape) {
  plan_.tensors.push_back({std::move(name), type, std::move(shape), -1, 0});
  return static_cast<int>(plan_.tensors.size()) - 1;
}

// One array for the whole network, and each layer's part of it.
void PlanBuilder::add_parts(const std::string& whole, const std::string& suffix) {
  const int all = add_tensor(whole, TensorType::kF32, {0});
  std::int64_t next = 0;
  const auto add = [&](const std::string& name, std::int64_t first, std::vector<std::int64_t> shape) {
    PlannedTensor& added =
        plan_.tensors[static_cast<std::size_t>(add_tensor(name, TensorType::kF32, std::move(shape)))];
    added.part_of = all;
    added.first_element = first;
    return static_cast<std::int64_t>(added.size_bytes() / sizeof(float));
  };
  for (const LayerGroup& g : groups_) {
    if (!g.has_weights()) continue;
    const int units = network_.layers[static_cast<std::size_t>(g.first)].outputs;
    const bool dense = g.kind == LayerGroup::Kind::kDense;
    const std::vector<std::int64_t> shape = dense ? std::vector<std::int64_t>{units, g.in.count()}
                                                  : std::vector<std::int64_t>{units, g.in.channels, g.size, g.size};
    const std::int64_t weights = add(weight_of(g) + suffix, next, shape);
    // The biases come right behind: some kernels write both as one.
    const std::int64_t both = weights + add(bias_of(g) + suffix, next + weights, {units});
    if (!suffix.empty() && g.kind == LayerGroup::Kind::kConvPool) {
      add(fmt::format("layer {} gradients", g.first), next, {both});
    }
    next = up_to_line(next + both);
  }
  plan_.tensors[static_cast<std::size_t>(all)].shape = {next};
}

bool PlanBuilder::folds_activation(std::size_t group) const {
  return groups_[group].kind == LayerGroup::Kind::kDense && groups_[group].activation && group + 1 < groups_.size() &&
         groups_[group + 1].kind == LayerGroup::Kind::kDense;
}

std::string PlanBuilder::inner_gradient(std::size_t group) const {
  const LayerGroup& g = groups_[group];
  const bool inner = g.kind == LayerGroup::Kind::kDense && g.activation;
  return fmt::format("layer {} output gradient", inner ? g.first : g.last);
}

std::string PlanBuilder::arriving_gradient(std::size_t group) const {
  return folds_activation(group) ? inner_gradient(group) : fmt::format("layer {} output gradient", groups_[group].last);
}

std::string PlanBuilder::input_of(std::size_t group) const {
  return group == 0 ? "images" : fmt::format("layer {} output", groups_[group - 1].last);
}

std::string PlanBuilder::weight_of(const LayerGroup& group) {
  return fmt::format("layer {} weight", group.first);
}

std::string PlanBuilder::bias_of(const LayerGroup& group) {
  return fmt::format("layer {} bias", group.first);
}

void PlanBuilder::add_layer_tensors(std::size_t group) {
  const LayerGroup& g = groups_[group];
  const auto shape_of = [&](const Shape& s) -> std::vector<std::int64_t> {
    if (s.height == 1 && s.width == 1) return {batch_, s.channels};
    return {batch_, s.channels, s.height, s.width};
  };
  add_tensor(fmt::format("layer {} output", g.last), TensorType::kF32, shape_of(g.out));
  add_tensor(arriving_gradient(group), TensorType::kF32, shape_of(g.out));
  if (inner_gradient(group) != arriving_gradient(group)) {
    add_tensor(inner_gradient(group), TensorType::kF32, shape_of(g.out));
  }
  if (g.kind == LayerGroup::Kind::kPool || g.kind == LayerGroup::Kind::kConvPool) {
    add_tensor(fmt::format("layer {} chosen", g.last), TensorType::kU8, shape_of(g.out));
  }
  const std::string partial = fmt::format("layer {} partial sums", g.first);
  if (g.kind == LayerGroup::Kind::kDense && dense_split(g).splits > 1) {
    add_tensor(partial, TensorType::kF32, {dense_split(g).splits, batch_, g.out.count()});
  }
  if (g.kind == LayerGroup::Kind::kConvPool) {
    const int numbers = g.out.channels * (g.in.channels * 9 + 1);
    add_tensor(partial, TensorType::kF32, {sample_split(g).splits, numbers});
  }
}

void PlanBuilder::add_tensors() {
  const std::int64_t steps = kStepsUploaded, batch = batch_;
  const Shape& s = network_.input;
  const std::int64_t knots = std::int64_t{knots_along(s.width)} * knots_along(s.height);
  add_tensor("pictures", TensorType::kU8, {0, s.channels, s.height, s.width});  // as many as its owner puts there
  add_tensor("order", TensorType::kU32, {steps, batch});
  add_tensor("order labels", TensorType::kU8, {steps, batch});
  add_tensor("changes", TensorType::kF32, {steps, batch, kChangeNumbers + 2 * knots});
  add_tensor("rates", TensorType::kF32, {steps, 4});
  add_tensor("counter", TensorType::kI32, {4});
  add_tensor("state", TensorType::kI32, {4});
  add_tensor("metrics", TensorType::kF32, {steps, 4});
  add_tensor("confusion", TensorType::kU32, {kPlanClasses, kPlanClasses});
  add_tensor("images", TensorType::kF32, {batch, s.channels, s.height, s.width});
  add_tensor("labels", TensorType::kU8, {batch});
  add_parts("parameters", "");
  add_parts("gradients", " gradient");
  const std::vector<std::int64_t> all = plan_.tensors[static_cast<std::size_t>(tensor("parameters"))].shape;
  add_tensor("first moments", TensorType::kF32, all);
  add_tensor("second moments", TensorType::kF32, all);
  for (std::size_t i = 0; i < groups_.size(); ++i) add_layer_tensors(i);
  add_tensor("probabilities", TensorType::kF32, {batch, kPlanClasses});
  add_tensor("losses", TensorType::kF32, {batch});
}

}  // namespace warpscope::training
