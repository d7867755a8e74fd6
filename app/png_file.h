// png_file.h: screenshots. Floor 8. Any thread.
#pragma once

#include <filesystem>

#include "app/gl/screen.h"
#include "compute/base/error.h"

namespace warpscope::app {

// Makes the folder where it is missing.
base::Result<void> write_png(const gl::Pixels& pixels, const std::filesystem::path& file);

}  // namespace warpscope::app
