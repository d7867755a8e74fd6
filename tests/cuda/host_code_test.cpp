// What is taken out of a CUDA text before NVRTC gets it, and that the rest stays where it was.
#include "compute/cuda/host_code.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <random>

#include "compute/cuda/compiler.h"

namespace warpscope::cuda {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;

const std::filesystem::path kFiles = std::filesystem::path(WARPSCOPE_SOURCE_DIR) / "tests/cuda/files";

std::string device_text(std::string_view text) {
  std::set<std::string> macros;
  add_device_macros(text, macros);
  return separate_host_code(text, macros).device_text;
}

// The text without what is blank, so that expectations can be written without counting columns.
std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && (result.empty() || result.back() == ' ')) continue;
    result += blank ? ' ' : c;
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

std::string left(std::string_view text) {
  return squeezed(device_text(text));
}

// Each character is the one that was there, or a blank; blanks and line ends are what they were.
void expect_in_place(const std::string& before) {
  const std::string after = device_text(before);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool blank = std::isspace(static_cast<unsigned char>(before[i])) != 0;
    ASSERT_THAT(after[i], AnyOf(Eq(before[i]), Eq(blank ? before[i] : ' '))) << "at " << i;
  }
}

TEST(HostCode, AHostFunctionGoesAndAKernelStays) {
  EXPECT_EQ(left("int main() { return 0; }\n__global__ void k() {}"), "__global__ void k() {}");
  EXPECT_EQ(left("void f(int);\n__device__ int g(int);"), "__device__ int g(int);");
  EXPECT_EQ(left("__host__ int h() { return 1; } __host__ __device__ int both() { return 1; }"),
            "__host__ __device__ int both() { return 1; }");
}

TEST(HostCode, BracesInStringsCommentsAndCharactersAreNotCounted) {
  EXPECT_EQ(left(R"(void f() { puts("}"); char c = '}'; /* } */ // }
  } __device__ int a;)"),
            "__device__ int a;");
  EXPECT_EQ(left("void f() { auto s = R\"x(}\" )\" )x\"; } __device__ int a;"), "__device__ int a;");
  EXPECT_EQ(left("void f() { auto s = \"\\\"}\"; int n = 1'000'000; } __device__ int a;"), "__device__ int a;");
  EXPECT_EQ(left("void f() { // a line goes on \\\n }\n} __device__ int a;"), "__device__ int a;");
}

TEST(HostCode, DirectivesStayAndTheirBranchesAreCountedOnce) {
  EXPECT_EQ(left("#define N \\\n  { 3\n__device__ int a;"), "#define N \\ { 3 __device__ int a;");
  EXPECT_EQ(left("#ifdef A\nvoid f() {\n#else\nvoid f(int) {\n#endif\n}\n__device__ int a;"),
            "#ifdef A #else #endif __device__ int a;");
  EXPECT_EQ(left("void f() {\n#include \"x.h\"\n#pragma omp parallel\n#define B 3\n}\n__device__ int a;"),
            "#define B 3 __device__ int a;");
  EXPECT_EQ(left("#if 0\nit's { not C++\n#endif\n__device__ int a;"), "#if 0 it's { not C++ #endif __device__ int a;");
}

TEST(HostCode, NamespacesAndLinkageAreLookedInto) {
  EXPECT_EQ(left("namespace a::b { void f() {} __device__ int x; namespace { int y; } }"),
            "namespace a::b { __device__ int x; namespace { } }");
  EXPECT_EQ(left("extern \"C\" { void f(); __global__ void k() {} } extern \"C\" __global__ void l() {}"),
            "extern \"C\" { __global__ void k() {} } extern \"C\" __global__ void l() {}");
  EXPECT_EQ(left("namespace cg = cooperative_groups; using namespace std;"),
            "namespace cg = cooperative_groups; using namespace std;");
}

TEST(HostCode, VariablesOfTheHostGoAndConstantsStay) {
  EXPECT_EQ(left("int n = 4; float* p; std::vector<int> v = {1, 2}; auto f = [](int x) { return x; };"), "");
  EXPECT_EQ(left("const int N = 2 * sizeof(float); constexpr float kPi = 3.f; const dim3 kBlock(16, 16);"),
            "const int N = 2 * sizeof(float); constexpr float kPi = 3.f; const dim3 kBlock(16, 16);");
  EXPECT_EQ(left("const int n = read_it(); const char* name = \"x\"; const std::string s{\"a\"};"), "");
  EXPECT_EQ(left("__constant__ float c[3] = {1, 2, 3}; __device__ int d{4}; extern __shared__ int s[];"),
            "__constant__ float c[3] = {1, 2, 3}; __device__ int d{4}; extern __shared__ int s[];");
}

