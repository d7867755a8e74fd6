#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "tests/kernels/training_dense.h"

namespace warpscope::kernels::testing {
namespace {

std::uint32_t parts(int whole, int part) {
  return static_cast<std::uint32_t>((whole + part - 1) / part);
}

enum class Range { kBothSigns, kRelu, kSigmoid };  // what a layer hands on after such an activation

std::string values(int count, unsigned seed, Range range = Range::kBothSigns) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-1, 1);
  std::vector<float> list(static_cast<std::size_t>(count));
  for (float& value : list) {
    value = draw(random);
    if (range == Range::kRelu) value = std::max(value, 0.0F);
    if (range == Range::kSigmoid) value = 0.5F + 0.5F * value;
  }
  return fmt::format("buf:f32:{}:list:{}", count, fmt::join(list, ","));
}

std::string zeros(int count) {
  return fmt::format("buf:f32:{}:zero", count);
}

bool is_simple(const std::string& kernel) {
  return kernel == "dense_forward" || kernel == "dense_backward_data" || kernel == "dense_backward_weights";
}

LaunchCase finish(DenseSize size, DenseChoice choice, unsigned seed) {
  const int splits = choice.splits, results = size.samples * size.units;
  return {
      "dense_finish",
      {parts(results, 256), 1, 1},
      {256, 1, 1},
      0,
      {values(results * splits, seed), values(size.units, seed + 1), zeros(results), fmt::format("i32:{}", splits)}};
}

LaunchCase forward(const std::string& kernel, DenseSize size, DenseChoice choice, unsigned seed) {
  LaunchCase launch{kernel, {parts(size.units, 16), parts(size.samples, 16), 1}, {16, 16, 1}};
  const int results = size.samples * size.units;
  launch.arguments = {values(size.samples * size.inputs, seed), values(size.units * size.inputs, seed + 1),
                      values(size.units, seed + 2), zeros(results)};
  if (is_simple(kernel)) return launch;
  const auto splits = parts(size.inputs, choice.inputs_per_split);
  launch.grid = {parts(size.samples, 64), parts(size.units, 64), splits};
  launch.arguments.push_back(splits == 1 ? "null" : zeros(static_cast<int>(splits) * results));
  return launch;
}

LaunchCase backward_data(const std::string& kernel, DenseSize size, DenseChoice choice, unsigned seed) {
  const int side = is_simple(kernel) ? 16 : 64, results = size.samples * size.inputs;
  const Range range = choice.activation == 1 ? Range::kRelu : Range::kSigmoid;
  LaunchCase launch{kernel, {parts(size.inputs, side), parts(size.samples, side), 1}, {16, 16, 1}};
  launch.arguments = {values(size.samples * size.units, seed), values(size.units * size.inputs, seed + 1)};
  if (!is_simple(kernel))
    launch.arguments.push_back(choice.activation == 0 ? "null" : values(results, seed + 2, range));
  launch.arguments.push_back(zeros(results));
  return launch;
}

LaunchCase backward_weights(const std::string& kernel, DenseSize size, unsigned seed) {
  const int columns = is_simple(kernel) ? size.inputs + 1 : size.inputs, side = is_simple(kernel) ? 16 : 64;
  LaunchCase launch{kernel, {parts(columns, side), parts(size.units, side), 1}, {16, 16, 1}};
  launch.arguments = {values(size.samples * size.inputs, seed), values(size.samples * size.units, seed + 1),
                      zeros(size.units * size.inputs), zeros(size.units)};
  return launch;
}

}  // namespace

LaunchCase dense_launch(const std::string& kernel, DenseSize size, DenseChoice choice, unsigned seed) {
  const bool is_forward = kernel.starts_with("dense_forward"), is_finish = kernel == "dense_finish";
  const bool is_data = kernel.starts_with("dense_backward_data");
  LaunchCase launch = is_finish    ? finish(size, choice, seed)
                      : is_forward ? forward(kernel, size, choice, seed)
                      : is_data    ? backward_data(kernel, size, choice, seed)
                                   : backward_weights(kernel, size, seed);
  std::vector<int> numbers{size.samples, size.inputs, size.units};
  if (is_finish) numbers = {size.samples, size.units, choice.activation};
  if (is_forward && !is_simple(kernel)) numbers.insert(numbers.end(), {choice.inputs_per_split, choice.activation});
  if (is_data && !is_simple(kernel)) numbers.push_back(choice.activation);
  for (const int number : numbers) launch.arguments.push_back(fmt::format("i32:{}", number));
  return launch;
}

std::vector<LaunchCase> dense_launches(const Kernel& kernel) {
  const std::string name(kernel.name);
  std::vector<LaunchCase> all;
  unsigned seed = 1;
  const auto add = [&](DenseSize size, DenseChoice choice) {
    all.push_back(dense_launch(name, size, choice, seed));
    seed += 10;
  };
  add({1, 1, 1}, {});
  add({16, 64, 16}, {});
  add({64, 32, 64}, {2});
  add({66, 37, 70}, {1});  // more than one tile each way, and no multiple of 4
  add({5, 130, 10}, {1, 64});
  add({67, 72, 12}, {0, 32});
  add({3, 17, 35}, {2, 1 << 20, 5});
  return all;
}

LaunchCase small_dense_launch(const Kernel& kernel) {
  return dense_launch(std::string(kernel.name), {2, 5, 3}, {1});
}

}  // namespace warpscope::kernels::testing
