// cuda/compiler.h: CUDA C++ -> PTX, with the compilers of this machine. Floor 2. Any thread; blocks for seconds.
// Nothing of CUDA is linked: NVRTC is opened at run time, and nvcc is a program. Neither needs a GPU.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "compute/base/error.h"
#include "compute/cuda/diagnostics.h"

namespace warpscope::cuda {

// A text that belongs to a file: as it is there, or as it is being edited. The file need not exist. Includes are looked
// for in its folder, and messages and debug information name it.
struct Source {
  std::filesystem::path file;
  std::string text;
};
base::Result<Source> read_source(const std::filesystem::path& file);

struct CompileOptions {
  std::string architecture = "compute_75";  // what Turing and everything since runs
  bool debug = false;                       // -G: variables by name; else optimised, with line numbers
  std::vector<std::string> more;            // passed on as they are: -DTILE=32, -I...
  // Set by another thread: nvcc is killed and the result is "cancelled". NVRTC cannot be stopped within a compilation.
  const std::atomic<bool>* stop = nullptr;
};

struct Compiled {
  std::string ptx;
  std::string compiler;                 // "NVRTC 13.0", "nvcc", "NVRTC 13.0 with stand-in headers"
  std::string log;                      // warnings and notes, as they were said
  std::vector<Diagnostic> diagnostics;  // the same as data
};

// Why there is no PTX: what the compilers said, or which of them is missing.
struct CompileError {
  base::Error error;                    // for people, in one piece; with the place of the first error
  std::vector<Diagnostic> diagnostics;  // each on its line; empty where no compiler has seen the text
  bool cancelled = false;
  bool no_compiler = false;  // this way cannot be gone on this machine
};
using CompileResult = tl::expected<Compiled, CompileError>;

// NVRTC goes first, because it answers quickly; what it cannot take (host code, standard headers) goes to nvcc where
// that is installed, and where it is not, or lacks a header, to NVRTC with stand-ins.
CompileResult compile(const Source& source, const CompileOptions& options = {});
CompileResult compile(const std::filesystem::path& file, const CompileOptions& options = {});

// One way alone. With stand-ins: host code is taken out, headers of the host are replaced by small ones, and kernel
// templates are instantiated as the launches in the host code do it. What was left out is told as notes.
CompileResult compile_with_nvrtc(const Source& source, const CompileOptions& options);
CompileResult compile_with_nvcc(const Source& source, const CompileOptions& options);
CompileResult compile_with_stand_ins(const Source& source, const CompileOptions& options);

}  // namespace warpscope::cuda
