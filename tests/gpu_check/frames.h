// tests/gpu_check/frames.h: the frames that are measured: a picture through a 5 x 5 filter, tiled.
#pragma once

#include "compute/convolution/engine.h"
#include "compute/device/cuda_device.h"
#include "tests/gpu_check/report.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {

inline constexpr double kLeastFrames = 500;  // a second

// What is measured, and how often.
struct Scale {
  int width = 3840, height = 2160, frames = 500;
  int copies = 20;
  std::uint64_t copy_bytes = 512ULL << 20;  // far beyond every cache
};
Scale scale_of(Figures figures);

convolution::Picture test_picture(int width, int height);
convolution::Settings frame_settings();
// Of what must hold anywhere, and of a figure, which is judged only where it is measured in earnest.
Row judged(std::string what, std::string figure, std::string asked, bool holds);
Row judged(Figures figures, std::string what, std::string figure, std::string asked, bool holds);

}  // namespace warpscope::gpu_check
