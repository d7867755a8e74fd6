#include "compute/training/onednn_plan.h"

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "compute/training/max_pool.h"

namespace warpscope::training {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Dims = memory::dims;
using Tag = memory::format_tag;

constexpr auto kF32 = memory::data_type::f32;

memory::desc any_layout(const Dims& dims) {
  return {dims, kF32, Tag::any};
}
memory::desc vector_of(std::int64_t count) {
  return {{count}, kF32, Tag::x};
}

Dims image_dims(int batch, Shape s) {
  return {batch, s.channels, s.height, s.width};
}

// Max pooling before a monotone activation gives the same numbers and gradients as after it, on a quarter of the data.
std::vector<int> execution_order(const NetworkSpec& network) {
  std::vector<int> order;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) order.push_back(i);
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    const LayerKind first = network.layers[static_cast<std::size_t>(order[i])].kind;
    const LayerKind second = network.layers[static_cast<std::size_t>(order[i + 1])].kind;
    const bool activation = first == LayerKind::kRelu || first == LayerKind::kSigmoid;
    if (activation && second == LayerKind::kMaxPool) std::swap(order[i], order[i + 1]);
  }
  return order;
}

// Walks through a network once, collecting primitives. `layout` is read where it is whole (make_plan), and filled where
// arrays are null (choose_layout), so that both see exactly the same primitives.
class Builder {
 public:
  Builder(const dnnl::engine& engine, const NetworkSpec& network, int batch)
      : engine_(engine), network_(network), batch_(batch) {
    own_scratchpad_.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  }

  ParameterLayout layout_only() {
    build(nullptr, {});
    return std::move(chosen_);
  }

  Plan plan(const ParameterLayout& layout, ParameterArrays arrays) {
    build(&layout, arrays);
    return std::move(plan_);
  }

 private:
  void build(const ParameterLayout* layout, ParameterArrays arrays) {
    layout_ = layout;
    arrays_ = arrays;
    plan_.batch = batch_;
    const bool dense_first = network_.layers.front().kind == LayerKind::kDense;
    const memory::desc input = dense_first ? memory::desc({batch_, network_.input.count()}, kF32, Tag::nc)
                                           : memory::desc(image_dims(batch_, network_.input), kF32, Tag::nchw);
    shape_ = network_.input;
    plan_.input = memory(input, engine_, nullptr);
    value_ = plan_.input;
    for (const int layer : execution_order(network_)) add(layer);
    plan_.logits = value_;
    plan_.logits_diff = diff_;
    // Gradients flow the other way.
    std::vector<Operation> reversed(std::make_move_iterator(plan_.backward.rbegin()),
                                    std::make_move_iterator(plan_.backward.rend()));
    plan_.backward = std::move(reversed);
  }

  void add(int layer) {
    const LayerSpec& spec = network_.layers[static_cast<std::size_t>(layer)];
    switch (spec.kind) {
      case LayerKind::kConv:
        add_conv(layer, spec);
        break;
      case LayerKind::kDense:
        add_dense(layer, spec);
        break;
      case LayerKind::kMaxPool:
        add_pool(spec);
        break;
      case LayerKind::kRelu:
        add_activation(algorithm::eltwise_relu_use_dst_for_bwd);
        break;
      case LayerKind::kSigmoid:
        add_activation(algorithm::eltwise_logistic_use_dst_for_bwd);
        break;
    }
  }

  // The first layer's input needs no gradient, so nothing in front of it allocates one.
  bool needs_input_gradient() const { return static_cast<bool>(diff_); }

