// cuda/nvrtc.h: NVRTC itself, one program at a time. Floor 2. Any thread; blocks. For compute/cuda alone.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "compute/cuda/compiler.h"

namespace warpscope::cuda {

struct NvrtcProgram {
  std::string name, text;
  std::vector<std::pair<std::string, std::string>> headers;  // as they are included, and their text; before all folders
  std::vector<std::string> instances;                        // name expressions: "reduce<float, 256>"
  std::vector<std::string> options;                          // more than CompileOptions say
};

struct NvrtcAnswer {
  std::string ptx;  // "" where it failed
  std::string log;
};

// Whether NVRTC is on this machine; and if not, what is said of it.
bool has_nvrtc();
tl::unexpected<CompileError> no_nvrtc(const Source& source);
std::string nvrtc_version();  // "NVRTC 13.0"
// The toolkit's headers; empty where the library stands alone.
std::filesystem::path nvrtc_include_folder();
// has_nvrtc() must hold.
NvrtcAnswer run_nvrtc(const NvrtcProgram& program, const CompileOptions& options);

}  // namespace warpscope::cuda
