// The launches of a training step, but those of dense layers (plan_dense.cpp).
#include <fmt/format.h>

#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

constexpr std::uint32_t kBlock = 256;  // of kernels with a thread an element

std::uint32_t blocks(std::int64_t count, std::int64_t of) {
  return static_cast<std::uint32_t>((count + of - 1) / of);
}

std::string output_of(const LayerGroup& g) {
  return fmt::format("layer {} output", g.last);
}
std::string gradient_of(const LayerGroup& g) {
  return fmt::format("layer {} output gradient", g.last);
}
std::string chosen_of(const LayerGroup& g) {
  return fmt::format("layer {} chosen", g.last);
}

}  // namespace

std::string picture(const Shape& s) {
  return fmt::format("{} of {} x {}", s.channels, s.height, s.width);
}

PlannedArgument PlanBuilder::reads(std::string name, const std::string& tensor_name) const {
  return {std::move(name), tensor(tensor_name), false, {}};
}

PlannedArgument PlanBuilder::writes(std::string name, const std::string& tensor_name) const {
  return {std::move(name), tensor(tensor_name), true, {}};
}

PlannedArgument PlanBuilder::null(std::string name) {
  return {std::move(name), -1, false, {}};
}

void PlanBuilder::launch(Where where, base::Dim3 grid, base::Dim3 block, Arguments arguments,
                         std::uint32_t shared_bytes) {
  plan_.launches.push_back({where.file, std::move(where.kernel), std::move(where.about), where.phase, where.layer, grid,
                            block, shared_bytes, std::move(arguments)});
}

void PlanBuilder::launch_each(Where where, std::int64_t count, Arguments arguments) {
  launch(std::move(where), {blocks(count, kBlock)}, {kBlock}, std::move(arguments));
}

// ---- Gather

void PlanBuilder::add_gather() {
  const Shape& s = network_.input;
  const auto n = static_cast<std::uint32_t>(samples_);
  Arguments arguments = {reads("pictures", "pictures"), reads("order", "order"), reads("order_labels", "order labels")};
  if (settings_.augmented) arguments.push_back(reads("changes", "changes"));
  arguments.push_back(reads("counter", "counter"));
  arguments.push_back(writes("images", "images"));
  arguments.push_back(writes("labels", "labels"));
  arguments.push_back(value("batch", batch_));
  const std::string about = fmt::format("Gather {} pictures", samples_);
  if (!settings_.augmented) {
    arguments.push_back(value("pixels", s.count()));
    return launch({"train_gather", "gather_plain", about, LaunchPhase::kGather}, {blocks(s.count(), 4 * kBlock), n},
                  {kBlock}, std::move(arguments));
  }
  const PlannedTensor& changes = plan_.tensors[static_cast<std::size_t>(tensor("changes"))];
  for (const auto& [name, number] : {std::pair{"channels", s.channels}, std::pair{"height", s.height},
                                     std::pair{"width", s.width}, std::pair{"change_stride", int(changes.shape[2])}}) {
    arguments.push_back(value(name, number));
  }
  launch({"train_gather", "gather_changed", about + ", changed", LaunchPhase::kGather},
         {n, static_cast<std::uint32_t>(s.channels)}, {kBlock}, std::move(arguments), changed_shared_bytes(s));
}

// ---- Forward

void PlanBuilder::add_forward() {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const LayerGroup& g = groups_[i];
    const std::string input = input_of(i);
    switch (g.kind) {
      case LayerGroup::Kind::kConvPool:
        forward_conv_pool(g, input);
        break;
      case LayerGroup::Kind::kConv:
        forward_conv(g, input);
        break;
      case LayerGroup::Kind::kPool:
        forward_pool(g, input);
        break;
      case LayerGroup::Kind::kDense:
        forward_dense(g, input);
        break;
      case LayerGroup::Kind::kActivation:
        forward_activation(g, input);
        break;
    }
  }
}

void PlanBuilder::forward_conv(const LayerGroup& g, const std::string& input) {
  const std::string about = fmt::format("Convolution {0}x{0}, {1} to {2}", g.size, picture(g.in), picture(g.out));
  launch({"train_conv", "conv_forward", about, LaunchPhase::kForward, g.first},
         {blocks(g.out.height * g.out.width, kBlock), static_cast<std::uint32_t>(g.out.channels),
          static_cast<std::uint32_t>(samples_)},
         {kBlock},
         {reads("input", input), reads("weight", weight_of(g)), reads("bias", bias_of(g)),
          writes("output", output_of(g)), value("channels", g.in.channels), value("height", g.in.height),
          value("width", g.in.width), value("maps", g.out.channels), value("size", g.size)});
}

