// What goes to a real GPU is our own print of a module: NVIDIA's assembler must take it, where there is one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "compute/cuda/toolkit.h"
#include "compute/ptx/parser.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::cuda {
namespace {

namespace fs = std::filesystem;

std::string print_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(in), {}), file.string());
  EXPECT_TRUE(module) << file;
  return module ? ptx::print(*module) : "";
}

TEST(PrintedPtx, IsTakenByNvidiasAssembler) {
  const fs::path ptxas = find_nvcc().parent_path() / "ptxas";
  if (!fs::exists(ptxas)) GTEST_SKIP() << "there is no ptxas on this machine";
  const tests::ScratchFolder folder;
  int assembled = 0;
  for (const auto& entry : fs::directory_iterator(std::string(WARPSCOPE_SOURCE_DIR) + "/assets/ptx")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".ptx")) continue;
    const std::string printed = (folder.path() / name).string();
    std::ofstream(printed) << print_of(entry.path());
    const char* debug = name.ends_with(".debug.ptx") ? " -g" : "";
    const std::string command =
        "'" + ptxas.string() + "'" + debug + " -arch=sm_90 -o /dev/null '" + printed + "' > '" + printed + ".log' 2>&1";
    const int code = std::system(command.c_str());
    std::ifstream log(printed + ".log");
    EXPECT_EQ(code, 0) << name << ": " << std::string(std::istreambuf_iterator<char>(log), {});
    ++assembled;
  }
  EXPECT_GE(assembled, 50) << "each kernel twice";
}

}  // namespace
}  // namespace warpscope::cuda
