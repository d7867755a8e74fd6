// From a person's .cu file, or the text of it that is being edited, to a launch on the virtual GPU.
#include "compute/session/kernel_run.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

#include "compute/cuda/compiler.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::session {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::filesystem::path kFiles = std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "tests/cuda/files";

class OwnKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto tried = cuda::compile_with_stand_ins({"a.cu", "__global__ void k() {}"}, {});
    if (!tried) GTEST_SKIP() << tried.error().error.text();
  }

  std::vector<float> floats_in(const std::filesystem::path& file) const {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  }

  tests::ScratchFolder scratch_;
};

TEST_F(OwnKernel, OfATemplateThatOnlyTheHostInstantiatesRuns) {
  KernelRunRequest request;
  request.file = kFiles / "matrix_mul.cu";
  request.kernel = "MatrixMulCUDA<16>";
  request.grid = {1, 1, 1};
  request.block = {16, 16, 1};
  request.arguments = {"buf:f32:256:zero", "buf:f32:256:iota", "buf:f32:256:ones", "i32:16", "i32:16"};
  request.dumps = {{0, scratch_.path() / "c"}};
  const auto result = run_kernel(request);
  ASSERT_TRUE(result) << result.error().errors.at(0).text();
  EXPECT_EQ(result->kernel, "_Z13MatrixMulCUDAILi16EEvPfS0_S0_ii");
  const std::vector<float> c = floats_in(scratch_.path() / "c");
  ASSERT_EQ(c.size(), 256U);
  // Row r of A holds 16 r ... 16 r + 15, and B ones: each element of row r is their sum.
  for (int i = 0; i < 256; ++i) EXPECT_EQ(c[static_cast<std::size_t>(i)], 256 * (i / 16) + 120) << i;
}

TEST_F(OwnKernel, ThatIsEditedAndNotSavedIsPrepared) {
  KernelRunRequest request;
  request.file = scratch_.path() / "never_saved.cu";
  request.text =
      "#include <iostream>\n__global__ void k(float* a) {\n  float twice = 2 * a[threadIdx.x];\n"
      "  a[threadIdx.x] = twice;\n}\nint main() { std::cout << 1; }\n";
  request.grid = {1, 1, 1};
  request.block = {32, 1, 1};
  request.arguments = {"buf:f32:32:iota"};
  const auto prepared = prepare_kernel(request);
  ASSERT_TRUE(prepared) << prepared.error().errors.at(0).text();
  EXPECT_EQ(prepared->kernel, "_Z1kPf");
  EXPECT_EQ(prepared->launch.block.x, 32U);
  EXPECT_FALSE(prepared->file.compiler.empty());
  EXPECT_FALSE(std::filesystem::exists(request.file));
}

TEST_F(OwnKernel, TellsEachErrorAtItsPlace) {
  KernelRunRequest request;
  request.file = "/home/me/wrong.cu";
  request.text = "#include <vector>\n__global__ void k(int* a) {\n  *a = one;\n  *a = two;\n}\nint main() {}\n";
  const auto prepared = prepare_kernel(request);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().problem, RunProblem::kBadInput);
  std::vector<std::string> errors;
  for (const base::Error& each : prepared.error().errors) errors.push_back(each.text());
  EXPECT_THAT(errors, ElementsAre("/home/me/wrong.cu:3:8: identifier \"one\" is undefined",
                                  "/home/me/wrong.cu:4:8: identifier \"two\" is undefined"));
  EXPECT_EQ(prepared.error().diagnostics.size(), 2U);
}

TEST_F(OwnKernel, SaysWhichKernelsThereAre) {
  KernelRunRequest request;
  request.file = kFiles / "namespaces.cu";
  request.kernel = "block_fold";
  const auto prepared = prepare_kernel(request);
  ASSERT_FALSE(prepared);
  const std::string why = prepared.error().errors.at(0).text();
  EXPECT_THAT(why, HasSubstr("'block_fold' could be 2 kernels"));
  EXPECT_THAT(why, HasSubstr("scan::kernels::block_fold<float, detail::Plus>"));
  EXPECT_THAT(why, HasSubstr("plain"));
}

TEST(OwnKernelText, StoppedIsCancelled) {
  const std::atomic<bool> stop = true;
  const auto file = read_kernel_text("a.cu", "__global__ void k() {}", CompileFor::kDebugging, &stop);
  if (file || file.error().problem == RunProblem::kBadInput) GTEST_SKIP() << "no compiler of CUDA C++ on this machine";
  EXPECT_EQ(file.error().problem, RunProblem::kCancelled);
}

TEST(OwnKernelText, OfPtxNeedsNoFile) {
  const std::string text = ".version 8.0\n.target sm_75\n.address_size 64\n.visible .entry k()\n{\n  ret;\n}\n";
  const auto file = read_kernel_text("/no/such/edited.ptx", text, CompileFor::kDebugging);
  ASSERT_TRUE(file) << file.error().errors.at(0).text();
  EXPECT_EQ(file->module->file, "/no/such/edited.ptx");
  const auto wrong = read_kernel_text("/no/such/edited.ptx", text + "nonsense", CompileFor::kDebugging);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().errors.at(0).where.line, 8);
}

TEST(ReadableKernelName, LeavesOutTheParameters) {
  EXPECT_EQ(readable_kernel_name("_Z7reduce6IfLj128ELb1EEvPT_S1_j"), "reduce6<float, 128u, true>");
  EXPECT_EQ(readable_kernel_name("_ZN4scan7kernels10block_foldIfN6detail4PlusEEEvPKT_PS4_iT0_"),
            "scan::kernels::block_fold<float, detail::Plus>");
  EXPECT_EQ(readable_kernel_name("_Z9vectorAddPKfS0_Pfi"), "vectorAdd");
  EXPECT_EQ(readable_kernel_name("_ZN4scan7kernels4copyILNS0_4ModeE2ELi32EEEvPAT0__fPKf"),
            "scan::kernels::copy<(scan::kernels::Mode)2, 32>");
  EXPECT_EQ(readable_kernel_name("plain"), "plain");
}

}  // namespace
}  // namespace warpscope::session