void PlanBuilder::forward_pool(const LayerGroup& g, const std::string& input) {
  const std::string about = fmt::format("Max pool {0}x{0}, {1} to {2}", g.size, picture(g.in), picture(g.out));
  launch({"train_pool", "maxpool_forward", about, LaunchPhase::kForward, g.first},
         {blocks(g.out.height * g.out.width, kBlock), static_cast<std::uint32_t>(samples_ * g.in.channels)}, {kBlock},
         {reads("input", input), writes("output", output_of(g)), writes("chosen", chosen_of(g)),
          value("height", g.in.height), value("width", g.in.width), value("size", g.size)});
}

void PlanBuilder::forward_activation(const LayerGroup& g, const std::string& input) {
  const std::string name(text_of(*g.activation));
  const int count = samples_ * g.out.count();
  launch_each({"train_activation", name + "_forward", fmt::format("{} of {} numbers", name, thousands(count)),
               LaunchPhase::kForward, g.first},
              count, {reads("input", input), writes("output", output_of(g)), value("count", count)});
}

// ---- The loss

void PlanBuilder::add_probabilities() {
  launch_each({"train_loss", "softmax_forward", "Softmax: logits to probabilities", LaunchPhase::kForward}, samples_,
              {reads("logits", output_of(groups_.back())), writes("probabilities", "probabilities"),
               value("samples", samples_)});
}

void PlanBuilder::add_loss() {
  const std::string logits = output_of(groups_.back());
  const std::string gradient = gradient_of(groups_.back());
  const PlannedArgument samples = value("samples", samples_);
  if (settings_.simple) {
    add_probabilities();
    launch_each(
        {"train_loss", "cross_entropy", "Cross entropy of each sample", LaunchPhase::kForward}, samples_,
        {reads("probabilities", "probabilities"), reads("labels", "labels"), writes("losses", "losses"), samples});
  } else {
    add_fused_loss(logits, gradient);
  }
  launch({"train_loss", "training_metrics", "Loss, hits and confusion of the batch", LaunchPhase::kForward}, {1},
         {kBlock},
         {reads("losses", "losses"), reads("probabilities", "probabilities"), reads("labels", "labels"),
          reads("counter", "counter"), writes("metrics", "metrics"), writes("confusion", "confusion"),
          writes("state", "state"), samples});
  if (!settings_.simple) return;
  launch_each({"train_loss", "cross_entropy_backward", "Gradient of the logits", LaunchPhase::kBackward},
              std::int64_t{samples_} * kPlanClasses,
              {reads("probabilities", "probabilities"), reads("labels", "labels"), reads("rates", "rates"),
               reads("counter", "counter"), writes("logit_grad", gradient), samples});
}

// ---- Backward

void PlanBuilder::add_backward() {
  std::size_t lowest = 0;  // nothing below has weights
  while (!groups_[lowest].has_weights()) ++lowest;
  for (std::size_t i = groups_.size(); i-- > lowest;) {
    const LayerGroup& g = groups_[i];
    const std::string input = input_of(i);
    const std::string below = i > lowest ? arriving_gradient(i - 1) : std::string();
    if (arriving_gradient(i) != inner_gradient(i)) backward_activation(g, arriving_gradient(i), inner_gradient(i));
    switch (g.kind) {
      case LayerGroup::Kind::kConvPool:
        backward_conv_pool(g, input, below);
        break;
      case LayerGroup::Kind::kConv:
        backward_conv(g, input, below);
        break;
      case LayerGroup::Kind::kPool:
        backward_pool(g, below);
        break;
      case LayerGroup::Kind::kDense:
        backward_dense(i, input, below);
        break;
      case LayerGroup::Kind::kActivation:
        backward_activation(g, gradient_of(g), below);
        break;
    }
  }
}

