#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "tests/kernels/training_dense.h"

namespace warpscope::kernels::testing {
namespace {

using Arguments = std::vector<std::vector<double>>;
using Round = double (*)(double);

constexpr double kUnit = 0x1p-24;  // half the distance from 1 to the next float

double exactly(double value) {
  return value;
}
// To a significand of so many bits, halfway cases to even; exponents that low are no matter here.
template <int kBits>
double to_bits(double value) {
  if (value == 0) return value;
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(value, kBits - exponent)), exponent - kBits);
}

Round rounding_of(const std::string& kernel) {
  if (kernel.ends_with("_bf16")) return to_bits<8>;
  return kernel.ends_with("_half") ? to_bits<11> : exactly;
}

// A product of matrices: a of (row, term), b of (term, column).
struct Product {
  int rows = 0, columns = 0, first_term = 0, end_term = 0;
  std::function<double(int, int)> a, b;
};

// Results of the product, each then through finish(row, column, sum), which changes errors by no more than `factor`.
Expected multiply(int argument, const Product& product, const std::function<double(int, int, double)>& finish,
                  double factor = 1) {
  Expected expected{argument, {}, 8 * kUnit};
  double largest = 1;
  for (int row = 0; row < product.rows; ++row) {
    for (int column = 0; column < product.columns; ++column) {
      double sum = 0, size = 0;
      for (int term = product.first_term; term < product.end_term; ++term) {
        const double value = product.a(row, term) * product.b(term, column);
        sum += value;
        size += std::fabs(value);
      }
      largest = std::max(largest, size);
      expected.values.push_back(finish(row, column, sum));
    }
  }
  expected.absolute = factor * (product.end_term - product.first_term + 4) * kUnit * largest;
  return expected;
}

std::function<double(int, int)> matrix(const std::vector<double>& values, int columns, Round round) {
  return [&values, columns, round](int row, int column) {
    return round(values.at(static_cast<std::size_t>(row * columns + column)));
  };
}
std::function<double(int, int)> turned(const std::vector<double>& values, int columns, Round round) {
  return [at = matrix(values, columns, round)](int row, int column) { return at(column, row); };
}

double activate(double value, int activation) {
  if (activation == 1) return std::max(value, 0.0);
  return activation == 2 ? 1 / (1 + std::exp(-value)) : value;
}
double slope(double came_out, int activation) {
  if (activation == 1) return came_out > 0 ? 1 : 0;
  return activation == 2 ? came_out * (1 - came_out) : 1;
}

// The last arguments: samples, inputs, units, and what follows.
struct Sizes {
  int samples, inputs, units, first, second;
};
Sizes sizes_of(const Arguments& arguments, std::size_t samples_at) {
  const auto number = [&](std::size_t i) {
    return samples_at + i < arguments.size() ? static_cast<int>(arguments[samples_at + i].at(0)) : 0;
  };
  return {number(0), number(1), number(2), number(3), number(4)};
}

Expected forward(const Arguments& in, Round round, bool is_simple) {
  const Sizes size = sizes_of(in, is_simple ? 4 : 5);
  const int per_split = is_simple ? size.inputs : size.first;
  const int activation = is_simple ? 0 : size.second;
  const auto input = matrix(in[0], size.inputs, round), weight = turned(in[1], size.inputs, round);
  if (per_split >= size.inputs) {
    return multiply(3, {size.samples, size.units, 0, size.inputs, input, weight}, [&](int, int unit, double sum) {
      return activate(sum + in[2].at(static_cast<std::size_t>(unit)), activation);
    });
  }
  Expected all{4, {}, 8 * kUnit};
  for (int first = 0; first < size.inputs; first += per_split) {
    const int end = std::min(size.inputs, first + per_split);
    const Expected part =
        multiply(4, {size.samples, size.units, first, end, input, weight}, [](int, int, double sum) { return sum; });
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
    all.absolute = std::max(all.absolute, part.absolute);
  }
  return all;
}

Expected finish(const Arguments& in) {
  const int splits = static_cast<int>(in[3].at(0)), samples = static_cast<int>(in[4].at(0));
  const int units = static_cast<int>(in[5].at(0)), activation = static_cast<int>(in[6].at(0));
  const Product sums{
      samples * units, 1, 0, splits, turned(in[0], samples * units, exactly), [](int, int) { return 1.0; }};
  return multiply(2, sums, [&](int i, int, double sum) {
    return activate(sum + in[1].at(static_cast<std::size_t>(i % units)), activation);
  });
}

Expected backward_data(const Arguments& in, Round round, bool is_simple) {
  const Sizes size = sizes_of(in, is_simple ? 3 : 4);
  const int activation = is_simple ? 0 : size.first;
  const Product product{
      size.samples, size.inputs, 0, size.units, matrix(in[0], size.units, round), matrix(in[1], size.inputs, round)};
  return multiply(is_simple ? 2 : 3, product, [&](int sample, int i, double sum) {
    if (activation == 0) return sum;
    return sum * slope(in[2].at(static_cast<std::size_t>(sample * size.inputs + i)), activation);
  });
}

std::vector<Expected> backward_weights(const Arguments& in, Round round) {
  const Sizes size = sizes_of(in, 4);
  const auto as_it_is = [](int, int, double sum) { return sum; };
  const auto grad = turned(in[1], size.units, round);
  Expected weights =
      multiply(2, {size.units, size.inputs, 0, size.samples, grad, matrix(in[0], size.inputs, round)}, as_it_is);
  return {
      std::move(weights),
      multiply(3, {size.units, 1, 0, size.samples, turned(in[1], size.units, exactly), [](int, int) { return 1.0; }},
               as_it_is)};
}

}  // namespace

std::vector<Expected> dense_reference(const std::string& kernel, const std::vector<std::vector<double>>& arguments) {
  if (kernel == "dense_finish") return {finish(arguments)};
  const Round round = rounding_of(kernel);
  const bool is_fast = kernel.ends_with("_tiled") || round != exactly;
  if (kernel.starts_with("dense_forward")) return {forward(arguments, round, !is_fast)};
  if (kernel.starts_with("dense_backward_data")) return {backward_data(arguments, round, !is_fast)};
  if (kernel.starts_with("dense_backward_weights")) return backward_weights(arguments, round);
  return {};
}

}  // namespace warpscope::kernels::testing
