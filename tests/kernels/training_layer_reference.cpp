// What the kernels of a network's layers should compute. Ways back are done the way forward is: every output hands its
// gradient to all that it was made of, where the kernels collect.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "tests/kernels/reference.h"

namespace warpscope::kernels::testing {
namespace {

using Numbers = std::vector<double>;
using Arguments = std::vector<Numbers>;

// The kernels round every product and sum once; sums have some hundred terms, each around 1.
constexpr double kRelative = 1e-5, kAbsolute = 2e-5;

Expected expected(int argument, Numbers values) {
  return {argument, std::move(values), kRelative, kAbsolute};
}

Expected exactly(int argument, Numbers values) {
  return {argument, std::move(values)};
}

int whole(const Arguments& arguments, std::size_t i) {
  return static_cast<int>(arguments.at(i).at(0));
}

struct Convolution {
  int channels, height, width, maps, size;

  // Five parameters from number `first` on; the fused kernels are for 3 x 3 and say nothing of it.
  static Convolution from(const Arguments& arguments, std::size_t first, bool says_size) {
    return {whole(arguments, first), whole(arguments, first + 1), whole(arguments, first + 2),
            whole(arguments, first + 3), says_size ? whole(arguments, first + 4) : 3};
  }
  int out_height() const { return height - size + 1; }
  int out_width() const { return width - size + 1; }
  int outputs() const { return maps * out_height() * out_width(); }
  int inputs() const { return channels * height * width; }
  int weights() const { return maps * channels * size * size; }

