// The launches of kernels that do the work of several layers, or of the loss, at once.
#include <fmt/format.h>

#include <algorithm>

#include "compute/training/augment.h"
#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

constexpr std::uint32_t kLossBlock = 64;  // train_loss.cu: softmax_cross_entropy

std::uint32_t blocks(std::int64_t count, std::int64_t of) {
  return static_cast<std::uint32_t>((count + of - 1) / of);
}

}  // namespace

// train_gather.cu says what lies there: the padded picture twice, and the field's knots row by row.
std::uint32_t changed_shared_bytes(const Shape& s) {
  return static_cast<std::uint32_t>(8 * (s.width + 3) * (s.height + 3) + 8 * s.height * knots_along(s.width));
}

void PlanBuilder::add_fused_loss(const std::string& logits, const std::string& gradient) {
  launch({"train_loss", "softmax_cross_entropy", "Softmax, cross entropy and its gradient", LaunchPhase::kForward},
         {blocks(samples_, kLossBlock)}, {kLossBlock},
         {reads("logits", logits), reads("labels", "labels"), reads("rates", "rates"), reads("counter", "counter"),
          writes("probabilities", "probabilities"), writes("losses", "losses"), writes("logit_grad", gradient),
          value("samples", samples_)});
}

// ---- Convolution 3x3, relu and max pool 2x2: shapes as train_conv_pool.cu's "Launch:" lines ask for

namespace {

constexpr int kWindowsPerBlock = 128, kMapsPerThread = 4;  // forward
constexpr int kLanes = 32, kWarps = 8;                     // of the gradients' kernels
constexpr std::int64_t kMostShared = 64 << 10;             // what every GPU since Turing has for a block
constexpr std::int64_t kEasyShared = 48 << 10;             // two blocks and more share a multiprocessor
constexpr int kBlocksWanted = 128;
constexpr int kMostRows = 5, kAtOnce = 5;  // windows, of the gradients of inputs

std::int64_t up4(std::int64_t count) {
  return (count + 3) / 4 * 4;
}

// Of the gradients of weights: channels are cut into parts until a block's share fits into shared memory.
struct WeightsShape {
  int parts = 1;
  std::int64_t shared_bytes = 0;
};

WeightsShape weights_shape(const Shape& in, const Shape& out) {
  const std::int64_t plane = std::int64_t{in.height} * in.width, windows = std::int64_t{out.height} * out.width;
  const int of_thread = in.channels % 4 == 0 ? 4 : 1;
  const int shares = in.channels / of_thread;
  for (int parts = static_cast<int>(blocks(shares, kWarps));; ++parts) {
    const std::int64_t threads = (shares + parts - 1) / parts, channels = threads * of_thread;
    const std::int64_t rest = std::int64_t{of_thread} * (in.width + 4);  // a row that is read past the last picture
    const std::int64_t while_adding = 4 * (up4(channels * plane + rest) + up4(kLanes * windows)) + kLanes * windows;
    const std::int64_t at_the_end = 4 * kLanes * (kWarps / threads) * ((9 * channels + 1) | 1);
    const std::int64_t bytes = std::max(while_adding, at_the_end);
    if (bytes <= kEasyShared || parts == shares) return {parts, bytes};
  }
}

// Of the gradients of inputs: a row of windows counts as so many that a warp takes them kAtOnce at a time.
std::int64_t data_shared(const Shape& in, const Shape& out) {
  const std::int64_t plane = std::int64_t{in.height} * in.width;
  const std::int64_t columns = (out.width + kAtOnce - 1) / kAtOnce * kAtOnce;
  const std::int64_t gradients = std::int64_t{out.channels} * out.height * columns;
  return 4 * (up4((kLanes + 1) * plane) + kWarps * 9 * kLanes) + 8 * gradients;
}

}  // namespace

bool fits_conv_pool(const Shape& in, const Shape& out, bool goes_on_below) {
  return out.height > 0 && out.width > 0 && weights_shape(in, out).shared_bytes <= kMostShared &&
         (!goes_on_below || data_shared(in, out) <= kMostShared);
}

