#include "compute/session/convolve_save.h"

#include <fmt/format.h>

#include <algorithm>

#include "compute/drawings/picture_file.h"

namespace warpscope::session {
namespace {

using convolution::Picture;

// All planes in a row, with nothing between them.
Picture side_by_side(const Picture& picture) {
  Picture out{picture.width * picture.planes, picture.height, 1, {}};
  out.pixels.reserve(picture.pixels.size());
  for (int y = 0; y < picture.height; ++y) {
    for (int plane = 0; plane < picture.planes; ++plane) {
      for (int x = 0; x < picture.width; ++x) out.pixels.push_back(picture.at(plane, x, y));
    }
  }
  return out;
}

}  // namespace

base::Result<std::string> save_output(const ConvolveFrame* frame, int stage, const std::filesystem::path& file) {
  if (frame == nullptr) return base::fail("There is no picture to save yet");
  const auto stages = static_cast<int>(frame->outputs.size());
  if (stage < 0 || stage >= stages) {
    return base::fail(fmt::format("There is no stage {}; the chain has {}", stage + 1, stages));
  }
  const Picture& output = *frame->outputs[static_cast<std::size_t>(stage)];
  Picture picture = output.planes == 1 || output.planes == 3 ? output : side_by_side(output);
  const auto [smallest, largest] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
  const float low = *smallest, high = *largest;
  const bool fits = low >= 0 && high <= 255;
  if (!fits) {
    const float scale = high > low ? 255 / (high - low) : 0;
    for (float& pixel : picture.pixels) pixel = (pixel - low) * scale;
  }
  if (auto written = drawings::write_png(file, picture.width, picture.height, picture.planes, picture.pixels);
      !written) {
    return tl::unexpected(written.error());
  }
  if (fits) return fmt::format("Saved: {}", file.string());
  return fmt::format("Saved: {}. Black is {:.6g}, white is {:.6g}", file.string(), low, high);
}

}  // namespace warpscope::session
