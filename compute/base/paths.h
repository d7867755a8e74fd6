// base/paths.h: where the program's own files and the person's files are. Floor 0.
#pragma once

#include <filesystem>
#include <string_view>

#include "compute/base/error.h"

namespace warpscope::base {

// A shipped file or folder, e.g. find_asset("mnist"). Looks in $WARPSCOPE_ASSETS, then in `assets` and
// `share/warpscope/assets` beside the executable and every folder above it. The error names the places tried.
Result<std::filesystem::path> find_asset(std::string_view relative);

// $XDG_DATA_HOME/warpscope, or ~/.local/share/warpscope. Not created here.
std::filesystem::path default_data_dir();

}  // namespace warpscope::base
