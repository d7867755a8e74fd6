// tests/vgpu/check_kernel.h: runs a kernel of tests/vgpu/data/check under observers. The .ptx there are made from the
// .cu beside them (tests/vgpu/generate/check_kernels.py): NAME.ptx optimised with line information, NAME_debug.ptx with
// -G.
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
#include "compute/vgpu/observers/finding.h"

namespace warpscope::vgpu::tests {

inline std::string read_check_file(const std::string& name) {
  std::ifstream file(std::string(WARPSCOPE_SOURCE_DIR) + "/tests/vgpu/data/check/" + name);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The line of NAME.cu that ends with the comment "#marker".
inline int line_of(const std::string& source, const std::string& marker) {
  std::istringstream text(read_check_file(source));
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    const std::size_t at = line.find("#" + marker);
    if (at != std::string::npos && at + marker.size() + 1 == line.find_last_not_of(' ') + 1) return number;
  }
  ADD_FAILURE() << "no #" << marker << " in " << source;
  return 0;
}

class CheckKernel {
 public:
  explicit CheckKernel(const std::string& file) {
    auto module = ptx::parse(read_check_file(file), file);
    EXPECT_TRUE(module.has_value()) << (module ? "" : module.error().front().text());
    if (!module) return;
    auto program = Program::load(std::make_shared<ptx::Module>(std::move(*module)), memory_);
    EXPECT_TRUE(program.has_value()) << (program ? "" : program.error().front().text());
    if (program) program_ = *program;
  }

  // Parameters, in their order.
  template <class T>
  CheckKernel& in(const std::vector<T>& values) {
    const std::uint64_t address = allocate(values.size() * sizeof(T));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    EXPECT_TRUE(memory_.write(address, {bytes, values.size() * sizeof(T)}));
    return *this;
  }
  CheckKernel& out(std::size_t bytes) {
    allocate(bytes);
    return *this;
  }
  CheckKernel& zeros(std::size_t bytes) { return in(std::vector<std::uint8_t>(bytes, 0)); }
  CheckKernel& scalar(std::int32_t value) {
    append(&value, sizeof value);
    return *this;
  }

  RunReport run(const std::string& kernel, base::Dim3 grid, base::Dim3 block, std::vector<Observer*> observers) {
    RunReport report;
    if (program_ == nullptr) return report;
    Launch launch;
    launch.function = program_->find_function(kernel);
    EXPECT_GE(launch.function, 0) << kernel;
    if (launch.function < 0) return report;
    launch.grid = grid;
    launch.block = block;
    launch.parameters = parameters_;
    const auto possible = check_launch(*program_, launch);
    EXPECT_TRUE(possible.has_value()) << (possible ? "" : possible.error().text());
    if (!possible) return report;
    RunOptions options;
    options.observers = std::move(observers);
    options.max_steps = 20'000'000;
    TextureTable textures;
    return vgpu::run(program_, launch, memory_, textures, options);
  }

  std::vector<std::int32_t> read(std::size_t buffer, std::size_t count) const {
    std::vector<std::int32_t> values(count);
    auto* bytes = reinterpret_cast<std::uint8_t*>(values.data());
    EXPECT_TRUE(memory_.read(buffers_[buffer], {bytes, count * 4}));
    return values;
  }
  const Program& program() const { return *program_; }
  const GlobalMemory& memory() const { return memory_; }
  GlobalMemory& memory() { return memory_; }
  void write(std::size_t buffer, std::uint64_t offset, const std::vector<std::uint8_t>& bytes) {
    EXPECT_TRUE(memory_.write(buffers_[buffer] + offset, bytes));
  }
  std::uint64_t address(std::size_t buffer) const { return buffers_[buffer]; }

 private:
  std::uint64_t allocate(std::size_t bytes) {
    const auto address = memory_.allocate(bytes, AllocationKind::kBuffer, "buffer " + std::to_string(buffers_.size()));
    EXPECT_TRUE(address.has_value());
    buffers_.push_back(address.value_or(0));
    append(&buffers_.back(), 8);
    return buffers_.back();
  }
  void append(const void* value, std::size_t bytes) {
    parameters_.resize((parameters_.size() + bytes - 1) / bytes * bytes);
    const auto* from = static_cast<const std::uint8_t*>(value);
    parameters_.insert(parameters_.end(), from, from + bytes);
  }

  GlobalMemory memory_;
  std::shared_ptr<const Program> program_;
  std::vector<std::uint8_t> parameters_;
  std::vector<std::uint64_t> buffers_;
};

inline std::vector<std::int32_t> iota(std::size_t count, std::int32_t first = 0) {
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<std::int32_t>(i);
  return values;
}

inline std::string texts(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& f : findings) all += std::string(name_of(f.severity)) + ": " + f.message + "\n";
  return all;
}

// Whether a finding names the two lines, in either order. 0: no other line.
inline const Finding* find(const std::vector<Finding>& findings, int line, int other = 0) {
  for (const Finding& f : findings) {
    const int second = f.has_other || f.other_where.line != 0 ? f.other_where.line : 0;
    if ((f.where.line == line && second == other) || (f.where.line == other && second == line)) return &f;
  }
  return nullptr;
}

// Kernels of NAME.cu under one checker, in both flavours of nvcc's code: "" is optimised, "_debug" is -G.
template <class Checker>
class CheckTest : public testing::TestWithParam<const char*> {
 protected:
  explicit CheckTest(const std::string& name) : kernel_(name + GetParam() + ".ptx") {}

  RunStatus run(const std::string& name, base::Dim3 grid, base::Dim3 block) {
    return kernel_.run(name, grid, block, {&check_}).status;
  }
  void run_to_the_end(const std::string& name, base::Dim3 grid, base::Dim3 block) {
    const RunReport report = kernel_.run(name, grid, block, {&check_});
    EXPECT_EQ(report.status, RunStatus::kDone) << (report.fault ? report.fault->message : "");
  }
  void expect_clean() { EXPECT_TRUE(check_.findings().empty()) << texts(check_.findings()); }

  CheckKernel kernel_;
  Checker check_;
};
inline std::string flavour_name(const testing::TestParamInfo<const char*>& info) {
  return std::string(info.param).empty() ? "optimised" : "debug";
}

}  // namespace warpscope::vgpu::tests