  // Every pair of an output and an input that it is made of, with their weight.
  template <class Visit>
  void each_term(int samples, Visit visit) const {
    for (int output = 0; output < samples * outputs(); ++output) {
      const int x = output % out_width(), y = output / out_width() % out_height();
      const int map = output / (out_width() * out_height()) % maps, sample = output / outputs();
      for (int term = 0; term < channels * size * size; ++term) {
        const int column = term % size, row = term / size % size, channel = term / (size * size);
        const int input = ((sample * channels + channel) * height + y + row) * width + x + column;
        visit(static_cast<std::size_t>(output), static_cast<std::size_t>(input),
              static_cast<std::size_t>(map * channels * size * size + term));
      }
    }
  }
  int map_of(std::size_t output) const { return static_cast<int>(output) / (out_width() * out_height()) % maps; }
};

int samples_in(const Numbers& values, int of_one) {
  return static_cast<int>(values.size()) / of_one;
}

Numbers outputs_of(const Convolution& layer, const Numbers& input, const Numbers& weight, const Numbers& bias) {
  const int samples = samples_in(input, layer.inputs());
  Numbers out(static_cast<std::size_t>(samples * layer.outputs()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = bias.at(static_cast<std::size_t>(layer.map_of(i)));
  layer.each_term(
      samples, [&](std::size_t output, std::size_t in, std::size_t w) { out[output] += input.at(in) * weight.at(w); });
  return out;
}

Numbers back_to_input(const Convolution& layer, const Numbers& output_grad, const Numbers& weight) {
  const int samples = samples_in(output_grad, layer.outputs());
  Numbers grad(static_cast<std::size_t>(samples * layer.inputs()));
  layer.each_term(samples, [&](std::size_t output, std::size_t in, std::size_t w) {
    grad.at(in) += output_grad[output] * weight.at(w);
  });
  return grad;
}

Numbers back_to_weights(const Convolution& layer, const Numbers& input, const Numbers& output_grad) {
  Numbers grad(static_cast<std::size_t>(layer.weights()));
  layer.each_term(samples_in(input, layer.inputs()), [&](std::size_t output, std::size_t in, std::size_t w) {
    grad.at(w) += output_grad[output] * input.at(in);
  });
  return grad;
}

Numbers back_to_bias(const Convolution& layer, const Numbers& output_grad) {
  Numbers grad(static_cast<std::size_t>(layer.maps));
  for (std::size_t i = 0; i < output_grad.size(); ++i)
    grad[static_cast<std::size_t>(layer.map_of(i))] += output_grad[i];
  return grad;
}

std::vector<Expected> conv_forward(const Arguments& in) {
  return {expected(3, outputs_of(Convolution::from(in, 4, true), in[0], in[1], in[2]))};
}

std::vector<Expected> conv_backward_data(const Arguments& in) {
  return {expected(2, back_to_input(Convolution::from(in, 3, true), in[0], in[1]))};
}

std::vector<Expected> conv_backward_weights(const Arguments& in) {
  const Convolution layer = Convolution::from(in, 5, true);
  return {expected(2, back_to_weights(layer, in[0], in[1])), expected(3, back_to_bias(layer, in[1]))};
}

// ---- Pools

struct Pool {
  int height, width, size;
  int out_height() const { return height / size; }
  int out_width() const { return width / size; }
  // Where the value at `place` of the window of output `output` stands in the input.
  std::size_t input(std::size_t output, int place) const {
    const int at = static_cast<int>(output);
    const int x = at % out_width() * size + place % size, y = at / out_width() % out_height() * size + place / size;
    return static_cast<std::size_t>((at / (out_width() * out_height()) * height + y) * width + x);
  }
};

// The first of a window's largest; NaN where floats may see another one.
struct Largest {
  double value, place;
};

Largest largest_of(const Pool& pool, const Numbers& input, std::size_t output) {
  Largest largest{input.at(pool.input(output, 0)), 0};
  double lead = std::numeric_limits<double>::infinity();
  for (int place = 1; place < pool.size * pool.size; ++place) {
    const double value = input.at(pool.input(output, place));
    if (value != largest.value) lead = std::min(lead, std::fabs(value - largest.value));
    if (value > largest.value) largest = {value, static_cast<double>(place)};
  }
  if (lead < kAbsolute) largest.place = std::numeric_limits<double>::quiet_NaN();
  return largest;
}

std::vector<Expected> maxpool_forward(const Arguments& in) {
  const Pool pool{whole(in, 3), whole(in, 4), whole(in, 5)};
  Numbers output, chosen;
  for (std::size_t i = 0; i < in[1].size(); ++i) {
    const Largest largest = largest_of(pool, in[0], i);
    output.push_back(largest.value);
    chosen.push_back(largest.place);
  }
  return {exactly(1, output), exactly(2, chosen)};
}

std::vector<Expected> maxpool_backward(const Arguments& in) {
  const Pool pool{whole(in, 3), whole(in, 4), whole(in, 5)};
  Numbers grad(in[2].size());
  for (std::size_t i = 0; i < in[0].size(); ++i) grad.at(pool.input(i, static_cast<int>(in[1].at(i)))) = in[0][i];
  return {exactly(2, grad)};
}

// ---- Convolution 3 x 3, relu and pool 2 x 2 in one

std::vector<Expected> conv_relu_pool_forward(const Arguments& in) {
  const Convolution layer = Convolution::from(in, 6, false);
  const Pool pool{layer.out_height(), layer.out_width(), 2};
  const Numbers outputs = outputs_of(layer, in[0], in[1], in[2]);
  Numbers pooled, chosen;
  for (std::size_t i = 0; i < in[3].size(); ++i) {
    const Largest largest = largest_of(pool, outputs, i);
    const bool undecided = largest.value != 0 && std::fabs(largest.value) < kAbsolute;
    pooled.push_back(std::max(largest.value, 0.0));
    chosen.push_back(undecided ? std::numeric_limits<double>::quiet_NaN() : largest.value > 0 ? largest.place : 4);
  }
  return {expected(3, pooled), exactly(4, chosen)};
}

// The gradient of the convolution's outputs: each window's at the place that was chosen, if any was.
Numbers spread(const Convolution& layer, const Numbers& pooled_grad, const Numbers& chosen, int samples) {
  const Pool pool{layer.out_height(), layer.out_width(), 2};
  Numbers grad(static_cast<std::size_t>(samples * layer.outputs()));
  for (std::size_t i = 0; i < pooled_grad.size(); ++i) {
    if (chosen.at(i) < 4) grad.at(pool.input(i, static_cast<int>(chosen[i]))) = pooled_grad[i];
  }
  return grad;
}

std::vector<Expected> conv_relu_pool_backward_weights(const Arguments& in) {
  const Convolution layer = Convolution::from(in, 5, false);
  const int samples = whole(in, 4), of_split = whole(in, 9);
  const Numbers outputs = spread(layer, in[1], in[2], samples);
  Numbers partial;
  const auto slice = [](const Numbers& values, int first, int end) {
    return Numbers(values.begin() + first, values.begin() + end);
  };
  for (int first = 0; first < samples; first += of_split) {
    const int end = std::min(first + of_split, samples);
    const Numbers grads = slice(outputs, first * layer.outputs(), end * layer.outputs());
    for (const Numbers& part :
         {back_to_weights(layer, slice(in[0], first * layer.inputs(), end * layer.inputs()), grads),
          back_to_bias(layer, grads)}) {
      partial.insert(partial.end(), part.begin(), part.end());
    }
  }
  return {expected(3, partial)};
}

std::vector<Expected> conv_relu_pool_backward_data(const Arguments& in) {
  const Convolution layer = Convolution::from(in, 4, false);
  const int samples = samples_in(in[3], layer.inputs());
  return {expected(3, back_to_input(layer, spread(layer, in[0], in[1], samples), in[2]))};
}

std::vector<Expected> sum_partials(const Arguments& in) {
  const auto count = static_cast<std::size_t>(whole(in, 3)), stride = static_cast<std::size_t>(whole(in, 4));
  Numbers out = in[1];
  for (std::size_t i = 0; i < count; ++i) {
    out.at(i) = 0;
    for (std::size_t split = 0; split < static_cast<std::size_t>(whole(in, 2)); ++split) {
      out[i] += in[0].at(split * stride + i);
    }
  }
  return {expected(1, out)};
}

// ---- Activations

template <class Value>
std::vector<Expected> each(const Arguments& in, int argument, Value value) {
  Numbers out = in.at(static_cast<std::size_t>(argument));
  for (std::size_t i = 0; i < static_cast<std::size_t>(in.back().at(0)); ++i) out.at(i) = value(i);
  return {{argument, out, 1e-6, 1e-30}};
}

}  // namespace

std::vector<Expected> training_layer_reference(const std::string& kernel, const Arguments& arguments) {
  static const std::map<std::string, std::function<std::vector<Expected>(const Arguments&)>> all{
      {"conv_forward", conv_forward},
      {"conv_backward_data", conv_backward_data},
      {"conv_backward_weights", conv_backward_weights},
      {"maxpool_forward", maxpool_forward},
      {"maxpool_backward", maxpool_backward},
      {"conv_relu_pool_forward", conv_relu_pool_forward},
      {"conv_relu_pool_backward_weights", conv_relu_pool_backward_weights},
      {"conv_relu_pool_backward_data", conv_relu_pool_backward_data},
      {"sum_partials", sum_partials},
      {"relu_forward",
       [](const Arguments& in) { return each(in, 1, [&](std::size_t i) { return std::max(in[0][i], 0.0); }); }},
      {"relu_backward",
       [](const Arguments& in) { return each(in, 2, [&](std::size_t i) { return in[0][i] > 0 ? in[1][i] : 0; }); }},
      {"sigmoid_forward",
       [](const Arguments& in) { return each(in, 1, [&](std::size_t i) { return 1 / (1 + std::exp(-in[0][i])); }); }},
      {"sigmoid_backward",
       [](const Arguments& in) {
         return each(in, 2, [&](std::size_t i) { return in[1][i] * in[0][i] * (1 - in[0][i]); });
       }},
  };
  const auto found = all.find(kernel);
  return found == all.end() ? std::vector<Expected>() : found->second(arguments);
}

}  // namespace warpscope::kernels::testing
