// convolution/plan.h: the launches, buffers and weights that compute a chain, before any device is asked. Floor 4.
// Pure functions. What they say of the kernels is what compute/kernels/convolve.cu does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compute/convolution/chain.h"
#include "compute/convolution/engine.h"

namespace warpscope::convolution {

inline constexpr int kMostWeights = 4096;  // of the kernels' constant variable `weights`

// As the kernels take it, by value.
struct Shape {
  std::int32_t width = 0, height = 0, out_width = 0, out_height = 0;
  std::int32_t size = 1, stride = 1, dilation = 1, padding = 0, border = 0;
  std::int32_t filters = 1, first_weight = 0;
  bool operator==(const Shape&) const = default;
};

struct PlannedLaunch {
  LaunchInfo info;
  Shape shape;
  std::uint32_t shared_bytes = 0;
  bool takes_bank = false;     // the weights in global memory too
  bool bank_is_first = false;  // before the buffer that is read, else after it
  int in = 0, out = 0;         // buffers
  bool operator==(const PlannedLaunch&) const = default;
};

struct Plan {
  std::vector<Size> buffers;            // 0 is the picture
  std::vector<PlannedLaunch> launches;  // in order
  std::vector<Size> sizes;              // of each stage's output ...
  std::vector<int> outputs;             // ... and the buffer it is in
  std::vector<float> weights;           // of all filters, as the kernels expect them

  // Whether the launches are the same, whatever the weights.
  bool same_launches(const Plan& other) const { return buffers == other.buffers && launches == other.launches; }
};

// The settings have passed check() for this picture.
Plan plan_of(const Settings& settings, Size picture);

}  // namespace warpscope::convolution
