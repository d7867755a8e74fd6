// Every file of tests/vgpu/opcodes is a case: valid PTX whose first comment lines say how it is launched, with which
// buffers, and what they hold then (opcode_case.h). Expected values come from tests/vgpu/generate/*.py, from the text
// of the PTX ISA or from a calculation by hand.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "compute/ptx/parser.h"
#include "compute/vgpu/machine.h"
#include "tests/vgpu/opcode_case.h"

namespace warpscope::tests {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> case_files() {
  std::vector<fs::path> files;
  const fs::path folder = fs::path(WARPSCOPE_SOURCE_DIR) / "tests/vgpu/opcodes";
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".ptx") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string texts(const std::vector<base::Error>& errors) {
  std::string text;
  for (const base::Error& error : errors) text += error.text() + "\n";
  return text;
}

std::vector<std::uint8_t> bytes_of(const std::vector<Value>& values, int bytes) {
  std::vector<std::uint8_t> result(values.size() * static_cast<std::size_t>(bytes));
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::memcpy(result.data() + i * static_cast<std::size_t>(bytes), &values[i].bits, static_cast<std::size_t>(bytes));
  }
  return result;
}

// "out_of_bounds" for kOutOfBounds.
std::string name_of(vgpu::FaultKind kind) {
  switch (kind) {
    case vgpu::FaultKind::kOutOfBounds:
      return "out_of_bounds";
    case vgpu::FaultKind::kMisaligned:
      return "misaligned";
    case vgpu::FaultKind::kReadOnly:
      return "read_only";
    case vgpu::FaultKind::kTrap:
      return "trap";
    case vgpu::FaultKind::kAssert:
      return "assert";
    case vgpu::FaultKind::kDeadlock:
      return "deadlock";
    case vgpu::FaultKind::kStepLimit:
      return "step_limit";
    case vgpu::FaultKind::kBadCall:
      return "bad_call";
    case vgpu::FaultKind::kStackOverflow:
      return "stack_overflow";
    case vgpu::FaultKind::kBadOperand:
      return "bad_operand";
    case vgpu::FaultKind::kUnsupported:
      return "unsupported";
  }
  return "?";
}

class OpcodeCases : public testing::TestWithParam<fs::path> {
 protected:
  void load(const OpcodeCase& c) {
    auto module = ptx::parse(c.ptx, c.path.filename().string());
    ASSERT_TRUE(module.has_value()) << texts(module.error());
    auto loaded = vgpu::Program::load(std::make_shared<const ptx::Module>(std::move(*module)), memory_);
    ASSERT_TRUE(loaded.has_value()) << texts(loaded.error());
    program_ = *loaded;
    for (std::size_t i = 0; i < program_->functions.size() && launch_.function < 0; ++i) {
      if (program_->module->functions[static_cast<std::size_t>(program_->functions[i].source)].is_entry) {
        launch_.function = static_cast<int>(i);
      }
    }
    ASSERT_GE(launch_.function, 0) << "there is no .entry";
    launch_.grid = c.grid;
    launch_.block = c.block;
    launch_.dynamic_shared_bytes = c.shared_bytes;
  }

  // Allocates and fills the buffers, and puts their addresses and the scalars into the parameter block.
  void pass_parameters(const OpcodeCase& c) {
    const vgpu::FunctionCode& code = program_->functions[static_cast<std::size_t>(launch_.function)];
    ASSERT_EQ(code.parameter_offsets.size(), c.parameters.size()) << "the kernel has other parameters than the case";
    launch_.parameters.resize(code.parameter_bytes);
    for (std::size_t i = 0; i < c.parameters.size(); ++i) {
      const CaseParameter& parameter = c.parameters[i];
      const bool scalar = parameter.role == CaseParameter::Role::kScalar;
      const std::vector<Value> before = parameter.role == CaseParameter::Role::kOut
                                            ? std::vector<Value>(parameter.expected.size())
                                            : parameter.before;
      std::vector<std::uint8_t> bytes = bytes_of(before, parameter.type.bytes);
      if (!scalar) {
        const auto address = memory_.allocate(bytes.size(), vgpu::AllocationKind::kBuffer, parameter.name);
        ASSERT_TRUE(address.has_value()) << address.error().text();
        ASSERT_TRUE(memory_.write(*address, bytes).has_value());
        addresses_.push_back(*address);
        bytes.resize(8);
        std::memcpy(bytes.data(), &*address, 8);
      } else {
        addresses_.push_back(0);
      }
      ASSERT_LE(code.parameter_offsets[i] + bytes.size(), launch_.parameters.size()) << parameter.name;
      std::copy(bytes.begin(), bytes.end(), launch_.parameters.begin() + code.parameter_offsets[i]);
    }
  }

  void compare(const CaseParameter& parameter, std::uint64_t address) {
    const auto size = static_cast<std::size_t>(parameter.type.bytes);
    std::vector<std::uint8_t> bytes(parameter.expected.size() * size);
    ASSERT_TRUE(memory_.read(address, bytes).has_value());
    for (std::size_t i = 0; i < parameter.expected.size(); ++i) {
      std::uint64_t got = 0;
      std::memcpy(&got, bytes.data() + i * size, size);
      const Value& wanted = parameter.expected[i];
      EXPECT_TRUE(matches(parameter.type, got, wanted, parameter.tolerance))
          << parameter.name << "[" << i << "] is " << text_of(parameter.type, got) << ", expected "
          << (wanted.any_nan ? "any NaN" : text_of(parameter.type, wanted.bits));
    }
  }

  vgpu::GlobalMemory memory_;
  std::shared_ptr<const vgpu::Program> program_;
  vgpu::Launch launch_;
  std::vector<std::uint64_t> addresses_;
};

TEST_P(OpcodeCases, GivesWhatItsHeadSays) {
  const ReadCase read = read_opcode_case(GetParam());
  ASSERT_EQ(read.error, "");
  const OpcodeCase& c = read.result;
  SCOPED_TRACE(c.title);
  ASSERT_NO_FATAL_FAILURE(load(c));
  ASSERT_NO_FATAL_FAILURE(pass_parameters(c));
  const auto possible = vgpu::check_launch(*program_, launch_);
  ASSERT_TRUE(possible.has_value()) << possible.error().text();
  vgpu::TextureTable textures;
  vgpu::RunOptions options;
  options.max_steps = 10'000'000;
  const vgpu::RunReport report = vgpu::run(program_, launch_, memory_, textures, options);
  if (!c.fault.empty()) {
    ASSERT_TRUE(report.fault.has_value()) << "ended well, expected a fault: " << c.fault;
    EXPECT_EQ(name_of(report.fault->kind), c.fault) << report.fault->message;
    return;
  }
  ASSERT_EQ(report.status, vgpu::RunStatus::kDone)
      << (report.fault ? name_of(report.fault->kind) + ": " + report.fault->message : "");
  for (std::size_t i = 0; i < c.parameters.size(); ++i) {
    if (!c.parameters[i].expected.empty()) compare(c.parameters[i], addresses_[i]);
  }
}

std::string case_name(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OpcodeCases, testing::ValuesIn(case_files()), case_name);

}  // namespace
}  // namespace warpscope::tests
