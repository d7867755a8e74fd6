#include "compute/kernels/training_kernels.h"

namespace warpscope::kernels {
namespace {

Kernel dense(std::string_view name, std::string_view title, std::string_view file,
             std::string_view idea, std::string_view look_for) {
  return {.name = name,
          .title = title,
          .topic = "training: dense layers",
          .idea = idea,
          .look_for = look_for,
          .file = file};
}

// 10 samples, 40 inputs, 20 units: more than a block of 16 x 16 threads covers.
Kernel simple(Kernel kernel, base::Dim3 grid, std::vector<NamedInput> arguments,
              std::vector<int> outputs) {
  kernel.grid = grid;
  kernel.block = {16, 16, 1};
  kernel.arguments = std::move(arguments);
  kernel.arguments.insert(kernel.arguments.end(),
                          {{"samples", "i32:10"}, {"inputs", "i32:40"}, {"units", "i32:20"}});
  kernel.outputs = std::move(outputs);
  return kernel;
}

std::vector<Kernel> simple_ones() {
  return {
      simple(dense("dense_forward", "Dense layer, forward", "train_dense",
                   "Every thread weighs all inputs of one sample for one unit.",
                   "The two loads of the inner loop: neighbours read weights of different units, a "
                   "whole row apart."),
             {2, 1, 1},
             {{"input", "buf:f32:400:rand:1"},
              {"weight", "buf:f32:800:rand:2"},
              {"bias", "buf:f32:20:rand:3"},
              {"output", "buf:f32:200:zero"}},
             {3}),
      simple(dense("dense_backward_data", "Dense layer, gradient of its inputs", "train_dense",
                   "An input took part in every unit, so its gradient is a sum over the units.",
                   "The weights are the same as forward, but now neighbours read them side by "
                   "side."),
             {3, 1, 1},
             {{"output_grad", "buf:f32:200:rand:1"},
              {"weight", "buf:f32:800:rand:2"},
              {"input_grad", "buf:f32:400:zero"}},
             {2}),
      simple(dense("dense_backward_weights", "Dense layer, gradient of its weights", "train_dense",
                   "A weight took part in every sample, so its gradient is a sum over the batch.",
                   "The column after the last: the bias is the weight of an input that is always "
                   "1."),
             {3, 2, 1},
             {{"input", "buf:f32:400:rand:1"},
              {"output_grad", "buf:f32:200:rand:2"},
              {"weight_grad", "buf:f32:800:zero"},
              {"bias_grad", "buf:f32:20:zero"}},
             {2, 3}),
  };
}

// 10 samples, 40 inputs, 70 units: two blocks of 64 x 64 results, two rounds of 32 terms.
Kernel fast(Kernel kernel, base::Dim3 grid, std::vector<NamedInput> arguments,
            std::vector<NamedInput> settings, std::vector<int> outputs) {
  kernel.grid = grid;
  kernel.block = {16, 16, 1};
  kernel.arguments = std::move(arguments);
  kernel.arguments.insert(kernel.arguments.end(),
                          {{"samples", "i32:10"}, {"inputs", "i32:40"}, {"units", "i32:70"}});
  kernel.arguments.insert(kernel.arguments.end(), settings.begin(), settings.end());
  kernel.outputs = std::move(outputs);
  return kernel;
}

Kernel forward(Kernel kernel) {
  return fast(std::move(kernel), {1, 2, 1},
              {{"input", "buf:f32:400:rand:1"},
               {"weight", "buf:f32:2800:rand:2"},
               {"bias", "buf:f32:70:rand:3"},
               {"output", "buf:f32:700:zero"},
               {"partial", "null"}},
              {{"inputs_per_split", "i32:64"}, {"activation", "i32:1"}}, {3});
}

Kernel backward_data(Kernel kernel) {
  return fast(std::move(kernel), {1, 1, 1},
              {{"output_grad", "buf:f32:700:rand:1"},
               {"weight", "buf:f32:2800:rand:2"},
               {"below", "buf:f32:400:rand:3"},
               {"input_grad", "buf:f32:400:zero"}},
              {{"activation", "i32:2"}}, {3});
}

Kernel backward_weights(Kernel kernel) {
  return fast(std::move(kernel), {1, 2, 1},
              {{"input", "buf:f32:400:rand:1"},
               {"output_grad", "buf:f32:700:rand:2"},
               {"weight_grad", "buf:f32:2800:zero"},
               {"bias_grad", "buf:f32:70:zero"}},
              {}, {2, 3});
}

std::vector<Kernel> tiled_ones() {
  Kernel finish = dense("dense_finish", "Dense layer, the sums put together", "train_dense_tiled",
                        "Sums that were cut, so that a GPU has enough blocks, are added up in a "
                        "fixed order.",
                        "One load a part, and all lanes side by side: the order of the sum is the "
                        "same in every run.");
  finish.grid = {2, 1, 1};
  finish.block = {256, 1, 1};
  finish.arguments = {{"partial", "buf:f32:1200:rand:1"},
                      {"bias", "buf:f32:30:rand:2"},
                      {"output", "buf:f32:300:zero"},
                      {"splits", "i32:4"},
                      {"samples", "i32:10"},
                      {"units", "i32:30"},
                      {"activation", "i32:2"}};
  finish.outputs = {2};
  return {
      forward(dense("dense_forward_tiled", "Dense layer in tiles, forward", "train_dense_tiled",
                    "A thread keeps 4 x 4 results in registers, so that two loads serve 16 "
                    "multiplications.",
                    "The inner loop: two loads of four numbers each, then 16 multiplications; the "
                    "samples that are missing cost nothing but idle lanes.")),
      finish,
      backward_data(dense("dense_backward_data_tiled", "Dense layer in tiles, gradient of inputs",
                          "train_dense_tiled",
                          "The slope of the activation below is multiplied in on the way out.",
                          "One tile is turned on the way into shared memory, the other is not; "
                          "warps whose samples do not exist skip the multiplications.")),
      backward_weights(dense("dense_backward_weights_tiled",
                             "Dense layer in tiles, gradient of weights", "train_dense_tiled",
                             "Both matrices lie as the tiles need them, and the biases' gradients "
                             "come out of the same tile.",
                             "The last loop of a round: two warps of the first blocks add up the "
                             "columns of the tile.")),
  };
}

std::vector<Kernel> half_ones() {
  return {
      forward(dense("dense_forward_half", "Dense layer on tensor cores (f16), forward",
                    "train_dense_half",
                    "A warp multiplies whole matrices of 16 x 16 halves, and sums their products "
                    "as floats.",
                    "wmma.load and wmma.mma: all lanes take part, each with its piece of the "
                    "matrices.")),
      backward_data(dense("dense_backward_data_half",
                          "Dense layer on tensor cores (f16), gradient of inputs",
                          "train_dense_half",
                          "Gradients too small for a half become zero, which is why the loss is "
                          "scaled.",
                          "Both tiles are loaded by rows; the slope of the activation is "
                          "multiplied in as a float.")),
      backward_weights(dense("dense_backward_weights_half",
                             "Dense layer on tensor cores (f16), gradient of weights",
                             "train_dense_half",
                             "One matrix is loaded by its columns, so that no tile has to be "
                             "turned.",
                             "wmma.load.a with .col, wmma.load.b with .row; the biases' gradients "
                             "are sums of floats.")),
  };
}

std::vector<Kernel> bf16_ones() {
  std::vector<Kernel> all = {
      forward(dense("dense_forward_bf16", "Dense layer on tensor cores (bf16), forward",
                    "train_dense_bf16",
                    "A bfloat16 is the upper half of a float: the same range with fewer digits.",
                    "The rounding on the way into the tiles, and wmma.mma with .bf16.")),
      backward_data(dense("dense_backward_data_bf16",
                          "Dense layer on tensor cores (bf16), gradient of inputs",
                          "train_dense_bf16",
                          "No gradient is too small for a bfloat16, so that the loss needs no "
                          "scale.",
                          "The same loads and multiplications as with f16.")),
      backward_weights(dense("dense_backward_weights_bf16",
                             "Dense layer on tensor cores (bf16), gradient of weights",
                             "train_dense_bf16",
                             "Rounding errors of a batch largely cancel out in the sum over its "
                             "samples.",
                             "wmma.load.a with .col, wmma.load.b with .row; the biases' gradients "
                             "are sums of floats.")),
  };
  for (Kernel& kernel : all) kernel.architecture = 80;
  return all;
}

}  // namespace

std::vector<Kernel> training_dense_kernels() {
  std::vector<Kernel> all = simple_ones();
  for (const auto& more : {tiled_ones(), half_ones(), bf16_ones()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace warpscope::kernels
