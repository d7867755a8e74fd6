// kernels/catalogue.h: what the teaching kernels are, and a launch of each worth looking at.
// Floor 4. Data, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/launch_types.h"

namespace warpscope::kernels {

// What a buffer, scalar or symbol starts with: `spec` as parse_argument() in inputs.h reads it.
struct NamedInput {
  std::string_view name;
  std::string_view spec;
};

struct Kernel {
  std::string_view name;  // of the entry in the files compute/kernels/NAME.cu, assets/ptx/NAME.ptx
  std::string_view title;
  std::string_view
      topic;  // what several kernels have in common: "transpose"; in the order they are best read
  std::string_view idea;      // in one sentence
  std::string_view look_for;  // what to watch while it runs
  base::Dim3 grid{};
  base::Dim3 block{};
  std::uint32_t shared_bytes = 0;  // dynamic
  std::vector<NamedInput> arguments{};
  std::vector<NamedInput> symbols{};         // constant variables that the host sets
  std::vector<int> outputs{};                // indices of arguments: buffers that hold the result
  std::vector<std::string_view> findings{};  // what the checkers must find, all together: "memory",
                                             // "race", "init", "sync". Else nothing
  std::string_view file{};  // the files' name without ending, where several kernels share them
  int architecture = 75;    // the oldest that its PTX is for: 80 is compute capability 8.0
};

// All of them, in the order they are best read.
const std::vector<Kernel>& catalogue();
// Null where there is none of this name.
const Kernel* find_kernel(std::string_view name);
// The first in compute/kernels/STEM.cu. Null where there is no such file.
const Kernel* first_kernel_in(std::string_view stem);
// The kernel of this name in the file of `one`. Null where there is none.
const Kernel* neighbour(const Kernel& one, std::string_view name);

enum class Flavour : std::uint8_t {
  kOptimised,  // with line numbers: for speed, counters and timing
  kDebug,      // one step a source line, with variables: for stepping
};

// From the root of the repository: "compute/kernels/saxpy.cu".
std::string source_path(const Kernel& kernel);
// For base::find_asset(): "ptx/saxpy.ptx", "ptx/saxpy.debug.ptx".
std::string ptx_asset(const Kernel& kernel, Flavour flavour);

}  // namespace warpscope::kernels
