// What there is to say about one output value.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "app/panels/convolve_edit.h"
#include "app/panels/convolve_right.h"

namespace warpscope::panels {
namespace {

using convolution::LaunchInfo;
using convolution::Settings;
using convolution::Size;
using convolution::Stage;
using convolution::StageKind;
using convolution::Variant;

constexpr std::uint64_t kSectorBytes = 32, kBytes = sizeof(float);

std::string read_through(const Stage& stage, const Settings& settings) {
  if (stage.filters.empty()) return "global memory";
  const bool possible = convolution::why_not(settings.variant, stage, settings.block).empty();
  switch (possible ? settings.variant : Variant::kConstant) {
    case Variant::kTiled:
      return "shared memory";
    case Variant::kSeparable:
      return "two passes";
    case Variant::kMatrixProduct:
      return "unfolded columns";
    case Variant::kNaive:
    case Variant::kConstant:
    case Variant::kVectorised:
      break;
  }
  return "global memory";
}

std::string weights_from(const Stage& stage, const Settings& settings) {
  if (stage.filters.empty()) return "";
  const bool global = settings.variant == Variant::kNaive || settings.variant == Variant::kMatrixProduct;
  return global ? "global memory" : "constant memory";
}

}  // namespace

int sectors_written(const LaunchInfo& launch, Size output, const convolution::Worker& worker, int plane) {
  std::set<std::uint64_t> sectors;
  const auto width = static_cast<std::uint64_t>(output.width), height = static_cast<std::uint64_t>(output.height);
  const std::uint64_t first = static_cast<std::uint64_t>(plane) * width * height;
  const bool by_columns = launch.kernel == "filters_times_columns";  // one thread a pixel, rows of the grid are filters
  for (std::uint64_t lane = 0; lane < base::kWarpSize; ++lane) {
    const std::uint64_t thread = static_cast<std::uint64_t>(worker.warp) * base::kWarpSize + lane;
    if (thread >= launch.block.count()) continue;
    const std::uint64_t row = worker.block.y * launch.block.y + thread / launch.block.x;
    const std::uint64_t column = worker.block.x * launch.block.x + thread % launch.block.x;
    if (by_columns) {
      const std::uint64_t own = worker.block.y * launch.block.y + worker.thread.y;
      const std::uint64_t at = first + (row - own) * width * height + column;
      if (column < width * height && row < static_cast<std::uint64_t>(output.planes)) {
        sectors.insert(at * kBytes / kSectorBytes);
      }
      continue;
    }
    for (int i = 0; i < launch.outputs_per_thread; ++i) {
      const std::uint64_t x =
          column * static_cast<std::uint64_t>(launch.outputs_per_thread) + static_cast<std::uint64_t>(i);
      if (x < width && row < height) sectors.insert((first + row * width + x) * kBytes / kSectorBytes);
    }
  }
  return static_cast<int>(sectors.size());
}

std::vector<ExplanationFact> pixel_facts(const session::ConvolveView& view, int stage, const ConvolvePixel& pixel) {
  if (!view.frame || stage < 0 || static_cast<std::size_t>(stage) >= view.frame->outputs.size()) return {};
  const session::ConvolveFrame& frame = *view.frame;
  const convolution::Picture& output = *frame.outputs[static_cast<std::size_t>(stage)];
  const bool inside = pixel.x >= 0 && pixel.y >= 0 && pixel.plane >= 0 && pixel.x < output.width &&
                      pixel.y < output.height && pixel.plane < output.planes;
  if (!inside) return {};
  const Stage& of = frame.settings.chain[static_cast<std::size_t>(stage)];
  std::vector<ExplanationFact> facts{
      {.name = "position",
       .value = output.planes == 1 ? fmt::format("{}, {}", pixel.x, pixel.y)
                                   : fmt::format("{}, {} of plane {}", pixel.x, pixel.y, pixel.plane + 1)},
      {.name = "value", .value = weight_text(static_cast<double>(output.at(pixel.plane, pixel.x, pixel.y)), 2)},
      {.name = "pixels read through", .value = read_through(of, frame.settings)}};
  if (const std::string from = weights_from(of, frame.settings); !from.empty()) {
    facts.push_back({.name = "weights read from", .value = from});
  }
  if (const LaunchInfo* launch = convolution::writer_of(frame.run, stage); launch != nullptr) {
    const auto worker = convolution::worker_of(frame.settings, *launch, pixel.plane, pixel.x, pixel.y, 1);
    const int sectors = sectors_written(*launch, {output.width, output.height, output.planes}, worker, pixel.plane);
    facts.push_back({.name = "its warp wrote",
                     .value = fmt::format("{} sector{}, {} B", sectors, sectors == 1 ? "" : "s",
                                          sectors * static_cast<int>(kSectorBytes))});
  }
  return facts;
}

}  // namespace warpscope::panels
