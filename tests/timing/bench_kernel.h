// tests/timing/bench_kernel.h: kernels for the cycle model, from PTX texts written where they are used.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compute/gpu/gpu.h"
#include "compute/ptx/parser.h"
#include "compute/timing/simulate.h"

namespace warpscope::timing::testing {

// A GPU with as many SMs as a test wants, of a capability whose figures it knows.
inline gpu::Gpu make_gpu(int sms, int major = 8, int minor = 6) {
  gpu::Gpu gpu;
  gpu.name = "test";
  gpu.chip = "";
  gpu.capability = {major, minor};
  gpu.gpcs = {sms};
  gpu.clock_mhz = 1500;
  gpu.memory_gib = 8;
  gpu.bandwidth_gbs = 360;
  gpu.l2_mib = 4;
  gpu.l1_kib = 128;
  return gpu;
}

inline constexpr const char* kHead = ".version 7.5\n.target sm_80\n.address_size 64\n";

class BenchKernel {
 public:
  // `text`: without its head; `kernel`: the name of the entry.
  explicit BenchKernel(const std::string& text, const std::string& kernel = "k") {
    auto module = ptx::parse(kHead + text, "test.ptx");
    EXPECT_TRUE(module.has_value()) << (module ? "" : module.error().front().text());
    if (!module) return;
    auto program = vgpu::Program::load(std::make_shared<ptx::Module>(std::move(*module)), memory_);
    EXPECT_TRUE(program.has_value()) << (program ? "" : program.error().front().text());
    if (!program) return;
    program_ = *program;
    launch_.function = program_->find_function(kernel);
  }
  // Parameters, in their order.
  template <class T>
  BenchKernel& in(const std::vector<T>& values) {
    out(values.size() * sizeof(T));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    EXPECT_TRUE(memory_.write(buffers_.back(), {bytes, values.size() * sizeof(T)}));
    return *this;
  }
  BenchKernel& out(std::size_t bytes) {
    const auto address = memory_.allocate(bytes, vgpu::AllocationKind::kBuffer, "buffer");
    EXPECT_TRUE(address.has_value());
    buffers_.push_back(address.value_or(0));
    return value(buffers_.back());
  }
  template <class T>
  BenchKernel& value(T value) {
    launch_.parameters.resize((launch_.parameters.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T));
    const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
    launch_.parameters.insert(launch_.parameters.end(), from, from + sizeof(T));
    return *this;
  }
  std::uint64_t address(std::size_t buffer) const { return buffers_[buffer]; }
  vgpu::GlobalMemory& memory() { return memory_; }
  const std::shared_ptr<const vgpu::Program>& program() const { return program_; }
  vgpu::Launch& launch() { return launch_; }

  base::Result<SimulateResult> try_run(base::Dim3 grid, base::Dim3 block, const SimulateOptions& options) {
    launch_.grid = grid;
    launch_.block = block;
    return simulate(program_, launch_, memory_, textures_, options);
  }
  SimulateResult run(base::Dim3 grid, base::Dim3 block, const SimulateOptions& options) {
    auto result = try_run(grid, block, options);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text());
    return result ? std::move(*result) : SimulateResult{};
  }

 private:
  vgpu::GlobalMemory memory_;
  vgpu::TextureTable textures_;
  std::shared_ptr<const vgpu::Program> program_;
  vgpu::Launch launch_;
  std::vector<std::uint64_t> buffers_;
};

inline SimulateOptions options_for(const gpu::Gpu& gpu) {
  SimulateOptions options;
  options.gpu = gpu;
  return options;
}

// Warp-cycles of the timeline with this reason.
inline std::uint64_t cycles_of(const Timeline& timeline, Stall stall) {
  return timeline.warp_cycles[static_cast<std::size_t>(stall)];
}

}  // namespace warpscope::timing::testing
