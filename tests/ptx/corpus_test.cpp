// What compilers write: every file of tests/ptx/data is read, known by opcode and modifier, and printed to the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/ptx/ptx_text.h"
#include "tests/ptx/same_module.h"

namespace warpscope::ptx {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> samples() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(WARPSCOPE_SOURCE_DIR) / "tests/ptx/data")) {
    if (entry.path().extension() == ".ptx") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

tl::expected<Module, Errors> read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return parse(text, path.filename().string());
}

TEST(Samples, AreReadAndKnown) {
  ASSERT_GE(samples().size(), 8U);
  for (const fs::path& path : samples()) {
    const auto module = read(path);
    ASSERT_TRUE(module.has_value()) << module.error()[0].text();
    EXPECT_FALSE(module->functions.empty()) << path;
    for (const Function& function : module->functions) {
      for (const Instruction& instruction : function.instructions) {
        EXPECT_NE(instruction.opcode, Opcode::kUnknown) << path << ": " << instruction.name;
        EXPECT_FALSE(instruction.has(Modifier::kUnknown)) << path << ": " << instruction.name;
      }
    }
  }
}

TEST(Samples, ArePrintedToTheSameModule) {
  for (const fs::path& path : samples()) {
    const auto module = read(path);
    ASSERT_TRUE(module.has_value()) << path;
    const auto again = parse(print(*module), "printed.ptx");
    ASSERT_TRUE(again.has_value()) << path << ": " << again.error()[0].text();
    EXPECT_EQ(difference(*module, *again), "") << path;
  }
}

}  // namespace
}  // namespace warpscope::ptx