SampleSplit PlanBuilder::sample_split(const LayerGroup& g) const {
  const int blocks_of_a_sample = static_cast<int>(blocks(g.out.channels, kLanes)) * weights_shape(g.in, g.out).parts;
  const int each = static_cast<int>(blocks(std::int64_t{batch_} * blocks_of_a_sample, kBlocksWanted));
  return {static_cast<int>(blocks(batch_, each)), each};
}

void PlanBuilder::forward_conv_pool(const LayerGroup& g, const std::string& input) {
  const std::int64_t windows = std::int64_t{samples_} * g.out.height * g.out.width;
  const std::uint32_t across = blocks(windows, kWindowsPerBlock), most = blocks(g.out.channels, kMapsPerThread);
  // Of one channel a thread may make more maps of the same inputs: less work, as long as there is enough for all.
  const std::uint32_t least = g.in.channels == 1 ? blocks(g.out.channels, kWindowsPerBlock) : most;
  const std::uint32_t rows = std::clamp(blocks(2 * kBlocksWanted, across), least, most);
  launch({"train_conv_pool", "conv_relu_pool_forward",
          fmt::format("Convolution 3x3, relu, max pool 2x2: {} to {}", picture(g.in), picture(g.out)),
          LaunchPhase::kForward, g.first},
         {across, rows}, {kWindowsPerBlock},
         {reads("input", input), reads("weight", weight_of(g)), reads("bias", bias_of(g)),
          writes("pooled", fmt::format("layer {} output", g.last)),
          writes("chosen", fmt::format("layer {} chosen", g.last)), value("samples", samples_),
          value("channels", g.in.channels), value("height", g.in.height), value("width", g.in.width),
          value("maps", g.out.channels)});
}

void PlanBuilder::backward_conv_pool(const LayerGroup& g, const std::string& input, const std::string& below) {
  const PlannedArgument gradient = reads("pooled_grad", fmt::format("layer {} output gradient", g.last));
  const PlannedArgument chosen = reads("chosen", fmt::format("layer {} chosen", g.last));
  const std::string partial = fmt::format("layer {} partial sums", g.first);
  const Arguments sizes = {value("channels", g.in.channels), value("height", g.in.height), value("width", g.in.width),
                           value("maps", g.out.channels)};
  const WeightsShape shape = weights_shape(g.in, g.out);
  const int each = sample_split(g).samples_per_split;
  const std::uint32_t splits = blocks(samples_, each);
  const int numbers = g.out.channels * (g.in.channels * 9 + 1);
  Arguments arguments = {reads("input", input), gradient, chosen, writes("partial", partial),
                         value("samples", samples_)};
  arguments.insert(arguments.end(), sizes.begin(), sizes.end());
  arguments.push_back(value("samples_per_split", each));
  launch({"train_conv_pool", "conv_relu_pool_backward_weights",
          fmt::format("Gradients of {} weights and biases, in {} parts", thousands(numbers), splits),
          LaunchPhase::kBackward, g.first},
         {splits, blocks(g.out.channels, kLanes), static_cast<std::uint32_t>(shape.parts)}, {kWarps * kLanes},
         std::move(arguments), static_cast<std::uint32_t>(shape.shared_bytes));
  launch_each(
      {"train_conv_pool", "sum_partials", "The parts of these gradients added", LaunchPhase::kBackward, g.first},
      numbers,
      {reads("partial", partial), writes("out", fmt::format("layer {} gradients", g.first)),
       value("splits", static_cast<int>(splits)), value("count", numbers), value("stride", numbers)});
  if (below.empty()) return;
  arguments = {gradient, chosen, reads("weight", weight_of(g)), writes("input_grad", below)};
  arguments.insert(arguments.end(), sizes.begin(), sizes.end());
  launch({"train_conv_pool", "conv_relu_pool_backward_data", fmt::format("Gradient of the input, {}", picture(g.in)),
          LaunchPhase::kBackward, g.first},
         {static_cast<std::uint32_t>(samples_), blocks(g.in.channels, kLanes)},
         {static_cast<std::uint32_t>(2 * kLanes * std::min(g.out.height, kMostRows))}, std::move(arguments),
         static_cast<std::uint32_t>(data_shared(g.in, g.out)));
}

}  // namespace warpscope::training
