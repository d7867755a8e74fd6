// The launches of dense layers: simple, tiled, on tensor cores.
#include <fmt/format.h>

#include <algorithm>

#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

constexpr std::uint32_t kSimpleTile = 16;  // train_dense.cu: a block computes 16 x 16 numbers
constexpr int kTile = 64, kDepth = 32;     // train_dense_tiled.cu: 64 x 64 numbers, 32 terms of their sums at a time
constexpr base::Dim3 kTiledBlock{16, 16};
constexpr std::uint32_t kFinishBlock = 256;
// A GPU wants some hundred blocks; a sum shorter than this is not worth a block of its own.
constexpr int kBlocksWanted = 128, kLeastPerSplit = 96;

int over(int count, int of) {
  return (count + of - 1) / of;
}

base::Dim3 tiles(int across, int down, int side) {
  return {static_cast<std::uint32_t>(over(across, side)), static_cast<std::uint32_t>(over(down, side))};
}

std::string title(const LayerGroup& g) {
  const std::string with = g.activation ? fmt::format(", with {}", text_of(*g.activation)) : "";
  return fmt::format("Dense {} → {}{}", thousands(g.in.count()), thousands(g.out.count()), with);
}

// As the kernels call them.
int activation_code(const std::optional<LayerKind>& activation) {
  if (!activation) return 0;
  return *activation == LayerKind::kRelu ? 1 : 2;
}

}  // namespace

const DenseKernels& PlanBuilder::dense_kernels() const {
  static constexpr DenseKernels kSimple{"train_dense", "", kSimpleTile, false};
  static constexpr DenseKernels kTiled{"train_dense_tiled", "_tiled", kTile, true};
  static constexpr DenseKernels kHalf{"train_dense_half", "_half", kTile, true};
  static constexpr DenseKernels kBf16{"train_dense_bf16", "_bf16", kTile, true};
  if (settings_.precision == Precision::kF16) return kHalf;
  if (settings_.precision == Precision::kBf16) return kBf16;
  return settings_.simple ? kSimple : kTiled;
}

DenseSplit PlanBuilder::dense_split(const LayerGroup& g) const {
  const int inputs = g.in.count();
  if (!dense_kernels().tiled) return {1, inputs};
  const int blocks = over(batch_, kTile) * over(g.out.count(), kTile);
  const int most = std::max(1, std::min(over(kBlocksWanted, blocks), inputs / kLeastPerSplit));
  const int each = over(over(inputs, most), kDepth) * kDepth;
  return {over(inputs, each), each};
}

void PlanBuilder::forward_dense(const LayerGroup& g, const std::string& input) {
  const DenseKernels& kernels = dense_kernels();
  const int inputs = g.in.count(), units = g.out.count();
  const std::string output = fmt::format("layer {} output", g.last);
  const std::string kernel = std::string("dense_forward") + kernels.suffix;
  Arguments arguments = {reads("input", input), reads("weight", weight_of(g)), reads("bias", bias_of(g))};
  const Arguments sizes = {value("samples", samples_), value("inputs", inputs), value("units", units)};
  if (!kernels.tiled) {
    arguments.push_back(writes("output", output));
    arguments.insert(arguments.end(), sizes.begin(), sizes.end());
    return launch({kernels.file, kernel, title(g), LaunchPhase::kForward, g.first},
                  tiles(units, samples_, kernels.tile), {kSimpleTile, kSimpleTile}, std::move(arguments));
  }
  const auto [splits, each] = dense_split(g);
  const std::string partial = fmt::format("layer {} partial sums", g.first);
  const PlannedArgument activation = value("activation", activation_code(g.activation));
  arguments.push_back(splits > 1 ? null("output") : writes("output", output));
  arguments.push_back(splits > 1 ? writes("partial", partial) : null("partial"));
  arguments.insert(arguments.end(), sizes.begin(), sizes.end());
  arguments.push_back(value("inputs_per_split", each));
  arguments.push_back(activation);
  base::Dim3 grid = tiles(samples_, units, kernels.tile);
  grid.z = static_cast<std::uint32_t>(splits);
  const std::string about = splits > 1 ? fmt::format("{}, in {} parts", title(g), splits) : title(g);
  launch({kernels.file, kernel, about, LaunchPhase::kForward, g.first}, grid, kTiledBlock, std::move(arguments));
  if (splits == 1) return;
  launch_each({"train_dense_tiled", "dense_finish", title(g) + ": the parts added", LaunchPhase::kForward, g.first},
              std::int64_t{samples_} * units,
              {reads("partial", partial), reads("bias", bias_of(g)), writes("output", output), value("splits", splits),
               sizes[0], sizes[2], activation});
}

void PlanBuilder::backward_dense(std::size_t group, const std::string& input, const std::string& below) {
  const DenseKernels& kernels = dense_kernels();
  const LayerGroup& g = groups_[group];
  const int inputs = g.in.count(), units = g.out.count();
  const std::string gradient = inner_gradient(group);
  const base::Dim3 block = kernels.tiled ? kTiledBlock : base::Dim3{kSimpleTile, kSimpleTile};
  const PlannedArgument sizes[] = {value("samples", samples_), value("inputs", inputs), value("units", units)};
  launch({kernels.file, std::string("dense_backward_weights") + kernels.suffix, title(g) + ": gradients of the weights",
          LaunchPhase::kBackward, g.first},
         tiles(kernels.tiled ? inputs : inputs + 1, units, kernels.tile), block,
         {reads("input", input), reads("output_grad", gradient), writes("weight_grad", weight_of(g) + " gradient"),
          writes("bias_grad", bias_of(g) + " gradient"), sizes[0], sizes[1], sizes[2]});
  if (below.empty()) return;
  Arguments arguments = {reads("output_grad", gradient), reads("weight", weight_of(g))};
  const bool folds = folds_activation(group - 1);
  if (kernels.tiled) arguments.push_back(folds ? reads("below", input) : null("below"));
  arguments.push_back(writes("input_grad", below));
  arguments.insert(arguments.end(), std::begin(sizes), std::end(sizes));
  if (kernels.tiled) {
    arguments.push_back(value("activation", folds ? activation_code(groups_[group - 1].activation) : 0));
  }
  launch({kernels.file, std::string("dense_backward_data") + kernels.suffix, title(g) + ": gradient of the inputs",
          LaunchPhase::kBackward, g.first},
         tiles(inputs, samples_, kernels.tile), block, std::move(arguments));
}

}  // namespace warpscope::training
