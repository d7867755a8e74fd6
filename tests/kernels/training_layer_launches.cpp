#include "tests/kernels/training_layer_launches.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace warpscope::kernels::testing {
namespace {

std::uint32_t blocks_for(int count, int block) {
  return static_cast<std::uint32_t>((count + block - 1) / block);
}
std::uint32_t unsigned_of(int value) {
  return static_cast<std::uint32_t>(value);
}

std::string zeros(int count) {
  return fmt::format("buf:f32:{}:zero", count);
}
std::string mixed(int count, int seed) {
  return fmt::format("buf:f32:{}:rand:{}:-1:1", count, seed);
}
std::string places(int count, int below) {
  return fmt::format("buf:u8:{}:rand:5:{}", count, below);
}

// Counts that follow from the sizes.
struct Counts {
  explicit Counts(const LayerSizes& s)
      : inputs(s.samples * s.channels * s.height * s.width),
        outputs(s.samples * s.maps * (s.height - s.size + 1) * (s.width - s.size + 1)),
        weights(s.maps * s.channels * s.size * s.size),
        pooled(s.samples * s.channels * (s.height / s.size) * (s.width / s.size)) {}
  int inputs, outputs, weights, pooled;
};

struct Given {
  LayerSizes sizes;
  Counts counts{sizes};
  base::Dim3 grid{}, block{256, 1, 1};
  int shared_bytes = 0;
  std::vector<std::string> buffers{};
  std::vector<int> values{};
};

std::vector<int> of_convolution(const LayerSizes& s) {
  return {s.channels, s.height, s.width, s.maps, s.size};
}

void conv_forward(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  const int pixels = (s.height - s.size + 1) * (s.width - s.size + 1);
  g.grid = {blocks_for(pixels, 256), unsigned_of(s.maps), unsigned_of(s.samples)};
  g.buffers = {mixed(c.inputs, 1), mixed(c.weights, 2), mixed(s.maps, 3), zeros(c.outputs)};
  g.values = of_convolution(s);
}

void conv_backward_data(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  g.grid = {blocks_for(s.height * s.width, 256), unsigned_of(s.channels), unsigned_of(s.samples)};
  g.buffers = {mixed(c.outputs, 1), mixed(c.weights, 2), zeros(c.inputs)};
  g.values = of_convolution(s);
}

void conv_backward_weights(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  g.grid = {unsigned_of(c.weights / s.maps + 1), unsigned_of(s.maps), 1};
  g.buffers = {mixed(c.inputs, 1), mixed(c.outputs, 2), zeros(c.weights), zeros(s.maps)};
  g.values = of_convolution(s);
  g.values.insert(g.values.begin(), s.samples);
}

void maxpool_forward(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  const int planes = s.samples * s.channels;
  g.grid = {blocks_for(c.pooled / planes, 256), unsigned_of(planes), 1};
  g.buffers = {mixed(c.inputs, 1), zeros(c.pooled), fmt::format("buf:u8:{}:zero", c.pooled)};
  g.values = {s.height, s.width, s.size};
}

void maxpool_backward(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  g.grid = {blocks_for(s.height * s.width, 256), unsigned_of(s.samples * s.channels), 1};
  g.buffers = {mixed(c.pooled, 1), places(c.pooled, s.size * s.size), zeros(c.inputs)};
  g.values = {s.height, s.width, s.size};
}

void activation_forward(Given& g) {
  const int count = g.counts.inputs;
  g.grid = {blocks_for(count, 256), 1, 1};
  g.buffers = {fmt::format("buf:f32:{}:rand:1:-5:5", count), zeros(count)};
  g.values = {count};
}

void relu_backward(Given& g) {
  const int count = g.counts.inputs;
  g.grid = {blocks_for(count, 256), 1, 1};
  g.buffers = {mixed(count, 1), mixed(count, 2), zeros(count)};
  g.values = {count};
}

void sigmoid_backward(Given& g) {
  relu_backward(g);
  g.buffers[0] = fmt::format("buf:f32:{}:rand:1", g.counts.inputs);
}

// ---- Convolution 3 x 3, relu and pool 2 x 2 in one. Launches as train_conv_pool.cu says.

int windows_of(const LayerSizes& s) {
  return (s.height - 2) / 2 * ((s.width - 2) / 2);
}
int up4(int count) {
  return (count + 3) / 4 * 4;
}
std::string zero_places(int count) {
  return fmt::format("buf:u8:{}:zero", count);
}

void conv_relu_pool_forward(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  const int pooled = s.samples * s.maps * windows_of(s);
  g.grid = {blocks_for(s.samples * windows_of(s), 128), blocks_for(s.maps, 4), 1};
  g.block = {128, 1, 1};
  g.buffers = {mixed(c.inputs, 1), mixed(c.weights, 2), mixed(s.maps, 3), zeros(pooled), zero_places(pooled)};
  g.values = {s.samples, s.channels, s.height, s.width, s.maps};
}

void conv_relu_pool_backward_weights(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  const int windows = windows_of(s), pooled = s.samples * s.maps * windows, of_split = 2;
  const int of_thread = s.channels % 4 == 0 ? 4 : 1;
  const int parts = (s.channels + 8 * of_thread - 1) / (8 * of_thread);
  const int of_block = (s.channels / of_thread + parts - 1) / parts * of_thread;
  const int slices = 8 / (of_block / of_thread);
  const int splits = (s.samples + of_split - 1) / of_split;
  g.grid = {unsigned_of(splits), blocks_for(s.maps, 32), unsigned_of(parts)};
  g.shared_bytes =
      std::max(4 * (up4(of_block * s.height * s.width + of_thread * (s.width + 4)) + up4(32 * windows)) + 32 * windows,
               4 * 32 * slices * ((9 * of_block + 1) | 1));
  g.buffers = {mixed(c.inputs, 1), mixed(pooled, 2), places(pooled, 5), zeros(splits * (c.weights + s.maps))};
  g.values = {s.samples, s.channels, s.height, s.width, s.maps, of_split};
}

void conv_relu_pool_backward_data(Given& g) {
  const auto& [s, c] = std::tie(g.sizes, g.counts);
  const int pooled = s.samples * s.maps * windows_of(s);
  const int rows = (s.height - 2) / 2, columns = (s.width - 2) / 2;
  g.grid = {unsigned_of(s.samples), blocks_for(s.channels, 32), 1};
  g.block = {unsigned_of(64 * std::min(rows, 5)), 1, 1};
  g.shared_bytes = 4 * (up4(33 * s.height * s.width) + 8 * 288) + 8 * s.maps * rows * ((columns + 4) / 5 * 5);
  g.buffers = {mixed(pooled, 1), places(pooled, 5), mixed(c.weights, 2), zeros(c.inputs)};
  g.values = {s.channels, s.height, s.width, s.maps};
}

// As many splits as channels, a sum longer than what is wanted of it.
void sum_partials(Given& g) {
  const int count = g.sizes.height * g.sizes.width, stride = count + 3, splits = g.sizes.channels;
  g.grid = {blocks_for(count, 256), 1, 1};
  g.buffers = {mixed(splits * stride, 1), zeros(count)};
  g.values = {splits, count, stride};
}

const std::map<std::string_view, std::function<void(Given&)>>& all_ways() {
  static const std::map<std::string_view, std::function<void(Given&)>> all{
      {"conv_forward", conv_forward},
      {"conv_backward_data", conv_backward_data},
      {"conv_backward_weights", conv_backward_weights},
      {"maxpool_forward", maxpool_forward},
      {"maxpool_backward", maxpool_backward},
      {"relu_forward", activation_forward},
      {"relu_backward", relu_backward},
      {"sigmoid_forward", activation_forward},
      {"sigmoid_backward", sigmoid_backward},
      {"conv_relu_pool_forward", conv_relu_pool_forward},
      {"conv_relu_pool_backward_weights", conv_relu_pool_backward_weights},
      {"conv_relu_pool_backward_data", conv_relu_pool_backward_data},
      {"sum_partials", sum_partials},
  };
  return all;
}

}  // namespace

