// What ptxas says of kernels: a log as it was said, and the ptxas of this machine where there is one.
#include "compute/cuda/ptxas.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>

#include "tests/support/scratch_folder.h"

namespace warpscope::cuda {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const fs::path kSource = WARPSCOPE_SOURCE_DIR;

TEST(PtxasLog, TellsTheKernelsAndLeavesOutWhatTheyCall) {
  // Of three kernels: an empty one, one that spills, one with a helper that is not inlined; CUDA 13.0, sm_86.
  const auto kernels = parse_ptxas_log(text_of(kSource / "tests/cuda/files/ptxas_log.txt"));
  ASSERT_EQ(kernels.size(), 3U);
  EXPECT_EQ(kernels[0].kernel, "empty");
  EXPECT_EQ(kernels[0].registers, 4);
  EXPECT_EQ(kernels[1].kernel, "_Z6spillsILi64EEvPf");
  EXPECT_EQ(kernels[1].registers, 64);
  EXPECT_EQ(kernels[1].stack_bytes, 40U);
  EXPECT_EQ(kernels[1].spill_store_bytes, 36U);
  EXPECT_EQ(kernels[1].spill_load_bytes, 36U);
  EXPECT_EQ(kernels[1].static_shared_bytes, 0U);
  EXPECT_EQ(kernels[2].kernel, "stacked");
  EXPECT_EQ(kernels[2].registers, 22);
  EXPECT_EQ(kernels[2].stack_bytes, 64U) << "the helper's properties come last, and are not the kernel's";
  EXPECT_EQ(kernels[2].static_shared_bytes, 1200U);
}

TEST(PtxasLog, OfNothingIsNothing) {
  EXPECT_THAT(parse_ptxas_log(""), IsEmpty());
  EXPECT_THAT(parse_ptxas_log("ptxas info    : Used 12 registers\n"), IsEmpty());
}

// The variable for one test, and what it was before afterwards.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name); before != nullptr) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// A program that stands in for ptxas.
class FakePtxas {
 public:
  explicit FakePtxas(std::string_view script) : variable_("WARPSCOPE_PTXAS", (folder_.path() / "ptxas").string()) {
    std::ofstream(folder_.path() / "ptxas") << script;
    fs::permissions(folder_.path() / "ptxas", fs::perms::owner_all);
  }
  const fs::path& folder() const { return folder_.path(); }

 private:
  tests::ScratchFolder folder_;
  Variable variable_;
};

TEST(Ptxas, IsAskedForTheArchitectureWithTheText) {
  const FakePtxas ptxas(
      "#!/bin/sh\necho \"$@\" >\"$(dirname \"$0\")/asked\"\nfor last; do :; done\ncp \"$last\" \"$(dirname "
      "\"$0\")/ptx\"\n"
      "echo \"ptxas info    : Compiling entry function 'k' for 'sm_90'\" >&2\n"
      "echo \"ptxas info    : Used 17 registers, used 0 barriers, 64 bytes smem\" >&2\n");
  EXPECT_TRUE(has_ptxas());
  const auto kernels = ptxas_resources("the text", 90);
  ASSERT_TRUE(kernels) << kernels.error().text();
  ASSERT_EQ(kernels->size(), 1U);
  EXPECT_EQ(kernels->front().registers, 17);
  EXPECT_EQ(kernels->front().static_shared_bytes, 64U);
  EXPECT_THAT(text_of(ptxas.folder() / "asked"), AllOf(HasSubstr("-v "), HasSubstr("-arch=sm_90 ")));
  EXPECT_EQ(text_of(ptxas.folder() / "ptx"), "the text");
}

TEST(Ptxas, ThatIsNotThereIsSaidWithThePlaces) {
  const Variable none("WARPSCOPE_PTXAS", "/no/such/ptxas");
  EXPECT_FALSE(has_ptxas());
  const auto kernels = ptxas_resources("", 86);
  ASSERT_FALSE(kernels);
  EXPECT_THAT(kernels.error().text(), AllOf(HasSubstr("CUDA Toolkit"), HasSubstr("$WARPSCOPE_PTXAS")));
}

TEST(Ptxas, IsKilledOnceStopped) {
  const FakePtxas ptxas("#!/bin/sh\ntouch \"$(dirname \"$0\")/runs\"\nsleep 60\n");
  std::atomic<bool> stop = false;
  auto result = std::async(std::launch::async, [&] { return ptxas_resources("", 86, &stop); });
  while (!fs::exists(ptxas.folder() / "runs"))
    ASSERT_NE(result.wait_for(std::chrono::milliseconds(5)), std::future_status::ready);
  stop = true;
  ASSERT_EQ(result.wait_for(std::chrono::seconds(20)), std::future_status::ready) << "the fake sleeps for a minute";
  const auto kernels = result.get();
  ASSERT_FALSE(kernels);
  EXPECT_THAT(kernels.error().text(), HasSubstr("cancelled"));
}

class RealPtxas : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_ptxas()) GTEST_SKIP() << "there is no ptxas on this machine";
  }
};

TEST_F(RealPtxas, TellsTheRegistersOfAShippedKernel) {
  const auto kernels = ptxas_resources(text_of(kSource / "assets/ptx/matmul_tiled.ptx"), 86);
  ASSERT_TRUE(kernels) << kernels.error().text();
  ASSERT_EQ(kernels->size(), 1U);
  EXPECT_EQ(kernels->front().kernel, "matmul_tiled");
  EXPECT_EQ(kernels->front().static_shared_bytes, 2048U) << "two tiles of 16 x 16 floats";
  EXPECT_GT(kernels->front().registers, 16);
  EXPECT_LT(kernels->front().registers, 64);
}

TEST_F(RealPtxas, SaysWhatItDoesNotKnowAndWhatItDoesNotTake) {
  const auto old = ptxas_resources(text_of(kSource / "assets/ptx/saxpy.ptx"), 20);
  ASSERT_FALSE(old);
  EXPECT_THAT(old.error().text(), AllOf(HasSubstr("does not know sm_20"), HasSubstr("ptxas --help")));
  const auto wrong = ptxas_resources("not PTX\n", 86);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text(), AllOf(HasSubstr("does not take this text for sm_86"), HasSubstr("PTX, line 1")));
}

}  // namespace
}  // namespace warpscope::cuda
