// cuda/ptxas.h: what ptxas says a kernel takes. Floor 2. Any thread; blocks for as long as ptxas runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"

namespace warpscope::cuda {

struct KernelResources {
  std::string kernel;  // mangled
  int registers = 0;   // of a thread
  std::uint64_t static_shared_bytes = 0;
  std::uint64_t stack_bytes = 0, spill_store_bytes = 0, spill_load_bytes = 0;  // of a thread
};

// `architecture`: 86 for sm_86. Errors: there is no ptxas (base::Error of where it was looked for), this one does not
// know the architecture or the text, cancelled.
base::Result<std::vector<KernelResources>> ptxas_resources(const std::string& ptx_text, int architecture,
                                                           const std::atomic<bool>* stop = nullptr);
// What `ptxas -v` says, one entry a kernel, in the order it is said. Functions that kernels call are left out.
std::vector<KernelResources> parse_ptxas_log(std::string_view log);
// Whether a ptxas is there at all: beside nvcc as compute/cuda finds it, in the PATH, or $WARPSCOPE_PTXAS.
bool has_ptxas();

}  // namespace warpscope::cuda
