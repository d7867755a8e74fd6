// cuda/compiler.h: CUDA C++ -> PTX, with the compilers of this machine. Floor 2. Any thread; blocks for seconds.
// Nothing of CUDA is linked: NVRTC is opened at run time, and nvcc is a program. Neither needs a GPU.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::cuda {

struct CompileOptions {
  std::string architecture = "compute_75";  // what Turing and everything since runs
  bool debug = false;                       // -G: variables by name; else optimised, with line numbers
  std::vector<std::string> more;            // passed on as they are: -DTILE=32, -I...
};

struct Compiled {
  std::string ptx;
  std::string compiler;  // "NVRTC 13.0", "nvcc"
  std::string log;       // warnings
};

// Compiles a file. NVRTC goes first, because it answers quickly; what it cannot take (host code, standard headers) goes
// to nvcc where that is installed. The error is what the compilers said, or which of them is missing.
base::Result<Compiled> compile(const std::filesystem::path& file, const CompileOptions& options = {});

// With one of them alone.
base::Result<Compiled> compile_with_nvrtc(std::string_view source, const std::string& name,
                                          const CompileOptions& options);
base::Result<Compiled> compile_with_nvcc(const std::filesystem::path& file, const CompileOptions& options);

}  // namespace warpscope::cuda
