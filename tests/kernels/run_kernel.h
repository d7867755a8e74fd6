// Runs a teaching kernel on the virtual GPU, from its committed PTX.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "compute/kernels/catalogue.h"
#include "compute/kernels/inputs.h"
#include "compute/ptx/module.h"
#include "compute/vgpu/machine.h"

namespace warpscope::kernels::testing {

struct Symbol {
  std::string name;
  std::string spec;
};

// A launch with everything that goes in. `arguments` are specs as in inputs.h.
struct LaunchCase {
  std::string kernel;
  base::Dim3 grid;
  base::Dim3 block;
  std::uint32_t shared_bytes = 0;
  std::vector<std::string> arguments{};
  std::vector<Symbol> symbols{};
};

using Bytes = std::vector<std::uint8_t>;

// A launch ready to run: program, memory with its inputs, parameters.
struct Prepared {
  std::shared_ptr<const vgpu::Program> program;
  vgpu::Launch launch;
  vgpu::GlobalMemory memory;
  std::vector<std::uint64_t> addresses;  // of arguments: 0 where it is no buffer
  std::vector<Bytes> inputs;             // of arguments: of a value its bytes
  std::vector<Bytes> symbols;
};

struct Outcome {
  vgpu::RunReport report;
  std::vector<Bytes> buffers;  // of arguments, after the run; empty where it is no buffer
};

LaunchCase default_launch(const Kernel& kernel);
std::string read_text(const std::string& path_from_root);
// Parsed once a program. Fails the test where the file does not parse.
std::shared_ptr<const ptx::Module> module_of(const std::string& kernel, Flavour flavour);
Prepared prepare(const LaunchCase& launch, Flavour flavour);
Outcome run(Prepared& prepared, const vgpu::RunOptions& options = {});

template <class T>
std::vector<T> values_of(const Bytes& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace warpscope::kernels::testing
