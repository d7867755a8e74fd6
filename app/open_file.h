// open_file.h: what opening a file or folder means. Floor 8. GUI thread.
#pragma once

#include <filesystem>
#include <vector>

#include "app/panels/ui.h"
#include "compute/base/error.h"

namespace warpscope::app {

// What Step opens.
bool is_kernel_name(const std::filesystem::path& path);  // of a kernel that ships with the app: "saxpy"
bool is_kernel_file(const std::filesystem::path& path);  // CUDA C++ or PTX

// What Convolve opens, while it is in front.
bool is_picture_file(const std::filesystem::path& path);

// Strokes (.json) and pictures of a digit go onto the pad, weights (.safetensors) into the network; a folder of IDX
// files becomes the data set, a folder of drawings joins the gallery. The error says what was found and what is
// accepted.
base::Result<void> open_in_learn(const std::filesystem::path& path, panels::UiState& ui,
                                 std::vector<session::LearnCommand>& commands);

}  // namespace warpscope::app
