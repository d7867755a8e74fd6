// tests/timing/shipped_kernel.h: a kernel of the catalogue with its launch and inputs, ready for the cycle model.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "compute/kernels/catalogue.h"
#include "compute/kernels/inputs.h"
#include "tests/timing/bench_kernel.h"

namespace warpscope::timing::testing {

struct ShippedKernel {
  std::shared_ptr<const vgpu::Program> program;
  vgpu::Launch launch;
  vgpu::GlobalMemory memory;
  std::vector<std::uint64_t> addresses;  // of arguments; 0: by value

  // With other arguments and another grid than the catalogue's, where they are given.
  explicit ShippedKernel(const kernels::Kernel& kernel, std::vector<std::string> arguments = {},
                         base::Dim3 grid = {0, 0, 0}, kernels::Flavour flavour = kernels::Flavour::kOptimised) {
    const std::string path = "assets/" + kernels::ptx_asset(kernel, flavour);
    std::ifstream file(std::string(WARPSCOPE_SOURCE_DIR) + "/" + path);
    std::ostringstream text;
    text << file.rdbuf();
    auto module = ptx::parse(text.str(), path);
    EXPECT_TRUE(module.has_value()) << path;
    if (!module) return;
    auto loaded = vgpu::Program::load(std::make_shared<ptx::Module>(std::move(*module)), memory);
    EXPECT_TRUE(loaded.has_value()) << path;
    if (!loaded) return;
    program = *loaded;
    launch.function = program->find_function(kernel.name);
    launch.grid = grid.x == 0 ? kernel.grid : grid;
    launch.block = kernel.block;
    launch.dynamic_shared_bytes = kernel.shared_bytes;
    launch.parameters.resize(function().parameter_bytes);
    if (arguments.empty()) {
      for (const kernels::NamedInput& argument : kernel.arguments) arguments.emplace_back(argument.spec);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) place(i, arguments[i]);
    for (const kernels::NamedInput& symbol : kernel.symbols) set_symbol(symbol);
  }

  base::Result<SimulateResult> simulate(const SimulateOptions& options) {
    vgpu::TextureTable textures;
    return timing::simulate(program, launch, memory, textures, options);
  }

 private:
  const vgpu::FunctionCode& function() const { return program->functions[static_cast<std::size_t>(launch.function)]; }
  void place(std::size_t index, const std::string& spec) {
    const auto argument = kernels::parse_argument(spec);
    ASSERT_TRUE(argument) << argument.error().text();
    std::vector<std::uint8_t> bytes = argument->bytes;
    addresses.push_back(0);
    if (argument->kind == kernels::Argument::Kind::kBuffer) {
      addresses.back() = memory.allocate(bytes.size(), vgpu::AllocationKind::kBuffer, spec).value();
      ASSERT_TRUE(memory.write(addresses.back(), bytes));
      bytes.resize(8);
      std::memcpy(bytes.data(), &addresses.back(), 8);
    }
    std::copy(bytes.begin(), bytes.end(), launch.parameters.begin() + function().parameter_offsets[index]);
  }
  void set_symbol(const kernels::NamedInput& symbol) {
    const auto& variables = program->module->variables;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      if (variables[i].name != symbol.name) continue;
      const auto contents = kernels::parse_argument(symbol.spec);
      ASSERT_TRUE(contents) << contents.error().text();
      ASSERT_TRUE(memory.write(program->variable_addresses[i], contents->bytes));
    }
  }
};

}  // namespace warpscope::timing::testing