LaunchCase layer_launch(const Kernel& kernel, const LayerSizes& sizes) {
  Given given{sizes};
  all_ways().at(kernel.name)(given);
  LaunchCase launch = default_launch(kernel);
  launch.grid = given.grid;
  launch.block = given.block;
  launch.shared_bytes = unsigned_of(given.shared_bytes);
  launch.arguments = given.buffers;
  for (const int value : given.values) launch.arguments.push_back(fmt::format("i32:{}", value));
  return launch;
}

std::vector<LaunchCase> layer_launches(const Kernel& kernel) {
  const std::vector<LayerSizes> any{
      {1, 1, 3, 3, 1, 3}, {2, 3, 7, 9, 4, 2}, {3, 1, 28, 28, 5, 3}, {1, 2, 19, 18, 3, 5}, {2, 2, 6, 33, 1, 1}};
  // Numbers of channels and maps that fill warps and parts of a block, and such that do not.
  const std::vector<LayerSizes> fused{{1, 1, 4, 4, 1, 3},    {3, 3, 9, 7, 5, 3},   {5, 1, 28, 28, 33, 3},
                                      {1, 4, 13, 13, 36, 3}, {2, 34, 6, 31, 3, 3}, {1, 36, 15, 6, 10, 3}};
  std::vector<LaunchCase> all;
  for (const LayerSizes& sizes : kernel.name.starts_with("conv_relu") ? fused : any) {
    all.push_back(layer_launch(kernel, sizes));
  }
  return all;
}

}  // namespace warpscope::kernels::testing
