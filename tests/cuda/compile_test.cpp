// CUDA C++ as people write it, to PTX: with nvcc, and with NVRTC and stand-ins. What is not on a machine is skipped.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

#include "compute/cuda/compiler.h"
#include "tests/support/scratch_folder.h"

namespace warpscope::cuda {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Severity = Diagnostic::Severity;
using Way = CompileResult (*)(const Source&, const CompileOptions&);

const fs::path kFiles = fs::path(WARPSCOPE_SOURCE_DIR) / "tests/cuda/files";

CompileOptions for_debugging() {
  CompileOptions options;
  options.architecture = "compute_90";
  options.debug = true;
  return options;
}

// Why a way cannot be gone on this machine; "" where it can. An nvcc may be there and lack its host compiler.
std::string why_not(Way way) {
  const auto tried = way({"a.cu", "__global__ void k() {}"}, for_debugging());
  return !tried && tried.error().diagnostics.empty() ? tried.error().error.text() : std::string();
}

void write(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::vector<std::string> kernels_of(const std::string& ptx) {
  std::vector<std::string> names;
  for (std::size_t at = ptx.find(".entry "); at != std::string::npos; at = ptx.find(".entry ", at + 1))
    names.push_back(ptx.substr(at + 7, ptx.find('(', at) - at - 7));
  std::sort(names.begin(), names.end());
  return names;
}

struct OnesOwn {
  const char* file;
  std::vector<std::string> kernels;
};

void PrintTo(const OnesOwn& file, std::ostream* out) {
  *out << file.file;
}

// Mangled by the rules of the Itanium ABI, written down by hand.
const OnesOwn kOnesOwn[] = {
    {"vector_add.cu", {"_Z9vectorAddPKfS0_Pfi"}},
    {"histogram.cu", {"_Z9histogramPKhPjm"}},
    {"matrix_mul.cu", {"_Z13MatrixMulCUDAILi16EEvPfS0_S0_ii", "_Z13MatrixMulCUDAILi32EEvPfS0_S0_ii"}},
    {"particles.cu", {"_Z11advance_allP8Particlefi"}},
    {"shapes.cu", {"_Z6renderPfii"}},
    {"thrust_sum.cu", {"_Z4fillIfEvPT_S0_i"}},
    {"namespaces.cu",
     {"_ZN4scan7kernels10block_foldIdN6detail3MaxEEEvPKT_PS4_iT0_",
      "_ZN4scan7kernels10block_foldIfN6detail4PlusEEEvPKT_PS4_iT0_",
      "_ZN4scan7kernels4copyILNS0_4ModeE2ELi32EEEvPAT0__fPKf", "plain"}},
    {"reduction.cu",
     {"_Z7reduce6IfLj128ELb0EEvPT_S1_j", "_Z7reduce6IfLj128ELb1EEvPT_S1_j", "_Z7reduce6IfLj64ELb1EEvPT_S1_j",
      "_Z7reduce6IiLj128ELb0EEvPT_S1_j", "_Z7reduce6IiLj128ELb1EEvPT_S1_j", "_Z7reduce6IiLj64ELb1EEvPT_S1_j"}},
};

class OnesOwnFile : public ::testing::TestWithParam<OnesOwn> {};

TEST_P(OnesOwnFile, CompilesWithStandIns) {
  if (const std::string why = why_not(compile_with_stand_ins); !why.empty()) GTEST_SKIP() << why;
  const auto source = read_source(kFiles / GetParam().file);
  ASSERT_TRUE(source) << source.error().text();
  const auto compiled = compile_with_stand_ins(*source, for_debugging());
  ASSERT_TRUE(compiled) << compiled.error().error.text();
  EXPECT_EQ(kernels_of(compiled->ptx), GetParam().kernels);
  EXPECT_THAT(compiled->compiler, HasSubstr("with stand-in headers"));
  EXPECT_THAT(compiled->ptx, HasSubstr("\"" + source->file.string() + "\""));
}

TEST_P(OnesOwnFile, CompilesWithWhatIsThere) {
  if (const std::string why = why_not(compile_with_nvcc); !why.empty()) GTEST_SKIP() << why;
  // Of Thrust nvcc makes kernels too, and takes long.
  if (GetParam().file == std::string_view("thrust_sum.cu")) GTEST_SKIP() << "nvcc takes Thrust's headers half a minute";
  const auto compiled = compile(kFiles / GetParam().file, for_debugging());
  ASSERT_TRUE(compiled) << compiled.error().error.text();
  EXPECT_EQ(kernels_of(compiled->ptx), GetParam().kernels);
  EXPECT_THAT(compiled->ptx, HasSubstr("\"" + (kFiles / GetParam().file).string() + "\""));
}

INSTANTIATE_TEST_SUITE_P(Files, OnesOwnFile, ::testing::ValuesIn(kOnesOwn), [](const auto& info) {
  const std::string name = info.param.file;
  return name.substr(0, name.find('.'));
});

// Ways that see an edited text.
struct NamedWay {
  const char* name;
  Way way;
};
void PrintTo(const NamedWay& way, std::ostream* out) {
  *out << way.name;
}
class EditedText : public ::testing::TestWithParam<NamedWay> {
 protected:
  void SetUp() override {
    if (const std::string why = why_not(GetParam().way); !why.empty()) GTEST_SKIP() << why;
  }
  tests::ScratchFolder scratch_;
  const fs::path file_ = scratch_.path() / "not saved.cu";
};

TEST_P(EditedText, IncludesWhatIsBesideTheFile) {
  fs::create_directory(scratch_.path() / "inc");
  write(scratch_.path() / "inc/scale.h",
        "#pragma once\n#include \"two.h\"\n#include <vector>\n"
        "__device__ inline float scale(float x) { return kTwo * x; }\n"
        "inline std::vector<int> none() { return {}; }\n");
  write(scratch_.path() / "inc/two.h", "constexpr float kTwo = 2;\n");
  const auto compiled = GetParam().way(
      {file_, "#include \"inc/scale.h\"\n__global__ void k(float* a) { *a = scale(*a); }\nint main() {}\n"},
      for_debugging());
  ASSERT_TRUE(compiled) << compiled.error().error.text();
  EXPECT_THAT(kernels_of(compiled->ptx), ElementsAre("_Z1kPf"));
  EXPECT_THAT(compiled->ptx, HasSubstr("\"" + file_.string() + "\""));
  EXPECT_THAT(compiled->ptx, HasSubstr("inc/scale.h\""));
}

TEST_P(EditedText, IsNamedWhereItIsWrong) {
  const auto compiled = GetParam().way({file_,
                                        "#include <cstdio>\n\n__global__ void k(int* a) {\n\tint b = 3;\n"
                                        "  *a = b + nothing;\n  a.x = 1;\n}\nint main() { k<<<1, 1>>>(0); }\n"},
                                       for_debugging());
  ASSERT_FALSE(compiled);
  EXPECT_FALSE(compiled.error().cancelled);
  EXPECT_THAT(compiled.error().diagnostics,
              ElementsAre(Diagnostic{Severity::kError, file_.string(), 5, 12, "identifier \"nothing\" is undefined"},
                          AllOf(Field(&Diagnostic::file, file_.string()), Field(&Diagnostic::line, 6),
                                Field(&Diagnostic::column, 3), Field(&Diagnostic::severity, Severity::kError))));
  EXPECT_EQ(compiled.error().error.where.file, file_.string());
  EXPECT_EQ(compiled.error().error.where.line, 5);
  EXPECT_EQ(compiled.error().error.where.column, 12);
}

TEST_P(EditedText, IsNotCompiledOnceStopped) {
  CompileOptions options = for_debugging();
  const std::atomic<bool> stop = true;
  options.stop = &stop;
  const auto compiled = GetParam().way({file_, "__global__ void k() {}"}, options);
  ASSERT_FALSE(compiled);
  EXPECT_TRUE(compiled.error().cancelled);
}

INSTANTIATE_TEST_SUITE_P(Ways, EditedText,
                         ::testing::Values(NamedWay{"Nvcc", compile_with_nvcc},
                                           NamedWay{"StandIns", compile_with_stand_ins}),
                         [](const auto& info) { return info.param.name; });

TEST(StandIns, SayWhatWasLeftOut) {
  if (const std::string why = why_not(compile_with_stand_ins); !why.empty()) GTEST_SKIP() << why;
  const auto compiled = compile_with_stand_ins({"/home/me/a.cu",
                                                "#include <thrust/sort.h>\n#include \"my/own.h\"\n"
                                                "template <class T> __global__ void lost(T* a) { *a = 1; }\n"
                                                "int main() { lost<<<1, 1>>>(something()); }\n"
                                                "__global__ void k() {}\n"},
                                               for_debugging());
  ASSERT_TRUE(compiled) << compiled.error().error.text();
  const auto note = [](int line, const char* what) {
    return AllOf(Field(&Diagnostic::severity, Severity::kNote), Field(&Diagnostic::file, "/home/me/a.cu"),
                 Field(&Diagnostic::line, line), Field(&Diagnostic::message, HasSubstr(what)));
  };
  EXPECT_THAT(compiled->diagnostics,
              ElementsAre(note(1, "<thrust/sort.h> is left empty"), note(2, "'my/own.h' was not found"),
                          note(0, "'lost' is not compiled")));
  EXPECT_THAT(compiled->log, HasSubstr("/home/me/a.cu(2): note: 'my/own.h' was not found"));
}

TEST(StandIns, ALaunchThatOnlyTheHostUnderstandsIsLeftOut) {
  if (const std::string why = why_not(compile_with_stand_ins); !why.empty()) GTEST_SKIP() << why;
  const auto compiled =
      compile_with_stand_ins({"a.cu",
                              "#include <vector>\ntemplate <class T> __global__ void k(int* a) { *a = sizeof(T); }\n"
                              "int main() { k<std::vector<int>><<<1, 1>>>(0); k<short><<<1, 1>>>(0); }\n"},
                             for_debugging());
  ASSERT_TRUE(compiled) << compiled.error().error.text();
  EXPECT_THAT(kernels_of(compiled->ptx), ElementsAre("_Z1kIsEvPi"));
}

TEST(StandIns, HaveWhatDeviceCodeUsesOfTheStandard) {
  if (const std::string why = why_not(compile_with_stand_ins); !why.empty()) GTEST_SKIP() << why;
  const auto compiled = compile_with_stand_ins({"a.cu", R"(
#include <algorithm>
#include <cassert>
#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
static_assert(std::is_same<std::remove_cv_t<const volatile int>, int>::value && !std::is_same_v<int, long>);
static_assert(std::is_unsigned_v<uint8_t> && std::is_signed_v<float> && !std::is_signed_v<uint64_t>);
static_assert(std::is_integral_v<const long long> && std::is_floating_point<double>::value);
static_assert(std::numeric_limits<int>::max() == INT_MAX && std::numeric_limits<int64_t>::digits == 63);
static_assert(std::numeric_limits<float>::lowest() == -FLT_MAX && sizeof(std::size_t) == 8);
template <class T> std::enable_if_t<std::is_integral_v<T>, T> __device__ half_of(T x) { return std::forward<T>(x / 2); }
__global__ void k(float* a, uint* n) {
  assert(n != nullptr);
  a[0] = std::max(std::sqrt(a[0]), std::abs(a[1])) + INFINITY + M_PI + std::pow(a[2], 2.0f);
  float b = std::move(a[1]);
  std::swap(a[1], b);
  memcpy(a, a + 3, 4);
  *n = half_of(UINT_MAX);
  printf("%f\n", b);
})"},
                                               for_debugging());
  ASSERT_TRUE(compiled) << compiled.error().error.text();
  EXPECT_THAT(compiled->diagnostics, Not(Contains(Field(&Diagnostic::severity, Severity::kError))));
}

// A program called nvcc at the front of $PATH, in the place of the real one.
class FakeNvcc {
 public:
  explicit FakeNvcc(std::string_view script) {
    write(folder_.path() / "nvcc", script);
    fs::permissions(folder_.path() / "nvcc", fs::perms::owner_all);
    setenv("PATH", (folder_.path().string() + ":" + before_).c_str(), 1);
  }
  ~FakeNvcc() { setenv("PATH", before_.c_str(), 1); }
  FakeNvcc(const FakeNvcc&) = delete;
  FakeNvcc& operator=(const FakeNvcc&) = delete;
  const fs::path& folder() const { return folder_.path(); }

 private:
  tests::ScratchFolder folder_;
  const std::string before_ = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
};

// Gives its last argument back as PTX, and says what it was called with.
constexpr std::string_view kEcho = R"(#!/bin/sh
echo "$@"
while [ $# -gt 1 ]; do [ "$1" = -o ] && out="$2"; shift; done
cp "$1" "$out"
)";

TEST(Nvcc, GetsTheEditedTextUnderTheNameOfItsFile) {
  const FakeNvcc nvcc(kEcho);
  const fs::path file = nvcc.folder() / "a \"b\".cu";
  write(file, "what is saved");
  const auto compiled = compile_with_nvcc({file, "what is edited\n"}, for_debugging());
  ASSERT_TRUE(compiled) << compiled.error().error.text();
  EXPECT_EQ(compiled->ptx, "#line 1 \"" + nvcc.folder().string() + "/a \\\"b\\\".cu\"\nwhat is edited\n");
  EXPECT_THAT(compiled->log, AllOf(HasSubstr("-I" + nvcc.folder().string()), HasSubstr("-arch=compute_90 "),
                                   HasSubstr(" -G "), HasSubstr(file.string() + "\n"), Not(HasSubstr("-lineinfo"))));
}

TEST(Nvcc, IsKilledWithWhatItStartedOnceStopped) {
  const FakeNvcc nvcc("#!/bin/sh\nsleep 60 &\necho $! > \"$(dirname \"$0\")/child\"\nwait\n");
  CompileOptions options = for_debugging();
  std::atomic<bool> stop = false;
  options.stop = &stop;
  auto result = std::async(std::launch::async, [&] { return compile_with_nvcc({"a.cu", "text"}, options); });
  while (!fs::exists(nvcc.folder() / "child") || fs::file_size(nvcc.folder() / "child") == 0) {
    ASSERT_NE(result.wait_for(std::chrono::milliseconds(5)), std::future_status::ready);
  }
  stop = true;
  ASSERT_EQ(result.wait_for(std::chrono::seconds(20)), std::future_status::ready) << "the fake sleeps for a minute";
  const auto compiled = result.get();
  ASSERT_FALSE(compiled);
  EXPECT_TRUE(compiled.error().cancelled);
  EXPECT_THAT(compiled.error().error.text(), HasSubstr("cancelled"));
  long child = 0;
  std::ifstream(nvcc.folder() / "child") >> child;
  const fs::path status = "/proc/" + std::to_string(child) + "/status";
  std::string state;
  for (int i = 0; i < 400; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
    std::ifstream in(status);
    state.assign(std::istreambuf_iterator<char>(in), {});
    if (state.empty() || state.find("State:\tZ") != std::string::npos) return;
  }
  FAIL() << "what nvcc started still runs:\n" << state;
}

TEST(Nvcc, LeavesNothingInTheTemporaryFolder) {
  const tests::ScratchFolder temporary;
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  const FakeNvcc nvcc("#!/bin/sh\necho 'x.cu(3): error: no'\nexit 2\n");
  setenv("TMPDIR", temporary.path().c_str(), 1);
  const auto compiled = compile_with_nvcc({"x.cu", "text"}, for_debugging());
  before != nullptr ? setenv("TMPDIR", kept.c_str(), 1) : unsetenv("TMPDIR");
  ASSERT_FALSE(compiled);
  EXPECT_THAT(compiled.error().diagnostics, ElementsAre(Diagnostic{Severity::kError, "x.cu", 3, 0, "no"}));
  EXPECT_TRUE(fs::is_empty(temporary.path()));
}

TEST(Compile, AFileThatCannotBeReadIsSaid) {
  const auto compiled = compile("/no/such/file.cu");
  ASSERT_FALSE(compiled);
  EXPECT_EQ(compiled.error().error.text(), "/no/such/file.cu: this file cannot be read");
  EXPECT_THAT(compiled.error().diagnostics, IsEmpty());
}

}  // namespace
}  // namespace warpscope::cuda
