#include "compute/convolution/plan.h"

#include <algorithm>
#include <utility>

namespace warpscope::convolution {
namespace {

constexpr base::Dim3 kProductBlock{32, 8, 1};  // outputs and filters that a block of the matrix product makes
constexpr int kVectorOutputs = 4;

std::uint32_t blocks_for(std::int64_t count, std::uint32_t block) {
  return static_cast<std::uint32_t>((count + block - 1) / block);
}

// One kernel that makes a stage's sums, where one is enough.
struct SinglePass {
  Variant variant;
  const char* kernel;
  int outputs_per_thread;
  bool takes_bank, has_tile;
};
constexpr std::array kSinglePasses{
    SinglePass{Variant::kNaive, "convolve_naive", 1, true, false},
    SinglePass{Variant::kConstant, "convolve_constant", 1, false, false},
    SinglePass{Variant::kTiled, "convolve_tiled", 1, false, true},
    SinglePass{Variant::kVectorised, "convolve_vectorised", kVectorOutputs, false, false},
};

class Planner {
 public:
  Planner(const Settings& settings, Size picture) : settings_(settings) { plan_.buffers.push_back(picture); }

  Plan finish() {
    int at = 0;  // the buffer that the next stage reads
    for (stage_ = 0; stage_ < static_cast<int>(settings_.chain.size()); ++stage_) {
      at = add_stage(at);
      plan_.outputs.push_back(at);
      plan_.sizes.push_back(size(at));
    }
    return std::move(plan_);
  }

 private:
  const Stage& stage() const { return settings_.chain[static_cast<std::size_t>(stage_)]; }
  Size size(int buffer) const { return plan_.buffers[static_cast<std::size_t>(buffer)]; }
  int add_buffer(Size size) {
    plan_.buffers.push_back(size);
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  int add_stage(int in) {
    switch (stage().kind) {
      case StageKind::kRelu:
        return add_pointwise("relu", in);
      case StageKind::kMaxPool:
        return add_pointwise("max_pool", in);
      case StageKind::kFilter:
        return add_sums(in);
      case StageKind::kMagnitude:
        return add_pointwise("magnitude", add_sums(in), size_after(stage(), size(in)));
    }
    return in;
  }

  int add_pointwise(const char* kernel, int in) { return add_pointwise(kernel, in, size_after(stage(), size(in))); }
  int add_pointwise(const char* kernel, int in, Size result) {
    Shape shape;
    shape.width = size(in).width;
    shape.height = size(in).height;
    shape.out_width = result.width;
    shape.out_height = result.height;
    return add_launch(kernel, in, result, result, shape).out;
  }

  // Through all filters of the stage; of a magnitude its two.
  int add_sums(int in) {
    const bool can = why_not(settings_.variant, stage(), settings_.block).empty();
    const Variant variant = can ? settings_.variant : Variant::kConstant;
    Size result = size_after(stage(), size(in));
    result.planes = size(in).planes * static_cast<int>(stage().filters.size());
    const Shape shape = shape_of(size(in), result);
    if (variant == Variant::kSeparable) return add_two_passes(in, result, shape);
    add_weights();
    if (variant == Variant::kMatrixProduct) return add_product(in, result, shape);
    const SinglePass& pass = *std::ranges::find(kSinglePasses, variant, &SinglePass::variant);
    PlannedLaunch& launch = add_launch(pass.kernel, in, result, result, shape, pass.outputs_per_thread);
    launch.takes_bank = pass.takes_bank;
    if (pass.has_tile) {
      launch.shared_bytes = static_cast<std::uint32_t>(sizeof(float)) * tile_side(stage(), settings_.block.x) *
                            tile_side(stage(), settings_.block.y);
    }
    return launch.out;
  }

  Shape shape_of(Size in, Size result) const {
    const Stage& s = stage();
    return {in.width,
            in.height,
            result.width,
            result.height,
            s.filters.front().size,
            s.stride,
            s.dilation,
            padding_of(s),
            static_cast<std::int32_t>(s.border),
            static_cast<std::int32_t>(s.filters.size()),
            static_cast<std::int32_t>(plan_.weights.size())};
  }

  void add_weights() {
    for (const Filter& filter : stage().filters) {
      plan_.weights.insert(plan_.weights.end(), filter.weights.begin(), filter.weights.end());
      plan_.weights.insert(plan_.weights.end(), {filter.divide, filter.add});
    }
  }

  int add_two_passes(int in, Size result, const Shape& shape) {
    for (const Filter& filter : stage().filters) {
      const Separation parts = *separate(filter);
      plan_.weights.insert(plan_.weights.end(), parts.row.begin(), parts.row.end());
      plan_.weights.insert(plan_.weights.end(), parts.column.begin(), parts.column.end());
      plan_.weights.insert(plan_.weights.end(), {filter.divide, filter.add});
    }
    const Size rows{result.width, size(in).height, result.planes};
    const int between = add_launch("convolve_rows", in, rows, rows, shape).out;
    return add_launch("convolve_columns", between, result, result, shape).out;
  }

  int add_product(int in, Size result, const Shape& shape) {
    const Size windows{result.width, result.height, size(in).planes};
    const Size columns{result.width, result.height, windows.planes * shape.size * shape.size};
    const int unfolded = add_launch("unfold", in, columns, windows, shape).out;
    PlannedLaunch& product = add_launch("filters_times_columns", unfolded, result, result, shape);
    product.takes_bank = product.bank_is_first = true;
    product.info.block = kProductBlock;
    product.info.grid = {blocks_for(std::int64_t{result.width} * result.height, kProductBlock.x),
                         blocks_for(shape.filters, kProductBlock.y), static_cast<std::uint32_t>(windows.planes)};
    return product.out;
  }

  // `threads`: one for each of these, but for those that make several.
  PlannedLaunch& add_launch(const char* kernel, int in, Size result, Size threads, const Shape& shape,
                            int outputs_per_thread = 1) {
    PlannedLaunch launch;
    const base::Dim3 block = settings_.block;
    launch.info = {kernel,
                   {blocks_for(threads.width, block.x * static_cast<std::uint32_t>(outputs_per_thread)),
                    blocks_for(threads.height, block.y), static_cast<std::uint32_t>(threads.planes)},
                   block,
                   stage_,
                   outputs_per_thread,
                   result};
    launch.shape = shape;
    launch.in = in;
    launch.out = add_buffer(result);
    plan_.launches.push_back(std::move(launch));
    return plan_.launches.back();
  }

  const Settings& settings_;
  Plan plan_;
  int stage_ = 0;
};

}  // namespace

Plan plan_of(const Settings& settings, Size picture) {
  return Planner(settings, picture).finish();
}

}  // namespace warpscope::convolution
