// session/convolve_step.h: a stage of a frame as a launch that Step can open. Floor 5. Writes one file.
#pragma once

#include <filesystem>
#include <string>

#include "compute/session/convolve_commands.h"

namespace warpscope::session {

inline constexpr int kStepPart = 64;  // width and height of the part that is stepped through of a large picture

struct PreparedStep {
  StepRequest request;
  std::string note;  // what a person should know: only a part is stepped through; "" else
};
// Writes the stage's input as raw floats into `input_file`.
base::Result<PreparedStep> prepare_step(const ConvolveFrame& frame, const PrepareStep& question,
                                        const std::filesystem::path& input_file);

// The part of a stage's input to be stepped through, and where the output pixel lies in what is made of it. All of it
// where that is not too much to be recorded. Pure.
struct StepPart {
  int left = 0, top = 0, width = 0, height = 0;  // of the input
  int x = 0, y = 0;                              // of the output of this part
};
StepPart step_part(const convolution::Stage& stage, const convolution::Picture& input, int x, int y);

}  // namespace warpscope::session
