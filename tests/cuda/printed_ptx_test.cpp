// What goes to a real GPU is our own print of a module: NVIDIA's assembler must take it, where there is one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "compute/cuda/toolkit.h"
#include "compute/ptx/parser.h"
#include "compute/ptx/warp_trace.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::cuda {
namespace {

namespace fs = std::filesystem;

ptx::Module read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(in), {}), file.string());
  EXPECT_TRUE(module) << file;
  return module ? std::move(*module) : ptx::Module{};
}

class PrintedPtx : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(ptxas_)) GTEST_SKIP() << "there is no ptxas on this machine";
  }

  static std::vector<fs::path> shipped() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(std::string(WARPSCOPE_SOURCE_DIR) + "/assets/ptx")) {
      if (entry.path().extension() == ".ptx") files.push_back(entry.path());
    }
    return files;
  }

  // `name` as the file's says whether it is for debugging.
  void expect_assembled(const std::string& name, const ptx::Module& module, const std::string& architecture) const {
    const std::string printed = (folder_.path() / name).string();
    std::ofstream(printed) << ptx::print(module);
    const char* debug = name.ends_with(".debug.ptx") ? " -g" : "";
    const std::string command = "'" + ptxas_.string() + "'" + debug + " -arch=" + architecture + " -o /dev/null '" +
                                printed + "' > '" + printed + ".log' 2>&1";
    const int code = std::system(command.c_str());
    std::ifstream log(printed + ".log");
    EXPECT_EQ(code, 0) << name << ": " << std::string(std::istreambuf_iterator<char>(log), {});
  }

 private:
  fs::path ptxas_ = find_nvcc().parent_path() / "ptxas";
  tests::ScratchFolder folder_;
};

TEST_F(PrintedPtx, IsTakenByNvidiasAssembler) {
  const std::vector<fs::path> files = shipped();
  for (const fs::path& file : files) expect_assembled(file.filename().string(), read(file), "sm_90");
  EXPECT_GE(files.size(), 50U) << "each kernel twice";
}

TEST_F(PrintedPtx, IsTakenWithWarpsTraced) {
  int assembled = 0;
  for (const fs::path& file : shipped()) {
    const ptx::Module module = read(file);
    const auto kernel = std::find_if(module.functions.begin(), module.functions.end(),
                                     [](const ptx::Function& function) { return function.is_entry; });
    ASSERT_NE(kernel, module.functions.end()) << file;
    const auto traced = ptx::add_warp_trace(module, kernel->name);
    ASSERT_TRUE(traced) << traced.error().text();
    // The oldest that it was compiled for.
    expect_assembled(file.filename().string(), **traced, module.target);
    ++assembled;
  }
  EXPECT_GE(assembled, 50);
}

}  // namespace
}  // namespace warpscope::cuda