  void add_conv(int layer, const LayerSpec& spec) {
    const Shape out{spec.outputs, shape_.height - spec.size + 1, shape_.width - spec.size + 1};
    const Dims weight_dims{spec.outputs, shape_.channels, spec.size, spec.size};
    const Dims one{1, 1};
    const Dims none{0, 0};
    const memory::desc bias = vector_of(spec.outputs);
    const memory::desc weight = wanted_weight(layer, weight_dims);
    const auto forward = dnnl::convolution_forward::primitive_desc(
        {prop_kind::forward_training, algorithm::convolution_direct, value_.get_desc(), weight, bias,
         any_layout(image_dims(batch_, out)), one, none, none},
        own_scratchpad_, engine_);
    const LayerPlace& place = place_of(layer, forward.weights_desc(), {weight_dims, kF32, Tag::oihw}, bias);
    const memory output = buffer(forward.dst_desc());
    const memory output_diff = buffer(forward.dst_desc());
    add_op(plan_.forward, dnnl::convolution_forward(forward), forward.scratchpad_desc(),
           {{DNNL_ARG_SRC, value_},
            {DNNL_ARG_WEIGHTS, values(place.weight)},
            {DNNL_ARG_BIAS, values(place.bias)},
            {DNNL_ARG_DST, output}});
    if (needs_input_gradient()) {
      const auto data = dnnl::convolution_backward_data::primitive_desc(
          {algorithm::convolution_direct, diff_.get_desc(), any_layout(weight_dims), output_diff.get_desc(), one, none,
           none},
          own_scratchpad_, engine_, forward);
      add_backward_data(dnnl::convolution_backward_data(data), data.scratchpad_desc(), data.weights_desc(),
                        place.weight, output_diff);
    }
    const auto weights = dnnl::convolution_backward_weights::primitive_desc(
        {algorithm::convolution_direct, value_.get_desc(), any_layout(weight_dims), bias, output_diff.get_desc(), one,
         none, none},
        own_scratchpad_, engine_, forward);
    add_backward_weights(dnnl::convolution_backward_weights(weights), weights.scratchpad_desc(),
                         weights.diff_weights_desc(), place, output_diff);
    go_on(output, output_diff, out);
  }

  void add_dense(int layer, const LayerSpec& spec) {
    const memory::desc source = value_.get_desc();
    Dims weight_dims = source.dims();
    weight_dims[0] = spec.outputs;
    const memory::desc bias = vector_of(spec.outputs);
    const memory::desc output_desc({batch_, spec.outputs}, kF32, Tag::nc);
    const auto forward = dnnl::inner_product_forward::primitive_desc(
        {prop_kind::forward_training, source, wanted_weight(layer, weight_dims), bias, output_desc}, own_scratchpad_,
        engine_);
    const memory::desc plain(weight_dims, kF32, weight_dims.size() == 4 ? Tag::abcd : Tag::ab);
    const LayerPlace& place = place_of(layer, forward.weights_desc(), plain, bias);
    const memory output = buffer(output_desc);
    const memory output_diff = buffer(output_desc);
    add_op(plan_.forward, dnnl::inner_product_forward(forward), forward.scratchpad_desc(),
           {{DNNL_ARG_SRC, value_},
            {DNNL_ARG_WEIGHTS, values(place.weight)},
            {DNNL_ARG_BIAS, values(place.bias)},
            {DNNL_ARG_DST, output}});
    if (needs_input_gradient()) {
      const auto data = dnnl::inner_product_backward_data::primitive_desc(
          {diff_.get_desc(), any_layout(weight_dims), output_desc}, own_scratchpad_, engine_, forward);
      add_backward_data(dnnl::inner_product_backward_data(data), data.scratchpad_desc(), data.weights_desc(),
                        place.weight, output_diff);
    }
    const auto weights = dnnl::inner_product_backward_weights::primitive_desc(
        {source, any_layout(weight_dims), bias, output_desc}, own_scratchpad_, engine_, forward);
    add_backward_weights(dnnl::inner_product_backward_weights(weights), weights.scratchpad_desc(),
                         weights.diff_weights_desc(), place, output_diff);
    go_on(output, output_diff, {spec.outputs, 1, 1});
  }

  // The layout our own pooling knows, where the values are in one; oneDNN picks such a layout on every x86 since AVX2.
  std::optional<PoolGeometry> own_pool_geometry(int size) const {
    const memory::desc desc = value_.get_desc();
    for (const auto& [block, tag] : {std::pair{16, Tag::nChw16c}, std::pair{8, Tag::nChw8c}}) {
      if (shape_.channels % block != 0 || desc != memory::desc(desc.dims(), kF32, tag)) continue;
      return PoolGeometry{static_cast<std::int64_t>(batch_) * shape_.channels / block, shape_.height, shape_.width,
                          size, block};
    }
    return std::nullopt;
  }

