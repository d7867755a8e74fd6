// tests/vgpu/warp_kernel.h: runs a kernel of tests/vgpu/data/warp. The .ptx there are made from the .cu beside them
// (tests/vgpu/generate/warp_kernels.py).
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "compute/ptx/parser.h"
#include "compute/vgpu/machine.h"

namespace warpscope::vgpu::tests {

class WarpKernel {
 public:
  static WarpKernel from_text(const std::string& text) {
    WarpKernel kernel;
    auto module = ptx::parse(text, "test.ptx");
    EXPECT_TRUE(module.has_value()) << (module ? "" : module.error().front().text());
    if (!module) return kernel;
    auto program = Program::load(std::make_shared<ptx::Module>(std::move(*module)), kernel.memory_);
    EXPECT_TRUE(program.has_value()) << (program ? "" : program.error().front().text());
    if (program) kernel.program_ = *program;
    return kernel;
  }
  static WarpKernel from_file(const std::string& name) {
    std::ifstream file(std::string(WARPSCOPE_SOURCE_DIR) + "/tests/vgpu/data/warp/" + name);
    EXPECT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return from_text(text.str());
  }

  // Parameters, in their order.
  template <class T>
  WarpKernel& buffer(const std::vector<T>& values) {
    const std::uint64_t address = memory_.allocate(values.size() * sizeof(T), AllocationKind::kBuffer).value_or(0);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    EXPECT_TRUE(memory_.write(address, {bytes, values.size() * sizeof(T)}));
    buffers_.push_back(address);
    return scalar(address);
  }
  template <class T>
  WarpKernel& scalar(T value) {
    parameters_.resize((parameters_.size() + sizeof value - 1) / sizeof value * sizeof value);
    const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
    parameters_.insert(parameters_.end(), from, from + sizeof value);
    return *this;
  }

  Launch launch(const std::string& kernel, base::Dim3 grid, base::Dim3 block) const {
    Launch launch;
    launch.function = program_->find_function(kernel);
    launch.grid = grid;
    launch.block = block;
    launch.parameters = parameters_;
    return launch;
  }
  RunReport run(const std::string& kernel, base::Dim3 grid, base::Dim3 block, int threads = 1) {
    if (program_ == nullptr) return {};
    const Launch launch = this->launch(kernel, grid, block);
    const auto possible = check_launch(*program_, launch);
    EXPECT_TRUE(possible.has_value()) << (possible ? "" : possible.error().text());
    if (!possible) return {};
    RunOptions options;
    options.threads = threads;
    options.max_steps = 10'000'000;
    TextureTable textures;
    return vgpu::run(program_, launch, memory_, textures, options);
  }

  template <class T>
  std::vector<T> read(std::size_t buffer, std::size_t count) const {
    std::vector<T> values(count);
    EXPECT_TRUE(memory_.read(buffers_[buffer], {reinterpret_cast<std::uint8_t*>(values.data()), count * sizeof(T)}));
    return values;
  }
  const Program& program() const { return *program_; }
  const std::shared_ptr<const Program>& shared_program() const { return program_; }
  std::uint64_t address(std::size_t buffer) const { return buffers_[buffer]; }
  const GlobalMemory& memory() const { return memory_; }

 private:
  GlobalMemory memory_;
  std::shared_ptr<const Program> program_;
  std::vector<std::uint8_t> parameters_;
  std::vector<std::uint64_t> buffers_;
};

// Why the launch ended early; "" where it did not.
inline std::string fault_of(const RunReport& report) {
  return report.fault ? report.fault->message : std::string();
}

}  // namespace warpscope::vgpu::tests
