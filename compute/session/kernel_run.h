// session/kernel_run.h: a file, a kernel of it, a launch written as text: run once. Floor 5. Any thread; blocks.
// What `warpscope-cli exec` does, and what opening a kernel in the app begins with.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/base/error.h"
#include "compute/cuda/diagnostics.h"
#include "compute/device/virtual_device.h"
#include "compute/kernels/inputs.h"

namespace warpscope::session {

struct SymbolInput {
  std::string name;
  std::filesystem::path file;  // raw little-endian bytes
};

struct DumpRequest {
  int argument = 0;  // index of a buffer (or surface)
  std::filesystem::path file;
};

struct KernelRunRequest {
  std::filesystem::path file;  // .ptx, or .cu to be compiled
  std::string kernel;  // "": the file's only one; mangled, or as people write it: "reduce<float, 256>", "reduce"
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared_bytes = 0;
  std::vector<std::string> arguments;  // as kernels::parse_argument() reads them
  std::vector<SymbolInput> symbols;
  std::vector<DumpRequest> dumps;
  std::string device = "virtual";  // "virtual" or "cuda"
  vgpu::Schedule schedule;         // of warps, on the virtual GPU
  device::LaunchOptions options;
  std::optional<std::string> text;          // of `file` as it is being edited; without: what the file holds
  const std::atomic<bool>* stop = nullptr;  // set by another thread: compiling ends, as RunProblem::kCancelled
};

enum class RunProblem : std::uint8_t { kBadInput, kNoDevice, kFailed, kCancelled };

// Why nothing was run. Several errors where a module or a .cu file has several, each at its place.
struct KernelRunError {
  RunProblem problem = RunProblem::kBadInput;
  std::vector<base::Error> errors;
  std::vector<cuda::Diagnostic> diagnostics{};  // of a .cu file: its errors, warnings and notes
};

struct KernelRunResult {
  std::string kernel;
  std::string device;             // for people
  std::string compiler_messages;  // warnings, where a .cu was compiled
  device::LaunchReport report;
};

tl::expected<KernelRunResult, KernelRunError> run_kernel(const KernelRunRequest& request);

// A .ptx file, or what the compilers make of a .cu file: optimised, or for debugging with its variables by name.
struct KernelFile {
  std::shared_ptr<const ptx::Module> module;
  std::string compiler_messages;
  std::string compiler;  // "nvcc", "NVRTC 13.0", ...; "" of a .ptx file
  std::vector<cuda::Diagnostic> diagnostics;
};
enum class CompileFor : std::uint8_t { kSpeed, kDebugging };
tl::expected<KernelFile, KernelRunError> read_kernel_file(const std::filesystem::path& file, CompileFor purpose);
// The same of a text that is being edited; `file`, that need not exist, is what messages name.
// `capability`: that CUDA C++ is compiled for; 0: the newest that the virtual GPU executes.
tl::expected<KernelFile, KernelRunError> read_kernel_text(const std::filesystem::path& file, std::string text,
                                                          CompileFor purpose, const std::atomic<bool>* stop = nullptr,
                                                          int capability = 0);
// The kernel that a person who writes `asked` means, as KernelRunRequest::kernel.
tl::expected<std::string, KernelRunError> choose_kernel(const ptx::Module& module, const std::string& asked);

// "_Z7reduce6IfLj128EEvPT_S1_j" -> "reduce6<float, 128u>": without the parameters; a name that is not mangled as it is.
std::string readable_kernel_name(std::string_view name);

// A launch on the virtual GPU, ready to be stepped through: arguments and symbols are in the device's memory.
struct PreparedKernel {
  KernelFile file;
  std::string kernel;
  std::unique_ptr<device::VirtualDevice> device;
  vgpu::Launch launch;
};
tl::expected<PreparedKernel, KernelRunError> prepare_kernel(const KernelRunRequest& request);

}  // namespace warpscope::session
