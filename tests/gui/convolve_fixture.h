// The Convolve workspace's view made by the reference: without a session, a device or a thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "compute/session/convolve_view.h"

namespace warpscope::tests {

struct ConvolveSample {
  int width = 64, height = 48, planes = 1;
  convolution::Settings settings = {};  // an empty chain: Sobel x
  std::uint64_t version = 1;
};

// Whole numbers of 0 to 255: products and sums are exact.
convolution::Picture sample_picture(int width, int height, int planes);
// A stage of these named filters: "sobel-x".
convolution::Stage filter_stage(const std::vector<std::string_view>& keys);

// A frame of the sample, on the virtual GPU; its launches are what the variant's kernels would have.
session::ConvolveView convolve_view(ConvolveSample what = {});

}  // namespace warpscope::tests
