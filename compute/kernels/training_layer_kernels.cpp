#include "compute/kernels/training_kernels.h"

namespace warpscope::kernels {
namespace {

// What an entry has besides the words about it.
struct Launch {
  base::Dim3 grid{};
  base::Dim3 block{256, 1, 1};
  std::vector<NamedInput> arguments{};
  std::vector<int> outputs{};
  std::uint32_t shared_bytes = 0;
};

struct Words {
  std::string_view title, idea, look_for;
};

Kernel layer(std::string_view file, std::string_view name, const Words& words, Launch launch) {
  return {.name = name,
          .title = words.title,
          .topic = "training: convolution",
          .idea = words.idea,
          .look_for = words.look_for,
          .grid = launch.grid,
          .block = launch.block,
          .shared_bytes = launch.shared_bytes,
          .arguments = std::move(launch.arguments),
          .outputs = std::move(launch.outputs),
          .file = file};
}

// Two channels of 17 x 20 pixels to two maps of 15 x 18: a block and 14 pixels more.
std::vector<Kernel> simple_convolutions() {
  return {
      layer("train_conv", "conv_forward",
            {"Convolution layer, forward",
             "Every output pixel is a weighted window of all channels, with weights of its own for "
             "each map.",
             "The weight is one number for the whole warp; the window is 32 pixels side by side."},
            {.grid = {2, 2, 1},
             .arguments = {{"input", "buf:f32:680:rand:1"},
                           {"weight", "buf:f32:36:rand:2:-0.5:0.5"},
                           {"bias", "buf:f32:2:rand:3:-0.5:0.5"},
                           {"output", "buf:f32:540:zero"},
                           {"channels", "i32:2"},
                           {"height", "i32:17"},
                           {"width", "i32:20"},
                           {"maps", "i32:2"},
                           {"size", "i32:3"}},
             .outputs = {3}}),
      layer("train_conv", "conv_backward_data",
            {"Convolution layer, back to its input",
             "What an input pixel did to the loss comes back through every window that it was in.",
             "Lanes at the edge of the picture are in fewer windows, and skip the sum."},
            {.grid = {2, 2, 1},
             .arguments = {{"output_grad", "buf:f32:540:rand:1:-1:1"},
                           {"weight", "buf:f32:36:rand:2:-0.5:0.5"},
                           {"input_grad", "buf:f32:680:zero"},
                           {"channels", "i32:2"},
                           {"height", "i32:17"},
                           {"width", "i32:20"},
                           {"maps", "i32:2"},
                           {"size", "i32:3"}},
             .outputs = {2}}),
      layer("train_conv", "conv_backward_weights",
            {"Convolution layer, back to its weights",
             "A weight met every output pixel of every sample, so its gradient is a sum over them "
             "all, which a block "
             "makes.",
             "The tenth block of a row: the bias, whose input is always 1; then the tree of "
             "additions."},
            {.grid = {10, 2, 1},
             .arguments = {{"input", "buf:f32:680:rand:1"},
                           {"output_grad", "buf:f32:1080:rand:2:-1:1"},
                           {"weight_grad", "buf:f32:18:zero"},
                           {"bias_grad", "buf:f32:2:zero"},
                           {"samples", "i32:2"},
                           {"channels", "i32:1"},
                           {"height", "i32:17"},
                           {"width", "i32:20"},
                           {"maps", "i32:2"},
                           {"size", "i32:3"}},
             .outputs = {2, 3}}),
  };
}

// Two samples of 12 x 12 pixels to six maps of 5 x 5 windows.
std::vector<Kernel> fused_convolutions() {
  return {
      layer("train_conv_pool", "conv_relu_pool_forward",
            {"Convolution, relu and pool in one, forward",
             "A thread keeps the 4 x 4 inputs of its window in registers and makes four maps of "
             "them, of which only "
             "the pooled values are ever written.",
             "The weights: 16 bytes at a time, the same for all lanes; then twelve selections in "
             "place of branches."},
            {.grid = {1, 2, 1},
             .block = {128, 1, 1},
             .arguments = {{"input", "buf:f32:288:rand:1"},
                           {"weight", "buf:f32:54:rand:2:-0.5:0.5"},
                           {"bias", "buf:f32:6:rand:3:-0.5:0.5"},
                           {"pooled", "buf:f32:300:zero"},
                           {"chosen", "buf:u8:300:zero"},
                           {"samples", "i32:2"},
                           {"channels", "i32:1"},
                           {"height", "i32:12"},
                           {"width", "i32:12"},
                           {"maps", "i32:6"}},
             .outputs = {3, 4}}),
      layer("train_conv_pool", "conv_relu_pool_backward_weights",
            {"Convolution, relu and pool in one, back to the weights",
             "Only the chosen output of a window has a gradient, so a lane, which is a map, picks "
             "the 3 x 3 inputs "
             "of that one from a tile.",
             "The loads from the tile: the lanes ask for at most five different places."},
            {.grid = {2, 1, 1},
             .arguments = {{"input", "buf:f32:432:rand:1"},
                           {"pooled_grad", "buf:f32:450:rand:2:-1:1"},
                           {"chosen", "buf:u8:450:rand:3:5"},
                           {"partial", "buf:f32:120:zero"},
                           {"samples", "i32:3"},
                           {"channels", "i32:1"},
                           {"height", "i32:12"},
                           {"width", "i32:12"},
                           {"maps", "i32:6"},
                           {"samples_per_split", "i32:2"}},
             .outputs = {3},
             .shared_bytes = 4 * 32 * 8 * 11}),
      layer("train_conv_pool", "sum_partials",
            {"Sum of partial sums",
             "What blocks have summed up each for itself is added up in a fixed order.",
             "Neighbours read neighbours: a split after the other, always in the same order."},
            {.grid = {2, 1, 1},
             .arguments = {{"partial", "buf:f32:1200:rand:1:-1:1"},
                           {"out", "buf:f32:300:zero"},
                           {"splits", "i32:4"},
                           {"count", "i32:300"},
                           {"stride", "i32:300"}},
             .outputs = {1}}),
      layer("train_conv_pool", "conv_relu_pool_backward_data",
            {"Convolution, relu and pool in one, back to the input",
             "A lane is a channel, so that all lanes hand the gradient of one chosen output back "
             "in the same of four "
             "ways.",
             "The switch on the chosen output: no warp ever splits there."},
            {.grid = {2, 1, 1},
             .block = {320, 1, 1},
             .arguments = {{"pooled_grad", "buf:f32:300:rand:1:-1:1"},
                           {"chosen", "buf:u8:300:rand:2:5"},
                           {"weight", "buf:f32:162:rand:3:-0.5:0.5"},
                           {"input_grad", "buf:f32:864:zero"},
                           {"channels", "i32:3"},
                           {"height", "i32:12"},
                           {"width", "i32:12"},
                           {"maps", "i32:6"}},
             .outputs = {3},
             .shared_bytes = 4 * (33 * 144 + 8 * 288) + 8 * 150}),
  };
}

// Two planes of 33 x 35 values to 16 x 17: a block and 16 values more, a row and a column left out.
std::vector<Kernel> pools() {
  return {
      layer("train_pool", "maxpool_forward",
            {"Max pool, forward",
             "Of every window only the largest value goes on, with a note of which it was.",
             "A larger value is found in some lanes and not in others: the branch, window by "
             "window."},
            {.grid = {2, 2, 1},
             .arguments = {{"input", "buf:f32:2310:rand:1:-1:1"},
                           {"output", "buf:f32:544:zero"},
                           {"chosen", "buf:u8:544:zero"},
                           {"height", "i32:33"},
                           {"width", "i32:35"},
                           {"size", "i32:2"}},
             .outputs = {1, 2}}),
      layer("train_pool", "maxpool_backward",
            {"Max pool, back",
             "The whole gradient of a window goes to the value that was its largest.",
             "The last row and column, which no window holds: their gradient is zero."},
            {.grid = {5, 2, 1},
             .arguments = {{"output_grad", "buf:f32:544:rand:1:-1:1"},
                           {"chosen", "buf:u8:544:rand:2:4"},
                           {"input_grad", "buf:f32:2310:zero"},
                           {"height", "i32:33"},
                           {"width", "i32:35"},
                           {"size", "i32:2"}},
             .outputs = {2}}),
  };
}

// 1,000 values: the last warp has 8.
std::vector<Kernel> activations() {
  const Launch forward{.grid = {4, 1, 1},
                       .arguments = {{"input", "buf:f32:1000:rand:1:-4:4"},
                                     {"output", "buf:f32:1000:zero"},
                                     {"count", "i32:1000"}},
                       .outputs = {1}};
  Launch relu_back{.grid = {4, 1, 1},
                   .arguments = {{"output", "buf:f32:1000:rand:1:-1:1"},
                                 {"output_grad", "buf:f32:1000:rand:2:-1:1"},
                                 {"input_grad", "buf:f32:1000:zero"},
                                 {"count", "i32:1000"}},
                   .outputs = {2}};
  Launch sigmoid_back = relu_back;
  sigmoid_back.arguments[0].spec = "buf:f32:1000:rand:1";
  return {
      layer("train_activation", "relu_forward",
            {"Relu, forward", "What is below zero is held back, what is above goes on.",
             "No branch: every lane chooses between its value and 0."},
            forward),
      layer(
          "train_activation", "relu_backward",
          {"Relu, back", "The gradient goes on where the output was above zero, and nowhere else.",
           "The output alone is enough: what came in is not read again."},
          std::move(relu_back)),
      layer("train_activation", "sigmoid_forward",
            {"Sigmoid, forward", "Every number is pressed between 0 and 1.",
             "The exponential is a handful of instructions, the division some more."},
            forward),
      layer("train_activation", "sigmoid_backward",
            {"Sigmoid, back", "The slope of a sigmoid is its output times what that lacks to 1.",
             "Where the output is close to 0 or 1, hardly any gradient comes through."},
            std::move(sigmoid_back)),
  };
}

}  // namespace

std::vector<Kernel> training_layer_kernels() {
  std::vector<Kernel> all;
  for (const auto& part : {simple_convolutions(), pools(), activations(), fused_convolutions()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace warpscope::kernels
