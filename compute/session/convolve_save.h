// session/convolve_save.h: an output as a picture file. Floor 5. Pure but for the file.
#pragma once

#include <filesystem>
#include <string>

#include "compute/session/convolve_view.h"

namespace warpscope::session {

// A stage's output as PNG, its planes side by side unless they are red, green and blue. Values that lie within 0 to 255
// are kept, others are stretched from the smallest to the largest. Says what was done; `frame` may be null.
base::Result<std::string> save_output(const ConvolveFrame* frame, int stage, const std::filesystem::path& file);

}  // namespace warpscope::session
