// cuda/stand_in_headers.h: small headers in place of the host's, with what device code needs of them. Floor 2.
// NVRTC brings printf, assert, malloc, the mathematical functions and the types of CUDA itself; it has no headers of C.
#pragma once

#include <optional>
#include <string_view>

namespace warpscope::cuda {

// Included before everything else, under this name.
inline constexpr std::string_view kPreludeName = "warpscope/prelude.h";

// The text that stands in for an include, as it is written between <> or ""; nothing where there is none for it.
std::optional<std::string_view> stand_in_header(std::string_view include);
// A header of libraries that a host calls, as <thrust/...>: NVRTC cannot take them, so they are left empty.
bool is_host_library(std::string_view include);

}  // namespace warpscope::cuda