void PlanBuilder::backward_activation(const LayerGroup& g, const std::string& arriving, const std::string& below) {
  const std::string name(text_of(*g.activation));
  const int count = samples_ * g.out.count();
  launch_each({"train_activation", name + "_backward", fmt::format("{} backward, {} numbers", name, thousands(count)),
               LaunchPhase::kBackward, g.last},
              count,
              {reads("output", output_of(g)), reads("output_grad", arriving), writes("input_grad", below),
               value("count", count)});
}

void PlanBuilder::backward_conv(const LayerGroup& g, const std::string& input, const std::string& below) {
  const PlannedArgument channels = value("channels", g.in.channels), height = value("height", g.in.height),
                        width = value("width", g.in.width), maps = value("maps", g.out.channels),
                        size = value("size", g.size);
  launch(
      {"train_conv", "conv_backward_weights",
       fmt::format("Gradients of {} weights",
                   thousands(std::int64_t{g.out.channels} * g.in.channels * g.size * g.size)),
       LaunchPhase::kBackward, g.first},
      {static_cast<std::uint32_t>(g.in.channels * g.size * g.size + 1), static_cast<std::uint32_t>(g.out.channels)},
      {kBlock},
      {reads("input", input), reads("output_grad", gradient_of(g)), writes("weight_grad", weight_of(g) + " gradient"),
       writes("bias_grad", bias_of(g) + " gradient"), value("samples", samples_), channels, height, width, maps, size});
  if (below.empty()) return;
  launch({"train_conv", "conv_backward_data", fmt::format("Gradient of the input, {}", picture(g.in)),
          LaunchPhase::kBackward, g.first},
         {blocks(g.in.height * g.in.width, kBlock), static_cast<std::uint32_t>(g.in.channels),
          static_cast<std::uint32_t>(samples_)},
         {kBlock},
         {reads("output_grad", gradient_of(g)), reads("weight", weight_of(g)), writes("input_grad", below), channels,
          height, width, maps, size});
}

void PlanBuilder::backward_pool(const LayerGroup& g, const std::string& below) {
  launch({"train_pool", "maxpool_backward", fmt::format("Max pool backward, {} to {}", picture(g.out), picture(g.in)),
          LaunchPhase::kBackward, g.first},
         {blocks(g.in.height * g.in.width, kBlock), static_cast<std::uint32_t>(samples_ * g.in.channels)}, {kBlock},
         {reads("output_grad", gradient_of(g)), reads("chosen", chosen_of(g)), writes("input_grad", below),
          value("height", g.in.height), value("width", g.in.width), value("size", g.size)});
}

// ---- The update

void PlanBuilder::add_update() {
  const auto count = static_cast<int>(plan_.tensors[static_cast<std::size_t>(tensor("parameters"))].shape[0]);
  const OptimizerSettings& o = settings_.optimizer;
  const LaunchPhase phase = LaunchPhase::kUpdate;
  launch_each({"train_update", "check_gradients", "Is every gradient a finite number?", phase}, count / 4,
              {reads("gradients", "gradients"), writes("state", "state"), value("count", count)});
  Arguments arguments = {writes("parameters", "parameters"), reads("gradients", "gradients")};
  if (o.kind != OptimizerKind::kSgd) arguments.push_back(writes("first", "first moments"));
  if (o.kind == OptimizerKind::kAdam) arguments.push_back(writes("second", "second moments"));
  for (const char* name : {"rates", "counter", "state"}) arguments.push_back(reads(name, name));
  if (o.kind == OptimizerKind::kMomentum) arguments.push_back(value("momentum", o.momentum));
  if (o.kind == OptimizerKind::kAdam) {
    arguments.push_back(value("beta1", o.beta1));
    arguments.push_back(value("beta2", o.beta2));
    arguments.push_back(value("epsilon", o.epsilon));
  }
  arguments.push_back(value("count", count));
  const bool vector = o.kind == OptimizerKind::kAdam && !settings_.simple;
  launch_each({"train_update", fmt::format("{}_update{}", text_of(o.kind), vector ? "_vector" : ""),
               fmt::format("{}: {} weights", text_of(o.kind), thousands(network_.parameter_count())), phase},
              vector ? count / 4 : count, std::move(arguments));
  launch({"train_update", "finish_step", "On to the next step", phase}, {1}, {1},
         {writes("counter", "counter"), writes("state", "state"), writes("metrics", "metrics")});
}

}  // namespace warpscope::training
