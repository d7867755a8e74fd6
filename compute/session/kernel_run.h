// session/kernel_run.h: a file, a kernel of it, a launch written as text: run once. Floor 5. Any thread; blocks.
// What `warpscope-cli exec` does, and what opening a kernel in the app begins with.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "compute/base/error.h"
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
  std::string kernel;          // "": the file's only one
  base::Dim3 grid, block;
  std::uint32_t dynamic_shared_bytes = 0;
  std::vector<std::string> arguments;  // as kernels::parse_argument() reads them
  std::vector<SymbolInput> symbols;
  std::vector<DumpRequest> dumps;
  std::string device = "virtual";  // "virtual" or "cuda"
  device::LaunchOptions options;
};

enum class RunProblem : std::uint8_t { kBadInput, kNoDevice, kFailed };

// Why nothing was run. Several errors where a module has several.
struct KernelRunError {
  RunProblem problem = RunProblem::kBadInput;
  std::vector<base::Error> errors;
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
};
enum class CompileFor : std::uint8_t { kSpeed, kDebugging };
tl::expected<KernelFile, KernelRunError> read_kernel_file(const std::filesystem::path& file, CompileFor purpose);

// A launch on the virtual GPU, ready to be stepped through: arguments and symbols are in the device's memory.
struct PreparedKernel {
  KernelFile file;
  std::string kernel;
  std::unique_ptr<device::VirtualDevice> device;
  vgpu::Launch launch;
};
tl::expected<PreparedKernel, KernelRunError> prepare_kernel(const KernelRunRequest& request);

}  // namespace warpscope::session
