// cuda/results.h: what the ways to compile have in common. Floor 2. For compute/cuda alone.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "compute/cuda/compiler.h"

namespace warpscope::cuda {

std::filesystem::path folder_of(const Source& source);
bool is_stopped(const CompileOptions& options);
// A text that compilers know as `file`, whatever the name they read it under.
std::string named(std::string_view file, std::string_view text);
tl::unexpected<CompileError> cancelled(const Source& source);
// With what a compiler said, and the place of the first error.
tl::unexpected<CompileError> failed(std::string log, std::vector<Diagnostic> diagnostics);

}  // namespace warpscope::cuda