TEST(HostCode, TemplatesOfKernelsStayAndThoseOfTheHostGo) {
  const std::string kernel = "template <class T, int N = (1 > 0)> __global__ void k(T* a) { a[0] = N < 3; }";
  EXPECT_EQ(left("template <typename T> void run(T* a) { k<T><<<1, 2>>>(a); } " + kernel), kernel);
  EXPECT_EQ(left("template __global__ void k<int>(int*); template void run<int>(int*);"),
            "template __global__ void k<int>(int*);");
  EXPECT_EQ(left("constexpr int twice(int a) { return 2 * a; }"), "constexpr int twice(int a) { return 2 * a; }");
}

TEST(HostCode, OfAClassOnlyWhatTheHostNeedsGoes) {
  EXPECT_EQ(left("struct A { int x = 1; A() = default; A(int y) : x{y}, z(y) {} __device__ int f() const { return x; } "
                 "std::vector<int> v; void g(); float z; };"),
            "struct A { int x = 1; A() = default; __device__ int f() const { return x; } float z; };");
  EXPECT_EQ(left("class B : public A { public: virtual ~B() {} friend std::ostream& operator<<(std::ostream&, B); "
                 "__device__ bool operator()(int a) { return a; } B& operator=(const B& b) { return *this; } };"),
            "class B : public A { public: virtual ~B() {} __device__ bool operator()(int a) { return a; } };");
  EXPECT_EQ(left("struct C : thrust::plus<int> { int a; }; enum class E { kOne, kTwo }; typedef struct { int a; } D;"),
            "enum class E { kOne, kTwo }; typedef struct { int a; } D;");
  EXPECT_EQ(
      left("struct F { int (*callback)(int); alignas(16) float x[4]; int bits : 3; struct In { void g() {} int i; "
           "}; };"),
      "struct F { int (*callback)(int); alignas(16) float x[4]; int bits : 3; struct In { int i; }; };");
}

TEST(HostCode, ABracketThatIsMissingDoesNotTakeTheRestAlong) {
  EXPECT_EQ(left("void f() { g(1; }\n__global__ void k() {}"), "__global__ void k() {}");
  EXPECT_EQ(left("void f() { int a[3; }\n__global__ void k() {}"), "__global__ void k() {}");
}

TEST(HostCode, MacrosForDeviceAreKnown) {
  EXPECT_EQ(
      left("#define HD __host__ __device__\n#define FN HD inline\nFN int f() { return 1; } int g() { return 2; }"),
      "#define HD __host__ __device__ #define FN HD inline FN int f() { return 1; }");
}

TEST(HostCode, TextThatEndsTooEarlyIsTaken) {
  for (const char* text : {"",
                           "{",
                           "}",
                           "void f() {",
                           "struct A {",
                           "template <",
                           "template <class T",
                           "namespace a {",
                           "\"",
                           "R\"(",
                           "/*",
                           "#define",
                           "extern \"C\" {",
                           "operator",
                           "void f() try {",
                           "a<<<",
                           "(",
                           "#if 0",
                           "int a[",
                           "struct",
                           "};",
                           "using",
                           "namespace",
                           "#",
                           "'",
                           "template <class T> struct A;"}) {
    expect_in_place(text);
  }
}

TEST(HostCode, NestingWithoutEndIsTaken) {
  for (const char* piece :
       {"namespace a { ", "struct A { ", "void f() { ", "(", "template <class T, ", "a < b ", "a<b<<<(", "#if A\n{"}) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += piece;
    expect_in_place(text);
  }
}

TEST(HostCode, WhatIsKeptIsWhereItWas) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFiles)) {
    const auto source = read_source(entry.path());
    ASSERT_TRUE(source) << source.error().text();
    expect_in_place(source->text);
    EXPECT_EQ(device_text(source->text).find("main("), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 8);
}

// Pieces of the files in any order are mostly no C++; nothing may be out of place all the same, and nothing may hang.
TEST(HostCode, WhatIsKeptIsWhereItWasInAnyText) {
  std::string all;
  for (const char* name : {"shapes.cu", "histogram.cu", "namespaces.cu", "particles.cu"})
    all += read_source(kFiles / name)->text;
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    while (text.size() < 1500) {
      const std::size_t at = random() % all.size();
      text += all.substr(at, random() % 60);
    }
    expect_in_place(text);
    if (HasFatalFailure()) FAIL() << text;
  }
}

}  // namespace
}  // namespace warpscope::cuda