  void add_own_pool(const PoolGeometry& geometry, Shape out) {
    const memory::desc desc(image_dims(batch_, out), kF32, geometry.block == 16 ? Tag::nChw16c : Tag::nChw8c);
    const memory output = buffer(desc);
    const memory output_diff = buffer(desc);
    const auto winners = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(batch_) *
                                                                     static_cast<std::size_t>(out.count()));
    const auto floats = [](const memory& m) { return static_cast<float*>(m.get_data_handle()); };
    plan_.forward.push_back([=, input = value_](dnnl::stream&) {
      max_pool_forward(geometry, floats(input), floats(output), winners->data());
    });
    if (needs_input_gradient()) {
      plan_.backward.push_back([=, input_diff = diff_](dnnl::stream&) {
        max_pool_backward(geometry, floats(output_diff), winners->data(), floats(input_diff));
      });
    }
    go_on(output, output_diff, out);
  }

  void add_pool(const LayerSpec& spec) {
    const Shape out{shape_.channels, shape_.height / spec.size, shape_.width / spec.size};
    if (const auto geometry = own_pool_geometry(spec.size)) return add_own_pool(*geometry, out);
    const Dims window{spec.size, spec.size};
    const Dims none{0, 0};
    const auto forward =
        dnnl::pooling_forward::primitive_desc({prop_kind::forward_training, algorithm::pooling_max, value_.get_desc(),
                                               any_layout(image_dims(batch_, out)), window, window, none, none},
                                              own_scratchpad_, engine_);
    const memory output = buffer(forward.dst_desc());
    const memory output_diff = buffer(forward.dst_desc());
    const memory winners = buffer(forward.workspace_desc());
    add_op(plan_.forward, dnnl::pooling_forward(forward), forward.scratchpad_desc(),
           {{DNNL_ARG_SRC, value_}, {DNNL_ARG_DST, output}, {DNNL_ARG_WORKSPACE, winners}});
    if (needs_input_gradient()) {
      const auto backward = dnnl::pooling_backward::primitive_desc(
          {algorithm::pooling_max, diff_.get_desc(), output_diff.get_desc(), window, window, none, none},
          own_scratchpad_, engine_, forward);
      add_op(plan_.backward, dnnl::pooling_backward(backward), backward.scratchpad_desc(),
             {{DNNL_ARG_DIFF_DST, output_diff}, {DNNL_ARG_DIFF_SRC, diff_}, {DNNL_ARG_WORKSPACE, winners}});
    }
    go_on(output, output_diff, out);
  }

  // In place, forwards and backwards: both derivatives can be told from the output.
  void add_activation(algorithm kind) {
    const memory::desc desc = value_.get_desc();
    const auto forward = dnnl::eltwise_forward::primitive_desc({prop_kind::forward_training, kind, desc, 0.0F, 0.0F},
                                                               own_scratchpad_, engine_);
    add_op(plan_.forward, dnnl::eltwise_forward(forward), forward.scratchpad_desc(),
           {{DNNL_ARG_SRC, value_}, {DNNL_ARG_DST, value_}});
    if (!needs_input_gradient()) return;
    const auto backward =
        dnnl::eltwise_backward::primitive_desc({kind, desc, desc, 0.0F, 0.0F}, own_scratchpad_, engine_, forward);
    add_op(plan_.backward, dnnl::eltwise_backward(backward), backward.scratchpad_desc(),
           {{DNNL_ARG_DST, value_}, {DNNL_ARG_DIFF_DST, diff_}, {DNNL_ARG_DIFF_SRC, diff_}});
  }

  void go_on(const memory& output, const memory& output_diff, Shape shape) {
    value_ = output;
    diff_ = output_diff;
    shape_ = shape;
  }

  memory buffer(const memory::desc& desc) const {
    return layout_ ? memory(desc, engine_) : memory(desc, engine_, nullptr);
  }
  memory values(const TensorPlace& place) const { return bound(place, arrays_.values); }
  memory gradients(const TensorPlace& place) const { return bound(place, arrays_.gradients); }
  memory bound(const TensorPlace& place, float* array) const {
    return memory(place.native, engine_, array ? array + place.offset : nullptr);
  }

  memory::desc wanted_weight(int layer, const Dims& dims) const {
    if (!layout_) return any_layout(dims);
    for (const LayerPlace& place : layout_->layers) {
      if (place.layer == layer) return place.weight.native;
    }
    return any_layout(dims);
  }

  const LayerPlace& place_of(int layer, const memory::desc& native, const memory::desc& plain,
                             const memory::desc& bias) {
    if (layout_) {
      for (const LayerPlace& place : layout_->layers) {
        if (place.layer == layer) return place;
      }
    }
    LayerPlace place{layer, reserve(native, plain), reserve(bias, bias)};
    chosen_.layers.push_back(place);
    return chosen_.layers.back();
  }

  TensorPlace reserve(const memory::desc& native, const memory::desc& plain) {
    constexpr std::size_t kLine = 16;  // floats of a cache line: every tensor starts on one
    const std::size_t floats = native.get_size() / sizeof(float);
    TensorPlace place{native, plain, chosen_.size, floats};
    chosen_.size += (floats + kLine - 1) / kLine * kLine;
    return place;
  }

  // The backward primitives are fastest in layouts of their own; a reorder of the weights costs little beside the slow
  // fallback that the forward layout can mean. The list is reversed at the end: what runs later is added first.
  void add_backward_data(dnnl::primitive primitive, const memory::desc& scratchpad, const memory::desc& wanted,
                         const TensorPlace& weight, const memory& output_diff) {
    const memory own = values(weight);
    const memory source = wanted == weight.native ? own : buffer(wanted);
    add_op(plan_.backward, std::move(primitive), scratchpad,
           {{DNNL_ARG_DIFF_DST, output_diff}, {DNNL_ARG_WEIGHTS, source}, {DNNL_ARG_DIFF_SRC, diff_}});
    if (wanted != weight.native) add_reorder(own, source);
  }

  void add_backward_weights(dnnl::primitive primitive, const memory::desc& scratchpad, const memory::desc& wanted,
                            const LayerPlace& place, const memory& output_diff) {
    const memory own = gradients(place.weight);
    const memory target = wanted == place.weight.native ? own : buffer(wanted);
    if (wanted != place.weight.native) add_reorder(target, own);
    add_op(plan_.backward, std::move(primitive), scratchpad,
           {{DNNL_ARG_SRC, value_},
            {DNNL_ARG_DIFF_DST, output_diff},
            {DNNL_ARG_DIFF_WEIGHTS, target},
            {DNNL_ARG_DIFF_BIAS, gradients(place.bias)}});
  }

  void add_reorder(const memory& from, const memory& to) {
    const dnnl::reorder::primitive_desc reorder(engine_, from.get_desc(), engine_, to.get_desc(), own_scratchpad_);
    add_op(plan_.backward, dnnl::reorder(reorder), reorder.scratchpad_desc(),
           {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }

  void add_op(std::vector<Operation>& list, dnnl::primitive primitive, const memory::desc& scratchpad,
              std::unordered_map<int, memory> arguments) {
    arguments.emplace(DNNL_ARG_SCRATCHPAD, buffer(scratchpad));
    list.push_back([primitive = std::move(primitive), arguments = std::move(arguments)](dnnl::stream& stream) {
      primitive.execute(stream, arguments);
    });
  }

  const dnnl::engine& engine_;
  const NetworkSpec& network_;
  int batch_;
  // oneDNN's default scratchpad ties a primitive to the thread that made it; ours may run on any.
  dnnl::primitive_attr own_scratchpad_;
  const ParameterLayout* layout_ = nullptr;
  ParameterArrays arrays_;
  ParameterLayout chosen_;
  Plan plan_;
  memory value_;  // output so far
  memory diff_;   // gradient of that output; empty before the first layer with weights
  Shape shape_;
};

}  // namespace

ParameterLayout choose_layout(const dnnl::engine& engine, const NetworkSpec& network, int batch) {
  return Builder(engine, network, batch).layout_only();
}

Plan make_plan(const dnnl::engine& engine, const NetworkSpec& network, int batch, const ParameterLayout& layout,
               ParameterArrays arrays) {
  return Builder(engine, network, batch).plan(layout, arrays);
}

}  // namespace warpscope::training
