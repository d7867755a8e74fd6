#include <algorithm>

#include "compute/session/convolve_session.h"

namespace warpscope::session {
namespace {

convolution::Size size_of(const ConvolveFrame& frame, int picture) {
  if (picture == 0) return {frame.input->width, frame.input->height, frame.input->planes};
  return frame.run.sizes[static_cast<std::size_t>(picture) - 1];
}

}  // namespace

// Shelves: planes stand side by side; where one finds no room beside its neighbour a shelf below begins.
std::optional<AtlasPlace> atlas_place(const ConvolveFrame& frame, int picture, int plane, int atlas_width,
                                      int atlas_height) {
  if (picture < 0 || picture > static_cast<int>(frame.run.sizes.size())) return std::nullopt;
  if (plane < 0 || plane >= size_of(frame, picture).planes) return std::nullopt;
  AtlasPlace place;
  int shelf = 0, shelf_height = 0, next = 0;
  for (int p = 0; p <= picture; ++p) {
    const convolution::Size size = size_of(frame, p);
    if (size.width > atlas_width) return std::nullopt;
    const int planes = p == picture ? plane + 1 : size.planes;
    for (int i = 0; i < planes; ++i) {
      if (next + size.width > atlas_width) {
        shelf += shelf_height;
        shelf_height = next = 0;
      }
      place = {next, shelf, size.width, size.height};
      next += size.width;
      shelf_height = std::max(shelf_height, size.height);
    }
  }
  if (place.y + place.height > atlas_height) return std::nullopt;
  return place;
}

}  // namespace warpscope::session
